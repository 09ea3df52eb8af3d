//! Repeated bytes: duplicates, reruns and test files.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};

#[test]
fn the_same_bytes_change_nothing_whatever_their_name() {
    let site = Scenario::new();
    let first = site.send_people("hr.csv", &people(3), &[]);
    first.completed();
    for name in ["hr.csv", "renamed.csv"] {
        let again = site.send_people(name, &people(3), &[]);
        again.completed().buckets([0, 0, 0, 0]);
        assert_eq!(again.text("duplicate_of"), first.reference());
        assert_ne!(again.reference(), first.reference());
        assert_eq!(again.output(), None);
        let receipt = again.receipt();
        assert_eq!(receipt["duplicate_of"], first.reference());
        assert_eq!(receipt["status"], "Completed");
        let reason = receipt["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(first.reference()), "{reason}");
        assert!(site.waiting(DEMOGRAPHIC).is_empty());
    }
    // The same name with other bytes is a new file.
    let other = site.send_people("hr.csv", &people(4), &[]);
    other.completed().buckets([1, 3, 0, 0]);
    // The same bytes for another integration are new to it.
    let deductions = site
        .inbound(DEDUCTION, "hr.csv", csv(&people(3)))
        .run(DEDUCTION, &[]);
    assert!(
        deductions.summary()["duplicate_of"].is_null(),
        "{deductions:?}"
    );
}

#[test]
fn the_bytes_of_an_earlier_file_are_held_where_they_would_change_somebody() {
    let site = Scenario::new();
    let first = site.send_people("a.csv", &people(3), &[]);
    first.completed();
    let moved = |n: usize| person(n).with("city", "Verona");
    site.send_people("b.csv", &[moved(1), moved(2), person(3)], &[])
        .completed()
        .buckets([2, 1, 0, 0]);
    let held = site.send_people("a.csv", &people(3), &[]);
    held.ended(5, "Held").buckets([2, 1, 0, 0]);
    assert_eq!(held.codes(), ["SAME_AS_EARLIER"]);
    let reason = held.text("reason");
    assert!(
        reason.contains(first.reference()) && reason.contains("change 2 people"),
        "{reason}"
    );
    assert_eq!(held.output(), None);
    // While it waits, the same bytes wait with it.
    let third = site.send_people("third.csv", &people(3), &[]);
    third.completed().buckets([0, 0, 0, 0]);
    assert_eq!(third.text("duplicate_of"), held.reference());
    let why = ["--why", "b.csv was a mistake", "--json"];
    let released = site.feedgate(&[&["release", held.reference()], &why[..]].concat());
    released.completed().buckets([2, 1, 0, 0]);
    assert_eq!(released.column("city"), ["Madison", "Madison"]);
    // Now they change nobody.
    let again = site.send_people("a.csv", &people(3), &[]);
    again.completed().buckets([0, 0, 0, 0]);
    assert!(!again.text("duplicate_of").is_empty());
}

#[test]
fn a_stray_old_file_is_refused_and_held_again_when_it_comes_again() {
    let site = Scenario::new();
    site.send_people("a.csv", &people(2), &[]).completed();
    site.send_people("b.csv", &[person(1).with("city", "Verona")], &[])
        .completed();
    for name in ["old.csv", "older.csv"] {
        let held = site.send_people(name, &people(2), &[]);
        held.ended(5, "Held");
        assert!(held.text("reason").contains("change 1 person"), "{held:?}");
        site.feedgate(&["refuse", held.reference(), "--why", "an old file", "--json"]);
    }
    let known = site.send_people("c.csv", &[person(1).with("city", "Verona"), person(2)], &[]);
    known.completed().buckets([0, 2, 0, 0]);
}

#[test]
fn equal_deduction_files_are_held_by_the_people_they_would_change() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let all = |amount: &str| {
        let of = |n: usize, code: &str| {
            deduction(n)
                .with("deduction_code", code)
                .with("employee_amount", amount)
        };
        [of(1, "MED01"), of(1, "DEN01"), of(2, "MED01")]
    };
    let first = site.send_deductions("a.csv", &all("10.00"), &[]);
    first.completed();
    let mut next = all("10.00");
    next[0] = next[0].clone().with("employee_amount", "12.00");
    next[1] = next[1].clone().with("employee_amount", "13.00");
    site.send_deductions("b.csv", &next, &[]).completed();
    let held = site.send_deductions("a.csv", &all("10.00"), &[]);
    held.ended(5, "Held");
    let reason = held.text("reason");
    assert!(reason.contains("change 1 person"), "{reason}");
    let released = site.feedgate(&["release", held.reference(), "--why", "meant", "--json"]);
    released.completed();
    assert_eq!(released.column("action"), ["change", "change"]);
}

