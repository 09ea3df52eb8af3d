//! The daemon on a simulated clock: hourly demographics, nightly deductions in a window, plan years on separate days,
//! open enrolment. These tests don't wait for real time to pass.

use crate::people::{csv, deduction, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, two_years};
use chrono::{DateTime, Utc};
use feedgate::internal::config;
use feedgate::internal::daemon::Daemon;
use feedgate::internal::ledger::{EventAction, EventFilter, Ledger, Pause, RunFilter};
use feedgate::internal::site::{OpenLedger, Site};
use feedgate::internal::spool::Disk;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

const CONFIG: &str = concat!(
    two_years!(),
    r#"[integration.demographic-export]
kind = "demographic"
start = "schedule"
[integration.deduction-import]
kind = "deduction"
window = "nightly"
after = ["demographic-export"]
[window.nightly]
days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
from = "22:00"
to = "05:00"
except = [2026-11-22]
[schedule.hourly]
run = "demographic-export"
every = "1h"
start = 2026-11-20T06:00:00
expect_file = true
"#
);

/// A clock that moves only when it is set.
macro_rules! clock {
    ($name:ident) => {
        static $name: AtomicI64 = AtomicI64::new(0);
    };
}
pub(crate) use clock;

/// A daemon that the test steps, and whose clock it sets.
pub(crate) struct Clockwork {
    daemon: Daemon,
    clock: &'static AtomicI64,
    pub(crate) site: Scenario,
}

impl Clockwork {
    pub(crate) fn start(
        site: Scenario,
        clock: &'static AtomicI64,
        read: fn() -> DateTime<Utc>,
        at: &str,
    ) -> Clockwork {
        for folder in ["inbound/demographic-export", "inbound/deduction-import"] {
            std::fs::create_dir_all(site.path(folder)).expect("inbound");
        }
        let mut work = Clockwork::take_up(site, clock, read, at);
        // Events are heard from the first look on.
        work.at(at, 0);
        work
    }

    fn take_up(
        site: Scenario,
        clock: &'static AtomicI64,
        read: fn() -> DateTime<Utc>,
        at: &str,
    ) -> Clockwork {
        set(clock, at);
        let daemon = Daemon::start(site.open(Disk::new(), read)).expect("started");
        Clockwork {
            daemon,
            clock,
            site,
        }
    }

    /// The daemon ends, and another one starts then.
    pub(crate) fn again(self, at: &str, read: fn() -> DateTime<Utc>) -> Clockwork {
        let Clockwork {
            daemon,
            clock,
            site,
        } = self;
        drop(daemon);
        Clockwork::take_up(site, clock, read, at)
    }

    /// Turns until something is so.
    pub(crate) fn until(&mut self, so: impl Fn(&Clockwork) -> bool) {
        let late = Instant::now() + Duration::from_secs(30);
        while !so(self) {
            self.daemon.turn(Duration::from_millis(20)).expect("a turn");
            assert!(Instant::now() < late, "{:#?}", self.runs());
        }
    }

    /// Waits until something is so, while the daemon takes no turn.
    pub(crate) fn until_elsewhere(&self, so: impl Fn(&Clockwork) -> bool) {
        let late = Instant::now() + Duration::from_secs(30);
        while !so(self) {
            std::thread::sleep(Duration::from_millis(5));
            assert!(Instant::now() < late, "{:#?}", self.runs());
        }
    }

    /// Sets the clock without checking the result.
    pub(crate) fn set(&self, time: &str) {
        set(self.clock, time);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.daemon.is_idle()
    }

    pub(crate) fn has_runs(&self, runs: usize) -> bool {
        self.runs().len() == runs
    }

    /// Tells the daemon that the ledger has something new.
    pub(crate) fn ring(&self) {
        std::fs::create_dir_all(self.site.path("state/bell")).expect("bell");
        std::fs::write(self.site.path("state/bell/request"), "").expect("rung");
    }

    pub(crate) fn ledger_to_write(&self) -> Box<dyn Ledger> {
        self.site.ledger()
    }

    pub(crate) fn ledger(&self) -> OpenLedger {
        self.site.ledger_for_reading()
    }

