//! Cutting text into records one by one, quote-aware, with every limit checked, so that a stray quote never merges rows
//! without a fault.
//!
//! This defines what a record is. [`super::index`] finds the same records faster where all quotes are well placed.

use super::clean::edged;
use super::dialect::{Dialect, QUOTE, Quotes, is_space, line_ends};
use super::fault::{FileFault, limit};
use crate::domain::Code;

/// How records are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Fields with delimiters between them.
    Delimited(Dialect),
    /// Fixed width: one record a line, quotes mean nothing.
    Lines,
}

/// Why text can't be cut further. Its line is counted like that of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    code: Code,
    line: u64,
}

/// Where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// `end` is before the line end, `next` behind it; `lines` is how many physical lines the record takes.
    At { end: usize, next: usize, lines: u64 },
    /// The end is not in the text yet.
    More,
}

impl Stop {
    /// The record that starts on `line` is not valid UTF-8.
    pub(super) fn not_utf8(line: u64) -> Stop {
        let code = Code::EncodingInvalid;
        Stop { code, line }
    }

    /// The quote that opens on `line` may have swallowed records.
    pub(super) fn runaway(line: u64) -> Stop {
        let code = Code::QuoteRunaway;
        Stop { code, line }
    }

    /// The fault, where `before` lines come before those that were counted.
    pub(super) fn fault(self, before: u64) -> FileFault {
        let line = before + self.line;
        let detail = match self.code {
            Code::QuoteUnclosed => format!("the quote that opens on line {line} is never closed"),
            Code::QuoteRunaway => format!(
                "the quote that opens on line {line} is not closed on its line, and what follows looks like further \
                 records; if it is text, the operator sets format.multiline = true"
            ),
            Code::RecordTooManyLines => format!(
                "the quote that opens on line {line} makes a record of more than {} lines",
                limit::RECORD_LINES
            ),
            Code::RecordTooLong => format!(
                "the record that starts on line {line} is longer than {} bytes",
                limit::RECORD_BYTES
            ),
            _ => format!("the record that starts on line {line} is not valid UTF-8"),
        };
        FileFault::new(self.code, line, detail)
    }
}

/// Finds the end of the record that starts at `start`, on physical line `line`. It needs more text, unless `last` says
/// there is none, where it has no line end.
///
/// # Errors
/// `QUOTE_UNCLOSED`, `RECORD_TOO_LONG`, `RECORD_TOO_MANY_LINES`, with the line where the record or quote starts.
pub(super) fn record(
    shape: Shape,
    text: &[u8],
    start: usize,
    line: u64,
    last: bool,
) -> Result<End, Stop> {
    let found = match shape {
        Shape::Delimited(dialect) => delimited(text, start, line, dialect, last)?,
        Shape::Lines => line_end(text, start, last),
    };
    let length = match found {
        End::At { end, .. } => end - start,
        // The last byte may be the first half of a line end.
        End::More => text.len() - start - usize::from(text.ends_with(b"\r")),
    };
    if length > limit::RECORD_BYTES {
        let code = Code::RecordTooLong;
        return Err(Stop { code, line });
    }
    Ok(found)
}

/// Whether a line holds nothing: blanks, and in delimited text delimiters between fields without a value.
#[inline]
pub(super) fn is_blank(shape: Shape, line: &[u8]) -> bool {
    match shape {
        Shape::Lines => is_blank_text(line),
        Shape::Delimited(dialect) => {
            // Nearly every record has a value at its start.
            let quoted = dialect.quotes != Quotes::None;
            let space = |b: u8| is_space(b) || b == dialect.delimiter || !b.is_ascii();
            let empty = |b: &u8| space(*b) || quoted && *b == QUOTE;
            line.iter().all(empty) && has_no_value(line, dialect.delimiter)
        }
    }
}

/// Whether text is spaces, tabs and what shows nothing.
fn is_blank_text(text: &[u8]) -> bool {
    text.iter().all(|b| is_space(*b) || !b.is_ascii()) && edged(text).is_empty()
}

