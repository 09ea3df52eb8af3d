//! SSH connections: the host key is verified, then we sign in, then SFTP is started. Everything is bounded in time and
//! observes the stop flag.

mod algorithms;
mod connect;
mod faults;
mod host_key_scan;
mod host_patterns;
mod known_hosts;
mod session;
mod sign_in;
mod stream;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use host_key_scan::{HostKeyStatus, OfferedKey, offered_keys, pinned};

pub(crate) use stream::SshConnector;
pub use target::{SignIn, SshTarget, Timeouts};

use super::fault::Fault;
use known_hosts::KnownHosts;
use sign_in::Credentials;

/// Everything on our side that a connection needs and that is missing or open to others: secrets, and host keys on record.
/// Connects to nothing; whether a key can be read or a passphrase fits shows when signing in. Each fault stops the endpoint
/// and says what to do.
pub(crate) fn missing(target: &SshTarget) -> Vec<Fault> {
    let mut faults = Credentials::read_all(target).err().unwrap_or_default();
    faults.extend(KnownHosts::read(target).err());
    faults
}
