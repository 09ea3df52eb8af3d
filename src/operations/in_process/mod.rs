//! Commands carried out in this process, be it the daemon's or that of a command line where no daemon runs.

mod batch;
mod past_run;
mod received;
mod release;
mod response;
mod roster_edit;
mod stopped_set;
mod sync;

pub use batch::run;
pub(crate) use batch::{BatchResult, check, run_from};
pub use past_run::{refuse, release, rerun};
pub(crate) use received::answer_waiting;
pub(crate) use release::held_by;
pub(super) use release::holding;
pub use response::{Noting, Response};

use crate::run::Command;
use crate::site::{Observer, Result, Site};
use past_run::{dismiss, resubmit};
use release::release_all;
use roster_edit::edit_roster;

/// Carries out a command for the site's user.
///
/// # Errors
/// Those of the command; then nothing was touched, or the error says how to go on.
pub fn perform(site: &Site, command: &Command, observer: &dyn Observer) -> Result<BatchResult> {
    let summary = match command {
        Command::Run(request) => return run(site, request, observer),
        Command::Release {
            references,
            why,
            for_year,
        } => return release_all(site, references, why, *for_year, observer),
        Command::Rerun { reference } => rerun(site, reference, observer)?,
        Command::Refuse { reference, why } => refuse(site, reference, why)?,
        Command::Resubmit {
            reference,
            file,
            accept,
            why,
        } => resubmit(site, reference, file, (accept, why.as_deref()), observer)?,
        Command::Dismiss {
            reference,
            records,
            why,
        } => {
            dismiss(site, reference, records, why)?;
            return Ok(BatchResult::default());
        }
        Command::Sync {
            integration,
            subjects,
            again,
        } => match sync::sync(site, integration, (subjects, *again), observer)? {
            Some(summary) => summary,
            None => return Ok(BatchResult::default()),
        },
        Command::EditRoster {
            roster,
            subject,
            edit,
            why,
        } => {
            edit_roster(site, roster, *subject, *edit, why)?;
            return Ok(BatchResult::default());
        }
    };
    Ok(BatchResult {
        exit_code: match command {
            // The run is Failed, as was asked for.
            Command::Refuse { .. } => 0,
            _ => summary.status.exit_code(),
        },
        summaries: vec![summary],
        ..BatchResult::default()
    })
}
