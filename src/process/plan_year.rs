//! The plan year that a file is about, found without reading further than the record that decides it.

use super::deduction::Deduction;
use super::job::{FileContext, JobSpec};
use super::judge::Judge;
use super::kind::RecordKind;
use super::run_io::Result;
use super::source::SourceReader;
use crate::domain::Kind;
use crate::format::Chunk;
use crate::matching::duplicates::Conflicts;
use crate::rules::plan_year::PlanYear;
use std::io::{self, Read};

/// The plan year that [`super::process`] would judge a source by: the one its parameters name, else the preferred one if
/// any record is of it, else that of the first record with a readable one. `open` gives the source from its first byte.
///
/// # Errors
/// A fault of the file before that record, or an I/O error.
pub(crate) fn plan_year<R: Read>(
    job: &JobSpec<'_>,
    open: impl Fn() -> io::Result<R>,
) -> Result<Option<PlanYear>> {
    if let Some(named) = job.plan_years.named {
        return Ok(Some(named));
    }
    match job.kind {
        Kind::Demographic => Ok(None),
        Kind::Deduction => search::<Deduction, R>(job, open),
    }
}

/// The plan year of a file whose parameters name none. `source` stays where it is: usually its first chunk decides.
pub(super) fn of_file<K: RecordKind, R: Read>(
    context: FileContext<'_>,
    source: &mut SourceReader<R>,
    open: impl Fn() -> io::Result<R>,
) -> Result<Option<PlanYear>> {
    let job = context.job;
    if job.plan_years.preferred.is_none() {
        let mut chunk = Chunk::default();
        if !source.next(&mut chunk)? {
            return Ok(None);
        }
        let mut judge = Judge::<K>::new(context);
        let found = judge.first_plan_year(&chunk, &mut context.splitter.clone(), |_| true);
        source.reader.put_back(chunk);
        if found.is_some() {
            return Ok(found);
        }
    }
    search::<K, R>(job, open)
}

fn search<K: RecordKind, R: Read>(
    job: &JobSpec<'_>,
    open: impl Fn() -> io::Result<R>,
) -> Result<Option<PlanYear>> {
    if let Some(preferred) = job.plan_years.preferred {
        let found = first::<K, R>(job, open()?, |year| year == preferred)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    first::<K, R>(job, open()?, |_| true)
}

/// The plan year of the first record that has a readable one, of those that are `wanted`.
fn first<K: RecordKind, R: Read>(
    job: &JobSpec<'_>,
    source: R,
    wanted: impl Fn(PlanYear) -> bool,
) -> Result<Option<PlanYear>> {
    let mut source = SourceReader::open(job.kind, source, &job.reading)?;
    let layout = source.layout.clone();
    let mut splitter = source.field_splitter();
    let context = FileContext {
        job,
        run: None,
        layout: &layout,
        conflicts: &Conflicts::default(),
        year: None,
        splitter: &splitter.clone(),
    };
    let mut judge = Judge::<K>::new(context);
    let mut chunk = Chunk::default();
    while source.next(&mut chunk)? {
        let found = judge.first_plan_year(&chunk, &mut splitter, &wanted);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
