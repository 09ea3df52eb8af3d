//! The error file: one row per finding, for people with a spreadsheet.

use super::cell;
use crate::domain::{Code, Severity};

/// The columns of an error file.
pub(crate) const COLUMNS: [&str; 10] = [
    "line",
    "record",
    "subscriber_id",
    "employee_number",
    "field",
    "code",
    "severity",
    "value",
    "message",
    "how_to_fix",
];

/// One row. Values are masked and guarded already; see [`super::show`].
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// Physical line where the record starts, 0 for none.
    pub line: u64,
    /// Number of the data record, 0 for none.
    pub record: u64,
    /// As sent, if it may be shown.
    pub subscriber_id: &'a str,
    /// As sent, if it may be shown.
    pub employee_number: &'a str,
    /// Canonical or custom column, empty for the record or file as a whole.
    pub field: &'a str,
    /// What was found.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The masked value.
    pub value: &'a str,
    /// What the code means, in one sentence.
    pub message: &'a str,
    /// What to do.
    pub how_to_fix: &'a str,
}

/// Appends the line of column names.
pub(crate) fn push_titles(out: &mut Vec<u8>) {
    cell::push_row(out, COLUMNS.map(str::as_bytes), b',');
}

/// Appends a row; it takes exactly one line.
pub(crate) fn push(out: &mut Vec<u8>, row: &Row<'_>) {
    let number = |n: u64| if n == 0 { String::new() } else { n.to_string() };
    let (line, record) = (number(row.line), number(row.record));
    let cells = [
        &line,
        &record,
        row.subscriber_id,
        row.employee_number,
        row.field,
        row.code.as_str(),
        row.severity.as_str(),
        row.value,
        row.message,
        row.how_to_fix,
    ];
    cell::push_row(out, cells.map(str::as_bytes), b',');
}

/// Appends the row that says the list was cut.
pub(crate) fn push_cut(out: &mut Vec<u8>, listed: u64, found: u64) {
    let message = format!(
        "The list is cut: {listed} of {found} findings are listed. Counts in the receipt are complete."
    );
    let fix = "Correct the listed records, or the cause they share, and send the file again.";
    let cells = ["", "", "", "", "", "", "", "", &message, fix];
    cell::push_row(out, cells.map(str::as_bytes), b',');
}
