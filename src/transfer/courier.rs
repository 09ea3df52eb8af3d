//! The work at one endpoint, round by round.

use super::backoff::after;
use super::endpoint_health::{fingerprint, record};
use super::scheduler::{STOPPED_AGAIN, Scheduler};
use super::session::{Round, Session};
use super::trouble::TroubleBook;
use crate::ledger::EndpointState;
use crate::site::{Observer, Result, Site};
use crate::spool;
use crate::transport::Place;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Fetches from one endpoint and sends to it.
pub struct Courier {
    site: Arc<Site>,
    endpoint: String,
    place: Box<dyn Place>,
    scheduler: Scheduler,
    by_hand: bool,
    /// Whether a person has asked since the last round.
    asked: bool,
    /// Whether the last round found the endpoint working; `None`: there was none, and what stopped another process may not
    /// stop this one.
    last_round: Option<bool>,
    /// The integrations that had troubles after it.
    troubled: BTreeSet<String>,
}

impl Courier {
    /// A courier for an endpoint of the site's configuration. Everything is due at first, also at an endpoint that is
    /// stopped.
    pub fn new(site: Arc<Site>, endpoint: &str, place: Box<dyn Place>) -> Courier {
        Courier {
            site,
            endpoint: endpoint.to_owned(),
            place,
            scheduler: Scheduler::default(),
            by_hand: false,
            asked: false,
            last_round: None,
            troubled: BTreeSet::new(),
        }
    }

    /// A person asks: everything is due with the next round, also at an endpoint that is stopped, and with what was
    /// refused or given up. From then on a missing secret does not stop the endpoint: a daemon has its own environment
    /// and rights.
    pub fn ask(&mut self) {
        self.scheduler.ask();
        (self.by_hand, self.asked) = (true, true);
    }

    pub fn keep_alive(&mut self) {
        self.place.keep_alive();
    }

    /// Does what is due now. What goes wrong at the endpoint is recorded and part of the result. It ends early, between
    /// two batches, when `observer` says so.
    ///
    /// # Errors
    /// Our own disk or ledger failed (`Busy`: another process works at this endpoint); the next round continues.
    pub fn round(&mut self, observer: &dyn Observer) -> Result<Round> {
        let site = Arc::clone(&self.site);
        let mut endpoints = site.config.endpoints.iter();
        let Some(endpoint) = endpoints.find(|e| e.name == self.endpoint) else {
            return Ok(Round::default());
        };
        let _lock = site.lock(
            &format!("endpoint-{}", endpoint.name),
            &format!("the endpoint {}", endpoint.name),
            false,
        )?;
        let mut ledger = site.ledger()?;
        let key = spool::site_key(&site.config.state(), &site.ledger_path())?;
        let now = site.now();
        let known = ledger.endpoint(&endpoint.name)?;
        let state = known.as_ref().map(|k| k.state);
        if state == Some(EndpointState::Working) && self.last_round == Some(false) {
            // Another process reached the server in the meantime.
            self.scheduler.ask();
        }
        let asked = std::mem::take(&mut self.asked);
        let stopped = known.as_ref().filter(|k| k.state == EndpointState::Stopped);
        let tries = asked || self.last_round.is_none();
        let waits = stopped.filter(|row| {
            !tries && row.fingerprint.as_deref() == Some(&fingerprint(&site.config, endpoint))
        });
        // Files are not too old because they waited for a person.
        if waits.is_none() && (asked || stopped.is_some()) {
            ledger.try_again(&endpoint.name, now)?;
        }
        let open = ledger.troubles(&endpoint.name)?;
        let mut session = Session {
            site: &site,
            endpoint: &endpoint.name,
            ledger,
            key,
            place: &mut *self.place,
            observer,
            now,
            by_hand: self.by_hand,
            round: Round::default(),
            troubles: TroubleBook::new(open),
        };
        if let Some(row) = waits {
            self.scheduler.work_offline(&mut session)?;
            session.keep_troubles(&mut self.troubled)?;
            let waiting = session.ledger.outbox(&endpoint.name)?.len() as u64;
            return Ok(Round {
                stopped: row.why.clone(),
                waiting,
                next: Some(after(now, STOPPED_AGAIN)),
                ..session.round
            });
        }
        let outcome = self.scheduler.work(&mut session);
        let retry = self.scheduler.connecting.due;
        record(&mut session, endpoint, known.as_ref(), outcome, retry)?;
        self.scheduler.predict(&mut session)?;
        session.keep_troubles(&mut self.troubled)?;
        let well = session.round.stopped.is_none() && session.round.failing.is_none();
        self.last_round = Some(well);
        Ok(session.round)
    }
}
