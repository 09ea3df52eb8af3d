//! Runs one job on its worker thread.

use super::inbound_view::InboundView;
use super::job::{Job, JobOutcome, SCHEDULER, Work};
use super::log::Logged;
use crate::operations::in_process::{Noting, Response, perform, run_from};
use crate::run::{RunRequest, purge};
use crate::site::Site;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// After this time a worker leaves the files that still wait, so that other integrations get their turn.
const TURN: Duration = Duration::from_secs(1);

/// Runs a job to its outcome.
pub(super) fn run_job(
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
    let request = |unattended| RunRequest {
        name: job.name.clone(),
        unattended,
        ..RunRequest::default()
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
        Work::OneTime { user, request, .. } => {
            let site = site.for_user(user);
            JobOutcome::Ran(run_from(&site, request, inbound, &watch))
        }
        Work::Command { user, command, .. } => {
            let site = site.for_user(user);
            let noting = Noting::new(&watch);
            let ended = perform(&site, command, &noting);
            JobOutcome::Responded(Response::of(ended, noting.into_notes()))
        }
        Work::Purge => JobOutcome::Purged(purge(&site.for_user(SCHEDULER))),
    }
}
