//! What a finished job changes: what is recorded, who gets a response, and which files may be tried now.

use super::coordinator::{Coordinator, PendingJob};
use super::integration_state::TRY_AGAIN;
use super::job::{Job, JobDone, JobOutcome, SCHEDULER, Work};
use super::on_clock::{mark_done, one_time_run_ended, scheduled_run_done};
use super::on_request::respond;
use crate::ledger::EventAction;
use crate::operations::in_process::{BatchResult, Response};
use crate::run::Retired;
use crate::site::{Result, RunError};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long due work waits for files that are being uploaded.
const UPLOADS_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// Time between two tries while uploads are in progress.
const UPLOAD_PAUSE: Duration = Duration::from_secs(1);

/// Handles a finished job.
pub(super) fn on_job_done(coordinator: &mut Coordinator, done: JobDone) -> Result<()> {
    let JobDone { job, outcome } = done;
    if let Some(place) = coordinator.active.iter().position(|a| a.is(&job)) {
        coordinator.active.remove(place);
    }
    for name in &job.integrations {
        // A command that failed or a process that was killed may have left a run to finish.
        let unfinished = coordinator
            .ledger
            .unfinished(name)
            .map(|runs| !runs.is_empty());
        if let Some(state) = coordinator.states.get_mut(name) {
            state.ended(unfinished.unwrap_or(true));
        }
        coordinator.request_scan(name);
    }
    // Integrations that run after this one may have waited for it.
    for later in &coordinator.site.config.integrations {
        if later.after.iter().any(|n| job.integrations.contains(n))
            && let Some(state) = coordinator.states.get_mut(&later.name)
        {
            state.may_go();
        }
    }
    match outcome {
        JobOutcome::Ran(Ok(ended)) => on_runs_ended(coordinator, &job, ended),
        JobOutcome::Ran(Err(error)) => on_failure(coordinator, job, error),
        JobOutcome::Responded(answer) => {
            if let Work::Command { number, .. } = job.work {
                respond(coordinator, number, &answer);
            }
            Ok(())
        }
        JobOutcome::Purged(retired) => on_purged(coordinator, retired),
        JobOutcome::Panicked => on_panic(coordinator, &job),
    }
}

