//! A server and how to sign in there.

use crate::transport::place::KEEPALIVE;
use crate::transport::private_file::SecretSource;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct SshTarget {
    /// The endpoint's name in the configuration, for sentences that say what to type.
    pub endpoint: String,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub sign_in: SignIn,
    /// The file with the server's host keys, in OpenSSH's `known_hosts` format.
    pub known_hosts: PathBuf,
    /// Algorithms offered besides the usual ones, by their names in [`crate::domain::OPTIONAL_ALGORITHMS`]; other names are
    /// left out.
    pub widen: Vec<String>,
    pub timeouts: Timeouts,
    /// Once it is set, connecting and waiting end at once with a fault.
    pub stop: Arc<AtomicBool>,
}

impl SshTarget {
    /// Server and port, as messages show them.
    pub(super) fn shown(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// How to sign in. Secrets are read again for each connection.
#[derive(Clone, Debug)]
pub enum SignIn {
    Key {
        /// In OpenSSH's or PEM format.
        key: SecretSource,
        /// Where the key is encrypted.
        passphrase: Option<SecretSource>,
    },
    /// With a password, also where the server asks for it interactively.
    Password(SecretSource),
    /// With the keys of the agent that `SSH_AUTH_SOCK` names.
    Agent,
}

/// How long the steps of a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From looking up the server's name to its host key being verified.
    pub connect: Duration,
    /// Signing in and starting SFTP; one reply to one request.
    pub request: Duration,
    /// A transfer during which nothing moves.
    pub stalled: Duration,
    /// Silence after which the system probes whether the other side is still there. It probes [`Timeouts::PROBES`] times
    /// at this distance, then the connection is dead.
    pub keepalive: Duration,
}

impl Timeouts {
    pub(super) const PROBES: u32 = 3;
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            stalled: Duration::from_secs(60),
            keepalive: KEEPALIVE,
        }
    }
}
