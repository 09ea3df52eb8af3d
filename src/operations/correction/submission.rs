//! Sending corrections off: the file of corrections is made from the draft, judged as a run, and what is closed by it
//! leaves the draft. The same request again finds the first one, also after a crash.
//!
//! The order of writing: the file of corrections, then the draft with the submission and its one-time ID, then the
//! command, then the draft with the end. The run's source file is named with the ID, so that the ledger knows it too.

use super::corrected_file;
use super::draft::{CellText, ChangedCells, CorrectionDraft, Submission, SubmissionEnd};
use super::draft_file;
use super::edit::{all_open, now};
use super::proof::{Proof, proof};
use super::rejected_numbers::open_records;
use super::source::{RejectedSource, correctable};
use super::submission_plan::{Parts, SubmissionRequest, parts};
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::RunRow;
use crate::operations::dispatch::{Caller, dispatch};
use crate::operations::error::{OperationError, Result};
use crate::operations::in_process::Response;
use crate::run::{Command, stem_and_extension};
use crate::site::{HeldLock, RunError, Site};
use crate::spool::{self, put_whole, random_identity, remove_whole};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long one-time IDs are.
const ID_LETTERS: usize = 32;
/// How many characters of the source file's name are in the name of the file of corrections.
const STEM_CHARACTERS: usize = 80;

/// What became of a submission.
#[derive(Debug, Serialize)]
pub(crate) struct Submitted {
    pub(crate) state: SubmissionState,
    /// The linked run; `None` where none was needed, or none began.
    pub(crate) run: Option<ReferenceId>,
    /// How many records were sent.
    pub(crate) sent: usize,
    /// How many records were to be dismissed.
    pub(crate) dismissed: usize,
    /// What kept it from being done, in sentences.
    pub(crate) failure: Vec<String>,
    /// Notes for the person, one sentence each.
    pub(crate) notes: Vec<String>,
    pub(crate) proof: Proof,
}

/// How far a submission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SubmissionState {
    Done,
    /// The same request came before, and is not done yet.
    UnderWay,
    /// The draft has changed since the person saw it: nothing was sent.
    DraftChanged,
    /// Nothing was sent; the failure says why.
    Refused,
}

/// Corrections of single records that are sent at once, besides any draft.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowsToSubmit {
    pub(crate) rows: Vec<RowToSubmit>,
}

/// The new values of one record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowToSubmit {
    pub(crate) record: u64,
    pub(crate) set: BTreeMap<String, CellText>,
}

/// A new one-time ID: letters alone, so that nothing in it looks like a number that is masked.
///
/// # Errors
/// The system gives no random bytes.
pub(crate) fn new_submission_id() -> Result<String> {
    let letters = b'a'..=b'p';
    let letter = |digit: char| {
        let place = digit.to_digit(16).and_then(|d| usize::try_from(d).ok())?;
        letters.clone().nth(place).map(char::from)
    };
    Ok(random_identity()?.chars().filter_map(letter).collect())
}

/// Sends corrections of a draft off, in the daemon or in this process, and dismisses what is not to be sent.
///
/// # Errors
/// The records can't be corrected now, or nothing is to be sent; another submission of the integration is under way; the
/// draft can't be written; the caller stopped waiting.
pub(crate) fn submit(
    site: &Site,
    reference: &ReferenceId,
    request: &SubmissionRequest,
    caller: &dyn Caller,
) -> Result<Submitted> {
    let begin = |source: &RejectedSource<'_>, draft: &CorrectionDraft| {
        if draft.version != request.seen {
            return Ok(None);
        }
        let parts = parts(source, draft, request)?;
        file_of(source, &draft.cells(), parts).map(Some)
    };
    carry_out(site, reference, &request.id, &begin, caller)
}

