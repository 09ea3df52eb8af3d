//! The ordered stage: duplicates, totals and writing, record by record in source order.

use super::desk::{Result, Writers};
use super::job::Job;
use super::judge::{Judged, JudgedChunk};
use super::outcome::Outcome;
use super::report::{self, Person};
use super::source::Encoder;
use crate::compare::change::{Change, ChangeWriter};
use crate::domain::column::columns;
use crate::domain::{Bucket, Cents, Code, Finding, Kind, Severity, SkipReason};
use crate::format::error_file::{self, Row};
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::format::{Chunk, Layout};
use crate::matching::in_file::{Conflicts, InFile, Seen};
use crate::matching::rejections::Rejections;
use crate::validate::FieldPlan;
use crate::validate::field::{Mark, On};
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write;

/// The state of one pass over a file.
pub struct Settle<'a> {
    job: &'a Job<'a>,
    layout: &'a Layout,
    conflicts: &'a Conflicts,
    rejections: &'a mut Rejections,
    plan: FieldPlan<'a>,
    output: Box<dyn Write + Send + 'a>,
    errors: Box<dyn Write + Send + 'a>,
    rejects: Box<dyn Write + Send + 'a>,
    changes: ChangeWriter<Box<dyn Write + Send + 'a>>,
    in_file: InFile,
    /// Test employees to remember, in the order they came.
    testers: Vec<(u64, u32, Box<[u8]>)>,
    /// Subscribers the roster does not know.
    strangers: Vec<u64>,
    /// Roster places of subscribers that the file holds.
    subscribers: Vec<bool>,
    /// Roster places that the file holds by any identity (full files).
    pub(super) seen: Vec<bool>,
    found: u64,
    written: [Cents; 2],
    reject_head: Option<Vec<u8>>,
    encoder: Encoder,
    row: Vec<u8>,
    /// The trailer's record and line.
    pub(super) trailer: Option<(Vec<u8>, u64)>,
    /// A fault found while records were read.
    pub(super) fault: Option<FileFault>,
    /// What the pass came to so far.
    pub outcome: Outcome,
}

