//! Full files: what happens to employees of the roster who are missing from one.

use crate::people::{Record, csv, days_ago, deduction, people, person, subscriber_id, today};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario, default_config};

fn full(omission: &str) -> Scenario {
    let site = Scenario::new().and_keys(
        DEMOGRAPHIC,
        &format!("content = \"full\"\nomission = \"{omission}\""),
    );
    site.roster("hr.csv", csv(&people(4)));
    site
}

#[test]
fn ignored() {
    let site = full("ignore");
    let outcome = site.send_people("next.csv", &people(3), &[]);
    outcome.completed().buckets([0, 3, 0, 0]);
    assert_eq!(outcome.count("deactivated_by_omission"), 0);
    assert!(outcome.codes().is_empty());
    assert_eq!(outcome.rows().len(), 0);
}

#[test]
fn reported() {
    let site = full("report");
    let outcome = site.send_people("next.csv", &people(3), &[]);
    outcome.completed().buckets([0, 3, 0, 0]);
    assert_eq!(outcome.count("employees_missing"), 1);
    let errors = outcome.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].code, "EMPLOYEE_MISSING");
    assert_eq!(errors[0].subscriber_id, subscriber_id(4));
    assert_eq!(errors[0].severity, "warning");
    // Reported again as long as they are missing.
    let again = site.send_people(
        "again.csv",
        &[person(1), person(2), person(3).with("city", "Verona")],
        &[],
    );
    again.completed();
    assert_eq!(again.findings()["EMPLOYEE_MISSING"], 1);
}

#[test]
fn report_is_the_default_of_full_files() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"");
    site.roster("hr.csv", csv(&people(2)));
    let outcome = site.send_people("next.csv", &people(1), &[]);
    outcome.completed();
    assert_eq!(outcome.codes(), ["EMPLOYEE_MISSING"]);
}

#[test]
fn terminated_last_in_the_output() {
    let site = full("terminate");
    let records = [person(4).with("city", "Verona"), person(2)];
    let outcome = site.send_people("next.csv", &records, &[]);
    outcome.completed().buckets([1, 1, 0, 0]);
    assert_eq!(outcome.count("deactivated_by_omission"), 2);
    assert_eq!(outcome.count("employees_missing"), 2);
    assert_eq!(
        outcome.column("action"),
        ["update", "deactivate", "deactivate"]
    );
    assert_eq!(
        outcome.column("subscriber_id"),
        [4, 1, 3].map(subscriber_id)
    );
    let last = outcome.rows().pop().expect("a row");
    assert_eq!(last["employment_status"], "T");
    assert_eq!(last["termination_date"], today().to_string());
    // Once gone, they are not missing any more.
    let next = site.send_people("third.csv", &[person(4), person(2)], &[]);
    next.completed();
    assert_eq!(next.count("deactivated_by_omission"), 0);
    // The same record coming back is a rehire.
    let back = site.send_people("fourth.csv", &[person(4), person(2), person(3)], &[]);
    back.completed();
    assert_eq!(back.column("action"), ["reactivate"]);
}

#[test]
fn terminated_employees_take_no_later_deductions() {
    let site = full("terminate");
    site.send_people("next.csv", &people(3), &[]).completed();
    let tomorrow = today() + chrono::Days::new(1);
    let outcome = site.send_deductions(
        "ded.csv",
        &[deduction(4).with("effective_date", tomorrow)],
        &[],
    );
    assert!(
        outcome.codes().contains(&"EMPLOYEE_TERMINATED".to_owned()),
        "{outcome:?}"
    );
}

#[test]
fn a_rejected_or_skipped_employee_is_not_missing() {
    let site = full("terminate");
    let records = [
        person(1).with("zip_code", "1"),
        person(2).with("exclude_from_batch_import", "yes"),
        person(3).with("is_primary_ein", "no"),
        person(4).with("ssn", "junk"),
    ];
    let outcome = site.send_people("next.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 2, 2]);
    assert_eq!(outcome.count("deactivated_by_omission"), 0, "{outcome:?}");
}

#[test]
fn who_left_before_or_is_a_test_is_not_missing() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    let records = [
        person(1),
        person(2)
            .with("employment_status", "T")
            .with("termination_date", days_ago(9)),
        person(3).with("test_employee", "yes"),
    ];
    site.send_people("hr.csv", &records, &[]).completed();
    let outcome = site.send_people("next.csv", &people(1), &[]);
    outcome.completed();
    assert_eq!(outcome.count("employees_missing"), 0, "{outcome:?}");
}

