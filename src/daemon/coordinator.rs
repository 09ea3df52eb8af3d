//! The coordinator: decides what runs next, and nothing else waits for it. All effects are the workers'.

use super::couriers::Couriers;
use super::event_queue::{Control, EventQueue, QueuedEvents};
use super::folder_watcher::FolderWatcher;
use super::inbound_view::InboundView;
use super::integration_state::IntegrationState;
use super::job::{Job, JobDone, JobOutcome, SCHEDULER, Work, perform_job};
use super::log::Told;
use super::timers::Timers;
use super::wakeup::Wakeup;
use crate::config::{Config, Integration};
use crate::domain::Kind;
use crate::ledger::{Event, Ledger, LedgerError, Pause};
use crate::run::order::{self, Starter};
use crate::run::{Names, Result, RunError, Site};
use crate::spool::{Look, free_mib};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The longest time between two turns.
const TICK: Duration = Duration::from_secs(1);

/// The coordinator waits no longer for the ledger; it tries again in its next turn.
const LEDGER_PATIENCE: Duration = Duration::from_secs(5);

/// A job that waits for its turn.
pub(super) struct PendingJob {
    pub(super) job: Job,
    /// From then on whoever asked for it is told that it is busy.
    pub(super) patience: Option<Instant>,
    /// Before this moment it isn't tried again.
    pub(super) not_before: Option<Instant>,
}

/// The coordinator.
pub(super) struct Coordinator {
    pub(super) site: Arc<Site>,
    pub(super) ledger: Ledger,
    pub(super) queue: Arc<EventQueue>,
    pub(super) states: HashMap<String, IntegrationState>,
    pub(super) pending: VecDeque<PendingJob>,
    pub(super) pauses: Vec<Pause>,
    pub(super) timers: Timers,
    /// Jobs at work.
    pub(super) active: Vec<Job>,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) giving_up: Arc<AtomicBool>,
    pub(super) couriers: Couriers,
    wakeup: Arc<Wakeup>,
    watchers: HashMap<String, FolderWatcher>,
    inbound: InboundView,
    /// Where the next round of integrations begins, so that each is first once in a while.
    turn: usize,
    /// Whether there is too little room on the disk.
    full: bool,
    /// Orders that were not passed on yet.
    orders: Vec<Control>,
    /// Whether the ledger may have something new.
    pub(super) rung: bool,
    /// Answers that the ledger has not taken yet.
    pub(super) unsaid: Vec<(i64, String)>,
    /// Ends of one-off runs that the ledger has not taken yet: number, what became of it, who asked.
    pub(super) ended: Vec<(i64, String, String)>,
    /// When a trouble of the ledger was told of last.
    troubled: Option<Instant>,
}

impl Coordinator {
    /// Takes up a site: every folder is looked into, and what an earlier process left is taken up again.
    pub(super) fn new(site: Site, queue: &Arc<EventQueue>) -> Result<Coordinator> {
        let mut ledger = site.ledger()?;
        ledger.set_patience(LEDGER_PATIENCE)?;
        let mut coordinator = Coordinator {
            timers: Timers::new(&site, &mut ledger, None)?,
            pauses: ledger.pauses()?,
            site: Arc::new(site),
            ledger,
            queue: Arc::clone(queue),
            states: HashMap::new(),
            pending: VecDeque::new(),
            active: Vec::new(),
            stopping: Arc::default(),
            giving_up: Arc::default(),
            couriers: Couriers::default(),
            wakeup: Arc::new(Wakeup::new()),
            watchers: HashMap::new(),
            inbound: InboundView::new(queue),
            turn: 0,
            full: false,
            orders: Vec::new(),
            rung: true,
            unsaid: Vec::new(),
            ended: Vec::new(),
            troubled: None,
        };
        coordinator.listen_to_requests();
        coordinator.start_watchers()?;
        coordinator.send_out_couriers();
        Ok(coordinator)
    }

