//! Changing a draft: new values of cells, one value in the place of another, records that are not to be sent, and taking
//! any of that back.

use super::cells::{FileColumn, ShownCell, own_ssn};
use super::corrected_file::replaced;
use super::distinct::shared_column;
use super::draft::{CellChange, CellText, CorrectionDraft, DraftAct};
use super::draft_file;
use super::rejected_numbers::{open_among, open_records, records_with};
use super::source::RejectedSource;
use crate::domain::masking::masked;
use crate::domain::{Code, ReferenceId};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use chrono::SecondsFormat;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A change of a draft.
#[derive(Clone, Debug)]
pub(crate) enum DraftEdit {
    /// A new value of one cell.
    Cell(CellChange),
    /// One value of a column in the place of another, in all open records that have it.
    Replace {
        column: String,
        /// Only in records with an error of this code in the column.
        code: Option<Code>,
        from: CellText,
        to: CellText,
        /// Whether an empty new value is meant.
        allow_empty: bool,
        /// In how many records the person was told that it would be replaced.
        expected: Option<usize>,
    },
    /// Records that are not to be sent, with the reason.
    Dismiss { records: Vec<u64>, why: String },
    /// Takes an entry of the draft back, by its number.
    Revert { entry: u64 },
}

/// Changes that are saved together or not at all.
#[derive(Clone, Debug)]
pub(crate) struct DraftEdits {
    /// The version of the draft that the person saw.
    pub(crate) seen: u64,
    /// Whether values that were saved since are to be overwritten.
    pub(crate) overwrite: bool,
    pub(crate) edits: Vec<DraftEdit>,
}

/// What became of changes.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum DraftSaved {
    Saved {
        version: u64,
        /// How many cells have another value than before.
        cells: usize,
    },
    /// The same cells have been changed meanwhile, be it by the same person in another window. Nothing was saved.
    Conflict {
        version: u64,
        cells: Vec<CellConflict>,
    },
    /// A value would be replaced in another number of records than the person was told. Nothing was saved.
    CountChanged {
        version: u64,
        expected: usize,
        now: usize,
    },
}

/// A cell that was changed twice from the same version.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CellConflict {
    pub(crate) record: u64,
    pub(crate) column: String,
    /// What is saved, by whom and when.
    pub(crate) saved: ShownCell,
    pub(crate) saved_by: String,
    pub(crate) saved_at: String,
    /// The value that was not saved.
    pub(crate) yours: ShownCell,
}

/// Saves changes in the draft of a run, for the site's user.
///
/// # Errors
/// A record is not open, a value can't be written into it, a column's values can't be replaced together, or an empty value
/// would be put in the place of others without being allowed. Nothing is saved then.
pub(crate) fn edit_draft(
    site: &Site,
    reference: &ReferenceId,
    edits: &DraftEdits,
) -> Result<DraftSaved> {
    let source = RejectedSource::open(site, reference)?;
    let _lock = draft_file::lock(site)?;
    let mut draft = draft_file::load(site, reference)?;
    let mut editor = Editor {
        source: &source,
        draft: &draft,
        acts: Vec::new(),
        reverts: Vec::new(),
    };
    editor.only_open(&edits.edits)?;
    for edit in &edits.edits {
        if let Some(changed) = editor.take(edit)? {
            return Ok(changed);
        }
    }
    let conflicts = match edits.overwrite {
        true => Vec::new(),
        false => editor.conflicts(edits.seen),
    };
    if !conflicts.is_empty() {
        return Ok(DraftSaved::Conflict {
            version: draft.version,
            cells: conflicts,
        });
    }
    editor.drop_unchanged()?;
    let (acts, reverts) = (editor.acts, editor.reverts);
    let cells = acts.iter().map(cells_of).sum();
    if acts.is_empty() && reverts.is_empty() {
        let version = draft.version;
        return Ok(DraftSaved::Saved { version, cells });
    }
    for entry in reverts {
        draft.revert(entry);
    }
    if !acts.is_empty() {
        draft.add(site.user(), &now(site), acts);
    }
    draft_file::save(site, reference, &draft)?;
    Ok(DraftSaved::Saved {
        version: draft.version,
        cells,
    })
}

