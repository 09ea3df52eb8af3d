//! What a finished job changes: what is recorded, who gets a response, and which files may be tried now.

use super::coordinator::Coordinator;
use super::integration_state::{IntegrationState, TRY_AGAIN};
use super::job::{Job, JobDone, JobOutcome, SCHEDULER, Work};
use super::on_clock::{mark_done, one_time_run_ended, scheduled_run_done};
use super::on_request::{respond, respond_with};
use crate::ledger::EventAction;
use crate::operations::in_process::BatchResult;
use crate::run::Retired;
use crate::site::{Result, RunError, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::{Duration, Instant};

/// How long due work waits for files that are being uploaded.
const UPLOADS_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// Time between two tries while uploads are in progress.
const UPLOAD_PAUSE: Duration = Duration::from_secs(1);

pub(super) fn on_job_done(coordinator: &mut Coordinator, done: JobDone) -> Result<()> {
    let JobDone { job, outcome } = done;
    coordinator.notifier.wake();
    if let Some(place) = coordinator.active.iter().position(|a| a.is(&job)) {
        coordinator.active.remove(place);
    }
    for name in &job.integrations {
        // A command that failed or a process that was killed may have left a run to finish.
        let unfinished = coordinator.ledger.unfinished(name);
        let unfinished = unfinished.map_or(true, |runs| !runs.is_empty());
        coordinator.each_state([name], |state| state.ended(unfinished));
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
    if let Work::TakeFiles(_) = job.work
        && !answers(&outcome)
    {
        coordinator.each_state([&job.name], |state| state.answered.clear());
    }
    coordinator.unindexed |= !matches!(job.work, Work::ExtendIndexes);
    match outcome {
        JobOutcome::Ran(Ok(ended)) => on_runs_ended(coordinator, &job, ended),
        JobOutcome::Ran(Err(error)) => on_failure(coordinator, job, error),
        JobOutcome::Responded(response) => {
            if let Work::Command { number, .. } = job.work {
                respond(coordinator, number, &response);
            }
            Ok(())
        }
        JobOutcome::Purged(retired) => on_purged(coordinator, retired),
        JobOutcome::Extended(extended) => {
            on_extended(coordinator, extended);
            Ok(())
        }
        JobOutcome::Panicked => on_panic(coordinator, &job),
    }
}

/// Whether a job got as far as answering the files of other names.
fn answers(outcome: &JobOutcome) -> bool {
    match outcome {
        JobOutcome::Ran(Ok(ended)) => ended.failure.is_none(),
        JobOutcome::Ran(Err(RunError::Waits { reason, .. })) => {
            !matches!(**reason, WaitReason::DiskFull { .. })
        }
        _ => false,
    }
}

fn on_runs_ended(coordinator: &mut Coordinator, job: &Job, ended: BatchResult) -> Result<()> {
    if let Some(error) = ended.failure {
        return on_failure(coordinator, job.clone(), error);
    }
    // A file that can't be claimed is retried with growing pauses.
    let change = match ended.left.stuck {
        0 => IntegrationState::done,
        _ => IntegrationState::failed,
    };
    coordinator.each_state(&job.integrations, change);
    match &job.work {
        Work::TakeFiles(_) => {
            if ended.summaries.is_empty() && ended.exit_code != 0 {
                coordinator.each_state([&job.name], IntegrationState::waits);
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
            if ended.left.waiting > 0 && coordinator.flags.is_stopping() =>
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
        // Busy: it is being run by hand.
        RunError::Waits { .. } | RunError::Busy(_) => {
            if let RunError::Waits { .. } = error {
                coordinator.each_state([&name], IntegrationState::done);
            }
            coordinator.each_state([&name], IntegrationState::waits);
            retry_later(coordinator, job, TRY_AGAIN);
            return Ok(());
        }
        _ if coordinator.flags.gives_up() => return Ok(()),
        _ => {}
    }
    let sentence = error.sentences().join("; ");
    coordinator.each_state(&job.integrations, IntegrationState::failed);
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
        coordinator.pending.push_back(Job {
            not_before: Some(Instant::now() + pause),
            ..job
        });
    }
}

fn on_purged(coordinator: &mut Coordinator, retired: Result<Retired>) -> Result<()> {
    match retired {
        Ok(retired) => {
            if retired.archived + retired.runs + retired.published > 0 {
                tracing::info!(
                    archived = retired.archived,
                    published = retired.published,
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

fn on_extended(coordinator: &mut Coordinator, extended: Result<bool>) {
    match extended {
        Ok(more) => coordinator.unindexed |= more,
        // What is not in an index is found all the same, only slower: the next job is another occasion.
        Err(error) => tracing::warn!("indexing employees: {error}"),
    }
}

fn end_purge(coordinator: &mut Coordinator, more: bool) -> Result<()> {
    let now = coordinator.site.now().with_timezone(&Utc);
    let ledger = &mut *coordinator.ledger;
    coordinator.timers.end_purge(ledger, more, now)
}

fn on_panic(coordinator: &mut Coordinator, job: &Job) -> Result<()> {
    const BUG: &str =
        "the run ended in a bug of the program; please report it with the lines before this one";
    coordinator.each_state(&job.integrations, IntegrationState::failed);
    tracing::error!(integration = job.name, "{BUG}");
    // The requester gets a response even if the ledger doesn't take the event now.
    let told = coordinator.record_once(EventAction::Bug, &job.name, BUG);
    let ended = match &job.work {
        Work::Command { number, .. } => {
            respond_with(coordinator, *number, RunError::Bug);
            Ok(())
        }
        Work::OneTime { number, .. } => {
            one_time_run_ended(coordinator, *number, BUG, SCHEDULER);
            Ok(())
        }
        Work::Scheduled { schedule, at, .. } => mark_done(coordinator, schedule, *at),
        Work::Purge => end_purge(coordinator, false),
        Work::TakeFiles(_) | Work::ExtendIndexes => Ok(()),
    };
    ended.and(told)
}
