//! One record's fields, borrowed from its bytes wherever no escape has to be undone.

use super::dialect::{Dialect, QUOTE, line_ends};
use super::fault::FileFault;
use super::spans::{FieldSpan, offset};
use super::split::Shape;
use crate::domain::Code;
use crate::domain::character::{is_other_dash, is_other_space};

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
    /// The record, and behind it the fields that are read otherwise than they are written: without escapes, with plain
    /// spaces and hyphens. Empty where there are none.
    scratch: Vec<u8>,
    misplaced: Option<MisplacedQuote>,
    /// The fields in which a dash of any kind means a hyphen.
    dashed: Vec<bool>,
}

/// The fields of one record.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    text: &'a [u8],
    spans: &'a [FieldSpan],
    misplaced: Option<MisplacedQuote>,
}

/// A quote that should close a field, but text follows it. What the field and those behind it hold is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MisplacedQuote {
    /// The field, from 0.
    pub field: u16,
    /// The byte of the record where the quote stands.
    at: u32,
}

impl MisplacedQuote {
    /// Whether a field comes before the one that is in doubt.
    pub(crate) fn is_behind(self, field: Option<u16>) -> bool {
        field.is_some_and(|field| field < self.field)
    }

    /// Where it stands in a record that starts on `line`, in words.
    pub(crate) fn place(self, record: &[u8], line: u64) -> String {
        let before = &record[..self.at as usize];
        let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |end| end + 1);
        format!(
            "text follows the double quote at character {} of line {}, in column {}",
            String::from_utf8_lossy(&before[start..]).chars().count() + 1,
            line + line_ends(before),
            u32::from(self.field) + 1
        )
    }
}

