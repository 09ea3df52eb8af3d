//! Commands on one past run: ending its hold, judging its bytes again or corrections of its records, and dismissing
//! rejected records.

use crate::domain::masking::{masked, shown};
use crate::domain::{AcceptedFinding, Parameters, Published, ReferenceId, RunStatus, RunSummary};
use crate::intake::{
    IncomingFile, Now, archive_path, archived_source, correction_parameters, file_in_order,
    named_path, run_in_order,
};
use crate::ledger::{
    Committed, Disposal, Event, EventAction, Ledger, Origin, Publication, RunFilter, RunRow,
    RunState,
};
use crate::run::{
    RunExecution, RunStart, SourceContent, WorkFiles, collect_named, end_date, is_wanted, outgoing,
    publications, recover, step, write_answer, write_receipt,
};
use crate::site::{IntegrationContext, Observer, Quiet, Result, RunError, Site, known_run};
use crate::spool::{self, PendingSync};
use std::path::Path;

/// Newer runs are looked for among this number of the integration's last ones.
const NEWER_RUNS: usize = 1000;

/// The reason that a user gave, as the event log keeps it.
///
/// # Errors
/// It is empty.
pub(super) fn reason(why: &str) -> Result<String> {
    match why.trim() {
        "" => Err(RunError::usage(
            "say with --why what was found out; it goes into the event log",
        )),
        why => Ok(masked(why)),
    }
}

/// Locks the integration of a run, finishes what a killed process left of it, and reads the run again.
fn locked<'a>(
    site: &'a Site,
    row: &RunRow,
    observer: &'a dyn Observer,
) -> Result<(RunExecution<'a>, RunRow)> {
    let integration = site.integration_of(row)?;
    let mut execution = RunExecution::open(site, integration, observer, false)?;
    recover(&mut execution, &mut Vec::new())?;
    let row = known_run(&*execution.context.ledger, &row.reference)?;
    Ok((execution, row))
}

/// Refuses a run that is not Held.
pub(super) fn unless_held(row: &RunRow) -> Result<()> {
    if row.status == RunStatus::Held {
        return Ok(());
    }
    Err(RunError::usage(format!(
        "run {} is {}, not Held; there is no hold to end",
        row.reference, row.status
    )))
}

/// A held run with its integration locked, and the reason for ending the hold.
fn held<'a>(
    site: &'a Site,
    reference: &ReferenceId,
    why: &str,
    observer: &'a dyn Observer,
) -> Result<(RunExecution<'a>, RunRow, String)> {
    let row = site.find_run(reference)?;
    unless_held(&row)?;
    let reason = reason(why)?;
    let (execution, row) = locked(site, &row, observer)?;
    // Another process may have ended the hold before the lock was free.
    if row.status != RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {reference} is no longer Held"
        )));
    }
    Ok((execution, row, reason))
}

fn event(site: &Site, action: EventAction, row: &RunRow, reason: &str) -> Event {
    let codes: Vec<&str> = row.hold.iter().map(|c| c.as_str()).collect();
    act(
        site,
        action,
        row,
        format!("{reason} ({})", codes.join(", ")),
    )
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
            "run {} of {} was taken after this file arrived; where both speak of somebody, this file now has the last word, unless last_changed_at says that it is older",
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
    let (mut execution, row, reason) = held(site, reference, why, observer)?;
    let source = execution.context.held_path(&row);
    if !source.is_file() {
        return Err(RunError::usage(format!(
            "the held file {} is gone; put it back, or end the hold with `feedgate refuse {reference} --why …`",
            shown(&source)
        )));
    }
    run_in_order(&execution.context, &Now, &row, &source)?;
    warn_of_newer(&*execution.context.ledger, &row, observer)?;
    step(site, "ledger: release")?;
    let event = event(site, EventAction::Release, &row, &reason);
    let row = execution.context.ledger.reopen(row.number, &event)?;
    execution.run(&row, None)
}

/// Ends a held run as Failed: none of its records is taken, and its source file goes to the archive.
///
/// # Errors
/// The run is not Held, or no reason is given.
pub fn refuse(site: &Site, reference: &ReferenceId, why: &str) -> Result<RunSummary> {
    let (mut execution, row, reason) = held(site, reference, why, &Quiet)?;
    let mut summary = row.summary.clone().unwrap_or_else(|| row.fresh_summary());
    summary.status = RunStatus::Failed;
    summary.reason = Some(format!("refused by {}: {reason}", site.user()));
    summary.end_date = Some(end_date(site));
    let publications = write_refusal(&execution.context, &row, &summary)?;
    let integration = execution.context.integration;
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let disposal = Disposal::Archive(archive_path(site, integration, &row, name));
    let outbox = outgoing(&execution.context, &publications)?;
    let committed = Committed {
        summary: &summary,
        state: RunState::Delivering,
        watermark: None,
        publications: &publications,
        outbox: &outbox,
        disposal: Some(&disposal),
        hold: &row.hold,
        event: Some(&event(site, EventAction::Refuse, &row, &reason)),
    };
    let none = None;
    step(site, "ledger: refuse")?;
    let ledger = &mut execution.context.ledger;
    ledger.commit(row.number, &committed, none, &integration.roster)?;
    execution.publish(&row.reference)?;
    execution.settle()?;
    Ok(summary)
}

