//! The status of a site: what runs, what is held, and why each waiting file waits. Writes nothing and waits for
//! nothing.

mod endpoints;
mod files;
mod integration;
mod one_time_runs;
mod viewpoint;

pub(crate) use endpoints::EndpointNow;
pub use files::WaitingFile;
pub use integration::IntegrationNow;
pub(crate) use integration::{HeldRun, LastRun};
pub(crate) use one_time_runs::OneOffNow;
pub(crate) use viewpoint::{RunNow, to_the_second, to_the_second_if_any};

use crate::config::Integration;
use crate::site::{
    DAEMON, OrphanedFolder, OrphanedRun, Result, Site, orphaned_folders, orphaned_runs,
};
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use viewpoint::Viewpoint;

/// What to say of a daemon that has not read the configuration file again since it was changed.
pub(crate) const OLDER_CONFIGURATION: &str = "runs on an older configuration than the file holds now; this tells of the new one, and the daemon goes by it after a reload (`systemctl reload feedgate`, or SIGHUP)";

/// The status of a site.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// Now, on the site's clock.
    #[serde(serialize_with = "to_the_second")]
    pub time: DateTime<FixedOffset>,
    pub daemon: DaemonNow,
    /// Why only what the ledger knows is told: the configuration has mistakes.
    pub configuration_unsure: Option<String>,
    /// Why no file is taken unless a user asks: the disk is too full.
    pub room: Option<String>,
    /// The integrations, in the order of the configuration.
    pub integrations: Vec<IntegrationNow>,
    /// The endpoints, in the order of the configuration; none where one name was asked for.
    pub endpoints: Vec<EndpointNow>,
    /// Runs asked for at a later time, by their time.
    pub one_offs: Vec<OneOffNow>,
    /// Runs that wait for an integration which left the configuration, oldest first; none where one name was asked for.
    pub left_behind: Vec<OrphanedRun>,
    /// Folders with files that no integration of the configuration has; none where one name was asked for.
    pub orphaned_folders: Vec<OrphanedFolder>,
}

/// Whether a daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DaemonNow {
    pub running: bool,
    pub process: Option<u32>,
    /// Whether it runs on another configuration than the file holds now: it was changed and not read again.
    pub older_configuration: bool,
}

/// Runs asked for at a later time, by their time.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn status_of_one_offs(site: &Site) -> Result<Vec<OneOffNow>> {
    one_time_runs::one_offs(&Viewpoint::new(site, 0)?, None)
}

/// The status of a site, or of one integration or set. At most `limit` files, refused entries and held runs of each
/// integration are listed; the rest is counted.
///
/// # Errors
/// There is no integration or set of this name; the ledger or the key can't be read. A folder that can't be listed is no
/// error: it is reported as unknown.
pub fn overview(site: &Site, name: Option<&str>, limit: usize) -> Result<Overview> {
    let wanted: Vec<&Integration> = match name {
        Some(name) => site.members(name)?,
        None => site.config.integrations.iter().collect(),
    };
    let view = Viewpoint::new(site, limit)?;
    let integrations = wanted.iter().map(|i| integration::integration(&view, i));
    Ok(Overview {
        time: site.now(),
        daemon: DaemonNow {
            running: view.daemon,
            process: view
                .daemon
                .then(|| site.coordination().holder(DAEMON))
                .flatten(),
            older_configuration: view.daemon && site.daemon_is_elsewhere(),
        },
        configuration_unsure: site.config.unsure(),
        room: view.disk_full.as_ref().map(ToString::to_string),
        integrations: integrations.collect::<Result<_>>()?,
        endpoints: match name {
            Some(_) => Vec::new(),
            None => endpoints::endpoints(&view)?,
        },
        one_offs: one_time_runs::one_offs(&view, name.map(|_| wanted.as_slice()))?,
        left_behind: match name {
            Some(_) => Vec::new(),
            None => orphaned_runs(site, &*view.ledger)?,
        },
        orphaned_folders: match name {
            Some(_) => Vec::new(),
            None => orphaned_folders(&site.config),
        },
    })
}
