//! Rows of the error file.

use super::job::FileContext;
use super::judged::JudgedChunk;
use super::kind::RecordKind;
use super::meant_row::meant_row;
use super::record::{Misshape, RawRecord, Record};
use super::shown_person::{ShownPerson, text};
use super::{own_advice, shape};
use crate::domain::character::{in_words, looks_like};
use crate::domain::column::{Column, KindColumns, Type, custom_name, normalized};
use crate::domain::explanation::explain;
use crate::domain::masking::value::{guarded, masked};
use crate::domain::{Code, Kind, Position, Severity, SkipReason, Ssn};
use crate::format::amount::is_dash;
use crate::format::clean::{clean, clean_as};
use crate::format::csv_rows::CsvRows;
use crate::format::error_file::ErrorRow;
use crate::format::fields::MisplacedQuote;
use crate::format::{Fields, Layout};
use crate::matching::conflict_rows::Shared;
use crate::validate::field::CUSTOM_CHARACTERS;
use crate::validate::findings::{RecordFinding, Target};
use crate::validate::ssn::Policy;
use crate::validate::text::first_unseen;
use crate::validate::{FieldRules, Findings, advice};
use std::borrow::Cow;
use std::ops::Range;

/// Adds what is wrong with a record of which it is in doubt what its fields are. Which field is which, or whole, can't be
/// known, so nothing else is said of them.
pub(super) fn add_misshape<C: KindColumns>(
    layout: &Layout,
    raw: &RawRecord<'_>,
    findings: &mut Findings,
    out: &mut JudgedChunk,
) {
    let cut_off = raw.misshape == Some(Misshape::CutOff);
    if cut_off {
        out.cut_off = Some(raw.position.line);
    }
    let misplaced = raw.fields.misplaced();
    if let Some(quote) = misplaced {
        let code = Code::QuoteMisplaced;
        findings.add(target::<C>(layout, quote), code, code.severity());
    }
    if cut_off || misplaced.is_none() {
        findings.record(Code::FieldCount);
    }
}

/// The column in whose field a quote is misplaced.
pub(super) fn target<C: KindColumns>(layout: &Layout, quote: MisplacedQuote) -> Target {
    let field = Some(quote.field);
    let column = C::COLUMNS.iter().find(|c| layout.field(c.index) == field);
    let custom = layout.custom.iter().position(|(_, f)| *f == field);
    match (column, custom.and_then(|custom| u16::try_from(custom).ok())) {
        (Some(column), _) => Target::Column(column.index),
        (None, Some(custom)) => Target::Custom(custom),
        (None, None) => Target::Record,
    }
}

/// Appends the findings of a record with their rows.
pub(super) fn push<K: RecordKind>(
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    record: Option<&Record<'_, K>>,
    findings: &[RecordFinding],
    out: &mut JudgedChunk,
) {
    let (layout, fields) = (context.layout, &raw.fields);
    let own = record.and_then(|r| r.values.any(K::Column::SHARED.ssn).ssn());
    let person = ShownPerson::of_record(context, raw, record);
    let broken = broken_columns(context, raw);
    for finding in findings {
        let column = match finding.target {
            Target::Column(index) => Some(&K::Column::COLUMNS[index.get()]),
            _ => None,
        };
        let (field, mut header, sent) = match finding.target {
            Target::Record if finding.code == Code::EncodingMixed => {
                ("", broken.as_str(), String::new())
            }
            Target::Record => ("", "", String::new()),
            Target::Column(index) => {
                let column = &K::Column::COLUMNS[index.get()];
                let header = layout.header(layout.slots[index.get()]);
                (column.name, header, text(layout, fields, column))
            }
            Target::Custom(position) => {
                let (name, index) = &layout.custom[usize::from(position)];
                let raw = index.map_or(&b""[..], |i| clean(fields.get(usize::from(i))));
                let sent = String::from_utf8_lossy(raw).into_owned();
                (name.as_str(), layout.header(*index), sent)
            }
        };
        let value = match finding.code {
            // What was read as the value may be that of several columns.
            Code::QuoteMisplaced => String::new(),
            code => shown(field, column, code, &sent, &person, own),
        };
        if let (Code::QuoteMisplaced, Some(quote)) = (finding.code, fields.misplaced()) {
            // Also of a column that is not read.
            let column = layout.headers.get(usize::from(quote.field));
            header = column.map_or("", String::as_str);
        }
        let explanation = explain(finding.code);
        let (mut message, own_fix) = said_of_shape(context, raw, finding.code)
            .or_else(|| said_of_account(record?, finding.code))
            .unwrap_or((Cow::Borrowed(explanation.message), None));
        let dated = (finding.code == Code::DateInvalid)
            .then(|| advice::date(sent.as_bytes(), &context.job.fields.dates));
        if let Some(seen) = dated.as_ref().and_then(|dated| dated.seen.as_deref()) {
            message = format!("{}: {seen}.", message.trim_end_matches('.')).into();
        }
        let own_fix = own_fix.or_else(|| Some(dated?.fix));
        let fix = match own_fix {
            Some(own) => own,
            None => {
                let fix = advised(explanation.fix, finding.code, column, context, fields);
                own_advice::adapted::<K>(&fix, finding.code, context)
            }
        };
        out.errors.push(ErrorRow {
            message: &format!(
                "{}{}",
                naming(&message, finding.code, &sent),
                record.map_or_else(String::new, |r| other_rows(context, r, raw, finding.code))
            ),
            subscriber_id: &person.subscriber_id,
            employee_number: &person.employee_number,
            name: &person.name,
            field,
            header: &guarded(header.to_owned()),
            value: &value,
            how_to_fix: &fix,
            ..ErrorRow::new(finding.code, finding.severity, raw.position)
        });
        out.push_finding(*finding);
    }
}

