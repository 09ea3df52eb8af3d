//! Finding the line that names the columns: reports have titles above it, and spreadsheets a line that names the
//! delimiter.

use super::chunk::Chunk;
use super::delimiter::{CANDIDATES, sniff_delimiter};
use super::dialect::Dialect;
use super::fault::limit;
use super::fields::{FieldSplitter, Fields};
use super::layout::{ColumnSettings, headers_of};
use super::split::Shape;
use crate::domain::Kind;
use crate::domain::column::{Column, normalized};
use std::collections::HashSet;

/// Looks for the header of files of one kind and sender.
pub(crate) struct HeaderSearch {
    /// The headers that mean each column, and whether a file must have the column.
    columns: Vec<(Vec<String>, bool)>,
}

/// How much of a header a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Likeness {
    /// How many columns it names.
    columns: usize,
    /// Whether all required ones are among them.
    complete: bool,
}

/// Where a header is among the records of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The first record that names all required columns.
    Header(usize),
    /// None of them does; this one names the most columns.
    Likely(usize, usize),
}

impl HeaderSearch {
    /// For a sender of whose columns the integration says this.
    pub(crate) fn new(kind: Kind, settings: &ColumnSettings) -> HeaderSearch {
        let mapped = &settings.mapped;
        let required = |c: &Column| {
            let given = settings.has_constant(c.index) || settings.not_required.contains(&c.index);
            c.required && !given
        };
        let canonical = kind.columns().iter();
        let canonical = canonical.map(|c| (headers_of(c, mapped), required(c)));
        let custom = mapped
            .iter()
            .filter(|(name, _)| name.starts_with("custom."));
        let custom = custom.map(|(_, header)| (vec![normalized(header)], false));
        HeaderSearch {
            columns: canonical.chain(custom).collect(),
        }
    }

    fn likeness(&self, line: &Fields<'_>) -> Likeness {
        let names: HashSet<String> = line
            .iter()
            .map(|name| normalized(&String::from_utf8_lossy(name)))
            .filter(|name| !name.is_empty())
            .collect();
        let mut found = Likeness {
            columns: 0,
            complete: true,
        };
        for (headers, required) in &self.columns {
            let named = headers.iter().any(|header| names.contains(header));
            found.columns += usize::from(named);
            found.complete &= named || !required;
        }
        found
    }

