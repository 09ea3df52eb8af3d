//! Benefits levels that people chose for employees. One wins over the sender's files until the file has another level for
//! the employee than it had when it was chosen.

use crate::domain::SiteKey;
use crate::domain::keyed_hash::HashedType;
use std::collections::HashMap;

/// A level that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenLevel {
    pub level: String,
    /// Hash of the level that the file had for the employee; see [`level_hash`].
    pub file: u64,
}

/// The levels that hold, by the hashes of the subscriber IDs.
pub(crate) type ChosenLevels = HashMap<u64, ChosenLevel>;

/// The hash of a level as a file has it; of a blank one as well.
pub(crate) fn level_hash(key: &SiteKey, level: &[u8]) -> u64 {
    key.hash(HashedType::Cell, level)
}