/// The message, and perhaps the advice, about a record whose fields are in doubt.
fn said_of_shape(
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    code: Code,
) -> Option<(Cow<'static, str>, Option<String>)> {
    match code {
        Code::FieldCount => {
            let (said, advice) = shape::told(context, raw.misshape?, raw.bytes, &raw.fields)?;
            Some((said.into(), Some(advice)))
        }
        Code::QuoteMisplaced => {
            let place = raw.fields.misplaced()?.place(raw.bytes, raw.position.line);
            let said = format!("It is not clear where this value ends: {place}.");
            Some((said.into(), None))
        }
        _ => None,
    }
}

/// The message and the advice about an employee whose account is in doubt.
fn said_of_account<K: RecordKind>(
    record: &Record<'_, K>,
    code: Code,
) -> Option<(Cow<'static, str>, Option<String>)> {
    let ambiguity = record
        .account
        .ambiguity
        .filter(|_| code == Code::EmailAmbiguous);
    let (message, fix) = own_advice::of_account(ambiguity?);
    Some((message.into(), Some(fix.to_owned())))
}

/// The headers of the fields that are not UTF-8. In fixed width, where a field stands depends on what its bytes mean.
fn broken_columns(context: FileContext<'_>, raw: &RawRecord<'_>) -> String {
    let FileContext {
        layout, splitter, ..
    } = context;
    let Some(bytes) = raw.broken.filter(|_| layout.width.is_some()) else {
        return String::new();
    };
    let mut splitter = splitter.clone();
    let fields = splitter.split(bytes);
    let named = fields.iter().zip(&layout.headers);
    let broken = named.filter(|(field, _)| std::str::from_utf8(field).is_err());
    let headers: Vec<&str> = broken.map(|(_, header)| header.as_str()).collect();
    headers.join(", ")
}

fn shown(
    name: &str,
    column: Option<&Column>,
    code: Code,
    raw: &str,
    person: &ShownPerson,
    own: Option<Ssn>,
) -> String {
    match name {
        "subscriber_id" => return person.subscriber_id.clone(),
        "employee_number" => return person.employee_number.clone(),
        _ => {}
    }
    // A hire date before the birth date may be the birth date, if the columns were mixed up.
    let hired = matches!(name, "hire_date" | "original_hire_date");
    let name = if hired && code == Code::DateOrder {
        "birth_date"
    } else {
        name
    };
    let masked = masked(name, column.map(|c| c.kind), raw, own);
    // A number that we parsed is safe in a spreadsheet; it keeps its sign.
    if code == Code::AmountNegative {
        masked
    } else {
        guarded(masked)
    }
}

/// The other rows of a conflict, by their lines, and the columns in which their contents differ; of a row that corrects no
/// rejected record the one it may be meant for.
fn other_rows<K: RecordKind>(
    context: FileContext<'_>,
    record: &Record<'_, K>,
    raw: &RawRecord<'_>,
    code: Code,
) -> String {
    let id = &record.identity;
    if code == Code::NotRejected {
        return meant_row(context, record, raw);
    }
    let shared = match code {
        Code::DuplicateConflict => id.key_hash.map(|key| Shared::Key(key, id.ein)),
        Code::PrimaryEinConflict => id.key_hash.map(Shared::Primary),
        Code::SsnShared => id.ssn.map(Shared::Ssn),
        Code::UsernameShared => id.username_hash.map(Shared::Username),
        _ => None,
    };
    let known = shared.and_then(|shared| Some((shared, context.conflicts.rows.of(shared)?)));
    let Some((shared, rows)) = known else {
        return String::new();
    };
    let subscriber = id.subscriber_hash.unwrap_or(0);
    let (lines, more) = rows.others(shared, raw.position.line, subscriber);
    let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
    let more = if more { " and more" } else { "" };
    let mut text = match &lines[..] {
        [] => return String::new(),
        [line] if more.is_empty() => format!(" The other row is on line {line}."),
        lines => format!(" The other rows are on lines {}{more}.", lines.join(", ")),
    };
    let layout = context.layout;
    let names: Vec<&str> = rows
        .differing
        .iter()
        .map(|index| match K::Column::COLUMNS.get(*index) {
            Some(column) => named(layout, column.name, layout.slots[column.index.get()]),
            None => {
                let (name, slot) = &layout.custom[index - K::Column::COLUMNS.len()];
                named(layout, name, *slot)
            }
        })
        .collect();
    if !names.is_empty() {
        text += &format!(" The rows differ in {}.", names.join(", "));
    }
    text
}

