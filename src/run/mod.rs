//! Floor 5: the order of effects.
//!
//! `way` is one file's way; whoever reads it and [`crate::process`] knows the product.

mod again;
mod answer;
mod came_to;
mod day_order;
mod deleted;
mod desk;
mod dry;
mod ending;
mod errand;
mod error;
mod finish;
mod hold;
mod inbound;
mod inbox;
mod judging;
mod left;
mod look;
mod member;
pub mod order;
mod outgoing;
mod overview;
mod pace;
mod peeked;
mod plan;
mod queue;
mod recover;
mod rejected;
mod request;
mod retention;
mod scope;
mod site;
mod watch;
mod way;
mod years;

pub use again::{rerun, resubmit};
pub use answer::{Answer, Noting};
pub use deleted::fail_without_file;
pub use dry::{Validation, validate};
pub use errand::{Errand, perform};
pub use error::{Result, RunError};
pub use hold::{refuse, release};
pub(crate) use inbound::intake;
pub use inbound::{Inbound, Now};
pub use inbox::Names;
pub(crate) use inbox::OTHER_NAME;
pub use left::{LeftRun, left_behind};
pub use overview::{
    EndpointNow, FailedTry, HeldRun, IntegrationNow, LastRun, NextRun, NotSent, NotTaken,
    OneOffNow, Overview, RunNow, TroubleNow, WaitingFile, WindowNow, overview,
};
pub use rejected::{RejectedRecord, dismiss, rejects};
pub use request::{Ended, Request, check, run, run_from};
pub use retention::{Retired, purge};
pub use site::Site;
pub use watch::{Quiet, Watch};
