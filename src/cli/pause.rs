//! `feedgate pause NAME` and `feedgate resume NAME`.

use super::out::say;
use super::value_parsers::reason;
use super::value_parsers::{day, day_or_time};
use super::{CliError, Context};
use crate::operations::{self, ALL_PAUSED, LocalTime};
use chrono::NaiveDate;
use clap::Args;
use std::io::Write;

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub(super) struct PauseArguments {
    /// The integration, or `all`.
    #[arg(value_name = "NAME")]
    name: String,
    /// When it ends by itself, on the site's clock: 2026-12-01, 2026-12-01T06:00, or 06:00 for the next time it is 6.
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    until: Option<LocalTime>,
    /// Why; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: Option<String>,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub(super) struct ResumeArguments {
    /// The integration, or `all`.
    #[arg(value_name = "NAME")]
    name: String,
    /// Keep the pause until this day begins on the site's clock; by default it ends at once.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: Option<NaiveDate>,
}

pub(super) fn pause(arguments: PauseArguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.site()?;
    let pause = operations::pause(&site, &arguments.name, arguments.until, arguments.why)?;
    if context.json {
        context.out.json(&pause)?;
        return Ok(0);
    }
    let name = pause.name;
    let end = match pause.until {
        Some(until) => format!("until {}", until.format("%Y-%m-%d %H:%M")),
        None => format!("until `feedgate resume {name}`"),
    };
    writeln!(
        context.out,
        "Paused: {name}, {end}. Files wait; a run by hand (`feedgate run`) still takes them."
    )?;
    Ok(0)
}

pub(super) fn resume(
    arguments: &ResumeArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let site = context.site()?;
    let resumed = operations::resume(&site, &arguments.name, arguments.from)?;
    if resumed.all_paused {
        say(format_args!("feedgate: {ALL_PAUSED}"));
    }
    if context.json {
        context.out.json(&resumed)?;
        return Ok(0);
    }
    let name = resumed.name;
    match resumed.pause.and_then(|pause| pause.until) {
        Some(from) => writeln!(
            context.out,
            "Resumed: {name}, from {}; until then files wait.",
            from.format("%Y-%m-%d")
        )?,
        None => writeln!(context.out, "Resumed: {name}.")?,
    }
    Ok(0)
}
