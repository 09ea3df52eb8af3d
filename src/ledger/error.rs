//! Errors of the ledger. Every message tells the operator what to do.

use super::RunState;
use crate::domain::ReferenceId;
use rusqlite::ErrorCode;
use std::io;
use std::path::PathBuf;

/// What the ledger gives, or its failure.
pub(super) type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// A failure of the ledger. None of them carries a record value.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file can't be made or opened.
    #[error(
        "the ledger {path} can't be opened: {source}; check that its folder exists and that this user may read and write it"
    )]
    Open {
        path: PathBuf,
        /// The error of the system or of `SQLite`.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A newer program wrote it.
    #[error(
        "the ledger is of version {found}, this program knows versions up to {known}; install the Feedgate that wrote it, or restore the state folder from before the upgrade"
    )]
    Newer {
        /// Version of the file.
        found: u32,
        /// Newest version this program knows.
        known: u32,
    },
    /// An older program wrote it, or it has no tables yet (version 0), which the next opening for work makes.
    #[error(
        "the ledger is of version {found}, this program needs version {known}; {}",
        match found {
            0 => "any `feedgate run` brings it up to date, then repeat this command",
            _ => "install the Feedgate that wrote it",
        }
    )]
    Older {
        /// Version of the file.
        found: u32,
        /// Version this program needs.
        known: u32,
    },
    /// Another program stored some of the employees or deductions.
    #[error(
        "a block of the ledger is of version {found}, which this program does not read; install the Feedgate that wrote it, or restore the state folder from before the upgrade"
    )]
    Block {
        /// Version of the block.
        found: u8,
    },
    /// Another process kept the ledger locked for the whole waiting time.
    #[error(
        "the ledger is busy: another process keeps it locked; see with `feedgate status` what is running and repeat the command when it is done"
    )]
    Busy,
    /// No room on the disk.
    #[error(
        "the disk that holds the ledger is full; make room there: the daemon goes on by itself; without one, run again"
    )]
    Full,
    /// Not a ledger, or damaged.
    #[error(
        "the ledger is damaged ({what}); stop Feedgate, keep a copy of the state folder, and restore it from the last backup"
    )]
    Damaged {
        /// The place of the damage.
        what: &'static str,
    },
    /// Another process wrote between a run's reading and its commit, so the numbers in its changes may now stand for other
    /// keys.
    #[error(
        "the {table} changed while the file was judged, so nothing was written; run the file again, and if this repeats, restore the state folder from the last backup"
    )]
    Overtaken {
        /// `roster` or `deductions`.
        table: &'static str,
    },
    /// Counts or amounts of a run don't add up.
    #[error(
        "the counts or amounts of the run do not add up to its whole, so nothing was written; this is a bug, please report it with the run's reference ID"
    )]
    SumLaw,
    /// No run has this reference ID or number.
    #[error("no run {run} is known; list the runs with `feedgate runs`")]
    UnknownRun {
        /// Reference ID or number.
        run: String,
    },
    /// The run is at another point of its way.
    #[error(
        "run {reference} is {state} and so can't be {act}; look at it with `feedgate show {reference}`"
    )]
    WrongState {
        reference: ReferenceId,
        state: RunState,
        act: &'static str,
    },
    /// All reference IDs of a day are given out.
    #[error("a day holds 999,999 runs and all are used up; run again tomorrow")]
    DayFull,
    /// A number or a text that the ledger can't hold.
    #[error("{what} is beyond what the ledger can hold; {fix}")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// What to do about it.
        fix: &'static str,
    },
    /// The file with the run's changes can't be read back.
    #[error(
        "the changes of the run can't be read back from the work folder: {0}; check the disk, then run the file again"
    )]
    Changes(#[source] io::Error),
    /// Anything else the database reports.
    #[error(
        "the ledger refused an operation: {0}; check the disk and the permissions of the state folder, then repeat the command"
    )]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl LedgerError {
    /// Whether the same operation can succeed later: the lock is released, or a person makes room on the disk.
    pub fn is_transient(&self) -> bool {
        matches!(self, LedgerError::Busy | LedgerError::Full)
    }
}

/// A path that is not UTF-8 can't be kept.
pub(super) const PATH: LedgerError = LedgerError::Limit {
    what: "a path that is not UTF-8",
    fix: "rename the folder",
};

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> LedgerError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy,
            Some(ErrorCode::DiskFull) => LedgerError::Full,
            Some(ErrorCode::NotADatabase) => LedgerError::Damaged {
                what: "the file is not a ledger",
            },
            Some(ErrorCode::DatabaseCorrupt) => LedgerError::Damaged {
                what: "SQLite finds its pages inconsistent",
            },
            Some(ErrorCode::ConstraintViolation) if error.to_string().contains("sum_law") => {
                LedgerError::SumLaw
            }
            _ => LedgerError::Database(Box::new(error)),
        }
    }
}
