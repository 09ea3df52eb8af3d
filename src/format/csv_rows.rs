//! Tables that people read, as CSV in memory: the error file is one.
//!
//! The `csv` crate writes them. Output and rejects files are for machines, byte by byte; [`super::cell`] and
//! `process::rejects` write those.

use serde::Serialize;

/// Rows with commas and LF, with quotes where a cell needs them. All rows of a table have the same number of cells, at
/// least two: a lone empty cell would be quoted.
#[derive(Debug)]
pub(crate) struct CsvRows(csv::Writer<Vec<u8>>);

impl CsvRows {
    /// Appends one row. The cells are the fields of a struct or a tuple, or the items of an array.
    pub(crate) fn push(&mut self, row: impl Serialize) {
        const FITS: &str = "memory takes every write, and all rows have the same cells";
        self.0.serialize(row).expect(FITS);
        self.0.flush().expect(FITS);
    }

    /// The rows so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.get_ref()
    }

    /// Removes all rows; the memory is kept for the next ones.
    pub(crate) fn clear(&mut self) {
        let Ok(mut rows) = std::mem::take(self).0.into_inner() else {
            return;
        };
        rows.clear();
        self.0 = writer(rows);
    }
}

impl Default for CsvRows {
    fn default() -> Self {
        CsvRows(writer(Vec::new()))
    }
}

fn writer(rows: Vec<u8>) -> csv::Writer<Vec<u8>> {
    // Titles are a row like any other: a table without rows has them too.
    let mut builder = csv::WriterBuilder::new();
    builder.has_headers(false).from_writer(rows)
}

#[cfg(test)]
mod tests {
    use super::CsvRows;
    use crate::format::cell;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cells_have_the_same_quotes_as_in_output_files(
            rows in prop::collection::vec(prop::array::uniform3("[a,\"\r\n é=;\t]{0,9}|[a-z ]{0,300}"), 0..4),
        ) {
            let (mut written, mut expected) = (CsvRows::default(), Vec::new());
            written.push(["left", "from", "before"]);
            written.clear();
            for row in &rows {
                written.push(row);
                cell::push_row(&mut expected, row.iter().map(String::as_bytes), b',');
                prop_assert_eq!(written.as_bytes(), &expected[..]);
            }
        }
    }
}
