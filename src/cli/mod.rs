//! Floor 8: the command line. One file per command; each prints to an `Out` and ends with an exit code or a `Stop`.

mod arguments;
mod cancel;
mod check;
mod context;
mod crash;
mod daemon;
mod demo;
mod employee;
mod events;
mod explain;
mod files;
mod generate;
mod handover;
mod init;
mod later;
mod moment;
mod out;
mod parameters;
mod pause;
mod progress;
mod refuse;
mod rejects;
mod release;
mod rerun;
mod resubmit;
mod resume;
mod run;
mod runs;
mod show;
mod status;
mod stop;
mod summary;
mod table;
mod transfer;
mod tree;
mod trust;
mod validate;

use arguments::{Arguments, Command};
use clap::Parser;
use context::Context;
use out::Out;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use stop::Stop;

/// Runs the command of this process and says how the process ends.
pub fn main() -> ExitCode {
    crash::say_only_the_place();
    let mut out = Out::standard();
    ExitCode::from(perform(std::env::args_os(), &mut out))
}

/// Runs one command line, the program's name included. Returns the exit code; mistakes go to standard error.
fn perform(line: impl IntoIterator<Item = impl Into<OsString> + Clone>, out: &mut Out) -> u8 {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(refused) => {
            // Nobody is left to tell when this can't be printed.
            let _ = refused.print();
            return u8::try_from(refused.exit_code()).unwrap_or(2);
        }
    };
    let mut context = Context::new(arguments.config, arguments.json, out);
    let ended = dispatch(arguments.command, &mut context);
    let ended = context.out.flush().map_err(Stop::from).and(ended);
    ended.unwrap_or_else(|stop| {
        out::say(&stop);
        stop.code
    })
}

fn dispatch(command: Command, context: &mut Context<'_>) -> Result<u8, Stop> {
    match command {
        Command::Init(a) => init::perform(&a, context),
        Command::Demo(a) => demo::perform(&a, context),
        Command::Check => check::perform(context),
        Command::Validate(a) => validate::perform(a, context),
        Command::Daemon => daemon::perform(context),
        Command::Run(a) => run::perform(a, context),
        Command::Status(a) => status::perform(&a, context),
        Command::Runs(a) => runs::perform(a, context),
        Command::Show(a) => show::perform(&a, context),
        Command::Rerun(a) => rerun::perform(a, context),
        Command::Release(a) => release::perform(a, context),
        Command::Refuse(a) => refuse::perform(a, context),
        Command::Rejects(a) => rejects::perform(&a, context),
        Command::Resubmit(a) => resubmit::perform(a, context),
        Command::Pause(a) => pause::perform(a, context),
        Command::Cancel(a) => cancel::perform(&a, context),
        Command::Resume(a) => resume::perform(&a, context),
        Command::Events(a) => events::perform(a, context),
        Command::Files(a) => files::perform(&a, context),
        Command::Trust(a) => trust::perform(&a, context),
        Command::Transfer(a) => transfer::perform(&a, context),
        Command::Explain(a) => explain::perform(&a, context),
        Command::Employee(a) => employee::perform(&a, context),
        Command::Generate(a) => generate::perform(&a, context),
    }
}
