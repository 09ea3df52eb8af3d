//! Runs one job on its worker thread, and logs its runs: one line per fact, none with a record value.

use super::inbound_view::InboundView;
use super::job::{Job, JobOutcome, SCHEDULER, StopFlags, Told, Work};
use crate::domain::{RunStatus, RunSummary};
use crate::operations::in_process::{Noting, Response, perform, run_from};
use crate::run::{RunRequest, purge};
use crate::site::{Observer, Site, extend_indexes};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// After this time a worker leaves the files that still wait, so that other integrations get their turn.
const TURN: Duration = Duration::from_secs(1);

pub(super) fn run_job(
    site: &Site,
    job: &Job,
    inbound: &InboundView,
    flags: StopFlags,
) -> JobOutcome {
    let takes_files = matches!(job.work, Work::TakeFiles(_));
    let observer = JobObserver {
        turn: takes_files.then_some(TURN),
        began: OnceLock::new(),
        flags,
        told: Arc::clone(&job.told),
        quiet: takes_files,
    };
    let unattended = RunRequest {
        name: job.name.clone(),
        unattended: true,
        ..RunRequest::default()
    };
    match &job.work {
        Work::TakeFiles(scan) => {
            let site = site.for_user(SCHEDULER);
            let inbound = inbound.with_scan(&job.name, scan);
            JobOutcome::Ran(run_from(&site, &unattended, &inbound, &observer))
        }
        Work::Scheduled { schedule, .. } => {
            let site = site.for_user(SCHEDULER);
            let schedule = site.config.schedule(schedule);
            let request = RunRequest {
                given: schedule.map(|s| s.parameters.clone()).unwrap_or_default(),
                ..unattended
            };
            JobOutcome::Ran(run_from(&site, &request, inbound, &observer))
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
        Work::ExtendIndexes => JobOutcome::Extended(extend_indexes(site)),
        Work::Purge => JobOutcome::Purged(purge(&site.for_user(SCHEDULER))),
    }
}

/// How many sentences are remembered; further ones are logged each time.
const MOST_TOLD: usize = 1000;

/// Logs the runs of a worker and tells it when to stop.
pub(super) struct JobObserver {
    /// After this time the worker leaves the files that still wait.
    pub(super) turn: Option<Duration>,
    /// When the first file could be taken. The turn begins then, so that each turn gets something done.
    pub(super) began: OnceLock<Instant>,
    pub(super) flags: StopFlags,
    pub(super) told: Told,
    /// Whether notes are shown elsewhere.
    pub(super) quiet: bool,
}

impl JobObserver {
    /// Whether this has not been logged yet; from now on it has.
    fn is_new(&self, sentence: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() >= MOST_TOLD || told.insert(sentence.to_owned())
    }
}

impl Observer for JobObserver {
    fn note(&self, sentence: &str) {
        if !self.quiet && self.is_new(sentence) {
            tracing::info!("{sentence}");
        }
    }

    fn warn(&self, sentence: &str) {
        if self.is_new(sentence) {
            tracing::warn!("{sentence}");
        }
    }

    fn should_yield(&self) -> bool {
        self.flags.is_stopping()
            || self.turn.is_some_and(|turn| {
                let began = self.began.get_or_init(Instant::now);
                began.elapsed() > turn
            })
    }

    fn is_cancelled(&self) -> bool {
        self.flags.gives_up()
    }

    fn end(&self, summary: &RunSummary) {
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    run = summary.integration_reference_id.as_str(),
                    integration = summary.integration_name,
                    user = summary.user,
                    status = summary.status.as_str(),
                    reason = summary.reason.as_deref().unwrap_or_default(),
                    file = summary.source_files.first().map_or("", String::as_str),
                    processed = summary.records_processed,
                    accepted = summary.records_accepted,
                    unchanged = summary.records_unchanged,
                    skipped = summary.records_skipped,
                    rejected = summary.errors,
                    "run ended"
                )
            };
        }
        match summary.status {
            RunStatus::Completed => line!(info),
            RunStatus::Failed | RunStatus::ScheduledButDeleted => line!(error),
            _ => line!(warn),
        }
        if summary.explains_reading() {
            tracing::info!(
                integration = summary.integration_name,
                "`feedgate show {}` says how the file was read, and what to configure so that it is taken as it is",
                summary.integration_reference_id
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JobObserver, MOST_TOLD, StopFlags, Told};
    use crate::site::Observer;
    use std::sync::Arc;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    #[test]
    fn the_time_of_a_turn_begins_with_the_first_file_and_a_stop_ends_it_at_once() {
        let flags = StopFlags::default();
        let watch = JobObserver {
            turn: Some(Duration::ZERO),
            began: OnceLock::new(),
            flags: flags.clone(),
            told: Told::default(),
            quiet: true,
        };
        flags.stopping.store(true, Ordering::Relaxed);
        assert!(watch.should_yield());
        flags.stopping.store(false, Ordering::Relaxed);
        let long = JobObserver {
            turn: Some(Duration::from_secs(600)),
            began: OnceLock::new(),
            flags,
            told: Told::default(),
            quiet: true,
        };
        assert!(!long.should_yield() && long.began.get().is_some());
        assert!(watch.began.get().is_none());
        // Nothing of its time is over when the first file is asked for, unless the clock ticks in between.
        watch.should_yield();
        while !watch.should_yield() {}
    }

    #[test]
    fn what_was_told_is_new_no_more_for_a_job_that_is_tried_again() {
        let told = Told::default();
        let watch = || JobObserver {
            turn: None,
            began: OnceLock::new(),
            flags: StopFlags::default(),
            told: Arc::clone(&told),
            quiet: false,
        };
        assert!(watch().is_new("hr.csv waits") && watch().is_new("hr2.csv waits"));
        assert!(!watch().is_new("hr.csv waits"));
        let many = 0..MOST_TOLD;
        assert!(many.into_iter().all(|n| watch().is_new(&n.to_string())));
        assert_eq!(told.lock().map(|t| t.len()).unwrap_or_default(), MOST_TOLD);
    }
}
