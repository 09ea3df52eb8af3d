//! The columns of a text that shows them by dashes under their names, for the person who has to say where they stand.

use super::job::SourceFormat;
use super::source::SourceReader;
use super::unnamed::ruled;
use crate::domain::Kind;
use crate::domain::column::normalized;
use crate::format::Chunk;
use crate::format::fault::limit;
use crate::format::layout::ColumnSettings;
use std::io::{self, Read};

/// The most digits of a name: more could be a number of a person.
const DIGITS: usize = 4;

/// A column whose place a line of dashes shows.
pub(crate) struct RuledColumn {
    /// What stands above the dashes; empty where that may be about a person.
    pub(crate) name: String,
    /// The canonical column of that name.
    pub(crate) column: Option<&'static str>,
    /// The first character, from 1.
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// The columns of a file whose second line, or one soon behind it, consists of dashes under their names. `open` gives the
/// file from its first byte.
pub(crate) fn ruled_columns<R: Read>(
    kind: Kind,
    reading: &SourceFormat,
    open: impl Fn() -> io::Result<R>,
) -> Option<Vec<RuledColumn>> {
    let lines = SourceFormat {
        fixed: Some(Vec::new()),
        columns: ColumnSettings::default(),
        ignore: Vec::new(),
        header: None,
        trailer: None,
        ..reading.clone()
    };
    let mut source = SourceReader::open(kind, open().ok()?, &lines).ok()?;
    let mut chunk = Chunk::default();
    source.next(&mut chunk).ok()?;
    let spans = chunk.spans.iter().take(limit::HEADER_LINES);
    let lines = spans.map(|span| String::from_utf8_lossy(&chunk.text[span.start..span.end]));
    let lines: Vec<_> = lines.collect();
    let (names, places) = lines
        .windows(2)
        .find_map(|pair| Some((&pair[0], ruled(&pair[1])?)))?;
    let column = |(start, length): (usize, usize)| {
        let name: String = names.chars().skip(start - 1).take(length).collect();
        let key = normalized(&name);
        let called = kind.columns().iter().find(|c| c.is_called(&key));
        let digits = name.chars().filter(char::is_ascii_digit).count();
        let shown = name.chars().filter(|c| digits <= DIGITS && !c.is_control());
        RuledColumn {
            name: shown.collect::<String>().trim().to_owned(),
            column: called.map(|c| c.name),
            start,
            length,
        }
    };
    Some(places.into_iter().map(column).collect())
}
