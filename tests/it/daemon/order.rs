//! Which runs go first, which run concurrently, and commands given to a running daemon.

use super::{Daemon, busy, quick, wait_at_most, wait_for, with_daemon};
use crate::people::{Record, csv, deduction, people, person, this_year, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use chrono::Days;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

/// Another sender with a roster of its own.
const OTHER: &str = "[integration.other]
kind = \"demographic\"
roster = \"other\"
complete = { settle = \"1s\" }";

fn start_of(receipt: &Value) -> &str {
    receipt["integration_reference_id"]
        .as_str()
        .expect("a reference ID")
}

#[test]
fn demographics_dropped_with_deductions_run_first() {
    let site = quick();
    let deductions: Vec<Record> = (1..=50).map(deduction).collect();
    site.inbound(DEDUCTION, "ded.csv", csv(&deductions));
    site.inbound(DEMOGRAPHIC, "hr1.csv", csv(&people(25)));
    let rest: Vec<Record> = (26..=50).map(person).collect();
    site.inbound(DEMOGRAPHIC, "hr2.csv", csv(&rest));
    let daemon = Daemon::start(&site);
    let ded = site.receipt("ded");
    assert_eq!(
        (&ded["status"], &ded["records_created"]),
        (&"Completed".into(), &50.into()),
        "{ded}"
    );
    for stem in ["hr1", "hr2"] {
        assert!(start_of(&site.receipt(stem)) < start_of(&ded));
    }
    daemon.stop();
}

#[test]
fn deductions_wait_for_demographics_that_are_still_on_their_way() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    let bytes = csv(&people(5));
    let (begin, end) = bytes.split_at(bytes.len() / 2);
    let mut file = fs::File::create(inbox.join("hr.csv")).expect("made");
    file.write_all(begin).expect("written");
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(5)]));
    let asked = site.feedgate(&["run", DEDUCTION]);
    assert_eq!(asked.code, 5, "{asked:?}");
    let sentence = "until 1 file on its way to demographic-export is done";
    assert!(asked.stderr.contains(sentence), "{asked:?}");
    daemon.leaves_what_waits(DEDUCTION);
    assert_eq!(site.waiting(DEDUCTION), ["ded.csv"]);
    file.write_all(end).expect("written");
    drop(file);
    let ded = site.receipt("ded");
    assert_eq!(ded["status"], "Completed", "{ded}");
    assert!(start_of(&site.receipt("hr")) < start_of(&ded));
    daemon.stop();
}

#[test]
fn a_prior_year_goes_today_and_the_later_year_tomorrow() {
    let site = quick().and_keys(DEDUCTION, "retro_days = 400");
    let next_year = format!("{}-01-15", this_year() + 1);
    let later = deduction(1).with("effective_date", &next_year);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    site.inbound(DEDUCTION, "later.csv", csv(&[later]));
    site.inbound(DEDUCTION, "prior.csv", csv(&[deduction(2)]));
    let daemon = Daemon::start(&site);
    let prior = site.receipt("prior");
    assert_eq!(prior["status"], "Completed", "{prior}");
    let asked = site.feedgate(&["run", DEDUCTION]);
    assert_eq!(asked.code, 5, "{asked:?}");
    let sentence = format!("Scheduled for {}: ", today() + Days::new(1));
    assert!(asked.stderr.contains(&sentence), "{asked:?}");
    // A restart forgets nothing.
    daemon.kill();
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "more.csv", csv(&[person(9)]));
    site.receipt("more");
    daemon.leaves_what_waits(DEDUCTION);
    assert_eq!(site.waiting(DEDUCTION), ["later.csv"]);
    // The next day.
    daemon.stop();
    site.later(1);
    let daemon = Daemon::start(&site);
    assert_eq!(site.receipt("later")["status"], "Completed");
    daemon.stop();
}

#[test]
fn a_long_run_does_not_keep_another_integration_waiting() {
    let site = quick().and_config(OTHER);
    site.inbox("other");
    let (daemon, lock) = busy(&site);
    site.inbound("other", "short.csv", csv(&people(3)));
    assert_eq!(site.receipt("short")["status"], "Completed");
    assert!(site.published("long", "receipt").is_empty());
    drop(lock);
    assert_eq!(site.receipt("long")["records_processed"], 3);
    daemon.stop();
}

