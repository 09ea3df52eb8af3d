//! The ordered stage: finds duplicates, sums up and writes, record by record in source order.

use super::held_list::{HeldList, MergedRecord};
use super::job::{FileContext, JobSpec, RunIdentity};
use super::judged::{
    Judged, JudgedChunk, Note, TestEmployee, Trailer, after_trailer, check_count, cut_off,
};
use super::kind::RecordKind;
use super::later_years::LaterWriter;
use super::left_scope::OutOfScope;
use super::lost_columns::LostColumns;
use super::outcome::Outcome;
use super::record::ssn_hash;
use super::rejects::{RejectsFormat, RejectsWriter};
use super::run_io::{Result, Writers};
use super::shape::whole_size;
use super::shown_person::ShownPerson;
use super::torn::TornRecords;
use super::{linking, report};
use crate::changeset::change::{Change, ChangeWriter};
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::domain::masking::value::guarded;
use crate::domain::{Bucket, Code, Finding, Position, ReferenceId, Severity, SkipReason};
use crate::format::error_file::{self, ErrorFileWriter, ErrorRow};
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::format::output::Facts;
use crate::format::{Chunk, Layout};
use crate::matching::bits::BitSet;
use crate::matching::conflict_rows::ConflictRows;
use crate::matching::deductions::Deductions;
use crate::matching::duplicates::{Conflicts, Duplicates, Occurrence};
use crate::matching::file_row::RowKey;
use crate::matching::identity_moves::{FileMoves, IdentityMoves};
use crate::matching::preferred_rows::PreferredRows;
use crate::matching::rejections::OpenRejections;
use crate::matching::series::{FileSeries, SettledSeries};
use chrono::Datelike;
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write;
use std::marker::PhantomData;

/// The state of one pass over a file.
pub(super) struct Merge<'a, K> {
    job: &'a JobSpec<'a>,
    run: Option<&'a RunIdentity>,
    layout: &'a Layout,
    conflicts: &'a Conflicts,
    /// What header and trailer of the output file can name.
    facts: Facts,
    rejections: &'a mut OpenRejections,
    output: Box<dyn Write + Send + 'a>,
    errors: ErrorFileWriter<'a>,
    rejects: RejectsWriter<'a>,
    /// What holds the file, if it is held.
    pub(super) held: Option<HeldList<'a>>,
    pub(super) later: LaterWriter<'a>,
    changes: ChangeWriter<Box<dyn Write + Send + 'a>>,
    pub(super) duplicates: Duplicates<'a>,
    /// The preferred rows of keys that an earlier pass found in conflict, if the integration prefers some.
    preferred: PreferredRows,
    moves: FileMoves<'a>,
    /// Former subscribers whose own records have stored what they passed on.
    pub(super) stored_former: HashSet<u64>,
    /// The rows of the conflicts that are known.
    conflict_rows: ConflictRows,
    /// Test employees to store, in the order of their rows.
    pub(super) testers: Vec<TestEmployee>,
    lost_columns: LostColumns,
    /// Positions of the employees of whom a full file has a record, or may have one; or of the deductions it has.
    pub(super) seen: Option<BitSet>,
    /// Hashes of the employee numbers of a full file's records that were not taken.
    pub(super) numbers: HashSet<u64>,
    /// Known employees with records out of the integration's scope.
    pub(super) out_of_scope: OutOfScope,
    pub(super) series: FileSeries,
    torn: TornRecords,
    /// Subscribers with the codes of deductions of a full file's records, taken or not.
    pub(super) deductions: HashSet<(u64, Option<u32>)>,
    found: u64,
    pub(super) trailer: Option<Trailer>,
    /// A fault found while records were read.
    pub(super) fault: Option<FileFault>,
    pub(super) outcome: Outcome,
    kind: PhantomData<fn() -> K>,
}

