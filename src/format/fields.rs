//! One record's fields, borrowed from its bytes wherever no escape has to be undone.

use super::spans::{FieldSpan, offset};
use super::split::Shape;

/// Where a fixed-width column is in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedField {
    /// First character, from 0.
    pub start: usize,
    pub length: usize,
}

impl FixedField {
    /// The characters of a line that it takes, from 1, as people count them.
    pub(crate) fn positions(self) -> String {
        match self.length {
            1 => format!("position {}", self.start + 1),
            length => format!("positions {}-{}", self.start + 1, self.start + length),
        }
    }
}

/// Splits records into fields. Keeps its buffers between records.
#[derive(Clone, Debug)]
pub struct FieldSplitter {
    shape: Shape,
    columns: Vec<FixedField>,
    spans: Vec<FieldSpan>,
    /// The record, and behind it the fields whose escapes had to be undone; empty where there are none.
    scratch: Vec<u8>,
}

/// The fields of one record.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    text: &'a [u8],
    spans: &'a [FieldSpan],
}

impl<'a> Fields<'a> {
    /// A record without fields.
    pub fn none() -> Fields<'a> {
        Fields {
            text: b"",
            spans: &[],
        }
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The field's text without quotes and escapes; empty beyond the last field.
    pub fn get(&self, index: usize) -> &'a [u8] {
        match self.spans.get(index) {
            Some(span) => &self.text[span.start as usize..span.end as usize],
            None => b"",
        }
    }

    /// Whether any field is longer than this many bytes.
    pub fn any_longer_than(&self, bytes: usize) -> bool {
        self.text.len() > bytes && self.iter().any(|field| field.len() > bytes)
    }

    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }
}

impl FieldSplitter {
    /// For a delimited shape.
    pub fn new(shape: Shape) -> FieldSplitter {
        FieldSplitter {
            shape,
            columns: Vec::new(),
            spans: Vec::new(),
            scratch: Vec::new(),
        }
    }

    pub fn fixed(columns: Vec<FixedField>) -> FieldSplitter {
        FieldSplitter {
            columns,
            ..FieldSplitter::new(Shape::Lines)
        }
    }

    /// Splits one record (valid UTF-8, without its line end).
    pub fn split<'a>(&'a mut self, record: &'a [u8]) -> Fields<'a> {
        self.spans.clear();
        self.scratch.clear();
        match self.shape {
            Shape::Delimited(delimiter) if memchr::memchr(b'"', record).is_none() => {
                self.split_plain(record, delimiter);
            }
            Shape::Delimited(delimiter) => self.split_quoted(record, delimiter),
            Shape::Lines => self.split_fixed(record),
        }
        let text = match self.scratch.is_empty() {
            true => record,
            false => &self.scratch,
        };
        let spans = &self.spans;
        Fields { text, spans }
    }

