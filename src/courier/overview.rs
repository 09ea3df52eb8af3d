//! How endpoints are doing, for `status`.

use crate::ledger::{EndpointState, Ledger, SendState};
use crate::run::{Result, Site};
use serde::Serialize;

/// Files of an outbox that are told singly at most.
const MOST_TOLD: usize = 20;

/// One endpoint now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointNow {
    /// Its name.
    pub name: String,
    /// `new`, `working`, `failing` or `stopped`; `gone` where the configuration has it no longer.
    pub state: &'static str,
    /// Since when, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Why it is not working.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try: Option<String>,
    /// When it last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_contact: Option<String>,
    /// Files that are to be sent.
    pub waiting: usize,
    /// Fetched files that can't go into inbound yet.
    pub arrived: usize,
    /// Files that a person has to see to, some of them.
    pub kept: Vec<KeptBack>,
    /// How many there are of those.
    pub kept_back: usize,
}

/// A file that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptBack {
    /// The run that published it.
    pub reference_id: String,
    /// Its name.
    pub name: String,
    /// `refused` or `given up`.
    pub state: &'static str,
    /// Why.
    pub why: String,
}

/// Every endpoint of the configuration, in file order, and then those that left it with files still to be sent.
///
/// # Errors
/// The ledger can't be read.
pub fn overview(site: &Site, ledger: &Ledger) -> Result<Vec<EndpointNow>> {
    let mut names: Vec<String> = site
        .config
        .endpoints
        .iter()
        .map(|e| e.name.clone())
        .collect();
    let configured = names.len();
    for name in ledger.endpoints_with_work()? {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut all = Vec::new();
    for (n, name) in names.into_iter().enumerate() {
        all.push(one(ledger, name, n < configured)?);
    }
    Ok(all)
}

fn one(ledger: &Ledger, name: String, configured: bool) -> Result<EndpointNow> {
    let row = ledger.endpoint(&name)?;
    let outbox = ledger.outbox(&name)?;
    let is_kept = |state| matches!(state, SendState::Refused | SendState::GivenUp);
    let kept: Vec<KeptBack> = outbox
        .iter()
        .filter(|p| is_kept(p.state))
        .map(|p| KeptBack {
            reference_id: p.reference.clone(),
            name: p.name.clone(),
            state: p.state.as_str(),
            why: p.why.clone().unwrap_or_default(),
        })
        .collect();
    let text = |moment: chrono::DateTime<chrono::FixedOffset>| {
        moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
    };
    Ok(EndpointNow {
        state: match &row {
            _ if !configured => "gone",
            Some(row) => row.state.as_str(),
            None => "new",
        },
        since: row.as_ref().map(|r| text(r.since)),
        next_try: row
            .as_ref()
            .filter(|r| r.state == EndpointState::Failing)
            .and_then(|r| r.next_try)
            .map(text),
        last_contact: row.as_ref().and_then(|r| r.last_contact).map(text),
        why: row.and_then(|r| r.why),
        waiting: outbox.len() - kept.len(),
        arrived: ledger.arrived(&name)?,
        kept_back: kept.len(),
        kept: kept.into_iter().take(MOST_TOLD).collect(),
        name,
    })
}
