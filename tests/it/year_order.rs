//! The order of plan years: prior-year files first, later years on another day; late prior-year files are held.

use crate::clock::{Clockwork, clock, read};
use crate::people::{Record, csv, deduction, people, this_year, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, two_years};
use chrono::{DateTime, Days, Utc};
use feedgate::internal::config;
use feedgate::internal::domain::{RunStatus, RunSummary};
use feedgate::internal::ledger::RunFilter;
use feedgate::internal::run::{self, Command, RunRequest, perform};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::Disk;
use std::sync::atomic::AtomicI64;

fn site() -> Scenario {
    let site = Scenario::new().and_keys(DEDUCTION, "retro_days = 400");
    site.roster("hr.csv", csv(&people(6)));
    site
}

fn of_this_year(n: usize) -> Record {
    deduction(n).with("effective_date", today())
}

fn of_next_year(n: usize) -> Record {
    deduction(n).with("effective_date", format!("{}-01-15", this_year() + 1))
}

#[track_caller]
fn waits_until_tomorrow(outcome: &Outcome) {
    assert_eq!(outcome.code, 5, "{outcome:?}");
    let tomorrow = today() + Days::new(1);
    let told = format!("Scheduled for {tomorrow}: ");
    assert!(outcome.stderr.contains(&told), "{outcome:?}");
}

