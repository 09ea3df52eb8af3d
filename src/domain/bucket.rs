//! The four buckets: every data record ends in exactly one.

use super::Action;
use serde::Serialize;

/// Where a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Written to the output with this action.
    Accepted(Action),
    /// Equal to the last accepted state and dropped by `qualify_delta`.
    Unchanged,
    /// Not meant for this run, with the reason.
    Skipped(SkipReason),
    /// Has at least one finding of severity error.
    Rejected,
}

/// Why a record was skipped, in the order in which the reasons are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The record, or for deductions the roster, flags a test employee.
    TestEmployee,
    /// `exclude_from_batch_import` is set.
    Excluded,
    /// Not the record of the person's primary EIN.
    NonPrimaryEin,
    /// Include Employees was given and does not name this person number.
    NotIncluded,
    /// The integration takes other employment statuses only.
    StatusFiltered,
    /// Manual enrolment: the employee is not synced.
    NotSyncing,
    /// Delta: not changed within the look-back or since the watermark.
    OutsideLookback,
    /// Changed before the deduction start date.
    BeforeDeductionStart,
    /// The same key and content stood earlier in the file.
    DuplicateRow,
}

impl SkipReason {
    /// Every reason, in the order they are tried.
    pub const ALL: [SkipReason; 9] = [
        SkipReason::TestEmployee,
        SkipReason::Excluded,
        SkipReason::NonPrimaryEin,
        SkipReason::NotIncluded,
        SkipReason::StatusFiltered,
        SkipReason::NotSyncing,
        SkipReason::OutsideLookback,
        SkipReason::BeforeDeductionStart,
        SkipReason::DuplicateRow,
    ];

    /// The word in summaries and receipts.
    pub const fn as_str(self) -> &'static str {
        match self {
            SkipReason::TestEmployee => "test_employee",
            SkipReason::Excluded => "excluded",
            SkipReason::NonPrimaryEin => "non_primary_ein",
            SkipReason::NotIncluded => "not_included",
            SkipReason::StatusFiltered => "status_filtered",
            SkipReason::NotSyncing => "not_syncing",
            SkipReason::OutsideLookback => "outside_lookback",
            SkipReason::BeforeDeductionStart => "before_deduction_start",
            SkipReason::DuplicateRow => "duplicate_row",
        }
    }
}
