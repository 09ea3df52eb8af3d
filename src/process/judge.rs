//! Judging a chunk: pure, without knowledge of other chunks, so that chunks can be judged on all cores.

use super::job::FileContext;
use super::judged::{JudgedChunk, Judgement, Note, Trailer};
use super::kind::RecordKind;
use super::lookup::Lookup;
use super::record::{Misshape, RawRecord, Record, RecordReader, position_of, subscriber_hash};
use super::shape::ShapeRules;
use super::{
    corrections, later_years, leading_zeros, linking, presence, report, row, shown_person, state,
};
use crate::compare::fingerprint::Fingerprint;
use crate::domain::column::{KindColumns, Type};
use crate::domain::{Action, Bucket, Code, Position, Severity, SkipReason};
use crate::format::Chunk;
use crate::format::clean::clean_as;
use crate::format::encoding::ends_within_character;
use crate::format::fields::FieldSplitter;
use crate::matching::corrections::Belongs;
use crate::matching::roster::Employee;
use crate::select::KnownPerson;
use crate::validate::findings::Target;
use crate::validate::{Findings, Value};
use std::marker::PhantomData;

/// Judges chunks of one file.
pub(super) struct Judge<'j, K> {
    context: FileContext<'j>,
    shapes: ShapeRules<'j>,
    reader: RecordReader<'j>,
    fingerprint: Fingerprint,
    findings: Findings,
    lookup: Lookup<'j>,
    kind: PhantomData<K>,
}

impl<'j, K: RecordKind> Judge<'j, K> {
    /// A judge; every worker has its own.
    pub(super) fn new(context: FileContext<'j>) -> Judge<'j, K> {
        let job = context.job;
        Judge {
            context,
            shapes: ShapeRules::new(context),
            reader: RecordReader::new::<K>(context),
            fingerprint: Fingerprint::default(),
            findings: Findings::default(),
            lookup: Lookup::new(&job.known),
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
            let repaired = leading_zeros::repaired::<K>(self.context, chunk, span, splitter);
            let (bytes, fields) = match &repaired {
                Some(record) => (&record.bytes[..], splitter.split(&record.bytes)),
                None => (bytes, chunk.fields(span, splitter)),
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
                restored: repaired.as_ref().map_or(&[], |record| &record.restored),
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
                // A trailer takes a number too, wherever chunks are cut.
                self.record(&raw, place, out);
            }
        }
    }

    fn record(&mut self, raw: &RawRecord<'_>, place: u32, out: &mut JudgedChunk) {
        let FileContext { job, layout, .. } = self.context;
        let id = K::Column::SHARED.id;
        let misplaced = raw.fields.misplaced();
        // A field behind a misplaced quote may be any other.
        let id_text = match misplaced.is_none_or(|quote| quote.is_behind(layout.field(id))) {
            true => clean_as(Type::SubscriberId, layout.get(&raw.fields, id)),
            false => b"",
        };
        let subscriber = subscriber_hash(&job.key, id_text);
        let found = self.lookup.employee(subscriber);
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
        if job.known.was_judged(raw.position.record) {
            verdict.judged.bucket = Bucket::Skipped(SkipReason::AlreadyJudged);
        } else if !cut_off
            && job
                .selection
                .leaves_out(layout, &raw.fields, misplaced.is_some() || shifted)
        {
            verdict.judged.bucket = Bucket::Skipped(SkipReason::RowFiltered);
            if let Some((position, employee)) = found {
                row.person = position_of(position);
                let own = || presence::is_own_row::<K>(self.context, &raw.fields, employee);
                verdict.note.own = K::FILLS_ROSTER && own();
            }
            presence::skipped::<K>(self.context, &raw.fields, found, &mut out.presence);
        } else if misshapen {
            self.misshapen(raw, &mut verdict, out);
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
                self.leave_out(raw, found, (reason, id_text), &mut verdict, out);
            } else if later_years::take::<K>(self.context, raw, found, (place, &verdict.note), out)
            {
                return self.shapes.note_short(raw, place, Bucket::Unchanged, out);
            } else {
                self.selected(raw, found, &mut verdict, out);
            }
        }
        self.finish(raw, verdict, out);
    }

