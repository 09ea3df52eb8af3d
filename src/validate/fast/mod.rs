//! The quick path of validation: the common forms of valid values, read with a few instructions. What it doesn't recognize
//! goes to the careful reader, and property tests prove that both agree.

mod code_table;
pub(crate) mod field_plan;
mod fixed_date;
mod packed_word;
