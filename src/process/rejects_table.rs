//! The rejects of a fixed-width file as a table with the names of the columns, for a spreadsheet. It comes back as a
//! correction like the lines themselves.

use super::job::SourceFormat;
use crate::domain::column::normalized;
use crate::format::cell;
use crate::format::dialect::Dialect;
use crate::format::encoding::{Encoding, Utf8Reader};
use crate::format::fault::ReadError;
use crate::format::fields::{FieldSplitter, FixedField};
use crate::format::layout::ColumnSettings;
use crate::format::split::Shape;
use std::io::{self, Read, Write};

/// The columns of a fixed-width file, by their names in the configuration.
pub(crate) type FixedColumns = Vec<(String, FixedField)>;

/// What may stand between the names: what spreadsheets save with.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// The longest first line that is looked at, in bytes.
const FIRST_LINE: u64 = 64 << 10;

/// Writes the table. One without rows stays empty.
pub(super) struct TableWriter<'a> {
    inner: Box<dyn Write + Send + 'a>,
    encoding: Encoding,
    splitter: FieldSplitter,
    /// What stands before the first row.
    head: Vec<u8>,
}

impl<'a> TableWriter<'a> {
    /// `marked`: the source began with a byte order mark.
    pub(super) fn new(
        inner: Box<dyn Write + Send + 'a>,
        (encoding, marked): (Encoding, bool),
        columns: &FixedColumns,
    ) -> TableWriter<'a> {
        let mut names = Vec::new();
        let cells = columns.iter().map(|(name, _)| name.as_bytes());
        cell::push_row(&mut names, cells, b',');
        let mut head = encoding.mark(marked).to_vec();
        encoding.encode_read(&names, &mut head);
        TableWriter {
            inner,
            encoding,
            splitter: FieldSplitter::fixed(columns.iter().map(|(_, field)| *field).collect()),
            head,
        }
    }

    /// Writes the fields of a line, with or without its line end.
    pub(super) fn push(&mut self, line: &[u8]) -> io::Result<()> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let fields = self.splitter.split(line);
        let mut row = Vec::new();
        cell::push_row(
            &mut row,
            (0..fields.len()).map(|field| fields.get(field).trim_ascii()),
            b',',
        );
        let mut bytes = std::mem::take(&mut self.head);
        self.encoding.encode_read(&row, &mut bytes);
        self.inner.write_all(&bytes)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether corrections of a fixed-width file come as a table: their first line has names of the columns and nothing else.
///
/// # Errors
/// The source can't be read.
pub(crate) fn is_table(source: impl Read, reading: &SourceFormat) -> io::Result<bool> {
    let Some(columns) = &reading.fixed else {
        return Ok(false);
    };
    let mut text = Utf8Reader::new(source.take(FIRST_LINE), reading.encoding);
    let mut first = Vec::new();
    while !first.contains(&b'\n') {
        let have = first.len();
        match text.fill(&mut first, have, 4096) {
            Ok(0) => break,
            Ok(more) => first.truncate(have + more),
            Err(ReadError::Io(error)) => return Err(error),
            // What is wrong with its bytes is told when it is read.
            Err(ReadError::File(_)) => return Ok(false),
        }
    }
    let line = first.split(|b| matches!(b, b'\n' | b'\r')).next();
    let line = line.unwrap_or_default();
    let known: Vec<String> = columns.iter().map(|(name, _)| normalized(name)).collect();
    let names_all = |delimiter: u8| {
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(delimiter)));
        let fields = splitter.split(line);
        let cells = (0..fields.len()).map(|n| normalized(&String::from_utf8_lossy(fields.get(n))));
        let cells: Vec<String> = cells.filter(|cell| !cell.is_empty()).collect();
        cells.len() > 1 && cells.iter().all(|cell| known.contains(cell))
    };
    Ok(DELIMITERS.into_iter().any(names_all))
}

/// How the table of a fixed-width file's rejects is read.
pub(crate) fn as_table(reading: SourceFormat) -> SourceFormat {
    let columns = reading.fixed.iter().flatten();
    let custom = columns.filter(|(name, _)| name.starts_with("custom."));
    SourceFormat {
        columns: ColumnSettings {
            mapped: custom
                .map(|(name, _)| (name.clone(), name.clone()))
                .collect(),
            ..reading.columns
        },
        fixed: None,
        header: None,
        ignore: Vec::new(),
        ..reading
    }
}
