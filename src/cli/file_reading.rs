//! How the start of a file was read, for people.

use super::Out;
use super::table::{section, table};
use crate::domain::masking::escape_control;
use crate::operations::FileReading;
use std::io::{self, Write};

/// How the file was read, and what would take it as it is.
pub(super) fn print(out: &mut Out, reading: &FileReading) -> io::Result<()> {
    let separated = match &reading.delimiter {
        Some(delimiter) => format!("fields separated by {delimiter}"),
        None => "fixed width".to_owned(),
    };
    let heading = format!(
        "How the first {} records were read: {}, {separated}",
        reading.records, reading.encoding
    );
    let mut rows = table(
        &["in the file", "read as", "values", "dates and amounts"],
        &[2],
    );
    for column in &reading.columns {
        let (known, values) = match &column.column {
            Some(name) => (name.as_str(), column.values.to_string()),
            None => ("(ignored)", String::new()),
        };
        let unread = ("not read".to_owned(), column.unread);
        let forms = column.forms.iter().map(|(form, n)| (form.clone(), *n));
        let forms = forms.chain([unread]).filter(|(_, n)| *n > 0);
        let forms: Vec<String> = forms.map(|(form, n)| format!("{n} {form}")).collect();
        rows.add_row([
            escape_control(&column.header),
            known.to_owned(),
            values,
            forms.join(", "),
        ]);
    }
    for name in &reading.missing {
        rows.add_row(["(missing)", name, "", ""]);
    }
    if !reading.columns.is_empty() {
        section(out, &heading, rows)?;
    }
    if !reading.configuration.is_empty() {
        let key = |line: &str| !line.starts_with(['#', '[']);
        let heading = match reading.configuration.lines().any(key) {
            true => "To take the file as it is, add this to feedgate.toml:",
            false => {
                "What would take the file is for the sender to say. Of this, add what is meant to feedgate.toml:"
            }
        };
        writeln!(out, "\n{heading}\n")?;
        for line in reading.configuration.lines() {
            writeln!(out, "{}", escape_control(line))?;
        }
    }
    if !reading.pass_through.is_empty() {
        writeln!(
            out,
            "\nThe ignored columns can be carried along. Of this, add what is wanted to feedgate.toml:\n"
        )?;
        for line in reading.pass_through.lines() {
            writeln!(out, "{}", escape_control(line))?;
        }
    }
    Ok(())
}
