//! Judging a chunk: pure, without sight of other chunks, so that chunks can be judged on all cores.

use super::job::Job;
use super::judged::{Judged, JudgedChunk, Note};
use super::record::{Record, Stored, subject_hash};
use super::{report, row, state};
use crate::compare::fingerprint::Fingerprint;
use crate::domain::column::shared;
use crate::domain::keyed::Domain;
use crate::domain::{Bucket, Code, Kind, SkipReason, deduction as ded};
use crate::format::control::Control;
use crate::format::fault::limit;
use crate::format::fields::FieldSplitter;
use crate::format::{Chunk, Fields, Layout};
use crate::matching::in_file::{Conflicts, Row};
use crate::matching::rejections::{MOST_TRAITS, TELLING};
use crate::matching::roster::Employee;
use crate::rules::plan_year::PlanYear;
use crate::validate::field::{COLUMNS, Marks};
use crate::validate::text::clean;
use crate::validate::{FieldPlan, Value, amount};
use std::ops::Range;

/// Judges chunks of one file.
pub(crate) struct Judge<'j> {
    job: &'j Job<'j>,
    layout: &'j Layout,
    conflicts: &'j Conflicts,
    run_year: Option<PlanYear>,
    most_characters: Option<usize>,
    plan: FieldPlan<'j>,
    fingerprint: Fingerprint,
    marks: Marks,
    want_traits: bool,
    /// Places after those found last, in the roster and among the deductions.
    next: [usize; 2],
}

