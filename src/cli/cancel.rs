//! `feedgate cancel NUMBER`: a run asked for at a later time is taken back.

use super::{Context, Stop, arguments::reason};
use clap::Args;
use serde_json::json;
use std::io::Write;

/// Arguments of `cancel`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The number of the one-off run, as `feedgate status` shows it.
    #[arg(value_name = "NUMBER")]
    number: i64,
    /// Why; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let number = arguments.number;
    let mut ledger = site.ledger()?;
    let one_offs = ledger.one_offs()?;
    let name = one_offs.into_iter().find(|o| o.number == number);
    let why = arguments.why.as_deref();
    let what = why.map_or_else(|| "cancelled".to_owned(), |why| format!("cancelled: {why}"));
    let ended = ledger.end_one_off(number, &what, site.user(), site.now())?;
    let Some(one_off) = name.filter(|_| ended) else {
        return Err(Stop::usage(format!(
            "there is no one-off run {number}; `feedgate status` lists those that wait"
        )));
    };
    site.ring();
    if context.json {
        context
            .out
            .json(&json!({"one_off": number, "name": one_off.name, "status": "cancelled"}))?;
        return Ok(0);
    }
    writeln!(
        context.out,
        "Cancelled: one-off {number}, {} at {}.",
        one_off.name,
        one_off.at.format("%Y-%m-%d %H:%M")
    )?;
    Ok(0)
}
