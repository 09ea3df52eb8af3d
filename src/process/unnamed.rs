//! What a file without known column names looks like, for the person who has to say where its columns stand. It tells
//! lengths and places, and nothing of what stands there.

use crate::domain::Kind;
use crate::domain::column::normalized;
use crate::format::Chunk;
use crate::format::fields::{FieldSplitter, Fields};
use crate::format::layout::ColumnSettings;

/// How many lines are looked at.
const LINES: usize = 100;
/// The least characters of a line that may be one of fixed width.
const LEAST: usize = 20;

/// Whether a record has no name of a column.
pub(super) fn names_nothing(kind: Kind, header: &Fields<'_>, settings: &ColumnSettings) -> bool {
    let mut names = header
        .iter()
        .map(|cell| normalized(&String::from_utf8_lossy(cell)));
    names.all(|name| {
        let mapped = settings.mapped.iter().any(|(_, h)| normalized(h) == name);
        !mapped && !kind.columns().iter().any(|c| c.is_called(&name))
    })
}

/// How the columns of such a file may be named, if its lines show it.
pub(super) fn hint(chunk: &Chunk, splitter: &mut FieldSplitter) -> Option<String> {
    let spans = || chunk.spans.iter().take(LINES);
    let lines = spans().map(|span| String::from_utf8_lossy(&chunk.text[span.start..span.end]));
    let lines: Vec<String> = lines.map(std::borrow::Cow::into_owned).collect();
    if let Some(places) = lines.iter().find_map(|line| ruled(line)) {
        let places: Vec<String> = places
            .iter()
            .map(|(start, length)| format!("{start}-{}", start + length - 1))
            .collect();
        return Some(format!(
            "A line of dashes shows columns at positions {}: name them under fixed_width, and set that line aside by \
             format.ignore",
            places.join(", ")
        ));
    }
    let same = |counts: Vec<usize>| {
        let first = *counts.first()?;
        (counts.len() > 1 && counts.iter().all(|n| *n == first)).then_some(first)
    };
    let fields = same(
        spans()
            .map(|span| chunk.fields(span, splitter).len())
            .collect(),
    );
    if let Some(fields) = fields.filter(|n| *n > 1) {
        return Some(format!(
            "Each line has {fields} fields: if the first line is a record, say under positions which column is which"
        ));
    }
    let characters = same(lines.iter().map(|line| line.chars().count()).collect());
    let characters = characters.filter(|n| *n >= LEAST)?;
    Some(format!(
        "Each line has {characters} characters, as in files of fixed width: if it is one, say under fixed_width where the \
         columns stand"
    ))
}

/// The places of the columns, from 1, and their lengths, if a line consists of dashes under the names of columns.
pub(super) fn ruled(line: &str) -> Option<Vec<(usize, usize)>> {
    let mut places: Vec<(usize, usize)> = Vec::new();
    let mut dash_before = false;
    for (at, character) in (1..).zip(line.trim_end().chars()) {
        match (character, places.last_mut()) {
            ('-', Some((_, length))) if dash_before => *length += 1,
            ('-', _) => places.push((at, 1)),
            (' ', _) => {}
            _ => return None,
        }
        dash_before = character == '-';
    }
    (places.len() > 1).then_some(places)
}

#[cfg(test)]
mod tests {
    use super::ruled;

    #[test]
    fn dashes_under_names_show_where_columns_stand() {
        assert_eq!(ruled("--- -----  -\r"), Some(vec![(1, 3), (5, 5), (12, 1)]));
        for other in ["---", "", "   ", "--- x", "a-b c-d", "---\t---"] {
            assert_eq!(ruled(other), None, "{other}");
        }
    }
}
