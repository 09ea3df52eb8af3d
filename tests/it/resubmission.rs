//! Corrections of rejected records: rejects files that are sent back.

use crate::people::{Record, csv, deduction, people, person, ssn, subscriber_id, this_year};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::Value;

/// Rejected records of a run that no correction has closed.
fn open_rejects(site: &Scenario, reference: &str) -> Vec<Value> {
    let outcome = site.feedgate(&["rejects", reference, "--json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let printed: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let list = match &printed {
        Value::Object(o) => o.values().find_map(|v| v.as_array()).cloned(),
        other => other.as_array().cloned(),
    };
    let list = list.unwrap_or_default();
    list.into_iter()
        .filter(|r| r["closed_by"].is_null())
        .collect()
}

/// The file name under which a run's rejects were published.
fn rejects_name(outcome: &Outcome) -> String {
    let path = outcome.published("rejects").expect("a rejects file");
    path.file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

/// A run with two good people and two bad ones, on lines 3 and 5.
pub(crate) fn parent(site: &Scenario) -> Outcome {
    let records = [
        person(1),
        person(2).with("ssn", "000-12-3456"),
        person(3),
        person(4).with("hire_date", "soon"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 2]);
    assert_eq!(open_rejects(site, outcome.reference()).len(), 2);
    outcome
}

#[test]
fn files_with_errors_and_failed_files_are_judged_again() {
    let site = Scenario::new();
    parent(&site);
    let bytes = csv(&[
        person(1),
        person(2).with("ssn", "000-12-3456"),
        person(3),
        person(4).with("hire_date", "soon"),
    ]);
    let again = site
        .inbound(DEMOGRAPHIC, "hr.csv", bytes)
        .run(DEMOGRAPHIC, &[]);
    // What is open is judged again.
    again
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 2, 2]);
    // A file that failed as a whole took nothing, so sending it again is judged again.
    let bad = || {
        site.inbound(DEMOGRAPHIC, "bad.csv", "x,y\n1,2\n")
            .run(DEMOGRAPHIC, &[])
    };
    bad().ended(1, "Failed");
    bad().ended(1, "Failed");
}

#[test]
fn a_rerun_after_a_change_of_configuration_takes_what_was_rejected() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "eins = [\"98-7654321\"]");
    let first = site.send_people("hr.csv", &people(2), &[]);
    first
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    let config = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site = site.config(&config.replace("98-7654321", "12-3456789"));
    let rerun = site.feedgate(&["rerun", first.reference(), "--json"]);
    rerun.completed().buckets([2, 0, 0, 0]);
    assert!(
        open_rejects(&site, first.reference()).is_empty(),
        "accepted, so closed"
    );
}

