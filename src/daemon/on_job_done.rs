//! What comes of jobs: who hears of it, and what may go on now.

use super::coordinator::{Coordinator, PendingJob};
use super::integration_state::TRY_AGAIN;
use super::job::{Job, JobDone, JobOutcome, SCHEDULER, Work};
use crate::run::{Answer, Ended, Result, Retired, RunError};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// So long what was due waits for files that are being uploaded.
const UPLOADS_WITHIN: TimeDelta = TimeDelta::minutes(15);
/// Between two tries of it.
const UPLOAD_PAUSE: Duration = Duration::from_secs(1);

impl Coordinator {
    /// Takes in a job that is done.
    pub(super) fn take_in(&mut self, done: JobDone) -> Result<()> {
        let JobDone { job, outcome } = done;
        if let Some(place) = self.active.iter().position(|a| a.is(&job)) {
            self.active.remove(place);
        }
        for name in &job.integrations {
            // An act of a person that failed, or a process that was killed, may have left a run that nobody else ends.
            let unfinished = self.ledger.unfinished(name).map(|runs| !runs.is_empty());
            if let Some(state) = self.states.get_mut(name) {
                state.ended(unfinished.unwrap_or(true));
            }
            self.ring(name);
        }
        // Others may have waited for it.
        for later in &self.site.config.integrations {
            if later.after.iter().any(|n| job.integrations.contains(n))
                && let Some(state) = self.states.get_mut(&later.name)
            {
                state.may_go();
            }
        }
        match outcome {
            JobOutcome::Ran(Ok(ended)) => self.ran(&job, ended),
            JobOutcome::Ran(Err(error)) => self.did_not_run(job, error),
            JobOutcome::Answered(answer) => {
                if let Work::Errand { number, .. } = job.work {
                    self.answer(number, &answer);
                }
                Ok(())
            }
            JobOutcome::Purged(retired) => self.retired(retired),
            JobOutcome::Panicked => self.broken(&job),
        }
    }

    fn ran(&mut self, job: &Job, ended: Ended) -> Result<()> {
        if let Some(error) = ended.failure {
            return self.did_not_run(job.clone(), error);
        }
        for name in &job.integrations {
            if let Some(state) = self.states.get_mut(name) {
                // A file that can't be claimed is tried again later and later.
                if ended.stuck > 0 {
                    state.failed();
                } else {
                    state.done();
                }
            }
        }
        match &job.work {
            Work::TakeFiles(_) => {
                if ended.summaries.is_empty() && ended.exit_code != 0 {
                    self.put_off(&job.name);
                }
                Ok(())
            }
            // A file that is being uploaded at that time is what it is about. To a daemon that has just started, any
            // file may be one.
            Work::Scheduled { since, .. } | Work::OneOff { since, .. }
                if ended.arriving > 0 && self.is_recent(*since) =>
            {
                self.again(job.clone(), UPLOAD_PAUSE);
                Ok(())
            }
            // A pause or the end of a window has cut it short; it goes on when they end.
            Work::Scheduled { .. } if ended.waiting > 0 && !self.may_begin(job) => {
                self.again(job.clone(), TRY_AGAIN);
                Ok(())
            }
            // The end of the daemon has cut it short; the next one makes up for it.
            Work::Scheduled { .. } | Work::OneOff { .. }
                if ended.waiting > 0 && self.stopping.load(Ordering::Relaxed) =>
            {
                Ok(())
            }
            Work::Scheduled { schedule, at, .. } => {
                self.fired(job, schedule, *at, ended.summaries.is_empty())
            }
            Work::OneOff { number, user, .. } => {
                let what = ended.came_to();
                self.one_off_ended(*number, what, user);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A job could not be done, or not to its end.
    fn did_not_run(&mut self, job: Job, error: RunError) -> Result<()> {
        let name = job.name.clone();
        match error {
            // It is taken up again at the next start.
            RunError::GivenUp => return Ok(()),
            RunError::Waits(_) => {
                if let Some(state) = self.states.get_mut(&name) {
                    state.done();
                }
                self.put_off(&name);
                self.again(job, TRY_AGAIN);
                return Ok(());
            }
            // Somebody runs it by hand.
            RunError::Busy(_) => {
                self.put_off(&name);
                self.again(job, TRY_AGAIN);
                return Ok(());
            }
            _ if self.gives_up() => return Ok(()),
            _ => {}
        }
        let sentence = error.sentences().join("; ");
        for name in &job.integrations {
            if let Some(state) = self.states.get_mut(name) {
                state.failed();
            }
        }
        tracing::error!(integration = name, "{sentence}");
        if let Work::OneOff { number, user, .. } = &job.work {
            self.one_off_ended(*number, format!("Failed: {sentence}"), user);
        } else {
            // First of all: the disk that the run found full may be the ledger's, too.
            self.again(job, TRY_AGAIN);
        }
        self.record_once("run failed", &name, &sentence)
    }

    /// Whether uploads that go on are still waited for by what was begun with then.
    fn is_recent(&self, since: DateTime<Utc>) -> bool {
        self.site.now().with_timezone(&Utc) - since < UPLOADS_WITHIN
    }

    /// What is due stays due until it is done.
    fn again(&mut self, job: Job, pause: Duration) {
        if matches!(job.work, Work::Scheduled { .. } | Work::OneOff { .. }) {
            self.pending.push_back(PendingJob {
                job,
                patience: None,
                not_before: Some(Instant::now() + pause),
            });
        }
    }

    fn retired(&mut self, retired: std::result::Result<Retired, RunError>) -> Result<()> {
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
                self.retention_done(retired.more)
            }
            Err(error) => {
                tracing::error!("purging: {error}");
                let told = self.record_once("purge failed", "site", &error.to_string());
                self.retention_done(false).and(told)
            }
        }
    }

    fn broken(&mut self, job: &Job) -> Result<()> {
        const BUG: &str = "the run ended in a bug of the program; please report it with the lines before this one";
        for name in &job.integrations {
            if let Some(state) = self.states.get_mut(name) {
                state.failed();
            }
        }
        tracing::error!(integration = job.name, "{BUG}");
        // Whoever waits for the job is answered, whether or not the ledger takes the event now.
        let told = self.record_once("bug", &job.name, BUG);
        let ended = match &job.work {
            Work::Errand { number, .. } => {
                self.answer(*number, &Answer::of(Err(RunError::Bug), Vec::new()));
                Ok(())
            }
            Work::OneOff { number, .. } => {
                self.one_off_ended(*number, BUG, SCHEDULER);
                Ok(())
            }
            Work::Scheduled { schedule, at, .. } => self.mark(schedule, *at),
            Work::Purge => self.retention_done(false),
            Work::TakeFiles(_) => Ok(()),
        };
        ended.and(told)
    }

    fn put_off(&mut self, name: &str) {
        if let Some(state) = self.states.get_mut(name) {
            state.waits();
        }
    }
}
