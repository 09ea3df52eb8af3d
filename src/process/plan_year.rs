//! The plan year that a file is about, found without reading further than the records that decide it.

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
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// How many records with a readable plan year decide which one the file is about.
const DECIDING: u64 = 1_000;

/// The plan year that [`super::process`] would judge a source by: the one its parameters name, else the preferred one if
/// any record is of it, else the one that most of the first records have. `open` gives the source from its first byte.
///
/// # Errors
/// A fault of the file before the records that decide, or an I/O error.
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
    if context.job.plan_years.preferred.is_none() {
        let mut chunk = Chunk::default();
        if !source.next(&mut chunk)? {
            return Ok(None);
        }
        let mut votes = Votes::default();
        let mut judge = Judge::<K>::new(context);
        let mut splitter = context.splitter.clone();
        let mut years = judge.plan_years(&chunk, &mut splitter);
        let decided = years.any(|year| votes.decided_by(year)) || chunk.is_last();
        drop(years);
        source.reader.put_back(chunk);
        if decided {
            return Ok(votes.most());
        }
    }
    search::<K, R>(context.job, open)
}

fn search<K: RecordKind, R: Read>(
    job: &JobSpec<'_>,
    open: impl Fn() -> io::Result<R>,
) -> Result<Option<PlanYear>> {
    if let Some(preferred) = job.plan_years.preferred {
        let mut found = false;
        read::<K, R>(job, open()?, |year| {
            found = year == preferred;
            found
        })?;
        if found {
            return Ok(Some(preferred));
        }
    }
    let mut votes = Votes::default();
    read::<K, R>(job, open()?, |year| votes.decided_by(year))?;
    Ok(votes.most())
}

/// Reads the plan years of a source's records until `enough` says of one that it is the last that matters.
fn read<K: RecordKind, R: Read>(
    job: &JobSpec<'_>,
    source: R,
    mut enough: impl FnMut(PlanYear) -> bool,
) -> Result<()> {
    let mut source = SourceReader::open(job.kind, source, &job.reading)?;
    let (layout, lines) = (source.layout.clone(), source.lines.clone());
    let mut splitter = source.field_splitter();
    let context = FileContext {
        job,
        run: None,
        layout: &layout,
        lines: &lines,
        conflicts: &Conflicts::default(),
        year: None,
        splitter: &splitter.clone(),
    };
    let mut judge = Judge::<K>::new(context);
    let mut chunk = Chunk::default();
    while source.next(&mut chunk)? {
        if judge.plan_years(&chunk, &mut splitter).any(&mut enough) {
            break;
        }
    }
    Ok(())
}

/// How many of the first records with a readable plan year have which one.
#[derive(Default)]
struct Votes {
    counted: u64,
    of: BTreeMap<PlanYear, u64>,
}

impl Votes {
    /// Counts a record; whether enough are counted then.
    fn decided_by(&mut self, year: PlanYear) -> bool {
        *self.of.entry(year).or_default() += 1;
        self.counted += 1;
        self.counted == DECIDING
    }

    /// The year that most have; of several, the earliest.
    fn most(&self) -> Option<PlanYear> {
        let (year, _) = self
            .of
            .iter()
            .max_by_key(|(year, n)| (**n, Reverse(**year)))?;
        Some(*year)
    }
}
