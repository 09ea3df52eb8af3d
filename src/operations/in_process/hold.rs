//! Ending a hold, which a user does and the event log records.

use crate::config::Folder;
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{Published, ReferenceId, RunStatus, RunSummary};
use crate::intake::{Now, archive_path, run_in_order};
use crate::ledger::{
    Committed, Disposal, Event, EventAction, Ledger, Publication, RunFilter, RunRow, RunState,
};
use crate::run::{
    Content, RunExecution, WorkFiles, end_date, outgoing, recover, stem_and_extension, step,
    write_receipt,
};
use crate::site::{IntegrationContext, Observer, Quiet, Result, RunError, Site, known_run};
use crate::spool::{self, PendingSync};

/// Newer runs are looked for among this number of the integration's last ones.
const NEWER_RUNS: usize = 1000;

/// The held run of this reference ID.
fn held(site: &Site, reference: &ReferenceId, why: &str) -> Result<RunRow> {
    let row = site.find_run(reference)?;
    if row.status != RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {reference} is {}, not Held; there is no hold to end",
            row.status
        )));
    }
    if why.trim().is_empty() {
        return Err(RunError::usage(
            "say with --why what was found out; it goes into the event log",
        ));
    }
    Ok(row)
}

fn event(site: &Site, action: EventAction, row: &RunRow, why: &str) -> Event {
    let codes: Vec<&str> = row.hold.iter().map(|c| c.as_str()).collect();
    Event {
        at: site.now(),
        user: site.user().to_owned(),
        action,
        subject: row.reference.to_string(),
        why: Some(format!(
            "{} ({})",
            masking::masked(why.trim()),
            codes.join(", ")
        )),
    }
}

/// Tells the user if the file is older than what was taken since.
fn warn_of_newer(ledger: &dyn Ledger, row: &RunRow, observer: &dyn Observer) -> Result<()> {
    let filter = RunFilter {
        integration: Some(row.integration.clone()),
        ..RunFilter::default()
    };
    let newer = ledger
        .runs(&filter, NEWER_RUNS)?
        .into_iter()
        .find(|r| r.number > row.number && r.status.judged_records());
    if let Some(newer) = newer {
        observer.note(&format!(
            "run {} of {} was taken after this file arrived; where both speak of somebody, this file now has the last word",
            newer.reference, row.integration
        ));
    }
    Ok(())
}

/// Lets a held run pass the guards that hold it, and only those.
///
/// # Errors
/// The run is not Held, or no reason is given.
pub fn release(
    site: &Site,
    reference: &ReferenceId,
    why: &str,
    observer: &dyn Observer,
) -> Result<RunSummary> {
    let row = held(site, reference, why)?;
    let (mut execution, _) = still_held(site, &row, observer)?;
    let source = execution.context.held_path(&row);
    if !source.is_file() {
        return Err(RunError::usage(format!(
            "the held file {} is gone; put it back, or end the hold with `feedgate refuse {reference} --why …`",
            masking::shown(&source)
        )));
    }
    run_in_order(&execution.context, &Now, &row, &source)?;
    warn_of_newer(&*execution.context.ledger, &row, observer)?;
    step(site, "ledger: release")?;
    let event = event(site, EventAction::Release, &row, why);
    let row = execution.context.ledger.reopen(row.number, &event)?;
    execution.run(&row, None)
}

/// Ends a held run as Failed: none of its records is taken, and its source file goes to the archive.
///
/// # Errors
/// The run is not Held, or no reason is given.
pub fn refuse(site: &Site, reference: &ReferenceId, why: &str) -> Result<RunSummary> {
    let row = held(site, reference, why)?;
    let (mut execution, row) = still_held(site, &row, &Quiet)?;
    let mut summary = row.summary.clone().unwrap_or_else(|| row.fresh_summary());
    summary.status = RunStatus::Failed;
    let why_shown = masking::masked(why.trim());
    summary.reason = Some(format!("refused by {}: {why_shown}", site.user()));
    summary.end_date = Some(end_date(site));
    let publications = write_refusal(&execution.context, &row, &summary)?;
    let integration = execution.context.integration;
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let disposal = Disposal::Archive(archive_path(site, integration, &row, name));
    let outbox = outgoing(&execution.context, &publications)?;
    let committed = Committed {
        summary: &summary,
        state: RunState::Delivering,
        watermark: false,
        publications: &publications,
        outbox: &outbox,
        disposal: Some(&disposal),
        hold: &row.hold,
        event: Some(&event(site, EventAction::Refuse, &row, why)),
    };
    let none = None;
    step(site, "ledger: refuse")?;
    let ledger = &mut execution.context.ledger;
    ledger.commit(row.number, &committed, none, &integration.roster)?;
    execution.publish(&row.reference)?;
    execution.settle()?;
    Ok(summary)
}

/// Locks the integration of a held run, whose hold another process may have ended before the lock was free.
fn still_held<'a>(
    site: &'a Site,
    row: &RunRow,
    observer: &'a dyn Observer,
) -> Result<(RunExecution<'a>, RunRow)> {
    let integration = site.integration_of(row)?;
    let mut execution = RunExecution::open(site, integration, observer, false)?;
    recover(&mut execution, &mut Vec::new())?;
    let row = known_run(&*execution.context.ledger, &row.reference)?;
    if row.status != RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {} is no longer Held",
            row.reference
        )));
    }
    Ok((execution, row))
}

/// Writes the receipt of a refused file, durably, into its work folder.
fn write_refusal(
    context: &IntegrationContext<'_>,
    row: &RunRow,
    summary: &RunSummary,
) -> Result<[Publication; 1]> {
    let site = context.site;
    let work = site.work(&row.reference);
    let folder = RunError::io("making the work folder");
    site.disk.make_folder(&work, 0o700).map_err(folder)?;
    let files = WorkFiles::new(&site.disk, &work);
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let (stem, extension) = stem_and_extension(row.resubmission_of.as_ref(), name);
    let file = file_name::published(&stem, &row.reference, "receipt", &extension);
    let publications = [Publication {
        what: Published::Receipt,
        from: files.path("receipt"),
        to: context.folder(Folder::Receipts).join(file),
        replace: true,
        done_marker: false,
    }];
    let content = Content {
        size: row.size.unwrap_or_default(),
        sha256: row.sha256.as_deref(),
        encoding: None,
    };
    let mut unsynced = PendingSync::default();
    unsynced.file(write_receipt(
        site,
        summary,
        &content,
        &publications,
        &files,
    )?);
    unsynced.folder(&work);
    let durable = unsynced.sync(&site.disk);
    durable.map_err(RunError::io("making the receipt durable"))?;
    Ok(publications)
}
