//! What of an endpoint's work is due, and what is remembered from round to round.

use super::backoff::{RetryTiming, after};
use super::cleanup::leave;
use super::fetch::{NOT_FETCHED, deliver, sweep};
use super::listing::SeenFiles;
use super::outbox::{
    NOT_SENT, give_up, has_target, is_due, part_path, remove_left, retarget, sweep_outbox,
};
use super::pull::pull;
use super::push::{BlockedFolders, push, sendable};
use super::session::{Contact, Session};
use super::trouble::{About, Step, StopReason};
use crate::config::{Integration, Pull};
use crate::ledger::{OutboxFile, Part, SendState};
use crate::site::RunError;
use crate::transport::Fault;
use chrono::{DateTime, FixedOffset};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// How often a stopped endpoint is checked for a change by a person.
pub(super) const STOPPED_AGAIN: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Scheduler {
    pulls: HashMap<String, PullSchedule>,
    blocked: BlockedFolders,
    pushing: RetryTiming,
    /// When the server is contacted again after it didn't answer.
    pub(super) connecting: RetryTiming,
    /// What uploads may have left in folders that nothing is sent to any more.
    left: Vec<Vec<u8>>,
}

#[derive(Default)]
struct PullSchedule {
    timing: RetryTiming,
    seen: SeenFiles,
}

impl Scheduler {
    /// Makes everything due, because a person asks.
    pub(super) fn ask(&mut self) {
        for pull in self.pulls.values_mut() {
            pull.timing = RetryTiming::default();
        }
        self.blocked = BlockedFolders::default();
        self.pushing = RetryTiming::default();
        self.connecting = RetryTiming::default();
    }

    /// Does what needs no server, while an endpoint is stopped.
    pub(super) fn work_offline(&mut self, session: &mut Session<'_>) -> Result<(), RunError> {
        let settled = self.settle(session);
        let told = session.tell_troubles();
        settled.and(told)
    }

    /// Does what is due. What needs no server is done first; what then still isn't sent may be too old.
    pub(super) fn work(&mut self, session: &mut Session<'_>) -> Step<Contact> {
        let outcome = self.move_files(session);
        let told = session.tell_troubles();
        if let Err(StopReason::NeedsPerson(_) | StopReason::Internal(_)) = outcome {
            return outcome;
        }
        told?;
        let given_up = give_up(session)?;
        if let Ok(Contact::Made) = outcome {
            remove_left(session, &given_up.iter().map(part_path).collect::<Vec<_>>());
        }
        outcome
    }

    fn settle(&mut self, session: &mut Session<'_>) -> Result<(), RunError> {
        retarget(session, &mut self.left)?;
        continue_pulls(session)
    }

    fn move_files(&mut self, session: &mut Session<'_>) -> Step<Contact> {
        self.settle(session)?;
        sweep_outbox(session)?;
        if !self.connecting.is_due(session.now) {
            return Ok(Contact::None);
        }
        let files = match self.pushing.is_due(session.now) {
            true => sendable(session, &self.blocked)?,
            false => Vec::new(),
        };
        let is_due = |i: &Integration| {
            let known = self.pulls.get(&i.name);
            known.is_none_or(|p| p.timing.is_due(session.now))
        };
        let pulls: Vec<(&Integration, &Pull)> = pulls(session).filter(|(i, _)| is_due(i)).collect();
        if files.is_empty() && pulls.is_empty() {
            return Ok(Contact::None);
        }
        self.connect(session)?;
        remove_left(session, &std::mem::take(&mut self.left));
        self.push(session, files)?;
        for (integration, pull) in pulls {
            if session.should_end() {
                break;
            }
            self.pull(session, integration, pull)?;
        }
        Ok(Contact::Made)
    }

    fn push(&mut self, session: &mut Session<'_>, files: Vec<OutboxFile>) -> Step {
        let Some(first) = files.first() else {
            return Ok(());
        };
        let about = About::new(Part::Push, &first.integration, NOT_SENT);
        match push(session, files, &mut self.blocked) {
            Err(StopReason::Transient(fault)) => {
                self.pushing.failed(session.now, &fault.what);
                self.reconnect(session, &fault, &about)
            }
            pushed => {
                self.pushing.went_well(session.now, None);
                pushed
            }
        }
    }

    fn pull(
        &mut self,
        session: &mut Session<'_>,
        integration: &Integration,
        settings: &Pull,
    ) -> Step {
        let name = integration.name.clone();
        let PullSchedule { timing, seen } = self.pulls.entry(name).or_default();
        match pull(session, integration, settings, seen) {
            Err(StopReason::Transient(fault)) => {
                timing.failed(session.now, &fault.what);
                let about = About::new(Part::Pull, &integration.name, NOT_FETCHED);
                self.reconnect(session, &fault, &about)
            }
            pulled => {
                let every = after(session.now, settings.every);
                let next = *pulled.as_ref().unwrap_or(&every);
                timing.went_well(session.now, Some(next));
                pulled.map(|_| session.troubles.confirm())
            }
        }
    }