/// A column as the sender calls it.
fn named<'a>(layout: &'a Layout, name: &'a str, slot: Option<u16>) -> &'a str {
    match layout.header(slot) {
        "" => name,
        own => own,
    }
}

/// A message, with the character in what was sent that can't be seen or can't be told from another by eye.
fn naming<'a>(message: &'a str, code: Code, sent: &str) -> Cow<'a, str> {
    use Code as C;
    let named = match code {
        C::ControlCharacter => first_unseen(sent).map(|(before, c)| {
            let lost = match c {
                char::REPLACEMENT_CHARACTER => {
                    " It stands for a letter that was lost before the file was made."
                }
                _ => "",
            };
            format!("It is the {} after character {before}.{lost}", in_words(c))
        }),
        C::SubscriberIdFormat
        | C::UsernameFormat
        | C::EmailInvalid
        | C::SsnNotDigits
        | C::SsnLength
        | C::DateInvalid
        | C::AmountInvalid
        | C::EinInvalid
        | C::ZipInvalid
        | C::CodeUnknown => (1..).zip(sent.chars()).find_map(|(number, c)| {
            let found = match looks_like(c) {
                // Which digit it is would show a part of the number.
                _ if c.is_numeric() && !c.is_ascii() => "a digit of another script".to_owned(),
                Some(ascii) => format!("the {}, which only looks like {ascii}", in_words(c)),
                None => return None,
            };
            Some(format!("Character {number} is {found}."))
        }),
        _ => None,
    };
    named.map_or(Cow::Borrowed(message), |named| {
        Cow::Owned(format!("{message} {named}"))
    })
}

/// The advice of the explanation, with what it can't know: the allowed codes, the limit, the counts.
fn advised<'a>(
    fix: &'a str,
    code: Code,
    column: Option<&Column>,
    context: FileContext<'_>,
    fields: &Fields<'_>,
) -> Cow<'a, str> {
    let FileContext { job, layout, .. } = context;
    let sent = |column: &Column| clean_as(column.kind, layout.get(fields, column.index));
    let more = match (code, column.map(|c| c.kind)) {
        (Code::CodeUnknown, Some(Type::State)) if job.fields.codes(column).is_none() => {
            return Cow::Borrowed("Write the state as its two letters, such as WI.");
        }
        (Code::CodeUnknown, _) => {
            let known = known_codes(column, &job.fields);
            let known = known.map(|codes| format!(" Known here: {codes}."));
            let other = column.and_then(|c| passed_through(c, context));
            format!("{}{}", known.unwrap_or_default(), other.unwrap_or_default())
        }
        (Code::RequiredMissing | Code::SsnNotDigits, Some(Type::Ssn))
            if job.fields.ssn.placeholders != Policy::Reject =>
        {
            " Until the employee has a number, this site takes 000-00-0000 in its place.".to_owned()
        }
        (Code::DateAmbiguous, Some(_)) => {
            let sent = column.map_or(&b""[..], sent);
            return Cow::Owned(advice::ambiguous_date(sent, &job.fields.dates));
        }
        (Code::AmountInvalid, Some(_)) if column.is_some_and(|c| is_dash(sent(c))) => {
            " If a dash is this sender's way to write 0.00, the operator sets format.dash_is_zero = true and the row \
             can be sent again as it is."
                .to_owned()
        }
        (Code::AmountInvalid | Code::AmountPrecision, Some(_)) => {
            let own = |c: &Column| {
                advice::amount(fix, code, sent(c), job.fields.amounts.of(c.index))
            };
            return column.and_then(own).map_or(Cow::Borrowed(fix), Cow::Owned);
        }
        (Code::TextTooLong, Some(Type::Text(most) | Type::Number(most))) => {
            format!(" At most {most} characters.")
        }
        (Code::TextTooLong, None) => format!(" At most {CUSTOM_CHARACTERS} characters."),
        (Code::DuplicateConflict, _) => which_rows(job.kind, layout),
        (Code::SubscriberIdIsSsn, _) if !job.identity.ssn_as_id => {
            " If the SSN is the member number of this sender, the operator sets subscriber_id = { is_ssn = \"accept\" } and the \
             row can be sent again as it is."
                .to_owned()
        }
        (Code::FieldCount, _) => match layout.width {
            Some(width) => format!(
                " There are {width} columns, and this row has {} values.",
                fields.len()
            ),
            None => return Cow::Borrowed(fix),
        },
        _ => return Cow::Borrowed(fix),
    };
    Cow::Owned(format!("{fix}{more}"))
}

