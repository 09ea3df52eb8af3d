//! The error file: one row per finding, for people with a spreadsheet.

use super::cell;
use crate::domain::{Code, Position, Severity};

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

/// One row. Values are masked and guarded already; see `domain::masking`.
#[derive(Debug)]
pub(crate) struct ErrorRow<'a> {
    /// Line and record number are 0 where there is none.
    pub position: Position,
    pub subscriber_id: &'a str,
    pub employee_number: &'a str,
    /// Canonical or custom column, empty for the record or file as a whole.
    pub field: &'a str,
    pub code: Code,
    pub severity: Severity,
    pub value: &'a str,
    /// The explanation of the code, in one sentence.
    pub message: &'a str,
    pub how_to_fix: &'a str,
}

/// Appends the line of column names.
pub(crate) fn push_titles(out: &mut Vec<u8>) {
    cell::push_row(out, COLUMNS.map(str::as_bytes), b',');
}

/// Appends a row; it takes exactly one line.
pub(crate) fn push(out: &mut Vec<u8>, row: &ErrorRow<'_>) {
    let number = |n: u64| if n == 0 { String::new() } else { n.to_string() };
    let (line, record) = (number(row.position.line), number(row.position.record));
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
