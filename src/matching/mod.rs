//! Who a record is about: within its file, against the roster and the last accepted deductions.

pub mod deductions;
pub mod roster;
