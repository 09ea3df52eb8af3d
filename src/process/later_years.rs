//! Rows of later plan years than the run's. Where the integration splits files they go into a file of their own, as they
//! came, and only what control records add up counts them.

use super::job::FileContext;
use super::judged::{JudgedChunk, LaterRow, Note};
use super::kind::RecordKind;
use super::presence;
use super::record::RawRecord;
use super::rejects::{RejectsFormat, RejectsWriter};
use crate::domain::Cents;
use crate::format::Chunk;
use crate::matching::roster::Employee;
use std::io::{self, Write};

/// How much of a file is of later plan years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaterYears {
    pub records: u64,
    pub employee: Cents,
    pub employer: Cents,
}

/// Takes a selected record out of the run if the file is split and the record is of a later year. What the bytes of a
/// `broken` one mean is in doubt, so it stays and is rejected.
pub(super) fn take<K: RecordKind>(
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    found: Option<(usize, &Employee)>,
    (place, note): (u32, &Note),
    out: &mut JudgedChunk,
) -> bool {
    let FileContext {
        job, layout, year, ..
    } = context;
    let later = |year| K::plan_year(job, layout, &raw.fields).is_some_and(|own| own > year);
    if !job.plan_years.split || raw.broken.is_some() || !year.is_some_and(later) {
        return false;
    }
    // A full file lacks no deduction of which it has any row.
    presence::skipped::<K>(context, &raw.fields, found, &mut out.presence);
    let cents = |column: K::Column| context.cents(&raw.fields, column);
    out.later.push(LaterRow {
        place,
        included: note.included,
        cents: K::AMOUNTS.map_or([0; 2], |amounts| amounts.map(cents)),
    });
    true
}

/// Writes the rows of later years in the order of the file.
pub(super) struct LaterWriter<'a> {
    rows: RejectsWriter<'a>,
    written: LaterYears,
}

impl<'a> LaterWriter<'a> {
    pub(super) fn new(inner: Box<dyn Write + Send + 'a>, format: RejectsFormat) -> Self {
        LaterWriter {
            rows: RejectsWriter::new(inner, format),
            written: LaterYears::default(),
        }
    }

    /// Writes those of a chunk; `included` gets their positions in Include Employees.
    pub(super) fn chunk(
        &mut self,
        chunk: &Chunk,
        judged: &JudgedChunk,
        included: &mut Vec<usize>,
    ) -> io::Result<()> {
        for row in &judged.later {
            let span = &chunk.spans[row.place as usize];
            self.rows.push(&chunk.text[span.start..span.next], false)?;
            included.extend(row.included);
            self.written.records += 1;
            self.written.employee += row.cents[0].into();
            self.written.employer += row.cents[1].into();
        }
        Ok(())
    }

    /// Hands what is buffered to the operating system, and tells how much it was; call it after the last chunk.
    pub(super) fn finish(&mut self) -> io::Result<LaterYears> {
        self.rows.finish()?;
        Ok(self.written)
    }
}