/// Sends corrections of single records off, whatever the draft has.
///
/// # Errors
/// As [`submit`]; or a record is named twice.
pub(crate) fn submit_rows(
    site: &Site,
    reference: &ReferenceId,
    (rows, id): (&RowsToSubmit, &str),
    caller: &dyn Caller,
) -> Result<Submitted> {
    let mut cells = ChangedCells::new();
    for row in &rows.rows {
        let set = row.set.iter();
        let set = set.map(|(column, value)| (&column[..], value.as_str()));
        if cells.insert(row.record, set.collect()).is_some() {
            return Err(OperationError::usage(format!(
                "record {} is there twice; give all its new values in one row",
                row.record
            )));
        }
    }
    let begin = |source: &RejectedSource<'_>, _: &CorrectionDraft| {
        let open = open_records(&*source.context.ledger, &source.row)?;
        all_open(reference, &open, cells.keys().copied())?;
        if cells.is_empty() {
            return Err(OperationError::usage("nothing to send: there are no rows"));
        }
        let parts = Parts {
            going: cells.keys().copied().collect(),
            dismissed: BTreeMap::new(),
            open,
        };
        file_of(source, &cells, parts).map(Some)
    };
    carry_out(site, reference, id, &begin, caller)
}

/// Sends a corrected rejects file off as it is, whatever the draft has. Which of the open records it corrects, its run says.
///
/// # Errors
/// As [`submit`].
pub(crate) fn submit_file(
    site: &Site,
    reference: &ReferenceId,
    (file, id): (&[u8], &str),
    caller: &dyn Caller,
) -> Result<Submitted> {
    let begin = |source: &RejectedSource<'_>, _: &CorrectionDraft| {
        let open = open_records(&*source.context.ledger, &source.row)?;
        if open.is_empty() {
            return Err(OperationError::usage(format!(
                "no rejected record of run {reference} is open"
            )));
        }
        let parts = Parts {
            going: open.clone(),
            dismissed: BTreeMap::new(),
            open,
        };
        let file = file.to_vec();
        Ok(Some(Outgoing { parts, file }))
    };
    carry_out(site, reference, id, &begin, caller)
}

/// What is to be sent, with the file of it.
struct Outgoing {
    parts: Parts,
    file: Vec<u8>,
}

fn file_of(
    source: &RejectedSource<'_>,
    cells: &ChangedCells<'_>,
    parts: Parts,
) -> Result<Outgoing> {
    let mut file = Vec::new();
    if !parts.going.is_empty() {
        corrected_file::write(source, &parts.going, cells, &mut file)?;
    }
    Ok(Outgoing { parts, file })
}

