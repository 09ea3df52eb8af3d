//! Whether corrected records would be accepted now.

use super::draft::{CellText, ChangedCells};
use super::draft_file;
use super::finding::RowFinding;
use super::source::RejectedSource;
use super::trial::{self, Trial};
use crate::domain::bucket::SkipReason;
use crate::domain::summary::SummaryAmounts;
use crate::domain::{Action, ReferenceId, Totals};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The most records of a draft that the check of one record is judged with.
const CHECKED_TOGETHER: usize = 500;
/// The most records of a draft that are checked at once.
const CHECKED_AT_ONCE: usize = 20_000;

/// What would become of a corrected record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub(crate) enum RecordVerdict {
    /// It would be accepted, with this action.
    Accepted { action: &'static str },
    /// It is as it was accepted last.
    Unchanged,
    /// It would be left out.
    Skipped { why: &'static str },
    /// It would be rejected again.
    Rejected,
    /// The file of the corrections would be held or fail.
    Stopped { why: String },
}

/// The judgement of one corrected record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RecordCheck {
    pub(crate) record: u64,
    /// The physical line in the source file.
    pub(crate) line: u64,
    #[serde(flatten)]
    pub(crate) verdict: RecordVerdict,
    /// What is still found.
    pub(crate) findings: Vec<RowFinding>,
    /// How many other corrected records of the draft it was judged with.
    pub(crate) together_with: usize,
    /// How many there are.
    pub(crate) others: usize,
}

/// The judgement of a whole draft.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DraftCheck {
    /// The version of the draft.
    pub(crate) version: u64,
    /// How many corrected records were judged.
    pub(crate) checked: usize,
    /// How many there are.
    pub(crate) of: usize,
    pub(crate) counts: TrialCounts,
    /// Those that would be rejected again.
    pub(crate) rejected: Vec<RecordCheck>,
    /// Why the file of the corrections would be held or fail.
    pub(crate) stopped: Vec<String>,
}

/// What becomes of judged records, in counts and amounts.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct TrialCounts {
    /// Accepted ones by their action.
    pub(crate) accepted: BTreeMap<&'static str, u64>,
    pub(crate) unchanged: u64,
    pub(crate) skipped: u64,
    pub(crate) rejected: u64,
    pub(crate) amounts: SummaryAmounts,
}

impl From<&Totals> for TrialCounts {
    fn from(totals: &Totals) -> TrialCounts {
        let by_action = Action::ALL.into_iter().zip(totals.accepted);
        TrialCounts {
            accepted: by_action
                .filter(|(_, count)| *count > 0)
                .map(|(action, count)| (action.as_str(), count))
                .collect(),
            unchanged: totals.unchanged,
            skipped: totals.skipped.iter().sum(),
            rejected: totals.rejected,
            amounts: SummaryAmounts {
                employee: totals.employee,
                employer: totals.employer,
            },
        }
    }
}

/// Judges one rejected record with new values, besides those that the draft has of it, together with the other corrected
/// records of the draft. Nothing is saved.
///
/// # Errors
/// The record can't be corrected, or a value can't be written into it.
pub(crate) fn check(
    site: &Site,
    reference: &ReferenceId,
    record: u64,
    new: &BTreeMap<String, CellText>,
) -> Result<RecordCheck> {
    let source = RejectedSource::open(site, reference)?;
    let draft = draft_file::load_open(site, &*source.context.ledger, &source.row)?;
    let mut cells = draft.cells();
    let own = cells.entry(record).or_default();
    own.extend(
        new.iter()
            .map(|(column, value)| (&column[..], value.as_str())),
    );
    let alone = trial::judge(&source, &BTreeSet::from([record]), &cells)?;
    let Some(first) = alone.records.first() else {
        return Err(OperationError::usage(format!(
            "run {reference} has no record {record}"
        )));
    };
    let mut checked = RecordCheck {
        record,
        line: first.line,
        verdict: verdict(&alone, record),
        findings: alone.findings.get(&record).cloned().unwrap_or_default(),
        together_with: 0,
        others: 0,
    };
    let dismissed = draft.dismissed();
    let others = cells
        .keys()
        .filter(|r| **r != record && !dismissed.contains_key(*r));
    let others: BTreeSet<u64> = others.copied().collect();
    checked.others = others.len();
    if others.is_empty() || checked.verdict == RecordVerdict::Rejected {
        return Ok(checked);
    }
    let mut together: BTreeSet<u64> = others.into_iter().take(CHECKED_TOGETHER).collect();
    checked.together_with = together.len();
    together.insert(record);
    let all = trial::judge(&source, &together, &cells)?;
    if all.rejects(record) {
        checked.verdict = RecordVerdict::Rejected;
        checked.findings = all.findings.get(&record).cloned().unwrap_or_default();
    }
    Ok(checked)
}

