//! Rejected records of a file, read again as their run has read them: to show them, and to make the file of their
//! corrections.

use super::job::{FileContext, JobSpec};
use super::judged::JudgedChunk;
use super::kind::RecordKind;
use super::record::{RawRecord, Record, RecordReader, subscriber_hash};
use super::rejects::RejectsFormat;
use super::report;
use super::run_io::Result;
use super::shape::{self, ShapeRules};
use super::shown_person::ShownPerson;
use super::source::SourceReader;
use super::{Account, Deduction, Demographic};
use crate::domain::column::KindColumns;
use crate::domain::{Finding, Kind, Position};
use crate::format::csv_rows::CsvRows;
use crate::format::error_file::{COLUMNS, ListedFinding};
use crate::format::fields::FixedField;
use crate::format::replaced_fields::{Unwritable, replaced};
use crate::format::split::Shape;
use crate::format::{Chunk, Fields, Layout};
use crate::matching::duplicates::Conflicts;
use crate::validate::Findings;
use crate::validate::findings::{RecordFinding, Target};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// A file with rejected records.
pub(crate) struct RejectedReader<'j, R> {
    job: &'j JobSpec<'j>,
    source: SourceReader<R>,
}

/// A record of it.
pub(crate) struct ReadRecord<'a> {
    pub(crate) position: Position,
    pub(crate) fields: Fields<'a>,
    /// Without its line end.
    bytes: &'a [u8],
    line_end: &'a [u8],
    /// Whether it holds bytes that are not UTF-8.
    broken: bool,
    /// Whether nothing follows it in the file.
    ends: bool,
    shape: Shape,
    fixed: Option<&'a [FixedField]>,
}

impl ReadRecord<'_> {
    /// The record with its line end, byte for byte.
    pub(crate) fn whole(&self) -> Vec<u8> {
        [self.bytes, self.line_end].concat()
    }

    /// The record with its line end, with new text in the fields of these numbers.
    ///
    /// # Errors
    /// The field whose text can't be written, and why.
    pub(crate) fn with(
        &self,
        new: &BTreeMap<u16, &str>,
    ) -> std::result::Result<Vec<u8>, (u16, Unwritable)> {
        let mut record = replaced(self.bytes, (self.shape, self.fixed), new)?;
        record.extend_from_slice(self.line_end);
        Ok(record)
    }

    /// Whether it is known where its fields are, so that each can be replaced alone.
    pub(crate) fn has_whole_fields(&self) -> bool {
        self.fields.misplaced().is_none() && !self.broken
    }
}

