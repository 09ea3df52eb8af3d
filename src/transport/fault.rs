//! Faults of a place, sorted by what the caller does next.

use std::io;

/// What the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It may pass by itself: no connection, a lost connection, a time limit, a server that is full or busy. To be tried
    /// again later. Whether the effect came about is not known.
    Transient,
    /// The server's host key is unknown or differs from the one on record. The endpoint stops until a person acts.
    HostKey,
    /// The server refuses to let us in. The endpoint stops until a person acts, since more attempts may lock the account.
    SignIn,
    /// A secret or something else on our side that the endpoint needs is missing, unreadable or readable by others. The
    /// endpoint stops until a person acts.
    Secret,
    /// Nothing has that name. For a folder, the integration is to blame.
    Missing,
    /// The account may not do that there. The integration is to blame.
    Denied,
    /// Something has that name already.
    Exists,
    /// The file is not what it was when it was listed, or did not arrive as it was sent.
    Changed,
    /// The server does not keep to the protocol, or can't do what is needed. When connecting, the endpoint does not stop,
    /// because the server's owner may repair it without telling us; there is no hurry to try again.
    Protocol,
    /// Our own disk failed.
    Local,
}

/// The text of a fault whose server gave no reason. The caller knows what was asked for.
pub(crate) const UNSAID: &str = "the server failed and did not say why";

#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    pub kind: FaultKind,
    /// What happened and what to do, as a sentence without a full stop. Never a secret, never content of a file.
    pub what: String,
    /// The error of our own disk, if it was that.
    #[source]
    pub source: Option<io::Error>,
}

impl Fault {
    pub fn new(kind: FaultKind, what: impl Into<String>) -> Fault {
        Fault {
            kind,
            what: what.into(),
            source: None,
        }
    }

    pub(crate) fn transient(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Transient, what)
    }

    pub(crate) fn protocol(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Protocol, what)
    }

    pub(crate) fn secret(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Secret, what)
    }

    pub(crate) fn changed(what: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Changed, what)
    }

    pub fn local(doing: &str, source: io::Error) -> Fault {
        Fault {
            kind: FaultKind::Local,
            what: format!("{doing}: {source}"),
            source: Some(source),
        }
    }

    /// The same fault for another item, without its source.
    pub(crate) fn copy(&self) -> Fault {
        Fault::new(self.kind, self.what.clone())
    }

    /// Whether everything at this endpoint stops until a person acts.
    pub fn stops_endpoint(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::HostKey | FaultKind::SignIn | FaultKind::Secret
        )
    }
}
