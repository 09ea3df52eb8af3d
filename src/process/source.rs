//! Opening a source file: encoding, delimiter, title lines, control header, column names.

use super::job::SourceFormat;
use super::rejects::RejectsFormat;
use super::run_io::Result;
use super::unnamed;
use crate::domain::{Code, Kind};
use crate::format::chunk::Splitter;
use crate::format::control::{Control, Stated};
use crate::format::delimiter::sniff_delimiter_of;
use crate::format::dialect::Dialect;
use crate::format::encoding::Utf8Reader;
use crate::format::fault::{FileFault, limit};
use crate::format::fields::{FieldSplitter, Fields};
use crate::format::header::{Found, HeaderSearch, first_line_separator, separator};
use crate::format::lines::{LineRules, SetAside};
use crate::format::split::Shape;
use crate::format::{Chunk, ChunkReader, Layout};
use std::io::{Read, Take};
use std::ops::{ControlFlow, Range};

/// A source file whose next bytes are data records.
pub struct SourceReader<R> {
    pub(super) reader: ChunkReader<Take<R>>,
    pub(super) splitter: Splitter,
    pub layout: Layout,
    pub shape: Shape,
    fields: FieldSplitter,
    /// The totals of the control record before the data.
    pub stated: Option<Stated>,
    pub(crate) lines: LineRules,
    /// Lines before the data that are neither column names nor control record.
    pub(crate) set_aside: SetAside,
    pub(crate) rejects: RejectsFormat,
}

/// What stands before the data.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    /// How many records of the first chunk it takes.
    records: usize,
    /// The one with the column names.
    names: Option<usize>,
    control: Option<usize>,
}

impl<R: Read> SourceReader<R> {
    /// Opens a source.
    ///
    /// # Errors
    /// The faults of the header: `FILE_EMPTY`, `COLUMN_MISSING`, `COLUMN_DUPLICATE`, `COLUMNS_TOO_MANY`,
    /// `CONTROL_TOTAL`, `ENCODING_INVALID`, and those of splitting.
    pub fn open(kind: Kind, inner: R, reading: &SourceFormat) -> Result<SourceReader<R>> {
        let text = Utf8Reader::new(inner.take(reading.text_bytes), reading.encoding);
        let mut reader = ChunkReader::new(text, reading.chunk_bytes);
        reader.keep_broken(reading.mixed);
        let search = HeaderSearch::new(kind, &reading.columns);
        let (shape, fields) = if let Some(columns) = &reading.fixed {
            let columns = columns.iter().map(|(_, field)| *field).collect();
            (Shape::Lines, FieldSplitter::fixed(columns))
        } else {
            let mut dialect = Dialect {
                quotes: reading.quotes,
                multiline: reading.multiline,
                ..Dialect::new(reading.delimiter.unwrap_or_default())
            };
            // A spreadsheet saves a correction with the sign of its own.
            let saved = !reading.trailer_required
                && reading.columns.positions.is_none()
                && !search.has_header(reader.peek(), dialect);
            if reading.delimiter.is_none() || saved {
                let text = reader.peek();
                dialect.delimiter = match reading.columns.fields() {
                    Some(fields) => first_line_separator(text)
                        .unwrap_or_else(|| sniff_delimiter_of(text, fields)),
                    None => search.delimiter(text, dialect),
                };
            }
            let shape = Shape::Delimited(dialect);
            (shape, FieldSplitter::new(shape))
        };
        // Whether a record has swallowed others can be told once it is known how many fields a record has.
        let head = match shape {
            Shape::Delimited(dialect) => Shape::Delimited(Dialect {
                multiline: true,
                ..dialect
            }),
            Shape::Lines => shape,
        };
        let mut source = SourceReader {
            reader,
            splitter: Splitter::new(head, 1),
            layout: Layout::default(),
            shape,
            fields,
            stated: None,
            lines: LineRules::default(),
            set_aside: SetAside::default(),
            rejects: RejectsFormat {
                encoding: reading.encoding,
                line_end: b"\n".to_vec(),
                head: Vec::new(),
                head_rows: 0,
                marked: false,
                fixed: reading.fixed.clone(),
            },
        };
        source.read_head(kind, reading, &search)?;
        Ok(source)
    }

