//! The files of drafts, one for each run, which only the site's user can read. A draft holds values of records, so it is
//! never in the ledger.

use super::draft::CorrectionDraft;
use super::rejected_numbers::open_among;
use crate::domain::ReferenceId;
use crate::ledger::{Ledger, RunRow};
use crate::operations::error::{OperationError, Result};
use crate::site::{HeldLock, RunError, Site};
use crate::spool::{put_whole, remove_whole};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::PathBuf;

/// The lock of all drafts: each save is short.
const LOCK: &str = "correction-drafts";

/// Keeps all others from saving a draft, until it is dropped.
pub(super) fn lock(site: &Site) -> Result<Box<dyn HeldLock>> {
    Ok(site.lock(LOCK, "the drafts of corrections", true)?)
}

fn name(reference: &ReferenceId) -> String {
    format!("{reference}.json")
}

/// Where the draft of a run is kept.
pub(super) fn path(site: &Site, reference: &ReferenceId) -> PathBuf {
    site.correction_drafts().join(name(reference))
}

/// The draft of a run; an empty one if there is none.
///
/// # Errors
/// It can't be read.
pub(super) fn load(site: &Site, reference: &ReferenceId) -> Result<CorrectionDraft> {
    let bytes = match std::fs::read(path(site, reference)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(CorrectionDraft::default()),
        Err(error) => return Err(RunError::io("reading the draft of corrections")(error).into()),
    };
    // The parser's own message could quote what it read.
    serde_json::from_slice(&bytes).map_err(|_| {
        OperationError::failed(format_args!(
            "the draft of corrections state/drafts/{} can't be read; move it away and begin the corrections \
             again",
            name(reference)
        ))
    })
}

/// The draft of a run without what is about records that are closed by now, be it by a file that was sent.
///
/// # Errors
/// The draft or the ledger can't be read.
pub(super) fn load_open(site: &Site, ledger: &dyn Ledger, row: &RunRow) -> Result<CorrectionDraft> {
    let mut draft = load(site, &row.reference)?;
    let changed = draft.cells().into_keys();
    let all: BTreeSet<u64> = changed.chain(draft.dismissed().into_keys()).collect();
    let open = open_among(ledger, row, &all)?;
    draft.keep_open(|record| open.contains(&record));
    Ok(draft)
}

/// Writes the draft of a run, whole or not at all. One in which nothing is kept is removed.
///
/// # Errors
/// It can't be written; the one before is still there.
pub(super) fn save(site: &Site, reference: &ReferenceId, draft: &CorrectionDraft) -> Result<()> {
    let folder = site.correction_drafts();
    let written = match draft.is_empty() && draft.submissions.is_empty() {
        true => remove_whole(&site.disk, &folder, &name(reference)),
        false => {
            let bytes = serde_json::to_vec(draft).map_err(OperationError::failed)?;
            put_whole(&site.disk, &folder, &name(reference), &bytes)
        }
    };
    Ok(written?)
}
