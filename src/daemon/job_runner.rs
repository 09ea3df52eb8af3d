//! Runs one job on its worker thread.

use super::inbound_view::InboundView;
use super::job::{Job, JobOutcome, SCHEDULER, StopFlags, Work};
use super::log::Logged;
use crate::operations::in_process::{Noting, Response, perform, run_from};
use crate::run::{RunRequest, purge};
use crate::site::Site;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// After this time a worker leaves the files that still wait, so that other integrations get their turn.
const TURN: Duration = Duration::from_secs(1);

pub(super) fn run_job(
    site: &Site,
    job: &Job,
    inbound: &InboundView,
    flags: StopFlags,
) -> JobOutcome {
    let takes_files = matches!(job.work, Work::TakeFiles(_));
    let observer = Logged {
        turn: takes_files.then_some(TURN),
        began: OnceLock::new(),
        flags,
        told: Arc::clone(&job.told),
        quiet: takes_files,
    };
    let request = |unattended| RunRequest {
        name: job.name.clone(),
        unattended,
        ..RunRequest::default()
    };
    match &job.work {
        Work::TakeFiles(scan) => {
            let site = site.for_user(SCHEDULER);
            let inbound = inbound.with_scan(&job.name, scan);
            JobOutcome::Ran(run_from(&site, &request(true), &inbound, &observer))
        }
        Work::Scheduled { .. } => {
            let site = site.for_user(SCHEDULER);
            JobOutcome::Ran(run_from(&site, &request(true), inbound, &observer))
        }
        Work::OneTime { user, request, .. } => {
            let site = site.for_user(user);
            JobOutcome::Ran(run_from(&site, request, inbound, &observer))
        }
        Work::Command { user, command, .. } => {
            let site = site.for_user(user);
            let noting = Noting::new(&observer);
            let ended = perform(&site, command, &noting);
            JobOutcome::Responded(Response::of(ended, noting.into_notes()))
        }
        Work::Purge => JobOutcome::Purged(purge(&site.for_user(SCHEDULER))),
    }
}
