//! The next times of schedules, and which of them are passed over.

use super::test_site::{NAME, TestSite};
use crate::ledger::Pause;
use crate::operations::{ListedSchedule, ScheduleTimes, Visible, schedule_times};
use crate::site::Site;
use crate::spool::Disk;
use chrono::{DateTime, TimeDelta};

const DAILY: &str = "[schedule.daily]\nrun = \"people\"\nat = \"06:00\"\n";

fn times(site: &Site) -> ScheduleTimes {
    schedule_times(site, &Visible::default()).expect("a list")
}

fn only(site: &Site) -> ListedSchedule {
    times(site).schedules.remove(0)
}

#[test]
fn times_that_are_ruled_out_say_why() {
    // The test's clock begins at 2026-11-20 09:00, a Friday.
    let more = "[window.weekdays]\ndays = [\"Mon\", \"Tue\", \"Wed\", \"Thu\", \"Fri\"]\nfrom = \"05:00\"\nto = \"07:00\"\n";
    let bench = TestSite::new(&format!(
        "{more}{DAILY}window = \"weekdays\"\nexcept = [2026-11-24]\nend = 2026-11-30T12:00:00"
    ));
    let daily = only(&bench.site(Disk::new()));
    assert_eq!(daily.words, "Every day at 06:00");
    let told: Vec<(String, usize, Option<&str>)> = daily
        .times
        .iter()
        .map(|time| {
            (
                time.at.to_rfc3339(),
                time.count,
                time.passed_over.as_deref(),
            )
        })
        .collect();
    let at = |day: u32| format!("2026-11-{day}T06:00:00-05:00");
    let window = Some("it is outside of the window weekdays");
    assert_eq!(
        told,
        [
            (at(21), 2, window),
            (at(23), 1, None),
            (at(24), 1, Some("2026-11-24 is under except")),
            (at(25), 1, None),
            (at(26), 1, None),
            (at(27), 1, None),
            (at(28), 2, window),
            (at(30), 1, None),
        ]
    );
    let ends = daily.ends.expect("an end");
    assert_eq!(ends, "it ends at 2026-11-30 12:00 (America/New_York)");
}

#[test]
fn twenty_times_are_listed_with_what_the_clock_does_before_them() {
    let more = "[schedule.weekly]\nrun = \"people\"\ncron = \"30 2 * * Sun\"\n";
    let bench = TestSite::new(more);
    let weekly = only(&bench.site(Disk::new()));
    assert_eq!((weekly.times.len(), weekly.ends), (20, None));
    assert_eq!(weekly.words, "Sunday at 02:30");
    let changes: Vec<(String, &str)> = weekly
        .times
        .iter()
        .filter_map(|time| Some((time.at.to_rfc3339(), time.clock.as_deref()?)))
        .collect();
    let forward = "the clock goes forward by 60 minutes before it: -05:00 becomes -04:00";
    // 02:30 is not there on that day.
    assert_eq!(changes, [("2027-03-14T03:00:00-04:00".to_owned(), forward)]);
}

#[test]
fn what_keeps_a_run_waiting_is_told_as_long_as_it_is_known() {
    let more = "window = \"late\"\n[window.late]\nfrom = \"20:00\"\nto = \"22:00\"\n[set.both]\nintegrations = [\"people\"]\n";
    let bench = TestSite::new(&format!("{more}{DAILY}"));
    let site = bench.site(Disk::new());
    let daily = only(&site);
    let waits = daily.times[0].waits.as_deref();
    assert_eq!(waits, Some("the window late opens at 2026-11-21 20:00"));
    let until = site.now() + TimeDelta::days(2);
    let pause = Pause {
        name: Some(NAME.into()),
        since: site.now(),
        user: "ada".into(),
        why: Some("open enrollment".into()),
        until: Some(until),
    };
    site.ledger()
        .expect("a ledger")
        .pause(&pause)
        .expect("paused");
    let daily = only(&site);
    let paused: Vec<bool> = daily
        .times
        .iter()
        .take(3)
        .map(|time| {
            time.waits
                .as_ref()
                .is_some_and(|why| why.contains("paused by ada"))
        })
        .collect();
    assert_eq!(paused, [true, true, false]);
}

#[test]
fn a_run_whose_integration_is_gone_is_among_them() {
    let bench = TestSite::new("");
    let site = bench.site(Disk::new());
    let at = DateTime::parse_from_rfc3339("2026-12-01T06:00:00-05:00").expect("a moment");
    let stored = crate::ledger::OneOff {
        number: 0,
        name: "gone".into(),
        at,
        user: "ada".into(),
        body: "{}".into(),
        asked: site.now(),
    };
    site.ledger()
        .expect("a ledger")
        .add_one_off(&stored)
        .expect("stored");
    let list = times(&site);
    assert_eq!(list.timezone, "America/New_York");
    assert!(list.schedules.is_empty() && !list.daemon_runs);
    let one = serde_json::to_value(&list.one_offs[0]).expect("JSON");
    assert_eq!(one["status"], "Scheduled but Deleted");
}
