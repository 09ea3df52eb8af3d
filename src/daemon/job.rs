//! A job, the unit of work of one worker thread, and its outcome.

use crate::operations::in_process::{BatchResult, Response};
use crate::run::{Command, Retired, RunRequest};
use crate::site::RunError;
use crate::spool::InboundScan;
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The user name of runs that start unattended.
pub(super) const SCHEDULER: &str = "scheduler";

#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Take the files that a scan found waiting for an integration.
    TakeFiles(Arc<InboundScan>),
    Scheduled {
        schedule: String,
        at: DateTime<Utc>,
        /// When the job was queued; later than `at` if the run was missed.
        since: DateTime<Utc>,
    },
    /// Run what was requested for this time.
    OneTime {
        /// Its number in the ledger.
        number: i64,
        user: String,
        request: RunRequest,
        /// When the job was queued.
        since: DateTime<Utc>,
    },
    /// Carry out a command that another process handed over.
    Command {
        /// The number of its request in the ledger.
        number: i64,
        user: String,
        command: Command,
    },
    /// Delete what is older than its retention.
    Purge,
    /// Bring the indexes by which employees are found a step nearer to the rosters.
    ExtendIndexes,
}

#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    /// The integration or set; empty for the site as a whole.
    pub(super) name: String,
    /// The integrations that no other job may run meanwhile.
    pub(super) integrations: Vec<String>,
    /// What has been logged about it; kept over retries.
    pub(super) told: Told,
    /// Not started before this moment.
    pub(super) not_before: Option<Instant>,
    /// While it waits: the moment at which its requester is told that the integration is busy.
    pub(super) patience: Option<Instant>,
}

/// Sentences that were logged and are not repeated.
pub(super) type Told = Arc<Mutex<HashSet<String>>>;

/// How far the daemon is told to end, shared by its threads.
#[derive(Clone, Debug, Default)]
pub(super) struct StopFlags {
    /// No work is begun any more.
    pub(super) stopping: Arc<AtomicBool>,
    /// Runs that have not committed are cancelled.
    pub(super) giving_up: Arc<AtomicBool>,
}

impl StopFlags {
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(super) fn gives_up(&self) -> bool {
        self.giving_up.load(Ordering::Relaxed)
    }
}

impl Job {
    pub(super) fn new(work: Work, name: String, integrations: Vec<String>) -> Job {
        Job {
            work,
            name,
            integrations,
            told: Told::default(),
            not_before: None,
            patience: None,
        }
    }

    /// Whether both are the same job: an integration is in one job at a time, and other work has a number or a time.
    pub(super) fn is(&self, other: &Job) -> bool {
        self.name == other.name
            && match (&self.work, &other.work) {
                (Work::TakeFiles(_), Work::TakeFiles(_))
                | (Work::Purge, Work::Purge)
                | (Work::ExtendIndexes, Work::ExtendIndexes) => true,
                (
                    Work::Scheduled {
                        schedule: a, at, ..
                    },
                    Work::Scheduled {
                        schedule: b, at: t, ..
                    },
                ) => (a, at) == (b, t),
                (Work::OneTime { number: a, .. }, Work::OneTime { number: b, .. })
                | (Work::Command { number: a, .. }, Work::Command { number: b, .. }) => a == b,
                _ => false,
            }
    }
}

pub(super) enum JobOutcome {
    Ran(Result<BatchResult, RunError>),
    Responded(Response),
    Purged(Result<Retired, RunError>),
    /// Whether there is more to do.
    Extended(Result<bool, RunError>),
    Panicked,
}

pub(super) struct JobDone {
    pub(super) job: Job,
    pub(super) outcome: JobOutcome,
}
