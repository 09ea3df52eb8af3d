//! A site at work: its configuration, its disk, its clock and who is at it.

use super::error::{Result, RunError};
use super::kept::Kept;
use super::peeked::Peeked;
use crate::config::{Config, Integration};
use crate::domain::ReferenceId;
use crate::ledger::{Ledger, RunRow};
use crate::spool::{self, Disk, Lock};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A site.
pub struct Site {
    /// Its configuration.
    pub config: Config,
    pub(crate) disk: Arc<Disk>,
    pub(super) peeked: Arc<Peeked>,
    pub(super) kept: Arc<Kept>,
    user: String,
    clock: fn() -> DateTime<Utc>,
}

/// How often a waiting command looks whether a lock is free.
const PATIENCE: Duration = Duration::from_millis(100);

impl Site {
    /// The site with the real clock, for the user of this process.
    pub fn new(config: Config) -> Site {
        let name = |variable| {
            std::env::var(variable)
                .ok()
                .filter(|n: &String| !n.is_empty())
        };
        let uid = || format!("uid {}", rustix::process::getuid().as_raw());
        let user = name("USER").or_else(|| name("LOGNAME")).unwrap_or_else(uid);
        Site {
            config,
            disk: Arc::new(Disk::new()),
            peeked: Arc::default(),
            kept: Arc::default(),
            user,
            clock: Utc::now,
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

    /// The same site, on the same disk, with somebody else at it.
    #[must_use]
    pub fn for_user(&self, user: &str) -> Site {
        Site {
            config: self.config.clone(),
            disk: Arc::clone(&self.disk),
            peeked: Arc::clone(&self.peeked),
            kept: Arc::clone(&self.kept),
            user: user.to_owned(),
            clock: self.clock,
        }
    }

    /// The same site under another configuration.
    #[must_use]
    pub fn with_config(&self, config: Config) -> Site {
        Site {
            config,
            disk: Arc::clone(&self.disk),
            peeked: Arc::default(),
            kept: Arc::default(),
            user: self.user.clone(),
            clock: self.clock,
        }
    }

    /// How many steps its disk was asked for.
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

    /// Who is at it.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The ledger's file.
    pub fn ledger_path(&self) -> PathBuf {
        self.config.state().join("ledger.db")
    }

    /// The ledger, opened for work. The site's key is made before it: a ledger without one is taken for a site that
    /// lost its key.
    ///
    /// # Errors
    /// The key or the ledger can't be made or opened.
    pub fn ledger(&self) -> Result<Ledger> {
        spool::site_key(&self.config.state(), &self.ledger_path())?;
        Ok(Ledger::open(&self.ledger_path())?)
    }

    /// The lock that the site's daemon holds while it runs.
    pub fn daemon_lock(&self) -> PathBuf {
        self.lock_file("daemon")
    }

    /// A file of `state/locks`.
    pub(super) fn lock_file(&self, name: &str) -> PathBuf {
        let locks = self.config.state().join("locks");
        locks.join(format!("{name}.lock"))
    }

    /// Whether a daemon runs on this site.
    ///
    /// # Errors
    /// The lock can't be looked at.
    pub fn daemon_runs(&self) -> Result<bool> {
        Ok(Lock::is_held(&self.daemon_lock())?)
    }

    /// Tells others which configuration the daemon that holds this lock runs on.
    ///
    /// # Errors
    /// It can't be written down.
    pub fn tell_configuration(&self, lock: &Lock) -> Result<()> {
        Ok(lock.note(&self.daemon_lock(), &self.config.fingerprint)?)
    }

    /// Whether the daemon, which runs, is on another configuration than this one.
    pub fn daemon_is_elsewhere(&self) -> bool {
        Lock::noted(&self.daemon_lock()).is_some_and(|on| on != self.config.fingerprint)
    }

    /// The folder that the daemon watches for news in the ledger.
    pub fn bell(&self) -> PathBuf {
        self.config.state().join("bell")
    }

    /// Tells the daemon, if there is one, that the ledger has something for it. One that hears nothing looks there
    /// by itself after a while, so nothing is lost if this fails.
    pub fn ring(&self) {
        let folder = self.bell();
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        // The close of a file that was open for writing is what is heard.
        let _ = made.and_then(|()| File::create(folder.join("request")));
    }

    /// The work folder of a run.
    pub(super) fn work(&self, reference: &ReferenceId) -> PathBuf {
        self.config.work().join(reference.as_str())
    }

    /// The integration of this name.
    pub(super) fn integration(&self, name: &str) -> Result<&Integration> {
        self.config.integration(name).ok_or_else(|| {
            let known: Vec<&str> = self
                .config
                .integrations
                .iter()
                .map(|i| i.name.as_str())
                .collect();
            RunError::usage(format!(
                "there is no integration `{name}`; the configuration has {}",
                known.join(", ")
            ))
        })
    }

    /// The run of this reference ID.
    pub(super) fn run(&self, ledger: &Ledger, reference: &ReferenceId) -> Result<RunRow> {
        ledger.run(reference)?.ok_or_else(|| {
            RunError::usage(format!(
                "there is no run {reference}; `feedgate runs` lists them"
            ))
        })
    }

    /// The lock on a file of `state/locks`, waiting for it if `wait` says so.
    pub(crate) fn lock(&self, name: &str, what: &str, wait: bool) -> Result<Lock> {
        let path = self.lock_file(name);
        loop {
            if let Some(lock) = Lock::try_acquire(&path)? {
                return Ok(lock);
            }
            if !wait {
                let by = Lock::holder(&path)
                    .map(|pid| format!(" by process {pid}"))
                    .unwrap_or_default();
                return Err(RunError::Busy(format!(
                    "{what} is busy: it is in use{by}; try again later, or wait for it with --wait"
                )));
            }
            std::thread::sleep(PATIENCE);
        }
    }
}
