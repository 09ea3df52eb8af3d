//! Floor 7: runs, and the order of their effects.
//!
//! `execution` takes one file through its run; it and [`crate::process`] together are the core of the product.

mod batch;
mod command;
mod execution;
mod hold;
mod integration_run;
mod judge;
mod outbox;
mod publications;
mod publish;
mod recover;
mod rejects;
mod rerun;
mod response;
mod result;
mod retention;
mod run_io;
mod validate;
mod work_files;

pub use batch::run;
pub(crate) use batch::{BatchResult, check, run_from};
pub use command::{Command, RunRequest, perform};
pub use hold::{refuse, release};
pub(crate) use rejects::rejects;
pub use rerun::rerun;
pub use response::{Noting, Response};
pub use retention::{Retired, purge};
pub(crate) use validate::validate;
