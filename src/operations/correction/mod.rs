//! Correcting the rejected records of a run: what the Transaction Assistant shows and does.
//!
//! The rejected records are never copied: they are read again from the archived source. What people change is kept in a
//! draft, one file for each run in the state folder, by record and column. From source and draft the file of corrections is
//! made, in the sender's own layout, and judged by the judge of runs: to check it, and, through
//! [`Command::Resubmit`](crate::run::Command), as a run. So a page, the command line and a file that is sent by SFTP take
//! the same way.

mod cells;
mod check;
mod corrected_file;
mod distinct;
mod draft;
mod draft_file;
mod draft_view;
mod edit;
mod finding;
mod groups;
mod page;
mod proof;
mod rejected_numbers;
mod reveal;
mod source;
mod submission;
mod submission_plan;
mod trial;
mod upload;

pub(crate) use cells::ShownCell;
pub(crate) use check::{DraftCheck, RecordCheck, RecordVerdict, check, check_draft};
pub(crate) use distinct::{DistinctValue, DistinctValues, distinct_values};
pub(crate) use draft::{CellChange, CellText};
pub(crate) use draft_view::{DraftView, ShownAct, ShownEntry, draft};
pub(crate) use edit::{CellConflict, DraftEdit, DraftEdits, DraftSaved, edit_draft};
pub(crate) use finding::RowFinding;
pub(crate) use groups::{CodeGroup, RejectionGroups, Remedy, rejection_groups};
pub(crate) use page::{CellRole, RejectedRow, RejectionFilter, RowCell, rejections};
#[cfg(test)]
pub(crate) use proof::proof;
pub(crate) use reveal::{RevealedRow, reveal};
pub(crate) use submission::{
    RowToSubmit, RowsToSubmit, SubmissionState, Submitted, new_submission_id, submit, submit_file,
    submit_rows,
};
pub(crate) use submission_plan::{
    AsTheyAre, Chosen, RecordsAndAmounts, SubmissionPlan, SubmissionRequest, plan_submission,
};
pub(crate) use upload::{BroughtBack, bring_back};
