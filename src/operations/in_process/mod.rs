//! Commands carried out in this process, be it the daemon's or that of a command line where no daemon runs.

mod batch;
mod hold;
mod integration_run;
mod rejects;
mod rerun;
mod response;
mod validate;

pub use batch::run;
pub(crate) use batch::{BatchResult, check, run_from};
pub use hold::{refuse, release};
#[cfg(test)]
pub(crate) use rejects::RejectedFinding;
pub(crate) use rejects::{RejectedRecord, rejects};
pub use rerun::rerun;
pub use response::{Noting, Response};
pub(crate) use validate::validate;

use crate::run::Command;
use crate::site::{Observer, Result, Site};
use rejects::dismiss;
use rerun::resubmit;

/// Carries out a command for the site's user.
///
/// # Errors
/// Those of the command; then nothing was touched, or the error says how to go on.
pub fn perform(site: &Site, command: &Command, observer: &dyn Observer) -> Result<BatchResult> {
    Ok(match command {
        Command::Run(request) => run(site, request, observer)?,
        Command::Rerun { reference } => BatchResult::one(rerun(site, reference, observer)?),
        Command::Release { reference, why } => {
            BatchResult::one(release(site, reference, why, observer)?)
        }
        // The run is Failed, as was asked for.
        Command::Refuse { reference, why } => BatchResult {
            exit_code: 0,
            ..BatchResult::one(refuse(site, reference, why)?)
        },
        Command::Resubmit { reference, file } => {
            BatchResult::one(resubmit(site, reference, file, observer)?)
        }
        Command::Dismiss {
            reference,
            records,
            why,
        } => {
            dismiss(site, reference, records, why)?;
            BatchResult::none()
        }
    })
}
