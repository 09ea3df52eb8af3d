//! Who a record is about: within its file, against the roster and the last accepted deductions.

pub(crate) mod accounts;
pub(crate) mod bits;
pub(crate) mod conflict_rows;
pub(crate) mod corrections;
pub(crate) mod deductions;
pub(crate) mod duplicates;
pub(crate) mod file_row;
mod hash_index;
pub(crate) mod identity_moves;
pub(crate) mod levels;
pub(crate) mod names;
pub(crate) mod person;
pub(crate) mod preferred_rows;
pub(crate) mod rejections;
pub(crate) mod roster;
pub(crate) mod series;
mod shared_identities;
pub(crate) mod traits;
