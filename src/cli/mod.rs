//! The command line. Each command parses its arguments, calls [`crate::operations`], and prints to an `Out`; it ends
//! with an exit code or a `CliError`.

mod arguments;
mod check;
mod context;
mod crash;
mod demo;
mod employee;
mod error;
mod events;
mod explain;
mod files;
mod generate;
mod init;
mod out;
mod parameters;
mod pause;
mod rejects;
mod run;
mod run_commands;
mod runs;
mod schedules;
mod status;
mod summary;
mod table;
mod terminal;
mod transfer;
mod tree;
mod trust;
mod validate;
mod value_parsers;

use crate::daemon;
use crate::operations::OperationError;
use arguments::{Arguments, Command};
use clap::Parser;
use context::Context;
use error::CliError;
use out::Out;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

/// Runs the command of this process. Returns its exit code.
pub fn main() -> ExitCode {
    crash::report_location_only();
    let mut out = Out::standard();
    ExitCode::from(perform(std::env::args_os(), &mut out))
}

/// Runs one command line, the program's name included. Returns the exit code; mistakes go to standard error.
fn perform(line: impl IntoIterator<Item = impl Into<OsString> + Clone>, out: &mut Out) -> u8 {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(refused) => {
            // If this can't be printed, nothing else can.
            let _ = refused.print();
            return u8::try_from(refused.exit_code()).unwrap_or(2);
        }
    };
    let mut context = Context::new(arguments.config, arguments.json, out);
    let ended = dispatch(arguments.command, &mut context);
    let ended = context.out.flush().map_err(CliError::from).and(ended);
    ended.unwrap_or_else(|error| {
        out::say(&error);
        error.code
    })
}

fn dispatch(command: Command, context: &mut Context<'_>) -> Result<u8, CliError> {
    match command {
        Command::Init(a) => init::perform(&a, context),
        Command::Demo(a) => demo::perform(&a, context),
        Command::Check => check::perform(context),
        Command::Validate(a) => validate::perform(a, context),
        Command::Daemon => {
            daemon::run(context.site()?).map_err(OperationError::from)?;
            Ok(0)
        }
        Command::Run(a) => run::run(a, context),
        Command::Status(a) => status::perform(&a, context),
        Command::Runs(a) => runs::runs(a, context),
        Command::Show(a) => runs::show(&a, context),
        Command::Rerun(a) => run_commands::rerun(a, context),
        Command::Release(a) => run_commands::release(a, context),
        Command::Refuse(a) => run_commands::refuse(a, context),
        Command::Rejects(a) => rejects::perform(&a, context),
        Command::Resubmit(a) => run_commands::resubmit(a, context),
        Command::Pause(a) => pause::pause(a, context),
        Command::Cancel(a) => run::cancel(&a, context),
        Command::Resume(a) => pause::resume(&a, context),
        Command::Schedules(a) => schedules::perform(&a, context),
        Command::Events(a) => events::perform(a, context),
        Command::Files(a) => files::perform(&a, context),
        Command::Trust(a) => trust::perform(&a, context),
        Command::Transfer(a) => transfer::perform(&a, context),
        Command::Explain(a) => explain::perform(&a, context),
        Command::Employee(a) => employee::perform(&a, context),
        Command::Generate(a) => generate::perform(&a, context),
    }
}
