//! What the configuration says of files and other modules act on.

use serde::{Deserialize, Serialize};

/// What proves that a source file is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompleteBy {
    /// What the system can prove, otherwise [`CompleteBy::Quiet`].
    Auto,
    /// Its final name: senders upload under another one and rename.
    Rename,
    /// A marker file beside it.
    Marker,
    /// No change between two scans.
    Quiet,
}

/// What a published file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Published {
    /// The accepted records, for the receiver.
    Output,
    /// The findings, for people.
    Errors,
    /// The rejected records in the sender's layout.
    Rejects,
    /// The rejected records of a fixed-width file as a table with the names of the columns.
    #[serde(rename = "rejects-table")]
    #[strum(serialize = "rejects-table")]
    RejectsTable,
    /// Who and what holds the file, for the people who decide.
    Held,
    /// The records of later plan years in the sender's layout, which are another run's source.
    Later,
    /// What happened to the source file.
    Receipt,
    /// What became of corrections, for the people who made them.
    Answer,
}

impl Published {
    /// The word in published names.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}
