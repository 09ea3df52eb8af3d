//! Run statuses, in their exact words.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RunStatus {
    /// Will run at a known time or when something named is done.
    Scheduled,
    /// Is running.
    #[serde(rename = "In-Progress")]
    InProgress,
    /// Ran without rejected records.
    Completed,
    /// Ran, but records have errors; counts as failed for sets, exit codes and the watermark.
    #[serde(rename = "Completed with Errors")]
    CompletedWithErrors,
    /// Could not run, or the file as a whole is bad.
    Failed,
    /// Waits for a person.
    Held,
    /// A stored run whose integration or set left the configuration.
    #[serde(rename = "Scheduled but Deleted")]
    ScheduledButDeleted,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [RunStatus; 7] = [
        RunStatus::Scheduled,
        RunStatus::InProgress,
        RunStatus::Completed,
        RunStatus::CompletedWithErrors,
        RunStatus::Failed,
        RunStatus::Held,
        RunStatus::ScheduledButDeleted,
    ];

    /// The exact word.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunStatus::Scheduled => "Scheduled",
            RunStatus::InProgress => "In-Progress",
            RunStatus::Completed => "Completed",
            RunStatus::CompletedWithErrors => "Completed with Errors",
            RunStatus::Failed => "Failed",
            RunStatus::Held => "Held",
            RunStatus::ScheduledButDeleted => "Scheduled but Deleted",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<RunStatus> {
        RunStatus::ALL.into_iter().find(|s| s.as_str() == word)
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

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