    fn read_head(
        &mut self,
        kind: Kind,
        reading: &SourceFormat,
        search: &HeaderSearch,
    ) -> Result<()> {
        let (mut chunk, head) = match &reading.fixed {
            Some(names) => {
                self.layout = Layout::fixed(kind, names, &reading.columns);
                self.head_without_names(kind, reading)?
            }
            None if reading.columns.positions.is_some() => {
                self.layout = Layout::positioned(kind, &reading.columns);
                self.head_without_names(kind, reading)?
            }
            None => self.head_with_names(kind, reading, search)?,
        };
        self.fields.fold_dashes(dashed(kind, &self.layout));
        if let Some(span) = chunk.spans.first().filter(|s| s.next > s.end) {
            self.rejects.line_end = chunk.text[span.end..span.next].to_vec();
        }
        if let Shape::Delimited(dialect) = &mut self.shape {
            dialect.fields = self.layout.field_numbers(kind);
            self.splitter.set_shape(self.shape);
            chunk.cut_again(self.shape, head.records, &mut self.reader)?;
        }
        self.rejects.marked = self.reader.marked();
        let mut kept = reading.encoding.mark(self.rejects.marked).to_vec();
        for (place, span) in chunk.spans.drain(..head.records).enumerate() {
            let record = &chunk.text[span.start..span.end];
            let (names, control) = (head.names == Some(place), head.control == Some(place));
            // Spreadsheets need the line that names the delimiter, and don't show it.
            let delimiter = place == 0 && self.names_delimiter(record);
            if names || control || delimiter {
                let whole = &chunk.text[span.start..span.next];
                self.rejects.push(whole, &mut kept);
                self.rejects.head_rows += u64::from(!delimiter);
            }
            if control {
                self.lines.repeat_control(record);
            } else if !names {
                self.set_aside.push(span.line, record);
            }
        }
        self.rejects.head = kept;
        if reading.fixed.is_some() {
            self.rejects.head_rows = 1;
        }
        self.reader.put_back(chunk);
        Ok(())
    }

    fn rules(&self, kind: Kind, reading: &SourceFormat) -> LineRules {
        let trailer = reading.trailer.as_ref();
        LineRules::new(kind, &self.layout, trailer, &reading.ignore)
    }

    /// Whether a record at the start of the file names the delimiter.
    fn names_delimiter(&self, record: &[u8]) -> bool {
        self.shape != Shape::Lines && separator(record).is_some()
    }

    /// The first record of the chunk from `from` on that is not set aside.
    fn first_record(&self, chunk: &Chunk, from: usize) -> Option<usize> {
        let mut fields = self.field_splitter();
        (from..chunk.spans.len()).find(|place| {
            let span = &chunk.spans[*place];
            let record = &chunk.text[span.start..span.end];
            let set_aside = self
                .lines
                .sets_aside(record, || chunk.fields(span, &mut fields));
            !set_aside && (*place > 0 || !self.names_delimiter(record))
        })
    }

