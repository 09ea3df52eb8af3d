//! The daemon: watches inbound folders, follows the clock and starts the runs that may start.
//!
//! Threads: one per inbound folder (`folder_watcher`), one per running job (`job_runner`), one for file system events
//! (`folder_events`), one per endpoint (`couriers`), one for notices (`notifier`), one for signals,
//! those of the dashboard ([`crate::web`]), and the coordinator, which decides and never blocks.
//! They reach the coordinator through one queue (`event_queue`). After a crash the ledger and the folders are all the
//! next start needs.

mod collector;
mod coordinator;
mod couriers;
mod event_queue;
mod folder_events;
mod folder_watcher;
mod inbound_view;
mod integration_state;
mod job;
mod job_runner;
mod notifier;
mod on_clock;
mod on_job_done;
mod on_request;
mod on_scan;
mod service;
mod timers;
mod turn;

use crate::config;
use crate::domain::masking::shown;
use crate::ledger::EventAction;
use crate::operations::in_process::Response;
use crate::operations::users::DemoLinks;
use crate::site::{DAEMON, HeldLock, Result, RunError, Site};
pub(crate) use crate::web::WEB_THREAD;
use crate::web::WebServer;
use coordinator::{Coordinator, TICK};
use event_queue::{DaemonControl, EventQueue};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long the start waits for the daemon's lock: commands that test whether it is held take it for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// How long cancelled runs get to end.
const GIVE_UP_WITHIN: Duration = Duration::from_secs(10);

/// A daemon on a site. Dropping it releases its lock; the next one resumes what runs.
pub struct Daemon {
    coordinator: Coordinator,
    lock: Box<dyn HeldLock>,
}

impl Daemon {
    /// Starts on a site.
    ///
    /// # Errors
    /// Another daemon runs on it, or the ledger can't be opened.
    pub fn start(site: Site) -> Result<Daemon> {
        Daemon::start_with(site, WebServer::default())
    }

    /// Starts on the site of a demonstration, to whose dashboard links sign in.
    ///
    /// # Errors
    /// As [`Daemon::start`].
    pub(crate) fn start_demonstration(site: Site, links: DemoLinks) -> Result<Daemon> {
        Daemon::start_with(site, WebServer::of_demonstration(links))
    }

    fn start_with(site: Site, web: WebServer) -> Result<Daemon> {
        let lock = lock(&site)?;
        // Which configuration it runs on.
        lock.note(&site.config.fingerprint)?;
        let queue = Arc::new(EventQueue::default());
        let mut coordinator = Coordinator::new(site, &queue, web)?;
        let interrupted = Response::interrupted().written();
        coordinator.ledger.drop_taken(&interrupted)?;
        Ok(Daemon { coordinator, lock })
    }

