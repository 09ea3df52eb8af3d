//! `feedgate transfer [ENDPOINT]…`: fetches and sends now what is due, without waiting for the daemon.

use super::out::say;
use super::trust::find;
use super::{Context, Stop};
use crate::config::Endpoint;
use crate::run::{RunError, Site, Watch};
use crate::transfer::{Courier, Round, place};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a file that may still be uploaded is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether a daemon has ended its round.
const PAUSE: Duration = Duration::from_millis(100);

/// Arguments of `transfer`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The endpoints; without any, all.
    #[arg(value_name = "ENDPOINT")]
    endpoints: Vec<String>,
    /// Wait while the daemon, or another command, is at the endpoint; else the command ends as busy.
    #[arg(long)]
    wait: bool,
}

/// Nobody stops a command but with Ctrl-C, which loses nothing.
struct Patient;

impl Watch for Patient {}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = Arc::new(context.own_site()?);
    let endpoints: Vec<&Endpoint> = match &arguments.endpoints[..] {
        [] => site.config.endpoints.iter().collect(),
        names => names
            .iter()
            .map(|name| find(&site, name))
            .collect::<Result<_, _>>()?,
    };
    if endpoints.is_empty() {
        return Err(Stop::usage(
            "the configuration has no endpoint; `docs/transfer.md` shows how to add one".to_owned(),
        ));
    }
    let (mut code, mut told) = (0, Vec::new());
    for endpoint in endpoints {
        let ended = moved(&site, endpoint, arguments.wait);
        let (ended, round) = match ended {
            Ok(round) => {
                // A daemon that had stopped there goes on at once.
                site.ring();
                (exit_code(&round), round)
            }
            Err(RunError::Busy(why)) => {
                say(format_args!("feedgate: {why}"));
                (6, Round::default())
            }
            Err(error) => {
                say(format_args!("feedgate: {}: {error}", endpoint.name));
                (1, Round::default())
            }
        };
        // A failure says more than a wait.
        code = match (code, ended) {
            (1, _) | (_, 1) => 1,
            (before, now) => before.max(now),
        };
        if context.json {
            told.push(json!({
                "endpoint": endpoint.name, "fetched": round.fetched, "sent": round.sent,
                "arriving": round.arriving, "waiting": round.waiting, "troubles": troubles(&round).collect::<Vec<_>>(),
            }));
            continue;
        }
        print(endpoint, &round, context)?;
    }
    if context.json {
        context.out.json(&told)?;
    }
    Ok(code)
}

/// Rounds until nothing more arrives, or for so long.
fn moved(site: &Arc<Site>, endpoint: &Endpoint, wait: bool) -> Result<Round, RunError> {
    let there = place(&site.config, endpoint, &Arc::default());
    let mut courier = Courier::new(Arc::clone(site), &endpoint.name, there);
    courier.ask();
    let began = Instant::now();
    let mut all = Round::default();
    loop {
        let mut round = match courier.round(&Patient) {
            Err(RunError::Busy(_)) if wait => {
                thread::sleep(PAUSE);
                continue;
            }
            other => other?,
        };
        let left = round.next.map(|next| next - site.now());
        let left = left.and_then(|left| left.to_std().ok()).unwrap_or_default();
        round.fetched += all.fetched;
        round.sent += all.sent;
        all = round;
        if all.arriving == 0 || began.elapsed() + left > PATIENCE {
            return Ok(all);
        }
        thread::sleep(left.max(PAUSE));
    }
}

/// What is wrong, in sentences.
fn troubles(round: &Round) -> impl Iterator<Item = &String> {
    let endpoint = round.stopped.iter().chain(&round.failing);
    endpoint.chain(&round.troubles)
}

fn exit_code(round: &Round) -> u8 {
    if troubles(round).next().is_some() {
        1
    } else if round.arriving + round.waiting > 0 {
        5
    } else {
        0
    }
}

fn print(endpoint: &Endpoint, round: &Round, context: &mut Context<'_>) -> Result<(), Stop> {
    let mut parts = vec![
        format!("{} fetched", round.fetched),
        format!("{} sent", round.sent),
    ];
    for (count, what) in [
        (round.arriving, "still arriving there"),
        (round.waiting, "waiting to be sent"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    writeln!(context.out, "{}: {}", endpoint.name, parts.join(", "))?;
    for trouble in troubles(round) {
        writeln!(context.out, "  {trouble}")?;
    }
    Ok(())
}
