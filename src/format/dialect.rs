//! How delimited text is written, and where the fields of one record are.

pub(super) const QUOTE: u8 = b'"';

/// How delimited text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quotes: Quotes,
    /// Whether the lines of a quoted field are text even where they look like records.
    pub multiline: bool,
    /// How many fields a record has, once the column names are known.
    pub fields: Option<FieldNumbers>,
}

/// What a double quote means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// RFC 4180: a field that begins with a quote ends with one, and a quote within it is doubled.
    Rfc4180,
    /// A field that begins with a quote ends at the first quote before a delimiter or line end, between which and the quote
    /// may be blanks. A quote within it stands for itself, doubled or not.
    Literal,
    /// It is a character like any other.
    None,
}

/// How many fields a record may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldNumbers {
    /// Up to the last column that every record has.
    pub least: usize,
    /// Fields behind these have no value.
    pub most: usize,
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Physical line ends: LF, CRLF or a lone CR.
pub(super) fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr2_iter(b'\n', b'\r', text)
        .filter(|&i| text[i] == b'\n' || text.get(i + 1) != Some(&b'\n'))
        .count() as u64
}

/// Where a field is in its record.
#[derive(Clone, Copy)]
pub(super) struct RawField {
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
    /// The quote that closes it, if one opens it.
    pub(super) closing: Option<usize>,
}

impl RawField {
    /// What is within its quotes; nothing where it has none.
    pub(super) fn quoted<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        let text = self.closing.map(|closing| &record[self.start + 1..closing]);
        text.unwrap_or_default()
    }

    /// What follows the quotes.
    pub(super) fn behind<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        let start = self.closing.map_or(self.end, |closing| closing + 1);
        &record[start.min(self.end)..self.end]
    }

    /// Whether text follows the quotes.
    pub(super) fn is_misplaced(&self, record: &[u8]) -> bool {
        !self.behind(record).iter().all(|b| is_space(*b))
    }
}

impl Dialect {
    /// RFC 4180 with this delimiter.
    pub const fn new(delimiter: u8) -> Dialect {
        Dialect {
            delimiter,
            quotes: Quotes::Rfc4180,
            multiline: false,
            fields: None,
        }
    }

    /// The quote that closes a field, of which `text` has what follows the quote that opens it at `from`. `None` where the
    /// text ends before, or where it depends on what follows the text, unless it is the `last`.
    pub(super) fn closing_quote(self, text: &[u8], mut from: usize, last: bool) -> Option<usize> {
        loop {
            let quote = from + memchr::memchr(QUOTE, &text[from..])?;
            from = quote + 1;
            if self.quotes == Quotes::Literal {
                if self.ends_field(&text[from..]).unwrap_or(last) {
                    return Some(quote);
                }
            } else if text.get(from) == Some(&QUOTE) {
                from += 1;
            } else {
                return Some(quote);
            }
        }
    }

    /// Whether a field ends before `text` or blanks at its start; `None` where there is nothing else.
    fn ends_field(self, text: &[u8]) -> Option<bool> {
        let ends = |b: u8| b == self.delimiter || matches!(b, b'\n' | b'\r');
        let next = text.iter().find(|b| ends(**b) || !is_space(**b));
        next.map(|b| ends(*b))
    }

    /// The field of a record that starts at an offset.
    pub(super) fn field(self, record: &[u8], start: usize) -> RawField {
        let opens = self.quotes != Quotes::None && record.get(start) == Some(&QUOTE);
        // The splitter closes every quote; of one that isn't, what is there is kept.
        let closing = opens.then(|| {
            let closing = self.closing_quote(record, start + 1, true);
            closing.unwrap_or(record.len())
        });
        let from = closing.map_or(start, |closing| record.len().min(closing + 1));
        let length = memchr::memchr(self.delimiter, &record[from..]);
        RawField {
            start,
            end: length.map_or(record.len(), |length| from + length),
            closing,
        }
    }

    /// The line, from 0, on which a quote opens that may have swallowed other records, in a record of several lines: text
    /// follows the quote that should close a field, lines within quotes have as many fields as a record, or the record has
    /// more than there are columns.
    pub(super) fn runaway(self, record: &[u8]) -> Option<u64> {
        let (mut opened, mut suspicious) = (None, false);
        let (mut start, mut number) = (0, 0);
        while start <= record.len() {
            let field = self.field(record, start);
            let misplaced = field.is_misplaced(record);
            let text = field.quoted(record);
            if memchr::memchr2(b'\n', b'\r', text).is_some() {
                let line = line_ends(&record[..start]);
                if misplaced || self.holds_records(text) {
                    return Some(line);
                }
                opened.get_or_insert(line);
            }
            let most = self.fields.map_or(usize::MAX, |fields| fields.most);
            let value = |b: &u8| !is_space(*b) && *b != QUOTE;
            suspicious |= misplaced || number >= most && record[start..field.end].iter().any(value);
            start = field.end + 1;
            number += 1;
        }
        opened.filter(|_| suspicious)
    }

    /// Whether lines within quotes may be those of records.
    fn holds_records(self, text: &[u8]) -> bool {
        let delimiters = |line: &[u8]| memchr::memchr_iter(self.delimiter, line).count();
        let least = self.fields.map_or(usize::MAX, |fields| fields.least);
        let mut lines = text.split(|b| matches!(b, b'\n' | b'\r'));
        // Where quotes within a field aren't doubled, one at the start of a field may belong to another record.
        let opens = |at: usize| {
            let before = at.checked_sub(1).map(|before| text[before]);
            before.is_some_and(|b| b == self.delimiter || matches!(b, b'\n' | b'\r'))
        };
        lines.any(|line| delimiters(line) + 1 >= least)
            || self.quotes == Quotes::Literal && memchr::memchr_iter(QUOTE, text).any(opens)
    }
}