impl<'j> Judge<'j> {
    /// A judge; every worker has its own.
    pub(crate) fn new(
        job: &'j Job<'j>,
        layout: &'j Layout,
        conflicts: &'j Conflicts,
        run_year: Option<PlanYear>,
        splitter: &FieldSplitter,
    ) -> Judge<'j> {
        let most_characters = job.reading.fixed.as_ref().map(|_| splitter.fixed_width());
        Judge {
            job,
            layout,
            conflicts,
            run_year,
            most_characters,
            plan: FieldPlan::new(job.kind, layout, &job.fields),
            fingerprint: Fingerprint::default(),
            marks: Marks::default(),
            want_traits: job.corrects.is_some(),
            next: [0; 2],
        }
    }

    /// Judges a chunk; the number of its first record is `first`.
    pub(crate) fn chunk(
        &mut self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
        first: u64,
        out: &mut JudgedChunk,
    ) {
        out.clear(first);
        let fixed = self.most_characters.is_some();
        for (place, span) in chunk.spans.iter().enumerate() {
            let bytes = &chunk.text[span.start..span.end];
            let fields = splitter.of(chunk, span);
            let trailer = self.job.reading.trailer.as_ref();
            // What follows a trailer ends the run as Failed, yet every record of the file is counted.
            if out.trailer.is_some() {
                out.after_trailer.get_or_insert(span.line);
            }
            if trailer.is_some_and(|t: &Control| t.is(bytes, &fields, fixed)) {
                out.trailer
                    .get_or_insert_with(|| (bytes.to_vec(), span.line));
            } else {
                // A trailer takes a number too, so that numbers don't depend on where chunks are cut.
                self.record(bytes, &fields, (place, span.line), out);
            }
        }
    }

    fn record(
        &mut self,
        bytes: &[u8],
        fields: &Fields<'_>,
        (place, line): (usize, u64),
        out: &mut JudgedChunk,
    ) {
        let job = self.job;
        let places = shared(job.kind);
        let id_text = clean(self.layout.get(fields, places.subscriber_id));
        let subject = subject_hash(&job.key, id_text);
        let mut judged = Judged {
            place: place as u32,
            bucket: Bucket::Rejected,
            noted: false,
            row: Row::default(),
            output: 0,
            state: 0,
            replaces: 0,
        };
        let at = [line, out.first + place as u64];
        let mut note = Note::default();
        let mut cents = [None; 2];
        let found = self.known(subject);
        if let Some((place, _)) = found {
            judged.row.person = place as u32;
            judged.row.facts = Row::ATTRIBUTED;
        }
        self.marks.all.clear();
        if self.miscounted(bytes, fields) {
            // Which field is which can't be known, so nothing else is said of them.
            cents = [Some(0); 2];
            self.marks.record(Code::FieldCount);
            self.reject(fields, None, at, (&mut judged, &mut note), out);
        } else {
            judged.row.subject = subject.unwrap_or(0);
            judged.row.note(Row::KNOWN, found.is_some());
            let test =
                job.kind == Kind::Deduction && found.is_some_and(|(_, e)| e.is(Employee::TEST));
            let selected = job
                .selection
                .judge(job.kind, self.layout, fields, &job.fields, test);
            note.included = selected.included;
            if let Some(reason) = selected.skip {
                judged.bucket = Bucket::Skipped(reason);
                let remember = reason == SkipReason::TestEmployee && job.kind == Kind::Demographic;
                if let (true, Some(subject)) = (remember, subject) {
                    let known = found.map(|(_, e)| e);
                    let row =
                        state::test_employee_state(job, known, subject, id_text, &mut out.states);
                    judged.replaces = row.unwrap_or(0);
                }
            } else {
                cents = self.selected((bytes, fields), found, at, (&mut judged, &mut note), out);
            }
        }
        judged.output = out.output.len() as u32;
        judged.state = out.states.len() as u32;
        judged.noted = !note.marks.is_empty() || !note.traits.is_empty() || note.included.is_some();
        if judged.noted {
            out.notes.push(note);
        }
        if job.kind == Kind::Deduction {
            let [employee, employer] = cents;
            let cents = [
                employee.unwrap_or_else(|| self.cents(fields, ded::EMPLOYEE_AMOUNT)),
                employer.unwrap_or_else(|| self.cents(fields, ded::EMPLOYER_AMOUNT)),
            ];
            out.cents.push(cents);
            out.totals.add(judged.bucket, cents[0], cents[1]);
        } else {
            out.totals.add(judged.bucket, 0, 0);
        }
        out.records.push(judged);
    }

    /// Judges a selected record; returns the amounts that were read in passing.
    fn selected(
        &mut self,
        (bytes, fields): (&[u8], &Fields<'_>),
        found: Option<(usize, &'j Employee)>,
        at: [u64; 2],
        (judged, note): (&mut Judged, &mut Note),
        out: &mut JudgedChunk,
    ) -> [Option<i64>; 2] {
        let job = self.job;
        let mut marks = std::mem::take(&mut self.marks);
        let subject = (judged.row.subject != 0).then_some(judged.row.subject);
        let mut record = Record::read(job, &self.plan, (bytes, fields), subject, &mut marks);
        record.stored = self.stored(&record, found);
        record.check_conflicts(job.kind, self.conflicts, &mut marks);
        record.match_and_rule(job, self.run_year, &mut marks);
        record.fill_blanks(job);
        // What nothing is compared with and nobody keeps needs no fingerprint.
        let stored = record.stored.content(job.kind).is_some();
        let content = if stored || !job.is_dry() || self.conflicts.repeated {
            self.fingerprint
                .of(&job.key, job.kind, self.layout, fields, &record.values)
        } else {
            0
        };
        identify(job, &record, content, &mut judged.row);
        let rejects = marks.reject();
        self.marks = marks;
        if rejects {
            self.reject(fields, Some(&record), at, (judged, note), out);
        } else {
            judged.bucket = record.compare(job, content);
            if judged.bucket == Bucket::Unchanged {
                let id = record.take_over(job, content, &mut out.states);
                judged.replaces = id.unwrap_or(0);
            }
            if let Bucket::Accepted(action) = judged.bucket {
                record.keep_original_hire(action);
                if !job.is_dry() {
                    judged.replaces = record.state(job, content, action, &mut out.states);
                }
                if job.rows {
                    row::push(
                        job,
                        self.layout,
                        (bytes, fields),
                        &record.values,
                        action,
                        &mut out.output,
                    );
                }
            }
            self.report(fields, Some(&record), at, note, out);
            if self.want_traits {
                note.traits = self.traits(fields, out);
            }
        }
        let cents = |column: usize| match record.values[column] {
            Value::Cents(cents) => Some(cents),
            _ => None,
        };
        [cents(ded::EMPLOYEE_AMOUNT), cents(ded::EMPLOYER_AMOUNT)]
    }

    /// Looks up what is stored of a record; a subscriber that is not valid is nobody's.
    fn stored(&mut self, record: &Record<'_>, found: Option<(usize, &'j Employee)>) -> Stored<'j> {
        let group = record.identity.group;
        let deductions = self.job.known.deductions.zip(group);
        Stored {
            person: found.filter(|_| record.identity.subject.is_some()),
            deduction: deductions.and_then(|(all, key)| all.find_next(&mut self.next[1], key)),
        }
    }

    fn reject(
        &mut self,
        fields: &Fields<'_>,
        record: Option<&Record<'_>>,
        at: [u64; 2],
        (judged, note): (&mut Judged, &mut Note),
        out: &mut JudgedChunk,
    ) {
        judged.bucket = Bucket::Rejected;
        // Only a full file needs to know whom a rejected record may be about.
        if self.job.omission.is_some()
            && !judged.row.is(Row::ATTRIBUTED)
            && let (Some(roster), Some(record)) = (self.job.known.roster, record)
        {
            let owner = record
                .ssn
                .and_then(|s| roster.ssn_owner(s, 0))
                .or_else(|| roster.username_owner(record.identity.username?, 0));
            if let Some((place, _)) = owner.and_then(|s| roster.find(s)) {
                judged.row.person = place as u32;
                judged.row.note(Row::ATTRIBUTED, true);
            }
        }
        if record.is_none_or(|r| r.key_in_doubt(self.job.kind, &self.marks)) {
            note.traits = self.traits(fields, out);
        }
        self.report(fields, record, at, note, out);
    }

    fn report(
        &mut self,
        fields: &Fields<'_>,
        record: Option<&Record<'_>>,
        at: [u64; 2],
        note: &mut Note,
        out: &mut JudgedChunk,
    ) {
        if self.marks.all.is_empty() {
            return;
        }
        let start = out.marks.len();
        out.marks.extend_from_slice(&self.marks.all);
        note.marks = start..out.marks.len();
        let start = out.errors.len();
        if !self.job.listing.is_full() {
            report::push(
                self.job,
                self.layout,
                fields,
                record,
                at,
                &self.marks.all,
                &mut out.errors,
            );
        }
        note.errors = start..out.errors.len();
    }

    /// The plan year of the first selected record of a chunk that has a readable one, of those that are `wanted`.
    pub(crate) fn first_plan_year(
        &mut self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
        wanted: impl Fn(PlanYear) -> bool,
    ) -> Option<PlanYear> {
        let job = self.job;
        chunk.spans.iter().find_map(|span| {
            let bytes = &chunk.text[span.start..span.end];
            let fields = splitter.of(chunk, span);
            let trailer = job.reading.trailer.as_ref();
            let fixed = self.most_characters.is_some();
            if self.miscounted(bytes, &fields)
                || trailer.is_some_and(|t| t.is(bytes, &fields, fixed))
            {
                return None;
            }
            let id = clean(self.layout.get(&fields, shared(job.kind).subscriber_id));
            let known = self.known(subject_hash(&job.key, id));
            let test = known.is_some_and(|(_, e)| e.is(Employee::TEST));
            let selected = job
                .selection
                .judge(job.kind, self.layout, &fields, &job.fields, test);
            if selected.skip.is_some() {
                return None;
            }
            let mut values = [Value::Blank; COLUMNS];
            for column in [
                ded::PLAN_YEAR_START,
                ded::PLAN_YEAR_END,
                ded::EFFECTIVE_DATE,
            ] {
                let raw = self.layout.get(&fields, column);
                let mut ignored = Marks::default();
                values[column] = job
                    .fields
                    .value(column, &ded::COLUMNS[column], raw, &mut ignored);
            }
            job.plan_years.of(&values).filter(|year| wanted(*year))
        })
    }

    /// The employee whom the roster knows under a subscriber's hash, and the place there.
    fn known(&mut self, subject: Option<u64>) -> Option<(usize, &'j Employee)> {
        self.job
            .known
            .roster?
            .find_next(&mut self.next[0], subject?)
    }

    /// Whether the record has too few or too many fields.
    fn miscounted(&self, bytes: &[u8], fields: &Fields<'_>) -> bool {
        match (self.layout.width, self.most_characters) {
            (Some(width), _) => fields.len() != width,
            (None, Some(most)) => {
                let long = bytes.len() > most;
                long && String::from_utf8_lossy(bytes).trim_end().chars().count() > most
            }
            _ => false,
        }
    }

    /// A readable amount, for the sums; they include skipped and rejected records.
    fn cents(&self, fields: &Fields<'_>, column: usize) -> i64 {
        let raw = self.layout.get(fields, column);
        if raw.len() > limit::FIELD_BYTES {
            return 0;
        }
        amount::read(clean(raw)).unwrap_or(0)
    }

    fn traits(&self, fields: &Fields<'_>, out: &mut JudgedChunk) -> Range<usize> {
        let start = out.traits.len();
        let telling = fields.iter().map(clean).filter(|c| c.len() >= TELLING);
        let hash = |cell: &[u8]| self.job.key.hash(Domain::Cell, cell) as u32;
        out.traits.extend(telling.take(MOST_TRAITS).map(hash));
        out.traits[start..].sort_unstable();
        start..out.traits.len()
    }
}

/// Tells the other rows of the file what a record is.
fn identify(job: &Job<'_>, record: &Record<'_>, content: u64, row: &mut Row) {
    let (id, stored) = (&record.identity, &record.stored);
    row.content = content;
    let Some(subject) = id.subject else {
        return;
    };
    row.note(Row::IDENTIFIED, true);
    row.subject = subject;
    row.group = id.group.unwrap_or(0);
    row.part = id.part;
    row.ssn = id.ssn.unwrap_or(0);
    row.username = id.username.unwrap_or(0);
    if let (Some((_, e)), Some(roster)) = (stored.person, job.known.roster) {
        let ssn = record.ssn == Some(e.ssn);
        let username = id.username == Some(e.username);
        let distinct = (ssn || username) && roster.is_distinct();
        row.note(Row::OWN_SSN, ssn && distinct);
        row.note(Row::OWN_USERNAME, username && distinct);
    }
    let stored = stored.content(job.kind);
    if let Some((place, before)) = stored.filter(|_| row.group != 0) {
        row.stored = place as u32;
        row.note(Row::STORED, true);
        row.note(Row::SAME, before == content);
    }
}