impl<'a> Fields<'a> {
    /// A record without fields.
    pub fn none() -> Fields<'a> {
        Fields {
            text: b"",
            spans: &[],
            misplaced: None,
        }
    }

    /// The first quote of the record that is misplaced.
    #[inline]
    pub fn misplaced(&self) -> Option<MisplacedQuote> {
        self.misplaced
    }

    /// The fault of a record that is not data but what the rest of its file is read by.
    ///
    /// # Errors
    /// `QUOTE_MISPLACED`. `record` is that of these fields, and `line` where it starts.
    pub(crate) fn well_quoted(&self, record: &[u8], line: u64) -> Result<(), FileFault> {
        let fault = |quote: MisplacedQuote| {
            FileFault::new(Code::QuoteMisplaced, line, quote.place(record, line))
        };
        self.misplaced.map_or(Ok(()), |quote| Err(fault(quote)))
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

    /// Whether every field stands in the record as it is read.
    pub(crate) fn are_as_sent(&self, record: &[u8]) -> bool {
        std::ptr::eq(self.text.as_ptr(), record.as_ptr())
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
            misplaced: None,
            dashed: Vec::new(),
        }
    }

    /// Says in which fields a dash of any kind means a hyphen.
    pub(crate) fn fold_dashes(&mut self, dashed: Vec<bool>) {
        self.dashed = dashed;
    }

    pub fn fixed(columns: Vec<FixedField>) -> FieldSplitter {
        FieldSplitter {
            columns,
            ..FieldSplitter::new(Shape::Lines)
        }
    }

    /// Splits one record (valid UTF-8, without its line end). Spaces of every kind become those of ASCII.
    pub fn split<'a>(&'a mut self, record: &'a [u8]) -> Fields<'a> {
        self.spans.clear();
        self.scratch.clear();
        self.misplaced = None;
        match self.shape {
            Shape::Delimited(dialect) if memchr::memchr(QUOTE, record).is_none() => {
                self.split_plain(record, dialect.delimiter);
            }
            Shape::Delimited(dialect) => self.split_quoted(record, dialect),
            Shape::Lines => self.split_fixed(record),
        }
        if !record.is_ascii() && may_fold(record) {
            self.fold(record);
        }
        self.found(record)
    }

    /// The fields of a record that was cut into `spans` already, of which some may be `escaped`. `folds`: its chunk has
    /// spaces or dashes that are not ASCII's.
    pub(super) fn of_spans<'a>(
        &'a mut self,
        record: &'a [u8],
        spans: &'a [FieldSpan],
        escaped: bool,
        folds: bool,
    ) -> Fields<'a> {
        let folds = folds && may_fold(record);
        if !escaped && !folds {
            return Fields {
                text: record,
                spans,
                misplaced: None,
            };
        }
        self.spans.clear();
        self.spans.extend_from_slice(spans);
        self.scratch.clear();
        self.misplaced = None;
        if escaped {
            self.unescape(record);
        }
        if folds {
            self.fold(record);
        }
        self.found(record)
    }

    fn found<'a>(&'a self, record: &'a [u8]) -> Fields<'a> {
        let text = match self.scratch.is_empty() {
            true => record,
            false => &self.scratch,
        };
        let (spans, misplaced) = (&self.spans, self.misplaced);
        Fields {
            text,
            spans,
            misplaced,
        }
    }

    /// Puts plain spaces, and where they are meant hyphens, in the place of others.
    fn fold(&mut self, record: &[u8]) {
        for (index, span) in self.spans.iter_mut().enumerate() {
            let text = match self.scratch.is_empty() {
                true => record,
                false => &self.scratch,
            };
            let field = &text[span.start as usize..span.end as usize];
            let dashed = self.dashed.get(index) == Some(&true);
            let other = |c: char| is_other_space(c) || dashed && is_other_dash(c);
            let Some(field) = std::str::from_utf8(field)
                .ok()
                .filter(|f| f.contains(other))
            else {
                continue;
            };
            let plain = |c: char| match c {
                c if is_other_space(c) => ' ',
                c if other(c) => '-',
                c => c,
            };
            let folded: String = field.chars().map(plain).collect();
            if self.scratch.is_empty() {
                self.scratch.extend_from_slice(record);
            }
            let start = self.scratch.len();
            self.scratch.extend_from_slice(folded.as_bytes());
            *span = FieldSpan::new(start, self.scratch.len());
        }
    }

    /// Undoes the escapes in a record's fields, whose own quotes are off already.
    fn unescape(&mut self, record: &[u8]) {
        self.scratch.extend_from_slice(record);
        let mut quotes = memchr::memchr_iter(b'"', record).peekable();
        for span in &mut self.spans {
            let (from, end) = (span.start as usize, span.end as usize);
            while quotes.next_if(|at| *at < from).is_some() {}
            if quotes.peek().is_none_or(|at| *at >= end) {
                continue;
            }
            span.start = offset(self.scratch.len());
            push_unescaped(&record[from..end], &mut self.scratch);
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

    fn split_quoted(&mut self, record: &[u8], dialect: Dialect) {
        let mut start = 0;
        while start <= record.len() {
            let field = dialect.field(record, start);
            let (text, behind) = (field.quoted(record), field.behind(record));
            if field.closing.is_none() {
                self.push(start, field.end);
            } else if behind.is_empty() && memchr::memchr(QUOTE, text).is_none() {
                self.push(start + 1, start + 1 + text.len());
            } else {
                if self.scratch.is_empty() {
                    self.scratch.extend_from_slice(record);
                }
                let kept = self.scratch.len();
                push_unescaped(text, &mut self.scratch);
                self.scratch.extend_from_slice(behind);
                self.push(kept, self.scratch.len());
            }
            if let Some(closing) = field.closing
                && field.is_misplaced(record)
            {
                self.misplaced.get_or_insert(MisplacedQuote {
                    field: u16::try_from(self.spans.len() - 1).unwrap_or(u16::MAX),
                    at: offset(closing),
                });
            }
            start = field.end + 1;
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

/// Appends what is within quotes, with one quote for every two.
fn push_unescaped(mut text: &[u8], out: &mut Vec<u8>) {
    while let Some(quote) = memchr::memchr(QUOTE, text) {
        out.extend_from_slice(&text[..=quote]);
        text = &text[quote + 1..];
        text = text.strip_prefix(b"\"").unwrap_or(text);
    }
    out.extend_from_slice(text);
}

/// Whether text has spaces or dashes that are not ASCII's. Nearly all text has few of the bytes that begin them.
pub(super) fn may_fold(text: &[u8]) -> bool {
    let folded = |c: char| is_other_space(c) || is_other_dash(c);
    let folds = |at: usize| {
        let length = if text[at] == 0xc2 { 2 } else { 3 };
        let character = text.get(at..at + length).map(std::str::from_utf8);
        matches!(character, Some(Ok(character)) if character.contains(folded))
    };
    let mut common = memchr::memchr3_iter(0xc2, 0xe2, 0xe3, text);
    let mut rare = memchr::memchr2_iter(0xe1, 0xef, text);
    common.any(folds) || rare.any(folds)
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
    use super::{Dialect, FieldSplitter, FixedField};
    use crate::format::dialect::Quotes;
    use crate::format::split::Shape;

    fn fields(record: &str) -> Vec<String> {
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
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
    fn literal_quotes_within_a_field_stand_for_themselves() {
        let dialect = Dialect {
            quotes: Quotes::Literal,
            ..Dialect::new(b',')
        };
        let mut splitter = FieldSplitter::new(Shape::Delimited(dialect));
        for (record, want) in [
            ("\"JOHN \"DUKE\"\",b", ["JOHN \"DUKE\"", "b"]),
            ("\"JOHN \"\"DUKE\"\"\",b", ["JOHN \"DUKE\"", "b"]),
            ("\"KLINE, \"BOB\"\",\"\"", ["KLINE, \"BOB\"", ""]),
            ("\"BOB\" ROBERT\",\"\"\"\"", ["BOB\" ROBERT", "\""]),
            ("\"A\" ,\"a\nb\"", ["A ", "a\nb"]),
            ("12\" pipe,\"12\" pipe\"", ["12\" pipe", "12\" pipe"]),
        ] {
            let fields = splitter.split(record.as_bytes());
            assert!(fields.iter().eq(want.map(str::as_bytes)), "{record}");
            assert_eq!(fields.misplaced(), None);
        }
    }

    #[test]
    fn a_quote_with_text_behind_is_misplaced() {
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
        let mut place = |record: &str| {
            let quote = splitter.split(record.as_bytes()).misplaced();
            quote.map(|quote| quote.place(record.as_bytes(), 7))
        };
        let at = |character, line, column| {
            Some(format!(
                "text follows the double quote at character {character} of line {line}, in column {column}"
            ))
        };
        assert_eq!(place("a,\"Zo\u{eb} \"X\"\",c"), at(8, 7, 2));
        assert_eq!(place("\"a\r\n\",\"b\" c,d"), at(5, 8, 2));
        for fine in ["a,b \"c\",\"d\"", "\"a\" \t,\"b\"\"\"", " \"a\" b"] {
            assert_eq!(place(fine), None, "{fine}");
        }
    }

    #[test]
    fn spaces_become_plain_and_dashes_where_they_mean_hyphens() {
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
        splitter.fold_dashes(vec![false, true]);
        let mut read = |record: &str| -> Vec<String> {
            let fields = splitter.split(record.as_bytes());
            let text = |f: &[u8]| String::from_utf8_lossy(f).into_owned();
            fields.iter().map(text).collect()
        };
        assert_eq!(
            read("a\u{a0}b–c,1\u{2011}2\u{2212}3\u{2003}4,d–e"),
            ["a b–c", "1-2-3 4", "d–e"]
        );
        assert_eq!(
            read("\"x\"\"\u{a0}y\",\"1–2\",\u{3000}"),
            ["x\" y", "1-2", " "]
        );
        assert_eq!(read("É’,’–,É"), ["É’", "’-", "É"]);
        let record = "a,1–2,c".as_bytes();
        assert!(!splitter.split(record).are_as_sent(record));
        assert!(splitter.split(&record[..2]).are_as_sent(&record[..2]));
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
        assert_eq!(cut("001A\u{a0}\u{a0}a42"), ["001", "A  a", "42"]);
        assert_eq!(splitter.fixed_width(), 9);
        let lacks = |line: &str| splitter.lacks_columns(line.as_bytes());
        assert_eq!(["001Zoë ", "001Zoë 4", ""].map(lacks), [true, false, true]);
    }
}
