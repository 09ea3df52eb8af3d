//! Running again: the same bytes once more, or their corrections.

use super::ending::archive_path;
use super::error::{Result, RunError};
use super::inbound::Now;
use super::left::integration_of;
use super::member::{Lineage, Member};
use super::recover::recover;
use super::request::corrections;
use super::site::Site;
use super::watch::Watch;
use crate::domain::masking;
use crate::domain::{ReferenceId, RunStatus, RunSummary};
use crate::ledger::{Disposal, Ledger, Origin, RunRow, RunState};
use crate::spool;
use std::path::{Path, PathBuf};

/// The run of a reference ID, read before anything is locked.
pub(super) fn find(site: &Site, reference: &ReferenceId) -> Result<RunRow> {
    let ledger = Ledger::open_read_only(&site.ledger_path())?;
    site.run(&ledger, reference)
}

/// The member that goes on with a run.
pub(super) fn member<'a>(site: &'a Site, row: &RunRow, watch: &'a dyn Watch) -> Result<Member<'a>> {
    Ok(Member {
        site,
        integration: integration_of(site, row)?,
        parameters: row.parameters.clone(),
        process: None,
        run_name: None,
        unattended: false,
        inbound: &Now,
        watch,
    })
}

/// Judges the same source file with the same parameters again, as a new linked run.
///
/// # Errors
/// The run is In-Progress or Held, or its source file is no longer in the archive.
pub fn rerun(site: &Site, reference: &ReferenceId, watch: &dyn Watch) -> Result<RunSummary> {
    let row = find(site, reference)?;
    // Whoever has to put it back first should not be sent elsewhere before.
    integration_of(site, &row)?;
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
    let member = member(site, &row, watch)?;
    let (mut way, _locks) = member.open(false)?;
    recover(&mut way, &mut Vec::new())?;
    // Only now is it in the archive, if it was interrupted on its way there.
    let row = site.run(&way.ledger, reference)?;
    let source = archived(site, &row)?;
    member.run_in_order(&way, &row, &source)?;
    let lineage = Lineage {
        resubmission_of: row.resubmission_of.as_ref(),
        rerun_of: Some(&row.reference),
        test: row.test,
    };
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let new = member.begin(
        &mut way,
        (Origin::Archive, &source),
        name,
        &lineage,
        &row.parameters,
    )?;
    way.go(&new, Some(&source))
}

/// The archived source file of a run.
pub(super) fn archived(site: &Site, row: &RunRow) -> Result<PathBuf> {
    let place = match (&row.disposal, row.state) {
        (Some(Disposal::Archive(place)), RunState::Closed) => place.clone(),
        (Some(Disposal::Held(place)), _) => place.clone(),
        _ => {
            let integration = integration_of(site, row)?;
            let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
            archive_path(site, integration, row, name)
        }
    };
    if place.is_file() {
        return Ok(place);
    }
    Err(RunError::Nothing(format!(
        "the source file of run {} is no longer in the archive; send it again",
        row.reference
    )))
}

/// Judges corrections of a run's rejected records, as a new linked run.
///
/// # Errors
/// The run has no such records to correct yet, or the file is not there.
pub(crate) fn resubmit(
    site: &Site,
    reference: &ReferenceId,
    file: &Path,
    watch: &dyn Watch,
) -> Result<RunSummary> {
    let row = find(site, reference)?;
    if row.status != RunStatus::CompletedWithErrors {
        return Err(RunError::usage(format!(
            "run {reference} is {}; only a run that Completed with Errors has rejected records to correct",
            row.status
        )));
    }
    let path = std::fs::canonicalize(file).map_err(|e| {
        RunError::Nothing(format!(
            "{}: {e}; nothing was processed",
            masking::shown(file)
        ))
    })?;
    let name = path.file_name().and_then(|n| n.to_str());
    let name =
        name.ok_or_else(|| RunError::usage("the file's name is not valid UTF-8; rename it"))?;
    let member = member(site, &row, watch)?;
    let (mut way, _locks) = member.open(false)?;
    recover(&mut way, &mut Vec::new())?;
    let lineage = Lineage {
        resubmission_of: Some(&row.reference),
        ..Lineage::default()
    };
    let parameters = corrections(site, &row.parameters);
    let origin = member.origin(&path, name);
    member.corrections_in_order(&way, &row, (origin, &path), name)?;
    let new = member.begin(&mut way, (origin, &path), name, &lineage, &parameters)?;
    way.go(&new, Some(&path))
}
