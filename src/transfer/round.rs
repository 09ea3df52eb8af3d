//! One endpoint's courier.

use super::backoff::after;
use super::endpoint_fingerprint::fingerprint;
use super::endpoint_health;
use super::scheduler::{STOPPED_AGAIN, Scheduler};
use super::session::Session;
use crate::ledger::EndpointState;
use crate::run::{Result, Site, Watch};
use crate::spool;
use crate::transport::Place;
use chrono::{DateTime, FixedOffset};
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
    /// How the last round left the endpoint.
    left: Left,
    /// The integrations that had trouble after it.
    troubled: BTreeSet<String>,
}

/// How a courier's last round left the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// There was none: what stopped another process may not stop this one.
    New,
    Well,
    Troubled,
}

/// What a round came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Files that went into inbound.
    pub fetched: u64,
    /// Files that were sent.
    pub sent: u64,
    /// Files on the server that may still grow.
    pub arriving: u64,
    /// Files in the outbox that are not sent.
    pub waiting: u64,
    /// What a person should know, in sentences.
    pub troubles: Vec<String>,
    /// Those of them that are new, or were not told within a day before.
    pub news: Vec<String>,
    /// Integrations whose troubles are over.
    pub over: Vec<String>,
    /// Why everything at this endpoint waits for a person.
    pub stopped: Option<String>,
    /// Why nothing is asked of the server for a while: it could not be connected to.
    pub failing: Option<String>,
    /// Whether what stopped the endpoint, or kept it from answering, is over with this round.
    pub recovered: bool,
    /// When the next round is due; earlier when a run has published something.
    pub next: Option<DateTime<FixedOffset>>,
}

impl Round {
    pub(super) fn not_later(&mut self, moment: Option<DateTime<FixedOffset>>) {
        if let Some(moment) = moment {
            self.next = Some(self.next.map_or(moment, |next| next.min(moment)));
        }
    }
}

impl Courier {
    /// A courier for an endpoint that the site's configuration names. Everything is due at first, also at an endpoint
    /// that is stopped.
    pub fn new(site: Arc<Site>, endpoint: &str, place: Box<dyn Place>) -> Courier {
        Courier {
            site,
            endpoint: endpoint.to_owned(),
            place,
            scheduler: Scheduler::default(),
            by_hand: false,
            asked: false,
            left: Left::New,
            troubled: BTreeSet::new(),
        }
    }

    /// The endpoint's name.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A person asks: everything is due with the next round, also at an endpoint that is stopped, and with what was
    /// refused or given up. From then on a missing secret is this process's trouble alone: a daemon has its own
    /// environment and rights.
    pub fn ask(&mut self) {
        self.scheduler.ask();
        (self.by_hand, self.asked) = (true, true);
    }

    /// Keeps an idle connection alive.
    pub fn keep_alive(&mut self) {
        self.place.keep_alive();
    }

    /// Ends the connection; the next round connects anew.
    pub fn disconnect(&mut self) {
        self.place.disconnect();
    }

    /// Does what is due now. What goes wrong at the endpoint is recorded and told in the result. It ends early, between
    /// two batches, when `watch` has enough.
    ///
    /// # Errors
    /// Our own disk or ledger failed (`Busy`: another process is at this endpoint); the next round goes on.
    pub fn round(&mut self, watch: &dyn Watch) -> Result<Round> {
        let site = Arc::clone(&self.site);
        let Some(endpoint) = site
            .config
            .endpoints
            .iter()
            .find(|e| e.name == self.endpoint)
        else {
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
        let stopped = known.as_ref().filter(|k| k.state == EndpointState::Stopped);
        let working = known.as_ref().map(|k| k.state) == Some(EndpointState::Working);
        if working && self.left == Left::Troubled {
            // Another process got through meanwhile.
            self.scheduler.ask();
        }
        let asked = std::mem::take(&mut self.asked);
        let tries = asked || self.left == Left::New;
        let waits = stopped.filter(|row| {
            !tries && row.fingerprint.as_deref() == Some(&fingerprint(&site.config, endpoint))
        });
        // What waited for a person is not too old because that took long.
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
            watch,
            now,
            by_hand: self.by_hand,
            round: Round::default(),
            open,
            late: Vec::new(),
        };
        if let Some(row) = waits {
            self.scheduler.at_home(&mut session)?;
            session.keep_troubles(&mut self.troubled)?;
            return Ok(Round {
                stopped: row.why.clone(),
                waiting: session.ledger.outbox(&endpoint.name)?.len() as u64,
                next: Some(after(now, STOPPED_AGAIN)),
                ..session.round
            });
        }
        let outcome = self.scheduler.work(&mut session);
        endpoint_health::end(
            &mut session,
            endpoint,
            known,
            outcome,
            self.scheduler.retry(),
        )?;
        self.scheduler.foretell(&mut session)?;
        session.keep_troubles(&mut self.troubled)?;
        let well = session.round.stopped.is_none() && session.round.failing.is_none();
        self.left = if well { Left::Well } else { Left::Troubled };
        Ok(session.round)
    }
}
