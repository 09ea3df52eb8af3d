//! The rejects file: rejected records in the sender's own layout, byte by byte, to be corrected and sent again; those of
//! fixed-width files also as a table.

use super::rejects_table::{FixedColumns, TableWriter};
use crate::format::Encoding;
use std::io::{self, Write};

/// How the rejects of a source file are written: in its own encoding and with its line ends.
#[derive(Clone, Debug)]
pub(crate) struct RejectsFormat {
    pub encoding: Encoding,
    /// For a record without one, the last of a file.
    pub line_end: Vec<u8>,
    /// What the file starts with: byte order mark, control record and column names of the source.
    pub head: Vec<u8>,
    /// How many rows a spreadsheet shows of that, or of the table's.
    pub head_rows: u64,
    /// Whether the source began with a byte order mark.
    pub marked: bool,
    /// The columns of a fixed-width file, whose rejects are written as a table as well.
    pub fixed: Option<FixedColumns>,
}

impl RejectsFormat {
    /// Appends a record with its line end.
    pub(crate) fn push(&self, record: &[u8], out: &mut Vec<u8>) {
        let ended = matches!(record, [.., b'\n' | b'\r']);
        let line_end = if ended { &b""[..] } else { &self.line_end };
        self.push_all([record, line_end], out);
    }

    fn push_all<const N: usize>(&self, texts: [&[u8]; N], out: &mut Vec<u8>) {
        for text in texts {
            self.encoding.encode_read(text, out);
        }
    }
}

/// Writes rejected records. A file without any stays empty.
pub(super) struct RejectsWriter<'a> {
    inner: Box<dyn Write + Send + 'a>,
    table: Option<TableWriter<'a>>,
    format: RejectsFormat,
    buffer: Vec<u8>,
    /// The row of the next record, as a spreadsheet numbers it.
    next_row: u64,
}

impl<'a> RejectsWriter<'a> {
    pub(super) fn new(
        inner: Box<dyn Write + Send + 'a>,
        format: RejectsFormat,
    ) -> RejectsWriter<'a> {
        RejectsWriter {
            next_row: format.head_rows + 1,
            inner,
            table: None,
            format,
            buffer: Vec::new(),
        }
    }

    /// Writes the records of a fixed-width file as a table as well.
    pub(super) fn with_table(self, inner: Box<dyn Write + Send + 'a>) -> RejectsWriter<'a> {
        let encoding = (self.format.encoding, self.format.marked);
        let columns = self.format.fixed.as_ref();
        RejectsWriter {
            table: columns.map(|columns| TableWriter::new(inner, encoding, columns)),
            ..self
        }
    }

    /// The row that the next record will have in a spreadsheet, in which a record of several lines is one row.
    pub(super) fn next_row(&self) -> u64 {
        self.next_row
    }

    /// Writes a record with its line end, before the first one the head. The last one may be `cut_off`: until it is
    /// completed it stays without.
    pub(super) fn push(&mut self, record: &[u8], cut_off: bool) -> io::Result<()> {
        self.next_row += 1;
        self.buffer.clear();
        self.buffer.append(&mut self.format.head);
        match cut_off {
            true => self.format.push_all([record], &mut self.buffer),
            false => self.format.push(record, &mut self.buffer),
        }
        self.inner.write_all(&self.buffer)?;
        match &mut self.table {
            Some(table) => table.push(record),
            None => Ok(()),
        }
    }

    /// Hands what is buffered to the operating system; call it after the last record.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.inner.flush()?;
        self.table.as_mut().map_or(Ok(()), TableWriter::finish)
    }
}
