//! How a site stands now: what runs, what is held, and why each waiting file waits. Writes nothing and waits for nothing.

mod endpoints;
mod files;
mod integration;
mod one_offs;

pub(crate) use endpoints::EndpointNow;
pub use files::WaitingFile;
pub use integration::IntegrationNow;
pub(crate) use integration::{HeldRun, LastRun, RunNow};
pub(crate) use one_offs::OneOffNow;
use one_offs::Stored;

use super::error::Result;
use super::left::{LeftRun, left_behind};
use super::order;
use super::request::members;
use super::site::Site;
use crate::config::Integration;
use crate::ledger::{Ledger, Pause};
use crate::spool::{self, Lock};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::{Serialize, Serializer};

/// How a site stands now.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// Now, on the site's clock.
    #[serde(serialize_with = "to_the_second")]
    pub time: DateTime<FixedOffset>,
    /// The daemon.
    pub daemon: DaemonNow,
    /// Why no file is taken at all unless a person asks: the disk is too full.
    pub room: Option<String>,
    /// The integrations, in the order of the configuration.
    pub integrations: Vec<IntegrationNow>,
    /// The endpoints, in the order of the configuration; none where one name was asked for.
    pub endpoints: Vec<EndpointNow>,
    /// Runs asked for at a later time, by their time.
    pub one_offs: Vec<OneOffNow>,
    /// Runs that wait for an integration which left the configuration, oldest first; none where one name was asked for.
    pub left_behind: Vec<LeftRun>,
}

/// Whether a daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DaemonNow {
    /// Whether one runs.
    pub running: bool,
    /// Its process.
    pub process: Option<u32>,
    /// Whether it runs on another configuration than the file holds now: it was changed and not read again.
    pub older_configuration: bool,
}

/// What all integrations are looked at with.
struct Viewpoint<'a> {
    site: &'a Site,
    ledger: &'a Ledger,
    pauses: Vec<Pause>,
    daemon: bool,
    /// Whether all workers of the daemon are at work.
    busy: bool,
    full: Option<order::Wait>,
    one_offs: Vec<Stored>,
    /// At most so many files and held runs of each integration are listed.
    limit: usize,
}

/// How a site, or one integration or set of it, stands now. At most `limit` files, refused entries and held runs of each
/// integration are listed; the rest is counted.
///
/// # Errors
/// There is no integration or set of this name; the ledger or the key can't be read. A folder that can't be looked into
/// is no error: it is told as unknown.
pub fn overview(site: &Site, name: Option<&str>, limit: usize) -> Result<Overview> {
    let wanted: Vec<&Integration> = match name {
        Some(name) => members(site, name)?,
        None => site.config.integrations.iter().collect(),
    };
    let ledger = Ledger::open_read_only(&site.ledger_path())?;
    let running = site.daemon_runs()?;
    let mut at_work = 0;
    for integration in &site.config.integrations {
        at_work += integration::runs_now(site, &ledger, integration)?
            .iter()
            .filter(|run| run.at_work)
            .count();
    }
    let view = Viewpoint {
        site,
        ledger: &ledger,
        pauses: ledger.pauses()?,
        daemon: running,
        busy: running && at_work >= site.config.daemon.workers,
        full: order::room(site)?,
        one_offs: one_offs::stored(site, &ledger)?,
        limit,
    };
    let integrations = wanted.iter().map(|i| view.integration(i));
    Ok(Overview {
        time: site.now(),
        daemon: DaemonNow {
            running,
            process: running.then(|| Lock::holder(&site.daemon_lock())).flatten(),
            older_configuration: running && site.daemon_is_elsewhere(),
        },
        room: view.full.as_ref().map(ToString::to_string),
        integrations: integrations.collect::<Result<_>>()?,
        endpoints: match name {
            Some(_) => Vec::new(),
            None => view.endpoints()?,
        },
        one_offs: view.one_offs(name.map(|_| wanted.as_slice()))?,
        left_behind: match name {
            Some(_) => Vec::new(),
            None => left_behind(site, &ledger)?,
        },
    })
}

fn to_the_second<S: Serializer>(
    moment: &DateTime<FixedOffset>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, false))
}

fn to_the_second_if_any<S: Serializer>(
    moment: &Option<DateTime<FixedOffset>>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => to_the_second(moment, to),
        None => to.serialize_none(),
    }
}

/// A key that reads what has been written with it, or any key: on a site without one nothing was written yet.
fn key(site: &Site) -> Result<crate::domain::SiteKey> {
    Ok(match spool::read_key(&site.config.state())? {
        Some(key) => key,
        None => spool::random_key()?,
    })
}
