//! The events of one folder since its last scan, and requests for another scan.

use crate::spool::{Sign, Signs};
use std::ffi::OsStr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How many names are kept with their events. Further files are found by scans alone.
const MOST_SIGNS: usize = 200_000;

#[derive(Default)]
pub(super) struct FolderEvents {
    collected: Mutex<CollectedEvents>,
    rung: Condvar,
}

#[derive(Default)]
pub(super) struct CollectedEvents {
    /// The last event of each name.
    pub(super) signs: Signs,
    /// Whether a scan was requested.
    pub(super) rung: bool,
    /// Whether the watched folder is gone, and its events with it.
    pub(super) lost: bool,
    /// Whether there will be no more scans.
    pub(super) over: bool,
}

impl FolderEvents {
    fn collected(&self) -> MutexGuard<'_, CollectedEvents> {
        self.collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an event; `rings` requests a scan.
    pub(super) fn add(&self, name: &OsStr, sign: Sign, rings: bool) {
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

    pub(super) fn ring(&self) {
        self.collected().rung = true;
        self.rung.notify_all();
    }

    /// The folder was removed or moved: no more events until it is watched again.
    pub(super) fn lose(&self) {
        self.collected().lost = true;
        self.ring();
    }

    pub(super) fn end(&self) {
        self.collected().over = true;
        self.rung.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.collected().over
    }

    /// Waits until a scan is requested, between `earliest` and `latest`, and takes what was collected.
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
        events.add(name, Sign::Written, false);
        events.add(name, Sign::Closed, true);
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
