//! Sends a command to the daemon if one runs on the site, and carries it out in this process otherwise. The result is the
//! same.
//!
//! A request waits in the ledger until the daemon takes it. While it waits it can be withdrawn, and only one of taking
//! and withdrawing succeeds: a command is never carried out twice.

use super::error::{OperationError, Result};
use super::in_process::{self, Response};
use crate::domain::parameters::GivenParameters;
use crate::rules::parameters::problems;
use crate::run::Command;
use crate::site::{Observer, Site};
use std::io;
use std::thread;
use std::time::Duration;

/// Time until the first look for the daemon's response: most commands are short.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Who gives a command: is told of its progress, and may stop waiting for the daemon.
pub(crate) trait Caller: Observer {
    /// Called when the wait for the daemon begins. The function that is returned is called again and again until the
    /// response is there, and dropped then; it returns the signal that interrupted the wait, if one did.
    ///
    /// # Errors
    /// The caller could not be interrupted.
    fn interruption(&self) -> io::Result<Box<dyn Fn() -> Option<i32>>>;
}

/// Carries out a command, in the daemon or in this process.
///
/// # Errors
/// The ledger failed, or the caller stopped waiting for the daemon. An error of the command itself is in the response.
pub(crate) fn dispatch(site: &Site, command: &Command, caller: &dyn Caller) -> Result<Response> {
    if site.daemon_runs()?
        && let Some(body) = command.written()
        && let Some(answer) = ask_daemon(site, &body, caller)?
    {
        for note in &answer.notes {
            caller.note(note);
        }
        return Ok(answer);
    }
    Ok(Response::of(
        in_process::perform(site, command, caller),
        Vec::new(),
    ))
}

/// Asks the daemon and waits for its answer. `None`: the daemon ended before it took the request.
fn ask_daemon(site: &Site, body: &str, caller: &dyn Caller) -> Result<Option<Response>> {
    let mut ledger = site.ledger()?;
    let interruption = caller.interruption().map_err(|error| {
        OperationError::failed(format_args!(
            "can't watch for an interruption: {error}; repeat the command"
        ))
    })?;
    let number = ledger.ask(site.user(), body, site.now())?;
    site.coordination().wake();
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(text) = ledger.answer_to(number)? {
            return Ok(Some(response(&text)));
        }
        if let Some(signal) = interruption() {
            let withdrawn = ledger.withdraw(number)?;
            return Err(OperationError::Interrupted { signal, withdrawn });
        }
        if !site.daemon_runs()? {
            if ledger.withdraw(number)? {
                return Ok(None);
            }
            let last = ledger.answer_to(number)?;
            return Ok(Some(
                last.map_or_else(Response::interrupted, |text| response(&text)),
            ));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The daemon's answer as it was written.
pub(super) fn response(text: &str) -> Response {
    Response::read(text).unwrap_or_else(Response::unreadable)
}

/// Everything wrong with run parameters by themselves, whatever the integration, one sentence each.
pub(crate) fn parameter_problems(site: &Site, given: &GivenParameters) -> Vec<String> {
    problems(
        &given.clone().complete(),
        &site.config.plan_years,
        site.today(),
    )
}
