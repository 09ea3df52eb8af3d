//! Why a command could not do its work, sorted by what the caller does next.

use super::WaitReason;
use super::state_fault::StateFault;
use crate::domain::ReferenceId;
use crate::domain::masking;
use crate::ledger::LedgerError;
use crate::spool::{KeyError, ScanError, SpoolError};
use std::io;
use std::path::Path;

/// Why a command could not do its work. A bad file is not an error here: its run ends Failed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields say what they are")]
pub enum RunError {
    /// Wrong name, parameter or state; nothing was touched.
    #[error("{}", .0.join("\n"))]
    Usage(Vec<String>),
    /// Another process is running it.
    #[error("{0}")]
    Busy(String),
    /// The file that was named or expected is not there.
    #[error("{0}")]
    Nothing(String),
    /// It may not go now.
    #[error("{what}: {reason}")]
    Waits {
        /// What waits, as the start of a sentence.
        what: String,
        reason: Box<WaitReason>,
    },
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
    /// The state folder is not that of the site's other folders.
    #[error(transparent)]
    State(#[from] StateFault),
    /// A folder could not be listed in time: what waits in it is unknown.
    #[error("what waits in the inbound folder of {name} is unknown: {why}")]
    Unseen { name: String, why: String },
    #[error("a bug of the program ended this; please report it with what the daemon wrote")]
    Bug,
    /// The run was cancelled before its commit, because the program was told to stop.
    #[error("told to stop; the run is taken up again at the next start")]
    Cancelled,
    /// Reading or writing failed.
    #[error(
        "{what}: {source}; the daemon takes the run up again by itself; without one, the next `feedgate run` does"
    )]
    Io {
        /// What was being done.
        what: &'static str,
        source: io::Error,
    },
    /// A path that the user named can't be used.
    #[error("{path}: {source}; name another place")]
    Place { path: String, source: io::Error },
    /// The run is committed, but not all of its files are published yet.
    #[error(
        "{source}; run {reference} is committed and not yet wholly published: the daemon finishes it by itself; without one, `feedgate run {integration}` does"
    )]
    Unpublished {
        reference: ReferenceId,
        integration: String,
        source: Box<RunError>,
    },
}

impl RunError {
    /// The exit code of a command that ends with this.
    pub fn exit_code(&self) -> u8 {
        match self {
            RunError::Usage(_) | RunError::State(_) => 2,
            RunError::Nothing(_) => 4,
            RunError::Waits { .. } => 5,
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

    pub(crate) fn place(path: &Path) -> impl FnOnce(io::Error) -> RunError {
        move |source| RunError::Place {
            path: masking::shown(path),
            source,
        }
    }

    pub(crate) fn usage(problem: impl Into<String>) -> RunError {
        RunError::Usage(vec![problem.into()])
    }
}

pub(crate) type Result<T> = std::result::Result<T, RunError>;
