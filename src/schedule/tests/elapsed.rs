//! Schedules that count the time that passes.

use super::{ALL_DAYS, date, local, schedule, time};
use crate::schedule::{Schedule, Timing, Window};
use std::time::Duration;

fn every(seconds: u64) -> Schedule {
    schedule(Timing::Every(Duration::from_secs(seconds)))
}

/// The next runs, one after another, as they are in New York.
fn runs(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    super::runs(schedule, super::NEW_YORK, after, count)
}

#[test]
fn hours_that_really_pass() {
    let expected = [
        "03-08 01:00 -0500",
        "03-08 03:00 -0400",
        "03-08 04:00 -0400",
    ];
    assert_eq!(runs(&every(3600), "2026-03-08T00:30:00-05:00", 3), expected);
    let expected = [
        "11-01 01:00 -0400",
        "11-01 01:00 -0500",
        "11-01 02:00 -0500",
    ];
    assert_eq!(runs(&every(3600), "2026-11-01T00:00:00-04:00", 3), expected);
}

#[test]
fn without_a_start_it_counts_from_local_midnight() {
    let expected = ["11-20 06:00 -0500", "11-20 12:00 -0500"];
    assert_eq!(
        runs(&every(6 * 3600), "2026-11-20T00:00:00-05:00", 2),
        expected
    );
}

#[test]
fn the_start_is_the_first_run_and_the_end_the_last() {
    let mut schedule = every(45 * 60);
    schedule.start = Some(local("2026-11-20 06:10:00"));
    schedule.end = Some(local("2026-11-20 07:40:00"));
    let expected = [
        "11-20 06:10 -0500",
        "11-20 06:55 -0500",
        "11-20 07:40 -0500",
    ];
    assert_eq!(runs(&schedule, "2020-01-01T00:00:00Z", 9), expected);
    assert_eq!(
        runs(&schedule, "2026-11-20T06:10:00-05:00", 9),
        expected[1..]
    );
    assert_eq!(runs(&schedule, "2026-11-20T06:09:59.5-05:00", 9), expected);
}

#[test]
fn excepted_days_and_closed_hours_are_passed_over() {
    let mut schedule = every(3600);
    schedule.except = vec![date("2026-11-21"), date("2026-11-22")];
    let expected = ["11-20 23:00 -0500", "11-23 00:00 -0500"];
    assert_eq!(runs(&schedule, "2026-11-20T22:30:00-05:00", 2), expected);
    schedule.window = Some(Window {
        days: ALL_DAYS.to_vec(),
        from: time("22:30"),
        to: time("00:30"),
        except: Vec::new(),
    });
    let expected = [
        "11-20 23:00 -0500",
        "11-23 00:00 -0500",
        "11-23 23:00 -0500",
    ];
    assert_eq!(runs(&schedule, "2026-11-20T12:00:00-05:00", 3), expected);
}

#[test]
fn never_is_found_within_bounds() {
    assert!(runs(&every(0), "2026-11-20T12:00:00-05:00", 1).is_empty());
    let mut schedule = schedule(Timing::Every(Duration::from_secs(7 * 24 * 3600)));
    schedule.start = Some(local("2026-11-20 12:00:00"));
    schedule.window = Some(Window {
        days: vec![chrono::Weekday::Sun],
        from: time("12:00"),
        to: time("13:00"),
        except: Vec::new(),
    });
    assert!(runs(&schedule, "2026-11-20T12:00:00-05:00", 1).is_empty());
}
