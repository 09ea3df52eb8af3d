//! Transfers on request: fetches from an endpoint and sends to it now what is due, without waiting for the daemon.

use super::error::{OperationError, Result};
use crate::config::Endpoint;
use crate::site::{Quiet, RunError, Site};
use crate::transfer::{Courier, Round, place};
use serde::Serialize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for files that may still be being uploaded.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two attempts while another process uses the endpoint.
const PAUSE: Duration = Duration::from_millis(100);

/// What a transfer with one endpoint did.
#[derive(Debug, Serialize)]
pub(crate) struct EndpointTransfer {
    /// Files there that may still be being uploaded.
    pub(crate) arriving: u64,
    pub(crate) endpoint: String,
    pub(crate) fetched: u64,
    pub(crate) sent: u64,
    /// What is wrong, in sentences.
    pub(crate) troubles: Vec<String>,
    /// Files that are not sent yet.
    pub(crate) waiting: u64,
    /// Why nothing could be done at all.
    #[serde(skip)]
    pub(crate) failure: Option<String>,
    /// The exit code of a command that transferred with this endpoint alone.
    #[serde(skip)]
    pub(crate) exit_code: u8,
}

/// The endpoints of these names; without a name, all of them.
///
/// # Errors
/// There is no such endpoint, or none at all.
pub(crate) fn endpoints<'s>(site: &'s Site, names: &[String]) -> Result<Vec<&'s Endpoint>> {
    let endpoints: Vec<&Endpoint> = match names {
        [] => site.config.endpoints.iter().collect(),
        names => names
            .iter()
            .map(|name| endpoint(site, name))
            .collect::<Result<_>>()?,
    };
    if endpoints.is_empty() {
        return Err(OperationError::usage(
            "the configuration has no endpoint; `docs/transfer.md` shows how to add one",
        ));
    }
    Ok(endpoints)
}

/// The endpoint of this name.
///
/// # Errors
/// There is no such endpoint.
pub(crate) fn endpoint<'s>(site: &'s Site, name: &str) -> Result<&'s Endpoint> {
    let endpoints = &site.config.endpoints;
    endpoints.iter().find(|e| e.name == name).ok_or_else(|| {
        let known: Vec<&str> = endpoints.iter().map(|e| e.name.as_str()).collect();
        let known = match &known[..] {
            [] => "the configuration has none".to_owned(),
            known => format!("there is {}", known.join(", ")),
        };
        OperationError::usage(format!("there is no endpoint {name:?}; {known}"))
    })
}

/// Transfers with one endpoint until nothing more arrives there, or for a minute. With `wait` it waits while another
/// process uses the endpoint.
pub(crate) fn transfer(site: &Arc<Site>, endpoint: &Endpoint, wait: bool) -> EndpointTransfer {
    let (round, failure, exit_code) = match rounds(site, endpoint, wait) {
        Ok(round) => {
            // A daemon that had stopped at this endpoint continues at once.
            site.coordination().wake();
            let exit_code = exit_code(&round);
            (round, None, exit_code)
        }
        Err(RunError::Busy(why)) => (Round::default(), Some(why), 6),
        Err(error) => {
            let why = format!("{}: {error}", endpoint.name);
            (Round::default(), Some(why), 1)
        }
    };
    EndpointTransfer {
        arriving: round.arriving,
        endpoint: endpoint.name.clone(),
        fetched: round.fetched,
        sent: round.sent,
        troubles: troubles(&round).cloned().collect(),
        waiting: round.waiting,
        failure,
        exit_code,
    }
}

fn rounds(
    site: &Arc<Site>,
    endpoint: &Endpoint,
    wait: bool,
) -> std::result::Result<Round, RunError> {
    let there = place(&site.config, endpoint, &Arc::default());
    let mut courier = Courier::new(Arc::clone(site), &endpoint.name, there);
    courier.ask();
    let began = Instant::now();
    let mut all = Round::default();
    loop {
        // Only Ctrl-C stops a transfer on request, and loses nothing.
        let mut round = match courier.round(&Quiet) {
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
