//! Selection of the records of a run. Skipped records are counted by reason and are never errors.

use crate::people::{Record, csv, days_ago, deduction, people, person, subscriber_id, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use chrono::{Days, TimeZone};

/// A demographic record that every reason fits, and that no validation would take.
fn fits_every_reason() -> Record {
    person(1)
        .with("ssn", "junk")
        .with("birth_date", "junk")
        .with("employment_status", "T")
        .with("test_employee", "yes")
        .with("exclude_from_batch_import", "1")
        .with("is_primary_ein", "no")
        .with("last_changed_at", days_ago(20))
}

#[test]
fn reasons_are_tried_in_their_order_and_come_before_validation() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "statuses = [\"A\", \"L\"]");
    let all = fits_every_reason();
    let not_excluded = all.clone().with("test_employee", "no");
    let primary = not_excluded.clone().without("exclude_from_batch_import");
    let included_not = primary.clone().without("is_primary_ein");
    let filtered = included_not.clone().with("employee_number", "9999");
    let outside = filtered.clone().with("employment_status", "A");
    let judged = outside.clone().with("last_changed_at", days_ago(1));
    let steps = [
        (all, "test_employee"),
        (not_excluded, "excluded"),
        (primary, "non_primary_ein"),
        (included_not, "not_included"),
        (filtered, "status_filtered"),
        (outside, "outside_lookback"),
        (judged, ""),
    ];
    let arguments = [
        "--include-employees",
        "9999",
        "--delta",
        "true",
        "--lookback-days",
        "5",
    ];
    for (step, (record, reason)) in steps.iter().enumerate() {
        let name = format!("{step}.csv");
        let outcome = site.send_people(&name, std::slice::from_ref(record), &arguments);
        if reason.is_empty() {
            outcome
                .ended(3, "Completed with Errors")
                .buckets([0, 0, 0, 1]);
        } else {
            outcome.completed().buckets([0, 0, 1, 0]);
            assert_eq!(
                outcome.skipped(),
                [((*reason).to_owned(), 1)].into(),
                "{outcome:?}"
            );
            assert!(outcome.codes().is_empty(), "{reason}: {outcome:?}");
            assert_eq!(outcome.rejects(), None, "{reason}");
        }
    }
}

#[test]
fn skipped_records_count_by_reason_and_the_sum_law_holds() {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2).with("test_employee", "true"),
        person(3).with("test_employee", "Y"),
        person(4).with("exclude_from_batch_import", "yes"),
        person(5).with("is_primary_ein", "false"),
        person(6).with("test_employee", "no"),
        person(7).with("ssn", "bad"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 4, 1]);
    let expected = [
        ("test_employee", 2),
        ("excluded", 1),
        ("non_primary_ein", 1),
    ];
    assert_eq!(
        outcome.skipped(),
        expected.map(|(r, n)| (r.to_owned(), n)).into()
    );
    assert_eq!(
        outcome.column("subscriber_id"),
        [subscriber_id(1), subscriber_id(6)]
    );
    assert_eq!(outcome.count("employees_processed"), 7);
    assert_eq!(outcome.receipt()["skipped"], outcome.summary()["skipped"]);
}

#[test]
fn statuses_filter_by_meaning_not_by_spelling() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "statuses = [\"A\", \"L\"]");
    let records = [
        person(1).with("employment_status", "active"),
        person(2).with("employment_status", "On Leave"),
        person(3).with("employment_status", "TE"),
        person(4).with("employment_status", "retired"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 2, 0]);
    assert_eq!(
        outcome.skipped(),
        [("status_filtered".to_owned(), 2)].into()
    );
}

