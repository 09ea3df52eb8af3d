//! The list of what holds a file: for each reason who and what, against what was accepted last. It is made when a file that
//! is to be held is judged once more.

use super::job::JobSpec;
use super::judged::{Judged, JudgedChunk, Note};
use super::kind::RecordKind;
use super::lost_columns::LostColumns;
use super::shown_person::{ShownPerson, text};
use crate::domain::column::KindColumns;
use crate::domain::explanation::explain;
use crate::domain::{Action, Bucket, Cents, Code, Severity};
use crate::format::csv_rows::CsvRows;
use crate::format::fault::limit;
use crate::format::fields::FieldSplitter;
use crate::format::{Chunk, Fields, Layout};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The columns of a list.
const COLUMNS: [&str; 8] = [
    "guard",
    "line",
    "subscriber_id",
    "employee_number",
    "name",
    "what",
    "before",
    "after",
];

/// A record, or what a full file lacks.
#[derive(Default)]
struct HeldRow {
    /// 0 for what the file lacks.
    line: u64,
    person: ShownPerson,
    what: String,
    before: String,
    after: String,
}

/// The rows of one reason.
struct GuardRows {
    code: Code,
    reason: String,
    found: u64,
    /// By weight; those of the same weight in the order in which they came.
    rows: BTreeMap<(u64, Reverse<u64>), HeldRow>,
}

impl GuardRows {
    /// Counts a row, and lists it unless enough are listed that weigh as much.
    fn add(&mut self, weight: u64, row: impl FnOnce() -> HeldRow) {
        self.found += 1;
        let least = self.rows.first_key_value().map(|((weight, _), _)| *weight);
        let full = self.rows.len() >= limit::HELD_ROWS;
        if full && least.is_none_or(|least| weight <= least) {
            return;
        }
        self.rows.insert((weight, Reverse(self.found)), row());
        if full {
            self.rows.pop_first();
        }
    }

    fn push(&self, out: &mut CsvRows) {
        let code = self.code.as_str();
        let alone = |what: &str| [code, "", "", "", "", what, "", ""].map(str::to_owned);
        out.push(alone(&self.reason));
        for row in self.rows.values().rev() {
            let person = &row.person;
            let line = match row.line {
                0 => String::new(),
                line => line.to_string(),
            };
            out.push([
                code,
                &line,
                &person.subscriber_id,
                &person.employee_number,
                &person.name,
                &row.what,
                &row.before,
                &row.after,
            ]);
        }
        let more = self.found - self.rows.len() as u64;
        if more > 0 {
            out.push(alone(&format!("{more} more are not listed")));
        }
    }
}

/// A record where the ordered stage has it.
#[derive(Clone, Copy)]
pub(super) struct MergedRecord<'a> {
    chunk: &'a Chunk,
    judged: &'a JudgedChunk,
    /// Its position among the judged records.
    index: usize,
    note: &'a Note,
}

impl<'a> MergedRecord<'a> {
    pub(super) fn of(
        chunk: &'a Chunk,
        judged: &'a JudgedChunk,
        index: usize,
        note: &'a Note,
    ) -> MergedRecord<'a> {
        MergedRecord {
            chunk,
            judged,
            index,
            note,
        }
    }

    fn record(&self) -> &Judged {
        &self.judged.records[self.index]
    }

    fn codes(&self, severity: Severity) -> impl Iterator<Item = Code> {
        let findings = self.judged.findings(self.note.findings.clone());
        let found = findings.filter(move |(finding, _)| finding.severity == severity);
        found.map(|(finding, _)| finding.code)
    }
}

/// The list of a file that is judged once more because it is held.
pub(super) struct HeldList<'a> {
    out: Box<dyn Write + Send + 'a>,
    guards: Vec<GuardRows>,
    /// Known deductions of which the file has another amount: position, amount and line.
    amounts: Vec<(u32, i64, u64)>,
}

