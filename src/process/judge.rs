//! Judging a chunk: pure, without sight of other chunks, so that chunks can be judged on all cores.

use super::job::Job;
use super::record::{Record, subject_hash};
use super::{report, row, state};
use crate::compare::fingerprint::Fingerprint;
use crate::domain::column::shared;
use crate::domain::keyed::Domain;
use crate::domain::{Bucket, Code, Kind, SkipReason, deduction as ded};
use crate::format::control::Control;
use crate::format::fault::limit;
use crate::format::fields::FieldSplitter;
use crate::format::{Chunk, Fields, Layout};
use crate::matching::in_file::{Conflicts, Identity};
use crate::matching::rejections::{MOST_TRAITS, TELLING};
use crate::matching::roster::Employee;
use crate::rules::plan_year::PlanYear;
use crate::validate::field::{COLUMNS, Mark, Marks};
use crate::validate::text::clean;
use crate::validate::{FieldPlan, Value, amount};
use std::ops::Range;

/// One record as judged, before the records of other chunks are known.
#[derive(Debug)]
pub struct Judged {
    /// The data record's number, from 1.
    pub number: u64,
    /// Physical line where it starts.
    pub line: u64,
    /// Its place in the chunk's text, with its line end.
    pub bytes: Range<usize>,
    /// Where it ends, unless an earlier row is the same.
    pub bucket: Bucket,
    /// Its identities within the file, for selected records.
    pub identity: Identity,
    /// The subscriber as sent, even of skipped records.
    pub subject: Option<u64>,
    /// Fingerprint of its content.
    pub content: u64,
    /// Readable employee amount in cents.
    pub employee_cents: i64,
    /// Readable employer amount in cents.
    pub employer_cents: i64,
    /// Findings, in [`JudgedChunk::marks`].
    pub marks: Range<usize>,
    /// Rows of the error file, in [`JudgedChunk::errors`]; one line each.
    pub errors: Range<usize>,
    /// Row of the output file, in [`JudgedChunk::output`].
    pub output: Range<usize>,
    /// New state for the ledger, in [`JudgedChunk::states`], and the row it replaces.
    pub state: Option<(u32, Range<usize>)>,
    /// Keyed hashes of telling cells, in [`JudgedChunk::traits`].
    pub traits: Range<usize>,
    /// Place in Include Employees.
    pub included: Option<usize>,
    /// Whether the roster knows the subscriber, whose place is then in [`Judged::roster_place`].
    pub known: bool,
    /// Place in the roster of the employee it is about, by subscriber, else by SSN or username.
    pub roster_place: Option<usize>,
}

/// A judged chunk. Buffers are reused from chunk to chunk.
#[derive(Debug, Default)]
pub struct JudgedChunk {
    /// The records in order.
    pub records: Vec<Judged>,
    /// Their findings.
    pub marks: Vec<Mark>,
    /// Their error file rows.
    pub errors: Vec<u8>,
    /// Their output rows.
    pub output: Vec<u8>,
    /// Their ledger states.
    pub states: Vec<u8>,
    /// Their cell hashes.
    pub traits: Vec<u32>,
    /// The first trailer in this chunk: its record and line.
    pub trailer: Option<(Vec<u8>, u64)>,
    /// Line of the first record after the trailer.
    pub after_trailer: Option<u64>,
}

impl JudgedChunk {
    fn clear(&mut self) {
        self.records.clear();
        self.marks.clear();
        self.errors.clear();
        self.output.clear();
        self.states.clear();
        self.traits.clear();
        self.trailer = None;
        self.after_trailer = None;
    }
}

/// Judges chunks of one file.
pub struct Judge<'j> {
    job: &'j Job<'j>,
    layout: &'j Layout,
    conflicts: &'j Conflicts,
    run_year: Option<PlanYear>,
    most_characters: Option<usize>,
    plan: FieldPlan<'j>,
    fingerprint: Fingerprint,
    marks: Marks,
    want_traits: bool,
}