/// Writes the receipt of a refused file, and the answer to refused corrections, durably, into its work folder.
fn write_refusal(
    context: &IntegrationContext<'_>,
    row: &RunRow,
    summary: &RunSummary,
) -> Result<Vec<Publication>> {
    let site = context.site;
    let work = site.work(&row.reference);
    let folder = RunError::io("making the work folder");
    site.disk.make_folder(&work, 0o700).map_err(folder)?;
    let files = WorkFiles::new(&site.disk, &work);
    let answered = is_wanted(context, row)?;
    let published: &[Published] = match answered {
        true => &[Published::Answer, Published::Receipt],
        false => &[Published::Receipt],
    };
    let publications = publications(context, row, published, &files);
    let findings = context.ledger.findings(row.number)?;
    let content = SourceContent {
        size: row.size.unwrap_or_default(),
        sha256: row.sha256.as_deref(),
        encoding: None,
        findings: &findings,
    };
    let mut unsynced = PendingSync::default();
    if answered {
        unsynced.file(write_answer(
            context,
            row,
            summary,
            &[],
            &publications,
            &files,
        )?);
    }
    write_receipt(site, summary, &content, &publications, &mut unsynced)?;
    unsynced.folder(&work);
    let durable = unsynced.sync(&site.disk);
    durable.map_err(RunError::io("making the receipt durable"))?;
    Ok(publications)
}

/// Judges the same source file with the same parameters again, as a new linked run.
///
/// # Errors
/// The run is In-Progress or Held, or its source file is no longer in the archive.
pub fn rerun(site: &Site, reference: &ReferenceId, observer: &dyn Observer) -> Result<RunSummary> {
    let row = site.find_run(reference)?;
    // Where the integration has to be put back first, no other advice helps.
    site.integration_of(&row)?;
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
    // A run that was interrupted may have put its source into the archive only now.
    let (mut execution, row) = locked(site, &row, observer)?;
    let source = archived_source(site, &row)?;
    run_in_order(&execution.context, &Now, &row, &source)?;
    let file = IncomingFile {
        origin: Origin::Archive,
        path: &source,
        name: row.source_name.as_deref().unwrap_or(spool::SOURCE),
        arrival: None,
    };
    let new = execution.begin(&RunStart {
        resubmission_of: row.resubmission_of.as_ref(),
        rerun_of: Some(&row.reference),
        test: row.test,
        ..RunStart::by_hand(file, &row.parameters)
    })?;
    execution.run(&new, Some(&source))
}

/// Judges corrections of a run's rejected records, as a new linked run. Findings that the user lets pass on single
/// records come with the reason.
///
/// # Errors
/// The run has no such records to correct yet, the file is not there, or a record of an accepted finding is not open.
pub(crate) fn resubmit(
    site: &Site,
    reference: &ReferenceId,
    file: &Path,
    (accept, why): (&[AcceptedFinding], Option<&str>),
    observer: &dyn Observer,
) -> Result<RunSummary> {
    let row = site.find_run(reference)?;
    if row.status != RunStatus::CompletedWithErrors {
        return Err(RunError::usage(format!(
            "run {reference} is {}; only a run that Completed with Errors has rejected records to correct",
            row.status
        )));
    }
    let integration = site.integration_of(&row)?;
    let path = named_path(site, Some(integration), file)?;
    let file = IncomingFile::named(site, integration, &path)?;
    let (mut execution, row) = locked(site, &row, observer)?;
    let parameters = Parameters {
        accept: accept.to_vec(),
        ..correction_parameters(site, &row.parameters)
    };
    file_in_order(&execution.context, &Now, file, &parameters, Some(&row))?;
    if !accept.is_empty() {
        let why = reason(why.unwrap_or_default())?;
        let records: Vec<u64> = accept.iter().map(|a| a.record).collect();
        let ledger = &mut execution.context.ledger;
        all_open(&**ledger, &row, &records, "nothing was judged")?;
        step(site, "ledger: accept")?;
        let action = EventAction::AcceptFindings(accept.to_vec());
        ledger.record_event(&act(site, action, &row, why))?;
    }
    let queued = collect_named(&mut execution, file)?;
    let file = file.queued(queued.as_ref());
    let new = execution.begin(&RunStart {
        resubmission_of: Some(&row.reference),
        ..RunStart::by_hand(file, &parameters)
    })?;
    execution.run(&new, Some(file.path))
}

/// Closes rejected records that will not be corrected, with the reason for the event log.
///
/// # Errors
/// A record is not an open rejection of the run, or no reason is given; then nothing is closed.
pub(super) fn dismiss(
    site: &Site,
    reference: &ReferenceId,
    records: &[u64],
    why: &str,
) -> Result<()> {
    let row = site.find_run(reference)?;
    let reason = reason(why)?;
    let integration = site.integration_of(&row)?;
    let mut execution = RunExecution::open(site, integration, &Quiet, false)?;
    let ledger = &mut execution.context.ledger;
    all_open(&**ledger, &row, records, "nothing was dismissed")?;
    let action = EventAction::DismissRecords(records.to_vec());
    ledger.dismiss(row.number, records, &act(site, action, &row, reason))?;
    Ok(())
}

/// Refuses records of a run that are not open rejections; `undone` says that nothing has happened.
fn all_open(ledger: &dyn Ledger, row: &RunRow, records: &[u64], undone: &str) -> Result<()> {
    let rejections = ledger.rejections(row.number)?;
    let open = |record: &&u64| {
        let mut places = rejections.iter();
        places.any(|r| r.rejection.record == **record && r.closed_by.is_none())
    };
    let not_open = records.iter().filter(|r| !open(r));
    let not_open: Vec<String> = not_open.map(u64::to_string).collect();
    if not_open.is_empty() {
        return Ok(());
    }
    let (list, reference) = (not_open.join(", "), &row.reference);
    Err(RunError::usage(format!(
        "not open in run {reference}: record {list}; {undone}"
    )))
}

/// What the user does to a run, for the event log.
fn act(site: &Site, action: EventAction, row: &RunRow, why: String) -> Event {
    Event {
        at: site.now(),
        user: site.user().to_owned(),
        action,
        subject: row.reference.to_string(),
        why: Some(why),
    }
}
