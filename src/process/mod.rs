//! One file from its first byte to its totals. Pure: bytes come from and go to a [`RunIo`].
//!
//! A chunk of whole records is judged without knowledge of other chunks ([`judge`]); an ordered stage ([`merge`]) then
//! finds duplicates, sums up and writes. Conflicts within a file reject rows that may have been written before the
//! conflict was seen; the file is then judged once more with all its conflicts known.
//!
//! What differs between the kinds of record is in [`demographic`] and [`deduction`], behind [`kind::RecordKind`].

mod account;
mod corrections;
mod deduction;
mod demographic;
pub(crate) mod description;
mod held_list;
pub(crate) mod job;
mod judge;
mod judged;
mod kind;
mod later_years;
mod leading_zeros;
mod left_scope;
mod linking;
mod lookup;
mod lost_columns;
mod meant_row;
mod merge;
mod missing_deductions;
mod omission;
pub(crate) mod outcome;
mod own_advice;
mod people_of_file;
mod pipeline;
pub(crate) mod plan_year;
mod presence;
pub(crate) mod record;
mod rehires;
pub(crate) mod rejected;
mod rejects;
mod rejects_table;
mod report;
mod row;
pub(crate) mod ruled;
pub(crate) mod run_io;
mod samples;
mod shape;
mod shown_person;
pub(crate) mod source;
mod state;
mod stop_rows;
mod sync_source;
mod testers;
mod torn;
mod unnamed;

pub use job::{JobSpec, RunIdentity};
pub use outcome::Outcome;
pub(crate) use people_of_file::for_each_person;
pub(crate) use rejects_table::{as_table, is_table};
pub use run_io::{RunIo, Writers};
pub(crate) use samples::samples;
pub(crate) use sync_source::{SyncSource, sync_reading};

use crate::domain::{Code, Kind, Severity};
use crate::format::control::Stated;
use crate::format::error_file::ErrorFileWriter;
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::matching::duplicates::Conflicts;
use crate::matching::rejections::OpenRejections;
use account::Account;
use deduction::Deduction;
use demographic::Demographic;
use job::FileContext;
use judged::Trailer;
use kind::RecordKind;
use merge::Merge;
use run_io::Result;
use shown_person::ShownPerson;

/// Called from any thread with the number of bytes that were judged since the last call.
type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// Judges a whole file for a run, or for none.
///
/// # Errors
/// A fault that ends reading, with nothing to publish, or an I/O error.
pub fn process(
    job: &JobSpec<'_>,
    run: Option<&RunIdentity>,
    io: &dyn RunIo,
    rejections: &mut OpenRejections,
    progress: Progress<'_>,
) -> Result<Outcome> {
    match job.kind {
        Kind::Demographic => passes::<Demographic>(job, run, io, rejections, progress),
        Kind::Deduction => passes::<Deduction>(job, run, io, rejections, progress),
        Kind::Accounts => passes::<Account>(job, run, io, rejections, progress),
    }
}

/// Writes the error file of a file that is held before any of its records is judged.
///
/// # Errors
/// It can't be written.
pub(crate) fn write_hold(io: &dyn RunIo, holds: &[(Code, String)]) -> std::io::Result<()> {
    ErrorFileWriter::new(io.writers()?.errors, holds)?.flush()
}

fn passes<K: RecordKind>(
    job: &JobSpec<'_>,
    run: Option<&RunIdentity>,
    io: &dyn RunIo,
    rejections: &mut OpenRejections,
    progress: Progress<'_>,
) -> Result<Outcome> {
    let mut known = Conflicts::default();
    let (mut outcome, mut found) = pass::<K>(job, run, io, rejections, &known, progress)?;
    // A second pass where keys come twice, identities are shared or move; a third where rows of one key differ, and where
    // those who share an identity are one person; one more where the messages of conflicts can name all rows.
    while found != known {
        rejections.reopen();
        known = found;
        (outcome, found) = pass::<K>(job, run, io, rejections, &known, &|_| ())?;
    }
    assert!(outcome.totals.close(), "the sums of a file must close");
    Ok(outcome)
}

