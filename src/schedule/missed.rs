//! What is due now, with the runs that were missed.

use super::timing::{Missed, Schedule};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// A run that is later than this was missed.
pub(crate) const GRACE: TimeDelta = TimeDelta::minutes(1);
/// At most this many runs are due at once; the newest.
pub(crate) const MOST_MADE_UP: usize = 100;

/// The runs due at `now` when the schedule was last looked at at `since`: the times in (`since`, `now`], the oldest
/// first. Those older than [`GRACE`] were missed; with [`Missed::Once`] the last of them stands for all, unless one
/// that is on time does. At most [`MOST_MADE_UP`].
pub(crate) fn due(
    schedule: &Schedule,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Vec<DateTime<Utc>> {
    let mut runs = newest(schedule, since, now, zone);
    let missed = runs.partition_point(|run| now - *run > GRACE);
    let dropped = match schedule.missed {
        Missed::Skip => missed,
        Missed::Once if missed < runs.len() => missed,
        Missed::Once => missed.saturating_sub(1),
        Missed::All => 0,
    };
    runs.drain(..dropped);
    runs
}

/// The newest times in (`since`, `now`], the oldest first. Looks back twice as far each time, so that a year of missed
/// minutes costs no more than the last ones.
fn newest(
    schedule: &Schedule,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Vec<DateTime<Utc>> {
    if schedule.next(since, zone).is_none_or(|run| run > now) {
        return Vec::new();
    }
    let mut back = GRACE;
    loop {
        let from = now.checked_sub_signed(back).map_or(since, |m| m.max(since));
        let first = schedule.next(from, zone);
        let mut runs: Vec<_> = std::iter::successors(first, |run| schedule.next(*run, zone))
            .take_while(|run| *run <= now)
            .collect();
        if runs.len() >= MOST_MADE_UP || from <= since {
            runs.drain(..runs.len().saturating_sub(MOST_MADE_UP));
            return runs;
        }
        back = back.checked_add(&back).unwrap_or(TimeDelta::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::tests::{schedule, utc, zone};
    use crate::schedule::{Cron, Timing};
    use std::time::Duration;

    fn hourly(missed: Missed) -> Schedule {
        let mut hourly = schedule(Timing::Cron(Cron::parse("0 * * * *").unwrap()));
        hourly.missed = missed;
        hourly
    }

    #[track_caller]
    fn is_due(schedule: &Schedule, since: &str, now: &str, expected: &[&str]) {
        let day = |time: &str| utc(&format!("2026-11-20T{time}-05:00"));
        let runs = due(schedule, day(since), day(now), zone("America/New_York"));
        let expected: Vec<_> = expected.iter().map(|time| day(time)).collect();
        assert_eq!(runs, expected);
    }

    #[test]
    fn on_time_runs_are_due_whatever_the_policy() {
        for missed in [Missed::Skip, Missed::Once, Missed::All] {
            let hourly = hourly(missed);
            is_due(&hourly, "05:30:00", "05:59:59", &[]);
            is_due(&hourly, "05:59:59", "06:00:00", &["06:00:00"]);
            is_due(&hourly, "05:30:00", "06:01:00", &["06:00:00"]);
            is_due(&hourly, "06:00:00", "06:00:30", &[]);
            is_due(&hourly, "06:30:00", "06:00:30", &[]);
        }
    }

    #[test]
    fn missed_runs_follow_the_policy() {
        let (since, now) = ("02:00:00", "05:20:00");
        is_due(&hourly(Missed::Skip), since, now, &[]);
        is_due(&hourly(Missed::Once), since, now, &["05:00:00"]);
        let all = ["03:00:00", "04:00:00", "05:00:00"];
        is_due(&hourly(Missed::All), since, now, &all);
    }

    #[test]
    fn one_on_time_makes_up_for_the_missed() {
        let (since, now) = ("02:00:00", "05:00:40");
        is_due(&hourly(Missed::Skip), since, now, &["05:00:00"]);
        is_due(&hourly(Missed::Once), since, now, &["05:00:00"]);
        let all = ["03:00:00", "04:00:00", "05:00:00"];
        is_due(&hourly(Missed::All), since, now, &all);
    }

    #[test]
    fn a_long_absence_is_bounded_and_quick() {
        let mut often = schedule(Timing::Every(Duration::from_secs(1)));
        let (since, now) = (utc("1990-01-01T00:00:00Z"), utc("2026-11-20T00:00:00Z"));
        let runs = due(&often, since, now, zone("UTC"));
        assert_eq!(runs.len(), MOST_MADE_UP);
        assert_eq!(runs.last(), Some(&now));
        assert_eq!(now - runs[0], TimeDelta::seconds(99));
        often.timing = Timing::Every(Duration::from_secs(24 * 3600));
        assert_eq!(due(&often, since, now, zone("UTC")).len(), MOST_MADE_UP);
        let ever = (DateTime::<Utc>::MIN_UTC, now);
        assert_eq!(due(&often, ever.0, ever.1, zone("UTC")).len(), MOST_MADE_UP);
    }
}
