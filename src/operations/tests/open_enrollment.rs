//! Open enrollment from its beginning to its end, with every step told to the next process by the ledger alone.

use super::test_site::{TestSite, pass};
use crate::domain::RunStatus;
use crate::ledger::{EventAction, EventFilter};
use crate::operations::in_process::run;
use crate::operations::{
    self, EnrollmentStage, OpenEnrollment, Visible, ask_carrier, begin_open_enrollment,
    end_open_enrollment, enrollment_run, note_answer, open_enrollment, pause, resume,
};
use crate::site::{Quiet, Site};
use crate::spool::Disk;
use chrono::{NaiveDate, TimeDelta};
use std::fs;

const NAME: &str = "pay";
const CONFIG: &str = "[[plan_year]]\nstart = 2025-01-01\nend = 2025-12-31\n\
    [[plan_year]]\nstart = 2026-01-01\nend = 2026-12-31\n\
    [[plan_year]]\nstart = 2027-01-01\nend = 2027-12-31\n\
    [integration.pay]\nkind = \"deduction\"\ncomplete = { by = \"rename\" }";
const HEAD: &str = "subscriber_id,username,ssn,first_name,last_name,deduction_code,plan_name,coverage_level,\
    employee_amount,employer_amount,frequency,effective_date\n";

fn bench() -> TestSite {
    let bench = TestSite::new(CONFIG);
    bench.upload_rows(
        "hr.csv",
        "S1,user1x,521340001,Ann,Lee,1990-01-01,2020-01-01,A\n",
    );
    bench.run();
    bench
}

/// Another process: it knows what the ledger tells.
fn process(bench: &TestSite) -> Site {
    bench.site(Disk::new()).for_user("ada")
}

fn all() -> Visible {
    Visible::default()
}

fn year(number: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(number, 1, 1).expect("a day")
}

fn look(bench: &TestSite) -> OpenEnrollment {
    open_enrollment(&process(bench), NAME, &all()).expect("read")
}

fn begin(bench: &TestSite) {
    begin_open_enrollment(&process(bench), NAME, year(2027), &all()).expect("begun");
}

/// Imports a file of the plan year.
fn import(bench: &TestSite, name: &str) -> Vec<RunStatus> {
    let inbound = bench.path("inbound/pay");
    fs::create_dir_all(&inbound).expect("inbound");
    let row = "S1,user1x,521340001,Ann,Lee,MED01,Medical,EE,40.15,120.50,PER_PAY,2027-01-01\n";
    fs::write(inbound.join(name), format!("{HEAD}{row}")).expect("written");
    let site = process(bench);
    let request = enrollment_run(&site, NAME, false, &all()).expect("a request");
    let ended = run(&site, &request, &Quiet).expect("run");
    assert!(ended.failure.is_none());
    ended.summaries.iter().map(|run| run.status).collect()
}

fn events(bench: &TestSite) -> Vec<String> {
    let site = process(bench);
    let filter = EventFilter {
        action: Some(EventAction::OpenEnrollment),
        ..EventFilter::default()
    };
    let ledger = site.ledger_for_reading().expect("a ledger");
    let events = ledger.events(&filter, 100).expect("read").into_iter();
    let events = events.rev().map(|event| {
        assert_eq!((event.user.as_str(), event.subject.as_str()), ("ada", NAME));
        event.why.unwrap_or_default()
    });
    events.collect()
}