#[test]
fn files_of_changes_miss_nobody() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(4)));
    let outcome = site.send_people("next.csv", &people(1), &[]);
    outcome.completed();
    assert_eq!(outcome.count("employees_missing"), 0);
}

#[test]
fn two_integrations_on_one_roster_do_not_miss_each_others_people() {
    let config = default_config().replace(
        "kind = \"demographic\"\n",
        "kind = \"demographic\"\ncontent = \"full\"\nomission = \"terminate\"\n",
    ) + "[integration.plant-export]\nkind = \"demographic\"\ncontent = \"full\"\nomission = \"terminate\"\n";
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(3)));
    let plant = [person(11), person(12)];
    let outcome = site
        .inbound("plant-export", "plant.csv", csv(&plant))
        .run("plant-export", &[]);
    outcome.completed();
    assert_eq!(outcome.count("employees_missing"), 0, "{outcome:?}");
    let outcome = site.send_people("next.csv", &people(2), &[]);
    outcome.completed();
    assert_eq!(outcome.column("subscriber_id"), [subscriber_id(3)]);
    // Both of their people are known to deductions.
    let outcome = site.send_deductions("ded.csv", &[deduction(1), deduction(11)], &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
}

#[test]
fn an_unattributable_reject_in_a_terminating_file_terminates_nobody_in_silence() {
    let site = full("terminate");
    let mut file = csv(&people(3));
    file.extend_from_slice(b"this row,has,lost,its,columns\n");
    let outcome = site
        .inbound(DEMOGRAPHIC, "next.csv", file)
        .run(DEMOGRAPHIC, &[]);
    // Person 4 may be that row: hold, don't guess.
    outcome.ended(5, "Held");
    assert!(
        outcome.codes().contains(&"OMISSION_UNSURE".to_owned()),
        "{outcome:?}"
    );
    let released = site.feedgate(&[
        "release",
        outcome.reference(),
        "--why",
        "person 4 left",
        "--json",
    ]);
    released.ended(3, "Completed with Errors");
    assert_eq!(released.column("subscriber_id"), [subscriber_id(4)]);
}

fn rejects_name(outcome: &crate::scenario::Outcome) -> String {
    let path = outcome.published("rejects").expect("a rejects file");
    let name = path.file_name().expect("a name").to_string_lossy();
    name.into_owned()
}