#[test]
fn a_corrected_rejects_file_is_linked_by_its_name() {
    let site = Scenario::new();
    let first = parent(&site);
    let fixed = [person(2), person(4)];
    let outcome = site.send_people(&rejects_name(&first), &fixed, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.text("resubmission_of"), first.reference());
    assert_eq!(outcome.receipt()["resubmission_of"], first.reference());
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn the_rejects_file_as_it_is_is_no_duplicate() {
    let site = Scenario::new();
    let first = parent(&site);
    let untouched = first.rejects().expect("a rejects file");
    let outcome = site
        .inbound(DEMOGRAPHIC, &rejects_name(&first), untouched)
        .run(DEMOGRAPHIC, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    assert!(outcome.summary()["duplicate_of"].is_null());
    assert_eq!(outcome.text("resubmission_of"), first.reference());
}

#[test]
fn a_partial_correction_leaves_the_rest_open() {
    let site = Scenario::new();
    let first = parent(&site);
    let half = [person(2), person(4).with("hire_date", "later")];
    let outcome = site.send_people(&rejects_name(&first), &half, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    let open = open_rejects(&site, first.reference());
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0]["record"], 4);
}

#[test]
fn resubmit_links_any_file_and_works_at_once() {
    let site = Scenario::new();
    let first = parent(&site);
    std::fs::write(
        site.path("my corrections.csv"),
        csv(&[person(2), person(4)]),
    )
    .expect("written");
    let outcome = site.feedgate(&[
        "resubmit",
        first.reference(),
        "--file",
        "my corrections.csv",
        "--json",
    ]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.text("resubmission_of"), first.reference());
    assert!(open_rejects(&site, first.reference()).is_empty());
    assert!(
        site.path("my corrections.csv").exists(),
        "a named file stays where it is"
    );
}

#[test]
fn a_record_that_was_accepted_already_is_refused() {
    let site = Scenario::new();
    let first = parent(&site);
    let fixed = [person(2), person(3), person(4)];
    let outcome = site.send_people(&rejects_name(&first), &fixed, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(outcome.codes(), ["ALREADY_ACCEPTED"]);
    assert_eq!(outcome.errors()[0].subscriber_id, subscriber_id(3));
}

#[test]
fn an_old_correction_does_not_undo_what_came_after_it() {
    let site = Scenario::new();
    let first = parent(&site);
    // HR sends the employee again before the correction arrives.
    let newer = person(2).with("city", "Verona");
    site.send_people("next.csv", std::slice::from_ref(&newer), &[])
        .completed();
    let outcome = site.send_people(&rejects_name(&first), &[person(2), person(4)], &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(outcome.codes(), ["ALREADY_ACCEPTED"]);
}

#[test]
fn a_later_regular_file_closes_rejections_too() {
    let site = Scenario::new();
    let first = parent(&site);
    site.send_people("next.csv", &people(4), &[]).completed();
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn a_correction_of_the_key_itself_closes_its_rejection() {
    let site = Scenario::new();
    let records = [person(1), person(2).with("subscriber_id", "bad id!")];
    let first = site.send_people("hr.csv", &records, &[]);
    first.ended(3, "Completed with Errors");
    let outcome = site.send_people(&rejects_name(&first), &[person(2)], &[]);
    outcome.completed();
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn corrections_of_corrections_close_the_whole_chain() {
    let site = Scenario::new();
    let first = parent(&site);
    let second = site.send_people(
        &rejects_name(&first),
        &[person(2), person(4).with("zip_code", "1")],
        &[],
    );
    second.ended(3, "Completed with Errors");
    let third = site.send_people(&rejects_name(&second), &[person(4)], &[]);
    third.completed();
    assert_eq!(third.text("resubmission_of"), second.reference());
    assert!(open_rejects(&site, second.reference()).is_empty());
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn rejects_of_a_file_with_a_trailer_need_none() {
    let site = Scenario::new().and_config(
        "[integration.deduction-import.format]\ntrailer = { marker = \"TRL\", count = 2, employee_amount = 3, employer_amount = 4 }\n",
    );
    site.roster("hr.csv", csv(&people(2)));
    let two = |second: Record| {
        let money = |n: usize| {
            deduction(n)
                .with("employee_amount", "10.00")
                .with("employer_amount", "20.50")
        };
        [money(1), money(2).with("ssn", second.get("ssn"))]
    };
    let mut file = csv(&two(deduction(2).with("ssn", "123")));
    file.extend_from_slice(b"TRL,2,2000,4100\n");
    let first = site.inbound(DEDUCTION, "ded.csv", file).run(DEDUCTION, &[]);
    first
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    let rejects = String::from_utf8(first.rejects().expect("a rejects file")).expect("UTF-8");
    assert!(!rejects.contains("TRL"), "{rejects}");
    let fixed = rejects.replace(",123,", &format!(",{},", ssn(2)));
    assert_ne!(fixed, rejects);
    let outcome = site
        .inbound(DEDUCTION, &rejects_name(&first), fixed)
        .run(DEDUCTION, &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert!(open_rejects(&site, first.reference()).is_empty());
    // A regular file still needs its trailer.
    let bare = csv(&[deduction(1).with("deduction_code", "DEN01")]);
    let failed = site
        .inbound(DEDUCTION, "bare.csv", bare)
        .run(DEDUCTION, &[]);
    failed.ended(1, "Failed");
    assert!(
        failed.text("reason").contains("TRL") || failed.codes() == ["CONTROL_TOTAL"],
        "{failed:?}"
    );
}

#[test]
fn rejects_can_be_written_again() {
    let site = Scenario::new();
    let first = parent(&site);
    let published = first.rejects().expect("a rejects file");
    let outcome = site.feedgate(&["rejects", first.reference(), "--out", "again.csv"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(
        std::fs::read(site.path("again.csv")).expect("written"),
        published
    );
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(site.path("again.csv"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600, "it holds SSNs");
}

#[test]
fn a_foreign_reference_in_a_name_is_no_resubmission() {
    let site = Scenario::new();
    parent(&site);
    let outcome = site.send_people("hr.20200101-000001.rejects.csv", &[person(9)], &[]);
    assert!(
        outcome.summary()["resubmission_of"].is_null(),
        "{outcome:?}"
    );
    outcome.completed().buckets([1, 0, 0, 0]);
    let unknown = site.feedgate(&["resubmit", "20200101-000001", "--file", "feedgate.toml"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[test]
fn corrections_are_not_outside_the_lookback_of_their_own_run() {
    let site = Scenario::new();
    let changed = |n: usize| person(n).with("last_changed_at", crate::people::days_ago(2));
    let delta = ["--delta", "true"];
    let first = site.send_people(
        "hr.csv",
        &[changed(1), changed(2).with("zip_code", "1")],
        &delta,
    );
    first
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    // Another run moves the watermark past the rejected record's change.
    site.send_people("next.csv", &[changed(3)], &delta)
        .completed();
    let outcome = site.send_people(&rejects_name(&first), &[changed(2)], &delta);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn only_runs_with_rejected_records_take_corrections() {
    let site = Scenario::new();
    let good = site.send_people("good.csv", &[person(9)], &[]);
    std::fs::write(site.path("more.csv"), csv(&people(2))).expect("written");
    let outcome = site.feedgate(&["resubmit", good.reference(), "--file", "more.csv"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let bad = parent(&site);
    let missing = site.feedgate(&["resubmit", bad.reference(), "--file", "none.csv"]);
    assert_eq!(missing.code, 4, "{missing:?}");
}

#[test]
fn a_rejected_update_leaves_the_last_accepted_state() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let bad = person(1).with("city", "Verona").with("zip_code", "1");
    site.send_people("bad.csv", &[bad], &[])
        .ended(3, "Completed with Errors");
    let same = [person(1), person(2)];
    site.send_people("same.csv", &same, &[])
        .completed()
        .buckets([1, 1, 0, 0]);
}

#[test]
fn corrections_of_a_file_with_an_ssn_in_its_name_are_linked() {
    let site = Scenario::new();
    let records = [person(1), person(2).with("zip_code", "1")];
    let first = site.send_people("456-78-1234.csv", &records, &[]);
    first.ended(3, "Completed with Errors");
    let outcome = site.send_people(&rejects_name(&first), &[person(2)], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert_eq!(outcome.text("resubmission_of"), first.reference());
    let rerun = site.feedgate(&["rerun", first.reference(), "--json"]);
    assert_eq!(rerun.code, 3, "{rerun:?}");
}

#[test]
fn deduction_corrections_keep_their_plan_year() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(3)));
    let next = crate::people::this_year() + 1;
    let on = |n: usize| deduction(n).with("effective_date", format!("{next}-02-01"));
    let before = format!("{}-12-31", next - 1);
    let records = [
        on(1),
        on(2).with("employee_amount", "x"),
        on(3).with("effective_date", "soon"),
    ];
    let first = site.send_deductions("ded.csv", &records, &["--plan-year-start-date", &before]);
    first
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 2]);
    let outcome = site.send_deductions(&rejects_name(&first), &[on(2), on(3)], &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(
        outcome.summary()["parameters"]["plan_year_start_date"],
        before
    );
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn both_sides_of_a_conflict_are_closed_by_the_one_right_row() {
    let site = Scenario::new();
    let records = [person(1), person(2), person(2).with("city", "Verona")];
    let first = site.send_people("hr.csv", &records, &[]);
    first
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 2]);
    assert_eq!(open_rejects(&site, first.reference()).len(), 2);
    let outcome = site.send_people(&rejects_name(&first), &[person(2)], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert!(open_rejects(&site, first.reference()).is_empty());
}

#[test]
fn a_correction_sent_twice_is_taken_once() {
    let site = Scenario::new();
    let first = parent(&site);
    let fixed = [person(2), person(4)];
    let name = rejects_name(&first);
    let second = site.send_people(&name, &fixed, &[]);
    second.completed().buckets([2, 0, 0, 0]);
    let third = site.send_people(&name, &fixed, &[]);
    third.completed().buckets([0, 0, 0, 0]);
    assert_eq!(third.text("duplicate_of"), second.reference());
}

#[test]
fn a_record_that_nobody_will_correct_is_dismissed_with_a_reason() {
    let site = Scenario::new();
    let faulty = [
        person(1).with("ssn", "0"),
        person(2),
        person(3).with("ssn", "1"),
    ];
    let run = site.send_people("hr.csv", &faulty, &[]);
    let reference = run.reference().to_owned();
    let dismiss = |records: &str, more: &[&str]| {
        let mut arguments = vec!["rejects", &reference, "--json", "--dismiss", records];
        arguments.extend(more);
        site.feedgate(&arguments)
    };
    assert_eq!(dismiss("1", &[]).code, 2, "a reason is needed");
    let why = ["--why", "left before the first day"];
    assert_eq!(dismiss("1,2", &why).code, 2, "record 2 was accepted");
    let open = |json: &str| json.matches("\"closed_by\": null").count();
    assert_eq!(
        open(&site.feedgate(&["rejects", &reference, "--json"]).stdout),
        2
    );
    let done = dismiss("1", &why);
    assert_eq!((done.code, open(&done.stdout)), (0, 1), "{done:?}");
    assert_eq!(dismiss("1", &why).code, 2, "once is enough");
    let shown = site.feedgate(&["rejects", &reference]);
    assert!(shown.stdout.contains("dismissed"), "{shown:?}");
}

#[test]
fn corrections_belong_to_the_plan_year_of_their_run_and_may_be_wrong_again() {
    let site = Scenario::new().and_keys(DEDUCTION, "guards = { max_error_percent = 60 }");
    let people: Vec<Record> = (1..50).map(person).collect();
    site.roster("hr.csv", csv(&people));
    let mut rows: Vec<Record> = (1..50).map(deduction).collect();
    let year = this_year() + 1;
    rows[1] = (rows[1].clone())
        .with("effective_date", format!("{year}-02-01"))
        .with("plan_year_start", format!("{year}-01-01"))
        .with("plan_year_end", format!("{year}-12-31"));
    for row in rows.iter_mut().skip(2).take(24) {
        *row = row.clone().with("employee_amount", "tbd");
    }
    let first = site.send_deductions("pay.csv", &rows, &[]);
    first.ended(3, "Completed with Errors");
    let name = format!("pay.{}.rejects.csv", first.reference());
    let again = site.send_deductions(
        &name,
        &[rows[1].clone(), deduction(3), rows[3].clone()],
        &[],
    );
    again.ended(3, "Completed with Errors");
    assert_eq!(again.count("records_accepted"), 1, "{again:?}");
    assert_eq!(again.codes(), ["AMOUNT_INVALID", "PLAN_YEAR_MIXED"]);
    // Another year is for another day.
    let alone = site.send_deductions(&name.replace("rejects", "next-year"), &rows[1..2], &[]);
    assert_eq!(alone.code, 5, "{alone:?}");
    let alone = site.later(1).run(DEDUCTION, &[]);
    alone.ended(0, "Completed");
    let twenty: Vec<Record> = rows[2..24].to_vec();
    let late = site.send_deductions(&name, &twenty, &[]);
    late.ended(5, "Held");
    assert!(late.text("reason").starts_with("PRIOR_YEAR_AFTER_CURRENT"));
    site.feedgate(&["release", late.reference(), "--why", "agreed", "--json"])
        .ended(3, "Completed with Errors");
}

#[test]
fn a_deduction_that_was_never_rejected_closes_nobody_elses_rejection() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let bad = deduction(1).with("employee_amount", "x");
    let first = site.send_deductions("ded.csv", &[bad, deduction(2)], &[]);
    first.ended(3, "Completed with Errors");
    let other = deduction(1)
        .with("deduction_code", "DEN01")
        .with("plan_name", "Dental");
    let name = format!("ded.{}.rejects.csv", first.reference());
    let second = site.send_deductions(&name, &[other], &[]);
    assert_eq!(second.codes(), ["NOT_REJECTED"]);
    let rejects = site.feedgate(&["rejects", first.reference(), "--json"]);
    assert!(rejects.stdout.contains("null"), "{rejects:?}");
}
