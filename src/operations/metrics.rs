//! What monitors ask for. No name of a file or a person, and no value of a record.

use super::error::Result;
use super::integration_list::LookEntry;
use super::open_items::{OpenItems, open_items_of};
use crate::config::Integration;
use crate::ledger::{EndpointState, Ledger, SECONDS, Tallied};
use crate::site::Site;
use crate::spool::arrivals_in;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// What monitors ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metrics {
    /// Of the configuration, and those that only have a past.
    pub(crate) integrations: Vec<IntegrationMetrics>,
    pub(crate) endpoints: Vec<EndpointMetrics>,
    /// Messages to people that wait, and the age of the oldest in seconds.
    pub(crate) messages: Backlog,
    /// Of the ledger and its log.
    pub(crate) ledger_bytes: u64,
    /// Whether a daemon runs.
    pub(crate) daemon_runs: bool,
}

/// What monitors ask of an integration. Counts never get smaller, also where runs are purged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IntegrationMetrics {
    pub(crate) name: String,
    /// By the status that they ended with; one that was held counts as Held and as what it became.
    pub(crate) runs: BTreeMap<String, u64>,
    /// Records by their bucket.
    pub(crate) records: BTreeMap<String, u64>,
    /// Findings by their code.
    pub(crate) findings: BTreeMap<String, u64>,
    pub(crate) durations: Durations,
    pub(crate) open: OpenItems,
    /// Files in the queue.
    pub(crate) queue: Backlog,
    /// Seconds since the daemon of this process listed its inbound folder.
    pub(crate) look_age: Option<i64>,
}

/// How long runs took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Durations {
    /// Upper bounds in seconds, and how many runs took no longer; the last bound stands for any time.
    pub(crate) buckets: Vec<(u32, u64)>,
    pub(crate) seconds: u64,
}

/// How much waits, and since how many seconds the oldest of it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backlog {
    pub(crate) count: usize,
    pub(crate) oldest_age: Option<i64>,
}

/// What monitors ask of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointMetrics {
    pub(crate) name: String,
    /// `None`: it was not tried yet.
    pub(crate) state: Option<EndpointState>,
    /// Files that are not sent yet.
    pub(crate) outbox: Backlog,
}

/// What monitors ask for.
///
/// # Errors
/// The ledger or a queue can't be read.
pub(crate) fn metrics(site: &Site) -> Result<Metrics> {
    let ledger = site.ledger_for_reading()?;
    let mut names: Vec<String> = site
        .config
        .integrations
        .iter()
        .map(|i| i.name.clone())
        .collect();
    let past = ledger.tallied_integrations()?.into_iter();
    names.extend(past.filter(|name| site.config.integration(name).is_none()));
    let integrations = names
        .into_iter()
        .map(|name| integration(site, &*ledger, name));
    let endpoints = site.config.endpoints.iter();
    let endpoints = endpoints.map(|endpoint| endpoint_metrics(site, &*ledger, &endpoint.name));
    let waiting = ledger.waiting_messages()?;
    let waiting = waiting.iter().map(|message| message.content.at.to_utc());
    Ok(Metrics {
        integrations: integrations.collect::<Result<_>>()?,
        endpoints: endpoints.collect::<Result<_>>()?,
        messages: Backlog::of(site, waiting),
        ledger_bytes: ledger_bytes(site),
        daemon_runs: site.daemon_runs()?,
    })
}

fn integration(site: &Site, ledger: &dyn Ledger, name: String) -> Result<IntegrationMetrics> {
    let mut metrics = IntegrationMetrics {
        open: open_items_of(site, ledger, &name)?,
        look_age: LookEntry::of(site, &name).seconds_ago,
        ..IntegrationMetrics::default()
    };
    if let Some(integration) = site.config.integration(&name) {
        metrics.queue = queue(site, ledger, integration)?;
    }
    let mut times: BTreeMap<u32, u64> = SECONDS.iter().map(|bound| (*bound, 0)).collect();
    for tally in ledger.tallies(&name, None)? {
        let count = tally.count.cast_unsigned();
        let of = match tally.what {
            Tallied::Status => &mut metrics.runs,
            Tallied::Records => &mut metrics.records,
            Tallied::Findings => &mut metrics.findings,
            Tallied::Time => {
                metrics.durations.seconds = count;
                continue;
            }
            Tallied::Seconds => {
                if let Some(bound) = tally.word.parse().ok().and_then(|b| times.get_mut(&b)) {
                    *bound = count;
                }
                continue;
            }
            Tallied::Employee | Tallied::Employer => continue,
        };
        of.insert(tally.word, count);
    }
    let mut no_longer = 0;
    metrics.durations.buckets = times
        .into_iter()
        .map(|(bound, count)| {
            no_longer += count;
            (bound, no_longer)
        })
        .collect();
    metrics.name = name;
    Ok(metrics)
}

fn queue(site: &Site, ledger: &dyn Ledger, integration: &Integration) -> Result<Backlog> {
    let arrivals = arrivals_in(&site.queue(integration))?;
    let oldest = match arrivals.first() {
        Some((arrival, _)) => ledger.arrival(arrival)?,
        None => None,
    };
    let age = oldest.map(|row| age(site, row.at.to_utc()));
    Ok(Backlog {
        count: arrivals.len(),
        oldest_age: age,
    })
}

fn endpoint_metrics(site: &Site, ledger: &dyn Ledger, name: &str) -> Result<EndpointMetrics> {
    let row = ledger.endpoint(name)?;
    let outbox = ledger.outbox(name)?;
    Ok(EndpointMetrics {
        name: name.to_owned(),
        state: row.map(|row| row.state),
        outbox: Backlog::of(site, outbox.iter().map(|file| file.at)),
    })
}

impl Backlog {
    fn of(site: &Site, since: impl ExactSizeIterator<Item = DateTime<Utc>>) -> Backlog {
        Backlog {
            count: since.len(),
            oldest_age: since.min().map(|oldest| age(site, oldest)),
        }
    }
}

fn age(site: &Site, since: DateTime<Utc>) -> i64 {
    (site.now().to_utc() - since).num_seconds().max(0)
}

fn ledger_bytes(site: &Site) -> u64 {
    let path = site.ledger_path();
    let log = path.with_extension("db-wal");
    let size = |path| std::fs::metadata(path).map_or(0, |about| about.len());
    size(path) + size(log)
}
