//! Sends a command to the daemon if one runs on the site, and carries it out in this process otherwise. The result is the
//! same.
//!
//! A request waits in the ledger until the daemon takes it. While it waits it can be withdrawn, and only one of taking
//! and withdrawing succeeds: a command is never carried out twice.

use super::error::{OperationError, Result};
use super::in_process::{self, Response};
use crate::domain::RunSummary;
use crate::run::Command;
use crate::site::{Observer, Site};
use serde::{Serialize, Serializer};
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

/// The result of a command.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CommandResult {
    /// The runs in their order.
    pub(crate) summaries: Vec<RunSummary>,
    /// Whether they are shown as a list even if there is only one.
    pub(crate) many: bool,
    /// Why the command, or the rest of it, was not carried out, in sentences; empty if it was.
    pub(crate) failure: Vec<String>,
    /// The exit code of a command line that did this.
    pub(crate) exit_code: u8,
}

/// One object, or an array where there may be several.
impl Serialize for CommandResult {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match &self.summaries[..] {
            [only] if !self.many => only.serialize(to),
            all => all.serialize(to),
        }
    }
}

impl From<Response> for CommandResult {
    fn from(answer: Response) -> CommandResult {
        CommandResult {
            summaries: answer.summaries,
            many: answer.many,
            failure: answer.failure,
            exit_code: answer.exit_code,
        }
    }
}

/// Carries out a command, in the daemon or in this process.
pub(super) fn dispatch(
    site: &Site,
    command: &Command,
    caller: &dyn Caller,
) -> Result<CommandResult> {
    if site.daemon_runs()?
        && let Some(body) = command.written()
        && let Some(answer) = ask_daemon(site, &body, caller)?
    {
        for note in &answer.notes {
            caller.note(note);
        }
        return Ok(answer.into());
    }
    Ok(Response::of(in_process::perform(site, command, caller), Vec::new()).into())
}

/// Asks the daemon and waits for its answer. `None`: the daemon ended before it took the request.
fn ask_daemon(site: &Site, body: &str, caller: &dyn Caller) -> Result<Option<Response>> {
    let read = |text: &str| Response::read(text).unwrap_or_else(Response::unreadable);
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
            return Ok(Some(read(&text)));
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
                last.map_or_else(Response::interrupted, |text| read(&text)),
            ));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::CommandResult;
    use crate::operations::in_process::Response;
    use crate::site::RunError;

    #[test]
    fn an_error_of_the_act_is_a_result_with_its_exit_code() {
        let busy = Response::of(Err(RunError::Busy("hr is busy".into())), Vec::new());
        let result = CommandResult::from(busy);
        assert_eq!(
            (result.exit_code, &result.failure[0][..]),
            (6, "hr is busy")
        );
    }
}
