//! Opening a source file: encoding, delimiter, control header, column names.

use super::desk::Result;
use super::job::Reading;
use crate::domain::{Code, Kind};
use crate::format::encoding::Utf8Reader;
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::format::layout::sniff_delimiter;
use crate::format::split::{Shape, Splitter};
use crate::format::{Chunk, ChunkReader, Encoding, Layout};
use std::io::Read;

/// A source file whose next bytes are data records.
pub struct Source<R> {
    reader: ChunkReader<R>,
    splitter: Splitter,
    /// Records that came with the head.
    pending: Option<Chunk>,
    /// The file's columns.
    pub layout: Layout,
    /// Splits records into fields.
    pub shape: Shape,
    /// For fixed width, the columns' places.
    fixed: Vec<crate::format::fields::Cut>,
    /// What a rejects file starts with: byte order mark and column names as they came.
    pub head: Vec<u8>,
    /// The file's line end.
    pub line_end: Vec<u8>,
    encoding: Encoding,
}

impl<R: Read> Source<R> {
    /// Opens a source.
    ///
    /// # Errors
    /// The faults of the header: `FILE_EMPTY`, `COLUMN_MISSING`, `COLUMN_DUPLICATE`, `COLUMNS_TOO_MANY`,
    /// `CONTROL_TOTAL`, and those of splitting.
    pub fn open(kind: Kind, inner: R, reading: &Reading) -> Result<Source<R>> {
        let text = Utf8Reader::new(inner, reading.encoding);
        let mut reader = ChunkReader::new(text, reading.chunk_bytes);
        let shape = match (&reading.fixed, reading.delimiter) {
            (Some(_), _) => Shape::Lines,
            (None, Some(delimiter)) => Shape::Delimited(delimiter),
            (None, None) => Shape::Delimited(sniff_delimiter(reader.peek()?)),
        };
        let fixed = reading
            .fixed
            .iter()
            .flatten()
            .map(|(_, cut)| *cut)
            .collect();
        let mut source = Source {
            reader,
            splitter: Splitter::new(shape, 1),
            pending: None,
            layout: Layout::default(),
            shape,
            fixed,
            head: Vec::new(),
            line_end: b"\n".to_vec(),
            encoding: reading.encoding,
        };
        source.read_head(kind, reading)?;
        Ok(source)
    }

    fn read_head(&mut self, kind: Kind, reading: &Reading) -> Result<()> {
        let mut chunk = Chunk::default();
        let more = self.reader.next(&mut self.splitter, &mut chunk)?;
        let mark = reading.encoding.mark(self.reader.marked());
        self.head.extend_from_slice(mark);
        if !more || chunk.spans.is_empty() {
            let detail = "the file has no records and no column names";
            return Err(FileFault::new(Code::FileEmpty, 0, detail).into());
        }
        let mut used = 0;
        let mut titles = 0..0;
        let mut fields = self.field_splitter();
        if let Some(control) = &reading.header {
            let span = chunk.spans[used];
            let record = &chunk.text[span.start..span.end];
            let split = fields.split(record);
            if !control.is(record, &split, self.shape == Shape::Lines) {
                let detail = format!("the file does not start with a `{}` record", control.marker);
                if reading.trailer_required {
                    return Err(FileFault::new(Code::ControlTotal, span.line, detail).into());
                }
            } else {
                used += 1;
            }
        }
        match &reading.fixed {
            Some(names) => self.layout = Layout::fixed(kind, names),
            None => {
                let Some(span) = chunk.spans.get(used).copied() else {
                    let detail = "the file has no column names";
                    return Err(FileFault::new(Code::FileEmpty, 0, detail).into());
                };
                let record = &chunk.text[span.start..span.end];
                let header = fields.split(record);
                self.layout = Layout::from_header(kind, &header, &reading.mapped, span.line)?;
                used += 1;
                titles = span.start..span.next;
            }
        }
        if let Some(span) = chunk.spans.first().filter(|s| s.next > s.end) {
            self.line_end = chunk.text[span.end..span.next].to_vec();
        }
        if !titles.is_empty() {
            let encoder = self.encoder();
            encoder.push(&chunk.text[titles], &mut self.head);
        }
        chunk.spans.drain(..used);
        self.pending = Some(chunk);
        Ok(())
    }

    /// A field splitter for this file.
    pub fn field_splitter(&self) -> FieldSplitter {
        match self.shape {
            Shape::Lines => FieldSplitter::fixed(self.fixed.clone()),
            shape => FieldSplitter::new(shape),
        }
    }

    /// Reads the next records; `false` at the end of the file.
    ///
    /// # Errors
    /// The faults of splitting.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        if let Some(pending) = self.pending.take() {
            *chunk = pending;
            return Ok(true);
        }
        self.reader.next(&mut self.splitter, chunk)
    }

    /// How records of this file are written to a rejects file.
    pub fn encoder(&self) -> Encoder {
        Encoder {
            encoding: self.encoding,
            line_end: self.line_end.clone(),
        }
    }
}

/// Writes records as they came: in the source's own encoding and with its line ends.
#[derive(Clone, Debug)]
pub struct Encoder {
    encoding: Encoding,
    line_end: Vec<u8>,
}

impl Encoder {
    /// Appends a record; one without a line end (the last of a file) gets the file's.
    pub fn push(&self, record: &[u8], out: &mut Vec<u8>) {
        encode(self.encoding, record, out);
        if !record.ends_with(b"\n") && !record.ends_with(b"\r") {
            encode(self.encoding, &self.line_end, out);
        }
    }
}

/// Text is valid UTF-8 by now; anything else would be the splitter's fault and is kept as it is.
fn encode(encoding: Encoding, utf8: &[u8], out: &mut Vec<u8>) {
    match std::str::from_utf8(utf8) {
        Ok(text) => encoding.encode(text, out),
        Err(_) => out.extend_from_slice(utf8),
    }
}
