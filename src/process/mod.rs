//! Floor 3: one file from its first byte to its totals. Still pure: bytes come from and go to a [`Desk`].
//!
//! A chunk of whole records is judged without sight of others ([`judge`]); an ordered stage ([`settle`]) then
//! resolves duplicates, sums up and writes. Conflicts within a file reject rows that may have been written before
//! the conflict was seen; the file is then judged once more with all its conflicts known.

pub mod desk;
pub mod job;
pub mod judge;
pub mod omission;
pub mod outcome;
pub mod record;
pub mod report;
pub mod row;
pub mod settle;
pub mod source;

pub use desk::{Desk, Writers};
pub use job::Job;
pub use outcome::Outcome;

use crate::domain::{Code, Kind, Severity};
use crate::format::Chunk;
use crate::format::control::Stated;
use crate::format::fault::FileFault;
use crate::matching::in_file::Conflicts;
use crate::matching::rejections::Rejections;
use desk::Result;
use judge::{Judge, JudgedChunk};
use settle::Settle;
use source::Source;

/// Judges a whole file.
///
/// # Errors
/// A fault that ends reading, with nothing to publish, or an I/O error of the desk.
pub fn process(job: &Job<'_>, desk: &dyn Desk, rejections: &mut Rejections) -> Result<Outcome> {
    let (outcome, found) = pass(job, desk, rejections, &Conflicts::default())?;
    let outcome = if found.is_empty() {
        outcome
    } else {
        rejections.reopen();
        pass(job, desk, rejections, &found)?.0
    };
    assert!(outcome.totals.close(), "the sums of a file must close");
    Ok(outcome)
}

fn pass(
    job: &Job<'_>,
    desk: &dyn Desk,
    rejections: &mut Rejections,
    conflicts: &Conflicts,
) -> Result<(Outcome, Conflicts)> {
    let mut source = Source::open(job.kind, desk.source()?, &job.reading)?;
    let layout = source.layout.clone();
    let head = std::mem::take(&mut source.head);
    let mut splitter = source.field_splitter();
    let mut settle = Settle::new(job, &layout, conflicts, rejections, desk.writers()?, head)?;
    let mut year = job.plan_years.named;
    let (mut chunk, mut judged) = (Chunk::default(), JudgedChunk::default());
    let mut judge = Judge::new(job, &layout, conflicts, year, &splitter);
    let mut first = 1;
    let mut trailer: Option<(Vec<u8>, u64)> = None;
    let mut fault = None;
    while source.next(&mut chunk)? {
        if let (Some((_, line)), Some(span)) = (&trailer, chunk.spans.first()) {
            fault.get_or_insert_with(|| after_trailer(*line, span.line));
        }
        if year.is_none() && job.kind == Kind::Deduction {
            year = judge.first_plan_year(&chunk, &mut splitter);
            judge = Judge::new(job, &layout, conflicts, year, &splitter);
        }
        judge.chunk(&chunk, &mut splitter, first, &mut judged);
        let encode = |record: &[u8], out: &mut Vec<u8>| source.encode_record(record, out);
        settle.chunk(&chunk, &judged, first, &mut splitter, &encode)?;
        first += judged.records.len() as u64;
        if let Some((bytes, line)) = judged.trailer.take() {
            if let Some(after) = judged.after_trailer {
                fault.get_or_insert_with(|| after_trailer(line, after));
            }
            trailer.get_or_insert((bytes, line));
        }
        desk.progress(chunk.text.len() as u64);
    }
    settle.outcome.plan_year = year;
    omission::settle(job, &layout, desk, &mut settle)?;
    let fault =
        fault.or_else(|| control(job, trailer.as_ref(), &mut splitter, &settle.outcome).err());
    if let Some(fault) = fault {
        settle.file_finding(
            fault.code,
            Severity::Error,
            fault.line,
            Some(("", &fault.detail)),
        )?;
        settle.outcome.fault = Some(fault);
    }
    settle.finish()
}

/// Compares the trailer with what was read.
fn control(
    job: &Job<'_>,
    trailer: Option<&(Vec<u8>, u64)>,
    splitter: &mut crate::format::fields::FieldSplitter,
    outcome: &Outcome,
) -> std::result::Result<(), FileFault> {
    let Some(control) = &job.reading.trailer else {
        return Ok(());
    };
    let Some((record, line)) = trailer else {
        if !job.reading.trailer_required {
            return Ok(());
        }
        let detail = format!(
            "the `{}` record at the end of the file is missing",
            control.marker
        );
        return Err(FileFault::new(Code::ControlTotal, 0, detail));
    };
    let stated: Stated = control.read(record, &splitter.split(record), *line)?;
    let totals = &outcome.totals;
    stated.check(totals.processed, totals.employee.read, totals.employer.read)
}

fn after_trailer(trailer: u64, record: u64) -> FileFault {
    let detail = format!("a record on line {record} follows the trailer of line {trailer}");
    FileFault::new(Code::ControlTotal, record, detail)
}
