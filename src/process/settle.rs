//! The ordered stage: duplicates, totals and writing, record by record in source order.

use super::desk::{Result, Writers};
use super::job::Job;
use super::judged::{Judged, JudgedChunk, Note};
use super::outcome::Outcome;
use super::record::{Record, ssn_hash};
use super::report::{self, Person};
use super::source::Encoder;
use crate::compare::change::{Change, ChangeWriter};
use crate::domain::column::columns;
use crate::domain::{Bucket, Code, Finding, Kind, Severity, SkipReason};
use crate::format::error_file;
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::format::{Chunk, Layout};
use crate::matching::bits::Bits;
use crate::matching::in_file::{Conflicts, InFile, Row, Seen};
use crate::matching::rejections::Rejections;
use crate::validate::FieldPlan;
use crate::validate::field::{Mark, Marks, On};
use std::borrow::Cow;
use std::io::Write;

/// The state of one pass over a file.
pub(crate) struct Settle<'a> {
    job: &'a Job<'a>,
    layout: &'a Layout,
    conflicts: &'a Conflicts,
    rejections: &'a mut Rejections,
    plan: FieldPlan<'a>,
    output: Box<dyn Write + Send + 'a>,
    errors: Box<dyn Write + Send + 'a>,
    rejects: Box<dyn Write + Send + 'a>,
    changes: ChangeWriter<Box<dyn Write + Send + 'a>>,
    in_file: InFile<'a>,
    /// Test employees to remember, in the order they came.
    testers: Vec<(u64, u32, Box<[u8]>)>,
    /// Roster places that a full file holds by any identity.
    pub(super) seen: Option<Bits>,
    found: u64,
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
    pub(crate) fn new(
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
            changes: ChangeWriter::new(writers.changes).based_on(job.base()),
            in_file: InFile::new(
                job.kind == Kind::Demographic,
                conflicts.repeated,
                job.known.roster,
                job.known.deductions,
            ),
            testers: Vec::new(),
            seen: job.omission.map(|_| Bits::new(roster)),
            found: 0,
            reject_head: Some(reject_head),
            encoder,
            trailer: None,
            fault: None,
            row: Vec::new(),
            outcome: Outcome::new(),
        };
        job.listing.set_full(false);
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
    pub(crate) fn chunk(
        &mut self,
        chunk: &Chunk,
        judged: &mut JudgedChunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        if let (Some((_, line)), Some(span)) = (&self.trailer, chunk.spans.first()) {
            let fault = after_trailer(*line, span.line);
            self.fault.get_or_insert(fault);
        }
        self.check_count(chunk, judged)?;
        self.records(chunk, judged, splitter)?;
        if let Some((bytes, line)) = judged.trailer.take() {
            if let Some(after) = judged.after_trailer {
                self.fault.get_or_insert(after_trailer(line, after));
            }
            self.trailer.get_or_insert((bytes, line));
        }
        Ok(())
    }

    fn check_count(&self, chunk: &Chunk, judged: &JudgedChunk) -> Result<()> {
        let most = self.job.reading.max_records;
        let over = |record: &&Judged| judged.number(record) > most;
        if judged.records.last().is_none_or(|r| !over(&r)) {
            return Ok(());
        }
        let first = judged.records.iter().find(over);
        let line = first.map_or(0, |r| chunk.spans[r.place as usize].line);
        let detail = format!("the file has more than {most} records");
        Err(FileFault::new(Code::RecordsTooMany, line, detail).into())
    }

    /// Takes the records of a chunk: whatever no other row changes in one piece.
    fn records(
        &mut self,
        chunk: &Chunk,
        judged: &JudgedChunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        self.outcome.totals.merge(&judged.totals);
        self.outcome.rows += judged.totals.accepted();
        let nothing = Note::default();
        let mut notes = judged.notes.iter();
        let (mut states, mut outputs, mut written) = (0, 0, 0);
        for (index, record) in judged.records.iter().enumerate() {
            let note = if record.noted { notes.next() } else { None };
            let note = note.unwrap_or(&nothing);
            let from = std::mem::replace(&mut states, record.state as usize);
            let state = &judged.states[from..states];
            let output = std::mem::replace(&mut outputs, record.output as usize);
            if self.is_copy(record, note) {
                self.turn(record, judged.cents(index));
                self.output.write_all(&judged.output[written..output])?;
                written = outputs;
                self.copy(record, judged, chunk, splitter)?;
                continue;
            }
            if !note.marks.is_empty() {
                self.findings(record, note, judged, chunk)?;
            }
            match record.bucket {
                Bucket::Accepted(_) | Bucket::Unchanged => {
                    self.state(record, state)?;
                    self.close(record, note, judged)?;
                }
                Bucket::Rejected => self.rejected(record, note, judged, chunk)?,
                Bucket::Skipped(_) if !state.is_empty() => {
                    let tester = (record.row.subject, record.replaces, state.into());
                    self.testers.push(tester);
                }
                Bucket::Skipped(_) => {}
            }
        }
        Ok(self.output.write_all(&judged.output[written..])?)
    }

    /// Takes a record among the others of its file; whether it is a copy of an earlier one.
    fn is_copy(&mut self, record: &Judged, note: &Note) -> bool {
        let row = &record.row;
        self.outcome.included.extend(note.included);
        if let Some(seen) = &mut self.seen {
            if row.is(Row::ATTRIBUTED) {
                seen.set(row.person as usize);
            } else if record.bucket == Bucket::Rejected && !row.is(Row::IDENTIFIED) {
                self.outcome.unattributed += 1;
            }
        }
        self.in_file.add(row) == Seen::Again
            && !self.conflicts.keys.contains(&(row.group, row.part))
    }

    /// Moves a copy from its bucket to that of copies.
    fn turn(&mut self, record: &Judged, [employee, employer]: [i64; 2]) {
        let copies = Bucket::Skipped(SkipReason::DuplicateRow);
        let totals = &mut self.outcome.totals;
        totals.turn(record.bucket, copies, employee, employer);
        if matches!(record.bucket, Bucket::Accepted(_)) {
            self.outcome.rows -= 1;
        }
    }

    fn state(&mut self, record: &Judged, state: &[u8]) -> Result<()> {
        if self.job.is_dry() || state.is_empty() {
            return Ok(());
        }
        let id = record.replaces;
        let change = match self.job.kind {
            Kind::Demographic => Change::Employee { id, state },
            Kind::Deduction => Change::Deduction { id, state },
        };
        Ok(self.changes.write(&change)?)
    }

    /// Writes every test employee once, unless another row of the file says that it is none.
    fn remember_testers(&mut self) -> Result<()> {
        if self.job.is_dry() {
            return Ok(());
        }
        let testers = std::mem::take(&mut self.testers);
        let mut done = self.in_file.held(testers.iter().map(|t| t.0).collect());
        for (subject, id, state) in testers {
            if done.insert(subject) {
                self.changes
                    .write(&Change::Employee { id, state: &state })?;
            }
        }
        Ok(())
    }

    /// An accepted or unchanged record closes the open rejections it corrects.
    fn close(&mut self, record: &Judged, note: &Note, judged: &JudgedChunk) -> Result<()> {
        if self.job.is_dry() || self.rejections.is_empty() {
            return Ok(());
        }
        let traits = &judged.traits[note.traits.clone()];
        for row in self.rejections.close(record.row.key(), traits) {
            self.changes.write(&Change::Closed(row))?;
        }
        Ok(())
    }

    fn rejected(
        &mut self,
        record: &Judged,
        note: &Note,
        judged: &JudgedChunk,
        chunk: &Chunk,
    ) -> Result<()> {
        let span = &chunk.spans[record.place as usize];
        self.row.clear();
        if let Some(head) = self.reject_head.take() {
            self.row.extend_from_slice(&head);
        }
        self.encoder
            .push(&chunk.text[span.start..span.next], &mut self.row);
        self.rejects.write_all(&self.row)?;
        let mut errors = judged.marks[note.marks.clone()]
            .iter()
            .filter(|m| m.severity == Severity::Error)
            .peekable();
        // A record that is taken already waits for nothing.
        let taken = errors.peek().is_some() && errors.all(|m| m.code == Code::AlreadyAccepted);
        if self.job.is_dry() || taken {
            return Ok(());
        }
        let traits = judged.traits[note.traits.clone()].iter();
        let traits: Vec<u8> = traits.flat_map(|t| t.to_le_bytes()).collect();
        Ok(self.changes.write(&Change::Rejection {
            record: judged.number(record),
            line: span.line,
            key: record.row.key(),
            traits: &traits,
        })?)
    }

    fn findings(
        &mut self,
        record: &Judged,
        note: &Note,
        judged: &JudgedChunk,
        chunk: &Chunk,
    ) -> Result<()> {
        let at = [
            chunk.spans[record.place as usize].line,
            judged.number(record),
        ];
        let marks = &judged.marks[note.marks.clone()];
        let rows = &judged.errors[note.errors.clone()];
        let mut rows = rows.split_inclusive(|b| *b == b'\n');
        for mark in marks {
            // There are none once the list is full.
            let row = rows.next().unwrap_or_default();
            let field = self.field_name(mark);
            self.finding(mark.code, mark.severity, at, field, row)?;
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
        self.job
            .listing
            .set_full(self.outcome.listed >= self.job.max_listed);
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
        judged: &JudgedChunk,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        let span = &chunk.spans[record.place as usize];
        let at = [span.line, judged.number(record)];
        let bytes = &chunk.text[span.start..span.end];
        let fields = splitter.split(bytes);
        let subject = (record.row.subject != 0).then_some(record.row.subject);
        let mut ignored = Marks::default();
        let parsed = Record::read(
            self.job,
            &self.plan,
            (bytes, &fields),
            subject,
            &mut ignored,
        );
        let person = Person::of(self.job, self.layout, &fields, Some(&parsed));
        let mut row = Vec::new();
        report::push_copy(&person, at, &mut row);
        self.finding(Code::DuplicateRow, Severity::Warning, at, "".into(), &row)
    }

    /// A finding on the file, or on an employee it lacks.
    pub(super) fn file_finding(
        &mut self,
        code: Code,
        severity: Severity,
        line: u64,
        about: Option<(&str, &str)>,
    ) -> Result<()> {
        let explanation = crate::domain::explanation::explain(code);
        let (subscriber_id, message) = about.unwrap_or(("", explanation.message));
        let mut row = Vec::new();
        error_file::push(
            &mut row,
            &error_file::Row {
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
    pub(crate) fn finish(mut self) -> Result<(Outcome, Conflicts)> {
        self.remember_testers()?;
        let mut facts = self.job.facts.clone();
        facts.count = self.outcome.rows;
        facts.employee = self.outcome.totals.employee.accepted;
        facts.employer = self.outcome.totals.employer.accepted;
        self.output.write_all(&self.job.output.tail(&facts))?;
        if self.found > self.outcome.listed {
            self.row.clear();
            error_file::push_cut(&mut self.row, self.outcome.listed, self.found);
            self.errors.write_all(&self.row)?;
        }
        self.output.flush()?;
        self.errors.flush()?;
        self.rejects.flush()?;
        self.changes.finish()?.flush()?;
        self.outcome.employees = self.in_file.employees();
        self.outcome.included.sort_unstable();
        self.outcome.included.dedup();
        let key = &self.job.key;
        let conflicts = self.in_file.finish(|ssn| ssn_hash(key, ssn));
        Ok((self.outcome, conflicts))
    }
}

fn after_trailer(trailer: u64, record: u64) -> FileFault {
    let detail = format!("a record on line {record} follows the trailer of line {trailer}");
    FileFault::new(Code::ControlTotal, record, detail)
}