impl<'j> Judge<'j> {
    /// A judge; every worker has its own.
    pub fn new(
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
        }
    }

    /// Judges a chunk; the number of its first record is `first`.
    pub fn chunk(
        &mut self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
        first: u64,
        out: &mut JudgedChunk,
    ) {
        out.clear();
        let fixed = self.most_characters.is_some();
        for (place, span) in chunk.spans.iter().enumerate() {
            let bytes = &chunk.text[span.start..span.end];
            let fields = splitter.split(bytes);
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
                let number = first + place as u64;
                self.record(
                    bytes,
                    &fields,
                    [span.line, number],
                    span.start..span.next,
                    out,
                );
            }
        }
    }

    fn record(
        &mut self,
        bytes: &[u8],
        fields: &Fields<'_>,
        at: [u64; 2],
        place: Range<usize>,
        out: &mut JudgedChunk,
    ) {
        let job = self.job;
        let places = shared(job.kind);
        let id_text = clean(self.layout.get(fields, places.subscriber_id));
        let subject = subject_hash(&job.key, id_text);
        let mut judged = Judged {
            number: at[1],
            line: at[0],
            bytes: place,
            bucket: Bucket::Rejected,
            identity: Identity::default(),
            subject,
            content: 0,
            employee_cents: self.cents(fields, ded::EMPLOYEE_AMOUNT),
            employer_cents: self.cents(fields, ded::EMPLOYER_AMOUNT),
            marks: out.marks.len()..out.marks.len(),
            errors: out.errors.len()..out.errors.len(),
            output: 0..0,
            state: None,
            traits: 0..0,
            included: None,
            known: false,
            roster_place: None,
        };
        let found = self.known(subject);
        judged.roster_place = found.map(|(place, _)| place);
        judged.known = found.is_some();
        self.marks.all.clear();
        if self.miscounted(bytes, fields) {
            // Which field is which can't be known, so nothing else is said of them.
            judged.employee_cents = 0;
            judged.employer_cents = 0;
            judged.subject = None;
            self.marks.record(Code::FieldCount);
            self.reject(fields, None, at, &mut judged, out);
            out.records.push(judged);
            return;
        }
        let test = found.is_some_and(|(_, e)| e.is(Employee::TEST)) && job.kind == Kind::Deduction;
        let selected = job
            .selection
            .judge(job.kind, self.layout, fields, &job.fields, test);
        judged.included = selected.included;
        if let Some(reason) = selected.skip {
            judged.bucket = Bucket::Skipped(reason);
            let remember = reason == SkipReason::TestEmployee && job.kind == Kind::Demographic;
            if let (true, Some(subject)) = (remember, subject) {
                let start = out.states.len();
                let row = state::test_employee_state(
                    job,
                    job.known.roster,
                    subject,
                    id_text,
                    &mut out.states,
                );
                judged.state = row.map(|id| (id, start..out.states.len()));
            }
        } else {
            self.selected((bytes, fields), at, &mut judged, out);
        }
        out.records.push(judged);
    }

    fn selected(
        &mut self,
        (bytes, fields): (&[u8], &Fields<'_>),
        at: [u64; 2],
        judged: &mut Judged,
        out: &mut JudgedChunk,
    ) {
        let job = self.job;
        let mut marks = std::mem::take(&mut self.marks);
        let mut record = Record::read(job, &self.plan, (bytes, fields), judged.subject, &mut marks);
        judged.identity = record.identity;
        record.check_conflicts(job.kind, self.conflicts, &mut marks);
        record.match_and_rule(job, self.run_year, &mut marks);
        record.fill_blanks(job);
        judged.content =
            self.fingerprint
                .of(&job.key, job.kind, self.layout, fields, &record.values);
        let rejects = marks.reject();
        self.marks = marks;
        if rejects {
            self.reject(fields, Some(&record), at, judged, out);
        } else {
            judged.bucket = record.compare(job, judged.content);
            if judged.bucket == Bucket::Unchanged {
                let start = out.states.len();
                let id = record.take_over(job, judged.content, &mut out.states);
                judged.state = id.map(|id| (id, start..out.states.len()));
            }
            if let Bucket::Accepted(action) = judged.bucket {
                record.keep_original_hire(job, action);
                if !job.dry {
                    let start = out.states.len();
                    let id = record.state(job, judged.content, action, &mut out.states);
                    judged.state = Some((id, start..out.states.len()));
                }
                if job.rows {
                    let start = out.output.len();
                    row::push(
                        job,
                        self.layout,
                        (bytes, fields),
                        &record.values,
                        action,
                        &mut out.output,
                    );
                    judged.output = start..out.output.len();
                }
            }
            self.report(fields, Some(&record), at, judged, out);
            if self.want_traits {
                judged.traits = self.traits(fields, out);
            }
        }
    }

    fn reject(
        &mut self,
        fields: &Fields<'_>,
        record: Option<&Record<'_>>,
        at: [u64; 2],
        judged: &mut Judged,
        out: &mut JudgedChunk,
    ) {
        judged.bucket = Bucket::Rejected;
        if judged.roster_place.is_none()
            && let (Some(roster), Some(record)) = (self.job.known.roster, record)
        {
            let owner = record
                .ssn
                .and_then(|s| roster.ssn_owner(s, 0))
                .or_else(|| roster.username_owner(record.identity.username?, 0));
            judged.roster_place = owner.and_then(|s| roster.find(s)).map(|(place, _)| place);
        }
        if record.is_none_or(|r| r.key_in_doubt(self.job.kind, &self.marks)) {
            judged.traits = self.traits(fields, out);
        }
        self.report(fields, record, at, judged, out);
    }

    fn report(
        &mut self,
        fields: &Fields<'_>,
        record: Option<&Record<'_>>,
        at: [u64; 2],
        judged: &mut Judged,
        out: &mut JudgedChunk,
    ) {
        if self.marks.all.is_empty() {
            return;
        }
        let start = out.marks.len();
        out.marks.extend_from_slice(&self.marks.all);
        judged.marks = start..out.marks.len();
        let start = out.errors.len();
        report::push(
            self.job,
            self.layout,
            fields,
            record,
            at,
            &self.marks.all,
            &mut out.errors,
        );
        judged.errors = start..out.errors.len();
    }

    /// The plan year of the first selected record of a chunk that has a readable one, of those that are `wanted`.
    pub fn first_plan_year(
        &self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
        wanted: impl Fn(PlanYear) -> bool,
    ) -> Option<PlanYear> {
        let job = self.job;
        chunk.spans.iter().find_map(|span| {
            let bytes = &chunk.text[span.start..span.end];
            let fields = splitter.split(bytes);
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
    fn known(&self, subject: Option<u64>) -> Option<(usize, &'j Employee)> {
        self.job.known.roster?.find(subject?)
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
        if self.job.kind == Kind::Demographic {
            return 0;
        }
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
