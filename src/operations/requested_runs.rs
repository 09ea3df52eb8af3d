//! Asking for runs without waiting for their end.

use super::dispatch::{Caller, dispatch, response};
use super::error::Result;
use super::in_process::Response;
use super::status::status;
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::{Ledger, RunFilter};
use crate::run::{Command, RunRequest};
use crate::site::Site;
use serde::Serialize;
use std::thread;
use std::time::{Duration, Instant};

/// How long the first run may take to begin. After that the request waits in the daemon's list.
const BEGINS_WITHIN: Duration = Duration::from_secs(2);
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(20);
/// Runs that are looked at: those of a request are among the last that began.
const LOOKED_AT: usize = 1_000;

/// Runs that were asked for.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RequestedRuns {
    /// How many files wait to be run, or were.
    pub(crate) requested: usize,
    /// The runs that have begun, in their order.
    pub(crate) integration_reference_ids: Vec<ReferenceId>,
}

/// What has become of a request when it is looked at.
pub(crate) enum Requested {
    UnderWay(RequestedRuns),
    /// It has ended already.
    Ended(Response),
}

/// Asks for runs, and returns as soon as the first of them has begun, or the request waits for other runs to end. Without
/// a daemon it is carried out in this process, to its end.
///
/// # Errors
/// There is no integration or set of this name; the ledger failed.
pub(crate) fn request_runs(
    site: &Site,
    request: RunRequest,
    caller: &dyn Caller,
) -> Result<Requested> {
    let overview = status(site, Some(&request.name), usize::MAX)?;
    let members: Vec<&str> = overview.integrations.iter().map(|i| &*i.name).collect();
    let files = overview.integrations.iter().flat_map(|i| &i.inbox.files);
    let waiting = files.filter(|file| file.waits_for != ARRIVING).count();
    let before = newest(site, &members)?;
    // It waits for its turn, as no one waits for its end.
    let command = Command::Run(RunRequest {
        wait: true,
        ..request
    });
    let body = command.written().filter(|_| overview.daemon.running);
    let Some(body) = body else {
        return dispatch(site, &command, caller).map(Requested::Ended);
    };
    let number = site.ledger()?.ask(site.user(), &body, site.now())?;
    site.coordination().wake();
    let until = Instant::now() + BEGINS_WITHIN;
    let ledger = site.ledger_for_reading()?;
    loop {
        if let Some(text) = ledger.answer_to(number)? {
            return Ok(Requested::Ended(response(&text)));
        }
        let begun = begun(site, &*ledger, &members, before)?;
        if !begun.is_empty() || Instant::now() >= until {
            return Ok(Requested::UnderWay(RequestedRuns {
                requested: waiting.max(begun.len()),
                integration_reference_ids: begun,
            }));
        }
        thread::sleep(PAUSE);
    }
}

/// What a file that is still arriving waits for.
const ARRIVING: &str = "arriving";

impl RequestedRuns {
    /// Of a request that has ended.
    pub(crate) fn of(ended: &Response) -> RequestedRuns {
        let runs = ended.summaries.iter();
        let runs = runs.map(|run| run.integration_reference_id.clone());
        let runs: Vec<ReferenceId> = runs.collect();
        RequestedRuns {
            requested: runs.len(),
            integration_reference_ids: runs,
        }
    }
}

fn last_runs(members: &[&str]) -> RunFilter {
    RunFilter {
        only: Some(members.iter().map(|name| (*name).to_owned()).collect()),
        ..RunFilter::default()
    }
}

/// The number of the run that began last.
fn newest(site: &Site, members: &[&str]) -> Result<u32> {
    let rows = site.ledger_for_reading()?.runs(&last_runs(members), 1)?;
    Ok(rows.first().map_or(0, |row| row.number))
}

/// The user's runs that began since, in their order.
fn begun(
    site: &Site,
    ledger: &dyn Ledger,
    members: &[&str],
    before: u32,
) -> Result<Vec<ReferenceId>> {
    let rows = ledger.runs(&last_runs(members), 1)?;
    if rows.first().is_none_or(|row| row.number <= before) {
        return Ok(Vec::new());
    }
    let rows = ledger.runs(&last_runs(members), LOOKED_AT)?.into_iter();
    let since = rows.take_while(|row| row.number > before);
    let own = since.filter(|row| row.user == site.user() && row.status != RunStatus::Scheduled);
    let mut references: Vec<ReferenceId> = own.map(|row| row.reference).collect();
    references.reverse();
    Ok(references)
}