    /// Starts a watcher per integration of the configuration.
    pub(super) fn start_watchers(&mut self) -> Result<()> {
        for name in self.watchers.drain().map(|(name, _)| name) {
            self.queue.forget(&name);
        }
        let site = Arc::clone(&self.site);
        for integration in &site.config.integrations {
            let unfinished = !self.ledger.unfinished(&integration.name)?.is_empty();
            let state = self
                .states
                .entry(integration.name.clone())
                .or_insert_with(|| IntegrationState::new(false));
            state.unfinished |= unfinished;
            match FolderWatcher::start(&site.config, integration, &self.wakeup, &self.queue) {
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

    /// Starts a courier per endpoint of the configuration.
    fn send_out_couriers(&mut self) {
        let (stopping, giving_up) = (&self.stopping, &self.giving_up);
        self.couriers.start(&self.site, stopping, giving_up);
    }

    fn listen_to_requests(&self) {
        self.site.ring();
        let queue = Arc::clone(&self.queue);
        self.wakeup
            .watch_bell(&self.site.bell(), move || queue.ring());
    }

    /// One turn: what was left on the queue is taken in, and whatever may start is started.
    pub(super) fn turn(&mut self, wait: Duration) -> Result<Vec<Control>> {
        let QueuedEvents {
            done,
            orders,
            looked,
            rung,
        } = self.queue.wait(Instant::now() + wait.min(TICK));
        self.orders.extend(orders);
        self.rung |= rung;
        if rung || !done.is_empty() {
            // A run may have left files to send, a person may have set an endpoint right.
            self.couriers.ring();
        }
        // What the ledger refuses now must not keep anything else from being taken in.
        let mut all = Ok(());
        for done in done {
            all = all.and(self.take_in(done));
        }
        for name in looked {
            all = all.and(self.saw(&name));
        }
        all = all.and(self.end_one_offs());
        if !self.stopping.load(Ordering::Relaxed) {
            all = all.and(self.hear_requests());
            all = all.and(self.keep_time());
            all = all.and(self.measure_room());
            self.start_what_may();
        }
        all = all.and(self.give_answers());
        match all {
            Err(RunError::Ledger(error)) if error.passes() => self.bear(&error),
            Err(error) => return Err(error),
            Ok(()) => self.troubled = None,
        }
        Ok(std::mem::take(&mut self.orders))
    }

    /// A trouble of the ledger that passes; it is told of once a minute.
    pub(super) fn bear(&mut self, error: &LedgerError) {
        const TELL: Duration = Duration::from_secs(60);
        if self.troubled.is_none_or(|at| at.elapsed() > TELL) {
            tracing::error!("{error}");
            self.troubled = Some(Instant::now());
        }
        thread::sleep(TICK);
    }

    /// Whether runs that have not committed are given up.
    pub(super) fn gives_up(&self) -> bool {
        self.giving_up.load(Ordering::Relaxed)
    }

    /// Whether nobody is at work.
    pub(super) fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// Starts jobs while workers are free: first what was asked for or is due, in its order, then the files that wait,
    /// each integration in its turn.
    fn start_what_may(&mut self) {
        let now = Instant::now();
        let mut place = 0;
        while place < self.pending.len() {
            if self.active.len() >= self.site.config.daemon.workers {
                return self.answer_the_impatient(now);
            }
            let pending = &self.pending[place];
            let free = pending.job.integrations.iter().all(|n| self.is_free(n));
            if free
                && pending.not_before.is_none_or(|at| at <= now)
                && self.may_begin(&pending.job)
                && let Some(pending) = self.pending.remove(place)
            {
                self.start(pending.job);
            } else {
                place += 1;
            }
        }
        self.answer_the_impatient(now);
        if self.full {
            return;
        }
        let site = Arc::clone(&self.site);
        let integrations = &site.config.integrations;
        let count = integrations.len();
        let first = self.turn;
        for offset in 0..count {
            if self.active.len() >= site.config.daemon.workers {
                return;
            }
            let place = (first + offset) % count;
            let integration = &integrations[place];
            if let Some(job) = self.files_of(integration, now) {
                self.start(job);
                self.turn = place + 1;
            }
        }
    }

    /// The job that takes an integration's files, if there are any and they may go.
    fn files_of(&self, integration: &Integration, now: Instant) -> Option<Job> {
        let name = &integration.name;
        let state = self.states.get(name)?;
        if !state.is_ready(now) || !self.is_free(name) {
            return None;
        }
        // What was asked for or is due goes first, as soon as all it needs is free.
        let first = |p: &PendingJob| {
            p.job.integrations.contains(name)
                && p.not_before.is_none_or(|at| at <= now)
                && self.may_begin(&p.job)
        };
        if self.pending.iter().any(first) {
            return None;
        }
        let scan = self.queue.scan(name);
        let look = state.look(scan.as_ref());
        let job = |look: &Arc<Look>| Job {
            work: Work::TakeFiles(Arc::clone(look)),
            name: name.clone(),
            integrations: vec![name.clone()],
            told: Told::default(),
        };
        if state.unfinished {
            // What an earlier process began is finished whatever keeps the files that wait.
            let look = look.filter(|_| !self.is_kept(integration, Starter::Arrival));
            return Some(job(look.unwrap_or(&Arc::default())));
        }
        let look = look?;
        if self.is_kept(integration, Starter::Arrival) {
            return None;
        }
        let names = Names::of(integration);
        // What the ledger can't tell now, the worker will.
        let mine = |n: &str| names.take(&self.ledger, n).unwrap_or(true);
        look.whole
            .iter()
            .any(|file| mine(&file.name))
            .then(|| job(look))
    }

    /// Whether nobody runs this integration or writes its roster.
    fn is_free(&self, name: &str) -> bool {
        let at_work = self.active.iter().flat_map(|job| &job.integrations);
        let roster = |name: &str| {
            let integration = self.site.config.integration(name)?;
            (integration.kind == Kind::Demographic).then(|| integration.roster.clone())
        };
        let mine = roster(name);
        at_work
            .into_iter()
            .all(|other| other != name && (mine.is_none() || roster(other) != mine))
    }

    /// Whether a job that is due may begin now: pauses, windows and a full disk keep what nobody watches.
    pub(super) fn may_begin(&self, job: &Job) -> bool {
        match &job.work {
            Work::TakeFiles(_) | Work::Errand { .. } | Work::Purge => true,
            Work::OneOff { .. } => !self.full,
            Work::Scheduled { .. } if self.full => false,
            Work::Scheduled { .. } => match self.site.config.integration(&job.name) {
                Some(integration) => {
                    let ready = self.states.get(&job.name);
                    ready.is_none_or(|state| state.is_ready(Instant::now()))
                        && !self.is_kept(integration, Starter::Schedule)
                }
                // A set passes over what is paused; it waits only where all of it does.
                None => job.integrations.iter().any(|name| {
                    let integration = self.site.config.integration(name);
                    integration.is_some_and(|i| !self.is_kept(i, Starter::Schedule))
                }),
            },
        }
    }

    fn is_kept(&self, integration: &Integration, starter: Starter) -> bool {
        order::keeps(&self.site, integration, &self.pauses, starter).is_some()
    }

    fn start(&mut self, job: Job) {
        let (site, queue, inbound) = (
            Arc::clone(&self.site),
            Arc::clone(&self.queue),
            self.inbound.clone(),
        );
        let (stopping, giving_up) = (Arc::clone(&self.stopping), Arc::clone(&self.giving_up));
        for name in &job.integrations {
            if let Some(state) = self.states.get_mut(name) {
                state.begins();
            }
        }
        self.active.push(job.clone());
        let mine = job.clone();
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| {
                perform_job(&site, &mine, &inbound, &stopping, &giving_up)
            }));
            queue.done(JobDone {
                job: mine,
                outcome: done.unwrap_or(JobOutcome::Panicked),
            });
        };
        let name = format!("run {}", job.name);
        if let Err(error) = thread::Builder::new().name(name).spawn(work) {
            tracing::error!(%error, "no worker can be started");
            self.queue.done(JobDone {
                job,
                outcome: JobOutcome::Panicked,
            });
        }
    }

