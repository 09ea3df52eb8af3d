//! Bytes become types: one function per column type, no text built for valid values.

pub(crate) mod advice;
pub(crate) mod date;
pub(crate) mod deduction;
pub(crate) mod demographic;
pub(crate) mod fast;
pub(crate) mod field;
pub(crate) mod findings;
pub(crate) mod identity;
pub(crate) mod marked_dates;
pub(crate) mod notation;
pub(crate) mod pattern;
pub(crate) mod placeholders;
pub(crate) mod postal;
pub(crate) mod shape;
pub(crate) mod ssn;
pub(crate) mod text;
pub(crate) mod value;

pub use fast::field_plan::FieldPlan;
pub use field::FieldRules;
pub use findings::Findings;
pub use value::{Value, Values};
