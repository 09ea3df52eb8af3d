//! Run statuses.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The status of a run.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
pub enum RunStatus {
    /// Will run at a known time or after a named run.
    Scheduled,
    #[serde(rename = "In-Progress")]
    #[strum(serialize = "In-Progress")]
    InProgress,
    /// Ran without rejected records.
    Completed,
    /// Ran, but records have errors; counts as failed for sets, exit codes and the watermark.
    #[serde(rename = "Completed with Errors")]
    #[strum(serialize = "Completed with Errors")]
    CompletedWithErrors,
    /// Could not run, or the file as a whole is bad.
    Failed,
    /// Waits for a person to decide.
    Held,
    /// A stored run whose integration or set left the configuration.
    #[serde(rename = "Scheduled but Deleted")]
    #[strum(serialize = "Scheduled but Deleted")]
    ScheduledButDeleted,
}

impl RunStatus {
    pub const ALL: [RunStatus; RunStatus::VARIANTS.len()] =
        *RunStatus::VARIANTS.first_chunk().expect("of this length");

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether a run that ended so took or rejected records.
    pub(crate) const fn judged_records(self) -> bool {
        matches!(self, RunStatus::Completed | RunStatus::CompletedWithErrors)
    }

    /// The exit code of a command that ends with this status.
    pub const fn exit_code(self) -> u8 {
        match self {
            RunStatus::Completed => 0,
            RunStatus::Failed | RunStatus::ScheduledButDeleted => 1,
            RunStatus::CompletedWithErrors => 3,
            RunStatus::Held | RunStatus::Scheduled => 5,
            RunStatus::InProgress => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RunStatus;

    #[test]
    fn words_are_those_of_the_ledger_and_of_stored_summaries() {
        let words: Vec<&str> = RunStatus::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(
            words.join(", "),
            "Scheduled, In-Progress, Completed, Completed with Errors, Failed, Held, Scheduled but Deleted"
        );
        for status in RunStatus::ALL {
            let stored = serde_json::to_value(status).expect("a word");
            assert_eq!(stored, status.as_str());
        }
    }
}