#[test]
fn who_was_sent_and_is_gone_is_deactivated_whatever_statuses_are_taken() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "statuses = [\"A\", \"L\"]");
    site.send_people("1.csv", &people(4), &[]).completed();
    let left = |n: usize| {
        person(n)
            .with("employment_status", "T")
            .with("termination_date", days_ago(3))
    };
    let records = [
        left(1),
        person(2).with("employment_status", "retired"),
        person(3).with("employment_status", "P"),
        // Never sent, so nobody has to hear of it.
        left(7),
    ];
    let outcome = site.send_people("2.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 2, 0]);
    assert_eq!(outcome.column("action"), ["deactivate", "deactivate"]);
    assert_eq!(outcome.column("employment_status"), ["T", "R"]);
    assert_eq!(outcome.codes(), ["LEFT_SCOPE"]);
    let errors = outcome.errors();
    assert_eq!(errors.len(), 1);
    let warned = &errors[0];
    assert_eq!(warned.subscriber_id, subscriber_id(3));
    assert_eq!((warned.line, warned.record), (Some(4), Some(3)));
    assert_eq!(warned.field, "employment_status");
    // What changes of somebody who is gone goes on to the receiver, and coming back is a rehire.
    let records = [
        left(1).with("termination_date", days_ago(2)),
        person(2).with("hire_date", days_ago(1)),
    ];
    let outcome = site.send_people("3.csv", &records, &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["update", "reactivate"]);
}

#[test]
fn retired_people_are_kept_where_the_integration_takes_them() {
    for keys in ["", "statuses = [\"A\", \"R\"]"] {
        let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
        site.send_people("1.csv", &people(1), &[]).completed();
        let retired = person(1).with("employment_status", "R");
        let outcome = site.send_people("2.csv", &[retired], &[]);
        outcome.completed();
        assert_eq!(outcome.column("action"), ["update"], "{keys}");
    }
}

#[test]
fn known_employees_who_leave_the_scope_are_told_and_never_missing() {
    let keys = "content = \"full\"\nomission = \"terminate\"\nstatuses = [\"A\"]";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    site.roster("1.csv", csv(&people(5)));
    let other_job = |n: usize| {
        person(n)
            .with("ein", "98-7654321")
            .with("is_primary_ein", "no")
    };
    let records = [
        other_job(1),
        person(1),
        other_job(2),
        other_job(2).with("job_title", "Third job"),
        person(3).with("exclude_from_batch_import", "yes"),
        person(4).with("employment_status", "L"),
        person(5),
        other_job(5),
        // Nobody was told of this one.
        person(8).with("exclude_from_batch_import", "yes"),
    ];
    let outcome = site.send_people("2.csv", &records, &[]);
    outcome.completed().buckets([0, 2, 7, 0]);
    assert_eq!(outcome.count("employees_missing"), 0);
    let told: Vec<(String, String)> = outcome
        .errors()
        .into_iter()
        .map(|row| (row.subscriber_id, row.field))
        .collect();
    let expected = [
        (2, "is_primary_ein"),
        (3, "exclude_from_batch_import"),
        (4, "employment_status"),
    ];
    assert_eq!(
        told,
        expected.map(|(n, field)| (subscriber_id(n), field.to_owned()))
    );
    assert_eq!(outcome.findings()["LEFT_SCOPE"], 3);
}

#[test]
fn an_employee_whose_rows_are_left_out_is_told_and_one_whose_dependents_are_is_not() {
    let keys =
        "content = \"full\"\nomission = \"terminate\"\nrows = { only = { Kind = [\"EE\"] } }";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    let of = |record: Record, kind: &str| record.with("Kind", kind);
    let all = people(3).into_iter().map(|p| of(p, "EE"));
    site.roster("1.csv", csv(&all.collect::<Vec<_>>()));
    let dependent = person(9).with("subscriber_id", subscriber_id(2));
    let records = [
        of(person(1), "CONTRACTOR"),
        of(dependent, "DP"),
        of(person(3), "EE"),
    ];
    let outcome = site.send_people("2.csv", &records, &[]);
    outcome.completed().buckets([0, 1, 2, 0]);
    assert_eq!(outcome.count("employees_missing"), 0);
    let told: Vec<String> = outcome
        .errors()
        .into_iter()
        .map(|row| row.subscriber_id)
        .collect();
    assert_eq!(told, [subscriber_id(1)]);
    assert_eq!(outcome.codes(), ["LEFT_SCOPE"]);
}

