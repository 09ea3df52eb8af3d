//! Missed schedules, expected files that did not arrive, and windows.

use super::{Daemon, quick, with_daemon};
use crate::people::{csv, people, person, this_year};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America::New_York;
use rustix::process::Signal;
use std::fs;
use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A site whose demographic files wait for a schedule that fires every hour since yesterday, and was looked at until
/// `behind` hours ago.
fn scheduled(keys: &str, behind: i64) -> Scenario {
    let begin = (Utc::now() - TimeDelta::days(1)).with_timezone(&New_York);
    // Half an hour from any firing, whenever this test runs.
    let begin = begin - TimeDelta::minutes(30);
    let site = quick()
        .and_keys(DEMOGRAPHIC, "start = \"schedule\"")
        .and_config(&format!(
            "[schedule.hourly]\nrun = \"demographic-export\"\nevery = \"1h\"\nstart = {}\n{keys}",
            begin.format("%Y-%m-%dT%H:%M:%S")
        ));
    // The first start makes the ledger.
    Daemon::start(&site).stop();
    mark(&site, Utc::now() - TimeDelta::hours(behind));
    site
}

/// What the schedule's last firing is remembered under.
const MARK: &str = "schedule.hourly";

fn mark(site: &Scenario, at: DateTime<Utc>) {
    site.ledger().set_mark(MARK, at).expect("set");
}

fn marked(site: &Scenario) -> DateTime<Utc> {
    let at = site.ledger_for_reading().mark(MARK).expect("read");
    at.expect("a mark")
}

/// Drops a file with an age at which it counts as complete when the daemon starts.
fn settled(site: &Scenario, name: &str, count: usize) {
    site.inbound(DEMOGRAPHIC, name, csv(&people(count)));
    sleep(Duration::from_millis(1100));
}

#[test]
fn what_was_missed_while_the_daemon_was_off_runs_once() {
    let site = scheduled("missed = \"once\"", 5);
    settled(&site, "hr.csv", 3);
    let daemon = Daemon::start(&site);
    let receipt = site.receipt("hr");
    assert_eq!(receipt["user"], "scheduler", "{receipt}");
    assert_eq!(daemon.log().matches("due").count(), 1, "{}", daemon.log());
    // The receipt is there before the schedule's mark is.
    let made_up_for = Utc::now() - TimeDelta::hours(2);
    let late = Instant::now() + Duration::from_secs(10);
    while marked(&site) < made_up_for {
        assert!(Instant::now() < late, "{}", daemon.log());
        sleep(Duration::from_millis(20));
    }
    daemon.kill();
    // It has been made up for.
    settled(&site, "hr2.csv", 4);
    let daemon = Daemon::start(&site);
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr2.csv"]);
    daemon.stop();
}

#[test]
fn what_was_missed_takes_files_that_only_quiet_tells_to_be_whole() {
    let site = scheduled("missed = \"once\"", 5);
    let site = only_quiet(site);
    settled(&site, "hr.csv", 3);
    let daemon = Daemon::start(&site);
    assert_eq!(site.receipt("hr")["status"], "Completed");
    daemon.stop();
}

#[test]
fn a_run_asked_for_later_takes_files_that_only_quiet_tells_to_be_whole() {
    let site = quick().and_keys(DEMOGRAPHIC, "start = \"schedule\"");
    let site = only_quiet(site);
    let later = format!("{}-01-02T06:30", this_year() + 1);
    let asked = site.feedgate(&["run", DEMOGRAPHIC, "--at", &later]);
    assert_eq!(asked.code, 0, "{asked:?}");
    // Its time came while no daemon was at work.
    site.make_one_off_due();
    settled(&site, "hr.csv", 3);
    let daemon = Daemon::start(&site);
    assert_eq!(site.receipt("hr")["status"], "Completed");
    daemon.stop();
}

#[test]
fn a_due_run_waits_for_an_upload_under_way_and_says_so_once() {
    let site = scheduled("missed = \"once\"", 5);
    let path = site.inbox(DEMOGRAPHIC).join("hr.csv");
    let mut upload = fs::File::create(&path).expect("made");
    let daemon = Daemon::start(&site);
    daemon.await_log("hr.csv waits: its sender has it open");
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert!(path.exists(), "taken early");
    assert_eq!(daemon.log().matches("hr.csv waits").count(), 1);
    upload.write_all(&csv(&people(3))).expect("written");
    drop(upload);
    assert_eq!(site.receipt("hr")["records_processed"], 3);
    daemon.stop();
}

/// A demographic file counts as complete only after two scans that find it unchanged.
fn only_quiet(site: Scenario) -> Scenario {
    let before = fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let quiet = before.replacen("complete = { ", "complete = { by = \"quiet\", ", 1);
    site.config(&quiet)
}

#[test]
fn what_was_missed_may_be_skipped() {
    let site = scheduled("missed = \"skip\"", 5);
    settled(&site, "hr.csv", 3);
    let daemon = Daemon::start(&site);
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv"]);
    daemon.stop();
}

#[test]
fn a_file_that_did_not_come_is_told_of() {
    let site = scheduled("expect_file = true", 2);
    let daemon = Daemon::start(&site);
    let event = site.event("file expected", "ask its sender");
    assert_eq!(
        (&event["subject"], &event["user"]),
        (&DEMOGRAPHIC.into(), &"scheduler".into())
    );
    let log = daemon.stop();
    assert_eq!(log.matches("expected a file by").count(), 1, "{log}");
}

#[test]
fn outside_its_window_a_file_waits_until_it_opens() {
    let now = Utc::now().with_timezone(&New_York);
    let at = |hours: i64| (now + TimeDelta::hours(hours)).format("%H:00").to_string();
    let window = |from: i64, to: i64| {
        format!(
            "[window.later]\nfrom = \"{}\"\nto = \"{}\"\n",
            at(from),
            at(to)
        )
    };
    let site = with_daemon("").and_keys(DEMOGRAPHIC, "window = \"later\"");
    let before = fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site = site.and_config(&window(3, 5));
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    let refused = site.feedgate(&["run", DEMOGRAPHIC, "--unattended"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    let opens = format!(
        "until it opens at {}",
        (now + TimeDelta::hours(3)).format("%Y-%m-%d %H:00")
    );
    assert!(refused.stderr.contains(&opens), "{refused:?}");
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv"]);
    // A manual run takes it, and so does an open window.
    let by_hand = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(by_hand.code, 0, "{by_hand:?}");
    site.inbound(DEMOGRAPHIC, "hr2.csv", csv(&[person(9)]));
    let site = site.config(&before).and_config(&window(-1, 2));
    daemon.signal(Signal::HUP);
    assert_eq!(site.receipt("hr2")["status"], "Completed");
    daemon.stop();
}