impl<'a> HeldList<'a> {
    /// `None` for a file that nothing holds.
    pub(super) fn new(job: &JobSpec<'_>, out: Box<dyn Write + Send + 'a>) -> Option<HeldList<'a>> {
        let guard = |(code, reason): &(Code, String)| GuardRows {
            code: *code,
            reason: reason.clone(),
            found: 0,
            rows: BTreeMap::new(),
        };
        let guards: Vec<GuardRows> = job.holds.iter().map(guard).collect();
        (!guards.is_empty()).then_some(HeldList {
            out,
            guards,
            amounts: Vec::new(),
        })
    }

    /// Lists a record under each reason that it belongs to.
    pub(super) fn record<K: RecordKind>(
        &mut self,
        job: &JobSpec<'_>,
        layout: &Layout,
        lost: &LostColumns,
        merged: MergedRecord<'_>,
        splitter: &mut FieldSplitter,
    ) {
        let record = merged.record();
        let span = &merged.chunk.spans[record.place as usize];
        let fields = merged.chunk.fields(span, splitter);
        for guard in &mut self.guards {
            if guard.code == Code::GuardAmount {
                let amount = merged.judged.cents(merged.index)[0];
                let taken = matches!(record.bucket, Bucket::Accepted(_) | Bucket::Unchanged);
                match taken.then_some(record.row.stored) {
                    Some(true) => self.amounts.push((record.row.stored_at, amount, span.line)),
                    Some(false) => guard.add(amount.unsigned_abs(), || HeldRow {
                        line: span.line,
                        person: ShownPerson::unjudged::<K::Column>(job, layout, &fields),
                        what: subject::<K>(layout, &fields),
                        before: Cents::ZERO.to_string(),
                        after: Cents::from(amount).to_string(),
                    }),
                    None => {}
                }
                continue;
            }
            if let Some(what) = said::<K>(guard.code, job, layout, lost, merged, &fields) {
                guard.add(0, || HeldRow {
                    line: span.line,
                    person: ShownPerson::unjudged::<K::Column>(job, layout, &fields),
                    what,
                    ..HeldRow::default()
                });
            }
        }
    }

    /// Lists what a full file lacks: an employee, or a `deduction` with its amount in cents. `ended`: it would be deactivated or
    /// stopped.
    pub(super) fn missing(
        &mut self,
        person: impl Fn() -> ShownPerson,
        deduction: Option<(&str, i64)>,
        ended: bool,
    ) {
        let (subject, end) = match deduction {
            Some((subject, _)) => (format!("{subject} "), "stopped"),
            None => (String::new(), "deactivated"),
        };
        let end = match ended {
            true => format!(" and would be {end}"),
            false => String::new(),
        };
        for guard in &mut self.guards {
            let (weight, before) = match (guard.code, deduction) {
                (Code::GuardAmount, Some((_, amount))) => {
                    (amount.unsigned_abs(), Cents::from(amount).to_string())
                }
                (Code::GuardTerminations, _) if !ended => continue,
                (
                    Code::GuardTerminations
                    | Code::GuardMissing
                    | Code::GuardRows
                    | Code::OmissionUnsure,
                    _,
                ) => (0, String::new()),
                _ => continue,
            };
            guard.add(weight, || HeldRow {
                person: person(),
                what: format!("{subject}is missing from the file{end}"),
                before,
                ..HeldRow::default()
            });
        }
    }

    /// The known deductions of which a reason has to know what they were: position, amount in cents and line.
    pub(super) fn take_amounts(&mut self) -> Vec<(u32, i64, u64)> {
        std::mem::take(&mut self.amounts)
    }

    /// Lists a known deduction on a line, with its amount before and in the file, in cents.
    pub(super) fn amount(
        &mut self,
        line: u64,
        [before, after]: [i64; 2],
        person: impl Fn() -> ShownPerson,
        subject: impl Fn() -> String,
    ) {
        let guard = self.guards.iter_mut().find(|g| g.code == Code::GuardAmount);
        let Some(guard) = guard.filter(|_| before != after) else {
            return;
        };
        guard.add(before.abs_diff(after), || HeldRow {
            line,
            person: person(),
            what: subject(),
            before: Cents::from(before).to_string(),
            after: Cents::from(after).to_string(),
        });
    }

    /// Writes the list with its titles.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        let mut rows = CsvRows::default();
        rows.push(COLUMNS);
        for guard in &self.guards {
            guard.push(&mut rows);
        }
        self.out.write_all(rows.as_bytes())?;
        self.out.flush()
    }
}

/// What besides its person tells a record from others: the code and the first day of a deduction.
fn subject<K: RecordKind>(layout: &Layout, fields: &Fields<'_>) -> String {
    let named = |name: &str| {
        let column = K::Column::COLUMNS.iter().find(|c| c.name == name);
        column.map(|column| text(layout, fields, column))
    };
    match (named("deduction_code"), named("effective_date")) {
        (Some(code), Some(from)) => format!("{code} from {from}"),
        _ => String::new(),
    }
}

/// What is said of a record as a reason of a hold, if it is one.
fn said<K: RecordKind>(
    guard: Code,
    job: &JobSpec<'_>,
    layout: &Layout,
    lost: &LostColumns,
    merged: MergedRecord<'_>,
    fields: &Fields<'_>,
) -> Option<String> {
    let record = merged.record();
    let what = match (guard, record.bucket) {
        (Code::GuardTerminations, Bucket::Accepted(Action::Deactivate | Action::Stop))
        | (Code::GuardRows, Bucket::Accepted(Action::Create | Action::Link | Action::Add)) => {
            would(record.bucket)?.to_owned()
        }
        (Code::SameAsEarlier, bucket) => would(bucket)?.to_owned(),
        (Code::GuardErrors | Code::OmissionUnsure, Bucket::Rejected) => {
            let mut why: Vec<&str> = Vec::new();
            for code in merged.codes(Severity::Error) {
                let message = explain(code).message;
                if !why.contains(&message) {
                    why.push(message);
                }
            }
            format!("is rejected: {}", why.join(" "))
        }
        (Code::ColumnGone, Bucket::Accepted(_) | Bucket::Unchanged) => {
            let names = lost.of::<K>(&job.known, &record.row);
            (!names.is_empty()).then(|| format!("would lose {}", names.join(", ")))?
        }
        (Code::RehireNewId, Bucket::Accepted(_) | Bucket::Unchanged) => {
            let found = merged.codes(Severity::Warning).any(|code| code == guard);
            found.then(|| "has left before, under another ID".to_owned())?
        }
        _ => return None,
    };
    let subject = subject::<K>(layout, fields);
    Some(format!("{subject} {what}").trim().to_owned())
}

/// What would become of a record.
fn would(bucket: Bucket) -> Option<&'static str> {
    let Bucket::Accepted(action) = bucket else {
        return None;
    };
    Some(match action {
        Action::Create => "would be created",
        Action::Update => "would be updated",
        Action::Deactivate => "would be deactivated",
        Action::Link => "would be linked",
        Action::Reactivate => "would be reactivated",
        Action::Add => "would be added",
        Action::Change => "would be changed",
        Action::Stop => "would be stopped",
        Action::Waive => "would be waived",
        Action::None => return None,
    })
}