    /// Every run so far, oldest first: file, day and time of its start, status.
    fn runs(&self) -> Vec<String> {
        let mut runs = self
            .ledger()
            .runs(&RunFilter::default(), 100)
            .expect("runs");
        runs.reverse();
        runs.iter()
            .map(|r| {
                let name = r.source_name.as_deref().unwrap_or("-");
                format!("{name} {} {}", r.start.format("%m-%d %H:%M"), r.status)
            })
            .collect()
    }

    /// Sets the clock and waits until the daemon has done everything that is due: that many runs in total.
    pub(crate) fn at(&mut self, time: &str, runs: usize) -> &mut Clockwork {
        set(self.clock, time);
        let late = Instant::now() + Duration::from_secs(20);
        loop {
            self.daemon.turn(Duration::from_millis(20)).expect("a turn");
            if self.daemon.is_idle() && self.runs().len() >= runs {
                break;
            }
            assert!(Instant::now() < late, "{:#?}", self.runs());
        }
        // Whatever would come too much has a chance to.
        for _ in 0..15 {
            self.daemon.turn(Duration::from_millis(20)).expect("a turn");
        }
        assert_eq!(self.runs().len(), runs, "{:#?}", self.runs());
        self
    }

    pub(crate) fn events(&self, action: &str) -> Vec<String> {
        let filter = EventFilter {
            action: Some(EventAction::parse(action).expect("an action")),
            ..EventFilter::default()
        };
        let events = self.ledger().events(&filter, 100).expect("events");
        let shown = |e: feedgate::internal::ledger::Event| {
            format!("{}: {}", e.subject, e.why.unwrap_or_default())
        };
        events.into_iter().rev().map(shown).collect()
    }
}

fn set(clock: &AtomicI64, time: &str) {
    let time: DateTime<Utc> = time.parse().expect("a moment");
    clock.store(time.timestamp(), Ordering::SeqCst);
}

pub(crate) fn read(clock: &AtomicI64) -> DateTime<Utc> {
    DateTime::from_timestamp(clock.load(Ordering::SeqCst), 0).expect("a moment")
}

#[test]
fn hours_nights_and_plan_years_each_in_their_order() {
    clock!(CLOCK);
    let site = Scenario::new().config(CONFIG);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T10:10:00-05:00");
    let prior = |n| deduction(n).with("effective_date", "2026-11-15");
    let current = |n| deduction(n).with("effective_date", "2027-01-01");
    at.site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1), person(2)]))
        .inbound(DEDUCTION, "current.csv", csv(&[current(1)]))
        .inbound(DEDUCTION, "prior.csv", csv(&[prior(1)]));
    at.at("2026-11-20T10:59:59-05:00", 0);
    at.at("2026-11-20T11:00:00-05:00", 1);
    at.at("2026-11-20T21:59:59-05:00", 1);
    // The window opens: the prior year goes, the current one has to wait for another day.
    at.at("2026-11-20T22:00:00-05:00", 2);
    at.at("2026-11-20T23:59:59-05:00", 2);
    at.at("2026-11-21T00:00:00-05:00", 3);
    // A prior year after a later one waits for a person.
    at.site.inbound(DEDUCTION, "late.csv", csv(&[prior(2)]));
    at.at("2026-11-21T00:10:00-05:00", 4);
    // Demographics that wait for their hour go before deductions, although the window is open.
    at.site
        .inbound(DEMOGRAPHIC, "hr-2.csv", csv(&[person(3)]))
        .inbound(DEDUCTION, "current-2.csv", csv(&[current(3)]));
    at.at("2026-11-21T00:20:00-05:00", 4);
    at.at("2026-11-21T01:00:00-05:00", 6);
    // No window opens on the 22nd.
    at.site
        .inbound(DEDUCTION, "current-3.csv", csv(&[current(2)]));
    at.at("2026-11-22T23:00:00-05:00", 6);
    at.at("2026-11-23T22:00:00-05:00", 7);
    assert_eq!(
        at.runs(),
        [
            "hr.csv 11-20 11:00 Completed",
            "prior.csv 11-20 22:00 Completed",
            "current.csv 11-21 00:00 Completed",
            "late.csv 11-21 00:10 Held",
            "hr-2.csv 11-21 01:00 Completed",
            "current-2.csv 11-21 01:00 Completed",
            "current-3.csv 11-23 22:00 Completed",
        ]
    );
    let held = at.ledger().runs(&RunFilter::default(), 100).expect("runs");
    let late = held
        .iter()
        .find(|r| r.source_name.as_deref() == Some("late.csv"));
    let reason = late.and_then(|r| r.summary.as_ref()?.reason.clone());
    assert!(reason.is_some_and(|r| r.starts_with("PRIOR_YEAR_AFTER_CURRENT")));
    assert!(!at.events("file expected").is_empty());
}