/// The words that a column takes, for people: the integration's own where it has a cross-reference table.
fn known_codes(column: Option<&Column>, rules: &FieldRules) -> Option<String> {
    let of_table = rules.codes(column);
    of_table.or_else(|| match column?.kind {
        Type::Code(list) => Some(list.codes().join(", ")),
        Type::Bool => Some("true, false, yes, no, y, n, t, f, 1, 0".to_owned()),
        _ => None,
    })
}

/// What to do where a header that mostly means a column means something else to this sender, such as a pay group that is
/// no pay frequency. Only a column that may be missing can be given up, and only if the configuration doesn't say that the header means it.
fn passed_through(column: &Column, context: FileContext<'_>) -> Option<String> {
    let FileContext { job, layout, .. } = context;
    let settings = &job.reading.columns;
    let mapped = settings.mapped.iter().any(|(name, _)| name == column.name);
    let by_alias = job.reading.fixed.is_none() && settings.positions.is_none() && !mapped;
    let header = layout.header(layout.slots[column.index.get()]);
    if column.required || !by_alias || normalized(header) == normalized(column.name) {
        return None;
    }
    let name = custom_name(header);
    Some(format!(
        " If `{header}` is something else than {}, the operator passes it through with columns = {{ \"{name}\" = \
         \"{header}\" }}, and the row can be sent again as it is.",
        column.name
    ))
}

/// How rows that have one key and are all right are told from each other.
fn which_rows(kind: Kind, layout: &Layout) -> String {
    /// Headers of columns that tell whose row it is, as headers are compared.
    const TYPES: [&str; 8] = [
        "recordtype",
        "rectype",
        "rowtype",
        "membertype",
        "persontype",
        "relationship",
        "relationshipcode",
        "relation",
    ];
    let is_type = |header: &&String| TYPES.contains(&normalized(header).as_str());
    let column = layout.unknown.iter().find(is_type);
    let column = column.map_or("Record Type", String::as_str);
    let other = match kind {
        Kind::Demographic => {
            " The row of a second job says no in is_primary_ein, or the operator says which row counts with primary = { \
             column = \"…\", prefer = [\"…\"] }."
        }
        Kind::Deduction | Kind::Accounts => "",
    };
    format!(
        "{other} Rows of dependents, tests or another kind are left out by rows, such as rows.only = {{ \"{column}\" = \
         [\"…\"] }}."
    )
}

/// Tells that a corrected record is skipped: what it corrects stays open. `told` becomes where the finding is.
pub(super) fn tell_skipped<K: RecordKind>(
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    reason: SkipReason,
    told: &mut Range<usize>,
    out: &mut JudgedChunk,
) {
    let job = context.job;
    // One who is not synced yet is known as corrected all the same.
    let settled = matches!(reason, SkipReason::AlreadyJudged | SkipReason::NotSyncing);
    if job.known.corrections.is_none() || settled {
        return;
    }
    let code = Code::CorrectionSkipped;
    if !job.listing.is_full() {
        let person = ShownPerson::of_record::<K>(context, raw, None);
        let message = format!(
            "{} The reason: {}.",
            explain(code).message,
            reason.in_words()
        );
        out.errors.push(ErrorRow {
            message: &message,
            subscriber_id: &person.subscriber_id,
            employee_number: &person.employee_number,
            name: &person.name,
            ..ErrorRow::new(code, code.severity(), raw.position)
        });
    }
    let start = out.findings.len();
    out.push_finding(RecordFinding {
        code,
        severity: code.severity(),
        target: Target::Record,
    });
    *told = start..out.findings.len();
}

/// Appends the row that says a record is a copy of an earlier one.
pub(super) fn push_copy(
    person: &ShownPerson,
    position: Position,
    advice: Option<&str>,
    out: &mut CsvRows,
) {
    let row = ErrorRow::new(Code::DuplicateRow, Severity::Warning, position);
    out.push(ErrorRow {
        how_to_fix: advice.unwrap_or(row.how_to_fix),
        subscriber_id: &person.subscriber_id,
        employee_number: &person.employee_number,
        name: &person.name,
        ..row
    });
}