fn on_runs_ended(coordinator: &mut Coordinator, job: &Job, ended: BatchResult) -> Result<()> {
    if let Some(error) = ended.failure {
        return on_failure(coordinator, job.clone(), error);
    }
    for name in &job.integrations {
        if let Some(state) = coordinator.states.get_mut(name) {
            // A file that can't be claimed is retried with growing pauses.
            if ended.left.stuck > 0 {
                state.failed();
            } else {
                state.done();
            }
        }
    }
    match &job.work {
        Work::TakeFiles(_) => {
            if ended.summaries.is_empty() && ended.exit_code != 0 {
                wait_for_others(coordinator, &job.name);
            }
            Ok(())
        }
        // A file that is being uploaded at the scheduled time belongs to the run. Just after the daemon's start any file
        // may be one.
        Work::Scheduled { since, .. } | Work::OneTime { since, .. }
            if ended.left.arriving > 0 && is_recent(coordinator, *since) =>
        {
            retry_later(coordinator, job.clone(), UPLOAD_PAUSE);
            Ok(())
        }
        // A pause or the end of a window cut the run short; it continues when they end.
        Work::Scheduled { .. } if ended.left.waiting > 0 && !coordinator.may_begin(job) => {
            retry_later(coordinator, job.clone(), TRY_AGAIN);
            Ok(())
        }
        // The end of the daemon cut the run short; the next daemon makes up for it.
        Work::Scheduled { .. } | Work::OneTime { .. }
            if ended.left.waiting > 0 && coordinator.stopping.load(Ordering::Relaxed) =>
        {
            Ok(())
        }
        Work::Scheduled { schedule, at, .. } => {
            scheduled_run_done(coordinator, job, schedule, *at, ended.summaries.is_empty())
        }
        Work::OneTime { number, user, .. } => {
            one_time_run_ended(coordinator, *number, ended.one_line(), user);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Handles a job that failed or was cut short.
fn on_failure(coordinator: &mut Coordinator, job: Job, error: RunError) -> Result<()> {
    let name = job.name.clone();
    match error {
        // The next start resumes it.
        RunError::Cancelled => return Ok(()),
        RunError::Waits { .. } => {
            if let Some(state) = coordinator.states.get_mut(&name) {
                state.done();
            }
            wait_for_others(coordinator, &name);
            retry_later(coordinator, job, TRY_AGAIN);
            return Ok(());
        }
        // It is being run by hand.
        RunError::Busy(_) => {
            wait_for_others(coordinator, &name);
            retry_later(coordinator, job, TRY_AGAIN);
            return Ok(());
        }
        _ if coordinator.gives_up() => return Ok(()),
        _ => {}
    }
    let sentence = error.sentences().join("; ");
    for name in &job.integrations {
        if let Some(state) = coordinator.states.get_mut(name) {
            state.failed();
        }
    }
    tracing::error!(integration = name, "{sentence}");
    if let Work::OneTime { number, user, .. } = &job.work {
        one_time_run_ended(coordinator, *number, format!("Failed: {sentence}"), user);
    } else {
        // Queued before the event is written: the disk that the run found full may be the ledger's, too.
        retry_later(coordinator, job, TRY_AGAIN);
    }
    coordinator.record_once(EventAction::RunFailed, &name, &sentence)
}

/// Whether work queued at `since` still waits for uploads in progress.
fn is_recent(coordinator: &Coordinator, since: DateTime<Utc>) -> bool {
    coordinator.site.now().with_timezone(&Utc) - since < UPLOADS_WITHIN
}

/// Queues due work again; waiting files are found again by the next scan.
fn retry_later(coordinator: &mut Coordinator, job: Job, pause: Duration) {
    if matches!(job.work, Work::Scheduled { .. } | Work::OneTime { .. }) {
        coordinator.pending.push_back(PendingJob {
            job,
            patience: None,
            not_before: Some(Instant::now() + pause),
        });
    }
}

fn on_purged(
    coordinator: &mut Coordinator,
    retired: std::result::Result<Retired, RunError>,
) -> Result<()> {
    match retired {
        Ok(retired) => {
            if retired.archived + retired.runs > 0 {
                tracing::info!(
                    archived = retired.archived,
                    runs = retired.runs,
                    findings = retired.findings,
                    rejections = retired.rejections,
                    "purged what is older than the site keeps it"
                );
            }
            end_purge(coordinator, retired.more)
        }
        Err(error) => {
            tracing::error!("purging: {error}");
            let told =
                coordinator.record_once(EventAction::PurgeFailed, "site", &error.to_string());
            end_purge(coordinator, false).and(told)
        }
    }
}

fn end_purge(coordinator: &mut Coordinator, more: bool) -> Result<()> {
    let now = coordinator.site.now().with_timezone(&Utc);
    let ledger = &mut coordinator.ledger;
    coordinator.timers.end_purge(&mut **ledger, more, now)
}

fn on_panic(coordinator: &mut Coordinator, job: &Job) -> Result<()> {
    const BUG: &str =
        "the run ended in a bug of the program; please report it with the lines before this one";
    for name in &job.integrations {
        if let Some(state) = coordinator.states.get_mut(name) {
            state.failed();
        }
    }
    tracing::error!(integration = job.name, "{BUG}");
    // The requester gets a response even if the ledger doesn't take the event now.
    let told = coordinator.record_once(EventAction::Bug, &job.name, BUG);
    let ended = match &job.work {
        Work::Command { number, .. } => {
            respond(
                coordinator,
                *number,
                &Response::of(Err(RunError::Bug), Vec::new()),
            );
            Ok(())
        }
        Work::OneTime { number, .. } => {
            one_time_run_ended(coordinator, *number, BUG, SCHEDULER);
            Ok(())
        }
        Work::Scheduled { schedule, at, .. } => mark_done(coordinator, schedule, *at),
        Work::Purge => end_purge(coordinator, false),
        Work::TakeFiles(_) => Ok(()),
    };
    ended.and(told)
}

fn wait_for_others(coordinator: &mut Coordinator, name: &str) {
    if let Some(state) = coordinator.states.get_mut(name) {
        state.waits();
    }
}