#[test]
fn who_is_outside_for_another_reason_has_not_left_the_scope() {
    let site = Scenario::new();
    site.roster("1.csv", csv(&people(3)));
    let records = [person(2).with("last_changed_at", days_ago(20))];
    let arguments = ["--delta", "true", "--lookback-days", "3"];
    let outcome = site.send_people("2.csv", &records, &arguments);
    outcome.completed().buckets([0, 0, 1, 0]);
    assert!(outcome.codes().is_empty(), "{outcome:?}");
    // Who left has nothing to lose.
    let gone = |n: usize| {
        person(n)
            .with("employment_status", "T")
            .with("termination_date", days_ago(3))
    };
    site.send_people("3.csv", &[gone(3)], &[]).completed();
    let outcome = site.send_people(
        "4.csv",
        &[gone(3).with("exclude_from_batch_import", "yes")],
        &[],
    );
    assert!(outcome.codes().is_empty(), "{outcome:?}");
}

#[test]
fn include_employees_goes_by_person_number_else_subscriber_id() {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2),
        person(3).without("employee_number"),
        person(4).without("employee_number"),
    ];
    let include = format!("5002,{},{},7777", subscriber_id(3), subscriber_id(1));
    let outcome = site.send_people("hr.csv", &records, &["--include-employees", &include]);
    outcome.completed().buckets([2, 0, 2, 0]);
    assert_eq!(
        outcome.column("subscriber_id"),
        [subscriber_id(2), subscriber_id(3)]
    );
    assert_eq!(outcome.skipped(), [("not_included".to_owned(), 2)].into());
    // Person 1 has a person number, so the subscriber ID does not name them.
    let not_found = serde_json::json!([subscriber_id(1), "7777"]);
    assert_eq!(outcome.summary()["include_employees_not_found"], not_found);
    let given = &outcome.summary()["parameters"]["include_employees"];
    assert_eq!(given.as_array().map(Vec::len), Some(4));
}

#[test]
fn an_included_employee_that_is_skipped_otherwise_was_found() {
    let site = Scenario::new();
    let records = [
        person(1).with("test_employee", "1"),
        person(2).with("ssn", "x"),
    ];
    let outcome = site.send_people("hr.csv", &records, &["--include-employees", "5001,5002"]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 1, 1]);
    let not_found = &outcome.summary()["include_employees_not_found"];
    assert_eq!(not_found, &serde_json::json!([]));
}

#[test]
fn include_employees_works_for_deductions() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(3)));
    let records = [
        deduction(1),
        deduction(2).with("employee_number", "5002"),
        deduction(3),
    ];
    let include = format!("{},5002", subscriber_id(1));
    let outcome = site.send_deductions("ded.csv", &records, &["--include-employees", &include]);
    outcome.completed().buckets([2, 0, 1, 0]);
    assert_eq!(
        outcome.column("subscriber_id"),
        [subscriber_id(1), subscriber_id(2)]
    );
    assert_eq!(outcome.summary()["amounts"]["employee"]["skipped"], "43.15");
}