/// Judges corrected records of a draft together, as far as one check goes: all, or `only` some.
///
/// # Errors
/// The records can't be corrected, or a value can't be written into its record.
pub(crate) fn check_draft(
    site: &Site,
    reference: &ReferenceId,
    only: Option<&BTreeSet<u64>>,
) -> Result<DraftCheck> {
    let source = RejectedSource::open(site, reference)?;
    let draft = draft_file::load_open(site, &*source.context.ledger, &source.row)?;
    let cells = draft.cells();
    let dismissed = draft.dismissed();
    let corrected = cells
        .keys()
        .filter(|record| !dismissed.contains_key(*record))
        .filter(|record| only.is_none_or(|only| only.contains(record)));
    let corrected: BTreeSet<u64> = corrected.copied().collect();
    check_records(&source, &corrected, &cells, draft.version)
}

/// Judges records together, as far as one check goes.
pub(super) fn check_records(
    source: &RejectedSource<'_>,
    records: &BTreeSet<u64>,
    cells: &ChangedCells<'_>,
    version: u64,
) -> Result<DraftCheck> {
    let some: BTreeSet<u64> = records.iter().copied().take(CHECKED_AT_ONCE).collect();
    if some.is_empty() {
        return Ok(DraftCheck {
            version,
            checked: 0,
            of: 0,
            counts: TrialCounts::default(),
            rejected: Vec::new(),
            stopped: Vec::new(),
        });
    }
    let trial = trial::judge(source, &some, cells)?;
    let rejected = trial.rejected().map(|written| RecordCheck {
        record: written.record,
        line: written.line,
        verdict: RecordVerdict::Rejected,
        findings: trial
            .findings
            .get(&written.record)
            .cloned()
            .unwrap_or_default(),
        together_with: some.len() - 1,
        others: records.len() - 1,
    });
    Ok(DraftCheck {
        version,
        checked: trial.records.len(),
        of: records.len(),
        counts: TrialCounts::from(&trial.totals),
        rejected: rejected.collect(),
        stopped: trial.stopped.clone(),
    })
}

/// What becomes of the one record that was judged.
fn verdict(trial: &Trial, record: u64) -> RecordVerdict {
    let totals = &trial.totals;
    if trial.rejects(record) {
        return RecordVerdict::Rejected;
    }
    if let [why, ..] = &trial.stopped[..] {
        return RecordVerdict::Stopped { why: why.clone() };
    }
    let first = |counts: &[u64]| counts.iter().position(|count| *count > 0);
    if let Some(action) = first(&totals.accepted) {
        let action = Action::ALL[action].as_str();
        return RecordVerdict::Accepted { action };
    }
    match first(&totals.skipped) {
        Some(reason) => RecordVerdict::Skipped {
            why: SkipReason::ALL[reason].in_words(),
        },
        None if totals.rejected > 0 => RecordVerdict::Rejected,
        None => RecordVerdict::Unchanged,
    }
}