    /// The header among the first records of a chunk; `None` if it has no record that may be one. A control record is
    /// none, unless it names all required columns.
    pub(crate) fn find(
        &self,
        chunk: &Chunk,
        splitter: &mut FieldSplitter,
        is_control: impl Fn(&[u8], &Fields<'_>) -> bool,
    ) -> Option<Found> {
        let mut likely = None;
        for (place, span) in chunk.spans.iter().take(limit::HEADER_LINES).enumerate() {
            let record = &chunk.text[span.start..span.end];
            let fields = chunk.fields(span, splitter);
            let likeness = self.likeness(&fields);
            if likeness.complete {
                return Some(Found::Header(place));
            }
            if separator(record).is_some() || is_control(record, &fields) {
                continue;
            }
            if likely.is_none_or(|(_, columns)| columns < likeness.columns) {
                likely = Some((place, likeness.columns));
            }
        }
        likely.map(|(place, columns)| Found::Likely(place, columns))
    }

    /// Whether a text has a line that names all required columns, in this dialect.
    pub(crate) fn has_header(&self, text: &[u8], dialect: Dialect) -> bool {
        let shape = Shape::Delimited(dialect);
        let chunk = Chunk::of(text, shape);
        let found = self.find(&chunk, &mut FieldSplitter::new(shape), |_, _| false);
        matches!(found, Some(Found::Header(_)))
    }

    /// The delimiter of a file that starts with `text`: the one that its first line names, or that of its header. `dialect`
    /// says how it is written otherwise.
    pub(crate) fn delimiter(&self, text: &[u8], dialect: Dialect) -> u8 {
        let named = first_line_separator(text);
        let sniffed = sniff_delimiter(text);
        let mut best = (named.unwrap_or(sniffed), 0);
        let mut earliest: Option<(u8, usize)> = None;
        for delimiter in named.into_iter().chain([sniffed]).chain(CANDIDATES) {
            let shape = Shape::Delimited(Dialect {
                delimiter,
                ..dialect
            });
            let chunk = Chunk::of(text, shape);
            match self.find(&chunk, &mut FieldSplitter::new(shape), |_, _| false) {
                Some(Found::Header(place)) => {
                    if place == 0 || named == Some(delimiter) {
                        return delimiter;
                    }
                    if earliest.is_none_or(|(_, before)| place < before) {
                        earliest = Some((delimiter, place));
                    }
                }
                Some(Found::Likely(_, columns)) if columns > best.1 => best = (delimiter, columns),
                _ => {}
            }
        }
        earliest.unwrap_or(best).0
    }
}

/// The delimiter that the first line of a text names.
pub(crate) fn first_line_separator(text: &[u8]) -> Option<u8> {
    let first = text.split(|b| matches!(b, b'\n' | b'\r')).next();
    first.and_then(separator)
}

/// The delimiter that a line names for spreadsheets: `sep=;`.
pub(crate) fn separator(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (start, rest) = line.split_at_checked(4)?;
    let names = |b: u8| b == b'\t' || (b.is_ascii_punctuation() && b != b'"');
    match rest {
        [byte] | [byte, b'"'] if names(*byte) => {
            start.eq_ignore_ascii_case(b"sep=").then_some(*byte)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Chunk, ColumnSettings, Dialect, FieldSplitter, Found, HeaderSearch, Shape, separator,
    };
    use crate::domain::Kind;

    const NAMES: [&str; 8] = [
        "EID",
        "Login",
        "SSN",
        "First",
        "Last",
        "DOB",
        "Date of Hire",
        "Status",
    ];

    fn search() -> HeaderSearch {
        HeaderSearch::new(Kind::Demographic, &ColumnSettings::default())
    }

    fn find(text: &str) -> Option<Found> {
        let shape = Shape::Delimited(Dialect::new(b','));
        let chunk = Chunk::of(text.as_bytes(), shape);
        search().find(&chunk, &mut FieldSplitter::new(shape), |_, _| false)
    }

    #[test]
    fn the_first_line_that_names_all_required_columns_is_the_header() {
        let header = NAMES.join(",");
        assert_eq!(find(&header), Some(Found::Header(0)));
        let text = format!("Census\n\n\"of\nNovember, 2026\",SSN\n{header}\n{header}\n");
        assert_eq!(find(&text), Some(Found::Header(2)));
        let near = NAMES[1..].join(",");
        let text = format!("SSN\n{near}\n1,2,3\n");
        assert_eq!(find(&text), Some(Found::Likely(1, 7)));
        assert_eq!(find("1,2\n3,4"), Some(Found::Likely(0, 0)));
        assert_eq!(find("sep=,\n"), None);
        for (titles, found) in [(29, Found::Header(29)), (30, Found::Likely(0, 0))] {
            let text = format!("{}{header}\n", "heading\n\n".repeat(titles));
            assert_eq!(find(&text), Some(found));
        }
    }

    #[test]
    fn the_header_shows_the_delimiter() {
        let delimiter =
            |text: &str| char::from(search().delimiter(text.as_bytes(), Dialect::new(0)));
        for wanted in [',', '|', '\t', ';'] {
            let header = NAMES.join(&wanted.to_string());
            for titles in ["", "Census, of, November, 2026\n", "a;b|c\n\n1\t2\n"] {
                assert_eq!(delimiter(&format!("{titles}{header}\n")), wanted);
            }
            let part = NAMES[..5].join(&wanted.to_string());
            assert_eq!(delimiter(&format!("Run on 1,2,3\n{part}")), wanted);
        }
        assert_eq!(delimiter(&format!("sep=^\n{}", NAMES.join("^"))), '^');
        assert_eq!(delimiter(&format!("sep=;\n{}", NAMES.join(","))), ',');
        assert_eq!(delimiter("sep=;\na,b\n"), ';');
    }

    #[test]
    fn a_line_names_a_delimiter_for_spreadsheets() {
        let named = |line: &str| separator(line.as_bytes());
        assert_eq!(named("sep=,"), Some(b','));
        assert_eq!(named("\"SEP=;\""), Some(b';'));
        assert_eq!(named("sep=\t"), Some(b'\t'));
        for line in ["sep=", "sep=a", "sep=,,", "set=,", "sep=\"", "é=,"] {
            assert_eq!(named(line), None, "{line}");
        }
    }
}
