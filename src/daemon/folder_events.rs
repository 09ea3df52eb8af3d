//! What a folder's events have said since its last look, and the wish for another look.

use crate::spool::{Sign, Signs};
use std::ffi::OsStr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Names with signs that are kept. More than these are found by looks alone.
const MOST_SIGNS: usize = 200_000;

/// A events of one folder.
#[derive(Default)]
pub(super) struct FolderEvents {
    collected: Mutex<CollectedEvents>,
    rung: Condvar,
}

/// What was in it.
#[derive(Default)]
pub(super) struct CollectedEvents {
    /// The last sign of each name.
    pub(super) signs: Signs,
    /// Whether a look is asked for.
    pub(super) rung: bool,
    /// Whether the folder that was watched is gone, and its events with it.
    pub(super) lost: bool,
    /// Whether there will be no more looks.
    pub(super) over: bool,
}

impl FolderEvents {
    fn collected(&self) -> MutexGuard<'_, CollectedEvents> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// An event; `rings` asks for a look.
    pub(super) fn post(&self, name: &OsStr, sign: Sign, rings: bool) {
        let mut collected = self.collected();
        if collected.signs.len() < MOST_SIGNS || collected.signs.contains_key(name) {
            collected.signs.insert(name.to_owned(), sign);
        }
        collected.rung |= rings;
        drop(collected);
        if rings {
            self.rung.notify_all();
        }
    }

    /// Asks for a look.
    pub(super) fn ring(&self) {
        self.collected().rung = true;
        self.rung.notify_all();
    }

    /// The folder was removed or moved: there will be no more events until it is watched anew.
    pub(super) fn lose(&self) {
        self.collected().lost = true;
        self.ring();
    }

    /// No more looks.
    pub(super) fn end(&self) {
        self.collected().over = true;
        self.rung.notify_all();
    }

    /// Whether there are to be no more looks.
    pub(super) fn is_over(&self) -> bool {
        self.collected().over
    }

    /// Waits until a look is asked for, but not before `earliest` and not after `latest`, and empties the events.
    pub(super) fn wait(&self, earliest: Instant, latest: Instant) -> CollectedEvents {
        let mut collected = self.collected();
        loop {
            let now = Instant::now();
            let until = if collected.rung { earliest } else { latest };
            if collected.over || now >= until {
                return std::mem::take(&mut *collected);
            }
            collected = self
                .rung
                .wait_timeout(collected, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FolderEvents;
    use crate::spool::Sign;
    use std::ffi::OsStr;
    use std::time::{Duration, Instant};

    #[test]
    fn the_last_sign_counts_and_a_ring_ends_the_wait() {
        let events = FolderEvents::default();
        let name = OsStr::new("hr.csv");
        events.post(name, Sign::Written, false);
        events.post(name, Sign::Closed, true);
        let (now, late) = (Instant::now(), Instant::now() + Duration::from_secs(600));
        let collected = events.wait(now, late);
        assert!(collected.rung && !collected.over);
        assert_eq!(collected.signs.get(name), Some(&Sign::Closed));
        // Emptied: only the clock or another ring ends the next wait.
        assert!(!events.wait(now, now).rung);
        events.end();
        assert!(events.wait(now, late).over);
    }
}
