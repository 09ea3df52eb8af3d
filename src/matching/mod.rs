//! Who a record is about: within its file, against the roster and the last accepted deductions.

pub mod bits;
pub mod deductions;
mod first_rows;
pub mod in_file;
pub mod person;
pub mod places;
pub mod rejections;
pub mod roster;
pub mod sharing;
