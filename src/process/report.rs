//! Rows of the error file.

use super::job::Job;
use super::record::Record;
use crate::domain::column::{Column, Type, columns, shared};
use crate::domain::explanation::explain;
use crate::domain::masking::value::{guarded, id_without_ssn, identifier, masked};
use crate::domain::{Code, Severity, Ssn};
use crate::format::error_file::{self, Row};
use crate::format::{Fields, Layout};
use crate::validate::field::{CUSTOM_CHARACTERS, Mark, On};
use crate::validate::text::clean;
use std::borrow::Cow;

/// Who a row is about, as far as it may be shown.
pub(crate) struct Person {
    subscriber_id: String,
    employee_number: String,
}

impl Person {
    /// The identifying columns as sent. A value that is, or may be, the SSN is masked.
    pub(crate) fn of(
        job: &Job<'_>,
        layout: &Layout,
        fields: &Fields<'_>,
        record: Option<&Record<'_>>,
    ) -> Person {
        let places = shared(job.kind);
        let ssn = record.and_then(|r| r.values[places.ssn].ssn());
        let shown = |column: usize| {
            // Without a record the columns are shifted: any cell may hold anything.
            record?;
            let raw = text(layout, fields, column);
            Some(guarded(identifier(&id_without_ssn(&raw, ssn), ssn)))
        };
        Person {
            subscriber_id: shown(places.subscriber_id).unwrap_or_default(),
            employee_number: shown(places.employee_number).unwrap_or_default(),
        }
    }
}

fn text(layout: &Layout, fields: &Fields<'_>, column: usize) -> String {
    String::from_utf8_lossy(clean(layout.get(fields, column))).into_owned()
}

/// Appends a row for every finding of a record; `at` is its line and number.
pub(crate) fn push(
    job: &Job<'_>,
    layout: &Layout,
    fields: &Fields<'_>,
    record: Option<&Record<'_>>,
    at: [u64; 2],
    marks: &[Mark],
    out: &mut Vec<u8>,
) {
    let person = Person::of(job, layout, fields, record);
    let own = record.and_then(|r| r.values[shared(job.kind).ssn].ssn());
    for mark in marks {
        let column = match mark.on {
            On::Column(place) => columns(job.kind).get(usize::from(place)),
            _ => None,
        };
        let (field, value) = match mark.on {
            On::Record => ("", String::new()),
            On::Column(place) => {
                let raw = text(layout, fields, usize::from(place));
                let name = column.map_or("", |c| c.name);
                (name, shown(name, column, mark.code, &raw, &person, own))
            }
            On::Custom(place) => {
                let (name, index) = &layout.custom[usize::from(place)];
                let raw = index.map_or(&b""[..], |i| clean(fields.get(usize::from(i))));
                let raw = String::from_utf8_lossy(raw);
                (name.as_str(), guarded(masked(name, None, &raw, own)))
            }
        };
        let explanation = explain(mark.code);
        error_file::push(
            out,
            &Row {
                line: at[0],
                record: at[1],
                subscriber_id: &person.subscriber_id,
                employee_number: &person.employee_number,
                field,
                code: mark.code,
                severity: mark.severity,
                value: &value,
                message: explanation.message,
                how_to_fix: &advice(explanation.fix, mark.code, column, layout, fields),
            },
        );
    }
}

fn shown(
    name: &str,
    column: Option<&Column>,
    code: Code,
    raw: &str,
    person: &Person,
    own: Option<Ssn>,
) -> String {
    match name {
        "subscriber_id" => return person.subscriber_id.clone(),
        "employee_number" => return person.employee_number.clone(),
        _ => {}
    }
    // A hire date before the birth date may be the birth date: the two columns were taken for each other.
    let name = if name == "hire_date" && code == Code::DateOrder {
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

/// The advice of the explanation, with what it can't know: the allowed codes, the limit, the counts.
fn advice<'a>(
    fix: &'a str,
    code: Code,
    column: Option<&Column>,
    layout: &Layout,
    fields: &Fields<'_>,
) -> Cow<'a, str> {
    let more = match (code, column.map(|c| c.kind)) {
        (Code::CodeUnknown, Some(Type::Code(list))) => {
            format!(" Known here: {}.", list.allowed.join(", "))
        }
        (Code::CodeUnknown, Some(Type::Bool)) => {
            " Known here: true, false, yes, no, y, n, t, f, 1, 0.".to_owned()
        }
        (Code::TextTooLong, Some(Type::Text(most) | Type::Number(most))) => {
            format!(" At most {most} characters.")
        }
        (Code::TextTooLong, None) => format!(" At most {CUSTOM_CHARACTERS} characters."),
        (Code::FieldCount, _) => match layout.width {
            Some(width) => format!(
                " The header names {width} columns, this record has {}.",
                fields.len()
            ),
            None => return Cow::Borrowed(fix),
        },
        _ => return Cow::Borrowed(fix),
    };
    Cow::Owned(format!("{fix}{more}"))
}

/// Appends the row that says a record is a copy of an earlier one.
pub(crate) fn push_copy(person: &Person, at: [u64; 2], out: &mut Vec<u8>) {
    let explanation = explain(Code::DuplicateRow);
    error_file::push(
        out,
        &Row {
            line: at[0],
            record: at[1],
            subscriber_id: &person.subscriber_id,
            employee_number: &person.employee_number,
            field: "",
            code: Code::DuplicateRow,
            severity: Severity::Warning,
            value: "",
            message: explanation.message,
            how_to_fix: explanation.fix,
        },
    );
}
