//! Laws that hold for every schedule and every window.

use super::{date, schedule};
use crate::schedule::{Cron, MOST_MADE_UP, Missed, Schedule, Timing, Window, due, resolve};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use std::time::Duration;

fn zones() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        chrono_tz::America::New_York,
        chrono_tz::Europe::Berlin,
        chrono_tz::America::Phoenix,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::America::Nuuk,
    ])
}

/// Moments of 2026, half of them near changes of the clock.
fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    let year = 1_767_225_600..1_798_761_600_i64;
    let changes = vec![
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
    ];
    let near = (prop::sample::select(changes), -200_000..200_000_i64)
        .prop_map(|(change, off)| super::utc(change) + TimeDelta::seconds(off));
    let any = year.prop_map(|s| DateTime::from_timestamp(s, 0).unwrap());
    prop_oneof![any, near]
}

fn days() -> impl Strategy<Value = Vec<Weekday>> {
    prop::sample::subsequence(super::ALL_DAYS.to_vec(), 1..=7)
}

fn times() -> impl Strategy<Value = NaiveTime> {
    (0..24_u32, 0..60_u32).prop_map(|(h, m)| NaiveTime::from_hms_opt(h, m, 0).unwrap())
}

fn dates() -> impl Strategy<Value = Vec<NaiveDate>> {
    let day = (0..365_u64).prop_map(|n| date("2026-01-01") + chrono::Days::new(n));
    prop::collection::vec(day, 0..5)
}

fn windows() -> impl Strategy<Value = Window> {
    (days(), times(), times(), dates()).prop_map(|(days, from, to, except)| Window {
        days,
        from,
        to,
        except,
    })
}

fn timings() -> impl Strategy<Value = Timing> {
    let cron = vec![
        "0 2 * * *",
        "*/15 * * * *",
        "30 1,2 * * *",
        "0 0 1 * Mon",
        "15 23 L * *",
    ];
    prop_oneof![
        (60..200_000_u64).prop_map(|s| Timing::Every(Duration::from_secs(s))),
        prop::sample::select(cron).prop_map(|c| Timing::Cron(Cron::parse(c).unwrap())),
        (times(), days()).prop_map(|(time, days)| Timing::At { time, days }),
    ]
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let window = prop::option::of(windows());
    let start = prop::option::of(moments());
    (timings(), window, start, dates()).prop_map(|(timing, window, start, except)| Schedule {
        start: start.map(|m| m.naive_utc()),
        except,
        window,
        ..schedule(timing)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_next_run_is_after_and_none_lies_between(
        schedule in schedules(), zone in zones(), a in moments(), b in moments(),
    ) {
        let (a, b) = (a.min(b), a.max(b));
        let (first, second) = (schedule.next(a, zone), schedule.next(b, zone));
        prop_assert!(first.is_none_or(|run| run > a));
        match (first, second) {
            (Some(first), Some(second)) => prop_assert!(first <= second),
            (None, Some(second)) => prop_assert!(false, "{second} is never reached from {a}"),
            _ => {}
        }
        // Asked from anywhere before it, the next run is the same.
        if let Some(run) = first.filter(|run| *run > b) {
            prop_assert_eq!(second, Some(run));
        }
    }

    #[test]
    fn a_run_keeps_to_its_limits(schedule in schedules(), zone in zones(), at in moments()) {
        if let Some(run) = schedule.next(at, zone) {
            let here = run.with_timezone(&zone);
            prop_assert!(schedule.window.as_ref().is_none_or(|w| w.closes(here).is_some()));
            prop_assert!(schedule.start.is_none_or(|start| here >= resolve(start, zone)));
        }
    }

    #[test]
    fn from_opening_to_close_a_window_is_open(
        window in windows(), zone in zones(), at in moments(), share in 0..1000_i32,
    ) {
        let at = at.with_timezone(&zone);
        let opens = window.next_open(at).expect("some day it opens");
        prop_assert!(opens > at);
        let closes = window.closes(opens).expect("open");
        prop_assert!(closes > opens);
        let inside = opens + (closes - opens) / 1000 * share;
        prop_assert_eq!(window.closes(inside), Some(closes));
        // Before the opening it was closed, or open since an earlier day.
        let before = opens - TimeDelta::seconds(1);
        prop_assert!(window.closes(before).is_none_or(|c| c == opens));
        // Where it is shut, it stays shut until the next opening.
        if window.closes(at).is_none() {
            let between = at + (opens - at) / 1000 * share;
            prop_assert!(window.closes(between).is_none());
        }
    }

    #[test]
    fn what_is_due_in_two_looks_is_due_in_one(
        schedule in schedules(), zone in zones(), since in moments(), a in 0..90_000_i64, b in 0..90_000_i64,
    ) {
        let middle = since + TimeDelta::seconds(a);
        let now = middle + TimeDelta::seconds(b);
        let whole = due(&schedule, since, now, zone);
        if whole.len() < MOST_MADE_UP {
            let mut parts = due(&schedule, since, middle, zone);
            parts.extend(due(&schedule, middle, now, zone));
            prop_assert_eq!(&parts, &whole);
        }
        for missed in [Missed::Skip, Missed::Once] {
            let fewer = due(&Schedule { missed, ..schedule.clone() }, since, now, zone);
            prop_assert!(whole.ends_with(&fewer));
        }
    }
}