impl<'j, R: Read> RejectedReader<'j, R> {
    /// Opens the file. `open` gives it from its first byte.
    ///
    /// # Errors
    /// Those of reading its head.
    pub(crate) fn open(
        job: &'j JobSpec<'j>,
        open: impl Fn() -> io::Result<R>,
    ) -> Result<RejectedReader<'j, R>> {
        let source = shape::open(job, open)?;
        Ok(RejectedReader { job, source })
    }

    /// Which column is which field.
    pub(crate) fn layout(&self) -> &Layout {
        &self.source.layout
    }

    /// How a file of corrections begins, and how its records are encoded.
    pub(crate) fn rejects_format(&self) -> &RejectsFormat {
        &self.source.rejects
    }

    /// Shows the records with the numbers that are `wanted`, in their order, until `take` breaks off.
    ///
    /// # Errors
    /// A fault of the file before it breaks off, or an I/O error.
    pub(crate) fn each(
        &mut self,
        wanted: impl Fn(u64) -> bool,
        mut take: impl FnMut(&ReadRecord<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let places = self.job.reading.fixed.iter().flatten();
        let places: Vec<FixedField> = places.map(|(_, place)| *place).collect();
        let fixed = self.job.reading.fixed.is_some().then_some(&places[..]);
        let shape = self.source.shape;
        let mut splitter = self.source.field_splitter();
        let mut chunk = Chunk::default();
        let mut record = 0;
        while self.source.next(&mut chunk)? {
            for span in &chunk.spans {
                record += 1;
                if !wanted(record) {
                    continue;
                }
                let shown = take(&ReadRecord {
                    position: Position {
                        line: span.line,
                        record,
                    },
                    fields: chunk.fields(span, &mut splitter),
                    bytes: &chunk.text[span.start..span.end],
                    line_end: &chunk.text[span.end..span.next],
                    broken: chunk.is_broken(span),
                    ends: span.next == span.end,
                    shape,
                    fixed,
                });
                if shown.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// What tells of findings as error files do.
    pub(crate) fn teller(&self) -> Teller<'j> {
        Teller {
            job: self.job,
            layout: self.source.layout.clone(),
            shape: self.source.shape,
            lines: self.source.lines.clone(),
            splitter: self.source.field_splitter(),
            conflicts: Conflicts::default(),
        }
    }
}

/// Tells of findings that a run has made, in the words of its error file.
pub(crate) struct Teller<'j> {
    job: &'j JobSpec<'j>,
    layout: Layout,
    shape: Shape,
    lines: crate::format::lines::LineRules,
    splitter: crate::format::fields::FieldSplitter,
    conflicts: Conflicts,
}

/// A record as people may see it.
pub(crate) struct ToldRecord {
    /// Whether it is known what its fields are.
    pub(crate) fields_known: bool,
    pub(crate) subscriber_id: String,
    pub(crate) findings: Vec<ListedFinding>,
}

impl Teller<'_> {
    /// What the error file says of a record with these findings, in their order. Where it named other rows of the file,
    /// nothing is said of them.
    ///
    /// # Errors
    /// A row can't be read back.
    pub(crate) fn tell(
        &self,
        record: &ReadRecord<'_>,
        findings: &[Finding],
    ) -> io::Result<ToldRecord> {
        match self.job.kind {
            Kind::Demographic => self.tell_of::<Demographic>(record, findings),
            Kind::Deduction => self.tell_of::<Deduction>(record, findings),
            Kind::Accounts => self.tell_of::<Account>(record, findings),
        }
    }

    fn tell_of<K: RecordKind>(
        &self,
        read: &ReadRecord<'_>,
        findings: &[Finding],
    ) -> io::Result<ToldRecord> {
        let context = FileContext {
            job: self.job,
            run: None,
            layout: &self.layout,
            shape: self.shape,
            lines: &self.lines,
            conflicts: &self.conflicts,
            year: None,
            splitter: &self.splitter,
        };
        let rules = ShapeRules::new(context);
        let raw = RawRecord {
            bytes: read.bytes,
            broken: read.broken.then_some(read.bytes),
            fields: read.fields,
            position: read.position,
            misshape: rules.misshape(read.bytes, &read.fields, read.ends),
            restored: &[],
        };
        let known = raw.misshape.is_none() && raw.fields.misplaced().is_none();
        let sent = self.layout.get(&raw.fields, K::Column::SHARED.id);
        let subscriber = subscriber_hash(&self.job.key, sent);
        let mut reader = RecordReader::new::<K>(context);
        let record: Option<Record<'_, K>> =
            known.then(|| reader.read(&raw, subscriber, &mut Findings::default()));
        let made: Vec<RecordFinding> = findings.iter().map(|f| self.finding::<K>(f)).collect();
        let mut told = JudgedChunk::default();
        report::push(context, &raw, record.as_ref(), &made, &mut told);
        let mut table = CsvRows::default();
        table.push(COLUMNS);
        let table = [table.as_bytes(), told.errors.as_bytes()].concat();
        Ok(ToldRecord {
            fields_known: known,
            subscriber_id: ShownPerson::of_record(context, &raw, record.as_ref()).id,
            findings: ListedFinding::read(&table[..]).collect::<io::Result<_>>()?,
        })
    }

    /// A finding that the ledger keeps, as the judge has made it.
    fn finding<K: RecordKind>(&self, finding: &Finding) -> RecordFinding {
        let column = K::Column::COLUMNS.iter().find(|c| c.name == finding.field);
        let custom = || (self.layout.custom.iter()).position(|(name, _)| *name == finding.field);
        let target = match column {
            Some(column) => Target::Column(column.index),
            None => match custom().and_then(|custom| u16::try_from(custom).ok()) {
                Some(custom) => Target::Custom(custom),
                None => Target::Record,
            },
        };
        RecordFinding {
            code: finding.code,
            severity: finding.severity,
            target,
        }
    }
}
