//! Who a record is about: within its file, against the roster and the last accepted deductions.

pub mod deductions;
pub mod in_file;
pub mod person;
pub mod rejections;
pub mod roster;
