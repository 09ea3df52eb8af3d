//! What goes wrong while connecting, sorted by what is to be done.

use super::super::{Fault, FaultKind};
use super::SshTarget;
use super::link::Halt;
use std::io;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// Agreeing on algorithms and keys.
    Handshake,
    /// Signing in.
    SignIn,
    /// Starting SFTP.
    Opening,
    /// Moving bytes.
    Moving,
}

/// The library's numbers, as far as they are told apart.
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
pub(super) fn disagree(halt: Halt) -> bool {
    use numbers::*;
    matches!(
        halt,
        Halt::Ssh(
            KEX_FAILURE
                | KEY_EXCHANGE_FAILURE
                | METHOD_NONE
                | METHOD_NOT_SUPPORTED
                | ALGO_UNSUPPORTED
        )
    )
}

/// The fault for a step that came to no end. What is special about signing in is said where that is done.
pub(super) fn of(target: &SshTarget, doing: Doing, halt: Halt) -> Fault {
    use numbers::*;
    let server = target.shown();
    let number = match halt {
        Halt::Stopped => return stopped(target),
        Halt::TimedOut => return timed_out(target, doing),
        Halt::Ssh(number) => number,
    };
    let (kind, what) = match (doing, number) {
        (Doing::Handshake, _) if disagree(halt) => (
            FaultKind::Protocol,
            format!(
                "{server} and we have no algorithms in common, or the exchange of keys failed; \
                 ask its owner which it has, then name them in endpoint.{}.widen (see docs/security.md)",
                target.endpoint
            ),
        ),
        (Doing::Handshake, HOSTKEY_INIT | HOSTKEY_SIGN) => (
            FaultKind::Protocol,
            format!("{server} can't prove that its host key is its own; ask its owner"),
        ),
        (Doing::Opening, CHANNEL_FAILURE | REQUEST_DENIED) => (
            FaultKind::Protocol,
            format!(
                "{server} lets {} in but offers no SFTP there; ask its owner",
                target.user
            ),
        ),
        (_, INVALID_MAC | DECRYPT) => (
            FaultKind::Transient,
            format!("what comes from {server} arrives damaged; the connection was ended"),
        ),
        (_, PROTO | OUT_OF_BOUNDARY | METHOD_NOT_SUPPORTED | ALGO_UNSUPPORTED) => (
            FaultKind::Protocol,
            format!("{server} does not keep to the SSH protocol ({number}); ask its owner"),
        ),
        (Doing::Handshake, _) => (
            FaultKind::Transient,
            format!("{server} ended the connection before it was set up ({number})"),
        ),
        (Doing::SignIn, _) => (
            FaultKind::Transient,
            format!("{server} ended the connection while we signed in ({number})"),
        ),
        (Doing::Opening, _) => (
            FaultKind::Transient,
            format!("{server} ended the connection before SFTP was started ({number})"),
        ),
        (Doing::Moving, _) => (FaultKind::Transient, closed()),
    };
    Fault::new(kind, what)
}

/// What is said of a stream that has ended.
pub(super) fn closed() -> String {
    "the server closed the connection".into()
}

pub(super) fn stopped(target: &SshTarget) -> Fault {
    Fault::new(
        FaultKind::Transient,
        format!(
            "the connection to {} was ended because we stop",
            target.shown()
        ),
    )
}

fn timed_out(target: &SshTarget, doing: Doing) -> Fault {
    let (server, limits) = (target.shown(), target.timeouts);
    let what = match doing {
        Doing::Handshake => format!(
            "{server} takes connections but did not set up an SSH connection within {} s; is that an SSH server, or \
             does something in between answer for it?",
            limits.connect.as_secs_f32()
        ),
        Doing::SignIn | Doing::Opening | Doing::Moving => format!(
            "{server} did not answer within {} s",
            limits.request.as_secs_f32()
        ),
    };
    Fault::new(FaultKind::Transient, what)
}

/// The fault for a thread that the system does not give us.
pub(super) fn no_thread(error: &io::Error) -> Fault {
    Fault::new(
        FaultKind::Transient,
        format!("the system gives us no thread: {error}"),
    )
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
    Fault::new(FaultKind::Transient, what)
}
