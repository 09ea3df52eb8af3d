//! The result of a round.

use chrono::{DateTime, FixedOffset};

/// The result of a round at one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Files that were moved into inbound.
    pub fetched: u64,
    /// Files that were sent.
    pub sent: u64,
    /// Files on the server that may still be growing.
    pub arriving: u64,
    /// Files in the outbox that are not sent.
    pub waiting: u64,
    /// What a person should know, in sentences.
    pub troubles: Vec<String>,
    /// Those of them that are new, or were not reported in the last 24 hours.
    pub news: Vec<String>,
    /// Integrations whose troubles are over.
    pub over: Vec<String>,
    /// Why all work at this endpoint waits for a person.
    pub stopped: Option<String>,
    /// Why the server is not contacted for a while: it could not be connected to.
    pub failing: Option<String>,
    /// Whether the endpoint was stopped or failing before this round and works now.
    pub recovered: bool,
    /// When the next round is due; earlier if a run publishes something.
    pub next: Option<DateTime<FixedOffset>>,
}

/// Whether a round contacted the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// Nothing was due.
    None,
    /// It answered.
    Made,
}