#[test]
fn corrections_of_a_full_file_miss_nobody() {
    let site = full("terminate");
    let mut records = people(4);
    records[1] = person(2).with("zip_code", "1");
    let first = site.send_people("next.csv", &records, &[]);
    first.ended(3, "Completed with Errors");
    assert_eq!(first.count("employees_missing"), 0);
    let fixed = person(2).with("city", "Verona");
    let outcome = site.send_people(&rejects_name(&first), &[fixed], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert_eq!(outcome.count("deactivated_by_omission"), 0);
    assert_eq!(outcome.column("action"), ["update"]);
}

#[test]
fn a_run_for_some_employees_misses_nobody() {
    let site = full("terminate");
    let outcome = site.send_people(
        "next.csv",
        &[person(1).with("city", "Verona")],
        &["--include-employees", "5001"],
    );
    outcome.completed().buckets([1, 0, 0, 0]);
    assert_eq!(outcome.count("deactivated_by_omission"), 0, "{outcome:?}");
}

#[test]
fn who_is_outside_the_lookback_is_in_the_file_all_the_same() {
    let site = full("terminate");
    let old: Vec<_> = people(4)
        .into_iter()
        .map(|p| p.with("last_changed_at", days_ago(20)))
        .collect();
    let outcome = site.send_people(
        "next.csv",
        &old,
        &["--delta", "true", "--lookback-days", "3"],
    );
    outcome.completed().buckets([0, 0, 4, 0]);
    assert_eq!(outcome.count("employees_missing"), 0);
}

#[test]
fn a_test_file_terminates_nobody() {
    let site = full("terminate").and_keys(DEMOGRAPHIC, "test_files = [\"TEST_*\"]");
    site.send_people("TEST_next.csv", &people(1), &[])
        .completed();
    let outcome = site.send_people(
        "again.csv",
        &[person(1), person(2), person(3), person(4), person(5)],
        &[],
    );
    outcome.completed().buckets([1, 4, 0, 0]);
}

#[test]
fn an_older_full_file_brings_nobody_back_in_silence() {
    let site = full("terminate");
    site.send_people("next.csv", &people(3), &[]).completed();
    let again = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&people(4)))
        .run(DEMOGRAPHIC, &[]);
    again.ended(5, "Held");
    assert_eq!(again.codes(), ["SAME_AS_EARLIER"]);
    let next = site
        .inbound(DEMOGRAPHIC, "same.csv", csv(&people(3)))
        .run(DEMOGRAPHIC, &[]);
    next.completed();
    assert!(!next.text("duplicate_of").is_empty());
}

#[test]
fn a_rerun_of_corrections_is_no_full_file() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    let records = [person(1), person(2).with("zip_code", "1"), person(3)];
    let first = site.send_people("hr.csv", &records, &[]);
    first.ended(3, "Completed with Errors");
    let name = format!("hr.{}.rejects.csv", first.reference());
    let fixed = site.send_people(&name, &[person(2)], &[]);
    fixed.completed().buckets([1, 0, 0, 0]);
    let again = site.feedgate(&["rerun", fixed.reference(), "--json"]);
    assert_eq!(again.count("deactivated_by_omission"), 0, "{again:?}");
    again.completed().buckets([0, 1, 0, 0]);
}

#[test]
fn whom_another_sender_has_sent_since_is_not_missing() {
    let full = "kind = \"demographic\"\ncontent = \"full\"\nomission = \"terminate\"\n";
    let config = default_config().replace("kind = \"demographic\"\n", full)
        + &format!("[integration.plant-export]\n{full}");
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(3)));
    site.inbound("plant-export", "plant.csv", csv(&[person(3)]))
        .run("plant-export", &[])
        .completed()
        .buckets([0, 1, 0, 0]);
    let outcome = site.send_people("next.csv", &people(2), &[]);
    outcome.completed();
    assert_eq!(outcome.count("employees_missing"), 0, "{outcome:?}");
}

#[test]
fn a_correction_that_shares_nothing_with_its_record_is_refused_and_the_next_file_brings_the_employee_back()
 {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    site.roster("hr.csv", csv(&people(3)));
    // Person 3 with a mistake in every identifier: the roster has no such employee.
    let slip = person(3)
        .with("subscriber_id", "N1000Z")
        .with("ssn", "000-00-0000")
        .with("employee_number", "777001")
        .with("username", "slip1");
    let first = site.send_people("next.csv", &[person(1), person(2), slip], &[]);
    let reference = first.reference().to_owned();
    first.ended(3, "Completed with Errors");
    assert_eq!(first.count("deactivated_by_omission"), 1, "{first:?}");
    let name = format!("next.{reference}.rejects.csv");
    let fixed = site.send_people(&name, &[person(3)], &[]);
    assert_eq!(fixed.codes(), ["NOT_REJECTED"], "{fixed:?}");
    let fixed = site.send_people("after.csv", &people(4), &[]);
    fixed.completed().buckets([2, 2, 0, 0]);
    assert_eq!(fixed.count("records_reactivated"), 1, "{fixed:?}");
}

/// Sends a full file after one of four people.
fn after_four(omission: &str, records: &[Record]) -> Outcome {
    full(omission).send_people("next.csv", records, &[])
}

