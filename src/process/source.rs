//! Opening a source file: encoding, delimiter, control header, column names.

use super::job::SourceFormat;
use super::rejects::RejectsFormat;
use super::run_io::Result;
use crate::domain::{Code, Kind};
use crate::format::chunk::Splitter;
use crate::format::control::Stated;
use crate::format::delimiter::{sniff_delimiter, sniff_delimiter_of};
use crate::format::dialect::Dialect;
use crate::format::encoding::Utf8Reader;
use crate::format::fault::FileFault;
use crate::format::fields::FieldSplitter;
use crate::format::split::Shape;
use crate::format::{Chunk, ChunkReader, Layout};
use std::io::{Read, Take};

/// A source file whose next bytes are data records.
pub struct SourceReader<R> {
    pub(super) reader: ChunkReader<Take<R>>,
    pub(super) splitter: Splitter,
    pub layout: Layout,
    pub shape: Shape,
    fields: FieldSplitter,
    /// The totals of the control record before the data.
    pub stated: Option<Stated>,
    pub(crate) rejects: RejectsFormat,
}

impl<R: Read> SourceReader<R> {
    /// Opens a source.
    ///
    /// # Errors
    /// The faults of the header: `FILE_EMPTY`, `COLUMN_MISSING`, `COLUMN_DUPLICATE`, `COLUMNS_TOO_MANY`,
    /// `CONTROL_TOTAL`, and those of splitting.
    pub fn open(kind: Kind, inner: R, reading: &SourceFormat) -> Result<SourceReader<R>> {
        let text = Utf8Reader::new(inner.take(reading.text_bytes), reading.encoding);
        let mut reader = ChunkReader::new(text, reading.chunk_bytes);
        let (shape, fields) = if let Some(columns) = &reading.fixed {
            let columns = columns.iter().map(|(_, field)| *field).collect();
            (Shape::Lines, FieldSplitter::fixed(columns))
        } else {
            let sniffed = || match reading.columns.fields() {
                Some(fields) => sniff_delimiter_of(reader.peek(), fields),
                None => sniff_delimiter(reader.peek()),
            };
            let shape = Shape::Delimited(Dialect {
                quotes: reading.quotes,
                multiline: reading.multiline,
                ..Dialect::new(reading.delimiter.unwrap_or_else(sniffed))
            });
            (shape, FieldSplitter::new(shape))
        };
        let mut source = SourceReader {
            reader,
            splitter: Splitter::new(shape, 1),
            layout: Layout::default(),
            shape,
            fields,
            stated: None,
            rejects: RejectsFormat {
                encoding: reading.encoding,
                line_end: b"\n".to_vec(),
                head: Vec::new(),
            },
        };
        source.read_head(kind, reading)?;
        Ok(source)
    }

    fn read_head(&mut self, kind: Kind, reading: &SourceFormat) -> Result<()> {
        let wanted = usize::from(reading.header.is_some()) + usize::from(reading.fixed.is_none());
        let mut chunk = self.start(wanted.max(1))?;
        let mark = reading.encoding.mark(self.reader.marked());
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
                    let forms = reading.amounts;
                    self.stated = Some(control.read(record, &split, span.line, forms)?);
                }
                kept.push(span.start..span.next);
                used += 1;
            } else if reading.trailer_required {
                let detail = format!("the file does not start with a `{}` record", control.marker);
                return Err(FileFault::new(Code::ControlTotal, span.line, detail).into());
            }
        }
        match &reading.fixed {
            Some(names) => self.layout = Layout::fixed(kind, names, &reading.columns),
            None if reading.columns.positions.is_some() => {
                self.layout = Layout::positioned(kind, &reading.columns);
                // A record that was rejected before may be anything.
                if let Some(span) = chunk.spans.get(used).filter(|_| reading.trailer_required) {
                    let first = fields.split(&chunk.text[span.start..span.end]);
                    self.layout.refuse_header(kind, &first, span.line)?;
                }
            }
            None => {
                let Some(span) = chunk.spans.get(used).copied() else {
                    let detail = "the file has no column names";
                    return Err(FileFault::new(Code::FileEmpty, 0, detail).into());
                };
                let record = &chunk.text[span.start..span.end];
                let header = fields.split(record);
                header.well_quoted(record, span.line)?;
                self.layout = Layout::from_header(kind, &header, &reading.columns, span.line)?;
                used += 1;
                kept.push(span.start..span.next);
            }
        }
        if let Some(span) = chunk.spans.first().filter(|s| s.next > s.end) {
            self.rejects.line_end = chunk.text[span.end..span.next].to_vec();
        }
        let mut head = mark.to_vec();
        for record in kept {
            self.rejects.push(&chunk.text[record], &mut head);
        }
        self.rejects.head = head;
        if let Shape::Delimited(dialect) = &mut self.shape {
            dialect.fields = self.layout.field_numbers(kind);
            self.splitter.set_shape(self.shape);
            chunk.cut_again(self.shape, used, &mut self.reader)?;
        }
        chunk.spans.drain(..used);
        self.reader.put_back(chunk);
        Ok(())
    }

    /// The first chunk, made longer until it has this many records or the text ends.
    fn start(&mut self, records: usize) -> Result<Chunk> {
        let mut chunk = Chunk::default();
        while self.reader.next(&mut self.splitter, &mut chunk)? {
            if chunk.spans.len() >= records {
                break;
            }
            if chunk.is_last() {
                // What makes the rest unreadable is the reason, not that records are missing.
                self.reader.fault().map_or(Ok(()), Err)?;
                break;
            }
            self.splitter.take_back(&mut chunk);
        }
        Ok(chunk)
    }

    /// A field splitter for this file.
    pub fn field_splitter(&self) -> FieldSplitter {
        self.fields.clone()
    }

    /// Reads the next records; `false` at the end of the file.
    ///
    /// # Errors
    /// The faults of splitting.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        self.reader.next(&mut self.splitter, chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::{Chunk, SourceReader};
    use crate::domain::Kind;
    use crate::format::Encoding;
    use crate::format::control::{Control, TotalPosition};
    use crate::format::dialect::Quotes;
    use crate::process::job::SourceFormat;

    #[test]
    fn a_head_longer_than_a_chunk_is_read_all_the_same() {
        let names = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status";
        let text = format!("{}HDR,20261120\r\n{names}\r\nS1\r\nS2", "\n".repeat(40));
        let control = Control {
            marker: "HDR".into(),
            count: Some(TotalPosition::Field(1)),
            ..Control::default()
        };
        let reading = SourceFormat {
            encoding: Encoding::Utf8,
            assumed: false,
            delimiter: Some(b','),
            quotes: Quotes::Rfc4180,
            multiline: false,
            fixed: None,
            columns: Default::default(),
            header: Some(control),
            trailer: None,
            amounts: Default::default(),
            trailer_required: true,
            max_records: 10,
            full: false,
            text_bytes: u64::MAX,
            chunk_bytes: 7,
        };
        let mut source =
            SourceReader::open(Kind::Demographic, text.as_bytes(), &reading).expect("a whole head");
        assert_eq!(
            source.rejects.head,
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