/// Whether no field of a line that consists of blanks, delimiters and quotes has a value.
fn has_no_value(line: &[u8], delimiter: u8) -> bool {
    line.split(|b| *b == delimiter).all(|field| {
        let inner = field.strip_prefix(b"\"");
        inner.map_or(is_blank_text(field), |i| {
            i.strip_suffix(b"\"").is_some_and(is_blank_text)
        })
    })
}

fn delimited(
    text: &[u8],
    start: usize,
    line: u64,
    dialect: Dialect,
    last: bool,
) -> Result<End, Stop> {
    if dialect.quotes == Quotes::None {
        return Ok(line_end(text, start, last));
    }
    let mut at = start;
    let mut lines = 0u64;
    loop {
        let Some(offset) = memchr::memchr3(QUOTE, b'\n', b'\r', &text[at..]) else {
            return Ok(if last { whole(text, lines) } else { End::More });
        };
        let found = at + offset;
        if text[found] != QUOTE {
            return Ok(match line_end(text, found, last) {
                End::At { end, next, .. } => End::At {
                    end,
                    next,
                    lines: lines + 1,
                },
                End::More => End::More,
            });
        }
        at = found + 1;
        if found != start && text[found - 1] != dialect.delimiter {
            continue;
        }
        let opened = line + lines;
        let closing = dialect.closing_quote(text, at, last);
        lines += line_ends(&text[at..closing.unwrap_or(text.len())]);
        if lines >= limit::RECORD_LINES as u64 {
            let code = Code::RecordTooManyLines;
            return Err(Stop { code, line: opened });
        }
        match closing {
            // At the very end of the text the next byte decides; the caller asks again with more.
            Some(closing) => at = closing + 1,
            None if last => {
                let code = Code::QuoteUnclosed;
                return Err(Stop { code, line: opened });
            }
            None => return Ok(End::More),
        }
    }
}

fn whole(text: &[u8], lines: u64) -> End {
    End::At {
        end: text.len(),
        next: text.len(),
        lines: lines + 1,
    }
}

fn line_end(text: &[u8], from: usize, last: bool) -> End {
    let Some(offset) = memchr::memchr2(b'\n', b'\r', &text[from..]) else {
        return if last { whole(text, 0) } else { End::More };
    };
    let end = from + offset;
    let next = match (text[end], text.get(end + 1)) {
        (b'\r', Some(b'\n')) => end + 2,
        (b'\r', None) if !last => return End::More,
        _ => end + 1,
    };
    End::At {
        end,
        next,
        lines: 1,
    }
}

/// Every record of a text as (start, end, next, line from 0), cut one by one, and the code and line it stops at.
#[cfg(test)]
pub(super) type Cuts = (Vec<(usize, usize, usize, u64)>, Option<(Code, u64)>);

/// Cuts a whole text, one record after the other: the result that any faster way must have.
#[cfg(test)]
pub(super) fn one_by_one(shape: Shape, text: &[u8]) -> Cuts {
    let (mut found, mut start, mut line) = (Vec::new(), 0, 0);
    while start < text.len() {
        match record(shape, text, start, line, true) {
            Ok(End::At { end, next, lines }) => {
                if !is_blank(shape, &text[start..end]) {
                    found.push((start, end, next, line));
                }
                (start, line) = (next, line + lines);
            }
            Ok(End::More) => panic!("the last text has an end"),
            Err(stop) => return (found, Some((stop.code, stop.line))),
        }
    }
    (found, None)
}

#[cfg(test)]
mod tests {
    use super::{Dialect, End, Shape, one_by_one, record};
    use crate::domain::Code;

    const COMMA: Shape = Shape::Delimited(Dialect::new(b','));

    fn split(text: &str) -> Result<Vec<(String, u64)>, Code> {
        let (found, stop) = one_by_one(COMMA, text.as_bytes());
        match stop {
            Some((code, _)) => Err(code),
            None => Ok(found
                .iter()
                .map(|f| (text[f.0..f.1].to_owned(), f.3 + 1))
                .collect()),
        }
    }