#[test]
fn lookback_begins_at_midnight_of_the_site() {
    let site = Scenario::new();
    let first = days_ago(5);
    let before = first.pred_opt().expect("a date");
    let midnight = chrono_tz::America::New_York
        .from_local_datetime(&first.and_hms_opt(0, 0, 0).expect("a time"))
        .earliest()
        .expect("New York has this midnight");
    let utc = |seconds: i64| {
        let moment = midnight.to_utc() + chrono::TimeDelta::seconds(seconds);
        moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let cases = [
        (first.to_string(), true),
        (before.to_string(), false),
        (format!("{first}T00:00:00"), true),
        (format!("{before}T23:59:59"), false),
        (utc(0), true),
        (utc(-1), false),
        (String::new(), true),
        (first.format("%m/%d/%Y").to_string(), true),
        (before.format("%Y%m%d").to_string(), false),
    ];
    let records: Vec<Record> = cases
        .iter()
        .enumerate()
        .map(|(i, (changed, _))| person(i + 1).with("last_changed_at", changed))
        .collect();
    let outcome = site.send_people(
        "hr.csv",
        &records,
        &["--delta", "true", "--lookback-days", "5"],
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let taken = outcome.column("subscriber_id");
    for (i, (changed, expected)) in cases.iter().enumerate() {
        let got = taken.contains(&subscriber_id(i + 1));
        assert_eq!(got, *expected, "last_changed_at `{changed}`");
    }
    assert_eq!(
        outcome.skipped(),
        [("outside_lookback".to_owned(), 4)].into()
    );
}

#[test]
fn lookback_of_the_configuration_without_delta_takes_all() {
    let keys = "parameters = { lookback_days = 1 }";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    let old = person(1).with("last_changed_at", "2020-01-01");
    let outcome = site.send_people("hr.csv", &[old], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
}

const DELTA: [&str; 2] = ["--delta", "true"];

/// An employee whose record changed long before any run of the test.
fn long_ago(n: usize) -> Record {
    person(n).with("last_changed_at", days_ago(40))
}

/// Whether the integration has a watermark by now: without one, what is as it was accepted is unchanged.
fn has_watermark(site: &Scenario, probe: usize) -> bool {
    let name = format!("probe-{probe}.csv");
    // With a rejected record, the probe itself moves nothing.
    let bad = long_ago(1000 + probe).with("ssn", "not an ssn");
    let outcome = site.send_people(&name, &[long_ago(1), bad], &DELTA);
    outcome.count("records_skipped") == 1
}

#[test]
fn without_a_completed_run_there_is_no_watermark() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "test_files = [\"TEST_*\"]");
    let mixed = [long_ago(1), long_ago(2).with("ssn", "000")];
    let outcome = site.send_people("a.csv", &mixed, &DELTA);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert!(
        !has_watermark(&site, 1),
        "Completed with Errors does not move it"
    );
    site.send_people("again.csv", &mixed, &DELTA)
        .ended(3, "Completed with Errors");
    assert!(!has_watermark(&site, 2), "nor the same bytes");
    site.run(DEMOGRAPHIC, &DELTA);
    assert!(!has_watermark(&site, 3), "nor a run over nothing");
    site.inbound(DEMOGRAPHIC, "bad.csv", "no,header\n1,2\n")
        .run(DEMOGRAPHIC, &DELTA)
        .ended(1, "Failed");
    assert!(!has_watermark(&site, 4), "nor a failed one");
    site.send_people("TEST_b.csv", &[long_ago(3)], &DELTA)
        .completed();
    assert!(!has_watermark(&site, 5), "nor a test");
    site.send_people("c.csv", &[person(4)], &DELTA).completed();
    assert!(
        !has_watermark(&site, 6),
        "nor one whose records say no time"
    );
    let newer = long_ago(4).with("last_changed_at", days_ago(30));
    site.send_people("d.csv", &[newer], &DELTA).completed();
    assert!(has_watermark(&site, 7), "a completed run sets it");
}

#[test]
fn changes_since_the_watermark_are_taken() {
    let site = Scenario::new();
    let newest = person(2).with("last_changed_at", days_ago(1));
    let all = [long_ago(1), newest.clone(), person(4)];
    site.send_people("a.csv", &all, &DELTA).completed();
    let tomorrow = days_ago(0) + Days::new(1);
    let records = [
        long_ago(1),
        newest,
        person(3).with("last_changed_at", tomorrow),
        person(4).without("last_changed_at"),
    ];
    let outcome = site.send_people("b.csv", &records, &DELTA);
    outcome.completed().buckets([1, 2, 1, 0]);
    assert_eq!(outcome.column("subscriber_id"), [subscriber_id(3)]);
    let no_column = site.send_people("c.csv", &[person(5)], &DELTA);
    no_column.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn watermarks_belong_to_their_integration() {
    let site = Scenario::new();
    let recent = person(1).with("last_changed_at", days_ago(1));
    site.send_people("a.csv", &[recent], &DELTA).completed();
    let old = deduction(1).with("last_changed_at", days_ago(40));
    let bad = deduction(1)
        .with("deduction_code", "DEN01")
        .with("effective_date", "junk");
    let outcome = site.send_deductions("ded.csv", &[old.clone(), bad], &DELTA);
    assert_eq!(outcome.count("records_accepted"), 1, "{outcome:?}");
    let newer = deduction(1)
        .with("deduction_code", "VIS01")
        .with("last_changed_at", days_ago(30));
    let outcome = site.send_deductions("ded2.csv", &[old.clone(), newer], &DELTA);
    outcome.completed().buckets([1, 1, 0, 0]);
    let outcome = site.send_deductions("ded3.csv", &[old], &DELTA);
    outcome.completed().buckets([0, 0, 1, 0]);
}

#[test]
fn deduction_start_date_takes_what_changed_on_it_or_later() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(5)));
    let start = days_ago(10);
    let records = [
        deduction(1).with("last_changed_at", days_ago(11)),
        deduction(2).with("last_changed_at", start),
        deduction(3).with("last_changed_at", days_ago(1)),
        deduction(4).with("last_changed_at", ""),
        deduction(5).with("last_changed_at", format!("{}T23:59:59", days_ago(11))),
    ];
    let outcome = site.send_deductions(
        "ded.csv",
        &records,
        &["--deduction-start-date", &start.to_string()],
    );
    outcome.completed().buckets([3, 0, 2, 0]);
    assert_eq!(
        outcome.skipped(),
        [("before_deduction_start".to_owned(), 2)].into()
    );
    assert_eq!(
        outcome.column("subscriber_id"),
        [2, 3, 4].map(subscriber_id)
    );
}

