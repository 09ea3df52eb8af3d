//! Cutting text into records, quote-aware, with every limit checked: rows are never merged in silence.

use super::fault::{FileFault, limit};
use crate::domain::Code;

/// How records are set off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Delimited text with RFC 4180 quoting.
    Delimited(u8),
    /// Fixed width: one record a line, quotes mean nothing.
    Lines,
}

/// One record in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte, without the line end.
    pub end: usize,
    /// One past the line end.
    pub next: usize,
    /// Physical line where the record starts, from 1.
    pub line: u64,
}

/// The splitter's place in the file.
#[derive(Clone, Debug)]
pub struct Splitter {
    shape: Shape,
    line: u64,
}

const QUOTE: u8 = b'"';

enum End {
    At { end: usize, next: usize, lines: u64 },
    More,
}

impl Splitter {
    /// Starts at a line.
    pub fn new(shape: Shape, line: u64) -> Splitter {
        Splitter { shape, line }
    }

    /// The physical line the next record starts on.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Appends the whole records of `text` to `spans` and returns how many bytes they take; blank lines are left out.
    /// What follows is the start of a record that needs more text, unless `last` says there is none.
    ///
    /// # Errors
    /// `QUOTE_UNCLOSED`, `RECORD_TOO_LONG`, `RECORD_TOO_MANY_LINES`, with the line where the record or quote starts.
    pub fn split(
        &mut self,
        text: &[u8],
        last: bool,
        spans: &mut Vec<Span>,
    ) -> Result<usize, FileFault> {
        let mut start = 0;
        while start < text.len() {
            let found = match self.shape {
                Shape::Delimited(delimiter) => self.delimited(text, start, delimiter, last)?,
                Shape::Lines => line_end(text, start, last),
            };
            let End::At { end, next, lines } = found else {
                // The last byte may be the first half of a line end.
                let held = usize::from(text.ends_with(b"\r"));
                if text.len() - start - held > limit::RECORD_BYTES {
                    return Err(self.too_long());
                }
                return Ok(start);
            };
            if end - start > limit::RECORD_BYTES {
                return Err(self.too_long());
            }
            if !self.is_blank(&text[start..end]) {
                let line = self.line;
                spans.push(Span {
                    start,
                    end,
                    next,
                    line,
                });
            }
            self.line += lines;
            start = next;
        }
        Ok(start)
    }

    /// Whether a line holds nothing. One of nothing but delimiters is a record of empty fields, tabs included.
    fn is_blank(&self, line: &[u8]) -> bool {
        let parts = |b: u8| self.shape == Shape::Delimited(b);
        line.iter().all(|b| matches!(b, b' ' | b'\t') && !parts(*b))
    }

    fn too_long(&self) -> FileFault {
        let detail = format!(
            "the record that starts on line {} is longer than {} bytes",
            self.line,
            limit::RECORD_BYTES
        );
        FileFault::new(Code::RecordTooLong, self.line, detail)
    }

    fn delimited(
        &self,
        text: &[u8],
        start: usize,
        delimiter: u8,
        last: bool,
    ) -> Result<End, FileFault> {
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
            if found != start && text[found - 1] != delimiter {
                at = found + 1;
                continue;
            }
            let opened = self.line + lines;
            match self.quoted(text, found + 1, opened, &mut lines)? {
                Some(after) => at = after,
                None if last => {
                    let detail = format!("the quote that opens on line {opened} is never closed");
                    return Err(FileFault::new(Code::QuoteUnclosed, opened, detail));
                }
                None => return Ok(End::More),
            }
        }
    }

    /// One past the closing quote, or `None` when the text ends first.
    fn quoted(
        &self,
        text: &[u8],
        mut at: usize,
        opened: u64,
        lines: &mut u64,
    ) -> Result<Option<usize>, FileFault> {
        loop {
            let closing = memchr::memchr(QUOTE, &text[at..]).map(|o| at + o);
            *lines += line_ends(&text[at..closing.unwrap_or(text.len())]);
            if *lines >= limit::RECORD_LINES as u64 {
                let detail = format!(
                    "the quote that opens on line {opened} makes a record of more than {} lines",
                    limit::RECORD_LINES
                );
                return Err(FileFault::new(Code::RecordTooManyLines, opened, detail));
            }
            let Some(closing) = closing else {
                return Ok(None);
            };
            match text.get(closing + 1) {
                Some(&QUOTE) => at = closing + 2,
                // At the very end of the text the next byte decides; the caller asks again with more.
                _ => return Ok(Some(closing + 1)),
            }
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

/// Physical line ends: LF, CRLF or a lone CR.
fn line_ends(text: &[u8]) -> u64 {
    memchr::memchr2_iter(b'\n', b'\r', text)
        .filter(|&i| text[i] == b'\n' || text.get(i + 1) != Some(&b'\n'))
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::{Shape, Span, Splitter};
    use crate::domain::Code;

    fn split(text: &str) -> Result<Vec<(String, u64)>, Code> {
        let mut spans = Vec::new();
        let mut splitter = Splitter::new(Shape::Delimited(b','), 1);
        let used = splitter
            .split(text.as_bytes(), true, &mut spans)
            .map_err(|f| f.code)?;
        assert_eq!(used, text.len());
        let show = |s: &Span| (text[s.start..s.end].to_owned(), s.line);
        Ok(spans.iter().map(show).collect())
    }

    #[test]
    fn every_line_end_and_blank_lines() {
        let found = split("a\r\nb\n\n  \nc\rd").expect("records");
        let want = [("a", 1), ("b", 2), ("c", 5), ("d", 6)];
        assert_eq!(found, want.map(|(t, l)| (t.to_owned(), l)));
    }

    #[test]
    fn tabs_between_empty_fields_are_no_blank_line() {
        let mut spans = Vec::new();
        let mut splitter = Splitter::new(Shape::Delimited(b'\t'), 1);
        let text = b"a\tb\n\t\n \n\n";
        assert_eq!(
            splitter.split(text, true, &mut spans).ok(),
            Some(text.len())
        );
        let lines: Vec<u64> = spans.iter().map(|s| s.line).collect();
        assert_eq!(lines, [1, 2]);
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
        let mut splitter = Splitter::new(Shape::Delimited(b','), 1);
        let used = splitter.split(text.as_bytes(), false, &mut Vec::new());
        assert_eq!(used.map_err(|f| f.code), Ok(0));
    }

    #[test]
    fn a_text_cut_anywhere_splits_the_same() {
        let text = "a,\"x\r\n\"\"y\",b\r\nc\rd,\"\"\n\ne".as_bytes();
        let mut whole = Vec::new();
        Splitter::new(Shape::Delimited(b','), 1)
            .split(text, true, &mut whole)
            .expect("whole");
        for cut in 0..text.len() {
            let mut splitter = Splitter::new(Shape::Delimited(b','), 1);
            let mut spans = Vec::new();
            let used = splitter
                .split(&text[..cut], false, &mut spans)
                .expect("head");
            let mut rest = Vec::new();
            splitter
                .split(&text[used..], true, &mut rest)
                .expect("tail");
            spans.extend(rest.iter().map(|s| Span {
                start: s.start + used,
                end: s.end + used,
                next: s.next + used,
                line: s.line,
            }));
            assert_eq!(spans, whole, "cut at {cut}");
        }
    }
}
