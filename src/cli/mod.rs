//! The command line. Each command parses its arguments, calls [`crate::operations`], and prints to an `Out`; it ends
//! with an exit code or a `CliError`.

mod account;
mod arguments;
mod backup;
mod benefits_level;
mod check;
mod collect;
mod demo;
mod employee;
mod employees;
mod error;
mod events;
mod explain;
mod file_reading;
mod files;
mod generate;
mod init;
mod map;
mod notices;
mod out;
mod parameters;
mod pause;
mod purge;
mod recover;
mod rejects;
mod run;
mod run_commands;
mod runs;
mod schedules;
mod status;
mod summary;
mod sync;
mod table;
mod terminal;
mod transfer;
mod trust;
mod validate;
mod value_parsers;

use crate::daemon;
use crate::operations::{Command, OperationError};
use arguments::{Arguments, Verb};
use chrono::{DateTime, Utc};
use clap::Parser;
use error::{BUG, CliError, USAGE};
use out::{Context, Out};
use run_commands::{RefuseArguments, RerunArguments, ResubmitArguments, give};
use std::ffi::OsString;
use std::io::Write;
use std::panic::Location;
use std::process::ExitCode;

/// Runs the command of this process. Returns its exit code.
pub fn main() -> ExitCode {
    let line: Vec<OsString> = std::env::args_os().collect();
    report_location_only(asks_for_json(&line));
    let mut out = Out::standard();
    ExitCode::from(perform(&line, &mut out, None))
}

/// Runs a command line, the program's name included, on the clock of a test. Prints to `to`, and mistakes to standard
/// error. Returns the exit code.
#[doc(hidden)]
pub fn main_at(line: &[OsString], to: impl Write + 'static, clock: fn() -> DateTime<Utc>) -> u8 {
    perform(line, &mut Out::plain(to), Some(clock))
}

/// Reads a command line, the program's name included, and does nothing: what is wrong with it, for the examples of the
/// documentation.
#[doc(hidden)]
pub fn mistakes(line: &[OsString]) -> Option<String> {
    let read = Arguments::try_parse_from(line);
    read.err().map(|refused| refused.to_string())
}

/// Whether `--json` is given, also on a line that can't be read.
fn asks_for_json(line: &[OsString]) -> bool {
    let mut options = line.iter().take_while(|word| *word != "--");
    options.any(|word| word == "--json")
}

/// Replaces the usual panic message, which could hold values of a record. The process ends at once; the next run continues
/// the one that was interrupted. A request of the dashboard must not end the daemon: it is answered with an error.
fn report_location_only(json: bool) {
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some(daemon::WEB_THREAD) {
            tracing::error!("{}", sentence(panic.location()));
            return;
        }
        CliError::new(BUG, vec![sentence(panic.location())]).say(json);
        std::process::exit(i32::from(BUG));
    }));
}

fn sentence(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
    format!("stopped by a bug{place}; please report it with this line")
}

/// Runs one command line, the program's name included. Returns the exit code; mistakes go to standard error.
fn perform(line: &[OsString], out: &mut Out, clock: Option<fn() -> DateTime<Utc>>) -> u8 {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(refused) if refused.use_stderr() && asks_for_json(line) => {
            let sentence = refused.to_string().trim_end().to_owned();
            CliError::usage(vec![sentence]).say(true);
            return USAGE;
        }
        Err(refused) => {
            // If this can't be printed, nothing else can.
            let _ = refused.print();
            return u8::try_from(refused.exit_code()).unwrap_or(2);
        }
    };
    let mut context = Context::new(arguments.config, arguments.json, out);
    context.clock = clock;
    let ended = dispatch(arguments.verb, &mut context);
    let ended = context.out.flush().map_err(CliError::from).and(ended);
    ended.unwrap_or_else(|error| {
        error.say(arguments.json);
        error.code
    })
}

fn dispatch(verb: Verb, context: &mut Context<'_>) -> Result<u8, CliError> {
    match verb {
        Verb::Init(a) => init::perform(&a, context),
        Verb::Demo(a) => demo::perform(&a, context),
        Verb::Check => check::perform(context),
        Verb::Validate(a) => validate::perform(&a, context),
        Verb::Daemon => {
            daemon::run(context.own_site()?).map_err(OperationError::from)?;
            Ok(0)
        }
        Verb::Run(a) => run::run(a, context),
        Verb::Status(a) => status::perform(&a, context),
        Verb::Runs(a) => runs::runs(a, context),
        Verb::Show(a) => runs::show(&a, context),
        Verb::Rerun(RerunArguments { reference }) => {
            give(&context.own_site()?, &Command::Rerun { reference }, context)
        }
        Verb::Release(a) => run_commands::release(a, context),
        Verb::Refuse(RefuseArguments { reference, why }) => give(
            &context.own_site()?,
            &Command::Refuse { reference, why },
            context,
        ),
        Verb::Rejects(a) => rejects::perform(&a, context),
        Verb::Resubmit(ResubmitArguments {
            reference,
            file,
            accept,
            why,
        }) => {
            let command = Command::Resubmit {
                reference,
                file,
                accept,
                why,
            };
            give(&context.own_site()?, &command, context)
        }
        Verb::Pause(a) => pause::pause(&a, context),
        Verb::Cancel(a) => run::cancel(&a, context),
        Verb::Resume(a) => pause::resume(&a, context),
        Verb::Schedules(a) => schedules::perform(&a, context),
        Verb::Events(a) => events::perform(a, context),
        Verb::Notices(a) => notices::perform(&a, context),
        Verb::Files(a) => files::perform(&a, context),
        Verb::Trust(a) => trust::perform(&a, context),
        Verb::Collect(a) => collect::perform(&a, context),
        Verb::Purge => purge::perform(context),
        Verb::Backup(a) => backup::back_up(&a, context),
        Verb::Restore(a) => backup::restore(&a, context),
        Verb::Clone(a) => backup::clone_site(&a, context),
        Verb::Recover(a) => recover::perform(&a, context),
        Verb::Transfer(a) => transfer::perform(&a, context),
        Verb::Explain(a) => explain::perform(&a, context),
        Verb::Employee(a) => employee::perform(&a, context),
        Verb::BenefitsLevel(a) => benefits_level::perform(a, context),
        Verb::Sync(a) => sync::perform(a, context),
        Verb::Employees(a) => employees::perform(a, context),
        Verb::Account(a) => account::perform(&a, context),
        Verb::Map(a) => map::perform(&a, context),
        Verb::Generate(a) => generate::perform(&a, context),
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;
    use std::panic::Location;

    #[test]
    fn the_place_is_named() {
        let here = sentence(Some(Location::caller()));
        assert!(here.contains("src/cli/mod.rs:"), "{here}");
        assert!(sentence(None).contains("a bug; please"));
    }
}
