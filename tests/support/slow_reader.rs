//! Reading delimited text byte by byte, slowly and plainly: what the quick reader has to find.

use feedgate::internal::domain::Code;
use feedgate::internal::domain::character::{is_invisible, is_other_space};
use feedgate::internal::format::dialect::{Dialect, Quotes};

/// Most lines of a record.
const LINES: u64 = 100;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SlowRecord {
    /// The line it starts on, from 1.
    pub(crate) line: u64,
    pub(crate) text: Vec<u8>,
    pub(crate) fields: Vec<Vec<u8>>,
    /// The first field whose closing quote has text behind it.
    pub(crate) misplaced: Option<u16>,
}

/// The records of a text, up to the fault that ends it, with its line.
pub(crate) type SlowText = (Vec<SlowRecord>, Option<(Code, u64)>);

/// Reads a whole text, whose records are shorter than the limit.
pub(crate) fn read_slowly(dialect: Dialect, text: &[u8]) -> SlowText {
    let mut reader = SlowReader {
        dialect,
        text,
        at: 0,
        line: 1,
    };
    let mut records = Vec::new();
    while reader.at < text.len() {
        match reader.record() {
            Ok(record) => records.extend(record),
            Err(fault) => return (records, Some(fault)),
        }
    }
    (records, None)
}

struct SlowReader<'a> {
    dialect: Dialect,
    text: &'a [u8],
    at: usize,
    line: u64,
}

/// A field as it was read.
#[derive(Default)]
struct SlowField {
    value: Vec<u8>,
    /// Whether it holds nothing, with or without quotes around.
    blank: bool,
    misplaced: bool,
    /// The line where its quote opens, if it goes on over several.
    opened: Option<u64>,
    /// Whether lines within its quotes look like records.
    records: bool,
}

impl SlowReader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    fn is_blank(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') && byte != self.dialect.delimiter
    }

    /// Whether a field ends before this byte, or the text does.
    fn ends(&self, byte: Option<u8>) -> bool {
        byte.is_none_or(|b| b == self.dialect.delimiter || matches!(b, b'\n' | b'\r'))
    }

    /// Whether the quote at an offset, within a field that begins with one, closes it.
    fn closes(&self, at: usize) -> bool {
        let mut behind = at + 1;
        if self.dialect.quotes == Quotes::Rfc4180 {
            return self.byte(behind) != Some(b'"');
        }
        while self.byte(behind).is_some_and(|b| self.is_blank(b)) {
            behind += 1;
        }
        self.ends(self.byte(behind))
    }

    /// Goes behind a line end.
    fn next_line(&mut self) {
        let windows = self.byte(self.at) == Some(b'\r') && self.byte(self.at + 1) == Some(b'\n');
        self.at += if windows { 2 } else { 1 };
        self.line += 1;
    }

    /// The next record; `None` for a blank line.
    fn record(&mut self) -> Result<Option<SlowRecord>, (Code, u64)> {
        let (start, line) = (self.at, self.line);
        let mut record = SlowRecord {
            line,
            ..SlowRecord::default()
        };
        let most = self.dialect.fields.map_or(usize::MAX, |f| f.most);
        let (mut blank, mut odd) = (true, false);
        let (mut opened, mut runaway) = (None, None);
        loop {
            let (from, number) = (self.at, record.fields.len());
            let field = self.field(line)?;
            let raw = &self.text[from..self.at];
            let value = |b: &u8| !matches!(b, b' ' | b'\t' | b'"');
            odd |= field.misplaced || number >= most && raw.iter().any(value);
            if field.misplaced || field.records {
                runaway = runaway.or(field.opened);
            }
            opened = opened.or(field.opened);
            blank &= field.blank;
            if field.misplaced && record.misplaced.is_none() {
                record.misplaced = u16::try_from(number).ok();
            }
            record.fields.push(field.value);
            if self.byte(self.at) != Some(self.dialect.delimiter) {
                break;
            }
            self.at += 1;
        }
        record.text = self.text[start..self.at].to_vec();
        if self.at < self.text.len() {
            self.next_line();
        }
        if std::str::from_utf8(&record.text).is_err() {
            return Err((Code::EncodingInvalid, line));
        }
        let runaway = runaway.or(opened.filter(|_| odd));
        match runaway.filter(|_| !self.dialect.multiline) {
            Some(opened) => Err((Code::QuoteRunaway, opened)),
            None => Ok((!blank).then_some(record)),
        }
    }

    /// The next field of the record that starts on `first`.
    fn field(&mut self, first: u64) -> Result<SlowField, (Code, u64)> {
        let mut field = SlowField::default();
        let quoted = self.dialect.quotes != Quotes::None && self.byte(self.at) == Some(b'"');
        if quoted {
            self.at += 1;
            self.quoted(first, &mut field)?;
        }
        let closed = self.at;
        while let byte = self.byte(self.at)
            && !self.ends(byte)
        {
            let byte = byte.expect("the text goes on");
            field.misplaced |= quoted && !self.is_blank(byte);
            field.value.push(byte);
            self.at += 1;
        }
        let blank = |c: char| {
            u8::try_from(c).is_ok_and(|b| self.is_blank(b)) || is_other_space(c) || is_invisible(c)
        };
        let text = std::str::from_utf8(&field.value);
        field.blank = text.is_ok_and(|text| text.chars().all(blank));
        field.blank &= !quoted || self.at == closed;
        field.value = text.map_or(field.value.clone(), |text| {
            text.replace(is_other_space, " ").into_bytes()
        });
        Ok(field)
    }

    /// Reads a field up to behind the quote that closes it.
    fn quoted(&mut self, first: u64, field: &mut SlowField) -> Result<(), (Code, u64)> {
        let opened = self.line;
        let mut delimiters = vec![0];
        let mut another = false;
        loop {
            let Some(byte) = self.byte(self.at) else {
                return Err((Code::QuoteUnclosed, opened));
            };
            match byte {
                b'"' if self.closes(self.at) => break,
                b'"' => {
                    let before = self.byte(self.at - 1);
                    another |= self.dialect.quotes == Quotes::Literal && self.ends(before);
                    field.value.push(byte);
                    self.at += 1;
                    let second = self.byte(self.at) == Some(b'"');
                    let rfc = self.dialect.quotes == Quotes::Rfc4180;
                    if second && (rfc || !self.closes(self.at)) {
                        self.at += 1;
                    }
                }
                b'\n' | b'\r' => {
                    let from = self.at;
                    self.next_line();
                    field.value.extend_from_slice(&self.text[from..self.at]);
                    field.opened = Some(opened);
                    delimiters.push(0);
                    if self.line - first >= LINES {
                        return Err((Code::RecordTooManyLines, opened));
                    }
                }
                _ => {
                    let count = delimiters.last_mut().expect("a line");
                    *count += usize::from(byte == self.dialect.delimiter);
                    field.value.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        let least = self.dialect.fields.map_or(usize::MAX, |f| f.least);
        field.records = another || delimiters.iter().any(|count| count + 1 >= least);
        Ok(())
    }
}
