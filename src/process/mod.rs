//! Floor 3: one file from its first byte to its totals. Still pure: bytes come from and go to a [`Desk`].
//!
//! A chunk of whole records is judged without sight of others ([`judge`]); an ordered stage ([`settle`]) then
//! resolves duplicates, sums up and writes. Conflicts within a file reject rows that may have been written before
//! the conflict was seen; the file is then judged once more with all its conflicts known.

pub(crate) mod desk;
pub(crate) mod job;
pub(crate) mod judge;
pub(crate) mod judged;
pub(crate) mod omission;
pub(crate) mod outcome;
mod pipeline;
pub(crate) mod plan_year;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod row;
pub(crate) mod settle;
pub(crate) mod source;
pub(crate) mod state;

pub use desk::{Desk, Writers};
pub use job::Job;
pub use outcome::Outcome;

use crate::domain::{Code, Kind, Severity};
use crate::format::Chunk;
use crate::format::control::Stated;
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::matching::in_file::Conflicts;
use crate::matching::rejections::Rejections;
use desk::Result;
use judge::Judge;
use judged::JudgedChunk;
use pipeline::Bench;
use settle::Settle;
use source::Source;
use std::io::Read;

/// Judges a whole file; `progress` is told how many more bytes of it are judged, from any thread.
///
/// # Errors
/// A fault that ends reading, with nothing to publish, or an I/O error of the desk.
pub fn process(
    job: &Job<'_>,
    desk: &dyn Desk,
    rejections: &mut Rejections,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Outcome> {
    let mut known = Conflicts::default();
    let (mut outcome, mut found) = pass(job, desk, rejections, &known, progress)?;
    // A second pass where keys come twice or identities are shared; a third where rows of one key differ.
    while found != known {
        rejections.reopen();
        known = found;
        (outcome, found) = pass(job, desk, rejections, &known, &|_| ())?;
    }
    assert!(outcome.totals.close(), "the sums of a file must close");
    Ok(outcome)
}

fn pass(
    job: &Job<'_>,
    desk: &dyn Desk,
    rejections: &mut Rejections,
    conflicts: &Conflicts,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Outcome, Conflicts)> {
    let mut source = Source::open(job.kind, desk.source()?, &job.reading)?;
    let layout = source.layout.clone();
    let rejects = (std::mem::take(&mut source.head), source.encoder());
    let mut splitter = source.field_splitter();
    let mut settle = Settle::new(
        job,
        &layout,
        conflicts,
        rejections,
        desk.writers()?,
        rejects,
    )?;
    let mut bench = Bench {
        job,
        layout: &layout,
        conflicts,
        year: job.plan_years.named,
        splitter: &splitter.clone(),
        progress,
    };
    let mut first = 1;
    // Reads the source once more; only corrections prefer a year.
    if let (None, Some(preferred)) = (bench.year, job.plan_years.preferred) {
        bench.year = plan_year::first(job, desk.source()?, |year| year == preferred)?;
    }
    if job.kind == Kind::Deduction && bench.year.is_none() {
        first = until_plan_year(&mut bench, &mut source, &mut splitter, &mut settle)?;
    }
    pipeline::run(bench, &mut source, first, &mut settle)?;
    settle.outcome.plan_year = bench.year;
    omission::settle(job, &layout, desk, &mut settle)?;
    let fault = settle.fault.take();
    let fault = fault.or_else(|| {
        let trailer = settle.trailer.as_ref();
        control(job, source.stated, trailer, &mut splitter, &settle.outcome).err()
    });
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

/// Judges chunk by chunk until a record shows the run's plan year, which every later record is judged by; returns the
/// number of the next record.
fn until_plan_year<R: Read>(
    bench: &mut Bench<'_>,
    source: &mut Source<R>,
    splitter: &mut FieldSplitter,
    settle: &mut Settle<'_>,
) -> Result<u64> {
    let (mut chunk, mut judged) = (Chunk::default(), JudgedChunk::default());
    let mut first = 1;
    while bench.year.is_none() && source.next(&mut chunk)? {
        let judge = |year| {
            Judge::new(
                bench.job,
                bench.layout,
                bench.conflicts,
                year,
                bench.splitter,
            )
        };
        let year = judge(None).first_plan_year(&chunk, splitter, |_| true);
        judge(year).chunk(&chunk, splitter, first, &mut judged);
        settle.chunk(&chunk, &mut judged, splitter)?;
        first += chunk.spans.len() as u64;
        (bench.progress)(chunk.text.len() as u64);
        bench.year = year;
    }
    Ok(first)
}

/// Compares the control records with what was read.
fn control(
    job: &Job<'_>,
    header: Option<Stated>,
    trailer: Option<&(Vec<u8>, u64)>,
    splitter: &mut FieldSplitter,
    outcome: &Outcome,
) -> std::result::Result<(), FileFault> {
    let totals = &outcome.totals;
    let agrees = |s: Stated| s.check(totals.processed, totals.employee.read, totals.employer.read);
    if let Some(header) = header {
        agrees(header)?;
    }
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
    agrees(control.read(record, &splitter.split(record), *line)?)
}

#[cfg(test)]
mod tests;
