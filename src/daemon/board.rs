//! The board: where lookouts, workers and signals leave word for the coordinator.

use super::job::Done;
use crate::spool::Look;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The last look into a folder.
#[derive(Clone)]
pub(super) struct Sighting {
    /// When the look began: what came later it may not have seen.
    pub(super) began: Instant,
    /// What it found, or why the folder could not be looked into.
    pub(super) found: Result<Arc<Look>, String>,
}

/// What is asked of the daemon as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// End, when the files at work are done.
    Stop,
    /// Read the configuration again.
    Reload,
}

/// What was left since the last time.
#[derive(Default)]
pub(super) struct News {
    /// Jobs that are done.
    pub(super) done: Vec<Done>,
    /// Orders, in the order they came.
    pub(super) orders: Vec<Order>,
    /// Integrations whose folders were looked into.
    pub(super) looked: Vec<String>,
    /// Whether the ledger may have something new.
    pub(super) rung: bool,
}

impl News {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.orders.is_empty() && self.looked.is_empty() && !self.rung
    }
}

/// The board.
#[derive(Default)]
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    sightings: HashMap<String, Sighting>,
    /// Looks that go on, and when they began.
    looking: HashMap<String, Instant>,
    news: News,
}

impl Board {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, word: impl FnOnce(&mut State)) {
        word(&mut self.state());
        self.changed.notify_all();
    }

    /// A lookout begins to look.
    pub(super) fn looks(&self, name: &str, began: Instant) {
        self.state().looking.insert(name.to_owned(), began);
    }

    /// A lookout has looked.
    pub(super) fn looked(&self, name: &str, began: Instant, found: Result<Look, String>) {
        let found = found.map(Arc::new);
        self.leave(|state| {
            let sighting = Sighting { began, found };
            state.looking.remove(name);
            state.sightings.insert(name.to_owned(), sighting);
            if !state.news.looked.iter().any(|n| n == name) {
                state.news.looked.push(name.to_owned());
            }
        });
    }

    /// A worker is done.
    pub(super) fn done(&self, done: Done) {
        self.leave(|state| state.news.done.push(done));
    }

    /// Somebody wants something of the daemon.
    pub(super) fn order(&self, order: Order) {
        self.leave(|state| state.news.orders.push(order));
    }

    /// The ledger may have something new.
    pub(super) fn ring(&self) {
        self.leave(|state| state.news.rung = true);
    }

    /// Waits for news, but not longer than until then.
    pub(super) fn news(&self, until: Instant) -> News {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            if !state.news.is_empty() || now >= until {
                return std::mem::take(&mut state.news);
            }
            state = self
                .changed
                .wait_timeout(state, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The last look into a folder.
    pub(super) fn sighting(&self, name: &str) -> Option<Sighting> {
        self.state().sightings.get(name).cloned()
    }

    /// A look into a folder that began at `since` or later; waits for it, but not longer than `patience`, and not at
    /// all if the look that goes on has taken longer than that already.
    pub(super) fn sighting_since(
        &self,
        name: &str,
        since: Instant,
        patience: Duration,
    ) -> Option<Sighting> {
        let until = since + patience;
        let mut state = self.state();
        loop {
            match state.sightings.get(name) {
                Some(sighting) if sighting.began >= since => return Some(sighting.clone()),
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
        state.sightings.remove(name);
        state.looking.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::Board;
    use crate::spool::Look;
    use std::time::{Duration, Instant};

    #[test]
    fn nobody_waits_again_for_a_folder_that_hangs() {
        let board = Board::default();
        let patience = Duration::from_secs(600);
        let now = Instant::now();
        let Some(long_ago) = now.checked_sub(patience) else {
            return;
        };
        board.looks("hr", long_ago);
        assert!(board.sighting_since("hr", now, patience).is_none());
        assert!(now.elapsed() < patience);
        board.looked("hr", now, Ok(Look::default()));
        assert!(board.sighting_since("hr", now, patience).is_some());
    }
}