#[test]
fn a_prior_year_goes_first_and_the_other_waits_for_another_day() {
    let site = site();
    site.inbound(DEDUCTION, "next.csv", csv(&[of_next_year(1)]))
        .inbound(DEDUCTION, "this.csv", csv(&[of_this_year(2)]))
        .inbound(DEDUCTION, "broken.csv", "no,columns\n1,2\n");
    site.age(DEDUCTION, "next.csv", 60);
    site.age(DEDUCTION, "broken.csv", 30);
    let outcome = site.run(DEDUCTION, &[]);
    let taken: Vec<_> = outcome
        .summaries
        .iter()
        .map(|s| s["source_files"][0].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(taken, ["broken.csv", "this.csv"], "{outcome:?}");
    assert_eq!(outcome.code, 1, "the Failed one is worse than waiting");
    assert_eq!(site.waiting(DEDUCTION), ["next.csv"]);

    let again = site.run(DEDUCTION, &[]);
    waits_until_tomorrow(&again);
    assert!(again.summaries.is_empty(), "{again:?}");
    assert!(!again.stderr.contains("nothing to process"), "{again:?}");
    let before = site.outbound();
    std::fs::write(site.path("later.csv"), csv(&[of_next_year(3)])).expect("written");
    for file in ["inbound/deduction-import/next.csv", "later.csv"] {
        let named = site.run(DEDUCTION, &["--file", file]);
        waits_until_tomorrow(&named);
        assert!(named.stderr.contains("imported the plan year"), "{named:?}");
    }
    std::fs::remove_file(site.path("later.csv")).expect("removed");
    assert_eq!(site.outbound(), before, "nothing was touched");
    assert_eq!(site.waiting(DEDUCTION), ["next.csv"]);
    // The same year has no order.
    site.send_deductions(
        "more.csv",
        &[of_this_year(4)],
        &["--file", "inbound/deduction-import/more.csv"],
    )
    .completed();
}

#[test]
fn a_named_file_waits_for_prior_years_that_wait() {
    let site = site();
    std::fs::write(site.path("later.csv"), csv(&[of_next_year(3)])).expect("written");
    let text = String::from_utf8(csv(&[of_this_year(1)])).expect("text");
    let wide: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    site.inbound(DEDUCTION, "this.csv", wide);
    let named = site.run(DEDUCTION, &["--file", "later.csv"]);
    waits_until_tomorrow(&named);
    assert!(named.stderr.contains("goes first"), "{named:?}");
    // A year given for the named file doesn't apply to the waiting files.
    let year = format!("{}-12-31", this_year());
    let arguments = ["--file", "later.csv", "--plan-year-start-date", &year];
    waits_until_tomorrow(&site.run(DEDUCTION, &arguments));
}

#[test]
fn a_prior_year_after_a_later_one_is_held_until_it_is_released() {
    let site = site();
    let next = site.send_deductions("next.csv", &[of_next_year(1)], &[]);
    next.completed();
    let late = site.send_deductions("this.csv", &[of_this_year(2)], &[]);
    late.ended(5, "Held");
    assert!(
        late.codes()
            .contains(&"PRIOR_YEAR_AFTER_CURRENT".to_owned()),
        "{late:?}"
    );
    let reason = late.text("reason");
    for told in [next.reference(), &format!("{}-01-01", this_year() + 1)] {
        assert!(reason.contains(told), "{reason}");
    }
    // It blocks no other file: only a person can decide whether it is taken at all.
    site.send_deductions("next-2.csv", &[of_next_year(3)], &[])
        .completed();
    let release = |reference: &str| {
        site.feedgate(&["release", reference, "--why", "payroll agrees", "--json"])
    };
    release(late.reference()).completed().buckets([1, 0, 0, 0]);
    // Released, it was imported today.
    let outcome = site.send_deductions("next-3.csv", &[of_next_year(4)], &[]);
    waits_until_tomorrow(&outcome);
    let rerun = site.feedgate(&["rerun", next.reference(), "--json"]);
    waits_until_tomorrow(&rerun);
    // A release is for one run.
    let again = site.feedgate(&["rerun", late.reference(), "--json"]);
    again.ended(5, "Held");
    release(again.reference()).completed();
}

#[test]
fn a_year_held_for_another_reason_has_to_be_ended_first() {
    let site = Scenario::new().and_keys(DEDUCTION, "retro_days = 400");
    let held = site.send_deductions("this.csv", &[of_this_year(1)], &[]);
    held.ended(5, "Held");
    site.roster("hr.csv", csv(&people(6)));
    let waits = site.send_deductions("next.csv", &[of_next_year(2)], &[]);
    assert_eq!(waits.code, 5, "{waits:?}");
    assert!(waits.summaries.is_empty(), "{waits:?}");
    let told = format!("run {} holds a file", held.reference());
    assert!(waits.stderr.contains(&told), "{waits:?}");
    let refused = site.feedgate(&["refuse", held.reference(), "--why", "sent by mistake"]);
    assert_eq!(refused.code, 0, "{refused:?}");
    site.run(DEDUCTION, &[]).completed();
}

#[test]
fn tests_and_runs_that_took_nothing_have_no_say() {
    let site = site().and_keys(DEDUCTION, "test_files = [\"TEST_*\"]");
    site.send_deductions("TEST_next.csv", &[of_next_year(1)], &[]);
    site.send_deductions(
        "none.csv",
        &[of_next_year(1).with("employee_amount", "x")],
        &[],
    )
    .ended(3, "Completed with Errors");
    site.send_deductions("this.csv", &[of_this_year(1)], &[])
        .completed();
    let test = site.send_deductions("TEST_next-2.csv", &[of_next_year(2)], &[]);
    assert_eq!(test.status(), "Completed", "{test:?}");
    assert_eq!(site.waiting(DEDUCTION), [""; 0]);
    // In a set the other members still run.
    let set = site
        .and_config("[set.all]\nintegrations = [\"demographic-export\", \"deduction-import\"]\n");
    set.inbound(DEDUCTION, "next.csv", csv(&[of_next_year(1)]))
        .inbound(DEMOGRAPHIC, "hr-2.csv", csv(&people(7)));
    let outcome = set.run("all", &[]);
    waits_until_tomorrow(&outcome);
    assert_eq!(outcome.summaries.len(), 1, "{outcome:?}");
}

const FIXED: &str = concat!(
    two_years!(),
    r#"[identity]
match = "shape-only"
[integration.deduction-import]
kind = "deduction"
"#
);

/// A run at a moment: the summaries and the exit code.
fn run_at(site: &Scenario, clock: fn() -> DateTime<Utc>) -> (Vec<RunSummary>, u8) {
    let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
    let here = Site::new(loaded).with(Disk::new(), clock);
    let request = RunRequest {
        name: DEDUCTION.to_owned(),
        ..RunRequest::default()
    };
    let ended = run::run(&here, &request, &Quiet).expect("run");
    assert!(ended.failure.is_none(), "{ended:?}");
    (ended.summaries, ended.exit_code)
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

#[test]
fn the_next_day_begins_at_midnight_of_the_site() {
    let site = Scenario::new().config(FIXED);
    let this = [
        deduction(1).with("effective_date", "2026-11-01"),
        deduction(2)
            .with("effective_date", "2026-11-01")
            .with("employee_amount", "x"),
    ];
    let next = [deduction(3).with("effective_date", "2027-01-01")];
    site.inbound(DEDUCTION, "this.csv", csv(&this))
        .inbound(DEDUCTION, "next.csv", csv(&next));
    // The day on which clocks go back: 25 hours, of which this is the last second.
    let (first, code) = run_at(&site, || moment("2026-11-02T04:59:59Z"));
    assert_eq!((first.len(), code), (1, 5), "{first:?}");
    assert_eq!(first[0].status, RunStatus::CompletedWithErrors);
    assert_eq!(site.waiting(DEDUCTION), ["next.csv"]);
    let (second, code) = run_at(&site, || moment("2026-11-02T05:00:00Z"));
    assert_eq!((second.len(), code), (1, 0), "{second:?}");

    // Corrections of the old year come after the new one by now.
    let fixed = [deduction(2).with("effective_date", "2026-11-01")];
    let name = format!("this.{}.rejects.csv", first[0].integration_reference_id);
    site.inbound(DEDUCTION, &name, csv(&fixed));
    let (third, code) = run_at(&site, || moment("2026-11-03T15:00:00Z"));
    assert_eq!((third.len(), code), (1, 5), "{third:?}");
    let reason = third[0].reason.as_deref().unwrap_or_default();
    assert_eq!(third[0].status, RunStatus::Held);
    assert!(reason.starts_with("PRIOR_YEAR_AFTER_CURRENT"), "{reason}");
}

/// Releases a held run, with further arguments.
fn release(site: &Scenario, held: &Outcome, more: &[&str]) -> Outcome {
    let mut all = vec![
        "release",
        held.reference(),
        "--why",
        "payroll agrees",
        "--json",
    ];
    all.extend(more);
    site.feedgate(&all)
}

/// A second integration of deductions, of the same roster.
const VISION: &str = "[integration.vision]\nkind = \"deduction\"\nretro_days = 400\n";

#[test]
fn one_decision_lets_all_files_of_a_year_pass() {
    let site = site().and_config(VISION);
    site.send_deductions("next.csv", &[of_next_year(1)], &[])
        .completed();
    let held = site.send_deductions("this.csv", &[of_this_year(2)], &[]);
    held.ended(5, "Held");
    release(&site, &held, &["--for-year"])
        .completed()
        .buckets([1, 0, 0, 0]);
    // From now on the years have no order, for no integration of the roster.
    site.send_deductions("this-2.csv", &[of_this_year(3)], &[])
        .completed();
    site.send_deductions("next-2.csv", &[of_next_year(4)], &[])
        .completed();
    site.inbound("vision", "this.csv", csv(&[of_this_year(5)]))
        .run("vision", &[])
        .completed();
    let first = site.feedgate(&["rerun", held.reference(), "--json"]);
    first.completed();
    let events = site.feedgate(&["events", "--json"]);
    let told = events.stdout.contains("release year")
        && events
            .stdout
            .contains("payroll agrees (files of the plan year");
    assert!(told, "{events:?}");
}

#[test]
fn only_a_hold_of_the_order_of_years_is_a_decision_about_a_year() {
    let site = Scenario::new().and_keys(DEDUCTION, "retro_days = 400");
    let held = site.send_deductions("this.csv", &[of_this_year(1)], &[]);
    held.ended(5, "Held");
    let refused = release(&site, &held, &["--for-year"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("not held by PRIOR_YEAR_AFTER_CURRENT"),
        "{refused:?}"
    );
}

#[test]
fn the_order_is_that_of_all_integrations_of_a_roster() {
    let other = "[integration.elsewhere]\nkind = \"deduction\"\nroster = \"other\"\n[integration.other-hr]\nkind = \"demographic\"\nroster = \"other\"\n";
    let site = site().and_config(VISION).and_config(other);
    site.inbound("vision", "this.csv", csv(&[of_this_year(1)]));
    let waits = site.send_deductions("next.csv", &[of_next_year(2)], &[]);
    waits_until_tomorrow(&waits);
    assert!(waits.stderr.contains("goes first"), "{waits:?}");
    // Those of another roster have an order of their own.
    site.inbound("other-hr", "hr.csv", csv(&people(3)))
        .run("other-hr", &[])
        .completed();
    site.inbound("elsewhere", "next.csv", csv(&[of_next_year(2)]))
        .run("elsewhere", &[])
        .completed();
    site.run("vision", &[]).completed();
    // It was imported today.
    waits_until_tomorrow(&site.run(DEDUCTION, &[]));
}

#[test]
fn a_prior_year_of_another_integration_is_late_too() {
    let site = site().and_config(VISION);
    site.inbound("vision", "next.csv", csv(&[of_next_year(1)]))
        .run("vision", &[])
        .completed();
    let late = site.send_deductions("this.csv", &[of_this_year(2)], &[]);
    late.ended(5, "Held");
    assert!(
        late.text("reason").contains("PRIOR_YEAR_AFTER_CURRENT"),
        "{late:?}"
    );
}

#[test]
fn the_decision_ends_with_the_year() {
    let site = Scenario::new().config(FIXED);
    let send = |name: &str, n: usize, day: &str| {
        let record = deduction(n).with("effective_date", day);
        site.inbound(DEDUCTION, name, csv(&[record]));
    };
    let status = |clock| {
        let (mut runs, _) = run_at(&site, clock);
        let run = runs.remove(0);
        (run.status, run.integration_reference_id)
    };
    send("next.csv", 1, "2027-01-01");
    assert_eq!(
        status(|| moment("2026-12-01T15:00:00Z")).0,
        RunStatus::Completed
    );
    send("this.csv", 2, "2026-12-01");
    let (held, reference) = status(|| moment("2026-12-02T15:00:00Z"));
    assert_eq!(held, RunStatus::Held);
    let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
    let release = Command::Release {
        references: vec![reference],
        why: "payroll agrees".to_owned(),
        for_year: true,
    };
    let here = Site::new(loaded).with(Disk::new(), || moment("2026-12-02T16:00:00Z"));
    let released = perform(&here, &release, &Quiet).expect("released");
    assert_eq!(released.summaries[0].status, RunStatus::Completed);
    send("this-2.csv", 3, "2026-12-01");
    // The last second of the year on the site's clock, and the first of the next.
    assert_eq!(
        status(|| moment("2027-01-01T04:59:59Z")).0,
        RunStatus::Completed
    );
    send("this-3.csv", 4, "2026-12-01");
    assert_eq!(status(|| moment("2027-01-01T05:00:00Z")).0, RunStatus::Held);
}

#[test]
fn since_the_decision_the_daemon_takes_both_years_of_a_file_on_one_day() {
    clock!(CLOCK);
    let config = format!("{FIXED}plan_years = \"split\"\n");
    let site = Scenario::new().config(&config);
    let now = || read(&CLOCK);
    let mut at = Clockwork::start(site, &CLOCK, now, "2026-11-20T10:00:00-05:00");
    let this = |n| deduction(n).with("effective_date", "2026-11-15");
    let next = |n| deduction(n).with("effective_date", "2027-01-01");
    let both = |n| csv(&[this(n), next(n)]);
    at.site.inbound(DEDUCTION, "both.csv", both(1));
    at.at("2026-11-20T11:00:00-05:00", 1);
    // The rows of the later year wait for another day.
    at.at("2026-11-20T23:59:59-05:00", 1);
    at.at("2026-11-21T00:00:00-05:00", 2);
    at.site.inbound(DEDUCTION, "late.csv", csv(&[this(2)]));
    at.at("2026-11-21T10:00:00-05:00", 3);
    let late = at.ledger().runs(&RunFilter::default(), 1).expect("runs");
    assert_eq!(late[0].status, RunStatus::Held);
    let release = Command::Release {
        references: vec![late[0].reference.clone()],
        why: "payroll takes both".to_owned(),
        for_year: true,
    };
    let here = at.site.open(Disk::new(), now);
    perform(&here, &release, &Quiet).expect("released");
    at.site.inbound(DEDUCTION, "both-2.csv", both(3));
    at.at("2026-11-21T11:00:00-05:00", 5);
    let runs = at.ledger().runs(&RunFilter::default(), 9).expect("runs");
    assert!(runs.iter().all(|run| run.status == RunStatus::Completed));
}
