//! Floor 0: the words of the field. Nothing here reads a file, a clock or the configuration.

pub mod action;
pub mod bucket;
pub mod catalogue;
pub mod cents;
pub mod code;
pub mod codes;
pub mod column;
pub mod deduction;
pub mod demographic;
pub mod finding;
pub mod keyed;
pub mod kind;
pub mod layout_reference;
pub mod parameters;
pub mod reference_id;
mod shared_columns;
pub mod ssn;
pub mod status;
pub mod summary;
pub mod totals;
pub mod wider;

pub use action::Action;
pub use bucket::{Bucket, SkipReason};
pub use cents::Cents;
pub use code::{Code, Severity};
pub use finding::Finding;
pub use keyed::SiteKey;
pub use kind::Kind;
pub use parameters::{Enrollment, Parameters};
pub use reference_id::ReferenceId;
pub use ssn::Ssn;
pub use status::RunStatus;
pub use summary::RunSummary;
pub use totals::Totals;
pub use wider::WIDER;