/// A record that is rejected, of somebody whom the roster doesn't know by any identifier.
fn stranger() -> Record {
    person(9)
        .with("zip_code", "1")
        .with("first_name", "Zoe")
        .with("work_email", "zoe@example.com")
}

/// Columns that identify somebody.
const IDENTIFYING: [&str; 4] = ["subscriber_id", "ssn", "username", "employee_number"];

#[test]
fn everybody_whom_a_rejected_record_points_to_is_present() {
    let four = |column: &str| person(4).get(column).to_owned();
    let bare = four("ssn").replace('-', "");
    let of_nobody = || {
        let records = IDENTIFYING.into_iter().skip(1);
        records.fold(stranger(), Record::without)
    };
    let mut rejected: Vec<Record> = IDENTIFYING
        .into_iter()
        .map(|column| stranger().with(column, four(column)))
        .collect();
    rejected.extend([
        stranger().with("ssn", format!("{bare}.0")),
        stranger().with("username", four("username").to_uppercase()),
        // Behind a mistake in the ID.
        of_nobody().without("subscriber_id").with("ssn", &bare),
        // A column stands where another belongs.
        of_nobody().with("job_title", &bare),
    ]);
    for omission in ["terminate", "report", "ignore"] {
        for record in &rejected {
            let records = [person(1), person(2), person(3), record.clone()];
            let outcome = after_four(omission, &records);
            outcome.ended(3, "Completed with Errors");
            assert_eq!(outcome.count("employees_missing"), 0, "{record:?}");
            assert_eq!(outcome.count("deactivated_by_omission"), 0);
        }
    }
}

#[test]
fn a_shifted_column_terminates_nobody() {
    for shifted in IDENTIFYING {
        let value = |n: usize| person(n).get(shifted).to_owned();
        let mut records = people(4);
        for (n, record) in (1..).zip(&mut records) {
            let next = if n == 4 { String::new() } else { value(n + 1) };
            *record = record.clone().with(shifted, next);
        }
        let outcome = after_four("terminate", &records);
        assert_eq!(outcome.count("deactivated_by_omission"), 0, "{outcome:?}");
    }
}

#[test]
fn where_a_rejected_record_may_be_about_two_people_nobody_is_missing_in_silence() {
    // Person 3 and 4 are present by it, person 2 may be gone.
    let mixed = person(3)
        .with("zip_code", "1")
        .with("ssn", person(4).get("ssn"));
    let damaged = stranger().with("subscriber_id", "N 1").without("ssn");
    let alone = stranger()
        .with("ssn", "pending")
        .with("username", stranger().get("subscriber_id"));
    for (doubtful, missing) in [(mixed, 1), (damaged, 3), (alone, 3)] {
        let records = [person(1), doubtful];
        for omission in ["terminate", "report"] {
            let outcome = after_four(omission, &records);
            outcome.ended(5, "Held");
            let codes = outcome.codes();
            assert!(codes.contains(&"OMISSION_UNSURE".to_owned()), "{codes:?}");
            assert_eq!(outcome.count("employees_missing"), missing);
            assert!(outcome.output().is_none());
        }
        let ignored = after_four("ignore", &records);
        ignored.ended(3, "Completed with Errors");
    }
}

#[test]
fn a_released_file_terminates_those_alone_whom_nothing_points_to() {
    let site = full("terminate");
    let mixed = person(3)
        .with("zip_code", "1")
        .with("ssn", person(4).get("ssn"));
    let held = site.send_people("next.csv", &[person(1), mixed], &[]);
    held.ended(5, "Held");
    let why = ["--why", "person 2 left", "--json"];
    let released = site.feedgate(&[&["release", held.reference()], &why[..]].concat());
    released.ended(3, "Completed with Errors");
    assert_eq!(released.column("subscriber_id"), [subscriber_id(2)]);
}

