//! Runs whose integration left the configuration. Those that have not ended wait until it is back; a stored run that
//! comes due ends Failed.

use super::{Result, Site};
use crate::domain::parameters::GivenParameters;
use crate::domain::{Kind, Parameters, ReferenceId, RunStatus};
use crate::ledger::{Ledger, NewRun, Origin, RunFilter, RunRow, RunState};
use serde::Serialize;

/// A run that is Held or has not ended, and whose integration left the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrphanedRun {
    pub(crate) reference_id: ReferenceId,
    pub(crate) status: RunStatus,
    /// The integration that is gone.
    pub(crate) integration: String,
    /// What is wrong, and what to do.
    pub(crate) why: String,
}

/// The runs that wait for an integration which left the configuration, oldest first.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn orphaned_runs(site: &Site, ledger: &dyn Ledger) -> Result<Vec<OrphanedRun>> {
    let gone = |row: &RunRow| site.config.integration(&row.integration).is_none();
    let rows = ledger.runs_not_ended()?.into_iter().filter(gone);
    let certain = site.config.mistakes.is_empty();
    let orphaned = rows.map(|row| OrphanedRun {
        why: match certain {
            true => why(&row),
            false => format!(
                "is {} for `{}`, which can't be read in the configuration",
                row.status, row.integration
            ),
        },
        reference_id: row.reference,
        status: row.status,
        integration: row.integration,
    });
    Ok(orphaned.collect())
}

/// What is wrong with such a run, as the rest of a sentence about it.
pub(super) fn why(row: &RunRow) -> String {
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

/// Writes a run that ended Failed before it had a file, so that users find the reason among the runs.
///
/// # Errors
/// The ledger can't be written.
pub(crate) fn fail_without_file(
    site: &Site,
    ledger: &mut dyn Ledger,
    name: &str,
    reason: &str,
) -> Result<()> {
    let filter = RunFilter {
        integration: Some(name.to_owned()),
        ..RunFilter::default()
    };
    // The kind of its last run, if there was one; a set has none of its own.
    let last = ledger.runs(&filter, 1)?.into_iter().next();
    let parameters: Parameters = GivenParameters::default().complete();
    let row = ledger.begin(&NewRun {
        integration: name,
        kind: last.map_or(Kind::Demographic, |row| row.kind),
        process_name: None,
        user: site.user(),
        run_name: None,
        parameters: &parameters,
        start: site.now(),
        arrived: None,
        origin: Origin::None,
        arrival: None,
        source_path: None,
        source_name: None,
        resubmission_of: None,
        rerun_of: None,
        configuration_fingerprint: &site.config.fingerprint,
        test: false,
        unattended: true,
    })?;
    Ok(ledger.abandon(row.number, reason, site.now())?)
}