    #[test]
    fn every_line_end_and_blank_lines() {
        let found = split("a\r\nb\n\n  \nc\rd").expect("records");
        let want = [("a", 1), ("b", 2), ("c", 5), ("d", 6)];
        assert_eq!(found, want.map(|(t, l)| (t.to_owned(), l)));
    }

    #[test]
    fn a_row_of_delimiters_and_blanks_is_a_blank_line() {
        for blank in [
            ",,,",
            " , ,",
            "\t,",
            "\"\",\"\"",
            "\" \",,",
            "\"\"",
            ",,\u{a0}",
            "\u{200b},\" \u{2003}\"",
        ] {
            let found = split(&format!("a,b\n{blank}\nc\n{blank}")).expect("records");
            let lines: Vec<u64> = found.iter().map(|f| f.1).collect();
            assert_eq!(lines, [1, 3], "{blank}");
        }
        for value in [
            "\",\"",
            "\"\"\"\"",
            "\" , \"",
            " \"\"",
            ",,\u{a0}é",
            "\"\n\"",
            ",|",
        ] {
            let found = split(&format!("a,b\n{value}\nc\n")).expect("records");
            assert_eq!(found.len(), 3, "{value}");
        }
        let (found, stop) = one_by_one(
            Shape::Delimited(Dialect::new(b'\t')),
            b"a\tb\n\t\n \n\n\t \tc",
        );
        let lines: Vec<u64> = found.iter().map(|f| f.3).collect();
        assert_eq!((lines, stop), (vec![0, 4], None));
        let (found, _) = one_by_one(Shape::Lines, ",,\n\"\"\n \t\n \u{a0}\n".as_bytes());
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn quotes_hold_lines_together_only_where_a_field_starts() {
        let found =
            split("a,\"x\r\ny\"\"z\n\",b\n12\" pipe,c\n\"q\" tail\"\nlast\n").expect("records");
        let lines: Vec<u64> = found.iter().map(|(_, l)| *l).collect();
        assert_eq!(lines, [1, 4, 5, 6]);
        assert_eq!(found[1].0, "12\" pipe,c");
    }

    #[test]
    fn runaway_quotes_and_records_have_codes() {
        assert_eq!(split("a\n\"b\nc\n"), Err(Code::QuoteUnclosed));
        let many = format!("a\n\"b{}", "\nx".repeat(200));
        assert_eq!(split(&many), Err(Code::RecordTooManyLines));
        let near = format!("\"b{}\"\n", "\nx".repeat(99));
        assert_eq!(split(&near).map(|r| r.len()), Ok(1));
        let long = format!("a\n{}\n", "x".repeat(2 << 20));
        assert_eq!(split(&long), Err(Code::RecordTooLong));
        let near = format!("a\n{}\n", "x".repeat(1 << 20));
        assert_eq!(split(&near).map(|r| r.len()), Ok(2));
    }

    #[test]
    fn a_longest_record_may_be_cut_within_its_line_end() {
        let text = format!("{}\r", "x".repeat(1 << 20));
        let found = record(COMMA, text.as_bytes(), 0, 0, false);
        assert_eq!(found, Ok(End::More));
    }

    #[test]
    fn a_text_cut_anywhere_splits_the_same() {
        let text = "a,\"x\r\n\"\"y\",b\r\nc\rd,\"\"\n\ne".as_bytes();
        let (whole, _) = one_by_one(COMMA, text);
        for cut in 0..text.len() {
            let (mut start, mut line, mut found) = (0, 0, Vec::new());
            while let Ok(End::At { end, next, lines }) =
                record(COMMA, &text[..cut], start, line, false)
            {
                found.push((start, end, next, line));
                (start, line) = (next, line + lines);
            }
            let (rest, _) = one_by_one(COMMA, &text[start..]);
            found.extend(
                rest.iter()
                    .map(|f| (f.0 + start, f.1 + start, f.2 + start, f.3 + line)),
            );
            found.retain(|f| f.0 < f.1);
            assert_eq!(found, whole, "cut at {cut}");
        }
    }
}
