//! How far a run has come, and where its source file comes from.

use std::fmt;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// Written before the source file is claimed; nothing of the run is visible.
    Claimed,
    /// Committed; its files are being published.
    Delivering,
    /// Committed with status Held, its receipt is published; waits for a person.
    Held,
    Closed,
}

impl RunState {
    pub(super) const ALL: [RunState; 4] = [
        RunState::Claimed,
        RunState::Delivering,
        RunState::Held,
        RunState::Closed,
    ];

    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunState::Claimed => "claimed",
            RunState::Delivering => "delivering",
            RunState::Held => "held",
            RunState::Closed => "closed",
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a run's source file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Inbound,
    /// A file named by the user, which stays where it is.
    File,
    /// The archive, for a re-run.
    Archive,
    /// There is no source file.
    None,
}

impl Origin {
    pub(super) const ALL: [Origin; 4] =
        [Origin::Inbound, Origin::File, Origin::Archive, Origin::None];

    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Origin::Inbound => "inbound",
            Origin::File => "file",
            Origin::Archive => "archive",
            Origin::None => "none",
        }
    }
}