/// Makes what is sent; `None`: the draft is another one than the person saw.
type Begin<'b> = &'b dyn Fn(&RejectedSource<'_>, &CorrectionDraft) -> Result<Option<Outgoing>>;

fn carry_out(
    site: &Site,
    reference: &ReferenceId,
    id: &str,
    begin: Begin<'_>,
    caller: &dyn Caller,
) -> Result<Submitted> {
    check_id(id)?;
    let row = correctable(site, reference)?;
    let Some(_lock) = lock(site, &row)? else {
        let draft = draft_file::load(site, reference)?;
        let Some(submission) = draft.submission(id) else {
            return Err(RunError::Busy(format!(
                "other corrections of {} are being sent; try again when they are done",
                row.integration
            ))
            .into());
        };
        return told(site, &row, submission, SubmissionState::UnderWay);
    };
    let draft = draft_file::load(site, reference)?;
    let submission = match draft.submission(id) {
        Some(known) => known.clone(),
        None => {
            if let Some(run) = run_that_closed(site, &row, id)? {
                return done(site, &row, Some(run));
            }
            match prepare(site, &row, id, begin)? {
                Some(new) => new,
                None => {
                    let changed = done(site, &row, None)?;
                    let state = SubmissionState::DraftChanged;
                    return Ok(Submitted { state, ..changed });
                }
            }
        }
    };
    match submission.ended {
        Some(_) => told(site, &row, &submission, SubmissionState::Done),
        None => send(site, &row, &submission, caller),
    }
}

/// Refuses what is no one-time ID.
fn check_id(id: &str) -> Result<()> {
    match id.len() == ID_LETTERS && id.bytes().all(|b| b.is_ascii_lowercase()) {
        true => Ok(()),
        false => Err(OperationError::usage(format!(
            "the one-time ID is not one: it has {ID_LETTERS} letters from a to z; open the page again"
        ))),
    }
}

/// The lock of submissions of an integration; `None`: another one is under way.
fn lock(site: &Site, row: &RunRow) -> Result<Option<Box<dyn HeldLock>>> {
    let name = format!("submission-{}", row.integration);
    Ok(site.coordination().try_lock(&name)?)
}

/// The name of the file of corrections: that of the rejects file, with the one-time ID.
fn file_name(row: &RunRow, id: &str) -> String {
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let (stem, extension) = stem_and_extension(row.resubmission_of.as_ref(), name);
    let stem: String = stem.chars().take(STEM_CHARACTERS).collect();
    let dot = if extension.is_empty() { "" } else { "." };
    format!("{stem}.{}.rejects-{id}{dot}{extension}", row.reference)
}

/// Writes the file of corrections, and then the draft that says that it is sent.
fn prepare(site: &Site, row: &RunRow, id: &str, begin: Begin<'_>) -> Result<Option<Submission>> {
    let source = RejectedSource::open(site, &row.reference)?;
    let _lock = draft_file::lock(site)?;
    let mut draft = draft_file::load(site, &row.reference)?;
    let Some(outgoing) = begin(&source, &draft)? else {
        return Ok(None);
    };
    let file = file_name(row, id);
    if !outgoing.parts.going.is_empty() {
        let folder = site.correction_drafts();
        put_whole(&site.disk, &folder, &file, &outgoing.file)?;
    }
    let submission = Submission {
        id: id.to_owned(),
        by: site.user().to_owned(),
        at: now(site),
        file,
        records: outgoing.parts.going.into_iter().collect(),
        dismissed: outgoing.parts.dismissed,
        ended: None,
    };
    draft.submissions.push(submission.clone());
    draft_file::save(site, &row.reference, &draft)?;
    Ok(Some(submission))
}

/// Gives the commands of a submission, as far as they have not been carried out, and notes its end.
fn send(
    site: &Site,
    row: &RunRow,
    submission: &Submission,
    caller: &dyn Caller,
) -> Result<Submitted> {
    let mut responses = Vec::new();
    let file = site.correction_drafts().join(&submission.file);
    let mut run = run_of(site, row, submission)?;
    if run.is_none() && !submission.records.is_empty() && file.is_file() {
        let command = Command::Resubmit {
            reference: row.reference.clone(),
            file,
            accept: Vec::new(),
            why: None,
        };
        responses.push(dispatch(site, &command, caller)?);
        run = run_of(site, row, submission)?;
    }
    let under_way = run
        .as_ref()
        .is_some_and(|run| run.status == RunStatus::InProgress);
    let run = run.map(|run| run.reference);
    if !under_way && (run.is_some() || submission.records.is_empty()) {
        responses.extend(dismiss(site, row, submission, caller)?);
    }
    let failed = responses.iter().any(|r| !r.failure.is_empty());
    let refused = run.is_none() && (failed || !submission.records.is_empty());
    let state = match (under_way, refused) {
        // The process that takes the run up again needs its file.
        (true, _) => SubmissionState::UnderWay,
        (false, true) => SubmissionState::Refused,
        (false, false) => SubmissionState::Done,
    };
    if !under_way {
        finish(site, row, submission, (!refused).then_some(&run))?;
    }
    let flat = |of: fn(Response) -> Vec<String>| {
        let all = responses.iter().cloned();
        all.flat_map(of).collect::<Vec<String>>()
    };
    Ok(Submitted {
        state,
        run,
        sent: submission.records.len(),
        dismissed: submission.dismissed.len(),
        failure: flat(|response| response.failure),
        notes: flat(|response| response.notes),
        proof: proof(site, &row.reference)?,
    })
}

/// Dismisses the records that are still open, one command for each reason.
fn dismiss(
    site: &Site,
    row: &RunRow,
    submission: &Submission,
    caller: &dyn Caller,
) -> Result<Vec<Response>> {
    let open = open_records(&*site.ledger_for_reading()?, row)?;
    let mut by_reason: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (record, why) in &submission.dismissed {
        if open.contains(record) {
            by_reason.entry(why).or_default().push(*record);
        }
    }
    let mut responses = Vec::new();
    for (why, records) in by_reason {
        let command = Command::Dismiss {
            reference: row.reference.clone(),
            records,
            why: why.to_owned(),
        };
        responses.push(dispatch(site, &command, caller)?);
    }
    Ok(responses)
}

/// Notes the end of a submission; what is closed leaves the draft, and so does a submission that came to nothing. Where
/// nothing is open any more, the draft goes.
fn finish(
    site: &Site,
    row: &RunRow,
    submission: &Submission,
    end: Option<&Option<ReferenceId>>,
) -> Result<()> {
    let _lock = draft_file::lock(site)?;
    let ledger = site.ledger_for_reading()?;
    let before = draft_file::load(site, &row.reference)?;
    let mut draft = draft_file::load_open(site, &*ledger, row)?;
    // What others see of it has changed.
    draft.version += u64::from(draft.entries != before.entries);
    match end {
        Some(run) => {
            let mut known = draft.submissions.iter_mut();
            if let Some(known) = known.find(|s| s.id == submission.id) {
                known.ended = Some(SubmissionEnd { run: run.clone() });
            }
        }
        None => draft.submissions.retain(|s| s.id != submission.id),
    }
    if open_records(&*ledger, row)?.is_empty() {
        draft.submissions.retain(|s| s.ended.is_none());
    }
    // Before the draft: what it has of the submission leads back here.
    remove_whole(&site.disk, &site.correction_drafts(), &submission.file)?;
    draft_file::save(site, &row.reference, &draft)
}

/// The run that a submission has led to, if it has begun.
fn run_of(site: &Site, row: &RunRow, submission: &Submission) -> Result<Option<RunRow>> {
    let ledger = site.ledger_for_reading()?;
    let named = |run: &RunRow| run.source_name.as_deref() == Some(&submission.file);
    let runs = ledger.runs_made_of(row)?;
    Ok(runs.into_iter().find(named))
}

/// The run with this one-time ID among those that have closed rejected records of a run: its submission may have left
/// the draft.
fn run_that_closed(site: &Site, row: &RunRow, id: &str) -> Result<Option<ReferenceId>> {
    let ledger = site.ledger_for_reading()?;
    let places = ledger.rejected_places(row.number, 0, usize::MAX)?;
    let runs: BTreeSet<u32> = places.iter().filter_map(|place| place.closed_by).collect();
    for number in runs {
        let run = ledger.run(&ledger.reference(number)?)?;
        let name = run.as_ref().and_then(|run| run.source_name.as_deref());
        if name.is_some_and(|name| name.contains(id)) {
            return Ok(run.map(|run| run.reference));
        }
    }
    Ok(None)
}

fn told(
    site: &Site,
    row: &RunRow,
    submission: &Submission,
    state: SubmissionState,
) -> Result<Submitted> {
    let run = match &submission.ended {
        Some(end) => end.run.clone(),
        None => run_of(site, row, submission)?.map(|run| run.reference),
    };
    Ok(Submitted {
        state,
        sent: submission.records.len(),
        dismissed: submission.dismissed.len(),
        ..done(site, row, run)?
    })
}

fn done(site: &Site, row: &RunRow, run: Option<ReferenceId>) -> Result<Submitted> {
    Ok(Submitted {
        state: SubmissionState::Done,
        run,
        sent: 0,
        dismissed: 0,
        failure: Vec::new(),
        notes: Vec::new(),
        proof: proof(site, &row.reference)?,
    })
}
