//! The status of endpoints, and what waits to be sent there.

use super::viewpoint::{Viewpoint, to_the_second_if_any};
use crate::domain::masking::masked;
use crate::ledger::{EndpointState, OutboxFile, SendState, Troubles};
use crate::site::Result;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// The status of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointNow {
    pub name: String,
    /// `not tried yet`, `working`, `failing` (it is tried again), `stopped` (a user has to act first) or `gone` (it left
    /// the configuration while files were in transfer between it and the site).
    pub state: &'static str,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub since: Option<DateTime<FixedOffset>>,
    /// Why it isn't working, and what to do.
    pub why: Option<String>,
    /// When a daemon tries it again; none without a daemon.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub next_try: Option<DateTime<FixedOffset>>,
    /// When it last answered.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub last_contact: Option<DateTime<FixedOffset>>,
    /// Fetched files that can't go into inbound yet: another file has their name there.
    pub arrived: usize,
    /// Files that wait to be sent.
    pub waiting: usize,
    /// What keeps single integrations from fetching or sending, until their next attempt goes well.
    pub troubles: Vec<TroubleNow>,
    /// Files that are not sent unless a user acts.
    pub not_sent: Vec<NotSent>,
    /// How many more of these there are.
    pub not_sent_more: usize,
}

/// What keeps an integration from fetching or sending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TroubleNow {
    pub integration: String,
    /// Why, and what to do.
    pub why: String,
    /// When a daemon tries it again; none without a daemon.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub next_try: Option<DateTime<FixedOffset>>,
}

/// A file that is not sent unless a user acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotSent {
    /// The run that published it.
    pub reference_id: String,
    pub file: String,
    /// Why, and what to do.
    pub why: String,
}

/// Every endpoint of the configuration, then those that left it with files in transfer.
pub(super) fn endpoints(view: &Viewpoint<'_>) -> Result<Vec<EndpointNow>> {
    let endpoints = &view.site.config.endpoints;
    let configured = endpoints.iter().map(|e| e.name.clone());
    let mut all = Vec::new();
    for name in configured {
        all.push(endpoint(view, name, true)?);
    }
    // Which left the configuration is not known of one with mistakes.
    let certain = view.site.config.mistakes.is_empty();
    for name in view.ledger.endpoints_with_work()? {
        if !endpoints.iter().any(|e| e.name == name) {
            all.push(endpoint(view, name, !certain)?);
        }
    }
    Ok(all)
}

fn endpoint(view: &Viewpoint<'_>, name: String, configured: bool) -> Result<EndpointNow> {
    let row = view.ledger.endpoint(&name)?;
    let row = row.as_ref();
    let state = match row.map(|row| row.state) {
        _ if !configured => "gone",
        None => "not tried yet",
        Some(state) => state.as_str(),
    };
    let troubled = row.filter(|row| row.state != EndpointState::Working);
    let (stuck, waiting): (Vec<OutboxFile>, Vec<OutboxFile>) = view
        .ledger
        .outbox(&name)?
        .into_iter()
        .partition(|p| matches!(p.state, SendState::Refused | SendState::GivenUp));
    let not_sent = stuck.iter().take(view.limit).map(|file| NotSent {
        reference_id: file.reference.clone(),
        file: masked(&file.name),
        why: file.why.clone().unwrap_or_default(),
    });
    let troubles = match configured {
        true => view.ledger.troubles(&name)?,
        false => Troubles::new(),
    };
    let troubles = troubles.into_iter().map(|(trouble, next)| TroubleNow {
        integration: trouble.integration,
        why: trouble.why,
        next_try: next.filter(|_| view.daemon),
    });
    Ok(EndpointNow {
        state,
        since: row.map(|row| row.since),
        why: troubled.and_then(|row| row.why.clone()),
        next_try: troubled
            .filter(|_| view.daemon)
            .and_then(|row| row.next_try),
        last_contact: row.and_then(|row| row.last_contact),
        arrived: view.ledger.arrived(&name)?,
        waiting: waiting.len(),
        troubles: troubles.collect(),
        not_sent: not_sent.collect(),
        not_sent_more: stuck.len().saturating_sub(view.limit),
        name,
    })
}
