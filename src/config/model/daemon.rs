//! The daemon.

use super::duration;
use serde::Deserialize;
use std::time::Duration;

/// How the daemon works.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Daemon {
    /// Integrations that run at the same time.
    pub workers: usize,
    /// Longest time between two looks into an inbound folder.
    #[serde(deserialize_with = "duration::deserialize")]
    pub scan_interval: Duration,
    /// Time to finish the files at work when told to stop.
    #[serde(deserialize_with = "duration::deserialize")]
    pub stop_within: Duration,
    /// Free room on the site's disk (MiB) below which no file is taken.
    pub min_free_mib: u64,
    /// How the daemon's lines on standard error are written.
    pub log: LogForm,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}
