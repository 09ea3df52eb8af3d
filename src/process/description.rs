//! What the start of a file holds, for the person who sets up its sender: column names and what they mean, and in which
//! forms values are written.

use super::job::SourceFormat;
use super::run_io::Result;
use super::source::SourceReader;
use crate::domain::Kind;
use crate::domain::column::Column;
use crate::format::Layout;
use crate::format::fields::Fields;
use crate::format::split::Shape;
use crate::validate::FieldRules;
use crate::validate::notation::Notation;
use crate::validate::shape::ValueShape;
use std::io::{self, Read};
use std::ops::ControlFlow;

/// How many records are looked at.
const RECORDS: u64 = 1_000;
/// How many of them tell which column a header may mean.
const SHAPED: u64 = 100;

/// The start of a file. It holds column names and forms, and no value of a record.
pub(crate) struct FileDescription {
    pub(crate) layout: Layout,
    pub(crate) delimiter: Option<u8>,
    /// How many records were looked at.
    pub(crate) records: u64,
    /// For each canonical column, how its values are written.
    pub(crate) notations: Vec<Notation>,
    /// For each custom column, how many values aren't blank.
    pub(crate) custom: Vec<u64>,
    /// Required columns that the file has not.
    pub(crate) missing: Vec<&'static str>,
    /// For each field of the file, what its values look like; empty where no column is missing.
    pub(crate) shapes: Vec<ValueShape>,
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
        custom: vec![0; layout.custom.len()],
        missing: all.iter().filter(lacks).map(|c| c.name).collect(),
        shapes: Vec::new(),
        layout: layout.clone(),
    };
    if !description.missing.is_empty() {
        let shapes = layout.headers.iter().map(|_| ValueShape::default());
        description.shapes = shapes.collect();
    }
    // A fault further down is told by the run.
    let _ = source.for_each_record(|fields| {
        description.take(all, fields, rules);
        match description.records < RECORDS {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    Ok(description)
}

impl FileDescription {
    fn take(&mut self, columns: &[Column], fields: &Fields<'_>, rules: &FieldRules) {
        self.records += 1;
        for (column, notation) in columns.iter().zip(&mut self.notations) {
            let text = rules.text(column, self.layout.get(fields, column.index));
            if !text.is_empty() {
                notation.take(column, text, rules);
            }
        }
        for ((_, field), values) in self.layout.custom.iter().zip(&mut self.custom) {
            let raw = field.map_or(&b""[..], |field| fields.get(usize::from(field)));
            *values += u64::from(!rules.blanks.custom_text(raw).is_empty());
        }
        if self.records <= SHAPED {
            for (field, shape) in self.shapes.iter_mut().enumerate() {
                shape.take(fields.get(field), rules);
            }
        }
    }
}
