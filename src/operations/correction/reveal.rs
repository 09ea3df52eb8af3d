//! One rejected record with its values as they were sent, for a user who may see them.

use super::cells::FileColumn;
use super::draft::CellText;
use super::draft_file;
use super::rejected_numbers::rejected_place;
use super::source::RejectedSource;
use crate::domain::ReferenceId;
use crate::operations::error::{OperationError, Result};
use crate::operations::users::{CurrentUser, record_view};
use crate::site::Site;
use std::collections::BTreeSet;

/// A rejected record, unmasked.
#[derive(Debug)]
pub(crate) struct RevealedRow {
    /// The physical line where it starts.
    pub(crate) line: u64,
    /// Its cells in the order of the file; none where it is in doubt where they begin and end.
    pub(crate) cells: Vec<RevealedCell>,
    /// The record as it stands in the file.
    pub(crate) whole: CellText,
}

/// A cell of it.
#[derive(Debug)]
pub(crate) struct RevealedCell {
    pub(crate) column: String,
    pub(crate) sent: CellText,
    /// The value that the draft has in its place.
    pub(crate) changed: Option<CellText>,
}

/// Shows a rejected record unmasked, after it is in the event log that the user sees it. Whether the user may is for the
/// caller to check.
///
/// # Errors
/// The run has rejected no such record, or its source can't be read; the event can't be written, and then nothing is shown.
pub(crate) fn reveal(
    site: &Site,
    user: &CurrentUser,
    reference: &ReferenceId,
    record: u64,
) -> Result<RevealedRow> {
    let source = RejectedSource::open(site, reference)?;
    let missing =
        || OperationError::usage(format!("run {reference} has no rejected record {record}"));
    if rejected_place(&*source.context.ledger, &source.row, record)?.is_none() {
        return Err(missing());
    }
    record_view(
        site,
        user,
        reference.as_str(),
        &format!("rejected record {record}"),
    )?;
    let draft = draft_file::load(site, reference)?;
    let changed = draft.cells();
    let mut reader = source.reader()?;
    let layout = reader.layout().clone();
    let columns = FileColumn::all(source.kind(), &layout);
    let mut row = None;
    source.each(&mut reader, &BTreeSet::from([record]), |read| {
        let text = |bytes: &[u8]| CellText::new(String::from_utf8_lossy(bytes));
        let cells = columns.iter().map(|column| {
            let new = changed
                .get(&record)
                .and_then(|cells| cells.get(column.name));
            let sent = read.fields.get(column.field.map_or(0, usize::from));
            RevealedCell {
                column: column.name.to_owned(),
                sent: text(column.clean(sent)),
                changed: new.map(|value| CellText::new(*value)),
            }
        });
        row = Some(RevealedRow {
            line: read.position.line,
            cells: match read.has_whole_fields() {
                true => cells.collect(),
                false => Vec::new(),
            },
            whole: text(read.whole().trim_ascii_end()),
        });
        Ok(())
    })?;
    row.ok_or_else(missing)
}
