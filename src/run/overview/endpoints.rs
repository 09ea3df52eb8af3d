//! How endpoints are doing, and what waits to be sent there.

use super::{Viewpoint, to_the_second_if_any};
use crate::config::Endpoint;
use crate::ledger::{EndpointState, Parcel, SendState};
use crate::run::Result;
use crate::spool::masked;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// How an endpoint is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointNow {
    /// Its name.
    pub name: String,
    /// `not tried yet`, `working`, `failing` (it is tried again) or `stopped` (a person has to act first).
    pub state: &'static str,
    /// Since when.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub since: Option<DateTime<FixedOffset>>,
    /// Why it isn't working, and what to do.
    pub why: Option<String>,
    /// When it is tried again.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub next_try: Option<DateTime<FixedOffset>>,
    /// When it last answered.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub last_contact: Option<DateTime<FixedOffset>>,
    /// Files that wait to be sent.
    pub waiting: usize,
    /// Files that are not sent unless a person acts.
    pub not_sent: Vec<NotSent>,
    /// How many more of these there are.
    pub not_sent_more: usize,
}

/// A file that is not sent unless a person acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotSent {
    /// The run that published it.
    pub reference_id: String,
    /// Its name there.
    pub file: String,
    /// Why, and what to do.
    pub why: String,
}

impl Viewpoint<'_> {
    /// How an endpoint is doing.
    pub(super) fn endpoint(&self, endpoint: &Endpoint) -> Result<EndpointNow> {
        let row = self.ledger.endpoint(&endpoint.name)?;
        let state = match row.as_ref().map(|row| row.state) {
            None => "not tried yet",
            Some(state) => state.as_str(),
        };
        let troubled = row
            .as_ref()
            .is_some_and(|r| r.state != EndpointState::Working);
        let (stuck, waiting): (Vec<Parcel>, Vec<Parcel>) = self
            .ledger
            .outbox(&endpoint.name)?
            .into_iter()
            .partition(|p| matches!(p.state, SendState::Refused | SendState::GivenUp));
        let not_sent = stuck.iter().take(self.limit).map(|parcel| NotSent {
            reference_id: parcel.reference.clone(),
            file: masked(&parcel.name),
            why: parcel.why.clone().unwrap_or_default(),
        });
        Ok(EndpointNow {
            name: endpoint.name.clone(),
            state,
            since: row.as_ref().map(|row| row.since),
            why: row
                .as_ref()
                .filter(|_| troubled)
                .and_then(|row| row.why.clone()),
            next_try: row
                .as_ref()
                .filter(|_| troubled)
                .and_then(|row| row.next_try),
            last_contact: row.as_ref().and_then(|row| row.last_contact),
            waiting: waiting.len(),
            not_sent: not_sent.collect(),
            not_sent_more: stuck.len().saturating_sub(self.limit),
        })
    }
}
