//! What of an endpoint's work is due, and what is remembered from round to round.

use super::backoff::{Timing, after};
use super::deliver::NOT_FETCHED;
use super::listing::Seen;
use super::outbox::NOT_SENT;
use super::outbox::is_due;
use super::push::Blocked;
use super::session::Session;
use super::stop_reason::StopReason;
use super::trouble::About;
use crate::config::{Integration, Pull};
use crate::ledger::{Part, SendState, Trouble};
use crate::run::RunError;
use chrono::{DateTime, FixedOffset};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// How often it is looked whether a person has changed what stopped an endpoint.
pub(super) const STOPPED_AGAIN: Duration = Duration::from_secs(60);

/// What is remembered from round to round.
#[derive(Default)]
pub(super) struct Scheduler {
    pulls: HashMap<String, Pulling>,
    blocked: Blocked,
    pushing: Timing,
    connecting: Timing,
    /// What uploads may have left in folders nothing is sent to any more.
    left: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Pulling {
    timing: Timing,
    seen: Seen,
}

/// Whether a round had to do with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// Nothing was due.
    None,
    /// It answered.
    Made,
}

impl Scheduler {
    /// When the server is asked again after it didn't answer.
    pub(super) fn retry(&self) -> Option<DateTime<FixedOffset>> {
        self.connecting.due()
    }

    /// Everything is due.
    pub(super) fn ask(&mut self) {
        for pulling in self.pulls.values_mut() {
            pulling.timing = Timing::default();
        }
        self.blocked = Blocked::default();
        self.pushing = Timing::default();
        self.connecting = Timing::default();
    }

