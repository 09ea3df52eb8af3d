//! SSH connections to other people's servers: the host key is verified, then we sign in, then SFTP is asked for.
//! Everything is bounded in time and looks at the stop flag.

mod base64;
mod connect;
mod dial;
mod faults;
mod host_keys;
mod line;
mod link;
mod methods;
mod names;
mod offered;
mod own_file;
mod secret;
mod sign_in;
#[cfg(test)]
mod tests;

pub(crate) use dial::SshConnector;
pub(crate) use offered::{HostKeyStatus, OfferedKey, offered_keys, pinned};
pub use secret::SecretSource;

use super::Fault;
use host_keys::KnownHosts;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A server of others, and how we sign in there.
#[derive(Clone, Debug)]
pub struct SshTarget {
    /// The endpoint's name in the configuration, for sentences that say what to type.
    pub endpoint: String,
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The account there.
    pub user: String,
    /// How to sign in.
    pub sign_in: SignIn,
    /// The file with the server's host keys, in OpenSSH's `known_hosts` format.
    pub known_hosts: PathBuf,
    /// Algorithms offered besides the usual ones: names of [`crate::domain::WIDER`]; others are left out.
    pub widen: Vec<String>,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// Once it is set, connecting and waiting end at once with a fault.
    pub stop: Arc<AtomicBool>,
}

/// How to sign in. Secrets are read anew for each connection.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// With a private key.
    Key {
        /// The key.
        key: SecretSource,
        /// Its passphrase, if it has one.
        passphrase: Option<SecretSource>,
    },
    /// With a password.
    Password(SecretSource),
    /// With the keys of the agent that `SSH_AUTH_SOCK` names.
    Agent,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From looking up the server's name to its host key being verified.
    pub connect: Duration,
    /// Signing in and starting SFTP; one answer to one request.
    pub request: Duration,
    /// A transfer during which nothing moves.
    pub stalled: Duration,
    /// Silence after which the system asks whether the other side is still there; it asks [`Timeouts::PROBES`]
    /// times at this distance, then the connection is dead.
    pub keepalive: Duration,
}

impl Timeouts {
    /// Unanswered questions after which a connection is dead.
    pub const PROBES: u32 = 3;
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            stalled: Duration::from_secs(60),
            keepalive: super::place::KEEPALIVE,
        }
    }
}

impl SshTarget {
    /// Server and port, as they are shown.
    fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Everything on our side that a connection needs and that is missing or open to others: secrets, and host keys on
/// record. Connects to nothing; whether a key can be read or a passphrase fits shows when signing in. Each fault stops
/// the endpoint and says what to do.
pub(crate) fn missing(target: &SshTarget) -> Vec<Fault> {
    let mut faults = sign_in::Ready::tried(target).err().unwrap_or_default();
    faults.extend(KnownHosts::read(target).err());
    faults
}
