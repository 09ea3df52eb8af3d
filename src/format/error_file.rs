//! The error file: one row per finding, for people with a spreadsheet.

use super::csv_rows::CsvRows;
use crate::domain::explanation::explain;
use crate::domain::{Code, Position, Severity};
use serde::{Deserialize, Serialize, Serializer};
use std::io::{self, Read, Write};

/// The columns of an error file.
pub(crate) const COLUMNS: [&str; 13] = [
    "line",
    "record",
    "subscriber_id",
    "employee_number",
    "name",
    "field",
    "header",
    "code",
    "severity",
    "value",
    "message",
    "how_to_fix",
    "row_in_rejects",
];

/// One row, which takes exactly one line. Values are masked and guarded already; see `domain::masking`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ErrorRow<'a> {
    #[serde(serialize_with = "unless_zero")]
    pub line: u64,
    #[serde(serialize_with = "unless_zero")]
    pub record: u64,
    pub subscriber_id: &'a str,
    pub employee_number: &'a str,
    /// First and last name.
    pub name: &'a str,
    /// Canonical or custom column, empty for the record or file as a whole.
    pub field: &'a str,
    /// Where the field stands in the file: the sender's own header, or positions.
    pub header: &'a str,
    pub code: &'a str,
    pub severity: &'a str,
    pub value: &'a str,
    /// The explanation of the code, in one sentence.
    pub message: &'a str,
    pub how_to_fix: &'a str,
    /// The row of the record in the rejects file, as a spreadsheet numbers it. It is known once all records before are
    /// judged: [`ErrorFileWriter::write_judged`].
    #[serde(serialize_with = "unless_zero")]
    pub row_in_rejects: u64,
}

impl<'a> ErrorRow<'a> {
    /// A finding about the record or the file at a position, with the texts of its explanation.
    pub(crate) fn new(code: Code, severity: Severity, position: Position) -> ErrorRow<'a> {
        let explanation = explain(code);
        ErrorRow {
            line: position.line,
            record: position.record,
            code: code.as_str(),
            severity: severity.as_str(),
            message: explanation.message,
            how_to_fix: explanation.fix,
            ..ErrorRow::default()
        }
    }
}

/// What a written row says of a record.
#[derive(Debug, Deserialize)]
pub(crate) struct ListedFinding {
    /// Of a finding about a record.
    pub record: Option<u64>,
    pub field: String,
    pub code: String,
    pub subscriber_id: String,
    pub name: String,
    pub header: String,
    pub severity: String,
    pub value: String,
    pub message: String,
    pub how_to_fix: String,
    pub row_in_rejects: Option<u64>,
}

impl ListedFinding {
    /// The rows of an error file.
    pub(crate) fn read(file: impl Read) -> impl Iterator<Item = io::Result<ListedFinding>> {
        let rows = csv::Reader::from_reader(file).into_deserialize();
        rows.map(|row| row.map_err(io::Error::from))
    }

    /// Whether it has rejected its record.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error.as_str()
    }
}

/// Writes an error file, its titles first.
pub(crate) struct ErrorFileWriter<'a> {
    inner: Box<dyn Write + Send + 'a>,
    rows: CsvRows,
}

impl<'a> ErrorFileWriter<'a> {
    /// `holds`: why the file is held, if it is.
    pub(crate) fn new(
        inner: Box<dyn Write + Send + 'a>,
        holds: &[(Code, String)],
    ) -> io::Result<ErrorFileWriter<'a>> {
        let rows = CsvRows::default();
        let mut writer = ErrorFileWriter { inner, rows };
        writer.write(|rows| {
            rows.push(COLUMNS);
            for hold in holds {
                push_hold(rows, hold);
            }
        })?;
        Ok(writer)
    }

    /// Writes a row of a record, with its row in the rejects file if it is rejected.
    pub(crate) fn write_judged(
        &mut self,
        row: &[u8],
        row_in_rejects: Option<u64>,
    ) -> io::Result<()> {
        match (row_in_rejects, row.strip_suffix(b"\n")) {
            (Some(number), Some(cells)) => {
                self.inner.write_all(cells)?;
                writeln!(self.inner, "{number}")
            }
            _ => self.inner.write_all(row),
        }
    }

    /// Writes the rows that are pushed.
    pub(crate) fn write(&mut self, push: impl FnOnce(&mut CsvRows)) -> io::Result<()> {
        self.rows.clear();
        push(&mut self.rows);
        self.inner.write_all(self.rows.as_bytes())
    }

    /// Hands what is buffered to the operating system; call it after the last row.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Appends the row that says the file is held.
fn push_hold(rows: &mut CsvRows, (code, reason): &(Code, String)) {
    let message = format!("The file is held, and nothing of it is taken yet: {reason}.");
    let file = Position { line: 0, record: 0 };
    rows.push(ErrorRow {
        message: &message,
        ..ErrorRow::new(*code, code.severity(), file)
    });
}

/// Appends the row that says the list was cut.
pub(crate) fn push_cut(rows: &mut CsvRows, listed: u64, found: u64) {
    let message = format!(
        "The list is cut: {listed} of {found} findings are listed. Counts in the receipt are complete."
    );
    rows.push(ErrorRow {
        message: &message,
        how_to_fix: "Correct the listed records, or the cause they share, and send the file again.",
        ..ErrorRow::default()
    });
}

/// Leaves the cell empty where there is no line or no record.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn unless_zero<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        0 => serializer.serialize_none(),
        number => serializer.serialize_u64(*number),
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, ErrorRow};

    #[test]
    fn columns_are_the_fields_of_a_row() {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(ErrorRow::default()).expect("memory");
        let text = writer.into_inner().expect("memory");
        let titles = COLUMNS.join(",") + "\n,,,,,,,,,,,,\n";
        assert_eq!(text, titles.as_bytes());
    }
}
