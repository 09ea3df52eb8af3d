//! Corrections: what is kept of rejected records, and which rejection a corrected one belongs to.

use super::job::{FileContext, JobSpec, Reopened};
use super::kind::{RecordKind, ValuesOf};
use super::record::{RawRecord, Record, ssn_hash, subscriber_hash};
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::domain::keyed_hash::HashedType;
use crate::domain::{Code, Severity, SiteKey};
use crate::format::Fields;
use crate::format::clean::clean;
use crate::format::output::From;
use crate::matching::corrections::{Accepted, Belongs, Correction, Corrections};
use crate::matching::names::Names;
use crate::matching::rejections::{MOST_CELLS, OpenRejection, TELLING};
use crate::matching::traits::{Part, Trait};
use crate::validate::findings::{RecordFinding, Target};
use crate::validate::{Findings, Value};

/// Findings that may mean that the ID is another's.
const OF_ID: [Code; 11] = [
    Code::SubscriberIdIsSsn,
    Code::SsnShared,
    Code::UsernameShared,
    Code::SsnInUse,
    Code::UsernameInUse,
    Code::SsnChanged,
    Code::RehireNewId,
    Code::TestFlagConflict,
    Code::SubscriberUnknown,
    Code::SsnMismatch,
    Code::UsernameMismatch,
];
/// Findings that may mean that the effective date is wrong.
const OF_DATE: [Code; 6] = [
    Code::DateOrder,
    Code::EmployeeTerminated,
    Code::PlanYearUnknown,
    Code::PlanYearOutside,
    Code::PlanYearMixed,
    Code::Retro,
];

/// The columns that say whose record it is, each with what is kept of it.
pub(super) fn person_columns<K: RecordKind>() -> impl Iterator<Item = (K::Column, Part)> {
    let columns = K::Column::SHARED;
    let all = [
        (Some(columns.id), Part::Subscriber),
        (columns.ssn, Part::Ssn),
        (columns.username, Part::Username),
        (columns.employee_number, Part::Number),
    ];
    all.into_iter()
        .filter_map(|(column, part)| Some((column?, part)))
}

/// The half of a hash that is kept.
#[expect(clippy::cast_possible_truncation, reason = "half of it is kept")]
pub(super) fn half(hash: u64) -> u32 {
    hash as u32
}

/// The hash of a part of a record; `None` where its value is blank or can't be read, but for parts of the key, of which a
/// blank is a value too.
pub(super) fn hash(key: &SiteKey, part: Part, value: Value<'_>) -> Option<u32> {
    let cell = |bytes: &[u8]| key.half_hash(HashedType::Cell, bytes);
    match (part, value) {
        (Part::Subscriber, value) => subscriber_hash(key, value.text()?).map(half),
        (Part::Ssn, Value::Ssn(ssn)) if !ssn.is_placeholder() => {
            Some(half(ssn_hash(key, ssn.number())))
        }
        (Part::Ssn, _) => None,
        (Part::Username, value) => {
            let hash = key.hash_lower_case(HashedType::Username, value.text()?);
            Some(half(hash))
        }
        (_, Value::Text(text) | Value::Code(text)) => Some(cell(text)),
        (_, Value::Date(date)) => Some(cell(date.to_string().as_bytes())),
        (_, Value::Ein(number)) => Some(cell(&number.to_le_bytes())),
        (Part::Ein, Value::Blank) => Some(cell(b"")),
        _ => None,
    }
}

/// Whether findings that reject a record put a part of it in doubt.
struct Doubts<'f> {
    findings: &'f [RecordFinding],
}

