//! Servers that are reached over the network: places that files are fetched from and sent to (the only module that speaks
//! SSH), mail servers, and web addresses that notices are sent to.
//!
//! A [`Place`] does what it is told once and returns the outcome; retrying, waiting and remembering are up to its caller.
//! One conformance suite is run by every implementation.

mod byte_stream;
mod fault;
mod mail;
mod place;
mod private_file;
mod server_certificate;
mod sftp;
mod ssh;
mod webhook;

pub(crate) use fault::UNSAID;
pub use fault::{Fault, FaultKind};
pub(crate) use mail::{Mail, MailServer};
pub(crate) use place::KEEPALIVE;
pub use place::{FileTransfer, Place, RemoteFile};
pub use private_file::SecretSource;
pub(crate) use server_certificate::server_certificate;
pub(crate) use ssh::{HostKeyStatus, OfferedKey, missing, offered_keys, pinned};
pub use ssh::{SignIn, SshTarget, Timeouts};
pub(crate) use webhook::{WebhookCall, post};

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