    fn connect(&mut self, session: &mut Session<'_>) -> Step {
        match session.place.connect() {
            Ok(()) => self.connecting.went_well(session.now, None),
            Err(fault) if fault.stops_endpoint() => return Err(StopReason::NeedsPerson(fault)),
            Err(fault) => {
                self.connecting.failed(session.now, &fault.what);
                return Err(StopReason::Transient(fault));
            }
        }
        Ok(())
    }

    /// After a transient fault in one part, the round continues with the next if the server can still be reached.
    fn reconnect(&mut self, session: &mut Session<'_>, fault: &Fault, about: &About) -> Step {
        self.connect(session)?;
        session.troubles.confirm_or(about, fault);
        Ok(())
    }

    /// Puts into the round's result what still waits, and when the next round is due.
    pub(super) fn predict(&self, session: &mut Session<'_>) -> Result<(), RunError> {
        let now = session.now;
        let files = session.ledger.outbox(session.endpoint)?;
        self.predict_troubles(session, &files);
        let waiting = files.iter().filter(|f| f.state != SendState::GivenUp);
        session.round.waiting = waiting.clone().count() as u64;
        let waiting: Vec<&OutboxFile> = waiting.filter(|f| has_target(session, f)).collect();
        let is_left = |f: &&OutboxFile| is_due(f, now) && !self.blocked.holds(f, now);
        let is_any_left = waiting.iter().any(is_left);
        let push = is_any_left.then(|| self.pushing.due.unwrap_or(now));
        let retries = waiting.iter().filter_map(|f| f.next_try);
        let unblocked = self.blocked.next(now);
        let unblocked = unblocked.filter(|_| session.round.waiting > 0);
        let pulls = pulls(session).map(|(i, _)| self.pull_due(&i.name).unwrap_or(now));
        let next = retries
            .filter(|next| *next > now)
            .map(|next| next.with_timezone(now.offset()))
            .chain(push)
            .chain(unblocked)
            .chain(pulls)
            .min();
        // A failing connection is failing, too, in a round in which it isn't tried.
        session.round.failing.clone_from(&self.connecting.why);
        let next = match session.round.stopped {
            Some(_) => Some(after(now, STOPPED_AGAIN)),
            None => next,
        };
        // Nothing else is due before the server can be contacted again.
        let earliest = self.connecting.due;
        session.round.next = next.map(|next| earliest.map_or(next, |due| next.max(due)));
        Ok(())
    }

    fn pull_due(&self, integration: &str) -> Option<DateTime<FixedOffset>> {
        self.pulls.get(integration).and_then(|p| p.timing.due)
    }

    /// Drops the troubles of work that is no longer to be done, and says when the rest is tried again.
    fn predict_troubles(&self, session: &mut Session<'_>, files: &[OutboxFile]) {
        let pulled: BTreeSet<String> = pulls(session).map(|(i, _)| i.name.clone()).collect();
        let config = &session.site.config;
        let open = &mut session.troubles.open;
        open.retain(|trouble, _| match trouble.part {
            Part::Inbound => config.integration(&trouble.integration).is_some(),
            Part::Target => true,
            Part::Pull => pulled.contains(&trouble.integration),
            Part::Push => files.iter().any(|f| f.integration == trouble.integration),
        });
        for (trouble, next) in open {
            let due = match trouble.part {
                Part::Inbound | Part::Target => None,
                Part::Pull => self.pull_due(&trouble.integration),
                Part::Push => {
                    let mut own = files
                        .iter()
                        .filter(|f| f.integration == trouble.integration);
                    let blocked = own.find_map(|f| self.blocked.until(&f.folder));
                    blocked.or(self.pushing.due)
                }
            };
            *next = due.or(*next);
        }
    }
}

/// The integrations that pull from the endpoint, in file order.
fn pulls<'a>(session: &Session<'a>) -> impl Iterator<Item = (&'a Integration, &'a Pull)> + use<'a> {
    let (site, endpoint) = (session.site, session.endpoint);
    let integrations = site.config.integrations.iter();
    integrations.filter_map(move |integration| {
        let pull = integration.pull.as_ref()?;
        (pull.endpoint == endpoint).then_some((integration, pull))
    })
}

/// Continues with what earlier rounds fetched, also for integrations that no longer pull from here.
fn continue_pulls(session: &mut Session<'_>) -> Result<(), RunError> {
    let open = session.ledger.open_pulls(session.endpoint)?;
    let open: BTreeSet<String> = open.into_iter().map(|file| file.integration).collect();
    let pulled: BTreeSet<String> = pulls(session).map(|(i, _)| i.name.clone()).collect();
    let site = session.site;
    for integration in &site.config.integrations {
        let is_pulled = pulled.contains(&integration.name);
        if !is_pulled && !open.contains(&integration.name) {
            continue;
        }
        deliver(session, integration)?;
        sweep(session, integration)?;
        if !is_pulled {
            leave(session, integration)?;
        }
    }
    Ok(())
}