impl Doubts<'_> {
    fn any(&self, is: impl Fn(&RecordFinding) -> bool) -> bool {
        let mut errors = self.findings.iter();
        errors.any(|f| f.severity == Severity::Error && is(f))
    }

    fn part(&self, part: Part, columns: &[ColumnIndex]) -> bool {
        self.any(|f| {
            let whole = matches!(f.code, Code::DuplicateConflict | Code::EncodingMixed);
            let of_part = match part {
                Part::Subscriber => f.code == Code::IdentityMismatch || OF_ID.contains(&f.code),
                Part::Effective => OF_DATE.contains(&f.code),
                _ if Part::PERSON.contains(&part) => f.code == Code::IdentityMismatch,
                _ => false,
            };
            let here = |column: &ColumnIndex| f.target == Target::Column(*column);
            whole || of_part || columns.iter().any(here)
        })
    }

    /// Whether a column that the integration adds to the key is in doubt.
    fn added(&self, columns: &[From]) -> bool {
        self.any(|f| match f.target {
            Target::Column(column) => columns.contains(&From::Column(column)),
            Target::Custom(place) => columns.contains(&From::Custom(place.into())),
            Target::Record => false,
        })
    }
}

/// What says whose record it is, of a rejected one or of its correction.
pub(super) fn traits<K: RecordKind>(
    job: &JobSpec<'_>,
    record: &Record<'_, K>,
    findings: &Findings,
) -> Vec<Trait> {
    let doubts = Doubts {
        findings: &findings.all,
    };
    let (key, values, id) = (&job.key, &record.values, &record.identity);
    let columns = K::Column::SHARED;
    let mut found = Vec::new();
    let mut push = |part, hash: Option<u32>, columns: &[ColumnIndex]| {
        let doubted = doubts.part(part, columns);
        found.extend(hash.map(|hash| Trait {
            part,
            doubted,
            hash,
        }));
    };
    for (column, part) in person_columns::<K>() {
        let known = match part {
            Part::Subscriber => id.subscriber_hash.map(half),
            Part::Ssn => id.ssn.map(|s| half(ssn_hash(key, s))),
            Part::Username => id.username_hash.map(half),
            _ => hash(key, part, values[column]),
        };
        push(part, known, &[column.into()]);
    }
    let names = names_of::<K>(key, values).whole().map(half);
    push(
        Part::Name,
        names,
        &[columns.first_name.into(), columns.last_name.into()],
    );
    for (column, part) in K::KEY_PARTS {
        if *part != Part::Else {
            push(
                *part,
                hash(key, *part, values[*column]),
                &[(*column).into()],
            );
        } else if doubts.part(Part::Else, &[(*column).into()]) {
            push(Part::Else, Some(0), &[(*column).into()]);
        }
    }
    if doubts.added(&job.key_columns) {
        found.push(Trait {
            part: Part::Else,
            doubted: true,
            hash: 0,
        });
    }
    found
}

fn names_of<K: RecordKind>(key: &SiteKey, values: &ValuesOf<'_, K>) -> Names {
    let columns = K::Column::SHARED;
    let name = |column| values[column].text().unwrap_or_default();
    Names::of(key, name(columns.first_name), name(columns.last_name))
}

/// The telling cells of a record whose fields can't be told apart.
pub(super) fn cells(key: &SiteKey, fields: &Fields<'_>) -> impl Iterator<Item = Trait> {
    cell_hashes(key, fields).map(|hash| Trait {
        part: Part::Cell,
        doubted: true,
        hash,
    })
}

fn cell_hashes(key: &SiteKey, fields: &Fields<'_>) -> impl Iterator<Item = u32> {
    let telling = fields.iter().map(clean).filter(|c| c.len() >= TELLING);
    telling.take(MOST_CELLS).map(|cell| cell_hash(key, cell))
}

/// The hash of a cell, of which spreadsheets may change the notation.
fn cell_hash(key: &SiteKey, cell: &[u8]) -> u32 {
    let in_number = |b: &u8| b.is_ascii_digit() || b" $,./()-".contains(b);
    if cell.iter().all(in_number) {
        let digits = cell.iter().copied().filter(u8::is_ascii_digit);
        let digits: Vec<u8> = digits.skip_while(|b| *b == b'0').collect();
        return key.half_hash(HashedType::Cell, &digits);
    }
    half(key.hash_lower_case(HashedType::Cell, cell))
}