    /// The fields of a record that was cut into `spans` already, of which some may be `escaped`.
    pub(super) fn of_spans<'a>(
        &'a mut self,
        record: &'a [u8],
        spans: &'a [FieldSpan],
        escaped: bool,
    ) -> Fields<'a> {
        if !escaped {
            return Fields {
                text: record,
                spans,
            };
        }
        self.unescape(record, spans);
        let (text, spans) = (&self.scratch, &self.spans);
        Fields { text, spans }
    }

    /// Undoes the escapes in a record's fields, whose own quotes are off already.
    fn unescape(&mut self, record: &[u8], spans: &[FieldSpan]) {
        self.spans.clear();
        self.spans.extend_from_slice(spans);
        self.scratch.clear();
        self.scratch.extend_from_slice(record);
        let mut quotes = memchr::memchr_iter(b'"', record).peekable();
        for span in &mut self.spans {
            let (mut from, end) = (span.start as usize, span.end as usize);
            while quotes.next_if(|at| *at < from).is_some() {}
            if quotes.peek().is_none_or(|at| *at >= end) {
                continue;
            }
            span.start = offset(self.scratch.len());
            while let Some(rest) = record.get(from..end) {
                let kept = memchr::memchr(b'"', rest).map_or(rest.len(), |at| at + 1);
                self.scratch.extend_from_slice(&rest[..kept]);
                // The second of the two quotes is left out.
                from += kept + 1;
            }
            span.end = offset(self.scratch.len());
        }
    }

    fn push(&mut self, start: usize, end: usize) {
        self.spans.push(FieldSpan::new(start, end));
    }

    fn split_plain(&mut self, record: &[u8], delimiter: u8) {
        let mut start = 0;
        for at in memchr::memchr_iter(delimiter, record) {
            self.push(start, at);
            start = at + 1;
        }
        self.push(start, record.len());
    }

    fn split_quoted(&mut self, record: &[u8], delimiter: u8) {
        let mut at = 0;
        loop {
            at = if record.get(at) == Some(&b'"') {
                self.quoted(record, at + 1, delimiter)
            } else {
                let end = field_end(record, at, delimiter);
                self.push(at, end);
                end
            };
            if at >= record.len() {
                return;
            }
            at += 1;
            if at == record.len() {
                self.push(at, at);
                return;
            }
        }
    }

    /// Takes a field whose text starts at `start`, after the opening quote; returns where the field ends.
    fn quoted(&mut self, record: &[u8], start: usize, delimiter: u8) -> usize {
        let mut from = start;
        let mut kept = None;
        loop {
            // The splitter closes every quote; of one that isn't, what is there is kept.
            let quote = field_end(record, from, b'"');
            let escaped = record.get(quote + 1) == Some(&b'"');
            let end = field_end(record, record.len().min(quote + 1), delimiter);
            if kept.is_none() && !escaped && end == quote + 1 {
                self.push(start, quote);
                return end;
            }
            if self.scratch.is_empty() {
                self.scratch.extend_from_slice(record);
            }
            let kept = *kept.get_or_insert(self.scratch.len());
            if escaped {
                self.scratch.extend_from_slice(&record[from..=quote]);
                from = quote + 2;
                continue;
            }
            self.scratch.extend_from_slice(&record[from..quote]);
            let tail = record.len().min(quote + 1);
            self.scratch.extend_from_slice(&record[tail..end]);
            self.push(kept, self.scratch.len());
            return end;
        }
    }

    fn split_fixed(&mut self, record: &[u8]) {
        let ascii = record.is_ascii();
        for i in 0..self.columns.len() {
            let column = self.columns[i];
            let (start, end) = if ascii {
                let start = column.start.min(record.len());
                (start, (column.start + column.length).min(record.len()))
            } else {
                let start = char_offset(record, column.start);
                (start, start + char_offset(&record[start..], column.length))
            };
            self.push(start, end);
        }
    }

    /// Characters a fixed-width line may have; more are a `FIELD_COUNT`.
    pub fn fixed_width(&self) -> usize {
        let end = |c: &FixedField| c.start + c.length;
        self.columns.iter().map(end).max().unwrap_or(0)
    }

    /// Whether a fixed-width line ends before its last column starts.
    pub(crate) fn lacks_columns(&self, record: &[u8]) -> bool {
        let start = self.columns.iter().map(|c| c.start).max();
        start.is_some_and(|start| char_offset(record, start) == record.len())
    }
}

fn field_end(record: &[u8], from: usize, delimiter: u8) -> usize {
    memchr::memchr(delimiter, &record[from..]).map_or(record.len(), |o| from + o)
}

/// Byte offset of the `n`-th character of UTF-8 text, or its length.
pub(super) fn char_offset(text: &[u8], n: usize) -> usize {
    let starts = |b: &u8| b.cast_signed() >= -0x40;
    let mut seen = 0;
    for (offset, byte) in text.iter().enumerate() {
        if starts(byte) {
            if seen == n {
                return offset;
            }
            seen += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{FieldSplitter, FixedField};
    use crate::format::split::Shape;

    fn fields(record: &str) -> Vec<String> {
        let mut splitter = FieldSplitter::new(Shape::Delimited(b','));
        let fields = splitter.split(record.as_bytes());
        let text = |f: &[u8]| String::from_utf8_lossy(f).into_owned();
        fields.iter().map(text).collect()
    }

    #[test]
    fn the_same_as_the_csv_crate() {
        for record in [
            "a,b,c",
            "",
            ",",
            "a,",
            "\"a\",\"b,c\",d",
            "\"a\"\"b\",\"\"",
            "\"\"\"\",x",
            "\"a\" tail,b",
            "\"a\"tail\"x\",b",
            "12\" pipe,\"q\"",
            "\"line\nbreak\",",
        ] {
            let mut oracle = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(record.as_bytes());
            let want: Vec<String> = match oracle.records().next() {
                Some(r) => r.expect("record").iter().map(str::to_owned).collect(),
                None => vec![String::new()],
            };
            assert_eq!(fields(record), want, "{record:?}");
        }
    }

    #[test]
    fn fixed_width_counts_characters() {
        let cuts = [(0, 3), (3, 4), (7, 2)].map(|(start, length)| FixedField { start, length });
        let mut splitter = FieldSplitter::fixed(cuts.to_vec());
        let mut cut = |line: &str| {
            let fields = splitter.split(line.as_bytes());
            let text = |f: &[u8]| String::from_utf8_lossy(f).into_owned();
            fields.iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(cut("001Anna42"), ["001", "Anna", "42"]);
        assert_eq!(cut("001Zoë 42"), ["001", "Zoë ", "42"]);
        assert_eq!(cut("001An"), ["001", "An", ""]);
        assert_eq!(splitter.fixed_width(), 9);
        let lacks = |line: &str| splitter.lacks_columns(line.as_bytes());
        assert_eq!(["001Zoë ", "001Zoë 4", ""].map(lacks), [true, false, true]);
    }
}