#[test]
fn open_enrolment_from_pause_to_resume() {
    clock!(CLOCK);
    let site = Scenario::new().config(CONFIG);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-20T21:00:00-05:00");
    at.site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1)]));
    at.at("2026-11-20T22:00:00-05:00", 1);
    let mut ledger = at.ledger_to_write();
    let pause = Pause {
        name: Some(DEDUCTION.to_owned()),
        since: "2026-11-20T22:01:00-05:00".parse().expect("a moment"),
        user: "ines".to_owned(),
        why: Some("open enrolment".to_owned()),
        until: None,
    };
    ledger.pause(&pause).expect("paused");
    std::fs::create_dir_all(at.site.path("state/bell")).expect("bell");
    std::fs::write(at.site.path("state/bell/request"), "").expect("rung");
    let current = deduction(1).with("effective_date", "2027-01-01");
    let changed = current.clone().with("employee_amount", "99.00");
    at.at("2026-11-20T22:02:00-05:00", 1);
    at.site.inbound(DEDUCTION, "weekly.csv", csv(&[changed]));
    at.at("2026-11-20T23:00:00-05:00", 1);
    at.at("2026-11-25T23:00:00-05:00", 1);
    // The carrier's go: from the first of December on.
    let user = "ines";
    let from = "2026-12-01T00:00:00-05:00".parse().expect("a moment");
    let said = "2026-11-26T09:00:00-05:00".parse().expect("a moment");
    assert!(
        ledger
            .resume_from(Some(DEDUCTION), from, user, said)
            .expect("resumed")
    );
    std::fs::write(at.site.path("state/bell/request"), "").expect("rung");
    at.at("2026-11-30T23:59:00-05:00", 1);
    at.at("2026-12-01T00:00:00-05:00", 2);
    assert_eq!(at.runs()[1], "weekly.csv 12-01 00:00 Completed");
    assert!(at.events("pause")[0].contains("open enrolment"));
    assert_eq!(at.events("resume").len(), 2, "{:?}", at.events("resume"));
}

const HOURLY_AND_WEEKLY: &str = r#"
[site]
timezone = "America/New_York"
[integration.demographic-export]
kind = "demographic"
start = "schedule"
parameters = { delta = true, qualify_delta = false }
[schedule.weekly]
run = "demographic-export"
at = "03:00"
days = ["Sun"]
parameters = { delta = false }
[schedule.hourly]
run = "demographic-export"
every = "1h"
"#;

#[test]
fn a_schedule_runs_with_its_own_parameters() {
    clock!(CLOCK);
    let site = Scenario::new().config(HOURLY_AND_WEEKLY);
    let mut at = Clockwork::start(site, &CLOCK, || read(&CLOCK), "2026-11-21T12:10:00-05:00");
    for (n, (before, then)) in [
        ("2026-11-21T12:30:00-05:00", "2026-11-21T13:00:00-05:00"),
        // On Sunday at three both are due, and the one that stands first takes the file.
        ("2026-11-22T02:30:00-05:00", "2026-11-22T03:00:00-05:00"),
        ("2026-11-22T03:30:00-05:00", "2026-11-22T04:00:00-05:00"),
    ]
    .into_iter()
    .enumerate()
    {
        at.at(before, n);
        let name = format!("{n}.csv");
        at.site.inbound(DEMOGRAPHIC, &name, csv(&[person(n + 1)]));
        at.at(then, n + 1);
    }
    let mut rows = at.ledger().runs(&RunFilter::default(), 9).expect("runs");
    rows.reverse();
    let given: Vec<_> = rows
        .iter()
        .map(|r| (r.parameters.delta, r.parameters.qualify_delta))
        .collect();
    assert_eq!(given, [(true, false), (false, false), (true, false)]);
}

