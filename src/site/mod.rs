//! A site (its configuration, disk, clock, ledger and key) and what every step on it needs: errors, the
//! observer of a run, the job of a file, and the reasons for which files wait.

mod caches;
mod context;
mod coordination;
mod employee_index;
mod error;
mod folder_looks;
pub(crate) mod job_builder;
mod observer;
mod open_ledger;
mod orphaned_folders;
mod orphaned_runs;
mod parallelism;
mod state_check;
mod state_fault;
mod wait_reason;

pub(crate) use context::{IntegrationContext, integration_lock, roster_lock};
pub(crate) use coordination::{Coordination, DAEMON, HeldLock};
pub(crate) use employee_index::extend_indexes;
pub(crate) use error::Result;
pub use error::RunError;
pub(crate) use folder_looks::{FolderLook, FolderLooks};
pub use observer::Quiet;
pub(crate) use observer::{Cancellable, Observer};
pub use open_ledger::OpenLedger;
pub(crate) use orphaned_folders::{OrphanedFolder, orphaned_folders};
pub(crate) use orphaned_runs::{OrphanedRun, fail_without_file, orphaned_runs};
pub(crate) use state_check::{
    FoundRun, all_runs, claim_ledger, inside, new_identity, set_aside_folder,
};
pub use state_fault::StateFault;
pub(crate) use wait_reason::{EarlierYear, GoesFirst, WaitReason, to_the_minute};

use crate::config::{Config, Integration};
use crate::domain::masking::escape_control;
use crate::domain::{ReferenceId, SiteKey};
use crate::ledger::{Ledger, RunRow, SqliteLedger};
use crate::spool::{self, Disk};
use caches::{PlanYearCache, RosterCache};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use coordination::FileCoordination;
use open_ledger::KeptLedgers;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a waiting command checks whether a lock is free.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// A site: its configuration, disk and clock, and the user who works on it.
#[derive(Clone)]
pub struct Site {
    pub config: Config,
    pub(crate) disk: Arc<Disk>,
    pub(crate) plan_year_cache: Arc<PlanYearCache>,
    pub(crate) roster_cache: Arc<RosterCache>,
    /// When inbound folders were last looked into.
    pub(crate) folder_looks: Arc<FolderLooks>,
    coordination: Arc<dyn Coordination>,
    user: String,
    clock: fn() -> DateTime<Utc>,
    /// Whether ledger, key and folders are known to belong together.
    state_checked: Arc<AtomicBool>,
    /// Ledgers for reading that are kept open; none where each is closed after use.
    kept_ledgers: Option<Arc<KeptLedgers>>,
}

impl Site {
    /// The site with the real clock, for the user of this process.
    pub fn new(config: Config) -> Site {
        Site {
            coordination: Arc::new(FileCoordination::new(&config.state())),
            config,
            disk: Arc::new(Disk::new()),
            plan_year_cache: Arc::default(),
            roster_cache: Arc::default(),
            folder_looks: Arc::default(),
            user: spool::acting_user(),
            clock: Utc::now,
            state_checked: Arc::default(),
            kept_ledgers: None,
        }
    }

    /// The same site, which keeps ledgers for reading open: for who reads again and again.
    #[must_use]
    pub(crate) fn keeping_ledgers_open(&self) -> Site {
        Site {
            kept_ledgers: Some(Arc::default()),
            ..self.clone()
        }
    }

    /// The same site on another disk and at another time, for tests of crashes.
    #[must_use]
    pub fn with(self, disk: Disk, clock: fn() -> DateTime<Utc>) -> Site {
        Site {
            disk: Arc::new(disk),
            clock,
            ..self
        }
    }

    /// The same site at another time, for tests.
    #[must_use]
    pub(crate) fn with_clock(self, clock: fn() -> DateTime<Utc>) -> Site {
        Site { clock, ..self }
    }

    /// The same site on the same disk, for another user.
    #[must_use]
    pub fn for_user(&self, user: &str) -> Site {
        Site {
            user: user.to_owned(),
            ..self.clone()
        }
    }