    /// The head of a file whose columns have their places: up to its control record, if it has one, and its column names.
    fn head_without_names(&mut self, kind: Kind, reading: &SourceFormat) -> Result<(Chunk, Head)> {
        self.lines = self.rules(kind, reading);
        // The control record, and what may name the columns.
        let chunk = self.start(|source, chunk| {
            let first = source.first_record(chunk, 0);
            let behind = |place| source.first_record(chunk, place + 1).is_some();
            first.is_some_and(|place| reading.header.is_none() || behind(place))
        })?;
        let first = self.first_record(&chunk, 0);
        let mut head = Head::default();
        if let (Some(control), Some(place)) = (&reading.header, first) {
            head.control = self.control(&chunk, place..place + 1, control, reading)?;
            head.records = head.control.map_or(0, |place| place + 1);
        }
        let mut spans = chunk.spans.iter().take(1);
        if head.records == 0
            && spans.any(|span| self.names_delimiter(&chunk.text[span.start..span.end]))
        {
            head.records = 1;
        }
        // A record that was rejected before may be anything.
        if reading.trailer_required {
            head = self.with_names(kind, &chunk, head)?;
        } else if reading.columns.described {
            head = self.with_names(kind, &chunk, head).unwrap_or(head);
        }
        Ok((chunk, head))
    }

    /// The head with the line behind it that names the columns, if there is one in a file whose columns have their places.
    fn with_names(&mut self, kind: Kind, chunk: &Chunk, head: Head) -> Result<Head> {
        let Some(place) = self.first_record(chunk, head.records) else {
            return Ok(head);
        };
        let span = &chunk.spans[place];
        let mut fields = self.field_splitter();
        let first = chunk.fields(span, &mut fields);
        if !self.layout.is_header(kind, &first, span.line)? {
            return Ok(head);
        }
        self.lines.repeat_header(&first, first.len());
        Ok(Head {
            records: place + 1,
            ..head
        })
    }

