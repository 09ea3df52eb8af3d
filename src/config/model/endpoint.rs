//! SFTP servers of others, and the Technical Contact. The latter is read and checked, not acted on yet.

use super::duration;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;
use std::time::Duration;

/// An SFTP server that files are fetched from or sent to.
#[derive(Clone, Debug, Deserialize)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The account there.
    pub user: String,
    /// How to sign in.
    pub auth: Auth,
    /// File with the server's host keys.
    pub host_keys: PathBuf,
    /// SSH algorithms offered to this server besides the usual ones: names of [`crate::domain::OPTIONAL_ALGORITHMS`].
    pub widen: Vec<String>,
    /// Connections at the same time.
    pub sessions: usize,
}

/// How to sign in: exactly one of key, password and agent. Each text says where a secret is: a file, `env:NAME` or
/// `credential:NAME`.
#[derive(Clone, Debug, Deserialize)]
pub struct Auth {
    /// The private key.
    pub key: Option<String>,
    /// The key's passphrase.
    pub passphrase: Option<String>,
    /// The account's password.
    pub password: Option<String>,
    /// A key agent.
    pub agent: bool,
}

/// Fetching source files.
#[derive(Clone, Debug, Deserialize)]
pub struct Pull {
    /// The endpoint; it exists.
    pub endpoint: String,
    /// The folder there.
    pub folder: String,
    /// Time between two looks.
    #[serde(deserialize_with = "duration::deserialize")]
    pub every: Duration,
    /// What becomes of a fetched file.
    pub after: AfterPull,
}

/// What becomes of a fetched file on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterPull {
    /// It is deleted.
    Delete,
    /// It stays.
    Keep,
    /// It is moved to this folder.
    Move(String),
}

/// Sending published files.
#[derive(Clone, Debug, Deserialize)]
pub struct Push {
    /// The endpoint; it exists.
    pub endpoint: String,
    /// The folder there.
    pub folder: String,
    /// Which files.
    pub files: Vec<Published>,
}

/// A kind of published file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Published {
    /// Output files.
    Output,
    /// Error files and rejects files.
    Errors,
    /// Receipts.
    Receipts,
}

/// The Technical Contact.
#[derive(Clone, Debug, Deserialize)]
pub struct Contact {
    /// An e-mail address.
    pub email: String,
}

impl<'de> Deserialize<'de> for AfterPull {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<AfterPull, D::Error> {
        let text = String::deserialize(d)?;
        Ok(match (text.as_str(), text.strip_prefix("move:")) {
            (_, Some(folder)) => AfterPull::Move(folder.to_owned()),
            ("delete", _) => AfterPull::Delete,
            _ => AfterPull::Keep,
        })
    }
}