#[test]
fn equal_bytes_are_a_duplicate_where_nobody_would_change() {
    let site = Scenario::new();
    let rejected = person(9).with("zip_code", "1");
    let first = site.send_people("a.csv", &[person(1), rejected.clone()], &[]);
    first.ended(3, "Completed with Errors");
    // Other people, and the correction of what was rejected.
    site.send_people("b.csv", &[person(2), person(9)], &[])
        .completed();
    for arguments in [&[][..], &["--qualify-delta", "false"]] {
        let again = site.send_people("a.csv", &[person(1), rejected.clone()], arguments);
        again.completed().buckets([0, 0, 0, 0]);
        assert_eq!(again.text("duplicate_of"), first.reference());
    }
    // Records that still wait for their corrections are judged again, and no others.
    let open = site.send_people("c.csv", &[person(4), person(5).with("zip_code", "1")], &[]);
    open.ended(3, "Completed with Errors");
    site.send_people("d.csv", &[person(4).with("city", "Verona")], &[])
        .completed();
    let again = site.send_people("c.csv", &[person(4), person(5).with("zip_code", "1")], &[]);
    again
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 1, 1]);
}

#[test]
fn two_equal_files_waiting_together_are_taken_once() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "a.csv", csv(&people(2))).inbound(
        DEMOGRAPHIC,
        "b.csv",
        csv(&people(2)),
    );
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.statuses(), ["Completed", "Completed"]);
    let created: Vec<u64> = outcome
        .summaries
        .iter()
        .map(|s| s["records_created"].as_u64().expect("a count"))
        .collect();
    assert_eq!(created, [2, 0]);
}

#[test]
fn a_rerun_is_linked_and_all_unchanged() {
    let site = Scenario::new();
    let first = site.send_people(
        "hr.csv",
        &people(3),
        &["--delta", "false", "--run-name", "Friday"],
    );
    first.completed();
    let before: Vec<u8> = first.output().expect("an output file");
    let rerun = site.feedgate(&["rerun", first.reference(), "--json"]);
    rerun.completed().buckets([0, 3, 0, 0]);
    assert_eq!(rerun.text("rerun_of"), first.reference());
    assert!(rerun.reference() > first.reference());
    assert_eq!(rerun.summary()["parameters"], first.summary()["parameters"]);
    assert_eq!(first.output().expect("still there"), before);
    assert!(rerun.published("receipt").is_some());
    // A re-run of the re-run still finds the bytes.
    let second = site.feedgate(&["rerun", rerun.reference(), "--json"]);
    second.completed().buckets([0, 3, 0, 0]);
    // The parameters are those of the first run.
    let include = site.send_people("other.csv", &people(5), &["--include-employees", "5005"]);
    include.completed().buckets([1, 0, 4, 0]);
    let rerun = site.feedgate(&["rerun", include.reference(), "--json"]);
    rerun.completed().buckets([0, 1, 4, 0]);
}

#[test]
fn a_failed_file_can_be_run_again_once_the_configuration_fits() {
    let site = Scenario::new();
    let renamed = String::from_utf8(csv(&people(2)))
        .expect("UTF-8")
        .replace("subscriber_id", "Ref of member");
    let failed = site
        .inbound(DEMOGRAPHIC, "hr.csv", renamed)
        .run(DEMOGRAPHIC, &[]);
    failed.ended(1, "Failed");
    let site = site.and_config(
        "[integration.demographic-export.columns]\nsubscriber_id = \"Ref of member\"\n",
    );
    let rerun = site.feedgate(&["rerun", failed.reference(), "--json"]);
    rerun.completed().buckets([2, 0, 0, 0]);
    assert_eq!(rerun.text("rerun_of"), failed.reference());
}

#[test]
fn held_runs_are_released_not_run_again() {
    let site = Scenario::new();
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
    let rerun = site.feedgate(&["rerun", held.reference()]);
    assert_eq!(rerun.code, 2, "{rerun:?}");
    assert!(rerun.stderr.contains("release"), "{rerun:?}");
}

#[test]
fn a_test_file_is_judged_and_answered_but_changes_nothing() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "test_files = [\"TEST_*\"]");
    let records = [person(1), person(2).with("ssn", "1")];
    let test = site.send_people("TEST_hr.csv", &records, &[]);
    test.ended(3, "Completed with Errors").buckets([1, 0, 0, 1]);
    assert_eq!(test.summary()["test"], true);
    assert_eq!(test.output(), None);
    assert!(test.error_file().is_some());
    assert_eq!(test.receipt()["test"], true);
    // The real file of the same bytes is no duplicate of the test, and all its people are new.
    let real = site.send_people("hr.csv", &records, &[]);
    real.ended(3, "Completed with Errors").buckets([1, 0, 0, 1]);
    assert_eq!(real.column("action"), ["create"]);
    assert_eq!(real.summary()["test"], false);
}

#[test]
fn the_untouched_rejects_file_is_judged_again_as_long_as_its_records_are_open() {
    let site = Scenario::new();
    // Every record is rejected, so the rejects file has the bytes of its parent.
    let bad = [person(1).with("zip_code", "1")];
    let first = site.send_people("hr.csv", &bad, &[]);
    first.ended(3, "Completed with Errors");
    let name = format!("hr.{}.rejects.csv", first.reference());
    let second = site.send_people(&name, &bad, &[]);
    second.ended(3, "Completed with Errors");
    let third = site.send_people(&name, &bad, &[]);
    third
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 1]);
}
