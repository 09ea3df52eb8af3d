//! Remote places that files are fetched from and sent to. The only module that speaks SSH.
//!
//! A [`Place`] does what it is told once and returns the outcome; retrying, waiting and remembering are up to its caller.
//! One conformance suite is run by every implementation.

mod byte_stream;
mod fault;
mod place;
mod sftp;
mod ssh;

pub(crate) use fault::UNSAID;
pub use fault::{Fault, FaultKind};
pub(crate) use place::KEEPALIVE;
pub use place::{FileTransfer, Place, RemoteFile};
pub(crate) use ssh::{HostKeyStatus, OfferedKey, missing, offered_keys, pinned};
pub use ssh::{SecretSource, SignIn, SshTarget, Timeouts};

/// The SFTP engine, for fuzzing.
pub(crate) mod engine {
    pub use super::byte_stream::{ByteStream, Connector};
    pub use super::sftp::{SftpOptions, SftpPlace};
}

/// A server reached by SFTP over SSH, with at most this many connections at the same time. It connects when it is first
/// used.
pub fn over_ssh(target: SshTarget, connections: usize) -> Box<dyn Place> {
    let options = sftp::SftpOptions {
        connections,
        request: target.timeouts.request,
        stalled: target.timeouts.stalled,
        stop: target.stop.clone(),
    };
    Box::new(sftp::SftpPlace::new(
        ssh::SshConnector::new(target),
        options,
    ))
}

/// The throw-away server of the integration tests.
#[cfg(test)]
#[path = "../../tests/support/sshd.rs"]
mod sshd;

/// The conformance suite of places.
#[cfg(test)]
#[path = "../../tests/support/place_suite.rs"]
mod place_suite;
