//! Who a record is about: within its file, against the roster and the last accepted deductions.

pub(crate) mod bits;
pub(crate) mod deductions;
mod first_rows;
pub(crate) mod in_file;
pub(crate) mod person;
pub(crate) mod places;
pub(crate) mod rejections;
pub(crate) mod roster;
pub(crate) mod sharing;
