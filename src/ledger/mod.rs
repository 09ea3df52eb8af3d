//! The ledger: what the site knows of its runs, its employees and its deductions, in one `SQLite` file.
//!
//! A run is written here before every step it takes on disk:
//! `claimed` (nothing of it is visible) → `delivering` (committed; the files to publish are listed) → `closed`,
//! or `held` instead of `closed` while it waits for a person. Raw rows, SSNs and birth dates are never stored.

mod arrivals;
mod commands;
mod error;
mod event_action;
mod events;
mod kept_moments;
mod notice_roles;
mod notices;
mod open_enrollments;
mod roles;
mod roster_roles;
mod rosters;
mod row;
mod runs;
mod schema;
mod search;
mod site_record;
mod transfer_roles;
mod transfers;
mod user_roles;
mod users;

/// The conformance suite of ledgers.
#[cfg(test)]
#[path = "../../tests/support/ledger_suite/mod.rs"]
mod ledger_suite;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use arrivals::{ArrivalRow, NewArrival};
pub use commands::{Asked, OneOff, Pause};
pub(crate) use error::LedgerError;
pub use event_action::EventAction;
pub(crate) use events::EventPlace;
pub use events::{Event, EventFilter};
pub(crate) use notices::{
    Happened, Message, MessageState, NewMessage, NewNotice, Notice, NoticeKind, Occurrence,
};
pub(crate) use open_enrollments::{EnrollmentStep, EnrollmentStepKind};
pub use roles::Ledger;
pub(crate) use roster_roles::LevelChoice;
pub(crate) use rosters::NameKind;
pub(crate) use rosters::deductions::StoredDeduction;
pub(crate) use rosters::edits::{Restoration, RosterEdit};
pub(crate) use rosters::trails::TrailStep;
pub(crate) use runs::commit::Committed;
pub(crate) use runs::history::{Baseline, ImportedYear};
pub use runs::lists::RunFilter;
pub(crate) use runs::lists::{OpenTotals, RunPlace};
pub(crate) use runs::rejections::{RejectedPerson, RejectedPlace};
pub use runs::state::Origin;
pub(crate) use runs::state::RunState;
pub(crate) use runs::tallies::{SECONDS, Tallied, Tally};
pub(crate) use runs::{Disposal, Publication};
pub use runs::{NewRun, RunRow};
pub(crate) use site_record::{Adopted, LostRun, SiteIdentity};
pub use transfers::outbox::SendState;
pub(crate) use transfers::outbox::{NO_RUN, OutboxFile, Outgoing, OutgoingReceipt};
pub use transfers::pulls::Source;
pub(crate) use transfers::pulls::{KeptPull, NewPull, OpenPull, PullState};
pub(crate) use transfers::{EndpointRow, EndpointState, Part, Trouble, Troubles};
pub(crate) use users::{
    ApiToken, AttemptLimit, Credentials, EnrolmentLink, LimitedBy, NewApiToken, NewAttempt,
    NewCredentials, NewLink, NewSession, NewUser, OpenSession, Sustained, User,
};

use error::Result;
use notice_roles::Notices;
use roles::{
    Arrivals, Cursors, Events, ImportedYears, OneTimeRuns, OpenEnrollments, Pauses, Rejections,
    Requests, RunHistory, RunLists, RunRetention, RunSteps, RunTallies, SiteRecord, UnitOfWork,
};
use roster_roles::{
    AccountLinks, BenefitsLevels, EmployeeSearch, Employees, OwnerIds, RosterEdits, RosterTrails,
    Selections, StoredDeductions,
};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};
use transfer_roles::{EndpointTroubles, Endpoints, Outbox, Pulls};
use user_roles::{ApiTokens, EnrolmentLinks, Sessions, SignInAttempts, Users};

/// How long a command waits for another process's transaction.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a page in a new ledger. Blocks are read and written page by page, so larger ones would be quicker still; but
/// each of the few rows that a small file changes costs a page of the log.
const PAGE: u32 = 8 * 1024;
/// Pages that the write-ahead log may grow to before it is merged.
const LOG_PAGES: u32 = 1_000;
/// Between two tries where `SQLite` itself doesn't wait.
const PAUSE: Duration = Duration::from_millis(20);

