//! A held file beside the last one that was taken: what would change, what holds it, and what a release lets past.

use super::error::{OperationError, Result};
use super::history::held;
use super::in_process::holding;
use super::visible::Visible;
use crate::domain::explanation::explain;
use crate::domain::masking::masked;
use crate::domain::summary::SummaryAmounts;
use crate::domain::{Code, ReferenceId, RunStatus, RunSummary};
use crate::ledger::RunRow;
use crate::site::Site;
use serde::Serialize;
use std::collections::BTreeMap;

/// IDs that are named of each reason.
const SAMPLE: usize = 20;

/// What a release never lets past.
const STAYS: [&str; 3] = [
    "records that are rejected stay rejected",
    "a guard that is not named here and that the file meets when it is judged again holds it once more",
    "files of an earlier plan year that wait still go first",
];

/// A held file beside the last one that was taken.
#[derive(Debug, Serialize)]
pub(crate) struct HeldComparison {
    pub(crate) reference_id: ReferenceId,
    pub(crate) integration: String,
    /// What holds it, in sentences.
    pub(crate) reason: Option<String>,
    pub(crate) held: FileNumbers,
    /// The last earlier file of the same source, or else of the integration, that was taken; none if it is the first.
    pub(crate) last: Option<FileNumbers>,
    pub(crate) guards: Vec<GuardEntry>,
    /// What a release doesn't let past.
    pub(crate) stays: Vec<&'static str>,
}

/// A guard that holds a file; a release lets the file past it.
#[derive(Debug, Serialize)]
pub(crate) struct GuardEntry {
    pub(crate) code: Code,
    pub(crate) message: &'static str,
    pub(crate) how_to_fix: &'static str,
    /// Whether an earlier release has let it past.
    pub(crate) lifted: bool,
    /// Subscriber IDs of some of those whom it is about.
    pub(crate) sample: Vec<String>,
    /// Records and missing people that the list of what holds the file names for it.
    pub(crate) listed: usize,
}

/// The numbers of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FileNumbers {
    pub(crate) reference_id: ReferenceId,
    pub(crate) start_date: String,
    pub(crate) source_file: Option<String>,
    pub(crate) records_processed: u64,
    pub(crate) records_accepted: u64,
    pub(crate) records_created: u64,
    pub(crate) records_updated: u64,
    pub(crate) records_deactivated: u64,
    pub(crate) records_reactivated: u64,
    pub(crate) records_unchanged: u64,
    pub(crate) records_skipped: u64,
    pub(crate) errors: u64,
    pub(crate) employees_processed: u64,
    pub(crate) employees_new: u64,
    pub(crate) employees_missing: u64,
    pub(crate) deactivated_by_omission: u64,
    pub(crate) deductions_missing: u64,
    pub(crate) stopped_by_omission: u64,
    pub(crate) amounts: SummaryAmounts,
}

impl FileNumbers {
    fn of(run: &RunRow) -> FileNumbers {
        let summary: RunSummary = run.summary.clone().unwrap_or_else(|| run.fresh_summary());
        FileNumbers {
            reference_id: summary.integration_reference_id,
            start_date: summary.start_date,
            source_file: run.source_name.as_deref().map(masked),
            records_processed: summary.records_processed,
            records_accepted: summary.records_accepted,
            records_created: summary.records_created,
            records_updated: summary.records_updated,
            records_deactivated: summary.records_deactivated,
            records_reactivated: summary.records_reactivated,
            records_unchanged: summary.records_unchanged,
            records_skipped: summary.records_skipped,
            errors: summary.errors,
            employees_processed: summary.employees_processed,
            employees_new: summary.employees_new,
            employees_missing: summary.employees_missing,
            deactivated_by_omission: summary.deactivated_by_omission,
            deductions_missing: summary.deductions_missing,
            stopped_by_omission: summary.stopped_by_omission,
            amounts: summary.amounts,
        }
    }
}

/// A held file beside the last one that was taken.
///
/// # Errors
/// There is no such run, or it is not Held; the ledger can't be read.
pub(crate) fn held_comparison(
    site: &Site,
    reference: &ReferenceId,
    visible: &Visible,
) -> Result<HeldComparison> {
    let ledger = site.ledger_for_reading()?;
    let run = visible.run(&*ledger, reference)?;
    if run.status != RunStatus::Held {
        return Err(OperationError::usage(format!(
            "run {reference} is {}, not Held",
            run.status
        )));
    }
    let last = ledger.last_taken(&run)?;
    let summary = run.summary.as_ref();
    Ok(HeldComparison {
        reason: summary.and_then(|summary| summary.reason.as_deref().map(masked)),
        held: FileNumbers::of(&run),
        last: last.as_ref().map(FileNumbers::of),
        guards: guards(&run),
        stays: STAYS.to_vec(),
        reference_id: run.reference,
        integration: run.integration,
    })
}

fn guards(run: &RunRow) -> Vec<GuardEntry> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in held(run) {
        // The first row of each guard says the reason, and the last how many more there are.
        if !(entry.subscriber_id.is_empty() && entry.line.is_none() && entry.name.is_empty()) {
            named
                .entry(entry.guard)
                .or_default()
                .push(entry.subscriber_id);
        }
    }
    let now = holding(run);
    let guards = run.hold.iter().map(|code| {
        let listed = named.remove(code.as_str()).unwrap_or_default();
        let explained = explain(*code);
        let ids = listed.iter().filter(|id| !id.is_empty());
        GuardEntry {
            code: *code,
            message: explained.message,
            how_to_fix: explained.fix,
            lifted: !now.contains(code),
            sample: ids.take(SAMPLE).cloned().collect(),
            listed: listed.len(),
        }
    });
    guards.collect()
}
