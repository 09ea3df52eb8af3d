//! Judging a chunk: pure, without knowledge of other chunks, so that chunks can be judged on all cores.

use super::job::FileContext;
use super::judged::{Judged, JudgedChunk, Note, Trailer};
use super::kind::RecordKind;
use super::record::{Misshape, RawRecord, Record, StoredState, position_of, subscriber_hash};
use super::shape::ShapeRules;
use super::{later_years, presence, report, row, shown_person, state};
use crate::compare::fingerprint::Fingerprint;
use crate::domain::column::{KindColumns, Type};
use crate::domain::keyed_hash::HashedType;
use crate::domain::{Action, Bucket, Code, Position, Severity, SkipReason};
use crate::format::Chunk;
use crate::format::clean::clean_as;
use crate::format::encoding::{ends_within_character, likely};
use crate::format::fields::FieldSplitter;
use crate::matching::roster::Employee;
use crate::rules::plan_year::PlanYear;
use crate::select::KnownPerson;
use crate::validate::findings::Target;
use crate::validate::{FieldPlan, Findings, Value};
use std::marker::PhantomData;

/// Judges chunks of one file.
pub(super) struct Judge<'j, K> {
    context: FileContext<'j>,
    shapes: ShapeRules<'j>,
    plan: FieldPlan<'j>,
    fingerprint: Fingerprint,
    findings: Findings,
    /// The position after the one found last, where the next subscriber probably is.
    next_employee: usize,
    next_deduction: usize,
    kind: PhantomData<K>,
}

/// What is decided about one record.
#[derive(Default)]
struct Judgement {
    judged: Judged,
    note: Note,
    /// The amounts, as far as they were read while the record was judged.
    cents: [Option<i64>; 2],
}

