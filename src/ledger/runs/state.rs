//! How far a run has come, and where its source file comes from.

use strum::{Display, EnumString, IntoStaticStr};

/// How far a run has come; the word is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum RunState {
    /// Written before the source file is claimed; nothing of the run is visible.
    Claimed,
    /// Committed; its files are being published.
    Delivering,
    /// Committed with status Held, its receipt is published; waits for a person.
    Held,
    Closed,
}

/// Where a run's source file comes from; the word is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Origin {
    Inbound,
    /// A file named by the user, which stays where it is.
    File,
    /// The archive, for a re-run.
    Archive,
    /// There is no source file.
    None,
}