    /// The same site under another configuration.
    #[must_use]
    pub(crate) fn with_config(&self, config: Config) -> Site {
        Site {
            coordination: Arc::new(FileCoordination::new(&config.state())),
            config,
            plan_year_cache: Arc::default(),
            roster_cache: Arc::default(),
            ..self.clone()
        }
    }

    /// The number of steps its disk was asked for.
    pub fn steps(&self) -> u64 {
        self.disk.steps()
    }

    /// Now, in the site's time zone.
    pub fn now(&self) -> DateTime<FixedOffset> {
        (self.clock)()
            .with_timezone(&self.config.site.timezone)
            .fixed_offset()
    }

    /// Today, in the site's time zone.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// The user who works on it.
    pub fn user(&self) -> &str {
        &self.user
    }

    pub fn ledger_path(&self) -> PathBuf {
        self.config.state().join("ledger.db")
    }

    /// The ledger, opened for work. The site's key is made before it: a ledger without one is taken for a site that
    /// lost its key. The first time, ledger, key and folders are checked to belong together.
    ///
    /// # Errors
    /// They don't ([`StateFault`]), or the key or the ledger can't be made or opened.
    pub fn ledger(&self) -> Result<Box<dyn Ledger>> {
        if self.state_checked.load(Ordering::Relaxed) {
            return self.unchecked_ledger();
        }
        state_check::before_work(self)?;
        let mut ledger = self.unchecked_ledger()?;
        claim_ledger(self, &mut *ledger)?;
        self.state_checked.store(true, Ordering::Relaxed);
        Ok(ledger)
    }

    /// The ledger, opened for work whatever the folders show.
    ///
    /// # Errors
    /// The key or the ledger can't be made or opened.
    pub(crate) fn unchecked_ledger(&self) -> Result<Box<dyn Ledger>> {
        self.key()?;
        Ok(Box::new(SqliteLedger::open(&self.ledger_path())?))
    }

    /// Whether ledger, key and folders belong together. Writes nothing.
    ///
    /// # Errors
    /// They don't ([`StateFault`]), or something can't be read.
    pub(crate) fn check_state(&self) -> Result<()> {
        state_check::before_work(self)?;
        state_check::check_key(self)
    }

    /// The ledger, opened for reading. A site without one has an empty one.
    ///
    /// # Errors
    /// The ledger can't be opened.
    pub fn ledger_for_reading(&self) -> Result<OpenLedger> {
        let path = self.ledger_path();
        let open = || SqliteLedger::open_read_only(&path);
        match &self.kept_ledgers {
            Some(kept) => kept.take(&path, || {
                let ledger = open()?.with_small_cache()?;
                Ok(Box::new(ledger) as Box<dyn Ledger>)
            }),
            None => Ok(OpenLedger::from(Box::new(open()?) as Box<dyn Ledger>)),
        }
    }

    /// The site's key; a new site gets one.
    ///
    /// # Errors
    /// The key can't be read or made.
    pub(crate) fn key(&self) -> Result<SiteKey> {
        Ok(spool::site_key(&self.config.state(), &self.ledger_path())?)
    }

    /// The site's key, or any key: nothing has been written yet on a site without one.
    ///
    /// # Errors
    /// The key can't be read.
    pub(crate) fn key_for_reading(&self) -> Result<SiteKey> {
        Ok(match spool::read_key(&self.config.state())? {
            Some(key) => key,
            None => spool::random_key()?,
        })
    }

    /// Locks between processes, and what wakes the daemon.
    pub(crate) fn coordination(&self) -> &dyn Coordination {
        &*self.coordination
    }

    /// Whether a daemon runs on this site.
    ///
    /// # Errors
    /// The lock can't be read.
    pub fn daemon_runs(&self) -> Result<bool> {
        self.coordination.is_locked(DAEMON)
    }

    /// Whether the running daemon is on another configuration than this one.
    pub(crate) fn daemon_is_elsewhere(&self) -> bool {
        let noted = self.coordination.noted(DAEMON);
        noted.is_some_and(|on| on != self.config.fingerprint)
    }

