//! The daemon's log: one line per fact on standard error, as text or JSON. No line holds a record value.

use super::job::{StopFlags, Told};
use crate::config::LogForm;
use crate::domain::{RunStatus, RunSummary};
use crate::site::Observer;
use std::io::IsTerminal;
use std::sync::{OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tracing_subscriber::fmt::time::SystemTime;

/// Starts logging to standard error. Only the first call has an effect. `FEEDGATE_LOG=debug` adds lines about scans that
/// found nothing to do.
pub(super) fn start(form: LogForm) {
    let level = std::env::var("FEEDGATE_LOG").ok();
    let level = level.and_then(|l| l.parse().ok());
    let level = level.unwrap_or(tracing::Level::INFO);
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_timer(SystemTime)
        .with_max_level(level);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Fails in a test that has its own subscriber.
    let _ = match form {
        LogForm::Text => lines.with_ansi(colours).try_init(),
        LogForm::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// How many sentences are remembered; further ones are logged each time.
const MOST_TOLD: usize = 1000;

/// Logs the runs of a worker and tells it when to stop.
pub(super) struct Logged {
    /// After this time the worker leaves the files that still wait.
    pub(super) turn: Option<Duration>,
    /// When the first file could be taken. The turn begins then, so that each turn gets something done.
    pub(super) began: OnceLock<Instant>,
    pub(super) flags: StopFlags,
    pub(super) told: Told,
    /// Whether notes are shown elsewhere.
    pub(super) quiet: bool,
}

impl Logged {
    /// Whether this has not been logged yet; from now on it has.
    fn is_new(&self, sentence: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() >= MOST_TOLD || told.insert(sentence.to_owned())
    }
}

impl Observer for Logged {
    fn note(&self, sentence: &str) {
        if !self.quiet && self.is_new(sentence) {
            tracing::info!("{sentence}");
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
    }
}

#[cfg(test)]
mod tests {
    use super::{Logged, MOST_TOLD, StopFlags, Told};
    use crate::site::Observer;
    use std::sync::Arc;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    #[test]
    fn the_time_of_a_turn_begins_with_the_first_file_and_a_stop_ends_it_at_once() {
        let flags = StopFlags::default();
        let watch = Logged {
            turn: Some(Duration::ZERO),
            began: OnceLock::new(),
            flags: flags.clone(),
            told: Told::default(),
            quiet: true,
        };
        flags.stopping.store(true, Ordering::Relaxed);
        assert!(watch.should_yield());
        flags.stopping.store(false, Ordering::Relaxed);
        let long = Logged {
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
        let watch = || Logged {
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
