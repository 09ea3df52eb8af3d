//! The plan year that a file is about, found without reading further than the records that decide it.

use super::deduction::Deduction;
use super::job::{FileContext, JobSpec};
use super::kind::RecordKind;
use super::lookup::Lookup;
use super::record::subscriber_hash;
use super::run_io::Result;
use super::shape::{self, ShapeRules};
use super::source::SourceReader;
use crate::domain::column::{KindColumns, Type};
use crate::format::Chunk;
use crate::format::clean::clean_as;
use crate::format::fields::FieldSplitter;
use crate::matching::duplicates::Conflicts;
use crate::rules::plan_year::PlanYear;
use crate::select::KnownPerson;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::marker::PhantomData;

/// How many records with a readable plan year decide which one the file is about.
const DECIDING: u64 = 1_000;

/// The plan year that the parameters name. Corrections may be of another one, whatever their run's parameters.
pub(super) fn named(job: &JobSpec<'_>) -> Option<PlanYear> {
    job.plan_years.named.filter(|_| job.corrects.is_none())
}

/// The plan year that [`super::process`] would judge a source by; see [`Years::decide`]. `open` gives the source from its
/// first byte.
///
/// # Errors
/// A fault of the file before the records that decide, or an I/O error. Of a file that is split, the years before it are
/// enough: the fault ends its run as well.
pub(crate) fn plan_year<R: Read>(
    job: &JobSpec<'_>,
    open: impl Fn() -> io::Result<R>,
) -> Result<Option<PlanYear>> {
    if let Some(named) = named(job) {
        return Ok(Some(named));
    }
    if !job.kind.has_plan_years() {
        return Ok(None);
    }
    let mut years = Years::new(job);
    match read::<Deduction, R>(job, open, |year| years.decided_by(year)) {
        Err(error) if !job.plan_years.split || years.of.is_empty() => Err(error),
        _ => Ok(years.decide()),
    }
}

/// The plan year of a file whose parameters name none. `source` stays where it is: usually its first chunk decides.
pub(super) fn of_file<K: RecordKind, R: Read>(
    context: FileContext<'_>,
    source: &mut SourceReader<R>,
    open: impl Fn() -> io::Result<R>,
) -> Result<Option<PlanYear>> {
    let mut chunk = Chunk::default();
    if !source.next(&mut chunk)? {
        return Ok(Years::new(context.job).decide());
    }
    let mut years = Years::new(context.job);
    let mut reader = YearReader::<K>::new(context);
    let mut splitter = context.splitter.clone();
    let mut found = reader.years(&chunk, &mut splitter);
    let decided = found.any(|year| years.decided_by(year)) || chunk.is_last();
    drop(found);
    source.reader.put_back(chunk);
    if !decided {
        years = Years::new(context.job);
        read::<K, R>(context.job, open, |year| years.decided_by(year))?;
    }
    Ok(years.decide())
}

/// Reads the plan years of a source's records until `enough` says of one that it is the last that matters.
fn read<K: RecordKind, R: Read>(
    job: &JobSpec<'_>,
    open: impl Fn() -> io::Result<R>,
    mut enough: impl FnMut(PlanYear) -> bool,
) -> Result<()> {
    let mut source = shape::open(job, open)?;
    let (layout, lines) = (source.layout.clone(), source.lines.clone());
    let mut splitter = source.field_splitter();
    let context = FileContext {
        job,
        run: None,
        layout: &layout,
        shape: source.shape,
        lines: &lines,
        conflicts: &Conflicts::default(),
        year: None,
        splitter: &splitter.clone(),
    };
    let mut reader = YearReader::<K>::new(context);
    let mut chunk = Chunk::default();
    while source.next(&mut chunk)? {
        if reader.years(&chunk, &mut splitter).any(&mut enough) {
            break;
        }
    }
    Ok(())
}

/// Reads the plan years of a file's records.
struct YearReader<'j, K> {
    context: FileContext<'j>,
    shapes: ShapeRules<'j>,
    lookup: Lookup<'j>,
    kind: PhantomData<K>,
}

impl<'j, K: RecordKind> YearReader<'j, K> {
    fn new(context: FileContext<'j>) -> YearReader<'j, K> {
        YearReader {
            context,
            shapes: ShapeRules::new(context),
            lookup: Lookup::new(&context.job.known),
            kind: PhantomData,
        }
    }

    /// Those of the selected records of a chunk that have a readable one, in the order of the file.
    fn years(
        &mut self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
    ) -> impl Iterator<Item = PlanYear> {
        let FileContext {
            job, layout, lines, ..
        } = self.context;
        chunk.spans.iter().filter_map(move |span| {
            let bytes = &chunk.text[span.start..span.end];
            let fields = chunk.fields(span, splitter);
            let ends = span.next == span.end;
            let selection = &job.selection;
            if self.shapes.misshape(bytes, &fields, ends).is_some()
                || (job.plan_years.split && chunk.is_broken(span))
                || fields.misplaced().is_some()
                || selection.leaves_out(layout, &fields, false)
                || lines.is_trailer(bytes, &fields)
            {
                return None;
            }
            let id = clean_as(
                Type::SubscriberId,
                layout.get(&fields, K::Column::SHARED.id),
            );
            let known = self.lookup.employee(subscriber_hash(&job.key, id));
            let known = KnownPerson::of(known.map(|(_, e)| e), K::FILLS_ROSTER);
            let selected = selection.judge::<K::Column>(layout, &fields, &job.fields, known);
            if selected.skip.is_some() {
                return None;
            }
            K::plan_year(job, layout, &fields)
        })
    }
}

/// The plan years of a file's records, as far as they can be read.
struct Years<'a> {
    job: &'a JobSpec<'a>,
    counted: u64,
    /// How many of the first records have which one.
    of: BTreeMap<PlanYear, u64>,
}

impl<'a> Years<'a> {
    fn new(job: &'a JobSpec<'a>) -> Years<'a> {
        Years {
            job,
            counted: 0,
            of: BTreeMap::new(),
        }
    }

    /// Counts a record; whether enough are counted then.
    fn decided_by(&mut self, year: PlanYear) -> bool {
        self.counted += 1;
        *self.of.entry(year).or_default() += u64::from(self.counted <= DECIDING);
        let rules = &self.job.plan_years;
        if rules.split {
            rules.years.iter().min() == Some(&year)
        } else if self.job.corrects.is_some() {
            self.of.len() > 1 && self.of_parent().is_some()
        } else {
            self.counted == DECIDING
        }
    }

    /// The year of the run that is corrected, if the corrections have to be of that one as soon as they are not all of one
    /// year.
    fn of_parent(&self) -> Option<PlanYear> {
        let rules = &self.job.plan_years;
        let has = |year: &PlanYear| self.of.contains_key(year);
        rules.named.or(rules.preferred.filter(has))
    }

    /// The year that the file is about: the earliest if it is split; of corrections the only one, or that of their run;
    /// else the one that most of the first records have, of several the earliest.
    fn decide(&self) -> Option<PlanYear> {
        if self.job.plan_years.split || (self.job.corrects.is_some() && self.of.len() == 1) {
            return self.of.keys().next().copied();
        }
        let of_parent = self.of_parent().filter(|_| self.job.corrects.is_some());
        let most = || {
            self.of
                .iter()
                .max_by_key(|(year, n)| (**n, Reverse(**year)))
        };
        of_parent.or_else(|| most().map(|(year, _)| *year))
    }
}