/// An open ledger. One per thread; several processes may have it open at once.
pub(crate) struct SqliteLedger {
    connection: Connection,
    read_only: bool,
}

impl SqliteLedger {
    /// Opens the ledger for work, making it (mode 0600) if need be.
    pub(crate) fn open(path: &Path) -> Result<SqliteLedger> {
        make(path)?;
        let mut connection = Connection::open(path).map_err(|e| cannot_open(path, e))?;
        connection.busy_timeout(PATIENCE)?;
        // Counts only before there is anything in the file.
        connection.pragma_update(None, "page_size", PAGE)?;
        write_ahead(&connection)?;
        // A first load leaves a long log behind; it is cut back to this size (bytes) once it is merged.
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        configure(&connection)?;
        schema::prepare(&mut connection)?;
        Ok(SqliteLedger {
            connection,
            read_only: false,
        })
    }

    /// Opens the ledger for reading only, for dry runs. Where there is none yet, an empty one in memory stands in.
    pub(crate) fn open_read_only(path: &Path) -> Result<SqliteLedger> {
        let empty = match std::fs::metadata(path) {
            Ok(file) => file.len() == 0,
            Err(e) if e.kind() == io::ErrorKind::NotFound => true,
            Err(e) => return Err(cannot_open(path, e)),
        };
        let connection = if empty {
            let mut connection = Connection::open_in_memory()?;
            schema::prepare(&mut connection)?;
            connection
        } else {
            // A connection that may not write at all can't tidy up SQLite's log files when it closes.
            // One thread at a time uses it, so SQLite needs no locks inside.
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(path, flags).map_err(|e| cannot_open(path, e))?
        };
        connection.pragma_update(None, "query_only", true)?;
        connection.busy_timeout(PATIENCE)?;
        configure(&connection)?;
        schema::check(&connection)?;
        Ok(SqliteLedger {
            connection,
            read_only: true,
        })
    }

    /// With little memory for pages of the file: for one of many that are kept open.
    pub(crate) fn with_small_cache(self) -> Result<SqliteLedger> {
        self.connection
            .pragma_update(None, "cache_size", -8 * 1024)?;
        Ok(self)
    }

    /// Begins a transaction that holds the write lock from its start.
    fn immediate(&mut self) -> Result<Transaction<'_>> {
        Ok(self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// After many blocks were read their pages are of no more use, and memory is better spent on the records to come.
    fn give_back_after(&self, blocks: usize) -> Result<()> {
        const MANY: usize = 16;
        if blocks >= MANY {
            self.connection.execute_batch("PRAGMA shrink_memory")?;
        }
        Ok(())
    }
}

impl Ledger for SqliteLedger {
    fn set_patience(&self, patience: Duration) -> Result<()> {
        Ok(self.connection.busy_timeout(patience)?)
    }
}

/// Makes an empty file where there is none; made by `SQLite`, it would have the mode of the umask. An existing file is
/// not opened: closing it would release the locks of all connections of this process to it, and the next process that
/// closes the ledger would then take itself for the last one and remove the log that these connections still use.
fn make(path: &Path) -> Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _closed_before_others_open_it = ONE_AT_A_TIME.lock();
    let made = OpenOptions::new()
        .create_new(true)
        .append(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(|e| cannot_open(path, e)),
    }
}

/// Turns the write-ahead log on. The busy timeout of `SQLite` does not apply to this: where two processes make a ledger
/// at once, one of them fails immediately because it is busy, so it is tried again here.
fn write_ahead(connection: &Connection) -> Result<()> {
    let turn_on = || -> Result<()> {
        let mode: String = connection.pragma_query_value(None, "journal_mode", |r| r.get(0))?;
        if mode != "wal" {
            connection.pragma_update(None, "journal_mode", "WAL")?;
        }
        Ok(())
    };
    let began = Instant::now();
    loop {
        match turn_on() {
            Err(LedgerError::Busy) if began.elapsed() < PATIENCE => thread::sleep(PAUSE),
            other => return other,
        }
    }
}

fn configure(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is forgotten, such as a name with a number in it, is overwritten in the file.
    connection.pragma_update(None, "secure_delete", true)?;
    // Negative means KiB: 16 MiB, whatever the size of the roster.
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn cannot_open(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> LedgerError {
    LedgerError::Open {
        path: path.to_owned(),
        source: source.into(),
    }
}
