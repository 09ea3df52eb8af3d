//! What can keep a run from happening, sorted by what the caller does next.

use crate::domain::ReferenceId;
use crate::domain::masking;
use crate::ledger::LedgerError;
use crate::spool::{KeyError, ScanError, SpoolError};
use std::io;
use std::path::Path;

/// Why a command could not do its work. A bad file is no error here: it is a run that ended Failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Wrong name, parameter or state; nothing was touched.
    #[error("{}", .0.join("\n"))]
    Usage(Vec<String>),
    /// Another process has it.
    #[error("{0}")]
    Busy(String),
    /// The file that was named or expected is not there.
    #[error("{0}")]
    Nothing(String),
    /// It is not this file's turn; the sentence says what goes first and when it can go.
    #[error("{0}")]
    Waits(String),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file could not be moved.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A folder could not be listed.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The site's key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A folder could not be looked into: what waits in it is unknown.
    #[error("what waits in the inbound folder of {name} is unknown: {why}")]
    Unseen {
        /// The integration.
        name: String,
        /// Why.
        why: String,
    },
    /// The program broke.
    #[error("a bug of the program ended this; please report it with what the daemon wrote")]
    Bug,
    /// The run was given up before its commit, because the program was told to stop.
    #[error("told to stop; the run is taken up again at the next start")]
    GivenUp,
    /// Reading or writing failed.
    #[error(
        "{what}: {source}; the daemon takes the run up again by itself; without one, the next `feedgate run` does"
    )]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A place that the user named can't be used.
    #[error("{path}: {source}; name another place")]
    Place {
        /// The place.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The run is committed, but not everything of it is published yet.
    #[error(
        "{source}; run {reference} is committed and not yet wholly published: the daemon finishes it by itself; without one, `feedgate run {integration}` does"
    )]
    Unpublished {
        /// The run.
        reference: ReferenceId,
        /// Its integration.
        integration: String,
        /// What went wrong.
        source: Box<RunError>,
    },
}

impl RunError {
    /// The exit code of a command that ends with this.
    pub fn exit_code(&self) -> u8 {
        match self {
            RunError::Usage(_) => 2,
            RunError::Nothing(_) => 4,
            RunError::Waits(_) => 5,
            RunError::Busy(_) => 6,
            RunError::Bug => 70,
            _ => 1,
        }
    }

    /// What to tell the person who asked, one sentence each.
    pub fn sentences(self) -> Vec<String> {
        match self {
            RunError::Usage(sentences) => sentences,
            other => vec![other.to_string()],
        }
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> RunError {
        move |source| RunError::Io { what, source }
    }

    pub(super) fn place(path: &Path) -> impl FnOnce(io::Error) -> RunError {
        move |source| RunError::Place {
            path: masking::shown(path),
            source,
        }
    }

    pub(super) fn usage(problem: impl Into<String>) -> RunError {
        RunError::Usage(vec![problem.into()])
    }
}

/// The result of a run's step.
pub(crate) type Result<T> = std::result::Result<T, RunError>;
