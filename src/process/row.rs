//! One row of the output file.

use super::job::Job;
use crate::domain::Action;
use crate::format::output::From;
use crate::format::{Fields, Layout, cell};
use crate::validate::Value;
use crate::validate::date::Moment;
use crate::validate::field::Values;
use crate::validate::text::clean;
use std::io::Write;

/// Appends the row of an accepted record.
pub fn push(
    job: &Job<'_>,
    layout: &Layout,
    fields: &Fields<'_>,
    values: &Values<'_>,
    action: Action,
    out: &mut Vec<u8>,
) {
    let delimiter = job.output.delimiter;
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
            From::Column(column) => push_value(job, values[*column], out),
            From::Custom(place) => {
                let index = layout.custom.get(*place).and_then(|(_, i)| *i);
                let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
                cell::push(out, clean(raw), delimiter);
            }
        }
    }
    out.push(b'\n');
}

/// Appends a value in the layout's exact form.
pub fn push_value(job: &Job<'_>, value: Value<'_>, out: &mut Vec<u8>) {
    let layout = &job.output;
    let written = match value {
        Value::Blank | Value::Invalid => Ok(()),
        Value::Text(text) | Value::Code(text) => {
            cell::push(out, text.as_bytes(), layout.delimiter);
            Ok(())
        }
        Value::Date(date) => {
            layout.dates.write(date, out);
            Ok(())
        }
        Value::Moment(moment) => push_moment(moment, out),
        Value::Cents(cents) => {
            let sign = if cents < 0 { "-" } else { "" };
            let cents = cents.unsigned_abs();
            write!(out, "{sign}{}.{:02}", cents / 100, cents % 100)
        }
        Value::Flag(flag) => out.write_all(if flag { b"true" } else { b"false" }),
        Value::Ssn(ssn) => {
            layout.ssn.write(ssn, out);
            Ok(())
        }
        Value::Zip(five, None) => write!(out, "{five:05}"),
        Value::Zip(five, Some(four)) => write!(out, "{five:05}-{four:04}"),
        Value::Ein(number) => write!(out, "{:02}-{:07}", number / 10_000_000, number % 10_000_000),
    };
    debug_assert!(written.is_ok(), "memory takes every write");
}

fn push_moment(moment: Moment, out: &mut Vec<u8>) -> std::io::Result<()> {
    write!(out, "{}", moment.local.format("%Y-%m-%dT%H:%M:%S"))?;
    match moment.offset {
        None => Ok(()),
        Some(0) => out.write_all(b"Z"),
        Some(seconds) => {
            let sign = if seconds < 0 { '-' } else { '+' };
            let minutes = seconds.abs() / 60;
            write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}
