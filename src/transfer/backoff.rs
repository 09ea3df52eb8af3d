//! When what failed is tried again.

use chrono::{DateTime, FixedOffset, TimeDelta};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// After the first failure.
const FIRST: Duration = Duration::from_secs(15);
/// Every further wait is this many times as long as the one before.
const FACTOR: f64 = 1.5;
const LONGEST: Duration = Duration::from_secs(300);

/// How long to wait after this many failures in a row (at least 1). `jitter`, from 0 to 1, takes up to a fifth off, so
/// that what failed together isn't tried again together.
fn backoff(failures: u32, jitter: f64) -> Duration {
    // More of them would be over the longest wait anyway.
    let steps = failures.clamp(1, 32) - 1;
    let grown = FIRST.as_secs_f64() * FACTOR.powi(steps.cast_signed());
    let whole = grown.min(LONGEST.as_secs_f64());
    Duration::from_secs_f64(whole * (1.0 - jitter.clamp(0.0, 1.0) / 5.0))
}

/// When something is due, and how often it failed in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct RetryTiming {
    failures: u32,
    set: Option<DateTime<FixedOffset>>,
    /// When it is due; `None`: now.
    pub(super) due: Option<DateTime<FixedOffset>>,
    /// Why it failed, if it did last time.
    pub(super) why: Option<String>,
}

impl RetryTiming {
    /// Whether it is due. It also is if the clock was set back: the time waited is then unknown.
    pub(super) fn is_due(&self, now: DateTime<FixedOffset>) -> bool {
        self.due.is_none_or(|due| due <= now) || self.set.is_some_and(|set| now < set)
    }

    /// It went well and is due again at that time.
    pub(super) fn went_well(
        &mut self,
        now: DateTime<FixedOffset>,
        due: Option<DateTime<FixedOffset>>,
    ) {
        *self = RetryTiming {
            set: Some(now),
            due,
            ..RetryTiming::default()
        };
    }

    /// It failed: the wait until it is due again grows with the failures in a row.
    pub(super) fn failed(&mut self, now: DateTime<FixedOffset>, why: &str) {
        self.why = Some(why.to_owned());
        self.failures = self.failures.saturating_add(1);
        self.set = Some(now);
        self.due = Some(after(now, backoff(self.failures, random())));
    }
}

/// The moment this much later.
pub(super) fn after(now: DateTime<FixedOffset>, wait: Duration) -> DateTime<FixedOffset> {
    TimeDelta::from_std(wait)
        .ok()
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(now)
}

/// A number from 0 to 1: every state of the standard hasher is different.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    let bits = u32::try_from(bits >> 32).expect("32 bits are left");
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LONGEST, RetryTiming, backoff};
    use chrono::{DateTime, TimeDelta};
    use std::time::Duration;

    #[test]
    fn waits_grow_by_half_up_to_the_longest() {
        let seconds: Vec<u64> = (0..12).map(|n| backoff(n, 0.0).as_secs()).collect();
        assert_eq!(
            seconds,
            [15, 15, 22, 33, 50, 75, 113, 170, 256, 300, 300, 300]
        );
        assert_eq!(backoff(u32::MAX, 0.0), LONGEST);
        assert_eq!(backoff(1, 1.0), Duration::from_secs(12));
        assert_eq!(backoff(1, 9.0), backoff(1, 1.0));
    }

    #[test]
    fn a_success_starts_over() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T05:30:12-05:00").expect("moment");
        let mut timing = RetryTiming::default();
        assert!(timing.is_due(now));
        for _ in 0..9 {
            timing.failed(now, "down");
        }
        timing.failed(now, "still down");
        let due = timing.due.expect("a wait");
        assert!(due >= now + TimeDelta::seconds(240) && !timing.is_due(now));
        assert_eq!(timing.why.as_deref(), Some("still down"));
        timing.went_well(due, None);
        assert!(timing.is_due(now) && timing.why.is_none());
        let first = TimeDelta::from_std(FIRST).expect("short");
        timing.failed(now, "down");
        assert!(timing.due.expect("a wait") <= now + first);
        assert!(timing.is_due(now - TimeDelta::seconds(1)), "set back");
    }
}
