//! The four buckets, of which every data record ends in exactly one, and what the receiver does with accepted records.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

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

/// Why a record was skipped, in the order in which the reasons are tried. What is left out by the watermark, and not by a
/// look-back, is found last.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SkipReason {
    /// The same bytes were judged before, and this record was not rejected then.
    AlreadyJudged,
    /// The integration's `rows` leave it out.
    RowFiltered,
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
    /// Delta: not changed within the look-back; or changed before the watermark and as it was accepted last.
    OutsideLookback,
    /// Changed before the deduction start date.
    BeforeDeductionStart,
    /// Older than the version that was taken last of the same employee, or deduction.
    Superseded,
    /// Another row of the same employee and employer is preferred by the integration's `primary`.
    NonPrimaryRow,
    /// The same key and content came earlier in the file.
    DuplicateRow,
}

impl SkipReason {
    /// Whether the record was not judged, or doesn't count; one that is not synced yet is known from now on.
    pub(crate) fn leaves_out(self) -> bool {
        self != SkipReason::NotSyncing
    }

    /// Every reason, in the order they are tried.
    pub const ALL: [SkipReason; SkipReason::VARIANTS.len()] =
        *SkipReason::VARIANTS.first_chunk().expect("of this length");

    /// The word in summaries and receipts.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people are told of such rows.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            SkipReason::AlreadyJudged => "judged before, and not rejected then",
            SkipReason::RowFiltered => "a kind of row that is not taken",
            SkipReason::TestEmployee => "marked as a test",
            SkipReason::Excluded => "marked to be left out",
            SkipReason::NonPrimaryEin => "not of the main employer",
            SkipReason::NotIncluded => "not among the people asked for",
            SkipReason::StatusFiltered => "an employment status that is not taken",
            SkipReason::NotSyncing => "an employee who is not synced yet",
            SkipReason::OutsideLookback => "not changed lately",
            SkipReason::BeforeDeductionStart => "changed before the day asked for",
            SkipReason::Superseded => "older than what was taken since",
            SkipReason::NonPrimaryRow => "another row of the same person counts",
            SkipReason::DuplicateRow => "the same row again",
        }
    }
}

/// The action of an accepted record, by comparison with the last accepted state.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Action {
    /// Demographic: an employee who is new to the roster.
    Create,
    /// Demographic: a known employee with other content.
    Update,
    /// Demographic: an employee who left.
    Deactivate,
    /// Demographic: first sync of an employee whose account is already known by e-mail.
    Link,
    /// Demographic: a rehire; the original hire date is kept.
    Reactivate,
    /// Deduction: a new key.
    Add,
    /// Deduction: a known key with other content.
    Change,
    /// Deduction: a known key that now ends.
    Stop,
    /// Deduction: a plan that was declined before it began.
    Waive,
    /// Equal to the last accepted state, written because `qualify_delta` is off.
    None,
}

impl Action {
    /// Every action, in the order of the configuration reference.
    pub const ALL: [Action; Action::VARIANTS.len()] =
        *Action::VARIANTS.first_chunk().expect("of this length");

    /// The word in output files and configuration.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, SkipReason};

    #[test]
    fn words_are_those_of_stored_summaries() {
        let words: Vec<&str> = SkipReason::ALL.iter().map(|r| r.as_str()).collect();
        let stored = "already_judged row_filtered test_employee excluded non_primary_ein not_included status_filtered \
                      not_syncing outside_lookback before_deduction_start superseded non_primary_row duplicate_row";
        assert_eq!(words.join(" "), stored);
    }

    #[test]
    fn words_are_those_of_files_and_configurations() {
        let words: Vec<&str> = Action::ALL.iter().map(|a| a.as_str()).collect();
        assert_eq!(
            words.join(" "),
            "create update deactivate link reactivate add change stop waive none"
        );
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
    }
}
