//! Floor 8: the daemon. It watches inbound folders, keeps time, and runs what may run, for years.
//!
//! Threads: a watcher per inbound folder (`watcher`), a worker per job (`job`), the system's events (`wakeup`),
//! a courier per endpoint (`couriers`), signals, and the coordinator (`coordinator`), which decides and does nothing that could make it wait. They leave
//! word on one queue (`queue`). Nothing but the ledger and the folders is needed to start again after a crash.

mod coordinator;
mod couriers;
mod event_queue;
mod folder_events;
mod folder_watcher;
mod inbound_view;
mod integration_state;
mod job;
mod log;
mod on_job_done;
mod on_request;
mod on_scan;
mod service;
mod signals;
mod timers;
mod wakeup;

use crate::config::{self, Mistake};
use crate::run::{Result, RunError, Site};
use crate::spool::Lock;
use coordinator::Coordinator;
use event_queue::{Control, EventQueue};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long the start waits for the daemon's lock: commands that look whether it is held have it for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// After runs were told to give up, they get this long to do so.
const GIVE_UP_WITHIN: Duration = Duration::from_secs(10);
/// The time of an idle turn.
const TURN: Duration = Duration::from_secs(1);

/// A daemon on a site. Dropping it lets its lock go; what is at work is taken up by the next one.
pub struct Daemon {
    coordinator: Coordinator,
    queue: Arc<EventQueue>,
    lock: Lock,
}

impl Daemon {
    /// Takes up a site.
    ///
    /// # Errors
    /// Another daemon has it, or the ledger can't be opened.
    pub fn start(site: Site) -> Result<Daemon> {
        let lock = lock(&site)?;
        site.tell_configuration(&lock)?;
        let queue = Arc::new(EventQueue::default());
        let mut coordinator = Coordinator::new(site, &queue)?;
        let answer = crate::run::Answer::interrupted().written();
        coordinator.ledger.drop_taken(&answer)?;
        Ok(Daemon {
            coordinator,
            queue,
            lock,
        })
    }

    /// Goes on until it is told to stop and everything at work is done or given up.
    ///
    /// # Errors
    /// The ledger failed: nothing can be done safely any more.
    pub fn run(&mut self) -> Result<()> {
        signals::listen(&self.queue);
        service::ready();
        let what = format!(
            "Feedgate {}, configuration {}",
            env!("CARGO_PKG_VERSION"),
            self.coordinator.site.config.fingerprint
        );
        self.coordinator.record_of_user("daemon started", &what)?;
        tracing::info!(
            site = crate::domain::masking::shown(&self.coordinator.site.config.root),
            integrations = self.coordinator.site.config.integrations.len(),
            "the daemon is at work"
        );
        let mut stop: Option<Instant> = None;
        loop {
            for order in self.coordinator.turn(TURN)? {
                match order {
                    // A reload may be repeated as often as it takes.
                    Control::Reload => match self.reload() {
                        Err(RunError::Ledger(error)) if error.passes() => {
                            self.coordinator.bear(&error);
                            self.queue.order(Control::Reload);
                        }
                        other => other?,
                    },
                    Control::Stop if stop.is_none() => {
                        tracing::info!("told to stop; files at work are finished");
                        service::stopping();
                        self.coordinator.stopping.store(true, Ordering::Relaxed);
                        self.coordinator.couriers.ring();
                        let within = self.coordinator.site.config.daemon.stop_within;
                        stop = Some(Instant::now() + within);
                    }
                    // Told twice: at once.
                    Control::Stop => stop = Some(Instant::now()),
                }
            }
            service::alive(self.coordinator.active.len());
            let Some(stop) = stop else { continue };
            match self.coordinator.give_back() {
                Err(RunError::Ledger(error)) if error.passes() => self.coordinator.bear(&error),
                other => other?,
            }
            if self.coordinator.is_idle() && self.coordinator.couriers.have_left() {
                break;
            }
            if Instant::now() >= stop {
                self.coordinator.giving_up.store(true, Ordering::Relaxed);
            }
            if Instant::now() >= stop + GIVE_UP_WITHIN {
                tracing::warn!("a file at work does not give up; the next start takes it up again");
                break;
            }
        }
        self.coordinator
            .record_of_user("daemon stopped", "told to stop")?;
        tracing::info!("the daemon has ended");
        Ok(())
    }

    /// One turn; it ends after `wait` at the latest if nothing happens. For those who keep time themselves.
    ///
    /// # Errors
    /// The ledger failed.
    pub fn turn(&mut self, wait: Duration) -> Result<()> {
        self.coordinator.turn(wait).map(drop)
    }

    /// Whether nothing is at work.
    pub fn is_idle(&self) -> bool {
        self.coordinator.is_idle()
    }

    /// Takes the configuration as it is now, if it has no mistakes.
    fn reload(&mut self) -> Result<()> {
        let file = self.coordinator.site.config.file.clone();
        service::reloading();
        match config::load(&file) {
            Ok(config) => {
                let fingerprint = config.fingerprint.clone();
                self.coordinator.reload(config)?;
                if let Err(error) = self.coordinator.site.tell_configuration(&self.lock) {
                    tracing::warn!(
                        "`feedgate status` will tell of an older configuration: {error}"
                    );
                }
                tracing::info!(fingerprint, "the configuration was read again");
                self.coordinator.record("reload", "site", &fingerprint)?;
            }
            Err(mistakes) => {
                let all: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
                for mistake in &all {
                    tracing::error!("{mistake}");
                }
                tracing::error!(
                    "the configuration has mistakes; the daemon goes on with the one it has"
                );
                let why = match all.len() {
                    1 => "1 mistake; the old configuration stays".to_owned(),
                    n => format!("{n} mistakes; the old configuration stays"),
                };
                self.coordinator.record("reload refused", "site", &why)?;
            }
        }
        service::ready();
        Ok(())
    }
}

/// Starts a daemon on a site and goes on until it is told to stop.
///
/// # Errors
/// As [`Daemon::start`] and [`Daemon::run`].
pub(crate) fn run(site: Site) -> Result<()> {
    log::start(site.config.daemon.log);
    let ended = Daemon::start(site).and_then(|mut daemon| daemon.run());
    if let Err(error) = &ended {
        tracing::error!("{error}");
    }
    ended
}

fn lock(site: &Site) -> Result<Lock> {
    let path = site.daemon_lock();
    let began = Instant::now();
    loop {
        if let Some(lock) = Lock::try_acquire(&path)? {
            return Ok(lock);
        }
        if began.elapsed() > LOCK_PATIENCE {
            let by = Lock::holder(&path).map(|pid| format!(" (process {pid})"));
            return Err(RunError::Busy(format!(
                "another daemon{} runs on this site; stop it first",
                by.unwrap_or_default()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