const NIGHTLY: &str = r#"
[site]
timezone = "America/New_York"
[[plan_year]]
start = 2026-01-01
end = 2026-12-31
[integration.demographic-export]
kind = "demographic"
start = "schedule"
complete = { settle = "1s" }
[integration.deduction-import]
kind = "deduction"
start = "schedule"
complete = { settle = "1s" }
[set.nightly]
integrations = ["demographic-export", "deduction-import"]
abort_on_failure = true
[schedule.night]
run = "nightly"
at = "02:00"
"#;

#[test]
fn a_set_stops_passes_over_pauses_and_makes_up_for_a_missed_night() {
    clock!(CLOCK);
    let read_clock = || read(&CLOCK);
    let site = Scenario::new().config(NIGHTLY);
    let mut at = Clockwork::start(site, &CLOCK, read_clock, "2026-11-19T12:00:00-05:00");
    let due = |n| deduction(n).with("effective_date", "2026-11-01");
    let bad = person(2).with("ssn", "000-00-0000");
    at.site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(1), bad]))
        .inbound(DEDUCTION, "ded.csv", csv(&[due(1)]));
    // The first night: rejected records end the set before its second member.
    at.at("2026-11-20T02:00:00-05:00", 1);
    at.at("2026-11-20T23:00:00-05:00", 1);
    let stopped = at.events("set stopped");
    assert!(
        stopped[0].starts_with("nightly: stopped after demographic-export: run "),
        "{stopped:?}"
    );
    assert!(
        stopped[0].ends_with("ended Completed with Errors; not run: deduction-import"),
        "{stopped:?}"
    );
    assert_eq!((stopped.len(), at.events("not run").len()), (1, 1));
    // The second: the first member is paused, the set passes over it.
    let mut ledger = at.ledger_to_write();
    let pause = Pause {
        name: Some(DEMOGRAPHIC.to_owned()),
        since: "2026-11-20T23:00:00-05:00".parse().expect("a moment"),
        user: "ines".to_owned(),
        why: None,
        until: Some("2026-11-22T12:00:00-05:00".parse().expect("a moment")),
    };
    ledger.pause(&pause).expect("paused");
    std::fs::write(at.site.path("state/bell/request"), "").expect("rung");
    at.site.inbound(DEMOGRAPHIC, "hr-2.csv", csv(&[person(3)]));
    at.at("2026-11-20T23:30:00-05:00", 1);
    at.at("2026-11-21T02:00:00-05:00", 2);
    // No daemon for some nights: one run makes up for them, when there is one again.
    let Clockwork { daemon, site, .. } = at;
    drop(daemon);
    site.inbound(DEDUCTION, "ded-2.csv", csv(&[due(3)]));
    set(&CLOCK, "2026-11-25T12:00:00-05:00");
    let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
    let here = Site::new(loaded).with(Disk::new(), read_clock);
    let daemon = Daemon::start(here).expect("started");
    let mut at = Clockwork {
        daemon,
        clock: &CLOCK,
        site,
    };
    at.at("2026-11-25T12:00:01-05:00", 4);
    at.at("2026-11-25T13:00:00-05:00", 4);
    assert_eq!(
        at.runs(),
        [
            "hr.csv 11-20 02:00 Completed with Errors",
            "ded.csv 11-21 02:00 Completed",
            "hr-2.csv 11-25 12:00 Completed",
            "ded-2.csv 11-25 12:00 Completed",
        ]
    );
    let rows = at.ledger().runs(&RunFilter::default(), 9).expect("runs");
    assert!(
        rows.iter()
            .all(|r| r.process_name.as_deref() == Some("nightly"))
    );
    assert!(rows.iter().all(|r| r.user == "scheduler"));
}