    /// The work folder of a run.
    pub(crate) fn work(&self, reference: &ReferenceId) -> PathBuf {
        self.config.work().join(reference.as_str())
    }

    /// The folder of the drafts of corrections. They hold values of records.
    pub(crate) fn correction_drafts(&self) -> PathBuf {
        self.config.state().join("drafts")
    }

    /// Where files of an integration wait that were taken from inbound.
    pub(crate) fn queue(&self, integration: &Integration) -> PathBuf {
        self.config.queue().join(&integration.name)
    }

    /// Where the bytes of files that are to be sent are kept, each under its number in the outbox.
    pub(crate) fn outbox(&self) -> PathBuf {
        self.config.work().join(".outbox")
    }

    /// The integration of this name.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn integration(&self, name: &str) -> Result<&Integration> {
        let found = self.config.integration(name);
        found.ok_or_else(|| self.unknown("integration", name))
    }

    /// The integration of this name, or the members of this set in their order.
    ///
    /// # Errors
    /// There is no integration or set of this name.
    pub(crate) fn members(&self, name: &str) -> Result<Vec<&Integration>> {
        if let Some(set) = self.config.set(name) {
            let members = set.integrations.iter();
            return members.map(|member| self.integration(member)).collect();
        }
        match self.config.integration(name) {
            Some(integration) => Ok(vec![integration]),
            None => Err(self.unknown("integration or set", name)),
        }
    }

    fn unknown(&self, what: &str, name: &str) -> RunError {
        let integrations = self.config.integrations.iter().map(|i| i.name.as_str());
        let sets = self.config.sets.iter().map(|s| s.name.as_str());
        let sets = sets.filter(|_| what.ends_with("set"));
        let known: Vec<&str> = integrations.chain(sets).collect();
        RunError::usage(format!(
            "there is no {what} `{}`; the configuration has {}",
            escape_control(name),
            known.join(", ")
        ))
    }

    /// The run of this reference ID, read before anything is locked.
    ///
    /// # Errors
    /// There is none, or the ledger can't be read.
    pub(crate) fn find_run(&self, reference: &ReferenceId) -> Result<RunRow> {
        known_run(&*self.ledger_for_reading()?, reference)
    }

    /// The integration of a run.
    ///
    /// # Errors
    /// The integration left the configuration; the sentence says what to do.
    pub(crate) fn integration_of(&self, row: &RunRow) -> Result<&Integration> {
        let found = self.config.integration(&row.integration);
        found.ok_or_else(|| {
            let why = orphaned_runs::why(row);
            RunError::usage(format!("run {} {why}", row.reference))
        })
    }

    /// A lock of the site; waits for it if `wait` is set.
    ///
    /// # Errors
    /// Another process holds it ([`RunError::Busy`]), or it can't be taken.
    pub(crate) fn lock(&self, name: &str, what: &str, wait: bool) -> Result<Box<dyn HeldLock>> {
        loop {
            if let Some(lock) = self.coordination.try_lock(name)? {
                return Ok(lock);
            }
            if !wait {
                let holder = self.coordination.holder(name);
                let by = holder
                    .map(|pid| format!(" by process {pid}"))
                    .unwrap_or_default();
                return Err(RunError::Busy(format!(
                    "{what} is busy: it is in use{by}; try again later, or wait for it with --wait"
                )));
            }
            std::thread::sleep(LOCK_POLL);
        }
    }
}

/// The run of this reference ID.
///
/// # Errors
/// There is none, or the ledger can't be read.
pub(crate) fn known_run(ledger: &dyn Ledger, reference: &ReferenceId) -> Result<RunRow> {
    ledger.run(reference)?.ok_or_else(|| no_run(reference))
}

/// The error where there is no run of this reference ID.
pub(crate) fn no_run(reference: &ReferenceId) -> RunError {
    RunError::usage(format!(
        "there is no run {reference}; `feedgate runs` lists them"
    ))
}
