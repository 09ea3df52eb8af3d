//! What a folder's events have said since its last look, and the wish for another look.

use crate::spool::{Sign, Signs};
use std::ffi::OsStr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Names with signs that are kept. More than these are found by looks alone.
const MOST_SIGNS: usize = 200_000;

/// A mailbox of one folder.
#[derive(Default)]
pub(super) struct Mailbox {
    mail: Mutex<Mail>,
    rung: Condvar,
}

/// What was in it.
#[derive(Default)]
pub(super) struct Mail {
    /// The last sign of each name.
    pub(super) signs: Signs,
    /// Whether a look is asked for.
    pub(super) rung: bool,
    /// Whether the folder that was watched is gone, and its events with it.
    pub(super) lost: bool,
    /// Whether there will be no more looks.
    pub(super) over: bool,
}

impl Mailbox {
    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event; `rings` asks for a look.
    pub(super) fn post(&self, name: &OsStr, sign: Sign, rings: bool) {
        let mut mail = self.mail();
        if mail.signs.len() < MOST_SIGNS || mail.signs.contains_key(name) {
            mail.signs.insert(name.to_owned(), sign);
        }
        mail.rung |= rings;
        drop(mail);
        if rings {
            self.rung.notify_all();
        }
    }

    /// Asks for a look.
    pub(super) fn ring(&self) {
        self.mail().rung = true;
        self.rung.notify_all();
    }

    /// The folder was removed or moved: there will be no more events until it is watched anew.
    pub(super) fn lose(&self) {
        self.mail().lost = true;
        self.ring();
    }

    /// No more looks.
    pub(super) fn end(&self) {
        self.mail().over = true;
        self.rung.notify_all();
    }

    /// Whether there are to be no more looks.
    pub(super) fn is_over(&self) -> bool {
        self.mail().over
    }

    /// Waits until a look is asked for, but not before `earliest` and not after `latest`, and empties the mailbox.
    pub(super) fn wait(&self, earliest: Instant, latest: Instant) -> Mail {
        let mut mail = self.mail();
        loop {
            let now = Instant::now();
            let until = if mail.rung { earliest } else { latest };
            if mail.over || now >= until {
                return std::mem::take(&mut *mail);
            }
            mail = self
                .rung
                .wait_timeout(mail, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mailbox;
    use crate::spool::Sign;
    use std::ffi::OsStr;
    use std::time::{Duration, Instant};

    #[test]
    fn the_last_sign_counts_and_a_ring_ends_the_wait() {
        let mailbox = Mailbox::default();
        let name = OsStr::new("hr.csv");
        mailbox.post(name, Sign::Written, false);
        mailbox.post(name, Sign::Closed, true);
        let (now, late) = (Instant::now(), Instant::now() + Duration::from_secs(600));
        let mail = mailbox.wait(now, late);
        assert!(mail.rung && !mail.over);
        assert_eq!(mail.signs.get(name), Some(&Sign::Closed));
        // Emptied: only the clock or another ring ends the next wait.
        assert!(!mailbox.wait(now, now).rung);
        mailbox.end();
        assert!(mailbox.wait(now, late).over);
    }
}