/// Now, as drafts keep it.
pub(super) fn now(site: &Site) -> String {
    site.now().to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn cells_of(act: &DraftAct) -> usize {
    match act {
        DraftAct::Edit(_) => 1,
        DraftAct::Replace { records, .. } => records.len(),
        DraftAct::Upload { cells } => cells.len(),
        DraftAct::Dismiss { .. } => 0,
    }
}

/// Refuses records that are not open.
pub(super) fn all_open(
    reference: &ReferenceId,
    open: &BTreeSet<u64>,
    records: impl Iterator<Item = u64>,
) -> Result<()> {
    let closed: BTreeSet<u64> = records.filter(|record| !open.contains(record)).collect();
    if closed.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = closed.iter().map(u64::to_string).collect();
    Err(OperationError::usage(format!(
        "not open in run {reference}: record {}; nothing was saved",
        list.join(", ")
    )))
}

struct Editor<'e> {
    source: &'e RejectedSource<'e>,
    draft: &'e CorrectionDraft,
    acts: Vec<DraftAct>,
    reverts: Vec<u64>,
}

impl Editor<'_> {
    /// Refuses changes of records that are not open.
    fn only_open(&self, edits: &[DraftEdit]) -> Result<()> {
        let mut records = BTreeSet::new();
        for edit in edits {
            match edit {
                DraftEdit::Cell(cell) => records.extend([cell.record]),
                DraftEdit::Dismiss { records: all, .. } => records.extend(all),
                DraftEdit::Replace { .. } | DraftEdit::Revert { .. } => {}
            }
        }
        let row = &self.source.row;
        let open = open_among(&*self.source.context.ledger, row, &records)?;
        all_open(&row.reference, &open, records.into_iter())
    }

    /// Takes a change up. Returns what the person is told instead, if it is not what they were told before.
    fn take(&mut self, edit: &DraftEdit) -> Result<Option<DraftSaved>> {
        match edit {
            DraftEdit::Cell(cell) => {
                self.acts.push(DraftAct::Edit(cell.clone()));
            }
            DraftEdit::Replace { .. } => return self.replace(edit),
            DraftEdit::Dismiss { records, why } => {
                if why.trim().is_empty() {
                    return Err(OperationError::usage(
                        "say why these records are not to be sent; it goes into the event log",
                    ));
                }
                self.acts.push(DraftAct::Dismiss {
                    records: records.clone(),
                    why: masked(why.trim()),
                });
            }
            DraftEdit::Revert { entry } => self.reverts.push(*entry),
        }
        Ok(None)
    }

    fn replace(&mut self, edit: &DraftEdit) -> Result<Option<DraftSaved>> {
        let DraftEdit::Replace {
            column,
            code,
            from,
            to,
            allow_empty,
            expected,
        } = edit
        else {
            return Ok(None);
        };
        if to.as_str().is_empty() && !allow_empty {
            return Err(OperationError::usage(format!(
                "the new value of {column} is empty; say that this is meant, or give the value"
            )));
        }
        let records = self.records_with_value(column, *code, from.as_str())?;
        if let Some(expected) = expected.filter(|expected| *expected != records.len()) {
            return Ok(Some(DraftSaved::CountChanged {
                version: self.draft.version,
                expected,
                now: records.len(),
            }));
        }
        if records.is_empty() {
            return Err(OperationError::usage(format!(
                "no open record has this value of {column}; nothing was saved"
            )));
        }
        self.acts.push(DraftAct::Replace {
            column: column.clone(),
            from: from.clone(),
            to: to.clone(),
            records,
        });
        Ok(None)
    }

    /// The open records that have a value in a column, as the draft has them.
    fn records_with_value(
        &self,
        column: &str,
        code: Option<Code>,
        value: &str,
    ) -> Result<Vec<u64>> {
        let source = self.source;
        let mut reader = source.reader()?;
        let layout = reader.layout().clone();
        let column = shared_column(source, &layout, column)?;
        let mut wanted = open_records(&*source.context.ledger, &source.row)?;
        if let Some(code) = code {
            let with_code = records_with(
                &*source.context.ledger,
                source.row.number,
                code,
                Some(column.name),
            )?;
            wanted.retain(|record| with_code.contains(record));
        }
        let (cells, dismissed) = (self.draft.cells(), self.draft.dismissed());
        wanted.retain(|record| !dismissed.contains_key(record));
        let mut found = Vec::new();
        source.each(&mut reader, &wanted, |record| {
            let number = record.position.record;
            let changed = cells.get(&number).and_then(|cells| cells.get(column.name));
            let sent = record.fields.get(column.field.map_or(0, usize::from));
            let now = changed.map_or(sent, |value| value.as_bytes());
            if column.clean(now) == value.as_bytes() && record.has_whole_fields() {
                found.push(number);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The cells that were changed since the person saw the draft, where their values differ.
    fn conflicts(&self, seen: u64) -> Vec<CellConflict> {
        let mut newer = BTreeMap::new();
        self.draft.each_cell(|entry, record, column, value| {
            if entry.version > seen {
                newer.insert((record, column), (entry, value));
            }
        });
        if newer.is_empty() {
            return Vec::new();
        }
        let kind = self.source.kind();
        let shown = |name: &str, value: &str| {
            let column = FileColumn {
                name,
                canonical: kind.column(name),
                field: None,
            };
            ShownCell::of(column, value.as_bytes(), None)
        };
        let mut conflicts = Vec::new();
        for act in &self.acts {
            let DraftAct::Edit(cell) = act else {
                continue;
            };
            let other = newer.get(&(cell.record, &cell.column[..]));
            if let Some((entry, value)) = other.filter(|(_, value)| *value != cell.value.as_str()) {
                conflicts.push(CellConflict {
                    record: cell.record,
                    column: cell.column.clone(),
                    saved: shown(&cell.column, value),
                    saved_by: entry.by.clone(),
                    saved_at: entry.at.clone(),
                    yours: shown(&cell.column, cell.value.as_str()),
                });
            }
        }
        conflicts
    }

    /// Drops edits that change nothing, and refuses values that can't be written into their records.
    fn drop_unchanged(&mut self) -> Result<()> {
        let mut all = CorrectionDraft::default();
        all.entries.clone_from(&self.draft.entries);
        all.add("", "", self.acts.clone());
        let cells = all.cells();
        let before = self.draft.cells();
        let mut touched = BTreeSet::new();
        let mut new = CorrectionDraft::default();
        new.add("", "", self.acts.clone());
        new.each_cell(|_, record, _, _| {
            touched.insert(record);
        });
        let source = self.source;
        let mut reader = source.reader()?;
        let layout = reader.layout().clone();
        let columns = FileColumn::all(source.kind(), &layout);
        let encoding = reader.rejects_format().encoding;
        let mut same = BTreeSet::new();
        source.each(&mut reader, &touched, |record| {
            let number = record.position.record;
            let Some(new) = cells.get(&number) else {
                return Ok(());
            };
            replaced(&columns, encoding, record, new)?;
            let own = own_ssn(source.kind(), &source.job.fields, &layout, &record.fields);
            for column in &columns {
                let sent = record.fields.get(column.field.map_or(0, usize::from));
                let was = before.get(&number).and_then(|cells| cells.get(column.name));
                // What an input showed is what it comes back with.
                let shown = was.map_or_else(
                    || ShownCell::of(*column, sent, own),
                    |was| ShownCell::of(*column, was.as_bytes(), own),
                );
                let is_same =
                    |new: &&str| matches!(&shown, ShownCell::Plain { text } if text == new);
                if new.get(column.name).is_some_and(is_same) {
                    same.insert((number, column.name));
                }
            }
            Ok(())
        })?;
        self.acts.retain(|act| match act {
            DraftAct::Edit(cell) => !same.contains(&(cell.record, &cell.column[..])),
            _ => true,
        });
        Ok(())
    }
}
