//! The queue through which folder watchers, workers and signals reach the coordinator.

use super::job::JobDone;
use crate::spool::InboundScan;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Clone)]
pub(super) struct FolderScan {
    /// When the scan began: it may miss files that came later.
    pub(super) began: Instant,
    /// What it found, or why the folder could not be read.
    pub(super) found: Result<Arc<InboundScan>, String>,
}

/// A request to the daemon as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DaemonControl {
    /// End when the running jobs are done.
    Stop,
    Reload,
}

#[derive(Default)]
pub(super) struct QueuedEvents {
    pub(super) done: Vec<JobDone>,
    /// In the order they came.
    pub(super) controls: Vec<DaemonControl>,
    /// Integrations whose folders were scanned.
    pub(super) scanned: Vec<String>,
    /// Whether the ledger may have new requests.
    pub(super) rung: bool,
}

impl QueuedEvents {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.controls.is_empty() && self.scanned.is_empty() && !self.rung
    }
}

#[derive(Default)]
pub(super) struct EventQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    scans: HashMap<String, FolderScan>,
    /// Scans in progress, and when they began.
    scanning: HashMap<String, Instant>,
    events: QueuedEvents,
}

impl EventQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    pub(super) fn scan_started(&self, name: &str, began: Instant) {
        self.state().scanning.insert(name.to_owned(), began);
    }

    pub(super) fn scan_finished(
        &self,
        name: &str,
        began: Instant,
        found: Result<InboundScan, String>,
    ) {
        let found = found.map(Arc::new);
        self.push(|state| {
            let scan = FolderScan { began, found };
            state.scanning.remove(name);
            state.scans.insert(name.to_owned(), scan);
            if !state.events.scanned.iter().any(|n| n == name) {
                state.events.scanned.push(name.to_owned());
            }
        });
    }

    pub(super) fn job_done(&self, done: JobDone) {
        self.push(|state| state.events.done.push(done));
    }

    pub(super) fn control(&self, control: DaemonControl) {
        self.push(|state| state.events.controls.push(control));
    }

    /// Says that the ledger may have new requests.
    pub(super) fn ring(&self) {
        self.push(|state| state.events.rung = true);
    }

    /// Waits for events until `until` at the latest.
    pub(super) fn wait(&self, until: Instant) -> QueuedEvents {
        let left = until.saturating_duration_since(Instant::now());
        let changed = &self.changed;
        let waited = changed.wait_timeout_while(self.state(), left, |s| s.events.is_empty());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.events)
    }

    /// The last scan of an integration's folder.
    pub(super) fn scan(&self, name: &str) -> Option<FolderScan> {
        self.state().scans.get(name).cloned()
    }

    /// A scan that began at `since` or later. Waits for it up to `patience`, and not at all if the scan in progress has
    /// already taken longer than that.
    pub(super) fn scan_since(
        &self,
        name: &str,
        since: Instant,
        patience: Duration,
    ) -> Option<FolderScan> {
        let fresh = |state: &State| {
            let scan = state.scans.get(name).filter(|scan| scan.began >= since);
            scan.cloned()
        };
        let hangs = |state: &State| {
            let began = state.scanning.get(name);
            began.is_some_and(|began| began.elapsed() >= patience)
        };
        let left = (since + patience).saturating_duration_since(Instant::now());
        let waits = |state: &mut State| fresh(state).is_none() && !hangs(state);
        let waited = self.changed.wait_timeout_while(self.state(), left, waits);
        fresh(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Drops what is known of a folder that is no longer watched.
    pub(super) fn forget(&self, name: &str) {
        let mut state = self.state();
        state.scans.remove(name);
        state.scanning.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::EventQueue;
    use crate::spool::InboundScan;
    use std::time::{Duration, Instant};

    #[test]
    fn a_folder_that_hangs_is_not_waited_for_again() {
        let queue = EventQueue::default();
        // Shorter than any machine has been up.
        let patience = Duration::from_secs(5);
        let now = Instant::now();
        let long_ago = now.checked_sub(patience).expect("a machine that is up");
        queue.scan_started("hr", long_ago);
        assert!(queue.scan_since("hr", now, patience).is_none());
        assert!(now.elapsed() < patience);
        queue.scan_finished("hr", now, Ok(InboundScan::default()));
        assert!(queue.scan_since("hr", now, patience).is_some());
    }
}
