//! The coordinator's state: what waits, what runs and what may start. Its thread decides only; all effects are the
//! workers', so nothing can block it.

use super::couriers::Couriers;
use super::event_queue::{DaemonControl, EventQueue};
use super::folder_events::Wakeup;
use super::folder_watcher::FolderWatcher;
use super::inbound_view::InboundView;
use super::integration_state::IntegrationState;
use super::job::{Job, JobDone, JobOutcome, SCHEDULER, StopFlags, Work};
use super::job_runner::run_job;
use super::notifier::Notifier;
use super::timers::Timers;
use crate::config::{Config, Integration};
use crate::intake::{Starter, what_keeps};
use crate::ledger::{Event, EventAction, Ledger, Pause};
use crate::run::has_drafts;
use crate::site::{Result, RunError, Site};
use crate::spool::Waiting;
use crate::web::WebServer;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The longest time between two turns.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// How long the coordinator waits for the ledger before it tries again in its next turn.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);

/// An ended one-time run that the ledger doesn't have yet.
pub(super) struct EndedOneTimeRun {
    pub(super) number: i64,
    /// One line for the event log.
    pub(super) result: String,
    pub(super) user: String,
}

pub(super) struct Coordinator {
    pub(super) site: Arc<Site>,
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) queue: Arc<EventQueue>,
    pub(super) states: HashMap<String, IntegrationState>,
    /// Jobs that wait to be started.
    pub(super) pending: VecDeque<Job>,
    pub(super) pauses: Vec<Pause>,
    pub(super) timers: Timers,
    pub(super) active: Vec<Job>,
    pub(super) flags: StopFlags,
    pub(super) couriers: Couriers,
    pub(super) notifier: Notifier,
    pub(super) web: WebServer,
    wakeup: Arc<Wakeup>,
    watchers: HashMap<String, FolderWatcher>,
    inbound: InboundView,
    /// The integration whose files are considered first, so that each gets its turn.
    pub(super) next_integration: usize,
    /// Whether the disk has less free space than the configured floor.
    pub(super) full: bool,
    /// Not passed on yet.
    pub(super) controls: Vec<DaemonControl>,
    /// Whether the ledger may have new requests.
    pub(super) rung: bool,
    /// Responses that the ledger doesn't have yet, by the numbers of their requests.
    pub(super) unsent: Vec<(i64, String)>,
    pub(super) ended: Vec<EndedOneTimeRun>,
    /// Whether employees may have come that the indexes don't have.
    pub(super) unindexed: bool,
    /// When a transient ledger error was last logged.
    pub(super) ledger_error_logged: Option<Instant>,
}

impl Coordinator {
    /// Starts on a site: scans every folder and resumes what an earlier process left unfinished.
    pub(super) fn new(site: Site, queue: &Arc<EventQueue>, web: WebServer) -> Result<Coordinator> {
        let mut ledger = site.ledger()?;
        ledger.set_patience(LEDGER_PATIENCE)?;
        let mut coordinator = Coordinator {
            timers: Timers::new(&site, &mut *ledger, None)?,
            pauses: ledger.pauses()?,
            site: Arc::new(site),
            ledger,
            queue: Arc::clone(queue),
            states: HashMap::new(),
            pending: VecDeque::new(),
            active: Vec::new(),
            flags: StopFlags::default(),
            couriers: Couriers::default(),
            notifier: Notifier::default(),
            web,
            wakeup: Arc::new(Wakeup::new()),
            watchers: HashMap::new(),
            inbound: InboundView::new(queue),
            next_integration: 0,
            full: false,
            controls: Vec::new(),
            rung: true,
            unsent: Vec::new(),
            ended: Vec::new(),
            unindexed: true,
            ledger_error_logged: None,
        };
        let coordination = coordinator.site.coordination();
        coordination.wake();
        let rings = Arc::clone(queue);
        let bell = coordination.bell();
        coordinator.wakeup.watch_bell(bell, move || rings.ring());
        coordinator.start_watchers()?;
        let flags = &coordinator.flags;
        coordinator.couriers.start(&coordinator.site, flags);
        coordinator.notifier.start(&coordinator.site, flags);
        coordinator.web.start(&coordinator.site);
        Ok(coordinator)
    }

    /// Starts one watcher per configured integration.
    pub(super) fn start_watchers(&mut self) -> Result<()> {
        for name in self.watchers.drain().map(|(name, _)| name) {
            self.queue.forget(&name);
        }
        let site = Arc::clone(&self.site);
        for integration in &site.config.integrations {
            let unfinished = !self.ledger.unfinished(&integration.name)?.is_empty()
                || has_drafts(&site, &integration.name);
            let state = self.states.entry(integration.name.clone());
            state.or_default().unfinished |= unfinished;
            match FolderWatcher::start(&site, integration, &self.wakeup, &self.queue) {
                Ok(watcher) => drop(self.watchers.insert(integration.name.clone(), watcher)),
                Err(error) => {
                    tracing::error!(integration = integration.name, %error, "nobody can look into the inbound folder; restart the daemon");
                }
            }
        }
        self.states
            .retain(|name, _| site.config.integration(name).is_some());
        let folders = self.watchers.iter();
        let folders = folders.map(|(name, watcher)| (name.clone(), watcher.events()));
        self.inbound.set_folders(folders.collect());
        Ok(())
    }