#[test]
fn a_sender_of_many_files_does_not_starve_a_sender_of_one() {
    let site = with_daemon("workers = 1").and_config(OTHER);
    let inbox = site.inbox(DEMOGRAPHIC);
    site.inbox("other");
    for n in 1..=900 {
        fs::write(inbox.join(format!("hr-{n:04}.csv")), csv(&[person(n)])).expect("written");
    }
    let daemon = Daemon::start(&site);
    wait_for("the first of many", || {
        (!site.published("hr-0001", "receipt").is_empty()).then_some(())
    });
    let began = Instant::now();
    site.inbound("other", "one.csv", csv(&people(3)));
    let patience = Duration::from_secs(6);
    wait_at_most(patience, "the only file", || {
        site.published("one", "receipt").pop()
    });
    let left = site.waiting(DEMOGRAPHIC).len();
    assert!(
        left > 0,
        "there was nothing to starve for after {:?}",
        began.elapsed()
    );
    daemon.stop();
}

#[test]
fn a_run_by_hand_of_a_busy_integration_is_refused_with_a_sentence_or_waits() {
    let site = quick();
    let (daemon, lock) = busy(&site);
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&[person(4)]));
    let refused = site.feedgate(&["run", DEMOGRAPHIC]);
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(
        refused.stderr.contains("the daemon is running it"),
        "{refused:?}"
    );
    let waits = site
        .command(&["run", DEMOGRAPHIC, "--wait", "--json"])
        .spawn()
        .expect("starts");
    daemon.await_logs("asked for: run", 2);
    drop(lock);
    let waited = waits.wait_with_output().expect("ended");
    assert_eq!(waited.status.code(), Some(0), "{waited:?}");
    assert_eq!(site.receipt("next")["status"], "Completed");
    assert_eq!(site.receipt("long")["status"], "Completed");
    daemon.stop();
}

#[test]
fn a_run_of_another_process_keeps_the_daemon_waiting_and_no_longer() {
    let site = quick();
    let path = site.inbox(DEMOGRAPHIC).join("long.csv");
    site.inbound(DEMOGRAPHIC, "long.csv", csv(&people(30_000)));
    let by_hand = site
        .command(&["run", DEMOGRAPHIC, "--json"])
        .spawn()
        .expect("starts");
    wait_for("the claim", || (!path.exists()).then_some(()));
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&[person(39_500)]));
    assert_eq!(site.receipt("next")["status"], "Completed");
    let ended = by_hand.wait_with_output().expect("ended");
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(site.receipt("long")["records_processed"], 30_000);
    daemon.stop();
}

/// Two people who use the program through sudo, as user numbers that no system has.
const ADA: u32 = 4_000_000_001;
const GRACE: u32 = 4_000_000_002;

/// How runs and events name a person who came through sudo.
fn name_of(site: &Scenario, caller: u32) -> String {
    site.through_sudo(caller, &[]).1
}

/// A command of a person who comes through sudo.
fn as_user(site: &Scenario, caller: u32, arguments: &[&str]) -> (i32, Value, String) {
    let done = site.through_sudo(caller, arguments).0.output();
    let done = done.expect("starts");
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    let summary = serde_json::from_slice(&done.stdout).unwrap_or(Value::Null);
    (done.status.code().unwrap_or(-1), summary, told)
}

fn reference(summary: &Value) -> String {
    summary["integration_reference_id"]
        .as_str()
        .expect("a reference ID")
        .to_owned()
}

/// The event of this action: who did it, to what, and why.
fn told(site: &Scenario, action: &str) -> (String, String, String) {
    let event = site.event(action, "");
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    assert!(
        event["at"]
            .as_str()
            .is_some_and(|at| at.starts_with(&today().to_string())),
        "{event}"
    );
    (text("user"), text("subject"), text("why"))
}

