//! A job: what a worker does in one go, and what comes of it.

use super::eyes::Eyes;
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
    Attend(Arc<Look>),
    /// Run what a schedule names.
    Fire {
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
    Retire,
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
                (Work::Attend(_), Work::Attend(_)) | (Work::Retire, Work::Retire) => true,
                (
                    Work::Fire {
                        schedule: a, at: s, ..
                    },
                    Work::Fire {
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
pub(super) enum Outcome {
    /// Runs.
    Ran(Result<Ended, RunError>),
    /// An answer for whoever asked.
    Answered(Answer),
    /// Purged.
    Retired(Result<Retired, RunError>),
    /// The worker panicked.
    Broken,
}

/// A job that is done.
pub(super) struct Done {
    /// The job.
    pub(super) job: Job,
    /// What came of it.
    pub(super) outcome: Outcome,
}

/// Does a job.
pub(super) fn perform_job(
    site: &Site,
    job: &Job,
    eyes: &Eyes,
    stopping: &Arc<AtomicBool>,
    giving_up: &Arc<AtomicBool>,
) -> Outcome {
    let turn = match job.work {
        Work::Attend(_) => Some(TURN),
        _ => None,
    };
    let watch = Logged {
        turn,
        began: OnceLock::new(),
        stopping: Arc::clone(stopping),
        giving_up: Arc::clone(giving_up),
        told: Arc::clone(&job.told),
        quiet: matches!(job.work, Work::Attend(_)),
    };
    let request = |unattended| Request {
        name: job.name.clone(),
        unattended,
        ..Request::default()
    };
    match &job.work {
        Work::Attend(look) => {
            let site = site.for_user(SCHEDULER);
            let eyes = eyes.having_seen(&job.name, look);
            Outcome::Ran(run_from(&site, &request(true), &eyes, &watch))
        }
        Work::Fire { .. } => {
            let site = site.for_user(SCHEDULER);
            Outcome::Ran(run_from(&site, &request(true), eyes, &watch))
        }
        Work::OneOff { user, request, .. } => {
            let site = site.for_user(user);
            Outcome::Ran(run_from(&site, request, eyes, &watch))
        }
        Work::Errand { user, errand, .. } => {
            let site = site.for_user(user);
            let noting = Noting::new(&watch);
            let ended = perform(&site, errand, &noting);
            Outcome::Answered(Answer::of(ended, noting.into_notes()))
        }
        Work::Retire => Outcome::Retired(purge(&site.for_user(SCHEDULER))),
    }
}
