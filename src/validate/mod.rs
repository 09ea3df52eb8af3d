//! Bytes become types: one byte function per column type, no text built for good values.

pub(crate) mod address;
pub(crate) mod amount;
pub(crate) mod date;
pub(crate) mod day;
pub(crate) mod deduction;
pub(crate) mod demographic;
pub(crate) mod field;
pub(crate) mod identity;
pub(crate) mod marks;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod postal;
pub(crate) mod ssn;
pub(crate) mod text;
pub(crate) mod value;

pub use field::{FieldRules, Marks};
pub use plan::FieldPlan;
pub use value::Value;