#[test]
fn each_step_leads_to_the_next_and_is_an_event() {
    let bench = bench();
    let now = look(&bench);
    assert_eq!(now.stage, EnrollmentStage::Begin);
    assert_eq!(now.plan_years, [year(2026), year(2027)], "2025 has ended");
    begin(&bench);
    let now = look(&bench);
    assert_eq!(
        (now.stage, now.plan_year),
        (EnrollmentStage::Run, Some(year(2027)))
    );
    let why = now.pause.expect("paused").why;
    assert_eq!(
        why.as_deref(),
        Some("open enrollment for the plan year from 2027-01-01")
    );
    assert!(ask_carrier(&process(&bench), NAME, "the carrier", &all()).is_err());
    pass(TimeDelta::minutes(1));
    assert_eq!(import(&bench, "first.csv"), [RunStatus::Completed]);
    let now = look(&bench);
    assert_eq!((now.stage, now.runs.len()), (EnrollmentStage::Ask, 1));
    assert!(note_answer(&process(&bench), NAME, "fine", &all()).is_err());
    ask_carrier(&process(&bench), NAME, "Ann of the carrier", &all()).expect("noted");
    let now = look(&bench);
    assert_eq!(now.stage, EnrollmentStage::Wait);
    let asked = now.asked.expect("noted");
    assert_eq!(
        (asked.note.as_str(), asked.user.as_str()),
        ("Ann of the carrier", "ada")
    );
    note_answer(&process(&bench), NAME, "two rows are wrong", &all()).expect("noted");
    assert_eq!(look(&bench).stage, EnrollmentStage::Resume);
    // Asked again, the carrier has not answered.
    pass(TimeDelta::minutes(1));
    ask_carrier(&process(&bench), NAME, "Ben", &all()).expect("noted");
    assert_eq!(look(&bench).stage, EnrollmentStage::Wait);
    note_answer(
        &process(&bench),
        NAME,
        "fine, from December 14; 123-45-6789",
        &all(),
    )
    .expect("noted");
    let from = NaiveDate::from_ymd_opt(2026, 12, 14);
    let resumed = end_open_enrollment(&process(&bench), NAME, from, &all()).expect("ended");
    let until = resumed
        .and_then(|resumed| resumed.pause?.until)
        .expect("a day");
    assert_eq!(Some(until.date_naive()), from);
    let now = look(&bench);
    assert_eq!(now.stage, EnrollmentStage::Begin);
    assert!(now.pause.is_some(), "files wait until the day");
    let events = events(&bench);
    let expected = [
        "begun for the plan year from 2027-01-01",
        "waiting for Ann of the carrier",
        "answer: two rows are wrong",
        "waiting for Ben",
        "answer: fine, from December 14; xxx-xx-6789",
        "ended; files go by themselves from 2026-12-14",
    ];
    assert_eq!(events, expected);
}

#[test]
fn a_step_that_a_crash_cut_off_is_taken_again() {
    let bench = bench();
    // Paused, and nothing noted.
    pause(&process(&bench), NAME, None, Some("my own reason")).expect("paused");
    begin(&bench);
    let kept = look(&bench).pause.expect("paused").why;
    assert_eq!(kept.as_deref(), Some("my own reason"));
    assert!(begin_open_enrollment(&process(&bench), NAME, year(2026), &all()).is_err());
    // Resumed, and nothing forgotten.
    resume(&process(&bench), NAME, None).expect("resumed");
    assert_eq!(look(&bench).stage, EnrollmentStage::Run);
    assert!(
        end_open_enrollment(&process(&bench), NAME, None, &all())
            .expect("ended")
            .is_none()
    );
    assert_eq!(look(&bench).stage, EnrollmentStage::Begin);
    assert!(end_open_enrollment(&process(&bench), NAME, None, &all()).is_err());
}

#[test]
fn a_pause_that_would_end_by_itself_is_made_one_without_an_end() {
    let bench = bench();
    let day = NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day");
    let until = operations::ClockTime::Day(day);
    pause(&process(&bench), NAME, Some(until), None).expect("paused");
    begin(&bench);
    assert_eq!(look(&bench).pause.expect("paused").until, None);
}

#[test]
fn only_deductions_of_a_plan_year_that_is_open_have_one() {
    let bench = bench();
    let site = process(&bench);
    assert!(open_enrollment(&site, "people", &all()).is_err());
    assert!(open_enrollment(&site, "nowhere", &all()).is_err());
    for other in [year(2025), year(2030)] {
        assert!(begin_open_enrollment(&site, NAME, other, &all()).is_err());
    }
    let note = "x".repeat(501);
    begin(&bench);
    pass(TimeDelta::minutes(1));
    import(&bench, "first.csv");
    for bad in ["", " ", "two\nlines", &note] {
        assert!(ask_carrier(&site, NAME, bad, &all()).is_err(), "{bad:?}");
    }
    assert!(events(&bench).len() == 1);
}