impl<'j, K: RecordKind> Judge<'j, K> {
    /// A judge; every worker has its own.
    pub(super) fn new(context: FileContext<'j>) -> Judge<'j, K> {
        let job = context.job;
        Judge {
            context,
            shapes: ShapeRules::new(context),
            plan: FieldPlan::new(K::Column::COLUMNS, context.layout, &job.fields),
            fingerprint: Fingerprint::default(),
            findings: Findings::default(),
            next_employee: 0,
            next_deduction: 0,
            kind: PhantomData,
        }
    }

    /// Judges a chunk; the number of its first record is `first`.
    pub(super) fn chunk(
        &mut self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
        first: u64,
        out: &mut JudgedChunk,
    ) {
        out.clear(first);
        for (place, span) in (0..).zip(&chunk.spans) {
            let bytes = &chunk.text[span.start..span.end];
            let broken = chunk.is_broken(span).then_some(bytes);
            let repaired = broken.map(likely);
            let bytes = repaired.as_deref().unwrap_or(bytes);
            let fields = match broken {
                Some(_) => splitter.split(bytes),
                None => chunk.fields(span, splitter),
            };
            let ends = span.next == span.end;
            let torn = self.context.conflicts.torn.get(&span.line);
            let torn = torn.map(|first| Misshape::Torn { first: *first });
            let raw = RawRecord {
                bytes,
                broken,
                fields,
                misshape: torn.or_else(|| self.shapes.misshape(bytes, &fields, ends)),
                position: Position {
                    line: span.line,
                    record: first + u64::from(place),
                },
            };
            // Records after a trailer make the run Failed, but every record of the file is counted.
            if out.trailer.is_some() {
                out.after_trailer.get_or_insert(span.line);
            }
            if self.context.lines.is_trailer(raw.bytes, &raw.fields) {
                out.trailer.get_or_insert_with(|| Trailer {
                    record: raw.bytes.to_vec(),
                    line: span.line,
                });
            } else {
                if broken.is_some_and(ends_within_character) && ends {
                    out.cut_off = Some(span.line);
                }
                // A trailer takes a number too, so that numbers don't depend on where chunks are cut.
                self.record(&raw, place, out);
            }
        }
    }

    fn record(&mut self, raw: &RawRecord<'_>, place: u32, out: &mut JudgedChunk) {
        let FileContext {
            job, run, layout, ..
        } = self.context;
        let id = K::Column::SHARED.subscriber_id;
        let misplaced = raw.fields.misplaced();
        // A field behind a misplaced quote may be any other.
        let id_text = match misplaced.is_none_or(|quote| quote.is_behind(layout.field(id))) {
            true => clean_as(Type::SubscriberId, layout.get(&raw.fields, id)),
            false => b"",
        };
        let subscriber = subscriber_hash(&job.key, id_text);
        let found = self.known(subscriber);
        let mut verdict = Judgement::default();
        verdict.judged.place = place;
        let row = &mut verdict.judged.row;
        self.findings.all.clear();
        if raw.broken.is_some() {
            self.findings.record(Code::EncodingMixed);
        }
        let cut_off = raw.misshape == Some(Misshape::CutOff);
        // Of a line that ends within an amount, the columns before are where they should be.
        let shifted = !matches!(raw.misshape, None | Some(Misshape::WithinAmount(_)));
        let misshapen = misplaced.is_some() || raw.misshape.is_some();
        if !cut_off
            && job
                .selection
                .leaves_out(layout, &raw.fields, misplaced.is_some() || shifted)
        {
            verdict.judged.bucket = Bucket::Skipped(SkipReason::RowFiltered);
            if let Some((position, employee)) = found {
                row.person = position_of(position);
                let fields = &raw.fields;
                verdict.note.own =
                    K::FILLS_ROSTER && presence::is_own_row::<K>(self.context, fields, employee);
            }
            presence::skipped::<K>(self.context, &raw.fields, found, &mut out.presence);
        } else if misshapen {
            // Which field is which, or whole, can't be known, so nothing else is said of them.
            if cut_off {
                out.cut_off = Some(raw.position.line);
            }
            verdict.cents = [Some(0); 2];
            if let Some(quote) = misplaced {
                let code = Code::QuoteMisplaced;
                let target = report::target::<K::Column>(layout, quote);
                self.findings.add(target, code, code.severity());
            }
            if cut_off || misplaced.is_none() {
                self.findings.record(Code::FieldCount);
            }
            self.reject(raw, None, &mut verdict, out);
        } else {
            row.subscriber_hash = subscriber.unwrap_or(0);
            if let Some((position, _)) = found {
                row.person = position_of(position);
                row.known = true;
            }
            let known = KnownPerson::of(found.map(|(_, e)| e), K::FILLS_ROSTER);
            let selection = &job.selection;
            let selected = selection.judge::<K::Column>(layout, &raw.fields, &job.fields, known);
            verdict.note.included = selected.included;
            if let Some(reason) = selected.skip {
                verdict.judged.bucket = Bucket::Skipped(reason);
                presence::skipped::<K>(self.context, &raw.fields, found, &mut out.presence);
                let remember = K::FILLS_ROSTER && reason == SkipReason::TestEmployee;
                match (found, run, subscriber) {
                    (Some(known), ..) if remember && !known.1.is(Employee::TEST) => {
                        self.test_of_known(raw, known, &mut verdict, out);
                    }
                    (None, Some(run), Some(subscriber)) if remember => {
                        state::push_test_employee(job, run, subscriber, id_text, &mut out.states);
                    }
                    _ => {}
                }
            } else if later_years::take::<K>(self.context, raw, found, (place, &verdict.note), out)
            {
                return self.shapes.note_short(raw, place, Bucket::Unchanged, out);
            } else {
                self.selected(raw, found, &mut verdict, out);
            }
        }
        self.finish(raw, verdict, out);
    }

    /// Judges a record that is flagged as a test and has the ID of an employee who was none so far. If SSN and username
    /// are that employee's, the flag is remembered beside what is known; else the ID is a mistake.
    fn test_of_known(
        &mut self,
        raw: &RawRecord<'_>,
        known: (usize, &'j Employee),
        verdict: &mut Judgement,
        out: &mut JudgedChunk,
    ) {
        let mut findings = std::mem::take(&mut self.findings);
        let row = &mut verdict.judged.row;
        let subscriber = Some(row.subscriber_hash);
        let record = Record::<K>::read(self.context, &self.plan, raw, subscriber, &mut findings);
        findings.all.clear();
        let (employee, hashes) = (known.1, record.hashes());
        let sent = (hashes.ssn.unwrap_or(0), hashes.username.unwrap_or(0));
        let same = sent == (employee.ssn, employee.username) && sent != (0, 0);
        let target = Target::Column(K::Column::SHARED.test_employee.into());
        let severity = if same {
            Severity::Warning
        } else {
            Severity::Error
        };
        findings.add(target, Code::TestFlagConflict, severity);
        self.findings = findings;
        if !same {
            row.identified = record.identity.subscriber_hash.is_some();
            return self.reject(raw, Some(&record), verdict, out);
        }
        self.report(raw, Some(&record), &mut verdict.note, out);
        if let Some(run) = self.context.run {
            verdict.judged.replaces = employee.id;
            state::push_flagged(self.context.job, run, employee, &mut out.states);
        }
    }

    /// Adds a judged record to the chunk and its sums.
    fn finish(&mut self, raw: &RawRecord<'_>, verdict: Judgement, out: &mut JudgedChunk) {
        let Judgement {
            mut judged,
            note,
            cents,
        } = verdict;
        let end = |bytes: &[u8]| u32::try_from(bytes.len()).expect("rows of a chunk fit in memory");
        self.shapes
            .note_short(raw, judged.place, judged.bucket, out);
        judged.output = end(&out.output);
        judged.state = end(&out.states);
        judged.noted = !note.findings.is_empty()
            || !note.traits.is_empty()
            || note.included.is_some()
            || note.ends
            || note.own;
        if judged.noted {
            out.notes.push(note);
        }
        if let Some([employee, employer]) = K::AMOUNTS {
            let cents = [
                cents[0].unwrap_or_else(|| self.context.cents(&raw.fields, employee)),
                cents[1].unwrap_or_else(|| self.context.cents(&raw.fields, employer)),
            ];
            out.cents.push(cents);
            out.totals.add(judged.bucket, cents[0], cents[1]);
        } else {
            out.totals.add(judged.bucket, 0, 0);
        }
        out.records.push(judged);
    }

    /// Judges a selected record.
    fn selected(
        &mut self,
        raw: &RawRecord<'_>,
        found: Option<(usize, &'j Employee)>,
        verdict: &mut Judgement,
        out: &mut JudgedChunk,
    ) {
        let FileContext {
            job,
            run,
            layout,
            conflicts,
            ..
        } = self.context;
        let mut findings = std::mem::take(&mut self.findings);
        let judged = &mut verdict.judged;
        let subscriber = (judged.row.subscriber_hash != 0).then_some(judged.row.subscriber_hash);
        let mut record =
            Record::<K>::read(self.context, &self.plan, raw, subscriber, &mut findings);
        if raw.halves() {
            // The characters that stand for them were not sent.
            findings.all.retain(|f| f.code != Code::ControlCharacter);
        }
        let rank = job.selection.rank(layout, &raw.fields);
        let key = record
            .identity
            .key_hash
            .map(|key| (key, record.identity.ein));
        if key.is_some_and(|key| conflicts.prefer_another(key, rank)) {
            // Whatever is wrong with it, it isn't the row that counts.
            judged.bucket = Bucket::Skipped(SkipReason::NonPrimaryRow);
            self.findings = findings;
            return;
        }
        judged.row.rank = rank;
        record.stored = self.stored(&record, found);
        record.check_conflicts(conflicts, &mut findings);
        let claims = record.check_known(self.context, &mut findings);
        K::fill_blanks(job, &mut record.values);
        // A fingerprint that is neither compared nor kept isn't needed.
        let stored = K::compared_with(&record.stored).is_some();
        let content = if !(stored || run.is_some() || conflicts.repeated) {
            0
        } else if let Some(bytes) = raw.broken {
            // What they most likely mean is not the same as what another row says.
            job.key.hash(HashedType::Cell, bytes)
        } else {
            let (fingerprint, blanks) = (&mut self.fingerprint, &job.fields.blanks);
            K::content(&mut record, |values| {
                fingerprint.of(&job.key, layout, &raw.fields, blanks, values)
            })
        };
        record.describe(job, content, &mut judged.row);
        judged.row.sound = K::FILLS_ROSTER && findings.only_in_use();
        record.push_moves(self.context, &claims, &judged.row, out);
        let fingerprint = &mut self.fingerprint;
        verdict.note.columns = record.push_columns(self.context, raw, fingerprint, &findings, out);
        let rejects = findings.reject();
        self.findings = findings;
        if rejects {
            self.reject(raw, Some(&record), verdict, out);
        } else {
            self.take(raw, &mut record, content, verdict, out);
        }
        if let Some(amounts) = K::AMOUNTS {
            verdict.cents = amounts.map(|column| match record.values[column] {
                Value::Cents(cents) => Some(cents),
                _ => None,
            });
        }
    }

    /// Writes what follows from a record without errors.
    fn take(
        &mut self,
        raw: &RawRecord<'_>,
        record: &mut Record<'_, K>,
        content: u64,
        verdict: &mut Judgement,
        out: &mut JudgedChunk,
    ) {
        let FileContext {
            job,
            run,
            layout,
            conflicts,
            ..
        } = self.context;
        K::settle(
            record,
            self.context,
            content,
            &mut self.findings,
            &mut out.series,
        );
        let judged = &mut verdict.judged;
        judged.bucket = record.compare(job, content);
        let passed_on = conflicts.moves.passed_on(record.identity.subscriber_hash);
        let states = &mut out.states;
        if let Some(run) = run {
            judged.replaces = match judged.bucket {
                // What is written of it says what the receiver has.
                Bucket::Unchanged | Bucket::Accepted(Action::None) => {
                    K::push_unchanged_state(record, job, content, passed_on, states).unwrap_or(0)
                }
                Bucket::Accepted(action) => {
                    K::push_state(record, job, run, content, action, passed_on, states)
                }
                _ => 0,
            };
        }
        if let (Bucket::Accepted(action), true) = (judged.bucket, job.rows) {
            K::complete(record, job);
            row::push(
                job,
                layout,
                raw.bytes,
                &raw.fields,
                &record.values,
                action,
                &mut out.output,
            );
        }
        verdict.note.ends = job.rows && K::push_end(record, self.context, &mut out.output);
        self.report(raw, Some(record), &mut verdict.note, out);
        if job.corrects.is_some() {
            verdict.note.traits = out.push_traits(&job.key, &raw.fields);
        }
    }

    /// Looks up what is stored for a record. A subscriber who is not valid has nothing stored.
    fn stored(
        &mut self,
        record: &Record<'_, K>,
        found: Option<(usize, &'j Employee)>,
    ) -> StoredState<'j> {
        let deductions = self.context.job.known.deductions;
        let deductions = deductions.zip(record.identity.key_hash);
        StoredState {
            person: found.filter(|_| record.identity.subscriber_hash.is_some()),
            deduction: deductions
                .and_then(|(all, key)| all.find_next(&mut self.next_deduction, key)),
        }
    }

    fn reject(
        &mut self,
        raw: &RawRecord<'_>,
        record: Option<&Record<'_, K>>,
        verdict: &mut Judgement,
        out: &mut JudgedChunk,
    ) {
        verdict.judged.bucket = Bucket::Rejected;
        let to = &mut out.presence;
        presence::rejected::<K>(self.context, &raw.fields, record, &self.findings, to);
        if record.is_none_or(|r| r.key_in_doubt(&self.findings)) {
            verdict.note.traits = out.push_traits(&self.context.job.key, &raw.fields);
        }
        if self.context.run.is_some() {
            verdict.note.person = shown_person::keep(self.context, raw, record, out);
        }
        self.report(raw, record, &mut verdict.note, out);
    }

    /// Writes the findings of a record, and their rows unless enough are listed.
    fn report(
        &self,
        raw: &RawRecord<'_>,
        record: Option<&Record<'_, K>>,
        note: &mut Note,
        out: &mut JudgedChunk,
    ) {
        let findings = &self.findings.all;
        if findings.is_empty() {
            return;
        }
        let start = out.findings.len();
        if self.context.job.listing.is_full() {
            for finding in findings {
                out.push_finding(*finding);
            }
        } else {
            report::push(self.context, raw, record, findings, out);
        }
        note.findings = start..out.findings.len();
    }

    /// The plan years of the selected records of a chunk that have a readable one, in the order of the file.
    pub(super) fn plan_years(
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
                layout.get(&fields, K::Column::SHARED.subscriber_id),
            );
            let known = self.known(subscriber_hash(&job.key, id));
            let known = KnownPerson::of(known.map(|(_, e)| e), K::FILLS_ROSTER);
            let selected = selection.judge::<K::Column>(layout, &fields, &job.fields, known);
            if selected.skip.is_some() {
                return None;
            }
            K::plan_year(job, layout, &fields)
        })
    }

    /// The employee whom the roster knows under a subscriber's hash, and the position there.
    fn known(&mut self, subscriber_hash: Option<u64>) -> Option<(usize, &'j Employee)> {
        let roster = self.context.job.known.roster?;
        roster.find_next(&mut self.next_employee, subscriber_hash?)
    }
}