impl<'a> Settle<'a> {
    /// Starts a pass; `reject_head` is what a rejects file begins with.
    pub fn new(
        job: &'a Job<'a>,
        layout: &'a Layout,
        conflicts: &'a Conflicts,
        rejections: &'a mut Rejections,
        writers: Writers<'a>,
        (reject_head, encoder): (Vec<u8>, Encoder),
    ) -> Result<Settle<'a>> {
        let roster = job.known.roster.map_or(0, |r| r.employees().len());
        let mut settle = Settle {
            job,
            layout,
            conflicts,
            rejections,
            plan: FieldPlan::new(job.kind, layout, &job.fields),
            output: writers.output,
            errors: writers.errors,
            rejects: writers.rejects,
            changes: ChangeWriter::new(writers.changes),
            in_file: InFile::new(job.kind == Kind::Demographic),
            testers: Vec::new(),
            strangers: Vec::new(),
            subscribers: vec![false; roster],
            seen: vec![false; if job.omission.is_some() { roster } else { 0 }],
            found: 0,
            written: [Cents::ZERO; 2],
            reject_head: Some(reject_head),
            encoder,
            trailer: None,
            fault: None,
            row: Vec::new(),
            outcome: Outcome::new(),
        };
        settle.outcome.unknown_columns = layout.unknown.clone();
        settle.output.write_all(&job.output.head(&job.facts))?;
        settle.row.clear();
        error_file::push_titles(&mut settle.row);
        settle.errors.write_all(&settle.row)?;
        if job.reading.assumed {
            settle.file_finding(Code::EncodingAssumed, Severity::Warning, 0, None)?;
        }
        Ok(settle)
    }

    /// Takes the next chunk.
    pub fn chunk(
        &mut self,
        chunk: &Chunk,
        judged: &mut JudgedChunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        if let (Some((_, line)), Some(span)) = (&self.trailer, chunk.spans.first()) {
            let fault = after_trailer(*line, span.line);
            self.fault.get_or_insert(fault);
        }
        for record in &judged.records {
            if record.number > self.job.reading.max_records {
                let most = self.job.reading.max_records;
                let detail = format!("the file has more than {most} records");
                return Err(FileFault::new(Code::RecordsTooMany, record.line, detail).into());
            }
            self.record(record, judged, chunk, splitter)?;
        }
        if let Some((bytes, line)) = judged.trailer.take() {
            if let Some(after) = judged.after_trailer {
                self.fault.get_or_insert(after_trailer(line, after));
            }
            self.trailer.get_or_insert((bytes, line));
        }
        Ok(())
    }

    fn record(
        &mut self,
        record: &Judged,
        judged: &JudgedChunk,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        let number = record.number;
        match (record.subject, record.roster_place) {
            (Some(_), Some(place)) if record.known => self.subscribers[place] = true,
            (Some(subject), _) => self.strangers.push(subject),
            _ => {}
        }
        if let Some(place) = record.included {
            self.outcome.included.push(place);
        }
        self.mark_seen(record);
        let mut bucket = record.bucket;
        let selected = !matches!(bucket, Bucket::Skipped(_));
        let id = &record.identity;
        let conflict = id
            .group
            .is_some_and(|g| self.conflicts.keys.contains(&(g, id.part)));
        if selected && self.in_file.add(id, record.content) == Seen::Again && !conflict {
            bucket = Bucket::Skipped(SkipReason::DuplicateRow);
            self.copy(record, number, chunk, splitter)?;
        } else {
            self.findings(record, number, judged)?;
        }
        self.outcome
            .totals
            .add(bucket, record.employee_cents, record.employer_cents);
        match bucket {
            Bucket::Accepted(_) => {
                self.output
                    .write_all(&judged.output[record.output.clone()])?;
                self.outcome.rows += 1;
                self.written[0] += record.employee_cents.into();
                self.written[1] += record.employer_cents.into();
                self.state(record, judged)?;
                self.close(record, judged)?;
            }
            Bucket::Unchanged => {
                self.state(record, judged)?;
                self.close(record, judged)?;
            }
            Bucket::Rejected => {
                self.rejection(record, number, judged)?;
                self.row.clear();
                if let Some(head) = self.reject_head.take() {
                    self.row.extend_from_slice(&head);
                }
                self.encoder
                    .push(&chunk.text[record.bytes.clone()], &mut self.row);
                self.rejects.write_all(&self.row)?;
            }
            Bucket::Skipped(SkipReason::DuplicateRow) => {}
            Bucket::Skipped(_) => self.tester(record, judged),
        }
        Ok(())
    }

    fn mark_seen(&mut self, record: &Judged) {
        if self.seen.is_empty() {
            return;
        }
        match record.roster_place {
            Some(place) => self.seen[place] = true,
            None if record.bucket == Bucket::Rejected && record.identity.subject.is_none() => {
                self.outcome.unattributed += 1;
            }
            None => {}
        }
    }

    fn state(&mut self, record: &Judged, judged: &JudgedChunk) -> Result<()> {
        let Some((id, range)) = &record.state else {
            return Ok(());
        };
        if self.job.dry {
            return Ok(());
        }
        let state = &judged.states[range.clone()];
        let change = match self.job.kind {
            Kind::Demographic => Change::Employee { id: *id, state },
            Kind::Deduction => Change::Deduction { id: *id, state },
        };
        Ok(self.changes.write(&change)?)
    }

    /// Notes a test employee that the roster is to remember.
    fn tester(&mut self, record: &Judged, judged: &JudgedChunk) {
        if let (Some(subject), Some((id, range))) = (record.subject, &record.state) {
            let state = judged.states[range.clone()].into();
            self.testers.push((subject, *id, state));
        }
    }

    /// Writes every test employee once, unless another row of the file says that it is none.
    fn remember_testers(&mut self) -> Result<()> {
        let mut written = HashSet::new();
        for (subject, id, state) in std::mem::take(&mut self.testers) {
            if self.job.dry || self.in_file.has(subject) || !written.insert(subject) {
                continue;
            }
            self.changes
                .write(&Change::Employee { id, state: &state })?;
        }
        Ok(())
    }

    /// An accepted or unchanged record closes the open rejections it corrects.
    fn close(&mut self, record: &Judged, judged: &JudgedChunk) -> Result<()> {
        let traits = &judged.traits[record.traits.clone()];
        if self.job.dry {
            return Ok(());
        }
        for row in self.rejections.close(record.identity.group, traits) {
            self.changes.write(&Change::Closed(row))?;
        }
        Ok(())
    }

    fn rejection(&mut self, record: &Judged, number: u64, judged: &JudgedChunk) -> Result<()> {
        if self.job.dry {
            return Ok(());
        }
        let errors = judged.marks[record.marks.clone()]
            .iter()
            .filter(|m| m.severity == Severity::Error);
        // A record that is taken already waits for nothing.
        if errors.clone().all(|m| m.code == Code::AlreadyAccepted) && errors.count() > 0 {
            return Ok(());
        }
        let traits: Vec<u8> = judged.traits[record.traits.clone()]
            .iter()
            .flat_map(|t| t.to_le_bytes())
            .collect();
        Ok(self.changes.write(&Change::Rejection {
            record: number,
            line: record.line,
            key: record.identity.group,
            traits: &traits,
        })?)
    }

    fn findings(&mut self, record: &Judged, number: u64, judged: &JudgedChunk) -> Result<()> {
        let marks = &judged.marks[record.marks.clone()];
        if marks.is_empty() {
            return Ok(());
        }
        let rows = &judged.errors[record.errors.clone()];
        for (mark, row) in marks.iter().zip(rows.split_inclusive(|b| *b == b'\n')) {
            let field = self.field_name(mark);
            self.finding(mark.code, mark.severity, [record.line, number], field, row)?;
        }
        Ok(())
    }

    fn field_name(&self, mark: &Mark) -> Cow<'static, str> {
        match mark.on {
            On::Record => "".into(),
            On::Column(place) => columns(self.job.kind)[usize::from(place)].name.into(),
            On::Custom(place) => self.layout.custom[usize::from(place)].0.clone().into(),
        }
    }

    /// Counts a finding, and lists it unless the list is full.
    fn finding(
        &mut self,
        code: Code,
        severity: Severity,
        at: [u64; 2],
        field: Cow<'static, str>,
        row: &[u8],
    ) -> Result<()> {
        self.outcome.findings[code as usize] += 1;
        self.outcome.totals.warnings += u64::from(severity == Severity::Warning);
        self.found += 1;
        if self.outcome.listed >= self.job.max_listed {
            return Ok(());
        }
        self.outcome.listed += 1;
        self.errors.write_all(row)?;
        let [line, record] = at;
        Ok(self.changes.write(&Change::Finding(Finding {
            record,
            line,
            field,
            code,
            severity,
        }))?)
    }

    fn copy(
        &mut self,
        record: &Judged,
        number: u64,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        let bytes = &chunk.text[record.bytes.clone()];
        let end = bytes
            .iter()
            .rposition(|b| !matches!(b, b'\n' | b'\r'))
            .map_or(0, |i| i + 1);
        let fields = splitter.split(&bytes[..end]);
        let mut ignored = crate::validate::Marks::default();
        let parsed = super::record::Record::read(
            self.job,
            &self.plan,
            (&bytes[..end], &fields),
            record.subject,
            &mut ignored,
        );
        let person = Person::of(self.job, self.layout, &fields, Some(&parsed));
        let mut row = Vec::new();
        report::push_copy(&person, [record.line, number], &mut row);
        self.finding(
            Code::DuplicateRow,
            Severity::Warning,
            [record.line, number],
            "".into(),
            &row,
        )
    }

    /// A finding on the file, or on an employee it lacks.
    pub(super) fn file_finding(
        &mut self,
        code: Code,
        severity: Severity,
        line: u64,
        about: Option<(&str, &str)>,
    ) -> Result<()> {
        let explanation = crate::domain::catalogue::explain(code);
        let (subscriber_id, message) = about.unwrap_or(("", explanation.message));
        let mut row = Vec::new();
        error_file::push(
            &mut row,
            &Row {
                line,
                record: 0,
                subscriber_id,
                employee_number: "",
                field: "",
                code,
                severity,
                value: "",
                message,
                how_to_fix: explanation.fix,
            },
        );
        self.finding(code, severity, [line, 0], "".into(), &row)
    }

    /// Appends a row that no record of the file stands for.
    pub(super) fn omission(&mut self, row: &[u8], id: u32, state: &[u8]) -> Result<()> {
        self.output.write_all(row)?;
        self.outcome.rows += 1;
        self.outcome.deactivated_by_omission += 1;
        Ok(self.changes.write(&Change::Employee { id, state })?)
    }

    /// Ends the pass: what it came to, and the conflicts it saw.
    pub fn finish(mut self) -> Result<(Outcome, Conflicts)> {
        self.remember_testers()?;
        let mut facts = self.job.facts.clone();
        facts.count = self.outcome.rows;
        [facts.employee, facts.employer] = self.written;
        self.output.write_all(&self.job.output.tail(&facts))?;
        if self.found > self.outcome.listed {
            self.row.clear();
            error_file::push_cut(&mut self.row, self.outcome.listed, self.found);
            self.errors.write_all(&self.row)?;
        }
        self.output.flush()?;
        self.errors.flush()?;
        self.rejects.flush()?;
        self.changes.into_inner().flush()?;
        self.strangers.sort_unstable();
        self.strangers.dedup();
        let known = self.subscribers.iter().filter(|seen| **seen).count();
        self.outcome.employees = (self.strangers.len() + known) as u64;
        self.outcome.included.sort_unstable();
        self.outcome.included.dedup();
        Ok((self.outcome, self.in_file.finish()))
    }
}

fn after_trailer(trailer: u64, record: u64) -> FileFault {
    let detail = format!("a record on line {record} follows the trailer of line {trailer}");
    FileFault::new(Code::ControlTotal, record, detail)
}