    /// Skips a record that selection leaves out.
    fn leave_out(
        &mut self,
        raw: &RawRecord<'_>,
        found: Option<(usize, &'j Employee)>,
        (reason, id_text): (SkipReason, &[u8]),
        verdict: &mut Judgement,
        out: &mut JudgedChunk,
    ) {
        let FileContext { job, run, .. } = self.context;
        verdict.judged.bucket = Bucket::Skipped(reason);
        presence::skipped::<K>(self.context, &raw.fields, found, &mut out.presence);
        let hash = verdict.judged.row.subscriber_hash;
        let subscriber = (hash != 0).then_some(hash);
        if reason == SkipReason::OutsideLookback {
            out.left_out += u64::from(self.differs(raw, subscriber, found));
        }
        // A shifted row of corrections may have anything in the place of its flag.
        let remember = K::FILLS_ROSTER
            && reason == SkipReason::TestEmployee
            && job.known.corrections.is_none();
        match (found, run, subscriber) {
            (Some(known), ..) if remember && !known.1.is(Employee::TEST) => {
                self.test_of_known(raw, known, verdict, out);
            }
            (None, Some(run), Some(subscriber)) if remember => {
                state::push_test_employee(job, run, subscriber, id_text, &mut out.states);
            }
            _ => {}
        }
    }

    /// Rejects a record of which it is in doubt what its fields are.
    fn misshapen(&mut self, raw: &RawRecord<'_>, verdict: &mut Judgement, out: &mut JudgedChunk) {
        verdict.cents = [Some(0); 2];
        let layout = self.context.layout;
        report::add_misshape::<K::Column>(layout, raw, &mut self.findings, out);
        self.reject(raw, None, verdict, out);
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
        let record: Record<'_, K> = self.reader.read(raw, subscriber, &mut findings);
        findings.all.clear();
        let (employee, hashes) = (known.1, record.hashes());
        let sent = (hashes.ssn.unwrap_or(0), hashes.username.unwrap_or(0));
        let same = sent == (employee.ssn, employee.username) && sent != (0, 0);
        let column = K::Column::SHARED.test_employee;
        let target = column.map_or(Target::Record, |column| Target::Column(column.into()));
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
    fn finish(&mut self, raw: &RawRecord<'_>, mut verdict: Judgement, out: &mut JudgedChunk) {
        if let Bucket::Skipped(reason) = verdict.judged.bucket {
            let told = &mut verdict.note.findings;
            report::tell_skipped::<K>(self.context, raw, reason, told, out);
        }
        let Judgement { judged, cents, .. } = verdict;
        self.shapes
            .note_short(raw, judged.place, judged.bucket, out);
        let cents = K::AMOUNTS.map(|[employee, employer]| {
            [
                cents[0].unwrap_or_else(|| self.context.cents(&raw.fields, employee)),
                cents[1].unwrap_or_else(|| self.context.cents(&raw.fields, employer)),
            ]
        });
        out.push(judged, verdict.note, cents);
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
        let mut record: Record<'_, K> = self.reader.read(raw, subscriber, &mut findings);
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
        record.stored = self.lookup.stored(&record, found);
        record.check_conflicts(conflicts, &mut findings);
        let claims = record.check_known(self.context, &mut findings);
        if corrections::check(&mut record, self.context, raw, &mut findings) {
            judged.bucket = Bucket::Skipped(SkipReason::AlreadyJudged);
            self.findings = findings;
            return;
        }
        for column in raw.restored {
            findings.column(*column, Code::LeadingZerosRestored);
        }
        K::fill_blanks(job, &mut record.values);
        K::choose_level(&mut record, job);
        // A fingerprint that is neither compared nor kept isn't needed.
        let stored = K::compared_with(&record.stored).is_some();
        let content = match stored || run.is_some() || conflicts.repeated {
            true => record.content(self.context, raw, &mut self.fingerprint),
            false => 0,
        };
        let newest = record.changed.map(|changed| job.versions.newest(changed));
        out.newest = out.newest.max(newest.unwrap_or(0));
        let sound = findings.only_in_use();
        let found = (content, &claims[..], &mut findings);
        let refused = K::find_account(&mut record, self.context, found, &mut out.link_claims);
        let rejects = findings.reject();
        self.findings = findings;
        if let Some(reason) = record.out_of_time(job, content) {
            self.pass_over(raw, &record, (reason, content), verdict, out);
        } else {
            record.describe(job, content, &mut judged.row);
            judged.row.sound = K::FILLS_ROSTER && sound && !refused;
            record.push_moves(self.context, &claims, &judged.row, out);
            let (fingerprint, findings) = (&mut self.fingerprint, &self.findings);
            verdict.note.columns =
                record.push_columns(self.context, raw, fingerprint, findings, out);
            if rejects {
                self.reject(raw, Some(&record), verdict, out);
            } else {
                self.take(raw, &mut record, content, verdict, out);
            }
        }
        if let Some(amounts) = K::AMOUNTS {
            verdict.cents = amounts.map(|column| match record.values[column] {
                Value::Cents(cents) => Some(cents),
                _ => None,
            });
        }
    }

    /// Skips a record by the time of its last change, whatever else is found of it.
    fn pass_over(
        &mut self,
        raw: &RawRecord<'_>,
        record: &Record<'_, K>,
        (reason, content): (SkipReason, u64),
        verdict: &mut Judgement,
        out: &mut JudgedChunk,
    ) {
        let FileContext { job, run, .. } = self.context;
        let judged = &mut verdict.judged;
        judged.bucket = Bucket::Skipped(reason);
        presence::skipped::<K>(
            self.context,
            &raw.fields,
            record.stored.person,
            &mut out.presence,
        );
        if job.selection.primary.is_some() {
            // The other rows of its key have to know that it is the one that counts.
            record.describe(job, content, &mut judged.row);
        }
        self.findings.all.clear();
        if reason == SkipReason::Superseded {
            if let Some(column) = K::Column::SHARED.last_changed_at {
                self.findings.column(column, Code::OlderThanRoster);
            }
            self.report(raw, Some(record), &mut verdict.note, out);
        } else if run.is_some() {
            let states = &mut out.states;
            let replaces = K::push_unchanged_state(record, job, content, 0, states);
            judged.replaces = replaces.unwrap_or(0);
        }
    }

    /// Whether a record that selection leaves out is another, and no older one, than was accepted last.
    fn differs(
        &mut self,
        raw: &RawRecord<'_>,
        subscriber: Option<u64>,
        found: Option<(usize, &'j Employee)>,
    ) -> bool {
        let job = self.context.job;
        let mut record: Record<'_, K> = self.reader.read(raw, subscriber, &mut Findings::default());
        record.stored = self.lookup.stored(&record, found);
        K::fill_blanks(job, &mut record.values);
        let content = record.content(self.context, raw, &mut self.fingerprint);
        !record.is_older(job) && !record.is_as_accepted(job, content)
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
        judged.bucket = record.compare(job, content, &mut self.findings);
        let passed_on = conflicts.moves.passed_on(record.identity.subscriber_hash);
        let states = &mut out.states;
        if let Some(run) = run {
            judged.replaces = match judged.bucket {
                // What is written of it says what the receiver has.
                Bucket::Unchanged | Bucket::Accepted(Action::None) => {
                    K::push_unchanged_state(record, job, content, passed_on, states).unwrap_or(0)
                }
                Bucket::Accepted(action) => {
                    (self.reader).push_trail(raw, record, action, &mut out.trails);
                    K::push_state(record, job, run, content, action, passed_on, states)
                }
                Bucket::Skipped(SkipReason::NotSyncing) if !record.is_as_accepted(job, content) => {
                    K::push_state(record, job, run, content, Action::None, passed_on, states)
                }
                _ => 0,
            };
        }
        linking::take(record, judged.bucket, out);
        if let (Bucket::Accepted(action), true) = (judged.bucket, job.rows) {
            K::complete(record, job);
            let account = linking::account_id(record, job);
            row::push(
                job,
                layout,
                raw.bytes,
                &raw.fields,
                &record.values,
                (action, account),
                &mut out.output,
            );
        }
        verdict.note.ends = job.rows && K::push_end(record, self.context, &mut out.output);
        self.report(raw, Some(record), &mut verdict.note, out);
        if let Some(Belongs::ByTraits(near)) = &record.belongs {
            verdict.note.corrects.clone_from(near);
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
        let job = self.context.job;
        verdict.note.traits = match record {
            Some(record) => out.push_traits(corrections::traits(job, record, &self.findings)),
            None => out.push_traits(corrections::cells(&job.key, &raw.fields)),
        };
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
}