    fn measure_room(&mut self) -> Result<()> {
        let floor = self.site.config.daemon.min_free_mib;
        // Around the floor a little more room is no end of it.
        let enough = if self.full { floor + floor / 10 } else { floor };
        let full = match free_mib(&self.site.config.root) {
            Ok(free) => free < enough,
            Err(error) => {
                tracing::error!(%error, "the room on the disk is unknown");
                false
            }
        };
        if full != std::mem::replace(&mut self.full, full) {
            let why = format!("less than {floor} MiB are free (daemon.min_free_mib)");
            if full {
                tracing::error!("no file is taken: {why}; make room on the site's disk");
                self.record("disk full", "site", &why)?;
            } else {
                tracing::info!("there is room on the disk again; files are taken");
                self.record("disk has room", "site", "files are taken again")?;
            }
        }
        Ok(())
    }

    /// Asks for a look into a folder.
    pub(super) fn ring(&self, name: &str) {
        if let Some(watcher) = self.watchers.get(name) {
            watcher.ring();
        }
    }

    /// Writes an event of the daemon's own.
    pub(super) fn record(&mut self, action: &str, subject: &str, why: &str) -> Result<()> {
        let event = self.event(action, subject, why);
        Ok(self.ledger.record_event(&event)?)
    }

    /// Writes an event of the user whose process this is, about the site.
    pub(super) fn record_of_user(&mut self, action: &str, why: &str) -> Result<()> {
        let user = self.site.user().to_owned();
        let event = Event {
            user,
            ..self.event(action, "site", why)
        };
        Ok(self.ledger.record_event(&event)?)
    }

    /// Writes an event of the daemon's own, unless it was written before.
    pub(super) fn record_once(&mut self, action: &str, subject: &str, why: &str) -> Result<()> {
        let event = self.event(action, subject, why);
        self.ledger.record_event_once(&event)?;
        Ok(())
    }

    fn event(&self, action: &str, subject: &str, why: &str) -> Event {
        Event {
            at: self.site.now(),
            user: SCHEDULER.to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            why: Some(why.to_owned()),
        }
    }

    /// Takes a new configuration, which was checked.
    pub(super) fn reload(&mut self, config: Config) -> Result<()> {
        let site = self.site.with_config(config);
        // What a schedule has made due lasts as long as the schedule.
        self.pending.retain(|p| match &p.job.work {
            Work::Scheduled { schedule, .. } => {
                site.config.schedules.iter().any(|s| s.name == *schedule)
            }
            _ => true,
        });
        self.timers = Timers::new(&site, &mut self.ledger, Some(&self.timers))?;
        self.site = Arc::new(site);
        self.send_out_couriers();
        self.start_watchers()
    }
}
