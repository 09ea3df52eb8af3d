//! Running again: the same bytes once more, or their corrections.

use super::batch::existing;
use crate::domain::{ReferenceId, RunStatus, RunSummary};
use crate::intake::{
    IncomingFile, Now, archived_source, correction_parameters, corrections_in_order, run_in_order,
};
use crate::ledger::Origin;
use crate::run::{RunExecution, RunStart, recover};
use crate::site::{Observer, Result, RunError, Site, known_run};
use crate::spool;
use std::path::Path;

/// Judges the same source file with the same parameters again, as a new linked run.
///
/// # Errors
/// The run is In-Progress or Held, or its source file is no longer in the archive.
pub fn rerun(site: &Site, reference: &ReferenceId, observer: &dyn Observer) -> Result<RunSummary> {
    let row = site.find_run(reference)?;
    // Where the integration has to be put back first, no other advice helps.
    let integration = site.integration_of(&row)?;
    if row.status == RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {reference} is Held; end the hold with `feedgate release {reference} --why …` or `feedgate refuse {reference} --why …`"
        )));
    }
    if row.status == RunStatus::InProgress {
        return Err(RunError::Busy(format!(
            "run {reference} is In-Progress; run it again when it has ended"
        )));
    }
    let mut execution = RunExecution::open(site, integration, observer, false)?;
    recover(&mut execution, &mut Vec::new())?;
    // A run that was interrupted may have put its source into the archive only now.
    let row = known_run(&*execution.context.ledger, reference)?;
    let source = archived_source(site, &row)?;
    run_in_order(&execution.context, &Now, &row, &source)?;
    let file = IncomingFile {
        origin: Origin::Archive,
        path: &source,
        name: row.source_name.as_deref().unwrap_or(spool::SOURCE),
    };
    let new = execution.begin(&RunStart {
        resubmission_of: row.resubmission_of.as_ref(),
        rerun_of: Some(&row.reference),
        test: row.test,
        ..RunStart::by_hand(file, &row.parameters)
    })?;
    execution.run(&new, Some(&source))
}

/// Judges corrections of a run's rejected records, as a new linked run.
///
/// # Errors
/// The run has no such records to correct yet, or the file is not there.
pub(crate) fn resubmit(
    site: &Site,
    reference: &ReferenceId,
    file: &Path,
    observer: &dyn Observer,
) -> Result<RunSummary> {
    let row = site.find_run(reference)?;
    if row.status != RunStatus::CompletedWithErrors {
        return Err(RunError::usage(format!(
            "run {reference} is {}; only a run that Completed with Errors has rejected records to correct",
            row.status
        )));
    }
    let path = existing(file)?;
    let integration = site.integration_of(&row)?;
    let file = IncomingFile::named(site, integration, &path)?;
    let mut execution = RunExecution::open(site, integration, observer, false)?;
    recover(&mut execution, &mut Vec::new())?;
    let parameters = correction_parameters(site, &row.parameters);
    corrections_in_order(&execution.context, &Now, &row, file)?;
    let new = execution.begin(&RunStart {
        resubmission_of: Some(&row.reference),
        ..RunStart::by_hand(file, &parameters)
    })?;
    execution.run(&new, Some(&path))
}
