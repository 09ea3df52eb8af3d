//! `feedgate run NAME --at TIME`: a run that waits for its time.

use super::moment::Typed;
use super::out::say;
use super::pause::must_come;
use super::{Context, Stop};
use crate::ledger::OneOff;
use crate::run::{self, Errand, Request, Site};
use chrono::SecondsFormat;
use serde_json::json;
use std::io::Write;

/// Stores a one-off run for the daemon.
pub(super) fn store(
    site: &Site,
    request: Request,
    at: Typed,
    context: &mut Context<'_>,
) -> Result<u8, Stop> {
    let at = at.moment(site);
    must_come(at, site)?;
    run::check(site, &request, at.date_naive())?;
    let name = request.name.clone();
    let body = Errand::Run(request).written();
    let body =
        body.ok_or_else(|| Stop::usage("the request can't be written down; use plain text"))?;
    let mut one_off = OneOff {
        number: 0,
        name,
        at,
        user: site.user().to_owned(),
        body,
        asked: site.now(),
    };
    one_off.number = site.ledger()?.add_one_off(&one_off)?;
    site.ring();
    if !site.daemon_runs()? {
        say(
            "feedgate: no daemon runs on this site; the run needs `feedgate daemon` when its time comes",
        );
    }
    let OneOff {
        number, name, user, ..
    } = &one_off;
    if context.json {
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, false);
        context.out.json(&json!({
            "one_off": number, "name": name, "at": at, "user": user, "status": "Scheduled",
        }))?;
        return Ok(0);
    }
    writeln!(
        context.out,
        "Scheduled: {name} runs at {} (one-off {number}).",
        at.format("%Y-%m-%d %H:%M")
    )?;
    Ok(0)
}
