//! What the coordinator knows of one integration.

use super::board::Sighting;
use crate::spool::Look;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After this time files that had to wait for others are tried again, whatever the events say.
pub(super) const TRY_AGAIN: Duration = Duration::from_secs(10);
/// What is told once about entries of a folder: so many, then no more until they change.
pub(super) const MOST_TOLD: usize = 100;

/// What the coordinator knows of one integration.
#[derive(Debug)]
pub(super) struct Post {
    /// Looks that began before this moment may show files that a run has taken since.
    fresh_from: Instant,
    /// Before this moment its files are not tried.
    not_before: Option<Instant>,
    failures: u32,
    /// Whether runs of an earlier process are to be finished.
    pub(super) unfinished: bool,
    /// Entries that are never taken and files of other names, as they were told of.
    pub(super) told: HashSet<String>,
    /// Whether the folder could be looked into the last time.
    pub(super) seen: bool,
}

impl Post {
    pub(super) fn new(unfinished: bool) -> Post {
        Post {
            fresh_from: Instant::now(),
            not_before: None,
            failures: 0,
            unfinished,
            told: HashSet::new(),
            seen: true,
        }
    }

    /// What a sighting shows, if it is still true.
    pub(super) fn look<'s>(&self, sighting: Option<&'s Sighting>) -> Option<&'s Arc<Look>> {
        let sighting = sighting.filter(|s| s.began >= self.fresh_from)?;
        sighting.found.as_ref().ok()
    }

    /// Whether its files may be tried.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    /// A job of it ended; what was seen before is no longer true.
    pub(super) fn ended(&mut self) {
        self.fresh_from = Instant::now();
    }

    /// A job of it did what it was to do.
    pub(super) fn done(&mut self) {
        self.unfinished = false;
        self.failures = 0;
        self.not_before = None;
    }

    /// A job of it failed.
    pub(super) fn failed(&mut self) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10));
        // The run may have begun.
        self.unfinished = true;
        self.failures += 1;
        self.not_before = Some(Instant::now() + pause.min(LONGEST_PAUSE));
    }

    /// Its files have to wait for others.
    pub(super) fn waits(&mut self) {
        self.not_before = Some(Instant::now() + TRY_AGAIN);
    }

    /// What its files waited for may be done.
    pub(super) fn may_go(&mut self) {
        if self.failures == 0 {
            self.not_before = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PAUSE, Post};
    use std::time::Instant;

    #[test]
    fn failures_are_tried_again_later_and_later_but_not_never() {
        let mut post = Post::new(false);
        assert!(post.is_ready(Instant::now()));
        for _ in 0..40 {
            post.failed();
            post.may_go();
            let now = Instant::now();
            assert!(!post.is_ready(now) && post.is_ready(now + LONGEST_PAUSE));
        }
        post.done();
        assert!(post.is_ready(Instant::now()));
        post.waits();
        assert!(!post.is_ready(Instant::now()));
        post.may_go();
        assert!(post.is_ready(Instant::now()));
    }
}