    /// The head of a file with column names, which become its layout.
    fn head_with_names(
        &mut self,
        kind: Kind,
        reading: &SourceFormat,
        search: &HeaderSearch,
    ) -> Result<(Chunk, Head)> {
        let mut fields = self.field_splitter();
        let is_control = |record: &[u8], fields: &Fields<'_>| {
            let control = reading.header.as_ref();
            control.is_some_and(|c| c.is(record, fields, false))
        };
        let mut found = |chunk: &Chunk| search.find(chunk, &mut fields, is_control);
        let mut looked_at = 0;
        let chunk = self.start(|_, chunk| {
            let more = chunk.spans.len() > std::mem::replace(&mut looked_at, chunk.spans.len());
            let named = more && matches!(found(chunk), Some(Found::Header(_)));
            named || chunk.spans.len() >= limit::HEADER_LINES
        })?;
        let found = found(&chunk);
        let head = match found {
            Some(Found::Header(names)) => names + 1,
            _ => limit::HEADER_LINES,
        };
        chunk.refuse_runaway(self.shape, head)?;
        let Some(Found::Header(names) | Found::Likely(names, _)) = found else {
            let detail = "the file has no column names";
            return Err(FileFault::new(Code::FileEmpty, 0, detail).into());
        };
        let mut head = Head {
            records: names + 1,
            names: Some(names),
            control: None,
        };
        if let Some(control) = &reading.header {
            head.control = self.control(&chunk, 0..names, control, reading)?;
        }
        let span = &chunk.spans[names];
        if chunk.is_broken(span) {
            let detail = "the line that names the columns is not valid UTF-8";
            return Err(FileFault::new(Code::EncodingInvalid, span.line, detail).into());
        }
        let record = &chunk.text[span.start..span.end];
        let header = chunk.fields(span, &mut fields);
        header.well_quoted(record, span.line)?;
        self.layout = match Layout::from_header(kind, &header, &reading.columns, span.line) {
            Ok(layout) => layout,
            Err(mut fault) => {
                if fault.code == Code::ColumnMissing
                    && unnamed::names_nothing(kind, &header, &reading.columns)
                    && let Some(hint) = unnamed::hint(&chunk, &mut self.field_splitter())
                {
                    fault.detail = format!("{} {hint}", fault.detail);
                }
                return Err(fault.into());
            }
        };
        self.lines = self.rules(kind, reading);
        let width = self.layout.width.unwrap_or_default();
        self.lines.repeat_header(&header, width);
        let mut before = chunk.spans[..names].iter();
        let record = before.find(|s| self.lines.is_like_record(&chunk.fields(s, &mut fields)));
        if let Some(record) = record {
            let detail = format!(
                "line {} names the columns, but line {} before it looks like a record; the line with the names has to \
                 come first",
                span.line, record.line
            );
            return Err(FileFault::new(Code::ColumnMissing, record.line, detail).into());
        }
        Ok((chunk, head))
    }

    /// The control record among these records.
    fn control(
        &mut self,
        chunk: &Chunk,
        places: Range<usize>,
        control: &Control,
        reading: &SourceFormat,
    ) -> Result<Option<usize>> {
        let mut fields = self.field_splitter();
        let fixed = self.shape == Shape::Lines;
        let mut candidates: Vec<(bool, usize)> = Vec::new();
        for place in places {
            let span = &chunk.spans[place];
            let split = chunk.fields(span, &mut fields);
            if control.is(&chunk.text[span.start..span.end], &split, fixed) {
                candidates.push((!control.is_first_field(&split), place));
            }
        }
        // Of two that begin like it, one is likelier whose first field is the marker and no more.
        let found = candidates.into_iter().min().map(|(_, place)| place);
        if reading.trailer_required {
            let Some(place) = found else {
                let line = chunk.spans.first().map_or(0, |span| span.line);
                let detail = format!("the file does not start with a `{}` record", control.marker);
                return Err(FileFault::new(Code::ControlTotal, line, detail).into());
            };
            // A rejects file keeps the record as it came: its totals are those of the file it comes from.
            let span = &chunk.spans[place];
            let split = chunk.fields(span, &mut fields);
            let record = &chunk.text[span.start..span.end];
            self.stated = Some(control.read(record, &split, span.line, reading.amounts)?);
        }
        Ok(found)
    }

    /// The first chunk, made longer until it has enough records or there is no more text.
    fn start(&mut self, mut enough: impl FnMut(&Self, &Chunk) -> bool) -> Result<Chunk> {
        let mut chunk = Chunk::default();
        while self.reader.next(&mut self.splitter, &mut chunk)? {
            if enough(self, &chunk) {
                break;
            }
            if !self.reader.has_more() {
                // What makes the rest unreadable is the reason, not that records are missing.
                self.reader.fault().map_or(Ok(()), Err)?;
                break;
            }
            self.splitter.take_back(&mut chunk);
        }
        if chunk.spans.is_empty() {
            let detail = "the file has no records and no column names";
            return Err(FileFault::new(Code::FileEmpty, 0, detail).into());
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
        let more = self.reader.next(&mut self.splitter, chunk)?;
        chunk.set_aside(&self.lines, &mut self.fields);
        Ok(more)
    }

    /// Shows the fields of each record but a trailer to `take`, until it breaks off.
    ///
    /// # Errors
    /// The faults of splitting.
    pub(crate) fn for_each_record(
        &mut self,
        mut take: impl FnMut(&Fields<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut splitter = self.field_splitter();
        let mut chunk = Chunk::default();
        while self.next(&mut chunk)? {
            for span in &chunk.spans {
                let fields = chunk.fields(span, &mut splitter);
                let record = &chunk.text[span.start..span.end];
                if !self.lines.is_trailer(record, &fields) && take(&fields).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// For each field of a file up to the last one that counts, whether a dash of any kind means a hyphen in it.
fn dashed(kind: Kind, layout: &Layout) -> Vec<bool> {
    let columns = kind.columns().iter().zip(&layout.slots);
    let folded = columns.filter_map(|(c, slot)| slot.filter(|_| c.folds_dashes()));
    let folded: Vec<u16> = folded.collect();
    let fields = 0..folded.iter().max().map_or(0, |last| last + 1);
    fields.map(|field| folded.contains(&field)).collect()
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
            mixed: false,
            delimiter: Some(b','),
            quotes: Quotes::Rfc4180,
            multiline: false,
            fixed: None,
            columns: Default::default(),
            ignore: Vec::new(),
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
