//! What a run came from, and what came of it: why it began, the runs that correct or repeat it, and whether the
//! configuration changed since the run before.

use super::error::Result;
use super::history::{ListedRun, listed};
use super::visible::Visible;
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::{EventAction, EventFilter, Ledger, Origin, RunRow};
use crate::site::Site;
use serde::Serialize;
use std::collections::BTreeSet;

/// Runs of a chain that are listed.
const MOST_LINKED: usize = 200;

/// The runs around a run.
#[derive(Debug, Serialize)]
pub(crate) struct RunChain {
    /// Why it began, in a word.
    pub(crate) began: Beginning,
    /// The same in a sentence.
    pub(crate) began_because: String,
    /// The runs that it corrects or repeats, the first one first.
    pub(crate) came_from: Vec<ListedRun>,
    /// The runs that correct or repeat it, and those that correct or repeat these, oldest first.
    pub(crate) followed_by: Vec<ListedRun>,
    /// The rejected records of all these runs that wait for their correction.
    pub(crate) still_open: u64,
    /// The run of its integration that began before it.
    pub(crate) run_before: Option<ReferenceId>,
    /// Whether the configuration changed since that one; `None`: there is none.
    pub(crate) configuration_changed: Option<bool>,
}

/// Why a run began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Beginning {
    /// Its source file arrived.
    Arrival,
    /// A schedule, or another program that runs it unattended.
    Schedule,
    /// A person ran it.
    Person,
    /// A person ran an earlier file again.
    Rerun,
    /// Corrections of another run came.
    Corrections,
    /// A person released it.
    Release,
    /// A person synced employees.
    Sync,
}

/// The runs around a run, and why it began.
///
/// # Errors
/// There is no such run, or the ledger can't be read.
pub(crate) fn run_chain(
    site: &Site,
    reference: &ReferenceId,
    visible: &Visible,
) -> Result<RunChain> {
    let ledger = site.ledger_for_reading()?;
    let row = visible.run(&*ledger, reference)?;
    let came_from = ancestors(&*ledger, &row)?;
    let followed_by = descendants(&*ledger, &row)?;
    let linked = came_from.iter().chain(&followed_by).chain([&row]);
    let still_open = linked.map(|run| run.open_rejections).sum();
    let before = ledger.run_before(&row)?;
    let (began, began_because) = beginning(site, &*ledger, &row)?;
    Ok(RunChain {
        began,
        began_because,
        still_open,
        configuration_changed: before
            .as_ref()
            .map(|before| before.configuration_fingerprint != row.configuration_fingerprint),
        run_before: before.map(|before| before.reference),
        came_from: came_from.into_iter().map(listed).collect(),
        followed_by: followed_by.into_iter().map(listed).collect(),
    })
}

/// The runs that a run corrects or repeats, the first one first.
fn ancestors(ledger: &dyn Ledger, row: &RunRow) -> Result<Vec<RunRow>> {
    let mut found = Vec::new();
    let mut next = parent(row);
    while let Some(reference) = next.take()
        && found.len() < MOST_LINKED
    {
        // It may be purged.
        let Some(row) = ledger.run(&reference)? else {
            break;
        };
        next = parent(&row);
        found.push(row);
    }
    found.reverse();
    Ok(found)
}

fn parent(row: &RunRow) -> Option<ReferenceId> {
    row.rerun_of.clone().or_else(|| row.resubmission_of.clone())
}

/// The runs that correct or repeat a run, and so on, oldest first.
fn descendants(ledger: &dyn Ledger, row: &RunRow) -> Result<Vec<RunRow>> {
    let mut known: BTreeSet<u32> = BTreeSet::from([row.number]);
    let mut open = vec![row.clone()];
    let mut found = Vec::new();
    while let Some(run) = open.pop()
        && found.len() < MOST_LINKED
    {
        for child in ledger.runs_made_of(&run)? {
            if known.insert(child.number) {
                open.push(child.clone());
                found.push(child);
            }
        }
    }
    found.sort_by_key(|run| run.number);
    Ok(found)
}

/// Why a run began, as a word and in a sentence.
fn beginning(site: &Site, ledger: &dyn Ledger, row: &RunRow) -> Result<(Beginning, String)> {
    let user = &row.user;
    let released = EventFilter {
        subject: Some(row.reference.to_string()),
        action: Some(EventAction::Release),
        ..EventFilter::default()
    };
    let ended_held = row.status == RunStatus::Held;
    if let Some(release) = ledger.events(&released, 1)?.into_iter().next()
        && !ended_held
    {
        let sentence = format!("{} released it after it was held", release.user);
        return Ok((Beginning::Release, sentence));
    }
    if row.parameters.sync {
        return Ok((Beginning::Sync, format!("{user} synced employees")));
    }
    if let Some(of) = &row.rerun_of {
        return Ok((Beginning::Rerun, format!("{user} ran run {of} again")));
    }
    if let Some(of) = &row.resubmission_of {
        return Ok((
            Beginning::Corrections,
            format!("corrections of run {of} came from {user}"),
        ));
    }
    if !row.unattended {
        return Ok((Beginning::Person, format!("{user} ran it")));
    }
    let on_arrival = site
        .config
        .integration(&row.integration)
        .is_none_or(|integration| integration.start == crate::config::Start::Arrival);
    Ok(match row.origin {
        Origin::Inbound if on_arrival => (Beginning::Arrival, "its file arrived".to_owned()),
        _ => (
            Beginning::Schedule,
            match &row.process_name {
                Some(set) => format!("a schedule ran the set {set}"),
                None => "a schedule ran it".to_owned(),
            },
        ),
    })
}
