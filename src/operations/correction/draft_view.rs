//! What a draft has, as people read it.

use super::cells::{FileColumn, ShownCell};
use super::draft::{DraftAct, DraftEntry};
use super::draft_file;
use crate::domain::{Kind, ReferenceId};
use crate::operations::error::Result;
use crate::site::Site;
use serde::Serialize;

/// The draft of a run.
#[derive(Debug, Serialize)]
pub(crate) struct DraftView {
    pub(crate) version: u64,
    /// Each can be reverted alone.
    pub(crate) entries: Vec<ShownEntry>,
}

/// An entry of a draft.
#[derive(Debug, Serialize)]
pub(crate) struct ShownEntry {
    pub(crate) number: u64,
    pub(crate) by: String,
    pub(crate) at: String,
    #[serde(flatten)]
    pub(crate) act: ShownAct,
}

/// What was done in one act.
#[derive(Debug, Serialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(crate) enum ShownAct {
    /// A new value of one cell.
    Edit {
        record: u64,
        column: String,
        value: ShownCell,
    },
    /// One value in the place of another.
    Replace {
        column: String,
        from: ShownCell,
        to: ShownCell,
        records: usize,
    },
    /// The differences of a corrected rejects file.
    Upload { cells: usize },
    /// Records that are not to be sent.
    Dismiss { records: Vec<u64>, why: String },
}

/// The draft of a run, as people read it.
///
/// # Errors
/// There is no such run, or its draft or the ledger can't be read.
pub(crate) fn draft(site: &Site, reference: &ReferenceId) -> Result<DraftView> {
    let row = site.find_run(reference)?;
    let ledger = site.ledger_for_reading()?;
    let draft = draft_file::load_open(site, &*ledger, &row)?;
    let entries = draft.entries.iter();
    Ok(DraftView {
        version: draft.version,
        entries: entries.map(|entry| shown(row.kind, entry)).collect(),
    })
}

fn shown(kind: Kind, entry: &DraftEntry) -> ShownEntry {
    let cell = |name: &str, value: &str| {
        let column = FileColumn {
            name,
            canonical: kind.column(name),
            field: None,
        };
        ShownCell::of(column, value.as_bytes(), None)
    };
    ShownEntry {
        number: entry.number,
        by: entry.by.clone(),
        at: entry.at.clone(),
        act: match &entry.act {
            DraftAct::Edit(change) => ShownAct::Edit {
                record: change.record,
                column: change.column.clone(),
                value: cell(&change.column, change.value.as_str()),
            },
            DraftAct::Replace {
                column,
                from,
                to,
                records,
            } => ShownAct::Replace {
                column: column.clone(),
                from: cell(column, from.as_str()),
                to: cell(column, to.as_str()),
                records: records.len(),
            },
            DraftAct::Upload { cells } => ShownAct::Upload { cells: cells.len() },
            DraftAct::Dismiss { records, why } => ShownAct::Dismiss {
                records: records.clone(),
                why: why.clone(),
            },
        },
    }
}
