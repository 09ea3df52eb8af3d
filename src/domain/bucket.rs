//! The four buckets: every data record ends in exactly one.

use super::Action;
use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

/// The outcome of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bucket {
    /// Written to the output with this action.
    Accepted(Action),
    /// Equal to the last accepted state and dropped by `qualify_delta`.
    Unchanged,
    /// Not meant for this run, with the reason.
    Skipped(SkipReason),
    /// Has at least one finding of severity error, or is not judged yet.
    #[default]
    Rejected,
}

/// Why a record was skipped, in the order in which the reasons are tried.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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
    /// The same key and content came earlier in the file.
    DuplicateRow,
}

impl SkipReason {
    /// Every reason, in the order they are tried.
    pub const ALL: [SkipReason; SkipReason::VARIANTS.len()] =
        *SkipReason::VARIANTS.first_chunk().expect("of this length");

    /// The word in summaries and receipts.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::SkipReason;

    #[test]
    fn words_are_those_of_stored_summaries() {
        let words: Vec<&str> = SkipReason::ALL.iter().map(|r| r.as_str()).collect();
        let stored = "test_employee excluded non_primary_ein not_included status_filtered not_syncing \
                      outside_lookback before_deduction_start duplicate_row";
        assert_eq!(words.join(" "), stored);
    }
}
