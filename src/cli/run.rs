//! `feedgate run NAME`: an integration or a set, now or at a later time; and `feedgate cancel NUMBER`, which cancels what
//! was to run later.

use super::out::say;
use super::parameters::Flags;
use super::run_commands::give;
use super::value_parsers::{reason, time};
use super::{CliError, Context};
use crate::operations::{self, ClockTime, Command, RunRequest, Site};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The integration or integration set.
    #[arg(value_name = "NAME")]
    name: String,
    /// Take this file instead of what waits in inbound. It stays where it is, unless that is inbound.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Name of the run; the integration's name and the time otherwise.
    #[arg(long, value_name = "NAME")]
    run_name: Option<String>,
    /// Wait for another run of the integration to end instead of exiting with 6.
    #[arg(long)]
    wait: bool,
    /// Exit with 4 if no file is there.
    #[arg(long, conflicts_with = "file")]
    expect_file: bool,
    /// For schedulers: obey pauses, windows and order, and exit with 5 if they keep files waiting.
    #[arg(long)]
    unattended: bool,
    /// Run later, once, on the site's clock: 2026-11-21T06:00, or 06:00 for the next time it is 6.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = ["file", "wait", "unattended", "expect_file"])]
    at: Option<ClockTime>,
    #[command(flatten)]
    parameters: Flags,
}

/// Arguments of `cancel`.
#[derive(Debug, Args)]
pub(super) struct CancelArguments {
    /// The number of the one-off run, as `feedgate status` shows it.
    #[arg(value_name = "NUMBER")]
    number: i64,
    /// Why; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: Option<String>,
}

pub(super) fn run(arguments: RunArguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let at = arguments.at;
    let (site, request) = match asked(arguments, context) {
        Ok(asked) => asked,
        Err(error) => {
            if context.json && at.is_none() {
                context.out.json::<[u8]>(&[])?;
            }
            return Err(error);
        }
    };
    let Some(at) = at else {
        return give(&site, &Command::Run(request), context);
    };
    let stored = operations::run_later(&site, request, at)?;
    if !stored.daemon_runs {
        say(
            "feedgate: no daemon runs on this site; the run needs `feedgate daemon` when its time comes",
        );
    }
    context.show(&stored, |stored, out| {
        let (name, at) = (&stored.name, stored.at.format("%Y-%m-%d %H:%M"));
        let number = stored.one_off;
        Ok(writeln!(
            out,
            "Scheduled: {name} runs at {at} (one-off {number})."
        )?)
    })
}

/// The site and what is to run there.
fn asked(arguments: RunArguments, context: &Context<'_>) -> Result<(Site, RunRequest), CliError> {
    let site = context.own_site()?;
    let request = RunRequest {
        given: arguments.parameters.read(&site)?,
        name: arguments.name,
        file: arguments.file,
        run_name: arguments.run_name,
        wait: arguments.wait,
        unattended: arguments.unattended,
        expect_file: arguments.expect_file,
    };
    Ok((site, request))
}

pub(super) fn cancel(
    arguments: &CancelArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let cancelled = operations::cancel(&site, arguments.number, arguments.why.as_deref())?;
    context.show(&cancelled, |cancelled, out| {
        let (name, at) = (&cancelled.name, cancelled.at.format("%Y-%m-%d %H:%M"));
        let number = cancelled.one_off;
        Ok(writeln!(
            out,
            "Cancelled: one-off {number}, {name} at {at}."
        )?)
    })
}
