//! Schedules by the wall clock.

use super::{ALL_DAYS, NEW_YORK, date, local, runs, schedule, time};
use crate::schedule::{Cron, Schedule, Timing, Window};
use chrono::Weekday::{Fri, Mon, Sat};

fn cron(expression: &str) -> Schedule {
    schedule(Timing::Cron(Cron::parse(expression).unwrap()))
}

fn daily(at: &str) -> Schedule {
    let days = ALL_DAYS.to_vec();
    let time = time(at);
    schedule(Timing::At { time, days })
}

#[test]
fn a_skipped_time_runs_right_after_the_gap() {
    let expected = [
        "03-07 02:30 -0500",
        "03-08 03:00 -0400",
        "03-09 02:30 -0400",
    ];
    let after = "2026-03-07T00:00:00-05:00";
    assert_eq!(runs(&daily("02:30"), NEW_YORK, after, 3), expected);
    assert_eq!(runs(&cron("30 2 * * *"), NEW_YORK, after, 3), expected);
    let expected = ["10-04 02:30 +1100", "10-05 02:15 +1100"];
    let after = "2026-10-04T00:00:00+10:30";
    assert_eq!(
        runs(&daily("02:15"), "Australia/Lord_Howe", after, 2),
        expected
    );
    let expected = ["03-29 03:00 +0200", "03-30 02:00 +0200"];
    let after = "2026-03-29T00:00:00+01:00";
    assert_eq!(runs(&daily("02:00"), "Europe/Berlin", after, 2), expected);
}

#[test]
fn times_that_become_one_moment_are_one_run() {
    let expected = [
        "03-08 01:40 -0500",
        "03-08 03:00 -0400",
        "03-08 03:20 -0400",
    ];
    let after = "2026-03-08T01:30:00-05:00";
    assert_eq!(runs(&cron("*/20 * * * *"), NEW_YORK, after, 3), expected);
}

#[test]
fn a_doubled_time_runs_once() {
    let expected = ["11-01 01:30 -0400", "11-02 01:30 -0500"];
    let after = "2026-11-01T00:00:00-04:00";
    assert_eq!(runs(&daily("01:30"), NEW_YORK, after, 2), expected);
    // Asked between the two, and at the second.
    for after in ["2026-11-01T01:10:00-05:00", "2026-11-01T01:30:00-05:00"] {
        assert_eq!(runs(&daily("01:30"), NEW_YORK, after, 1), expected[1..]);
    }
    let expected = [
        "11-01 01:30 -0400",
        "11-01 01:45 -0400",
        "11-01 02:00 -0500",
    ];
    let after = "2026-11-01T01:20:00-04:00";
    assert_eq!(runs(&cron("*/15 * * * *"), NEW_YORK, after, 3), expected);
    let expected = ["04-05 01:45 +1100", "04-06 01:45 +1030"];
    let after = "2026-04-05T00:00:00+11:00";
    assert_eq!(
        runs(&daily("01:45"), "Australia/Lord_Howe", after, 2),
        expected
    );
}

#[test]
fn no_change_of_the_clock_no_surprise() {
    let expected = ["03-08 02:30 -0700", "03-09 02:30 -0700"];
    let after = "2026-03-08T00:00:00-07:00";
    assert_eq!(runs(&daily("02:30"), "America/Phoenix", after, 2), expected);
}

#[test]
fn days_start_end_and_except() {
    let days = vec![Mon, Fri];
    let time = time("06:00");
    let mut schedule = schedule(Timing::At { time, days });
    schedule.start = Some(local("2026-11-20 06:00:00"));
    schedule.end = Some(local("2026-12-04 06:00:00"));
    schedule.except = vec![date("2026-11-27")];
    let expected = [
        "11-20 06:00 -0500",
        "11-23 06:00 -0500",
        "11-30 06:00 -0500",
        "12-04 06:00 -0500",
    ];
    let all = runs(&schedule, NEW_YORK, "2020-01-01T00:00:00Z", 9);
    assert_eq!(all, expected);
    schedule.start = Some(local("2026-11-20 06:00:01"));
    schedule.end = Some(local("2026-12-04 05:59:59"));
    let all = runs(&schedule, NEW_YORK, "2020-01-01T00:00:00Z", 9);
    assert_eq!(all, expected[1..3]);
}

#[test]
fn a_run_belongs_to_the_date_it_was_meant_for() {
    // In Nuuk the last hour of Saturday 2026-03-28 is skipped.
    let mut schedule = cron("0,30 0,23 * * Sat,Sun");
    schedule.except = vec![date("2026-03-28")];
    let after = "2026-03-28T12:00:00-02:00";
    let expected = ["03-29 00:00 -0100", "03-29 00:30 -0100"];
    assert_eq!(runs(&schedule, "America/Nuuk", after, 2), expected);
    schedule.except = vec![date("2026-03-29")];
    let expected = ["03-29 00:00 -0100", "04-04 00:00 -0100"];
    assert_eq!(runs(&schedule, "America/Nuuk", after, 2), expected);
}

#[test]
fn outside_its_window_it_does_not_run() {
    let mut schedule = cron("0 * * * *");
    schedule.window = Some(Window {
        days: vec![Sat],
        from: time("23:00"),
        to: time("01:00"),
        except: Vec::new(),
    });
    let expected = [
        "11-21 23:00 -0500",
        "11-22 00:00 -0500",
        "11-28 23:00 -0500",
    ];
    let after = "2026-11-20T12:00:00-05:00";
    assert_eq!(runs(&schedule, NEW_YORK, after, 3), expected);
}

#[test]
fn a_window_skipped_with_its_run_opens_for_it() {
    let mut schedule = daily("02:15");
    schedule.window = Some(Window {
        days: ALL_DAYS.to_vec(),
        from: time("02:00"),
        to: time("03:00"),
        except: Vec::new(),
    });
    let expected = ["03-08 03:00 -0400", "03-09 02:15 -0400"];
    let after = "2026-03-07T12:00:00-05:00";
    assert_eq!(runs(&schedule, NEW_YORK, after, 2), expected);
}

#[test]
fn never_is_found_within_bounds() {
    let mut schedule = daily("12:00");
    schedule.window = Some(Window {
        days: ALL_DAYS.to_vec(),
        from: time("22:00"),
        to: time("05:00"),
        except: Vec::new(),
    });
    let after = "2026-11-20T12:00:00-05:00";
    assert!(runs(&schedule, NEW_YORK, after, 1).is_empty());
    schedule = daily("12:00");
    schedule.end = Some(local("2026-11-20 12:00:00"));
    assert!(runs(&schedule, NEW_YORK, after, 1).is_empty());
    let days = Vec::new();
    schedule.timing = Timing::At {
        time: time("12:00"),
        days,
    };
    assert!(runs(&schedule, NEW_YORK, "2020-01-01T00:00:00Z", 1).is_empty());
}
