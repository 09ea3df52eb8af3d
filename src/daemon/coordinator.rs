//! The coordinator: decides what runs next, and nothing else waits for it. All effects are the workers'.

use super::board::{Board, News, Order};
use super::couriers::Couriers;
use super::doorbell::Doorbell;
use super::eyes::Eyes;
use super::job::{Done, Job, Outcome, SCHEDULER, Work, perform_job};
use super::log::Told;
use super::lookout::Lookout;
use super::post::Post;
use super::timers::Timers;
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
pub(super) struct Pending {
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
    pub(super) board: Arc<Board>,
    pub(super) posts: HashMap<String, Post>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) pauses: Vec<Pause>,
    pub(super) timers: Timers,
    /// Jobs at work.
    pub(super) active: Vec<Job>,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) giving_up: Arc<AtomicBool>,
    pub(super) couriers: Couriers,
    doorbell: Arc<Doorbell>,
    lookouts: HashMap<String, Lookout>,
    eyes: Eyes,
    /// Where the next round of integrations begins, so that each is first once in a while.
    turn: usize,
    /// Whether there is too little room on the disk.
    full: bool,
    /// Orders that were not passed on yet.
    orders: Vec<Order>,
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
    pub(super) fn new(site: Site, board: &Arc<Board>) -> Result<Coordinator> {
        let mut ledger = site.ledger()?;
        ledger.set_patience(LEDGER_PATIENCE)?;
        let mut coordinator = Coordinator {
            timers: Timers::new(&site, &mut ledger, None)?,
            pauses: ledger.pauses()?,
            site: Arc::new(site),
            ledger,
            board: Arc::clone(board),
            posts: HashMap::new(),
            pending: VecDeque::new(),
            active: Vec::new(),
            stopping: Arc::default(),
            giving_up: Arc::default(),
            couriers: Couriers::default(),
            doorbell: Arc::new(Doorbell::new()),
            lookouts: HashMap::new(),
            eyes: Eyes::new(board),
            turn: 0,
            full: false,
            orders: Vec::new(),
            rung: true,
            unsaid: Vec::new(),
            ended: Vec::new(),
            troubled: None,
        };
        coordinator.listen_to_requests();
        coordinator.look_out()?;
        coordinator.send_out_couriers();
        Ok(coordinator)
    }

    /// Starts a lookout per integration of the configuration.
    pub(super) fn look_out(&mut self) -> Result<()> {
        for name in self.lookouts.drain().map(|(name, _)| name) {
            self.board.forget(&name);
        }
        let site = Arc::clone(&self.site);
        for integration in &site.config.integrations {
            let unfinished = !self.ledger.unfinished(&integration.name)?.is_empty();
            let post = self
                .posts
                .entry(integration.name.clone())
                .or_insert_with(|| Post::new(false));
            post.unfinished |= unfinished;
            match Lookout::start(&site.config, integration, &self.doorbell, &self.board) {
                Ok(lookout) => drop(self.lookouts.insert(integration.name.clone(), lookout)),
                Err(error) => {
                    tracing::error!(integration = integration.name, %error, "nobody can look into the inbound folder; restart the daemon");
                }
            }
        }
        self.posts
            .retain(|name, _| site.config.integration(name).is_some());
        let mailboxes = self.lookouts.iter();
        let mailboxes = mailboxes.map(|(name, lookout)| (name.clone(), lookout.mailbox()));
        self.eyes.see_through(mailboxes.collect());
        Ok(())
    }

    /// Starts a courier per endpoint of the configuration.
    fn send_out_couriers(&mut self) {
        let (stopping, giving_up) = (&self.stopping, &self.giving_up);
        self.couriers.start(&self.site, stopping, giving_up);
    }

    fn listen_to_requests(&self) {
        self.site.ring();
        let board = Arc::clone(&self.board);
        self.doorbell
            .watch_bell(&self.site.bell(), move || board.ring());
    }

    /// One turn: what was left on the board is taken in, and whatever may start is started.
    pub(super) fn turn(&mut self, wait: Duration) -> Result<Vec<Order>> {
        let News {
            done,
            orders,
            looked,
            rung,
        } = self.board.news(Instant::now() + wait.min(TICK));
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
        let post = self.posts.get(name)?;
        if !post.is_ready(now) || !self.is_free(name) {
            return None;
        }
        // What was asked for or is due goes first, as soon as all it needs is free.
        let first = |p: &Pending| {
            p.job.integrations.contains(name)
                && p.not_before.is_none_or(|at| at <= now)
                && self.may_begin(&p.job)
        };
        if self.pending.iter().any(first) {
            return None;
        }
        let sighting = self.board.sighting(name);
        let look = post.look(sighting.as_ref());
        let job = |look: &Arc<Look>| Job {
            work: Work::Attend(Arc::clone(look)),
            name: name.clone(),
            integrations: vec![name.clone()],
            told: Told::default(),
        };
        if post.unfinished {
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
            Work::Attend(_) | Work::Errand { .. } | Work::Retire => true,
            Work::OneOff { .. } => !self.full,
            Work::Fire { .. } if self.full => false,
            Work::Fire { .. } => match self.site.config.integration(&job.name) {
                Some(integration) => {
                    let ready = self.posts.get(&job.name);
                    ready.is_none_or(|post| post.is_ready(Instant::now()))
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
        let (site, board, eyes) = (
            Arc::clone(&self.site),
            Arc::clone(&self.board),
            self.eyes.clone(),
        );
        let (stopping, giving_up) = (Arc::clone(&self.stopping), Arc::clone(&self.giving_up));
        for name in &job.integrations {
            if let Some(post) = self.posts.get_mut(name) {
                post.begins();
            }
        }
        self.active.push(job.clone());
        let mine = job.clone();
        let work = move || {
            let done = catch_unwind(AssertUnwindSafe(|| {
                perform_job(&site, &mine, &eyes, &stopping, &giving_up)
            }));
            board.done(Done {
                job: mine,
                outcome: done.unwrap_or(Outcome::Broken),
            });
        };
        let name = format!("run {}", job.name);
        if let Err(error) = thread::Builder::new().name(name).spawn(work) {
            tracing::error!(%error, "no worker can be started");
            self.board.done(Done {
                job,
                outcome: Outcome::Broken,
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
        if let Some(lookout) = self.lookouts.get(name) {
            lookout.ring();
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
            Work::Fire { schedule, .. } => {
                site.config.schedules.iter().any(|s| s.name == *schedule)
            }
            _ => true,
        });
        self.timers = Timers::new(&site, &mut self.ledger, Some(&self.timers))?;
        self.site = Arc::new(site);
        self.send_out_couriers();
        self.look_out()
    }
}
