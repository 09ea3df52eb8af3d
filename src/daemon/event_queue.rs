//! The queue: where watchers, workers and signals leave word for the coordinator.

use super::job::JobDone;
use crate::spool::Look;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The last look into a folder.
#[derive(Clone)]
pub(super) struct FolderScan {
    /// When the look began: what came later it may not have seen.
    pub(super) began: Instant,
    /// What it found, or why the folder could not be looked into.
    pub(super) found: Result<Arc<Look>, String>,
}

/// What is asked of the daemon as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// End, when the files at work are done.
    Stop,
    /// Read the configuration again.
    Reload,
}

/// What was left since the last time.
#[derive(Default)]
pub(super) struct QueuedEvents {
    /// Jobs that are done.
    pub(super) done: Vec<JobDone>,
    /// Orders, in the order they came.
    pub(super) orders: Vec<Control>,
    /// Integrations whose folders were looked into.
    pub(super) looked: Vec<String>,
    /// Whether the ledger may have something new.
    pub(super) rung: bool,
}

impl QueuedEvents {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.orders.is_empty() && self.looked.is_empty() && !self.rung
    }
}

/// The queue.
#[derive(Default)]
pub(super) struct EventQueue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    scans: HashMap<String, FolderScan>,
    /// Looks that go on, and when they began.
    looking: HashMap<String, Instant>,
    events: QueuedEvents,
}

impl EventQueue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, word: impl FnOnce(&mut State)) {
        word(&mut self.state());
        self.changed.notify_all();
    }

    /// A watcher begins to look.
    pub(super) fn looks(&self, name: &str, began: Instant) {
        self.state().looking.insert(name.to_owned(), began);
    }

    /// A watcher has looked.
    pub(super) fn looked(&self, name: &str, began: Instant, found: Result<Look, String>) {
        let found = found.map(Arc::new);
        self.leave(|state| {
            let scan = FolderScan { began, found };
            state.looking.remove(name);
            state.scans.insert(name.to_owned(), scan);
            if !state.events.looked.iter().any(|n| n == name) {
                state.events.looked.push(name.to_owned());
            }
        });
    }

    /// A worker is done.
    pub(super) fn done(&self, done: JobDone) {
        self.leave(|state| state.events.done.push(done));
    }

    /// Somebody wants something of the daemon.
    pub(super) fn order(&self, order: Control) {
        self.leave(|state| state.events.orders.push(order));
    }

    /// The ledger may have something new.
    pub(super) fn ring(&self) {
        self.leave(|state| state.events.rung = true);
    }

    /// Waits for news, but not longer than until then.
    pub(super) fn wait(&self, until: Instant) -> QueuedEvents {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            if !state.events.is_empty() || now >= until {
                return std::mem::take(&mut state.events);
            }
            state = self
                .changed
                .wait_timeout(state, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The last look into a folder.
    pub(super) fn scan(&self, name: &str) -> Option<FolderScan> {
        self.state().scans.get(name).cloned()
    }

    /// A look into a folder that began at `since` or later; waits for it, but not longer than `patience`, and not at
    /// all if the look that goes on has taken longer than that already.
    pub(super) fn scan_since(
        &self,
        name: &str,
        since: Instant,
        patience: Duration,
    ) -> Option<FolderScan> {
        let until = since + patience;
        let mut state = self.state();
        loop {
            match state.scans.get(name) {
                Some(scan) if scan.began >= since => return Some(scan.clone()),
                _ => {}
            }
            let now = Instant::now();
            let hangs = state.looking.get(name);
            if now >= until || hangs.is_some_and(|began| now - *began >= patience) {
                return None;
            }
            state = self
                .changed
                .wait_timeout(state, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Nobody looks into this folder any more.
    pub(super) fn forget(&self, name: &str) {
        let mut state = self.state();
        state.scans.remove(name);
        state.looking.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::EventQueue;
    use crate::spool::Look;
    use std::time::{Duration, Instant};

    #[test]
    fn nobody_waits_again_for_a_folder_that_hangs() {
        let queue = EventQueue::default();
        let patience = Duration::from_secs(600);
        let now = Instant::now();
        let Some(long_ago) = now.checked_sub(patience) else {
            return;
        };
        queue.looks("hr", long_ago);
        assert!(queue.scan_since("hr", now, patience).is_none());
        assert!(now.elapsed() < patience);
        queue.looked("hr", now, Ok(Look::default()));
        assert!(queue.scan_since("hr", now, patience).is_some());
    }
}
