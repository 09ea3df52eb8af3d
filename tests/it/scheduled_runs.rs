//! Scheduled and one-time runs of the daemon after failures, missed times and restarts.

use crate::clock::{Clockwork, clock, read};
use crate::people::{csv, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use crate::sqlite_ledger::HeldLedger;
use chrono::{DateTime, TimeDelta, Utc};
use feedgate::internal::config;
use feedgate::internal::ledger::{OneOff, Pause};
use feedgate::internal::run::{self, Command, RunRequest};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::Disk;
use std::sync::atomic::{AtomicI64, Ordering};

const HOURLY: &str = r#"
[site]
timezone = "America/New_York"
[integration.demographic-export]
kind = "demographic"
start = "schedule"
[schedule.hourly]
run = "demographic-export"
every = "1h"
missed = "once"
start = 2026-11-20T06:00:00
expect_file = true
"#;

#[test]
fn what_an_errand_left_in_progress_is_finished_when_the_trouble_is_over() {
    clock!(CLOCK);
    let site = Scenario::new().config(HOURLY);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T10:10:00-05:00");
    at.site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1)]));
    let outbound = at.site.path("outbound/demographic-export");
    std::fs::create_dir_all(&outbound).expect("outbound");
    let in_the_way = outbound.join("receipts");
    std::fs::write(&in_the_way, "no folder").expect("file");
    let errand = Command::Run(RunRequest {
        name: DEMOGRAPHIC.to_owned(),
        ..RunRequest::default()
    });
    let body = errand.written().expect("an errand");
    let now = "2026-11-20T10:10:00-05:00".parse().expect("a moment");
    let mut ledger = at.ledger_to_write();
    let number = ledger.ask("ada", &body, now).expect("asked");
    at.ring();
    at.until(|at| at.ledger().answer_to(number).expect("read").is_some());
    let unfinished = |at: &Clockwork| at.ledger().unfinished(DEMOGRAPHIC).expect("read").len();
    assert_eq!(unfinished(&at), 1);
    std::fs::remove_file(&in_the_way).expect("removed");
    at.until(|at| unfinished(at) == 0);
}

#[test]
fn a_file_that_came_for_one_run_is_not_taken_for_that_of_the_next() {
    clock!(CLOCK);
    let site = Scenario::new().config(HOURLY);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T10:10:00-05:00");
    at.site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1)]));
    at.at("2026-11-20T11:00:00-05:00", 1);
    assert!(at.events("file expected").is_empty());
    at.at("2026-11-20T12:00:00-05:00", 1);
    let told = at.events("file expected");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("by 2026-11-20 12:00"), "{told:?}");
}

#[test]
fn the_first_run_of_a_schedule_is_made_up_for_too() {
    clock!(CLOCK);
    let site = Scenario::new().config(HOURLY);
    let at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T10:10:00-05:00");
    at.site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1)]));
    let mut again = at.again("2026-11-20T11:30:00-05:00", || read(&CLOCK));
    again.at("2026-11-20T11:30:00-05:00", 1);
}

#[test]
fn what_waited_and_stood_for_later_runs_stands_for_them_after_a_restart() {
    clock!(CLOCK);
    let site = Scenario::new().config(HOURLY);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T10:10:00-05:00");
    let since = "2026-11-20T10:20:00-05:00".parse().expect("a moment");
    let pause = Pause {
        name: None,
        since,
        user: "ada".to_owned(),
        why: None,
        until: None,
    };
    let mut ledger = at.ledger_to_write();
    ledger.pause(&pause).expect("paused");
    at.ring();
    at.at("2026-11-20T11:00:00-05:00", 0);
    at.at("2026-11-20T12:00:00-05:00", 0);
    at.at("2026-11-20T13:00:00-05:00", 0);
    at.site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1)]));
    assert!(ledger.resume(None, "ada", since).expect("resumed"));
    at.ring();
    at.at("2026-11-20T13:30:00-05:00", 1);
    at.site.inbound(DEMOGRAPHIC, "hr-2.csv", csv(&[person(2)]));
    let mut again = at.again("2026-11-20T13:40:00-05:00", || read(&CLOCK));
    again.at("2026-11-20T13:45:00-05:00", 1);
    again.at("2026-11-20T14:00:00-05:00", 2);
}

#[test]
fn a_one_off_whose_end_cannot_be_written_down_at_once_runs_only_once() {
    clock!(CLOCK);
    let site = Scenario::new().config(HOURLY);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T10:10:00-05:00");
    at.site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1)]));
    let errand = Command::Run(RunRequest {
        name: DEMOGRAPHIC.to_owned(),
        ..RunRequest::default()
    });
    let mut ledger = at.ledger_to_write();
    let one_off = OneOff {
        number: 0,
        name: DEMOGRAPHIC.to_owned(),
        at: "2026-11-20T10:20:00-05:00".parse().expect("a moment"),
        user: "ada".to_owned(),
        body: errand.written().expect("an errand"),
        asked: "2026-11-20T10:10:00-05:00".parse().expect("a moment"),
    };
    ledger.add_one_off(&one_off).expect("stored");
    at.ring();
    at.at("2026-11-20T10:19:00-05:00", 0);
    at.set("2026-11-20T10:20:00-05:00");
    at.until(|at| at.has_runs(1));
    at.until_elsewhere(|at| {
        at.ledger()
            .unfinished(DEMOGRAPHIC)
            .expect("read")
            .is_empty()
    });
    let held = HeldLedger::hold(at.site.root());
    at.until(Clockwork::is_idle);
    drop(held);
    at.site.inbound(DEMOGRAPHIC, "hr-2.csv", csv(&[person(2)]));
    at.ring();
    at.at("2026-11-20T10:21:00-05:00", 1);
    assert_eq!(at.events("one-off ended").len(), 1);
    assert!(at.ledger().one_offs().expect("read").is_empty());
}

#[test]
fn a_run_over_many_files_ends_with_its_window() {
    static MINUTES: AtomicI64 = AtomicI64::new(0);
    /// A clock that advances by a minute with each reading.
    fn hasty() -> DateTime<Utc> {
        let start: DateTime<Utc> = "2026-11-20T22:00:00-05:00".parse().expect("a moment");
        start + TimeDelta::minutes(MINUTES.fetch_add(1, Ordering::SeqCst))
    }
    let config = HOURLY.replace("start = \"schedule\"", "window = \"night\"");
    let night = "[window.night]\nfrom = \"22:00\"\nto = \"23:30\"\n";
    let site = Scenario::new().config(&format!("{config}{night}"));
    for n in 0..60 {
        site.inbound(DEMOGRAPHIC, &format!("hr-{n:02}.csv"), csv(&[person(n)]));
    }
    let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
    let here = Site::new(loaded).with(Disk::new(), hasty);
    let request = RunRequest {
        name: DEMOGRAPHIC.to_owned(),
        unattended: true,
        ..RunRequest::default()
    };
    let ended = run::run(&here, &request, &Quiet).expect("run");
    let taken = ended.summaries.len();
    assert!((1..60).contains(&taken), "{taken} were taken");
    assert_eq!((ended.left.waiting, ended.exit_code), (60 - taken, 5));
    assert_eq!(site.waiting(DEMOGRAPHIC).len(), 60 - taken);
    let last = &ended.summaries[taken - 1].start_date;
    assert!(last.as_str() <= "2026-11-20T23:30:00-05:00", "{last}");
}