#[test]
fn outside_lookback_goes_before_deduction_start() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let records = [
        deduction(1).with("last_changed_at", days_ago(20)),
        deduction(2).with("last_changed_at", days_ago(8)),
    ];
    let start = days_ago(5).to_string();
    let outcome = site.send_deductions(
        "ded.csv",
        &records,
        &[
            "--delta",
            "true",
            "--lookback-days",
            "10",
            "--deduction-start-date",
            &start,
        ],
    );
    outcome.completed().buckets([0, 0, 2, 0]);
    let expected = [("before_deduction_start", 1), ("outside_lookback", 1)];
    assert_eq!(
        outcome.skipped(),
        expected.map(|(r, n)| (r.to_owned(), n)).into()
    );
}

#[test]
fn two_eins_only_the_primary_record_goes() {
    let site = Scenario::new();
    let records = [
        person(1)
            .with("ein", "12-3456789")
            .with("is_primary_ein", "true"),
        person(1)
            .with("ein", "98-7654321")
            .with("is_primary_ein", "false"),
        person(2).with("is_primary_ein", ""),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 1, 0]);
    assert_eq!(
        outcome.skipped(),
        [("non_primary_ein".to_owned(), 1)].into()
    );
    assert_eq!(outcome.count("employees_processed"), 2);
    assert_eq!(outcome.column("ein"), ["12-3456789", "12-3456789"]);
    let both = [
        person(3).with("ein", "12-3456789"),
        person(3).with("ein", "98-7654321"),
    ];
    let outcome = site.send_people("conflict.csv", &both, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    assert_eq!(outcome.codes(), ["PRIMARY_EIN_CONFLICT"]);
}

#[test]
fn two_eins_have_deductions_of_their_own() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let records = [
        deduction(1).with("ein", "12-3456789"),
        deduction(1)
            .with("ein", "98-7654321")
            .with("employee_amount", "1.00"),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.column("action"), ["add", "add"]);
    let again = records.map(|r| r.with("plan_name", "Renamed"));
    let outcome = site.send_deductions("ded2.csv", &again, &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["change", "change"]);
}

#[test]
fn foreign_employers_are_refused() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "eins = [\"12-3456789\"]");
    let records = [
        person(1),
        person(2).with("ein", "98-7654321"),
        person(3).with("ein", "123456789"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(outcome.findings()["EIN_FOREIGN"], 1);
    assert!(!site.waiting(DEDUCTION).contains(&"hr.csv".to_owned()));
}

#[test]
fn a_change_known_by_its_day_alone_is_in_scope_on_the_day_of_the_watermark() {
    let site = Scenario::new();
    let all = [
        person(1).with("last_changed_at", today()),
        person(2).with("last_changed_at", days_ago(1)),
    ];
    site.send_people("hr.csv", &all, &DELTA).completed();
    let again = all.map(|record| record.with("note", "again"));
    site.send_people("next.csv", &again, &DELTA)
        .completed()
        .buckets([0, 1, 1, 0]);
}
