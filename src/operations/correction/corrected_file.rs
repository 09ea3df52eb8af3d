//! The file of corrections: the rejects file of a run with new values, in its sender's own layout.

use super::cells::FileColumn;
use super::draft::ChangedCells;
use super::source::RejectedSource;
use crate::format::Encoding;
use crate::format::replaced_fields::Unwritable;
use crate::operations::error::{OperationError, Result};
use crate::process::rejected::ReadRecord;
use crate::site::RunError;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The longest value that is taken for a cell, in characters.
pub(super) const LONGEST_VALUE: usize = 1_000;

/// A record of a file of corrections.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenRecord {
    /// Its number in the source file.
    pub(super) record: u64,
    /// The physical line where it starts in the source file.
    pub(super) line: u64,
    /// The physical line where it starts in the file of corrections.
    pub(super) new_line: u64,
}

/// Writes the head of the source file and the `wanted` records, with the changed cells; returns the records in their
/// order.
///
/// # Errors
/// A value can't be written into its record, the source can't be read, or `out` can't be written to.
pub(super) fn write(
    source: &RejectedSource<'_>,
    wanted: &BTreeSet<u64>,
    cells: &ChangedCells<'_>,
    mut out: impl Write,
) -> Result<Vec<WrittenRecord>> {
    let mut reader = source.reader()?;
    let layout = reader.layout().clone();
    let columns = FileColumn::all(source.kind(), &layout);
    let format = reader.rejects_format().clone();
    let failed = || RunError::io("writing the corrections");
    out.write_all(&format.head).map_err(failed())?;
    let none = BTreeMap::new();
    let (mut written, mut bytes) = (Vec::new(), Vec::new());
    let mut new_line = 1 + lines(&format.head);
    source.each(&mut reader, wanted, |record| {
        let number = record.position.record;
        let new = cells.get(&number).unwrap_or(&none);
        let text = replaced(&columns, format.encoding, record, new)?;
        bytes.clear();
        format.push(&text, &mut bytes);
        out.write_all(&bytes).map_err(failed())?;
        written.push(WrittenRecord {
            record: number,
            line: record.position.line,
            new_line,
        });
        new_line += lines(&text).max(1);
        Ok(())
    })?;
    out.flush().map_err(failed())?;
    Ok(written)
}

/// How many line ends text has.
fn lines(text: &[u8]) -> u64 {
    let ends = |byte| memchr::memchr_iter(byte, text).count() as u64;
    ends(b'\n').max(ends(b'\r'))
}

/// A record with new values in its columns.
///
/// # Errors
/// A value can't be written; the sentence says which, and why.
pub(super) fn replaced(
    columns: &[FileColumn<'_>],
    encoding: Encoding,
    record: &ReadRecord<'_>,
    new: &BTreeMap<&str, &str>,
) -> Result<Vec<u8>> {
    if new.is_empty() {
        return Ok(record.whole());
    }
    let place = format!("record {}", record.position.record);
    if !record.has_whole_fields() {
        return Err(OperationError::usage(format!(
            "{place}: it is in doubt where its values begin and end, so they can't be changed one by one; correct its line in \
             the rejects file and send that file under its own name, or by `feedgate resubmit REF --file FILE`"
        )));
    }
    let mut fields = BTreeMap::new();
    for (name, value) in new {
        let column = columns.iter().find(|column| column.name == *name);
        let field = column.and_then(|column| column.field).ok_or_else(|| {
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            OperationError::usage(format!(
                "{place}, {name}: the file has no such column, so no value can be put there; the columns it has are {}",
                names.join(", ")
            ))
        })?;
        if value.chars().count() > LONGEST_VALUE {
            return Err(OperationError::usage(format!(
                "{place}, {name}: the value is longer than {LONGEST_VALUE} characters; write a shorter one"
            )));
        }
        if !encoding.has(value) {
            return Err(OperationError::usage(format!(
                "{place}, {name}: the file is {}, which lacks a character of the new value; write it without that character",
                encoding.name()
            )));
        }
        fields.insert(field, *value);
    }
    record.with(&fields).map_err(|(field, why)| {
        let mut found = columns.iter();
        let found = found.find(|column| column.field == Some(field));
        let name = found.map_or("", |column| column.name);
        OperationError::usage(format!("{place}, {name}: {}", sentence(why)))
    })
}

/// Why a value can't be written, and what to do.
fn sentence(why: Unwritable) -> String {
    match why {
        Unwritable::LineEnd => "the value has a line end; write it on one line".to_owned(),
        Unwritable::Delimiter => {
            "the value has the sign that stands between the columns of this file, which has no quotes around values; write it \
             without that sign"
                .to_owned()
        }
        Unwritable::Quote => {
            "the value has a double quote where this file can't have one; write it without the quote".to_owned()
        }
        Unwritable::TooWide(1) => "the column has room for 1 character; write a shorter value".to_owned(),
        Unwritable::TooWide(most) => {
            format!("the column has room for {most} characters; write a shorter value")
        }
        Unwritable::NoField => "the records of this file have no such column".to_owned(),
    }
}
