//! Runs whose integration left the configuration: nobody can end them before it is back.

use super::error::{Result, RunError};
use super::site::Site;
use crate::config::Integration;
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::{Ledger, RunRow, RunState};
use serde::Serialize;

/// A run that is Held or has not ended, and whose integration is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftRun {
    /// Its reference ID.
    pub reference_id: ReferenceId,
    /// Its status.
    pub status: RunStatus,
    /// The integration that is gone.
    pub integration: String,
    /// What is the matter, and what to do.
    pub why: String,
}

/// The runs that wait for an integration which left the configuration, oldest first.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn left_behind(site: &Site, ledger: &Ledger) -> Result<Vec<LeftRun>> {
    let gone = |row: &RunRow| site.config.integration(&row.integration).is_none();
    let rows = ledger.runs_not_ended()?.into_iter().filter(gone);
    let left = rows.map(|row| LeftRun {
        why: why(&row),
        reference_id: row.reference,
        status: row.status,
        integration: row.integration,
    });
    Ok(left.collect())
}

/// The integration of a run.
pub(super) fn integration_of<'s>(site: &'s Site, row: &RunRow) -> Result<&'s Integration> {
    let found = site.config.integration(&row.integration);
    found.ok_or_else(|| RunError::usage(format!("run {} {}", row.reference, why(row))))
}

fn why(row: &RunRow) -> String {
    let name = &row.integration;
    let (is, act) = match (row.state, row.status) {
        (RunState::Claimed | RunState::Delivering, _) => ("has not ended", "finish it"),
        (_, RunStatus::Held) => ("is Held", "release or refuse it"),
        _ => ("ended", "go on with it"),
    };
    format!(
        "{is} for `{name}`, which is no longer in the configuration; put the integration back under this name to {act}"
    )
}