impl<'a, K: RecordKind> Merge<'a, K> {
    pub(super) fn new(
        context: FileContext<'a>,
        rejections: &'a mut OpenRejections,
        writers: Writers<'a>,
        rejects: RejectsFormat,
    ) -> Result<Merge<'a, K>> {
        let FileContext {
            job,
            run,
            layout,
            conflicts,
            ..
        } = context;
        let today = job.fields.today;
        let dry = || ReferenceId::of_dry_run(today);
        let reference = run.map_or_else(dry, |run| run.reference.clone());
        let (roster, deductions) = (job.known.roster, job.known.deductions);
        let base = K::version(&job.known).unwrap_or_default();
        let known = match K::ROW_KEY {
            RowKey::Subscriber => roster.map_or(0, |r| r.employees().len()),
            RowKey::Own => deductions.map_or(0, Deductions::len),
        };
        let mut merge = Merge {
            job,
            run,
            layout,
            conflicts,
            facts: Facts {
                reference: reference.to_string(),
                date: today.to_string(),
                ..Facts::default()
            },
            rejections,
            output: writers.output,
            errors: ErrorFileWriter::new(writers.errors, &job.holds)?,
            held: HeldList::new(job, writers.held),
            later: LaterWriter::new(writers.later, rejects.clone()),
            rejects: RejectsWriter::new(writers.rejects, rejects).with_table(writers.rejects_table),
            changes: ChangeWriter::new(writers.changes).based_on(base),
            duplicates: Duplicates::new(K::ROW_KEY, conflicts.repeated, roster, deductions),
            preferred: PreferredRows::default(),
            moves: FileMoves::new(roster.filter(|_| K::FILLS_ROSTER)),
            stored_former: HashSet::new(),
            conflict_rows: ConflictRows::default(),
            testers: Vec::new(),
            seen: job.omission.map(|_| BitSet::new(known)),
            lost_columns: LostColumns::new(job, layout),
            numbers: HashSet::new(),
            out_of_scope: OutOfScope::default(),
            series: FileSeries::of(&conflicts.series),
            torn: TornRecords::new(whole_size(layout)),
            deductions: HashSet::new(),
            found: 0,
            trailer: None,
            fault: None,
            outcome: Outcome::default(),
            kind: PhantomData,
        };
        job.listing.set_full(false);
        merge.outcome.unknown_columns.clone_from(&layout.unknown);
        merge.outcome.columns = layout.names(job.kind);
        for (name, _) in layout.custom.iter().filter(|_| K::FILLS_ROSTER) {
            merge.changes.write(&Change::CustomColumn(name))?;
        }
        merge.output.write_all(&job.output.head(&merge.facts))?;
        if job.reading.assumed {
            merge.file_finding(Code::EncodingAssumed, Severity::Warning, 0, None)?;
        }
        Ok(merge)
    }

    /// Takes the next chunk.
    pub(super) fn chunk(
        &mut self,
        chunk: &Chunk,
        judged: &mut JudgedChunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        for span in &chunk.aside {
            let text = &chunk.text[span.start..span.end];
            self.outcome.set_aside.push(span.line, text);
        }
        if let (Some(trailer), Some(span)) = (&self.trailer, chunk.spans.first()) {
            let fault = after_trailer(trailer.line, span.line);
            self.fault.get_or_insert(fault);
        }
        if let Some(line) = judged.cut_off.filter(|_| self.job.reading.full) {
            self.fault.get_or_insert(cut_off(line));
        }
        check_count(chunk, judged, self.job.reading.max_records)?;
        let included = &mut self.outcome.included;
        self.later.chunk(chunk, judged, included)?;
        self.moves.append(&mut judged.moves());
        linking::write(self.job, judged, &mut self.changes)?;
        self.deductions.extend(judged.series.subjects.drain(..));
        self.series.append(&mut judged.series);
        self.torn.add(chunk, judged);
        self.records(chunk, judged, splitter)?;
        if let Some(trailer) = judged.trailer.take() {
            if let Some(after) = judged.after_trailer {
                self.fault.get_or_insert(after_trailer(trailer.line, after));
            }
            self.trailer.get_or_insert(trailer);
        }
        Ok(())
    }

    /// Takes the records of a chunk. Output rows that no other row changes are written in one piece.
    fn records(
        &mut self,
        chunk: &Chunk,
        judged: &JudgedChunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        self.outcome.add(judged);
        if let Some(seen) = &mut self.seen {
            for person in &judged.presence.people {
                seen.set(*person as usize);
            }
            self.numbers.extend(&judged.presence.numbers);
            self.deductions.extend(&judged.presence.deductions);
        }
        let nothing = Note::default();
        let mut notes = judged.notes.iter();
        let (mut states, mut trails, mut outputs, mut written) = (0, 0, 0, 0);
        for (index, record) in judged.records.iter().enumerate() {
            let note = if record.noted { notes.next() } else { None };
            let note = note.unwrap_or(&nothing);
            let from = std::mem::replace(&mut states, record.state as usize);
            let state = &judged.states[from..states];
            let from = std::mem::replace(&mut trails, record.trail as usize);
            let trail = &judged.trails[from..trails];
            let output = std::mem::replace(&mut outputs, record.output as usize);
            let position = Position {
                line: chunk.spans[record.place as usize].line,
                record: judged.number(record),
            };
            if self.is_copy(record, note) {
                self.move_to_copies(record, judged.cents(index));
                self.output.write_all(&judged.output[written..output])?;
                written = outputs;
                self.copy(record, position, chunk, splitter)?;
                continue;
            }
            let columns = &judged.columns[note.columns.clone()];
            let rows = &mut self.conflict_rows;
            self.conflicts
                .note(&record.row, position.line, columns, rows);
            if let Some(held) = &mut self.held {
                let merged = MergedRecord::of(chunk, judged, index, note);
                held.record::<K>(self.job, self.layout, &self.lost_columns, merged, splitter);
            }
            let rejected = record.bucket == Bucket::Rejected && self.job.has_rejects_file;
            let row_in_rejects = rejected.then(|| self.rejects.next_row());
            for (finding, row) in judged.findings(note.findings.clone()) {
                let field = K::field_name(self.layout, finding.target);
                if self.finding(finding.code, finding.severity, position, field)? {
                    self.errors.write_judged(row, row_in_rejects)?;
                }
            }
            match record.bucket {
                Bucket::Rejected => self.rejected(record, position, note, judged, chunk)?,
                Bucket::Skipped(SkipReason::OutsideLookback) if !state.is_empty() => {
                    self.store_state(record.replaces, state)?;
                }
                Bucket::Skipped(reason) if reason.leaves_out() && !state.is_empty() => {
                    self.testers.push(TestEmployee::of(record, state));
                }
                Bucket::Skipped(reason) if reason.leaves_out() => {
                    let (job, row, rows) = (self.job, &record.row, &self.duplicates);
                    (self.out_of_scope).add::<K>(job, row, note.own, reason, position, rows);
                }
                Bucket::Accepted(_) | Bucket::Unchanged | Bucket::Skipped(_) => {
                    if !state.is_empty() {
                        self.changes
                            .write_with_trail(&K::change(record.replaces, state), trail)?;
                        let subscriber = record.row.subscriber_hash;
                        if self.conflicts.moves.flags.contains_key(&subscriber) {
                            self.stored_former.insert(subscriber);
                        }
                    }
                    self.outcome.rows += u64::from(note.ends);
                    self.outcome.new_people += u64::from(K::FILLS_ROSTER && !record.row.stored);
                    self.lost_columns.add::<K>(&self.job.known, &record.row);
                    let key = record.row.key();
                    // An accepted or unchanged record closes the open rejections that it corrects.
                    (self.rejections).claim(position.record, key, &note.corrects);
                }
            }
        }
        Ok(self.output.write_all(&judged.output[written..])?)
    }

    /// Compares a record with the rows before it; returns whether it is a copy of one.
    fn is_copy(&mut self, record: &Judged, note: &Note) -> bool {
        let row = &record.row;
        self.outcome.included.extend(note.included);
        self.moves.add(row);
        if let Some(seen) = &mut self.seen {
            match K::ROW_KEY {
                RowKey::Subscriber if row.known => seen.set(row.person as usize),
                RowKey::Own if row.stored => seen.set(row.stored_at as usize),
                _ => false,
            };
        }
        let key = (row.key_hash, row.ein);
        if self.job.selection.primary.is_some() && self.conflicts.keys.contains(&key) {
            self.preferred.add(row);
        }
        self.duplicates.add(row) == Occurrence::Repeated && !self.conflicts.has_key(key)
    }

    /// Moves a copy from its bucket to that of copies.
    fn move_to_copies(&mut self, record: &Judged, [employee, employer]: [i64; 2]) {
        let copies = Bucket::Skipped(SkipReason::DuplicateRow);
        let totals = &mut self.outcome.totals;
        totals.turn(record.bucket, copies, employee, employer);
        if matches!(record.bucket, Bucket::Accepted(_)) {
            self.outcome.rows -= 1;
        }
    }

    fn rejected(
        &mut self,
        record: &Judged,
        position: Position,
        note: &Note,
        judged: &JudgedChunk,
        chunk: &Chunk,
    ) -> Result<()> {
        let span = &chunk.spans[record.place as usize];
        let cut_off = judged.cut_off == Some(span.line);
        (self.rejects).push(&chunk.text[span.start..span.next], cut_off)?;
        let mut errors = judged.findings[note.findings.clone()]
            .iter()
            .map(|f| f.finding)
            .filter(|f| f.severity == Severity::Error);
        // A record that was accepted before needs no correction, and what was never rejected has none.
        let settled = [Code::AlreadyAccepted, Code::NotRejected];
        if self.run.is_none() || errors.any(|f| settled.contains(&f.code)) {
            return Ok(());
        }
        let mut traits = Vec::new();
        for kept in &judged.traits[note.traits.clone()] {
            kept.store(&mut traits);
        }
        Ok(self.changes.write(&Change::Rejection {
            record: position.record,
            line: position.line,
            key: record.row.key_of_correction(K::ROW_KEY),
            traits: &traits,
            person: &judged.people[note.person.clone()],
        })?)
    }

    /// Counts a finding, and lists it unless the list is full; returns whether its row is still to be written.
    fn finding(
        &mut self,
        code: Code,
        severity: Severity,
        position: Position,
        field: Cow<'static, str>,
    ) -> Result<bool> {
        self.outcome.count(code, severity);
        self.found += 1;
        if self.outcome.listed >= self.job.max_listed {
            return Ok(false);
        }
        let finding = Finding {
            record: position.record,
            line: position.line,
            field,
            code,
            severity,
        };
        self.outcome.list(&finding);
        self.job
            .listing
            .set_full(self.outcome.listed >= self.job.max_listed);
        self.changes.write(&Change::Finding(finding))?;
        Ok(true)
    }

    /// Reports a copy. It shows who it is about, for which the record's own SSN has to be known.
    fn copy(
        &mut self,
        record: &Judged,
        position: Position,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
    ) -> Result<()> {
        if !self.finding(Code::DuplicateRow, Severity::Warning, position, "".into())? {
            return Ok(());
        }
        let span = &chunk.spans[record.place as usize];
        let fields = chunk.fields(span, splitter);
        let person = ShownPerson::unjudged::<K::Column>(self.job, self.layout, &fields);
        let advice = K::advice_on_copy(self.job, self.layout, &fields);
        let push = |rows: &mut _| report::push_copy(&person, position, advice, rows);
        Ok(self.errors.write(push)?)
    }

    /// Warns of a column of a record that was not judged.
    pub(super) fn warning(
        &mut self,
        code: Code,
        position: Position,
        column: Option<ColumnIndex>,
        person: &ShownPerson,
    ) -> Result<()> {
        let field = column.map_or("", |c| K::Column::COLUMNS[c.get()].name);
        if !self.finding(code, Severity::Warning, position, field.into())? {
            return Ok(());
        }
        let header = column.map_or("", |c| self.layout.header(self.layout.slots[c.get()]));
        let header = &guarded(header.to_owned());
        let mut row = ErrorRow::new(code, Severity::Warning, position);
        (row.subscriber_id, row.name) = (&person.subscriber_id, &person.name);
        (row.field, row.header) = (field, header);
        Ok(self.errors.write(|rows| rows.push(row))?)
    }

    /// Adds a finding about the file, or about an employee it lacks.
    pub(super) fn file_finding(
        &mut self,
        code: Code,
        severity: Severity,
        line: u64,
        about: Option<(&ShownPerson, &str)>,
    ) -> Result<()> {
        let position = Position { line, record: 0 };
        if !self.finding(code, severity, position, "".into())? {
            return Ok(());
        }
        let mut row = ErrorRow::new(code, severity, position);
        if let Some((person, message)) = about {
            (row.subscriber_id, row.name) = (&person.subscriber_id, &person.name);
            row.message = message;
        }
        Ok(self.errors.write(|rows| rows.push(row))?)
    }

    /// Writes a row that is not about any record of the file.
    pub(super) fn write_row(&mut self, row: &[u8]) -> Result<()> {
        self.outcome.rows += 1;
        Ok(self.output.write_all(row)?)
    }

    /// Writes the row of an employee, or of a deduction, that a full file lacks, and the new state.
    pub(super) fn omission(&mut self, row: &[u8], id: u32, state: &[u8]) -> Result<()> {
        self.outcome.deactivated_by_omission += 1;
        self.write_row(row)?;
        Ok(self
            .changes
            .write_with_trail(&K::change(id, state), K::OMITTED)?)
    }

    /// Stores a state that no record of the file says.
    pub(super) fn store_state(&mut self, id: u32, state: &[u8]) -> Result<()> {
        Ok(self.changes.write(&K::change(id, state))?)
    }

    /// What was known of moved identities before the pass.
    pub(super) fn moves_known(&self) -> &'a IdentityMoves {
        &self.conflicts.moves
    }

    /// Ends the pass; returns its outcome, the conflicts it found, and which identities move.
    pub(super) fn finish(mut self) -> Result<(Outcome, Conflicts, FileMoves<'a>)> {
        let (closed, left_over) = self.rejections.settle();
        for row in closed.into_iter().filter(|_| self.run.is_some()) {
            self.changes.write(&Change::Closed(row))?;
            self.outcome.closed.push(row);
        }
        for &(former, later) in &self.conflicts.moves.links {
            self.changes.write(&Change::Rehire { former, later })?;
        }
        self.facts.count = self.outcome.rows;
        self.facts.employee = self.outcome.totals.employee.accepted;
        self.facts.employer = self.outcome.totals.employer.accepted;
        self.output.write_all(&self.job.output.tail(&self.facts))?;
        if self.found > self.outcome.listed {
            let (listed, found) = (self.outcome.listed, self.found);
            self.errors
                .write(|rows| error_file::push_cut(rows, listed, found))?;
        }
        self.output.flush()?;
        self.errors.flush()?;
        self.held.as_mut().map_or(Ok(()), HeldList::finish)?;
        self.rejects.finish()?;
        self.changes.finish()?.flush()?;
        self.outcome.employees = self.duplicates.employees();
        self.outcome.columns_gone = self.lost_columns.counted();
        self.outcome.included.sort_unstable();
        self.outcome.included.dedup();
        let key = &self.job.key;
        let mut conflicts = self.duplicates.finish(|ssn| ssn_hash(key, ssn));
        conflicts.rows = self.conflict_rows;
        conflicts.torn = self.torn.found;
        conflicts.left_over = left_over;
        conflicts.left_over.extend(&self.conflicts.left_over);
        if let Some(deductions) = self.job.known.deductions {
            let today = self.job.fields.today.num_days_from_ce();
            conflicts.series = SettledSeries::of(self.series.rows, deductions, today);
        }
        conflicts.add_preferred(self.conflicts, self.preferred);
        Ok((self.outcome, conflicts, self.moves))
    }
}
