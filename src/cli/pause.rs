//! `feedgate pause NAME`: unattended runs stop, and files wait.

use super::arguments::reason;
use super::moment::{Typed, day_or_time};
use super::{Context, Stop};
use crate::ledger::Pause;
use crate::run::Site;
use chrono::{DateTime, FixedOffset, SecondsFormat};
use clap::Args;
use serde_json::{Value, json};
use std::io::Write;

/// The word for all integrations.
pub(super) const ALL: &str = "all";

/// Arguments of `pause`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The integration, or `all`.
    #[arg(value_name = "NAME")]
    name: String,
    /// When it ends by itself, on the site's clock: 2026-12-01, 2026-12-01T06:00, or 06:00 for the next time it is 6.
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    until: Option<Typed>,
    /// Why; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: Option<String>,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let name = paused_name(&site, &arguments.name)?;
    let until = arguments.until.map(|t| t.moment(&site));
    if let Some(until) = until {
        must_come(until, &site)?;
    }
    let pause = Pause {
        name,
        since: site.now(),
        user: site.user().to_owned(),
        why: arguments.why,
        until,
    };
    site.ledger()?.pause(&pause)?;
    site.ring();
    if context.json {
        context.out.json(&object(&pause))?;
        return Ok(0);
    }
    let what = arguments.name;
    let end = match pause.until {
        Some(until) => format!("until {}", until.format("%Y-%m-%d %H:%M")),
        None => format!("until `feedgate resume {what}`"),
    };
    writeln!(
        context.out,
        "Paused: {what}, {end}. Files wait; a run by hand (`feedgate run`) still takes them."
    )?;
    Ok(0)
}

/// The integration that a name means; `None` for all of them.
pub(super) fn paused_name(site: &Site, name: &str) -> Result<Option<String>, Stop> {
    if name == ALL {
        return Ok(None);
    }
    if site.config.integration(name).is_some() {
        return Ok(Some(name.to_owned()));
    }
    if let Some(set) = site.config.set(name) {
        return Err(Stop::usage(format!(
            "`{name}` is a set; name its integrations one by one: {}",
            set.integrations.join(", ")
        )));
    }
    let known: Vec<&str> = site.config.integrations.iter().map(|i| &*i.name).collect();
    Err(Stop::usage(format!(
        "there is no integration `{name}`; the configuration has {}, and `all` means all of them",
        known.join(", ")
    )))
}

/// A time that has passed is a mistake.
pub(super) fn must_come(at: DateTime<FixedOffset>, site: &Site) -> Result<(), Stop> {
    let now = site.now();
    if at > now {
        return Ok(());
    }
    Err(Stop::usage(format!(
        "{} has passed; on the site's clock it is {}",
        at.format("%Y-%m-%d %H:%M"),
        now.format("%Y-%m-%d %H:%M")
    )))
}

/// A pause for machines.
pub(super) fn object(pause: &Pause) -> Value {
    let text = |at: DateTime<FixedOffset>| at.to_rfc3339_opts(SecondsFormat::Secs, false);
    json!({
        "name": pause.name.as_deref().unwrap_or(ALL), "since": text(pause.since), "user": pause.user,
        "why": pause.why, "until": pause.until.map(text),
    })
}
