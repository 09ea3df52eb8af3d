//! `feedgate rerun`, `release`, `refuse` and `resubmit`: commands on one run, and how the result of
//! a command is printed.

use super::out::say;
use super::terminal::{Terminal, stopped};
use super::value_parsers::{code, reason, reference};
use super::{CliError, Context, file_reading, summary};
use crate::domain::{AcceptedFinding, Code, ReferenceId, RunSummary};
use crate::operations::{self, Command, FileReading, OperationError, Response, Site};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `rerun`.
#[derive(Debug, Args)]
pub(super) struct RerunArguments {
    /// The run to repeat.
    #[arg(value_name = "REF", value_parser = reference)]
    pub(super) reference: ReferenceId,
}

/// Arguments of `release`.
#[derive(Debug, Args)]
pub(super) struct ReleaseArguments {
    /// The held runs; the oldest is released first.
    #[arg(value_name = "REF", value_parser = reference, required_unless_present = "guard", conflicts_with = "guard")]
    references: Vec<ReferenceId>,
    /// Those of this integration that one guard holds, and nothing else.
    #[arg(long, value_name = "NAME", requires = "guard")]
    integration: Option<String>,
    /// The guard, by the code that holds the runs.
    #[arg(long, value_name = "CODE", value_parser = code, requires = "integration")]
    guard: Option<Code>,
    /// Of a run that is held because of its plan year: let all further files of that year pass until it ends.
    #[arg(long)]
    for_year: bool,
    /// Why the file is right as it is; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: String,
}

/// Releases held runs.
pub(super) fn release(
    arguments: ReleaseArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let references = match (arguments.integration, arguments.guard) {
        (Some(integration), Some(guard)) => {
            let held = operations::held_by(&site, &integration, guard, &Terminal::new());
            held.map_err(OperationError::from)?
        }
        _ => arguments.references,
    };
    let command = Command::Release {
        references,
        why: arguments.why,
        for_year: arguments.for_year,
    };
    give(&site, &command, context)
}

/// Arguments of `refuse`.
#[derive(Debug, Args)]
pub(super) struct RefuseArguments {
    /// The held run.
    #[arg(value_name = "REF", value_parser = reference)]
    pub(super) reference: ReferenceId,
    /// Why the file is not taken; its receipt says so to the sender.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub(super) why: String,
}

/// Arguments of `resubmit`.
#[derive(Debug, Args)]
pub(super) struct ResubmitArguments {
    /// The run that rejected the records.
    #[arg(value_name = "REF", value_parser = reference)]
    pub(super) reference: ReferenceId,
    /// The rejects file with its rows corrected.
    #[arg(long, value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Let a finding pass on one record, whose number is that of the error file; may be given several times.
    #[arg(long, value_name = "CODE:RECORD", requires = "why")]
    pub(super) accept: Vec<AcceptedFinding>,
    /// Why that is right; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason, requires = "accept")]
    pub(super) why: Option<String>,
}

/// Gives a command for the user at the terminal, prints its result, and returns the exit code.
pub(super) fn give(
    site: &Site,
    command: &Command,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let result = operations::dispatch(site, command, &Terminal::new())
        .map_err(|error| stopped(error, context.json))?;
    // One command of these may lead to several runs.
    let many = matches!(command, Command::Run(_)) || result.summaries.len() > 1;
    print(&result, many, |run| FileReading::of_run(site, run), context)?;
    context.out.flush()?;
    send_notices(site);
    exit_code(result)
}

/// Sends the notices that a command has given reason for. That they are not taken changes nothing of the command.
pub(super) fn send_notices(site: &Site) {
    let troubles = match operations::send_after_command(site) {
        Ok(troubles) => troubles,
        Err(error) => error.sentences(),
    };
    for trouble in troubles {
        say(format_args!(
            "feedgate: notices are not sent yet: {trouble}"
        ));
    }
}

/// A command that found nothing to do has noted that on standard error. As JSON it is an array if there may be `many` runs,
/// even if none ran; else the one run, if there is one.
fn print(
    result: &Response,
    many: bool,
    reading: impl Fn(&RunSummary) -> Option<FileReading>,
    context: &mut Context<'_>,
) -> Result<(), CliError> {
    let runs = result.runs(reading);
    if context.json {
        return match &runs[..] {
            runs if many => context.out.json(runs),
            [] => Ok(()),
            [run, ..] => context.out.json(run),
        };
    }
    for (place, run) in runs.iter().enumerate() {
        if place > 0 {
            writeln!(context.out)?;
        }
        summary::print(context.out, run.summary)?;
        if let Some(reading) = &run.reading {
            file_reading::print(context.out, reading)?;
        }
    }
    Ok(())
}

/// How a command exits that did this.
pub(super) fn exit_code(result: Response) -> Result<u8, CliError> {
    if result.failure.is_empty() {
        return Ok(result.exit_code);
    }
    Err(CliError::new(result.exit_code, result.failure))
}

#[cfg(test)]
mod tests {
    use super::{exit_code, print};
    use crate::cli::Context;
    use crate::cli::out::tests::Printed;
    use crate::operations::{Response, sample_run};

    fn result(runs: usize) -> Response {
        Response {
            summaries: vec![sample_run(); runs],
            notes: Vec::new(),
            failure: Vec::new(),
            exit_code: 3,
        }
    }

    fn printed(result: &Response, many: bool, json: bool) -> String {
        let printed = Printed::default();
        let mut out = printed.out();
        let mut context = Context::new("x".into(), json, &mut out);
        print(result, many, |_| None, &mut context).expect("printed");
        printed.text()
    }

    #[test]
    fn one_object_or_an_array() {
        assert!(printed(&result(1), false, true).starts_with("{\n"));
        for runs in [1, 2] {
            assert!(printed(&result(runs), true, true).starts_with("[\n"));
        }
        assert_eq!(printed(&result(0), true, true).trim(), "[]");
        assert_eq!(printed(&result(0), true, false), "");
        let two = printed(&result(2), true, false);
        assert_eq!(two.matches("Integration Run Name").count(), 2);
    }

    #[test]
    fn a_failure_prints_what_ended_before_it_and_nothing_else() {
        assert_eq!(exit_code(result(1)), Ok(3));
        let busy = Response {
            failure: vec!["hr is busy".into()],
            exit_code: 6,
            ..result(0)
        };
        assert_eq!(printed(&busy, false, true), "");
        assert_eq!(printed(&busy, true, true).trim(), "[]");
        let error = exit_code(busy).expect_err("failed");
        assert_eq!((error.code, &error.sentences[0][..]), (6, "hr is busy"));
        let mut partly = result(1);
        partly.failure = vec!["the disk is full".into()];
        assert!(printed(&partly, true, true).starts_with("[\n"));
        assert!(exit_code(partly).is_err());
    }
}