/// Checks a record that was judged before: refuses one whose key was accepted since, or that corrects no open rejection.
/// Returns whether it was accepted from the same bytes, so that it is skipped.
pub(super) fn check<K: RecordKind>(
    record: &mut Record<'_, K>,
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    findings: &mut Findings,
) -> bool {
    let job = context.job;
    let foreign = record.identity.foreign;
    let last = K::last_accepted(&record.stored);
    let last = last.filter(|run| !foreign && !job.repeats.contains(run));
    let since = |reopened: &Reopened| last.is_some_and(|run| run >= reopened.since);
    if job.known.reopened.is_some_and(since) {
        findings.record(Code::AlreadyAccepted);
    }
    let Some(corrections) = job.known.corrections else {
        return false;
    };
    let correction = correction::<K>(corrections, record, context, raw);
    match last.map_or(Accepted::Before, |run| corrections.accepted_by(run)) {
        Accepted::Before => belong(corrections, &correction, record, context, raw, findings),
        Accepted::OfTheseBytes => return true,
        Accepted::Since => match corrections.with_anothers_id(&correction) {
            Some(place) => refuse(Belongs::No(Some(place)), record, findings),
            None => findings.record(Code::AlreadyAccepted),
        },
    }
    false
}

/// What tells whose record a corrected one is.
fn correction<K: RecordKind>(
    corrections: &Corrections,
    record: &Record<'_, K>,
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
) -> Correction {
    let FileContext { job, layout, .. } = context;
    let mut cells: Vec<u32> = Vec::new();
    let mut person_cells = Vec::new();
    if corrections.has_cells() {
        cells.extend(cell_hashes(&job.key, &raw.fields));
        cells.sort_unstable();
        let sent = person_columns::<K>().map(|(c, _)| clean(layout.get(&raw.fields, c)));
        let telling = sent.into_iter().filter(|cell| cell.len() >= TELLING);
        person_cells.extend(telling.map(|cell| cell_hash(&job.key, cell)));
    }
    Correction {
        key: record.identity.key_hash,
        traits: traits::<K>(job, record, &Findings::default()),
        cells,
        person_cells,
    }
}

/// Finds out which rejection a corrected record belongs to, and refuses it where there is none.
fn belong<K: RecordKind>(
    corrections: &Corrections,
    correction: &Correction,
    record: &mut Record<'_, K>,
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    findings: &mut Findings,
) {
    let mut belongs = corrections.belongs(correction);
    if context.conflicts.left_over.contains(&raw.position.record) {
        belongs = Belongs::No(None);
    }
    if let Belongs::No(_) = belongs {
        return refuse(belongs, record, findings);
    }
    let number = K::Column::SHARED.employee_number;
    let other = |r: &OpenRejection| r.traits.iter().any(|kept| is_other(*kept, correction));
    if let Some(number) = number
        && is_rounded(record.values[number])
        && corrections.of(correction.key, &belongs).any(other)
    {
        findings.column(number, Code::SpreadsheetNumber);
    }
    for finding in &mut findings.all {
        if corrections.accepts(finding.code, correction.key, &belongs) {
            finding.severity = Severity::Warning;
        }
    }
    record.belongs = Some(belongs);
}

/// Refuses a record that belongs to no rejection.
fn refuse<K: RecordKind>(belongs: Belongs, record: &mut Record<'_, K>, findings: &mut Findings) {
    // What is wrong with a row that isn't taken matters where it keeps the row from being known.
    if record.identity.key_hash.is_some() {
        findings.all.clear();
    }
    findings.record(Code::NotRejected);
    record.belongs = Some(belongs);
}

/// Whether a number may have lost digits in a spreadsheet, which puts zeros in their place.
fn is_rounded(number: Value<'_>) -> bool {
    /// How many digits a spreadsheet keeps.
    const KEPT: usize = 15;
    let digits = number.text().filter(|t| t.iter().all(u8::is_ascii_digit));
    let lost = digits.and_then(|digits| digits.split_at_checked(KEPT));
    lost.is_some_and(|(_, lost)| !lost.is_empty() && lost.iter().all(|b| *b == b'0'))
}

/// Whether a corrected record has another employee number than was rejected, with which nothing was wrong.
fn is_other(kept: Trait, correction: &Correction) -> bool {
    kept.part == Part::Number && !kept.doubted && correction.get(Part::Number) != Some(kept.hash)
}
