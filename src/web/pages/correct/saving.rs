//! Saving what a form says, as far as it can be saved. What can't be is told by its record, and the rest is not lost.

use crate::domain::ReferenceId;
use crate::operations::correction::{CellConflict, DraftEdit, DraftEdits, DraftSaved, edit_draft};
use crate::operations::{OperationError, Site};
use crate::site::RunError;

/// What became of the changes of a form.
#[derive(Debug, Default)]
pub(super) struct Saving {
    /// How many cells have another value than before.
    pub(super) cells: usize,
    /// Cells that were changed by others, or in another window, meanwhile. They are as they were.
    pub(super) conflicts: Vec<CellConflict>,
    /// What was not saved, and why.
    pub(super) problems: Vec<Problem>,
}

/// A change that was not saved.
#[derive(Debug)]
pub(super) struct Problem {
    /// The record that it is about, if it is about one.
    pub(super) record: Option<u64>,
    pub(super) why: String,
}

/// Saves changes that were made of the version `seen`.
///
/// # Errors
/// The records can't be corrected now, or the draft can't be read or written.
pub(super) fn save(
    site: &Site,
    reference: &ReferenceId,
    seen: u64,
    edits: Vec<DraftEdit>,
) -> Result<Saving, OperationError> {
    let mut saving = Saving::default();
    if edits.is_empty() {
        return Ok(saving);
    }
    if saving.tried(site, reference, seen, &edits)? {
        return Ok(saving);
    }
    // Something of it can't be saved: each part for itself.
    for edit in edits {
        let record = match &edit {
            DraftEdit::Cell(cell) => Some(cell.record),
            _ => None,
        };
        match saved(site, reference, seen, vec![edit]) {
            Ok(DraftSaved::Saved { cells, .. }) => saving.cells += cells,
            Ok(DraftSaved::Conflict { cells, .. }) => saving.conflicts.extend(cells),
            Ok(DraftSaved::CountChanged { expected, now, .. }) => saving.problems.push(Problem {
                record,
                why: format!(
                    "A value stands in {now} records now, and not in {expected} as this page said, so it was not replaced. \
                     Look again."
                ),
            }),
            Err(error) if is_refusal(&error) => saving.problems.push(Problem {
                record,
                why: error.sentences().join(" "),
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(saving)
}

impl Saving {
    /// Tries to save all at once. `false`: not all of it can be saved.
    fn tried(
        &mut self,
        site: &Site,
        reference: &ReferenceId,
        seen: u64,
        edits: &[DraftEdit],
    ) -> Result<bool, OperationError> {
        match saved(site, reference, seen, edits.to_vec()) {
            Ok(DraftSaved::Saved { cells, .. }) => {
                self.cells = cells;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(error) if is_refusal(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The sentence for the next page.
    pub(super) fn in_words(&self) -> String {
        match self.cells {
            0 => "All that stands in the fields is in the draft.".to_owned(),
            1 => "Saved in the draft: 1 cell. Nothing has been sent yet.".to_owned(),
            cells => format!("Saved in the draft: {cells} cells. Nothing has been sent yet."),
        }
    }
}

fn saved(
    site: &Site,
    reference: &ReferenceId,
    seen: u64,
    edits: Vec<DraftEdit>,
) -> Result<DraftSaved, OperationError> {
    let edits = DraftEdits {
        seen,
        overwrite: false,
        edits,
    };
    edit_draft(site, reference, &edits)
}

fn is_refusal(error: &OperationError) -> bool {
    matches!(error, OperationError::Run(RunError::Usage(_)))
}
