//! What the coordinator knows of one integration.

use super::event_queue::FolderScan;
use crate::spool::{FileIdentity, InboundScan};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pause after a first failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Files that had to wait for other integrations are retried after this time, even without an event.
pub(super) const TRY_AGAIN: Duration = Duration::from_secs(10);
/// How many entries of one folder are reported as not taken.
pub(super) const MOST_TOLD: usize = 100;

#[derive(Debug)]
pub(super) struct IntegrationState {
    /// Scans that began before this moment may show files that a run has taken since.
    fresh_from: Instant,
    /// Its files are not tried before this moment.
    not_before: Option<Instant>,
    failures: u32,
    /// Whether runs of an ended process are to be finished.
    pub(super) unfinished: bool,
    /// Entries that are never taken and files of other names, as they were reported.
    pub(super) told: HashSet<String>,
    /// Files of other names that a job has answered, or is about to.
    pub(super) answered: HashSet<FileIdentity>,
    /// Whether the last scan could read the folder.
    pub(super) seen: bool,
    /// What the last scan found; none if it failed.
    shown: Option<Arc<InboundScan>>,
    /// Whether anything its files may wait for has changed since its last job began.
    nudged: bool,
}

impl Default for IntegrationState {
    fn default() -> IntegrationState {
        IntegrationState {
            fresh_from: Instant::now(),
            not_before: None,
            failures: 0,
            unfinished: false,
            told: HashSet::new(),
            answered: HashSet::new(),
            seen: true,
            shown: None,
            nudged: false,
        }
    }
}

impl IntegrationState {
    /// Takes the result of a scan. Returns whether anything that files can wait for has changed: a scan that shows the
    /// same as before, as most do, is no reason to try again.
    pub(super) fn sees(&mut self, look: Option<&Arc<InboundScan>>) -> bool {
        let before = std::mem::replace(&mut self.shown, look.cloned());
        let names = |look: &InboundScan| -> Vec<PathBuf> {
            let arriving = look.arriving.iter();
            arriving.map(|a| a.file.path.clone()).collect()
        };
        match (before, look) {
            (Some(before), Some(now)) => {
                before.complete != now.complete
                    || before.queued != now.queued
                    || names(&before) != names(now)
            }
            _ => true,
        }
    }

    pub(super) fn begins(&mut self) {
        self.nudged = false;
    }

    /// What a scan shows, if it is still current.
    pub(super) fn look<'s>(&self, scan: Option<&'s FolderScan>) -> Option<&'s Arc<InboundScan>> {
        let scan = scan.filter(|s| s.began >= self.fresh_from)?;
        scan.found.as_ref().ok()
    }

    pub(super) fn is_ready(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    /// A job of it ended; earlier scans are outdated.
    pub(super) fn ended(&mut self, unfinished: bool) {
        self.fresh_from = Instant::now();
        self.unfinished = unfinished;
    }

    pub(super) fn done(&mut self) {
        self.failures = 0;
        self.not_before = None;
    }

    pub(super) fn failed(&mut self) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10));
        self.failures += 1;
        self.not_before = Some(Instant::now() + pause.min(LONGEST_PAUSE));
    }

    /// Its job found that its files wait for other integrations. A change since the job began may have been missed, so
    /// then they are retried at once.
    pub(super) fn waits(&mut self) {
        self.not_before = (!self.nudged).then(|| Instant::now() + TRY_AGAIN);
    }

    /// What its files waited for may have happened.
    pub(super) fn may_go(&mut self) {
        self.nudged = true;
        if self.failures == 0 {
            self.not_before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{IntegrationState, LONGEST_PAUSE, TRY_AGAIN};
    use crate::spool::{Arriving, InboundScan, NotYet, Waiting};
    use std::sync::Arc;
    use std::time::{Duration, Instant, SystemTime};

    fn look(whole: &[&str], arriving: &[&str], size: u64) -> Arc<InboundScan> {
        let waiting = |name: &&str| Waiting {
            name: (*name).to_owned(),
            misnamed: None,
            path: name.into(),
            size,
            modified: SystemTime::UNIX_EPOCH,
            changed: (0, 0),
            inode: 1,
            arrival: None,
        };
        let arriving = arriving.iter().map(|name| Arriving {
            file: waiting(name),
            why: NotYet::Settling,
            after: Some(Duration::from_millis(size)),
        });
        Arc::new(InboundScan {
            complete: whole.iter().map(waiting).collect(),
            arriving: arriving.collect(),
            ..InboundScan::default()
        })
    }

    #[test]
    fn only_a_look_that_shows_something_else_lets_files_try_again() {
        let mut state = IntegrationState::default();
        assert!(state.sees(Some(&look(&["a"], &["b"], 1))));
        assert!(!state.sees(Some(&look(&["a"], &["b"], 1))));
        assert!(state.sees(Some(&look(&["a"], &[], 1))));
        assert!(state.sees(Some(&look(&["a", "b"], &[], 1))));
        assert!(state.sees(Some(&look(&["b"], &["c"], 1))));
        // An upload that goes on is no change; a folder that can be looked into again is one.
        assert!(!state.sees(Some(&look(&["b"], &["c"], 1))));
        let grown = InboundScan {
            arriving: look(&[], &["c"], 2).arriving.clone(),
            ..(*look(&["b"], &[], 1)).clone()
        };
        assert!(!state.sees(Some(&Arc::new(grown.clone()))));
        assert!(state.sees(None) && state.sees(Some(&Arc::new(grown))));
    }

    #[test]
    fn what_changes_while_a_job_finds_that_it_waits_is_not_missed() {
        let mut state = IntegrationState::default();
        state.begins();
        state.waits();
        let now = Instant::now();
        assert!(!state.is_ready(now) && state.is_ready(now + TRY_AGAIN));
        state.may_go();
        state.begins();
        state.may_go();
        state.waits();
        assert!(state.is_ready(Instant::now()));
    }

    #[test]
    fn failures_are_tried_again_later_and_later_but_not_never() {
        let mut state = IntegrationState::default();
        assert!(state.is_ready(Instant::now()));
        for _ in 0..40 {
            state.failed();
            state.may_go();
            let now = Instant::now();
            assert!(!state.is_ready(now) && state.is_ready(now + LONGEST_PAUSE));
        }
        state.done();
        assert!(state.is_ready(Instant::now()));
        state.begins();
        state.waits();
        assert!(!state.is_ready(Instant::now()));
        state.may_go();
        assert!(state.is_ready(Instant::now()));
    }
}