fn pass<K: RecordKind>(
    job: &JobSpec<'_>,
    run: Option<&RunIdentity>,
    io: &dyn RunIo,
    rejections: &mut OpenRejections,
    conflicts: &Conflicts,
    progress: Progress<'_>,
) -> Result<(Outcome, Conflicts)> {
    let mut source = shape::open(job, || io.source())?;
    let (layout, lines) = (source.layout.clone(), source.lines.clone());
    let writers = io.writers()?;
    let mut splitter = source.field_splitter();
    let mut context = FileContext {
        job,
        run,
        layout: &layout,
        shape: source.shape,
        lines: &lines,
        conflicts,
        year: plan_year::named(job),
        splitter: &splitter.clone(),
    };
    let rejects = source.rejects.clone();
    let mut merge = Merge::<K>::new(context, rejections, writers, rejects)?;
    for said in lost_columns::headers_not_found(job, &layout) {
        let nobody = ShownPerson::default();
        let about = Some((&nobody, said.as_str()));
        merge.file_finding(Code::ColumnNotFound, Severity::Warning, 0, about)?;
    }
    if K::KIND.has_plan_years() && context.year.is_none() {
        context.year = plan_year::of_file::<K, _>(context, &mut source, || io.source())?;
    }
    merge.outcome.set_aside.append(&source.set_aside);
    pipeline::run(context, &mut source, &mut merge, progress)?;
    merge.outcome.plan_year = context.year;
    merge.outcome.shape = layout.measured;
    merge.outcome.rejects_table = job.reading.fixed.is_some();
    merge.outcome.later = merge.later.finish()?;
    missing_deductions::list_amounts(job, io, &mut merge)?;
    omission::report_out_of_scope(io, &mut merge)?;
    if K::FILLS_ROSTER {
        omission::report(job, &layout, io, &mut merge)?;
    } else {
        stop_rows::write_effects(job, &layout, io, &mut merge)?;
        missing_deductions::report(job, &layout, io, &mut merge)?;
        account::end_missing(job, &mut merge)?;
    }
    let fault = merge.fault.take();
    let fault = fault.or_else(|| {
        let trailer = merge.trailer.as_ref();
        control(job, source.stated, trailer, &mut splitter, &merge.outcome).err()
    });
    if let Some(fault) = fault {
        let nobody = ShownPerson::default();
        let about = Some((&nobody, fault.detail.as_str()));
        merge.file_finding(fault.code, Severity::Error, fault.line, about)?;
        merge.outcome.fault = Some(fault);
    }
    testers::remember(io, &mut merge)?;
    rehires::store_former(job, io, &mut merge)?;
    let (outcome, mut found, moves) = merge.finish()?;
    if K::FILLS_ROSTER {
        let names = rehires::names(job, io, &moves.leavers())?;
        found.settle(moves, job.known.rehire, &names);
    }
    Ok((outcome, found))
}

/// Compares the control records with what was read.
fn control(
    job: &JobSpec<'_>,
    header: Option<Stated>,
    trailer: Option<&Trailer>,
    splitter: &mut FieldSplitter,
    outcome: &Outcome,
) -> std::result::Result<(), FileFault> {
    // They say what the whole file holds.
    let (totals, later) = (&outcome.totals, &outcome.later);
    let mut amounts = [totals.employee.read, totals.employer.read];
    amounts[0] += later.employee;
    amounts[1] += later.employer;
    let records = totals.processed + later.records;
    let agrees = |s: Stated| s.check(records, amounts[0], amounts[1]);
    if let Some(header) = header {
        agrees(header)?;
    }
    let Some(control) = &job.reading.trailer else {
        return Ok(());
    };
    let Some(trailer) = trailer else {
        if !job.reading.trailer_required {
            return Ok(());
        }
        let detail = format!(
            "the `{}` record at the end of the file is missing",
            control.marker
        );
        return Err(FileFault::new(Code::ControlTotal, 0, detail));
    };
    let fields = splitter.split(&trailer.record);
    let forms = job.reading.amounts;
    agrees(control.read(&trailer.record, &fields, trailer.line, forms)?)
}

#[cfg(test)]
mod tests;
