//! `feedgate pause NAME` and `feedgate resume NAME`.

use super::out::say;
use super::value_parsers::{day, day_or_time, reason};
use super::{CliError, Context};
use crate::operations::{self, ALL_PAUSED, ClockTime};
use chrono::NaiveDate;
use clap::Args;
use std::io::Write;

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub(super) struct PauseArguments {
    /// The integration, a set for each of its integrations, or `all`.
    #[arg(value_name = "NAME")]
    name: String,
    /// When it ends by itself, on the site's clock: 2026-12-01, 2026-12-01T06:00, or 06:00 for the next time it is 6.
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    until: Option<ClockTime>,
    /// Why; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: Option<String>,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub(super) struct ResumeArguments {
    /// The integration, a set for each of its integrations, or `all`.
    #[arg(value_name = "NAME")]
    name: String,
    /// Keep the pause until this day begins on the site's clock; by default it ends at once.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: Option<NaiveDate>,
}

pub(super) fn pause(arguments: &PauseArguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let paused = operations::pause(
        &site,
        &arguments.name,
        arguments.until,
        arguments.why.as_deref(),
    )?;
    context.show(&paused, |paused, out| {
        for pause in paused.all() {
            let name = &pause.name;
            let end = match pause.until {
                Some(until) => until.format("%Y-%m-%d %H:%M").to_string(),
                None => format!("`feedgate resume {name}`"),
            };
            writeln!(
                out,
                "Paused: {name}, until {end}. Files wait; a run by hand (`feedgate run`) still takes them."
            )?;
        }
        Ok(())
    })
}

pub(super) fn resume(
    arguments: &ResumeArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let resumed = operations::resume(&context.own_site()?, &arguments.name, arguments.from)?;
    if resumed.all().iter().any(|resumed| resumed.all_paused) {
        say(format_args!("feedgate: {ALL_PAUSED}"));
    }
    context.show(&resumed, |resumed, out| {
        for resumed in resumed.all() {
            let until = resumed.pause.as_ref().and_then(|pause| pause.until);
            let from = until.map(|from| {
                let day = from.format("%Y-%m-%d");
                format!(", from {day}; until then files wait")
            });
            let from = from.unwrap_or_default();
            writeln!(out, "Resumed: {}{from}.", resumed.name)?;
        }
        Ok(())
    })
}
