//! `/runs/REF/correct`: the Transaction Assistant. What is wrong with the rejected records of a run, their corrections, and
//! sending these off.

mod acts;
mod brought_back;
mod conflict;
mod form;
mod page;
mod place;
mod rows;
mod saving;
mod submission;

pub(super) use acts::{check, dismiss, reveal, revert, save};
pub(super) use brought_back::bring_back;
pub(super) use conflict::overwrite;
pub(super) use page::show;
pub(super) use submission::{confirm, resubmit, submit};