    /// Waits out a transient ledger error, which is logged once a minute; whether it was one.
    ///
    /// # Errors
    /// Any other error.
    pub(super) fn wait_out_transient(&mut self, outcome: Result<()>) -> Result<bool> {
        const LOG_INTERVAL: Duration = Duration::from_secs(60);
        match outcome {
            Err(RunError::Ledger(error)) if error.is_transient() => {
                let logged = self.ledger_error_logged;
                if logged.is_none_or(|at| at.elapsed() > LOG_INTERVAL) {
                    tracing::error!("{error}");
                    self.ledger_error_logged = Some(Instant::now());
                }
                thread::sleep(TICK);
                Ok(true)
            }
            other => other.map(|()| false),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// Whether no job runs this integration or writes its roster.
    pub(super) fn is_free(&self, name: &str) -> bool {
        let mut at_work = self.active.iter().flat_map(|job| &job.integrations);
        let roster = |name: &str| {
            let integration = self.site.config.integration(name)?;
            integration
                .kind
                .writes_roster()
                .then(|| integration.roster.clone())
        };
        let mine = roster(name);
        at_work.all(|other| other != name && (mine.is_none() || roster(other) != mine))
    }

    /// Whether a queued job may start now: pauses, windows and a full disk hold back unattended work.
    pub(super) fn may_begin(&self, job: &Job) -> bool {
        match &job.work {
            Work::TakeFiles(_) | Work::Command { .. } | Work::Purge | Work::ExtendIndexes => true,
            Work::OneTime { .. } => !self.full,
            Work::Scheduled { .. } if self.full => false,
            Work::Scheduled { .. } => match self.site.config.integration(&job.name) {
                Some(integration) => {
                    let ready = self.states.get(&job.name);
                    ready.is_none_or(|state| state.is_ready(Instant::now()))
                        && !self.is_kept(integration, Starter::Schedule)
                }
                // A set skips paused integrations; it waits only if all are held back.
                None => job.integrations.iter().any(|name| {
                    let integration = self.site.config.integration(name);
                    integration.is_some_and(|i| !self.is_kept(i, Starter::Schedule))
                }),
            },
        }
    }

    /// Whether a pause or a window holds back this integration.
    pub(super) fn is_kept(&self, integration: &Integration, starter: Starter) -> bool {
        what_keeps(&self.site, integration, &self.pauses, starter).is_some()
    }

    pub(super) fn start(&mut self, job: Job) {
        let (site, queue) = (Arc::clone(&self.site), Arc::clone(&self.queue));
        let (inbound, flags) = (self.inbound.clone(), self.flags.clone());
        self.each_state(&job.integrations, IntegrationState::begins);
        if let (Work::TakeFiles(scan), Some(state)) = (&job.work, self.states.get_mut(&job.name)) {
            state.answered = scan.complete.iter().map(Waiting::identity).collect();
        }
        self.active.push(job.clone());
        let mine = job.clone();
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| run_job(&site, &mine, &inbound, flags)));
            queue.job_done(JobDone {
                job: mine,
                outcome: done.unwrap_or(JobOutcome::Panicked),
            });
        };
        let name = format!("run {}", job.name);
        if let Err(error) = thread::Builder::new().name(name).spawn(work) {
            tracing::error!(%error, "no worker can be started");
            self.queue.job_done(JobDone {
                job,
                outcome: JobOutcome::Panicked,
            });
        }
    }

    /// Changes what is known of these integrations.
    pub(super) fn each_state<'n>(
        &mut self,
        names: impl IntoIterator<Item = &'n String>,
        change: impl Fn(&mut IntegrationState),
    ) {
        for name in names {
            self.states.get_mut(name).into_iter().for_each(&change);
        }
    }

    /// Asks for a scan of an integration's folder.
    pub(super) fn request_scan(&self, name: &str) {
        if let Some(watcher) = self.watchers.get(name) {
            watcher.ring();
        }
    }

    /// Records an event in the daemon's name.
    pub(super) fn record(&mut self, action: EventAction, subject: &str, why: &str) -> Result<()> {
        let event = self.event(action, subject, why);
        Ok(self.ledger.record_event(&event)?)
    }

    /// Records an event about the site in the name of the user of this process.
    pub(super) fn record_of_user(&mut self, action: EventAction, why: &str) -> Result<()> {
        let user = self.site.user().to_owned();
        let event = Event {
            user,
            ..self.event(action, "site", why)
        };
        Ok(self.ledger.record_event(&event)?)
    }

    /// Records an event in the daemon's name unless the last one of its subject says the same.
    pub(super) fn record_once(
        &mut self,
        action: EventAction,
        subject: &str,
        why: &str,
    ) -> Result<()> {
        let event = self.event(action, subject, why);
        Ok(self.ledger.record_event_once(&event).map(drop)?)
    }

    fn event(&self, action: EventAction, subject: &str, why: &str) -> Event {
        Event {
            at: self.site.now(),
            user: SCHEDULER.to_owned(),
            action,
            subject: subject.to_owned(),
            why: Some(why.to_owned()),
        }
    }

    /// Switches to a new configuration, which has been checked.
    pub(super) fn reload(&mut self, config: Config) -> Result<()> {
        let site = self.site.with_config(config);
        // Runs of a schedule that left the configuration are no longer due.
        self.pending.retain(|job| match &job.work {
            Work::Scheduled { schedule, .. } => {
                site.config.schedules.iter().any(|s| s.name == *schedule)
            }
            _ => true,
        });
        self.timers = Timers::new(&site, &mut *self.ledger, Some(&self.timers))?;
        self.site = Arc::new(site);
        self.couriers.start(&self.site, &self.flags);
        self.notifier.start(&self.site, &self.flags);
        self.web.start(&self.site);
        self.start_watchers()
    }
}