#[test]
fn a_rejected_record_of_one_person_holds_nothing() {
    let wrong = |n: usize| person(n).with("zip_code", "1");
    for record in [
        wrong(3),
        wrong(3).with("ssn", "junk"),
        wrong(3).without("username").with("ssn", ""),
        wrong(3).with("ssn", stranger().get("ssn")),
    ] {
        let outcome = after_four("terminate", &[person(1), person(2), record]);
        outcome.ended(3, "Completed with Errors");
        assert_eq!(outcome.column("subscriber_id"), [subscriber_id(4)]);
    }
    // New people: a second identifier that nobody has says that the first is no slip.
    for record in [stranger(), stranger().with("ssn", "pending")] {
        let outcome = after_four("terminate", &[person(1), person(2), person(3), record]);
        outcome.ended(3, "Completed with Errors");
        assert_eq!(outcome.column("subscriber_id"), [subscriber_id(4)]);
    }
}

#[test]
fn two_records_of_one_id_leave_in_doubt_whose_the_second_is() {
    let slip = |ssn: &str| {
        person(4)
            .with("subscriber_id", subscriber_id(3))
            .with("ssn", ssn)
            .with("username", "")
            .without("employee_number")
    };
    let held = after_four("terminate", &[person(1), person(2), person(3), slip("")]);
    held.ended(5, "Held");
    // By its SSN the second is person 4, and then both are present.
    let records = [person(1), person(2), person(3), slip(person(4).get("ssn"))];
    let outcome = after_four("terminate", &records);
    outcome.ended(3, "Completed with Errors");
    assert_eq!(outcome.count("employees_missing"), 0);
}

#[test]
fn a_record_whose_fields_cannot_be_told_apart_is_of_whom_any_of_them_names() {
    let rows = |last: String| {
        let mut file = csv(&people(3));
        let columns = file.split(|b| *b == b'\n').next().expect("a header");
        let columns = columns.split(|b| *b == b',').count();
        let filler = ",x".repeat(columns);
        file.extend_from_slice(format!("{last}{filler}\n").as_bytes());
        file
    };
    let send = |last: &str| {
        full("terminate")
            .inbound(DEMOGRAPHIC, "next.csv", rows(last.to_owned()))
            .run(DEMOGRAPHIC, &[])
    };
    for known in [subscriber_id(4), format!("Doe, {}", person(4).get("ssn"))] {
        let outcome = send(&known);
        outcome.ended(3, "Completed with Errors");
        assert_eq!(
            outcome.count("employees_missing"),
            0,
            "{known}: {outcome:?}"
        );
    }
    // A username somewhere is a hint: person 4 is present, and yet there is doubt; nobody else is missing.
    let hinted = send(&format!("Doe, {}", person(4).get("username")));
    hinted.ended(3, "Completed with Errors");
    assert_eq!(hinted.count("employees_missing"), 0);
    send("Doe, 12").ended(5, "Held");
}

#[test]
fn a_skipped_record_counts_by_its_other_identifiers_where_the_id_is_unknown() {
    let base = || stranger().with("exclude_from_batch_import", "yes");
    for column in ["ssn", "username", "employee_number"] {
        let skipped = base().with(column, person(4).get(column));
        let outcome = after_four("terminate", &[person(1), person(2), person(3), skipped]);
        outcome.completed();
        assert_eq!(outcome.count("employees_missing"), 0, "{column}");
    }
    // It is no rejected record: what it doesn't say holds nothing.
    let outcome = after_four("terminate", &[person(1), person(2), person(3), base()]);
    outcome.completed();
    assert_eq!(outcome.column("subscriber_id"), [subscriber_id(4)]);
}

#[test]
fn the_guard_of_missing_people_counts_none_that_a_rejected_record_points_to() {
    for (column, held) in [("ssn", false), ("first_name", true)] {
        let site = full("report")
            .and_config("[integration.demographic-export.guards]\nmax_missing_count = 0\n");
        let record = stranger().with(column, person(4).get(column));
        let records = [person(1), person(2), person(3), record];
        let outcome = site.send_people("next.csv", &records, &[]);
        if held {
            outcome.ended(5, "Held");
            assert!(outcome.codes().contains(&"GUARD_MISSING".to_owned()));
        } else {
            outcome.ended(3, "Completed with Errors");
        }
    }
}