    /// Does what needs no server, while an endpoint is stopped.
    pub(super) fn at_home(&mut self, session: &mut Session<'_>) -> Result<(), RunError> {
        match self.settle_here(session) {
            Err(StopReason::Broken(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Does what is due. What can be done without the server is done first; what then still isn't sent may be too old.
    pub(super) fn work(&mut self, session: &mut Session<'_>) -> Result<Contact, StopReason> {
        self.settle_here(session)?;
        session.sweep_outbox()?;
        let outcome = self.work_there(session);
        if matches!(outcome, Err(StopReason::Stop(_) | StopReason::Broken(_))) {
            return outcome;
        }
        let given_up = session.give_up()?;
        if let Ok(Contact::Made) = outcome {
            session.clear_given_up(&given_up);
        }
        outcome
    }

    fn settle_here(&mut self, session: &mut Session<'_>) -> Result<(), StopReason> {
        session.retarget(&mut self.left)?;
        bring_in(session)
    }

    fn work_there(&mut self, session: &mut Session<'_>) -> Result<Contact, StopReason> {
        if !self.connecting.is_due(session.now) {
            return Ok(Contact::None);
        }
        let parcels = if self.pushing.is_due(session.now) {
            session.sendable(&self.blocked)?
        } else {
            Vec::new()
        };
        let pulls: Vec<(&Integration, &Pull)> = pulls(session)
            .filter(|(i, _)| {
                let known = self.pulls.get(&i.name);
                known.is_none_or(|p| p.timing.is_due(session.now))
            })
            .collect();
        if parcels.is_empty() && pulls.is_empty() {
            return Ok(Contact::None);
        }
        self.connect(session)?;
        session.clear_left(&mut self.left);
        if !parcels.is_empty() {
            let first = parcels.first().map(|p| p.integration.clone());
            let about = About::new(Part::Push, &first.unwrap_or_default(), NOT_SENT);
            let pushed = session.push(parcels, &mut self.blocked);
            self.pushing.went_well(session.now, None);
            if let Err(halt) = pushed {
                if let StopReason::Later(fault) = &halt {
                    self.pushing.failed(session.now, &fault.what);
                }
                self.go_on(session, halt, &about)?;
            }
        }
        for (integration, pull) in pulls {
            if session.has_enough() {
                break;
            }
            let pulling = self.pulls.entry(integration.name.clone()).or_default();
            match session.pull(integration, pull, &mut pulling.seen) {
                Ok(next) => pulling.timing.went_well(session.now, Some(next)),
                Err(halt) => {
                    if let StopReason::Later(fault) = &halt {
                        pulling.timing.failed(session.now, &fault.what);
                    } else {
                        let next = after(session.now, pull.every);
                        pulling.timing.went_well(session.now, Some(next));
                    }
                    let about = About::new(Part::Pull, &integration.name, NOT_FETCHED);
                    self.go_on(session, halt, &about)?;
                }
            }
        }
        Ok(Contact::Made)
    }

    fn connect(&mut self, session: &mut Session<'_>) -> Result<(), StopReason> {
        match session.place.connect() {
            Ok(()) => {
                self.connecting.went_well(session.now, None);
                Ok(())
            }
            Err(fault) if fault.stops_endpoint() => Err(StopReason::Stop(fault)),
            Err(fault) => {
                self.connecting.failed(session.now, &fault.what);
                Err(StopReason::Later(fault))
            }
        }
    }

    /// Goes on with the rest after a part of the round has ended, unless that ends all of it.
    fn go_on(
        &mut self,
        session: &mut Session<'_>,
        halt: StopReason,
        about: &About,
    ) -> Result<(), StopReason> {
        match halt {
            StopReason::Later(fault) => {
                self.connect(session)?;
                if session.late.is_empty() {
                    session.unless_lost(about.clone(), &fault, fault.to_string());
                }
                Ok(session.tell_late()?)
            }
            StopReason::Here(why) => Ok(session.trouble(about, &why)?),
            halt => Err(halt),
        }
    }

    /// Drops the troubles of what is no longer to be done, and says when the others are tried again.
    fn foretell_troubles(&self, session: &mut Session<'_>) -> Result<(), RunError> {
        let parcels = session.ledger.outbox(session.endpoint)?;
        let waits = |t: &Trouble| parcels.iter().any(|p| p.integration == t.integration);
        let fetches: BTreeSet<String> = pulls(session).map(|(i, _)| i.name.clone()).collect();
        session.open.retain(|trouble, _| match trouble.part {
            Part::Inbound => session
                .site
                .config
                .integrations
                .iter()
                .any(|i| i.name == trouble.integration),
            Part::Target => true,
            Part::Pull => fetches.contains(&trouble.integration),
            Part::Push => waits(trouble),
        });
        for (trouble, next) in &mut session.open {
            let due = match trouble.part {
                Part::Inbound | Part::Target => None,
                Part::Pull => self
                    .pulls
                    .get(&trouble.integration)
                    .and_then(|p| p.timing.due()),
                Part::Push => {
                    let mut of = parcels
                        .iter()
                        .filter(|p| p.integration == trouble.integration);
                    let blocked = of.find_map(|p| self.blocked.until(&p.folder));
                    blocked.or(self.pushing.due())
                }
            };
            *next = due.or(*next);
        }
        Ok(())
    }

    /// Writes into the round's result what still waits, and when the next round is due.
    pub(super) fn foretell(&self, session: &mut Session<'_>) -> Result<(), RunError> {
        let now = session.now;
        let mut next: Vec<Option<DateTime<FixedOffset>>> = Vec::new();
        let mut waiting = 0;
        let mut left = false;
        for parcel in session.ledger.outbox(session.endpoint)? {
            if parcel.state == SendState::GivenUp {
                continue;
            }
            waiting += 1;
            if !session.has_target(&parcel) {
                continue;
            }
            left |= is_due(&parcel, now) && !self.blocked.holds(&parcel, now);
            next.push(
                parcel
                    .next_try
                    .map(|t| t.with_timezone(now.offset()))
                    .filter(|t| *t > now),
            );
        }
        if left {
            next.push(Some(self.pushing.due().unwrap_or(now)));
        }
        next.push(self.blocked.next(now).filter(|_| waiting > 0));
        for (integration, _) in pulls(session) {
            let known = self.pulls.get(&integration.name);
            next.push(Some(known.and_then(|p| p.timing.due()).unwrap_or(now)));
        }
        self.foretell_troubles(session)?;
        session.round.waiting = waiting;
        // What failed is still failing in a round in which it isn't due.
        session.round.failing = self.connecting.why().cloned();
        for moment in next {
            session.round.not_later(moment);
        }
        if session.round.stopped.is_some() {
            session.round.next = Some(after(now, STOPPED_AGAIN));
        }
        // Before the server can be asked again nothing else is due.
        if let Some(due) = self.connecting.due() {
            session.round.next = session.round.next.map(|next| next.max(due));
        }
        Ok(())
    }
}

/// The integrations that fetch from the endpoint, in file order.
fn pulls<'a>(session: &Session<'a>) -> impl Iterator<Item = (&'a Integration, &'a Pull)> + use<'a> {
    let (site, endpoint) = (session.site, session.endpoint);
    let integrations = site.config.integrations.iter();
    integrations.filter_map(move |integration| {
        let pull = integration.pull.as_ref()?;
        (pull.endpoint == endpoint).then_some((integration, pull))
    })
}

/// Goes on with what an earlier round has fetched, also for integrations that no longer fetch from here.
fn bring_in(session: &mut Session<'_>) -> Result<(), StopReason> {
    let open = session.ledger.open_pulls(session.endpoint)?;
    let mut names: BTreeSet<String> = open.into_iter().map(|file| file.integration).collect();
    let from_here: BTreeSet<String> = pulls(session).map(|(i, _)| i.name.clone()).collect();
    names.extend(from_here.iter().cloned());
    let site = session.site;
    for integration in &site.config.integrations {
        if !names.contains(&integration.name) {
            continue;
        }
        session.deliver(integration)?;
        session.sweep(integration)?;
        if !from_here.contains(&integration.name) {
            session.settle(integration)?;
        }
    }
    Ok(())
}