#[test]
fn holds_are_ended_through_the_daemon() {
    let site = quick().and_config("[integration.deduction-import.guards]\nmax_error_count = 0");
    let (ada, grace) = (name_of(&site, ADA), name_of(&site, GRACE));
    site.roster("hr.csv", csv(&people(3)));
    let daemon = Daemon::start(&site);
    for name in ["one", "two"] {
        let bad = [
            deduction(1).with("plan_name", name),
            deduction(2).with("ssn", "1"),
        ];
        site.inbound(DEDUCTION, &format!("{name}.csv"), csv(&bad));
        let held = site.receipt(name);
        assert_eq!(held["status"], "Held", "{held}");
    }
    let references = ["one", "two"].map(|name| reference(&site.receipts(name, 1)[0]));
    let arguments = [
        "release",
        &references[0],
        "--why",
        "the carrier agrees",
        "--json",
    ];
    let (code, summary, said) = as_user(&site, GRACE, &arguments);
    assert_eq!(
        (code, &summary["status"]),
        (3, &"Completed with Errors".into()),
        "{said}"
    );
    let (user, subject, why) = told(&site, "release");
    assert_eq!((user, subject), (grace.clone(), references[0].clone()));
    assert!(why.contains("the carrier agrees"), "{why}");

    let arguments = ["refuse", &references[1], "--why", "a test file", "--json"];
    let (code, summary, said) = as_user(&site, ADA, &arguments);
    assert_eq!((code, &summary["status"]), (0, &"Failed".into()), "{said}");
    assert_eq!(told(&site, "refuse").0, ada);
    // What was released had one record rejected: it is corrected, through the daemon, too.
    fs::write(site.path("fix.csv"), csv(&[deduction(2)])).expect("written");
    let arguments = ["resubmit", &references[0], "--file", "fix.csv", "--json"];
    let (code, summary, said) = as_user(&site, GRACE, &arguments);
    assert_eq!(
        (code, &summary["status"]),
        (0, &"Completed".into()),
        "{said}"
    );
    assert_eq!(
        (&summary["resubmission_of"], &summary["user"]),
        (&references[0].clone().into(), &grace.into())
    );
    let (code, again, said) = as_user(&site, ADA, &["rerun", &reference(&summary), "--json"]);
    assert_eq!(
        (code, &again["user"], &again["rerun_of"]),
        (0, &ada.into(), &reference(&summary).into()),
        "{said}"
    );
    daemon.stop();
}

#[test]
fn a_paused_integration_waits_until_it_is_resumed() {
    let site = quick();
    let grace = name_of(&site, GRACE);
    let daemon = Daemon::start(&site);
    let (code, _, said) = as_user(
        &site,
        GRACE,
        &["pause", DEMOGRAPHIC, "--why", "open enrollment"],
    );
    assert_eq!(code, 0, "{said}");
    assert_eq!(
        told(&site, "pause"),
        (grace.clone(), DEMOGRAPHIC.into(), "open enrollment".into())
    );
    // The daemon hears of it before the file comes.
    daemon.leaves_what_waits(DEMOGRAPHIC);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    let refused = site.feedgate(&["run", DEMOGRAPHIC, "--unattended"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(
        refused.stderr.contains(&format!("paused by {grace}")),
        "{refused:?}"
    );
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv"]);
    // By hand it goes all the same.
    let by_hand: Outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(
        (by_hand.code, by_hand.count("records_created")),
        (0, 3),
        "{by_hand:?}"
    );
    site.inbound(DEMOGRAPHIC, "hr2.csv", csv(&people(4)));
    let (code, _, said) = as_user(&site, ADA, &["resume", DEMOGRAPHIC]);
    assert_eq!(code, 0, "{said}");
    let receipt = site.receipt("hr2");
    assert_eq!(
        (&receipt["records_created"], &receipt["user"]),
        (&1.into(), &"scheduler".into())
    );
    assert_eq!(told(&site, "resume").0, name_of(&site, ADA));
    daemon.stop();
}

#[test]
fn a_run_asked_for_later_is_done_when_its_time_comes() {
    let site = quick().and_keys(DEMOGRAPHIC, "start = \"schedule\"");
    let grace = name_of(&site, GRACE);
    let daemon = Daemon::start(&site);
    let time = format!("{}-01-02T06:30", this_year() + 1);
    let (code, _, said) = as_user(&site, GRACE, &["run", DEMOGRAPHIC, "--at", &time]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(told(&site, "run later").0, grace);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(
        site.waiting(DEMOGRAPHIC),
        ["hr.csv"],
        "only its time starts it"
    );
    // Make it due now.
    site.make_one_off_due();
    fs::write(site.path("state/bell/request"), "").expect("rung");
    let receipt = site.receipt("hr");
    assert_eq!(
        (&receipt["records_created"], &receipt["user"]),
        (&3.into(), &grace.into()),
        "{receipt}"
    );
    daemon.stop();
}
