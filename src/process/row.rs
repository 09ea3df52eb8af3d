//! One row of the output file.

use super::job::JobSpec;
use crate::domain::Action;
use crate::domain::column::{KindColumns, Type};
use crate::format::clean::clean_as;
use crate::format::output::{From, OutputLayout};
use crate::format::{Fields, Layout, cell, digits};
use crate::validate::date::Moment;
use crate::validate::{Value, Values};

/// Bytes by which a row is rarely longer than its record.
const MORE: usize = 256;

/// Appends the row of an accepted record, with its action and the ID of the account of its employee.
pub(super) fn push<C: KindColumns>(
    job: &JobSpec<'_>,
    layout: &Layout,
    record: &[u8],
    fields: &Fields<'_>,
    values: &Values<'_, C>,
    (action, account): (Action, &[u8]),
    out: &mut Vec<u8>,
) {
    let delimiter = job.output.delimiter;
    out.reserve(record.len() + MORE);
    let calm = is_calm(layout, record, fields, delimiter);
    for (i, (from, _)) in job.output.columns.iter().enumerate() {
        if i > 0 {
            out.push(delimiter);
        }
        match from {
            From::Action => cell::push(
                out,
                job.output.actions[action as usize].as_bytes(),
                delimiter,
            ),
            From::AccountId => cell::push(out, account, delimiter),
            From::Column(column) => {
                let sent = || clean_as(Type::Timestamp, layout.get(fields, *column));
                match values.at(*column) {
                    Value::Moment(moment) if job.fields.is_edited(sent()) => {
                        push_moment(&job.output, moment, out);
                    }
                    value => push_value(&job.output, value, sent, calm, out),
                }
            }
            From::Custom(position) => {
                let index = layout.custom.get(*position).and_then(|(_, i)| *i);
                let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
                cell::push(out, job.fields.blanks.custom_text(raw), delimiter);
            }
        }
    }
    out.push(b'\n');
}

/// Whether certainly no field of a record needs quotes in the output: the record has none, it is one line, its own
/// delimiter is that of the output, and all values are its own.
fn is_calm(layout: &Layout, record: &[u8], fields: &Fields<'_>, delimiter: u8) -> bool {
    layout.fields > 0
        && layout.constants.is_empty()
        && fields.are_as_sent(record)
        && record.get(fields.get(0).len()) == Some(&delimiter)
        && memchr::memchr3(b'"', b'\n', b'\r', record).is_none()
}

/// Appends a moment that a spreadsheet has rewritten.
fn push_moment(layout: &OutputLayout, moment: Moment, out: &mut Vec<u8>) {
    match (&layout.timestamps, moment.day) {
        (Some(style), _) => style.write_moment(moment.local, moment.offset, out),
        (None, true) => digits::push_date(out, moment.local.date()),
        (None, false) => out.extend_from_slice(moment.local.format("%FT%T").to_string().as_bytes()),
    }
}

/// Appends a value in the layout's exact form; `sent` is the text of a moment.
fn push_value<'a>(
    layout: &OutputLayout,
    value: Value<'_>,
    sent: impl FnOnce() -> &'a [u8],
    calm: bool,
    out: &mut Vec<u8>,
) {
    match value {
        Value::Blank | Value::Invalid => {}
        Value::Text(text) if calm => out.extend_from_slice(text),
        Value::Text(text) | Value::Code(text) => cell::push(out, text, layout.delimiter),
        Value::Date(date) => layout.dates.write(date, out),
        Value::Moment(moment) => match &layout.timestamps {
            Some(style) => style.write_moment(moment.local, moment.offset, out),
            None => cell::push(out, sent(), layout.delimiter),
        },
        Value::Cents(cents) => digits::push_cents(out, cents),
        Value::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
        Value::Ssn(ssn) => layout.ssn.write(ssn, out),
        Value::Zip(five, four) => digits::push_zip(out, five, four),
        Value::Ein(number) => digits::push_ein(out, number),
    }
}
