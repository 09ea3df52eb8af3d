//! Faults of connecting, sorted by what the caller does next.

use super::session::StepFailure;
use super::target::SshTarget;
use crate::transport::fault::Fault;
use std::io;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Agreeing on algorithms and keys.
    Handshake,
    SignIn,
    /// Starting the SFTP subsystem.
    Opening,
    Transfer,
}

/// The library's error numbers that are told apart.
pub(super) mod numbers {
    pub(crate) const INVALID_MAC: i32 = -4;
    pub(crate) const KEX_FAILURE: i32 = -5;
    pub(crate) const KEY_EXCHANGE_FAILURE: i32 = -8;
    pub(crate) const HOSTKEY_INIT: i32 = -10;
    pub(crate) const HOSTKEY_SIGN: i32 = -11;
    pub(crate) const DECRYPT: i32 = -12;
    pub(crate) const PROTO: i32 = -14;
    pub(crate) const PASSWORD_EXPIRED: i32 = -15;
    pub(crate) const FILE: i32 = -16;
    pub(crate) const METHOD_NONE: i32 = -17;
    pub(crate) const AUTHENTICATION_FAILED: i32 = -18;
    pub(crate) const PUBLICKEY_UNVERIFIED: i32 = -19;
    pub(crate) const CHANNEL_FAILURE: i32 = -21;
    pub(crate) const REQUEST_DENIED: i32 = -22;
    pub(crate) const METHOD_NOT_SUPPORTED: i32 = -33;
    pub(crate) const OUT_OF_BOUNDARY: i32 = -41;
    pub(crate) const AGENT_PROTOCOL: i32 = -42;
    pub(crate) const KEYFILE_AUTH_FAILED: i32 = -48;
    pub(crate) const ALGO_UNSUPPORTED: i32 = -51;
}

/// Whether the two sides may have found no algorithms in common.
pub(super) fn is_disagreement(failure: StepFailure) -> bool {
    use numbers::{
        ALGO_UNSUPPORTED, KEX_FAILURE, KEY_EXCHANGE_FAILURE, METHOD_NONE, METHOD_NOT_SUPPORTED,
    };
    matches!(
        failure,
        StepFailure::Ssh(
            KEX_FAILURE
                | KEY_EXCHANGE_FAILURE
                | METHOD_NONE
                | METHOD_NOT_SUPPORTED
                | ALGO_UNSUPPORTED
        )
    )
}

/// The fault for a step that failed. Those that only signing in knows are made there.
pub(super) fn of(target: &SshTarget, phase: Phase, failure: StepFailure) -> Fault {
    use numbers::{
        ALGO_UNSUPPORTED, CHANNEL_FAILURE, DECRYPT, HOSTKEY_INIT, HOSTKEY_SIGN, INVALID_MAC,
        METHOD_NOT_SUPPORTED, OUT_OF_BOUNDARY, PROTO, REQUEST_DENIED,
    };
    let server = target.shown();
    let number = match failure {
        StepFailure::Stopped => return stopped(target),
        StepFailure::TimedOut => return timed_out(target, phase),
        StepFailure::Ssh(number) => number,
    };
    match (phase, number) {
        (Phase::Handshake, _) if is_disagreement(failure) => Fault::protocol(format!(
            "{server} and we have no algorithms in common, or the exchange of keys failed; \
                 ask its owner which it has, then name them in endpoint.{}.widen (see docs/security.md)",
            target.endpoint
        )),
        (Phase::Handshake, HOSTKEY_INIT | HOSTKEY_SIGN) => Fault::protocol(format!(
            "{server} can't prove that its host key is its own; ask its owner"
        )),
        (Phase::Opening, CHANNEL_FAILURE | REQUEST_DENIED) => Fault::protocol(format!(
            "{server} lets {} in but offers no SFTP there; ask its owner",
            target.user
        )),
        (_, INVALID_MAC | DECRYPT) => Fault::transient(format!(
            "what comes from {server} arrives damaged; the connection was ended"
        )),
        (_, PROTO | OUT_OF_BOUNDARY | METHOD_NOT_SUPPORTED | ALGO_UNSUPPORTED) => Fault::protocol(
            format!("{server} does not keep to the SSH protocol ({number}); ask its owner"),
        ),
        (Phase::Handshake, _) => Fault::transient(format!(
            "{server} ended the connection before it was set up ({number})"
        )),
        (Phase::SignIn, _) => Fault::transient(format!(
            "{server} ended the connection while we signed in ({number})"
        )),
        (Phase::Opening, _) => Fault::transient(format!(
            "{server} ended the connection before SFTP was started ({number})"
        )),
        (Phase::Transfer, _) => Fault::transient(CLOSED),
    }
}

/// The fault of a stream that has ended.
pub(super) const CLOSED: &str = "the server closed the connection";

pub(super) fn stopped(target: &SshTarget) -> Fault {
    let server = target.shown();
    Fault::transient(format!(
        "the connection to {server} was ended because we stop"
    ))
}

fn timed_out(target: &SshTarget, phase: Phase) -> Fault {
    let (server, timeouts) = (target.shown(), target.timeouts);
    let what = match phase {
        Phase::Handshake => format!(
            "{server} takes connections but did not set up an SSH connection within {} s; is that an SSH server, or \
             does something in between answer for it?",
            timeouts.connect.as_secs_f32()
        ),
        Phase::SignIn | Phase::Opening | Phase::Transfer => format!(
            "{server} did not answer within {} s",
            timeouts.request.as_secs_f32()
        ),
    };
    Fault::transient(what)
}

/// The fault for a thread that the system does not give us.
pub(super) fn no_thread(error: &io::Error) -> Fault {
    Fault::transient(format!("the system gives us no thread: {error}"))
}

/// The fault for a TCP connection that did not come about.
pub(super) fn unreached(target: &SshTarget, error: &io::Error) -> Fault {
    let server = target.shown();
    let what = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!("{server} refuses connections; is the server up, and the port right?")
        }
        io::ErrorKind::TimedOut => format!(
            "{server} does not answer within {} s; does a firewall keep us out? Ask its owner to let in this machine's \
             address",
            target.timeouts.connect.as_secs_f32()
        ),
        _ => format!("{server} can't be reached: {error}"),
    };
    Fault::transient(what)
}
