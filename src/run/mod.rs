//! Floor 5: the order of effects.
//!
//! `way` is one file's way; whoever reads it and [`crate::process`] knows the product.

mod again;
mod answer;
mod desk;
mod dry;
mod ending;
mod errand;
mod error;
mod finish;
mod hold;
mod judging;
mod look;
mod plan;
mod recover;
mod rejected;
mod request;
mod retention;
mod scope;
mod site;
mod watch;
mod way;

pub use again::{rerun, resubmit};
pub use answer::{Answer, Noting};
pub use dry::{Validation, validate};
pub use errand::{Errand, perform};
pub use error::RunError;
pub use hold::{refuse, release};
pub use rejected::{RejectedRecord, dismiss, rejects};
pub use request::{Ended, Request, check, run};
pub use retention::{Retired, purge};
pub use site::Site;
pub use watch::{Quiet, Watch};
