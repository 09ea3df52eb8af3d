//! The whole configuration.

use super::{
    Contact, Daemon, Endpoint, Folder, Identity, Integration, PlanYear, Schedule, Set, SftpServer,
    Site, Window,
};
use serde::Deserialize;
use std::path::PathBuf;

/// A site's configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from, absolute.
    pub file: PathBuf,
    /// The site's folder: where the file lies; absolute.
    pub root: PathBuf,
    /// The first 16 hexadecimal characters of the SHA-256 of the file's bytes.
    pub fingerprint: String,
    /// The site as a whole.
    pub site: Site,
    /// The plan years, in file order; they don't overlap.
    pub plan_years: Vec<PlanYear>,
    /// How an employee is recognised.
    pub identity: Identity,
    /// The integrations, in file order.
    pub integrations: Vec<Integration>,
    /// The integration sets, in file order.
    pub sets: Vec<Set>,
    /// The windows, in file order.
    pub windows: Vec<Window>,
    /// The schedules, in file order.
    pub schedules: Vec<Schedule>,
    /// The SFTP servers of others, in file order.
    pub endpoints: Vec<Endpoint>,
    /// The SFTP server of ours in front of the folders.
    pub sftp_server: SftpServer,
    /// How the daemon works.
    pub daemon: Daemon,
    /// The Technical Contact.
    pub contact: Option<Contact>,
}

/// What the file itself says.
#[derive(Deserialize)]
pub(in crate::config) struct Parts {
    pub(in crate::config) site: Site,
    #[serde(rename = "plan_year")]
    pub(in crate::config) plan_years: Vec<PlanYear>,
    pub(in crate::config) identity: Identity,
    #[serde(rename = "integration")]
    pub(in crate::config) integrations: Vec<Integration>,
    #[serde(rename = "set")]
    pub(in crate::config) sets: Vec<Set>,
    #[serde(rename = "window")]
    pub(in crate::config) windows: Vec<Window>,
    #[serde(rename = "schedule")]
    pub(in crate::config) schedules: Vec<Schedule>,
    #[serde(rename = "endpoint")]
    pub(in crate::config) endpoints: Vec<Endpoint>,
    pub(in crate::config) sftp_server: SftpServer,
    pub(in crate::config) daemon: Daemon,
    pub(in crate::config) contact: Option<Contact>,
}

impl Config {
    pub(in crate::config) fn new(
        parts: Parts,
        file: PathBuf,
        root: PathBuf,
        fingerprint: String,
    ) -> Config {
        Config {
            file,
            root,
            fingerprint,
            site: parts.site,
            plan_years: parts.plan_years,
            identity: parts.identity,
            integrations: parts.integrations,
            sets: parts.sets,
            windows: parts.windows,
            schedules: parts.schedules,
            endpoints: parts.endpoints,
            sftp_server: parts.sftp_server,
            daemon: parts.daemon,
            contact: parts.contact,
        }
    }

    /// The integration with this name.
    pub fn integration(&self, name: &str) -> Option<&Integration> {
        self.integrations.iter().find(|i| i.name == name)
    }

    /// The integration set with this name.
    pub fn set(&self, name: &str) -> Option<&Set> {
        self.sets.iter().find(|s| s.name == name)
    }

    /// Whether a schedule expects a file for this integration or set: one that runs it, or a set it belongs to.
    pub fn expects_file(&self, name: &str) -> bool {
        self.schedules.iter().filter(|s| s.expect_file).any(|s| {
            s.run == name
                || self
                    .set(&s.run)
                    .is_some_and(|set| set.integrations.iter().any(|member| member == name))
        })
    }

    /// A folder of an integration: where the configuration puts it, else its default place in the site.
    pub fn folder(&self, integration: &Integration, folder: Folder) -> PathBuf {
        match integration.folders.configured(folder) {
            Some(elsewhere) => self.root.join(elsewhere),
            None => self.root.join(folder.default_place(&integration.name)),
        }
    }

    /// Claimed source files and unpublished outputs; never visible to SFTP accounts.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// The ledger, the lock and the key for SSN hashes.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }
}