    /// Runs until it is told to stop and all jobs are done or cancelled.
    ///
    /// # Errors
    /// The ledger failed: nothing can be done safely any more.
    pub fn run(&mut self) -> Result<()> {
        let coordinator = &mut self.coordinator;
        service::listen(&coordinator.queue);
        service::ready();
        let config = &coordinator.site.config;
        let what = format!(
            "Feedgate {}, configuration {}",
            env!("CARGO_PKG_VERSION"),
            config.fingerprint
        );
        let (root, integrations) = (shown(&config.root), config.integrations.len());
        coordinator.record_of_user(EventAction::DaemonStarted, &what)?;
        tracing::info!(site = root, integrations, "the daemon is at work");
        let mut stop: Option<Instant> = None;
        loop {
            for control in turn::turn(coordinator, TICK)? {
                match control {
                    DaemonControl::Reload => {
                        // It may be repeated until it succeeds.
                        let reloaded = reload(coordinator, &*self.lock);
                        if coordinator.wait_out_transient(reloaded)? {
                            coordinator.queue.control(DaemonControl::Reload);
                        }
                    }
                    DaemonControl::Stop if stop.is_none() => {
                        tracing::info!("told to stop; files at work are finished");
                        service::stopping();
                        coordinator.flags.stopping.store(true, Ordering::Relaxed);
                        coordinator.couriers.wake();
                        coordinator.notifier.wake();
                        coordinator.web.end();
                        let within = coordinator.site.config.daemon.stop_within;
                        stop = Some(Instant::now() + within);
                    }
                    // Told twice: at once.
                    DaemonControl::Stop => stop = Some(Instant::now()),
                }
            }
            service::alive(coordinator.active.len());
            let Some(stop) = stop else { continue };
            let given_back = on_request::give_back(coordinator);
            coordinator.wait_out_transient(given_back)?;
            let ended = coordinator.couriers.have_ended()
                && coordinator.notifier.has_ended()
                && coordinator.web.has_ended();
            if coordinator.is_idle() && ended {
                break;
            }
            if Instant::now() >= stop {
                coordinator.flags.giving_up.store(true, Ordering::Relaxed);
            }
            if Instant::now() >= stop + GIVE_UP_WITHIN {
                tracing::warn!("a file at work does not give up; the next start takes it up again");
                break;
            }
        }
        coordinator.record_of_user(EventAction::DaemonStopped, "told to stop")?;
        tracing::info!("the daemon has ended");
        Ok(())
    }

    /// One turn; it ends after `wait` at the latest if nothing happens. For tests with a clock of their own.
    ///
    /// # Errors
    /// The ledger failed.
    pub fn turn(&mut self, wait: Duration) -> Result<()> {
        turn::turn(&mut self.coordinator, wait).map(drop)
    }

    pub fn is_idle(&self) -> bool {
        self.coordinator.is_idle()
    }
}

/// Switches to the configuration as it is now, if it has no mistakes.
fn reload(coordinator: &mut Coordinator, lock: &dyn HeldLock) -> Result<()> {
    let file = coordinator.site.config.file.clone();
    service::reloading();
    match config::load(&file) {
        Ok(config) => {
            let fingerprint = config.fingerprint.clone();
            coordinator.reload(config)?;
            if let Err(error) = lock.note(&fingerprint) {
                tracing::warn!("`feedgate status` will tell of an older configuration: {error}");
            }
            tracing::info!(fingerprint, "the configuration was read again");
            coordinator.record(EventAction::Reload, "site", &fingerprint)?;
        }
        Err(mistakes) => {
            for mistake in &mistakes {
                tracing::error!("{mistake}");
            }
            tracing::error!(
                "the configuration has mistakes; the daemon goes on with the one it has"
            );
            let why = match mistakes.len() {
                1 => "1 mistake; the old configuration stays".to_owned(),
                n => format!("{n} mistakes; the old configuration stays"),
            };
            coordinator.record(EventAction::ReloadRefused, "site", &why)?;
        }
    }
    service::ready();
    Ok(())
}

/// Starts a daemon on a site and runs it until it is told to stop.
///
/// # Errors
/// As [`Daemon::start`] and [`Daemon::run`].
pub(crate) fn run(site: Site) -> Result<()> {
    service::start_log(site.config.daemon.log);
    let ended = Daemon::start(site).and_then(|mut daemon| daemon.run());
    if let Err(error) = &ended {
        tracing::error!("{error}");
    }
    ended
}

fn lock(site: &Site) -> Result<Box<dyn HeldLock>> {
    let coordination = site.coordination();
    let began = Instant::now();
    loop {
        if let Some(lock) = coordination.try_lock(DAEMON)? {
            return Ok(lock);
        }
        if began.elapsed() > LOCK_PATIENCE {
            let by = coordination.holder(DAEMON);
            let by = by.map(|pid| format!(" (process {pid})"));
            return Err(RunError::Busy(format!(
                "another daemon{} runs on this site; stop it first",
                by.unwrap_or_default()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
