//! `feedgate resume NAME`: the end of a pause, now or on a day.

use super::moment::{Typed, day};
use super::out::say;
use super::pause::{must_come, object, paused_name};
use super::{Context, Stop};
use crate::ledger::Pause;
use chrono::{DateTime, FixedOffset, NaiveDate};
use clap::Args;
use serde_json::json;
use std::io::Write;

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The integration, or `all`.
    #[arg(value_name = "NAME")]
    name: String,
    /// The pause goes on until this day begins on the site's clock; without it, it ends at once.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: Option<NaiveDate>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let name = paused_name(&site, &arguments.name)?;
    let from = arguments.from.map(|d| Typed::Day(d).moment(&site));
    if let Some(from) = from {
        must_come(from, &site)?;
    }
    let mut ledger = site.ledger()?;
    let (now, user) = (site.now(), site.user());
    let pauses = ledger.pauses()?;
    let paused = |name: &Option<String>| {
        let mut lasting = pauses.iter().filter(|p| lasts(p, now));
        lasting.find(|p| p.name == *name)
    };
    if let (Some(until), Some(from)) = (paused(&name).and_then(|p| p.until), from)
        && from > until
    {
        return Err(longer(&arguments.name, until));
    }
    let done = match (paused(&name), from) {
        (None, _) => false,
        (Some(_), None) => ledger.resume(name.as_deref(), user, now)?,
        (Some(_), Some(from)) => ledger.resume_from(name.as_deref(), from, user, now)?,
    };
    let what = &arguments.name;
    let others = name.is_some() && paused(&None).is_some();
    let all = "all integrations are paused too: `feedgate resume all` ends that";
    if !done {
        if name.is_none() {
            let one_by_one: Vec<&str> = pauses.iter().filter_map(|p| p.name.as_deref()).collect();
            return Err(Stop::usage(match one_by_one.is_empty() {
                true => "nothing is paused".to_owned(),
                false => format!(
                    "no pause of all integrations is on; paused by name: {}",
                    one_by_one.join(", ")
                ),
            }));
        }
        let more = if others {
            format!("; {all}")
        } else {
            String::new()
        };
        return Err(Stop::usage(format!("{what} is not paused{more}")));
    }
    site.ring();
    if others {
        say(format_args!("feedgate: {all}"));
    }
    if context.json {
        let left = ledger.pauses()?.into_iter().find(|p| p.name == name);
        let ended = json!({"name": what, "pause": left.as_ref().map(object)});
        context.out.json(&ended)?;
        return Ok(0);
    }
    match from {
        Some(from) => writeln!(
            context.out,
            "Resumed: {what}, from {}; until then files wait.",
            from.format("%Y-%m-%d")
        )?,
        None => writeln!(context.out, "Resumed: {what}.")?,
    }
    Ok(0)
}

/// To resume can't make a pause longer.
fn longer(name: &str, until: DateTime<FixedOffset>) -> Stop {
    Stop::usage(format!(
        "the pause of {name} ends by itself at {}, before that day; to lengthen it, `feedgate pause {name} --until TIME`",
        until.format("%Y-%m-%d %H:%M")
    ))
}

/// Whether a pause has not ended by itself.
fn lasts(pause: &Pause, now: DateTime<FixedOffset>) -> bool {
    pause.until.is_none_or(|until| until > now)
}
