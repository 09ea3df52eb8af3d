//! Opening a source file: encoding, delimiter, control header, column names.

use super::job::Reading;
use super::run_io::Result;
use crate::domain::{Code, Kind};
use crate::format::chunk::Splitter;
use crate::format::control::Stated;
use crate::format::encoding::Utf8Reader;
use crate::format::fault::FileFault;
use crate::format::fields::{FieldSplitter, FixedField};
use crate::format::layout::sniff_delimiter;
use crate::format::split::Shape;
use crate::format::{Chunk, ChunkReader, Encoding, Layout};
use std::io::Read;

/// A source file whose next bytes are data records.
pub struct Source<R> {
    reader: ChunkReader<R>,
    splitter: Splitter,
    /// Records that came with the head.
    pending: Option<Chunk>,
    pub layout: Layout,
    /// Splits records into fields.
    pub shape: Shape,
    /// For fixed width, the columns' places.
    fixed: Vec<FixedField>,
    /// The totals of the control record before the data.
    pub stated: Option<Stated>,
    /// What a rejects file starts with: byte order mark, control record and column names as they came.
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
            (None, None) => Shape::Delimited(sniff_delimiter(reader.peek())),
        };
        let fixed = reading
            .fixed
            .iter()
            .flatten()
            .map(|(_, field)| *field)
            .collect();
        let mut source = Source {
            reader,
            splitter: Splitter::new(shape, 1),
            pending: None,
            layout: Layout::default(),
            shape,
            fixed,
            stated: None,
            head: Vec::new(),
            line_end: b"\n".to_vec(),
            encoding: reading.encoding,
        };
        source.read_head(kind, reading)?;
        Ok(source)
    }

    fn read_head(&mut self, kind: Kind, reading: &Reading) -> Result<()> {
        let wanted = usize::from(reading.header.is_some()) + usize::from(reading.fixed.is_none());
        let mut chunk = self.start(wanted.max(1))?;
        let mark = reading.encoding.mark(self.reader.marked());
        self.head.extend_from_slice(mark);
        if chunk.spans.is_empty() {
            let detail = "the file has no records and no column names";
            return Err(FileFault::new(Code::FileEmpty, 0, detail).into());
        }
        let mut used = 0;
        let mut kept = Vec::new();
        let mut fields = self.field_splitter();
        if let Some(control) = &reading.header {
            let span = chunk.spans[used];
            let record = &chunk.text[span.start..span.end];
            let split = fields.split(record);
            if control.is(record, &split, self.shape == Shape::Lines) {
                // A rejects file keeps the record as it came: its totals are those of the file it comes from.
                if reading.trailer_required {
                    self.stated = Some(control.read(record, &split, span.line)?);
                }
                kept.push(span.start..span.next);
                used += 1;
            } else if reading.trailer_required {
                let detail = format!("the file does not start with a `{}` record", control.marker);
                return Err(FileFault::new(Code::ControlTotal, span.line, detail).into());
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
                kept.push(span.start..span.next);
            }
        }
        if let Some(span) = chunk.spans.first().filter(|s| s.next > s.end) {
            self.line_end = chunk.text[span.end..span.next].to_vec();
        }
        let encoder = self.encoder();
        for record in kept {
            encoder.push(&chunk.text[record], &mut self.head);
        }
        chunk.spans.drain(..used);
        self.pending = Some(chunk);
        Ok(())
    }

    /// The first chunk, made longer until it has this many records or the text ends.
    fn start(&mut self, records: usize) -> Result<Chunk> {
        let mut chunk = Chunk::default();
        while self.reader.next(&mut self.splitter, &mut chunk)? {
            if chunk.spans.len() >= records || chunk.is_last() {
                break;
            }
            self.splitter.take_back(&mut chunk);
        }
        Ok(chunk)
    }

    /// A field splitter for this file.
    pub fn field_splitter(&self) -> FieldSplitter {
        match self.shape {
            Shape::Lines => FieldSplitter::fixed(self.fixed.clone()),
            Shape::Delimited(_) => FieldSplitter::new(self.shape),
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

    /// Takes the source apart, for chunks to be read in one place and given theirs in the file in another.
    pub(super) fn parts(&mut self) -> (Chunks<'_, R>, &mut Splitter) {
        let chunks = Chunks {
            reader: &mut self.reader,
            pending: self.pending.take(),
        };
        (chunks, &mut self.splitter)
    }

    /// How records of this file are written to a rejects file.
    pub fn encoder(&self) -> Encoder {
        Encoder {
            encoding: self.encoding,
            line_end: self.line_end.clone(),
        }
    }
}

/// The text of a source's chunks.
pub(super) struct Chunks<'a, R> {
    reader: &'a mut ChunkReader<R>,
    pending: Option<Chunk>,
}

impl<R: Read> Chunks<'_, R> {
    /// Whether the next chunk is the last one.
    pub(super) fn are_one(&self) -> bool {
        self.pending.as_ref().is_some_and(Chunk::is_last)
    }

    /// Reads the next chunk's text; `false` at the end of the file.
    ///
    /// # Errors
    /// As [`ChunkReader::fill`].
    pub(super) fn fill(&mut self, chunk: &mut Chunk) -> Result<bool> {
        match self.pending.take() {
            Some(pending) => {
                *chunk = pending;
                Ok(true)
            }
            None => self.reader.fill(chunk),
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

#[cfg(test)]
mod tests {
    use super::{Chunk, Source};
    use crate::domain::Kind;
    use crate::format::Encoding;
    use crate::format::control::{Control, TotalPosition};
    use crate::process::job::Reading;

    #[test]
    fn a_head_longer_than_a_chunk_is_read_all_the_same() {
        let names = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status";
        let text = format!("{}HDR,20261120\r\n{names}\r\nS1\r\nS2", "\n".repeat(40));
        let control = Control {
            marker: "HDR".into(),
            count: Some(TotalPosition::Field(1)),
            ..Control::default()
        };
        let reading = Reading {
            encoding: Encoding::Utf8,
            assumed: false,
            delimiter: Some(b','),
            fixed: None,
            mapped: Vec::new(),
            header: Some(control),
            trailer: None,
            trailer_required: true,
            max_records: 10,
            chunk_bytes: 7,
        };
        let mut source =
            Source::open(Kind::Demographic, text.as_bytes(), &reading).expect("a whole head");
        assert_eq!(
            source.head,
            format!("HDR,20261120\r\n{names}\r\n").as_bytes()
        );
        let stated = source.stated.expect("a control record");
        assert_eq!((stated.line, stated.count), (41, Some(20_261_120)));
        let (mut chunk, mut lines) = (Chunk::default(), Vec::new());
        while source.next(&mut chunk).expect("text") {
            lines.extend(chunk.spans.iter().map(|s| s.line));
        }
        assert_eq!(lines, [43, 44]);
    }
}
