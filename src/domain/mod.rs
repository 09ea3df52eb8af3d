//! Floor 0: the words of the field. Nothing here reads a file, a clock or the configuration.

pub(crate) mod action;
pub(crate) mod bucket;
pub(crate) mod catalogue;
pub(crate) mod cents;
pub(crate) mod code;
pub(crate) mod code_table;
pub(crate) mod codes;
pub(crate) mod column;
pub(crate) mod deduction;
pub(crate) mod demographic;
pub(crate) mod file_name;
pub(crate) mod finding;
pub(crate) mod keyed;
pub(crate) mod kind;
#[cfg(test)]
mod layout_reference;
pub(crate) mod masking;
pub(crate) mod parameters;
pub(crate) mod reference_id;
mod shared_columns;
pub(crate) mod short_word;
pub(crate) mod ssh_algorithms;
pub(crate) mod ssn;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod totals;

pub use action::Action;
pub(crate) use bucket::{Bucket, SkipReason};
pub use cents::Cents;
pub use code::{Code, Severity};
pub(crate) use finding::Finding;
pub use keyed::SiteKey;
pub use kind::Kind;
pub(crate) use parameters::{Enrollment, Parameters};
pub use reference_id::ReferenceId;
pub(crate) use ssh_algorithms::OPTIONAL_ALGORITHMS;
pub use ssn::Ssn;
pub use status::RunStatus;
pub use summary::RunSummary;
pub(crate) use totals::Totals;
