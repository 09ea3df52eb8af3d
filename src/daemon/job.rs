//! A job: what a worker does in one go, and what comes of it.

use super::inbound_view::InboundView;
use super::log::{Logged, Told};
use crate::run::{
    Answer, Ended, Errand, Noting, Request, Retired, RunError, Site, perform, purge, run_from,
};
use crate::spool::Look;
use chrono::{DateTime, Utc};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// After this time a worker leaves the files that still wait, so that others get their turn.
const TURN: Duration = Duration::from_secs(1);

/// Who starts runs that nobody asked for.
pub(super) const SCHEDULER: &str = "scheduler";

/// What a worker is to do.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// Take the files that wait for an integration, as a look found them.
    TakeFiles(Arc<Look>),
    /// Run what a schedule names.
    Scheduled {
        /// The schedule.
        schedule: String,
        /// Its time.
        at: DateTime<Utc>,
        /// When it was begun with; later than its time if it was missed.
        since: DateTime<Utc>,
    },
    /// Run what somebody asked to be run at this time.
    OneOff {
        /// Its number in the ledger.
        number: i64,
        /// Who asked.
        user: String,
        /// What for.
        request: Request,
        /// When it was begun with.
        since: DateTime<Utc>,
    },
    /// Do what somebody asks now.
    Errand {
        /// Its number in the ledger.
        number: i64,
        /// Who asks.
        user: String,
        /// What for.
        errand: Errand,
    },
    /// Purge what is too old.
    Purge,
}

/// A job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// What is to be done.
    pub(super) work: Work,
    /// The integration or set it is about; empty for the site as a whole.
    pub(super) name: String,
    /// The integrations that it alone runs meanwhile.
    pub(super) integrations: Vec<String>,
    /// What has been told of it, however often it is tried.
    pub(super) told: Told,
}

impl Job {
    /// Whether it is this job: one integration is in one job at a time, and every other work has a number or a time.
    pub(super) fn is(&self, other: &Job) -> bool {
        self.name == other.name
            && match (&self.work, &other.work) {
                (Work::TakeFiles(_), Work::TakeFiles(_)) | (Work::Purge, Work::Purge) => true,
                (
                    Work::Scheduled {
                        schedule: a, at: s, ..
                    },
                    Work::Scheduled {
                        schedule: b, at: t, ..
                    },
                ) => (a, s) == (b, t),
                (Work::OneOff { number: a, .. }, Work::OneOff { number: b, .. })
                | (Work::Errand { number: a, .. }, Work::Errand { number: b, .. }) => a == b,
                _ => false,
            }
    }
}

/// What came of a job.
pub(super) enum JobOutcome {
    /// Runs.
    Ran(Result<Ended, RunError>),
    /// An answer for whoever asked.
    Answered(Answer),
    /// Purged.
    Purged(Result<Retired, RunError>),
    /// The worker panicked.
    Panicked,
}

/// A job that is done.
pub(super) struct JobDone {
    /// The job.
    pub(super) job: Job,
    /// What came of it.
    pub(super) outcome: JobOutcome,
}

/// Does a job.
pub(super) fn perform_job(
    site: &Site,
    job: &Job,
    inbound: &InboundView,
    stopping: &Arc<AtomicBool>,
    giving_up: &Arc<AtomicBool>,
) -> JobOutcome {
    let turn = match job.work {
        Work::TakeFiles(_) => Some(TURN),
        _ => None,
    };
    let watch = Logged {
        turn,
        began: OnceLock::new(),
        stopping: Arc::clone(stopping),
        giving_up: Arc::clone(giving_up),
        told: Arc::clone(&job.told),
        quiet: matches!(job.work, Work::TakeFiles(_)),
    };
    let request = |unattended| Request {
        name: job.name.clone(),
        unattended,
        ..Request::default()
    };
    match &job.work {
        Work::TakeFiles(look) => {
            let site = site.for_user(SCHEDULER);
            let inbound = inbound.with_scan(&job.name, look);
            JobOutcome::Ran(run_from(&site, &request(true), &inbound, &watch))
        }
        Work::Scheduled { .. } => {
            let site = site.for_user(SCHEDULER);
            JobOutcome::Ran(run_from(&site, &request(true), inbound, &watch))
        }
        Work::OneOff { user, request, .. } => {
            let site = site.for_user(user);
            JobOutcome::Ran(run_from(&site, request, inbound, &watch))
        }
        Work::Errand { user, errand, .. } => {
            let site = site.for_user(user);
            let noting = Noting::new(&watch);
            let ended = perform(&site, errand, &noting);
            JobOutcome::Answered(Answer::of(ended, noting.into_notes()))
        }
        Work::Purge => JobOutcome::Purged(purge(&site.for_user(SCHEDULER))),
    }
}
