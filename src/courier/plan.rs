//! What of an endpoint's work is due, and what is remembered from round to round.

use super::arrive::NOT_FETCHED;
use super::backoff::{Timing, after};
use super::desk::Desk;
use super::halt::Halt;
use super::listing::Seen;
use super::outbox::NOT_SENT;
use super::outbox::is_due;
use super::push::Blocked;
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
pub(super) struct Plan {
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

impl Plan {
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
    pub(super) fn at_home(&mut self, desk: &mut Desk<'_>) -> Result<(), RunError> {
        match self.settle_here(desk) {
            Err(Halt::Broken(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Does what is due. What can be done without the server is done first; what then still isn't sent may be too old.
    pub(super) fn work(&mut self, desk: &mut Desk<'_>) -> Result<Contact, Halt> {
        self.settle_here(desk)?;
        desk.sweep_outbox()?;
        let outcome = self.work_there(desk);
        if matches!(outcome, Err(Halt::Stop(_) | Halt::Broken(_))) {
            return outcome;
        }
        let given_up = desk.give_up()?;
        if let Ok(Contact::Made) = outcome {
            desk.clear_given_up(&given_up);
        }
        outcome
    }

    fn settle_here(&mut self, desk: &mut Desk<'_>) -> Result<(), Halt> {
        desk.retarget(&mut self.left)?;
        bring_in(desk)
    }

    fn work_there(&mut self, desk: &mut Desk<'_>) -> Result<Contact, Halt> {
        if !self.connecting.is_due(desk.now) {
            return Ok(Contact::None);
        }
        let parcels = if self.pushing.is_due(desk.now) {
            desk.sendable(&self.blocked)?
        } else {
            Vec::new()
        };
        let pulls: Vec<(&Integration, &Pull)> = pulls(desk)
            .filter(|(i, _)| {
                let known = self.pulls.get(&i.name);
                known.is_none_or(|p| p.timing.is_due(desk.now))
            })
            .collect();
        if parcels.is_empty() && pulls.is_empty() {
            return Ok(Contact::None);
        }
        self.connect(desk)?;
        desk.clear_left(&mut self.left);
        if !parcels.is_empty() {
            let first = parcels.first().map(|p| p.integration.clone());
            let about = About::new(Part::Push, &first.unwrap_or_default(), NOT_SENT);
            let pushed = desk.push(parcels, &mut self.blocked);
            self.pushing.went_well(desk.now, None);
            if let Err(halt) = pushed {
                if let Halt::Later(fault) = &halt {
                    self.pushing.failed(desk.now, &fault.what);
                }
                self.go_on(desk, halt, &about)?;
            }
        }
        for (integration, pull) in pulls {
            if desk.has_enough() {
                break;
            }
            let pulling = self.pulls.entry(integration.name.clone()).or_default();
            match desk.pull(integration, pull, &mut pulling.seen) {
                Ok(next) => pulling.timing.went_well(desk.now, Some(next)),
                Err(halt) => {
                    if let Halt::Later(fault) = &halt {
                        pulling.timing.failed(desk.now, &fault.what);
                    } else {
                        let next = after(desk.now, pull.every);
                        pulling.timing.went_well(desk.now, Some(next));
                    }
                    let about = About::new(Part::Pull, &integration.name, NOT_FETCHED);
                    self.go_on(desk, halt, &about)?;
                }
            }
        }
        Ok(Contact::Made)
    }

    fn connect(&mut self, desk: &mut Desk<'_>) -> Result<(), Halt> {
        match desk.place.connect() {
            Ok(()) => {
                self.connecting.went_well(desk.now, None);
                Ok(())
            }
            Err(fault) if fault.stops_endpoint() => Err(Halt::Stop(fault)),
            Err(fault) => {
                self.connecting.failed(desk.now, &fault.what);
                Err(Halt::Later(fault))
            }
        }
    }

    /// Goes on with the rest after a part of the round has ended, unless that ends all of it.
    fn go_on(&mut self, desk: &mut Desk<'_>, halt: Halt, about: &About) -> Result<(), Halt> {
        match halt {
            Halt::Later(fault) => {
                self.connect(desk)?;
                if desk.late.is_empty() {
                    desk.unless_lost(about.clone(), &fault, fault.to_string());
                }
                Ok(desk.tell_late()?)
            }
            Halt::Here(why) => Ok(desk.trouble(about, &why)?),
            halt => Err(halt),
        }
    }

    /// Drops the troubles of what is no longer to be done, and says when the others are tried again.
    fn foretell_troubles(&self, desk: &mut Desk<'_>) -> Result<(), RunError> {
        let parcels = desk.ledger.outbox(desk.endpoint)?;
        let waits = |t: &Trouble| parcels.iter().any(|p| p.integration == t.integration);
        let fetches: BTreeSet<String> = pulls(desk).map(|(i, _)| i.name.clone()).collect();
        desk.open.retain(|trouble, _| match trouble.part {
            Part::Inbound => desk
                .site
                .config
                .integrations
                .iter()
                .any(|i| i.name == trouble.integration),
            Part::Target => true,
            Part::Pull => fetches.contains(&trouble.integration),
            Part::Push => waits(trouble),
        });
        for (trouble, next) in &mut desk.open {
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
    pub(super) fn foretell(&self, desk: &mut Desk<'_>) -> Result<(), RunError> {
        let now = desk.now;
        let mut next: Vec<Option<DateTime<FixedOffset>>> = Vec::new();
        let mut waiting = 0;
        let mut left = false;
        for parcel in desk.ledger.outbox(desk.endpoint)? {
            if parcel.state == SendState::GivenUp {
                continue;
            }
            waiting += 1;
            if !desk.has_target(&parcel) {
                continue;
            }
            left |= is_due(&parcel, now) && !self.blocked.holds(&parcel, now);
            next.push(
                parcel
                    .next_try
                    .and_then(|t| at(t, now))
                    .filter(|t| *t > now),
            );
        }
        if left {
            next.push(Some(self.pushing.due().unwrap_or(now)));
        }
        next.push(self.blocked.next(now).filter(|_| waiting > 0));
        for (integration, _) in pulls(desk) {
            let known = self.pulls.get(&integration.name);
            next.push(Some(known.and_then(|p| p.timing.due()).unwrap_or(now)));
        }
        self.foretell_troubles(desk)?;
        desk.round.waiting = waiting;
        // What failed is still failing in a round in which it isn't due.
        desk.round.failing = self.connecting.why().cloned();
        for moment in next {
            desk.round.not_later(moment);
        }
        if desk.round.stopped.is_some() {
            desk.round.next = Some(after(now, STOPPED_AGAIN));
        }
        // Before the server can be asked again nothing else is due.
        if let Some(due) = self.connecting.due() {
            desk.round.next = desk.round.next.map(|next| next.max(due));
        }
        Ok(())
    }
}

fn at(seconds: i64, like: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
    let moment = DateTime::from_timestamp(seconds, 0)?;
    Some(moment.with_timezone(like.offset()))
}

/// The integrations that fetch from the endpoint, in file order.
fn pulls<'a>(desk: &Desk<'a>) -> impl Iterator<Item = (&'a Integration, &'a Pull)> + use<'a> {
    let (site, endpoint) = (desk.site, desk.endpoint);
    let integrations = site.config.integrations.iter();
    integrations.filter_map(move |integration| {
        let pull = integration.pull.as_ref()?;
        (pull.endpoint == endpoint).then_some((integration, pull))
    })
}

/// Goes on with what an earlier round has fetched, also for integrations that no longer fetch from here.
fn bring_in(desk: &mut Desk<'_>) -> Result<(), Halt> {
    let open = desk.ledger.open_pulls(desk.endpoint)?;
    let mut names: BTreeSet<String> = open.into_iter().map(|file| file.integration).collect();
    let from_here: BTreeSet<String> = pulls(desk).map(|(i, _)| i.name.clone()).collect();
    names.extend(from_here.iter().cloned());
    let site = desk.site;
    for integration in &site.config.integrations {
        if !names.contains(&integration.name) {
            continue;
        }
        desk.deliver(integration)?;
        desk.sweep(integration)?;
        if !from_here.contains(&integration.name) {
            desk.settle(integration)?;
        }
    }
    Ok(())
}
