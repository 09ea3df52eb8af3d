//! What the start of a file holds, for the person who sets up its sender: column names and what they mean, and in which
//! forms values are written.

use super::job::SourceFormat;
use super::run_io::Result;
use super::source::SourceReader;
use crate::domain::Kind;
use crate::domain::column::Column;
use crate::format::clean::clean_as;
use crate::format::fields::Fields;
use crate::format::split::Shape;
use crate::format::{Chunk, Layout};
use crate::validate::FieldRules;
use crate::validate::notation::Notation;
use std::io::{self, Read};

/// How many records are looked at.
const RECORDS: u64 = 1_000;

/// The start of a file. It holds column names and forms, and no value of a record.
pub(crate) struct FileDescription {
    pub(crate) layout: Layout,
    pub(crate) delimiter: Option<u8>,
    /// How many records were looked at.
    pub(crate) records: u64,
    /// For each canonical column, how its values are written.
    pub(crate) notations: Vec<Notation>,
    /// Required columns that the file has not.
    pub(crate) missing: Vec<&'static str>,
}

/// Describes a source. `open` gives it from its first byte.
///
/// # Errors
/// A fault of the file that leaves no columns to describe, or an I/O error.
pub(crate) fn describe<R: Read>(
    kind: Kind,
    reading: &SourceFormat,
    rules: &FieldRules,
    open: impl Fn() -> io::Result<R>,
) -> Result<FileDescription> {
    let all = kind.columns();
    let mut described = reading.clone();
    described.columns.described = true;
    let mut source = SourceReader::open(kind, open()?, &described)?;
    let layout = source.layout.clone();
    let settings = &reading.columns;
    let lacks = |c: &&Column| {
        let constant = settings
            .constants
            .iter()
            .any(|(column, _)| *column == c.index);
        let here = constant || layout.slots[c.index.get()].is_some();
        c.required && !here && !settings.not_required.contains(&c.index)
    };
    let mut description = FileDescription {
        delimiter: match source.shape {
            Shape::Delimited(dialect) => Some(dialect.delimiter),
            Shape::Lines => None,
        },
        records: 0,
        notations: all.iter().map(|_| Notation::default()).collect(),
        missing: all.iter().filter(lacks).map(|c| c.name).collect(),
        layout: layout.clone(),
    };
    let mut splitter = source.field_splitter();
    let mut chunk = Chunk::default();
    // A fault further down is told by the run.
    while description.records < RECORDS && source.next(&mut chunk).unwrap_or(false) {
        for span in &chunk.spans {
            if description.records == RECORDS {
                break;
            }
            let fields = chunk.fields(span, &mut splitter);
            description.take(all, &fields, rules);
        }
    }
    Ok(description)
}

impl FileDescription {
    fn take(&mut self, columns: &[Column], fields: &Fields<'_>, rules: &FieldRules) {
        self.records += 1;
        for (column, notation) in columns.iter().zip(&mut self.notations) {
            let text = clean_as(column.kind, self.layout.get(fields, column.index));
            if !text.is_empty() {
                notation.take(column, text, rules);
            }
        }
    }
}
