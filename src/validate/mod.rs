//! Bytes become types: one byte function per column type, no text built for good values.

pub mod address;
pub mod amount;
pub mod date;
pub mod day;
pub mod deduction;
pub mod demographic;
pub mod field;
pub mod identity;
pub mod marks;
pub mod pattern;
pub mod plan;
pub mod postal;
pub mod ssn;
pub mod text;
pub mod value;

pub use field::{FieldRules, Marks};
pub use plan::FieldPlan;
pub use value::Value;
