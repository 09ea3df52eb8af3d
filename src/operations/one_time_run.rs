//! Runs at a later time, once: they wait in the ledger for the daemon.

use super::error::{OperationError, Result};
use super::in_process;
use super::local_time::ClockTime;
use crate::ledger::OneOff;
use crate::run::{Command, RunRequest};
use crate::site::Site;
use crate::status::to_the_second;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// A run that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OneTimeRun {
    #[serde(serialize_with = "to_the_second")]
    pub(crate) at: DateTime<FixedOffset>,
    /// The integration or set.
    pub(crate) name: String,
    /// Its number, for `feedgate cancel`.
    pub(crate) one_off: i64,
    pub(crate) status: &'static str,
    pub(crate) user: String,
    /// Whether a daemon runs that will start it.
    #[serde(skip)]
    pub(crate) daemon_runs: bool,
}

/// A one-time run that was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CancelledRun {
    pub(crate) name: String,
    pub(crate) one_off: i64,
    pub(crate) status: &'static str,
    #[serde(skip)]
    pub(crate) at: DateTime<FixedOffset>,
}

/// Stores a run that the daemon is to start at a later time.
///
/// # Errors
/// The time has passed, a name or parameter is wrong, or the ledger failed.
pub(crate) fn run_later(site: &Site, request: RunRequest, at: ClockTime) -> Result<OneTimeRun> {
    let at = at.in_future(site)?;
    in_process::check(site, &request, at.date_naive())?;
    let name = request.name.clone();
    let body = Command::Run(request).written();
    let body = body.ok_or_else(|| {
        OperationError::usage("the request can't be written down; use plain text")
    })?;
    let stored = OneOff {
        number: 0,
        name,
        at,
        user: site.user().to_owned(),
        body,
        asked: site.now(),
    };
    let number = site.ledger()?.add_one_off(&stored)?;
    site.coordination().wake();
    Ok(OneTimeRun {
        at,
        name: stored.name,
        one_off: number,
        status: "Scheduled",
        user: stored.user,
        daemon_runs: site.daemon_runs()?,
    })
}

/// Cancels a one-time run that has not begun.
///
/// # Errors
/// There is no such run, or the ledger failed.
pub(crate) fn cancel(site: &Site, number: i64, why: Option<&str>) -> Result<CancelledRun> {
    let mut ledger = site.ledger()?;
    let waiting = ledger.one_offs()?;
    let found = waiting.into_iter().find(|one| one.number == number);
    let what = why.map_or_else(|| "cancelled".to_owned(), |why| format!("cancelled: {why}"));
    let ended = ledger.end_one_off(number, &what, site.user(), site.now())?;
    let Some(one_off) = found.filter(|_| ended) else {
        return Err(OperationError::usage(format!(
            "there is no one-off run {number}; `feedgate status` lists those that wait"
        )));
    };
    site.coordination().wake();
    Ok(CancelledRun {
        name: one_off.name,
        one_off: number,
        status: "cancelled",
        at: one_off.at,
    })
}
