//! Employees with several rows for one employer: `primary` says which of them counts.

use crate::people::{Record, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, default_config};

fn site() -> Scenario {
    Scenario::new().and_config(&format!(
        "[integration.{DEMOGRAPHIC}.primary]\ncolumn = \"Job\"\nprefer = [\"1\", \"Main\"]"
    ))
}

fn job(n: usize, job: &str) -> Record {
    let title = format!("Job {}", job.trim().to_lowercase());
    person(n).with("job_title", title).with("Job", job)
}

#[track_caller]
fn passed_over(outcome: &Outcome, number: u64) {
    assert_eq!(
        outcome.skipped(),
        [("non_primary_row".to_owned(), number)].into(),
        "{outcome:?}"
    );
}

#[test]
fn the_preferred_row_is_taken_wherever_it_stands() {
    let records = [
        job(1, "2"),
        job(1, " 1 "),
        job(2, "main"),
        job(2, "3"),
        job(3, "4"),
        job(1, "MAIN"),
        job(4, "main"),
        job(4, "1"),
    ];
    let site = site();
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.completed().buckets([4, 0, 4, 0]);
    passed_over(&outcome, 4);
    // One row of each, in the order of the file; a row that is alone counts whatever its value.
    assert_eq!(
        outcome.column("subscriber_id"),
        [1, 2, 3, 4].map(subscriber_id)
    );
    assert_eq!(
        outcome.column("job_title"),
        ["Job 1", "Job main", "Job 4", "Job 1"]
    );
    assert_eq!(outcome.count("employees_processed"), 4);
    let mut turned = records.to_vec();
    turned.reverse();
    let again = site.send_people("turned.csv", &turned, &[]);
    again.completed().buckets([0, 4, 4, 0]);
}

#[test]
fn rows_of_one_rank_stay_in_conflict_and_copies_stay_copies() {
    let records = [
        job(1, "2"),
        job(1, "3"),
        job(2, "1").with("city", "Monona"),
        job(2, "1"),
        job(2, "2"),
        job(3, "1"),
        job(3, "1"),
        job(3, "2"),
    ];
    let outcome = site().send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 2, 5]);
    assert_eq!(
        outcome.skipped(),
        [
            ("duplicate_row".to_owned(), 1),
            ("non_primary_row".to_owned(), 1)
        ]
        .into()
    );
    assert_eq!(
        outcome.findings(),
        [
            ("DUPLICATE_CONFLICT".to_owned(), 5),
            ("DUPLICATE_ROW".to_owned(), 1)
        ]
        .into()
    );
    let advice = &outcome.errors()[0].how_to_fix;
    assert!(
        ["primary = {", "is_primary_ein", "rows."]
            .iter()
            .all(|key| advice.contains(key)),
        "{advice}"
    );
}

#[test]
fn a_preferred_row_that_is_rejected_makes_room_for_no_other() {
    let records = [
        job(1, "1").with("ssn", "bad"),
        job(1, "2"),
        job(2, "1"),
        job(2, "2").with("ssn", "bad"),
    ];
    let site = site();
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 2, 1]);
    assert_eq!(outcome.codes(), ["SSN_NOT_DIGITS"]);
    let rejects = String::from_utf8(outcome.rejects().expect("rejects")).expect("text");
    let corrected = rejects.replace("bad", person(1).get("ssn"));
    let again = site
        .inbound(DEMOGRAPHIC, &outcome.published_name("rejects"), corrected)
        .run(DEMOGRAPHIC, &[]);
    again.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn other_employers_and_other_people_are_not_passed_over() {
    let records = [
        job(1, "1"),
        job(1, "2")
            .with("ein", "98-7654321")
            .with("is_primary_ein", "no"),
        job(2, "2"),
        // The second job's row has the number of somebody else, and is not read.
        job(3, "1"),
        job(3, "2").with("ssn", person(2).get("ssn")),
    ];
    let outcome = site().send_people("hr.csv", &records, &[]);
    outcome.completed().buckets([3, 0, 2, 0]);
    assert_eq!(
        outcome.skipped(),
        [
            ("non_primary_ein".to_owned(), 1),
            ("non_primary_row".to_owned(), 1)
        ]
        .into()
    );
}

#[test]
fn without_the_key_rows_are_in_conflict_and_without_the_column_the_file_fails() {
    let rows = [job(1, "1"), job(1, "2")];
    let outcome = Scenario::new().send_people("hr.csv", &rows, &[]);
    assert_eq!(
        outcome.findings(),
        [("DUPLICATE_CONFLICT".to_owned(), 2)].into()
    );
    let lacking = site().send_people("hr.csv", &[person(1)], &[]);
    let reason = lacking.text("reason");
    assert!(
        reason.starts_with("COLUMN_MISSING") && reason.contains("`Job`"),
        "{reason}"
    );
    let wrong = format!(
        "{}[integration.{DEDUCTION}.primary]\ncolumn = \"Job\"\nprefer = [\"1\"]\n",
        default_config()
    );
    let checked = Scenario::new().config(&wrong).feedgate(&["check"]);
    assert!(
        checked
            .stderr
            .contains("means nothing in a deduction integration"),
        "{checked:?}"
    );
}

#[test]
fn a_column_that_may_not_be_ours_says_how_it_is_passed_through() {
    let site = Scenario::new();
    let mut record = person(1);
    record
        .cells
        .push(("Pay Group".to_owned(), "CJ1".to_owned()));
    let outcome = site.send_people("hr.csv", &[record.clone()], &[]);
    let error = &outcome.errors()[0];
    assert_eq!(
        (error.field.as_str(), error.code.as_str()),
        ("pay_frequency", "CODE_UNKNOWN")
    );
    let advised = "\"custom.pay_group\" = \"Pay Group\"";
    assert!(error.how_to_fix.contains(advised), "{error:?}");
    let site = site.and_config(&format!("[integration.{DEMOGRAPHIC}.columns]\n{advised}"));
    let outcome = site.send_people("again.csv", &[record.with("city", "Monona")], &[]);
    outcome.completed();
    assert_eq!(
        (outcome.column("pay_group"), outcome.column("pay_frequency")),
        (vec!["CJ1".to_owned()], vec![String::new()])
    );
    // Frequencies under that header are read as before.
    let outcome =
        Scenario::new().send_people("hr.csv", &[person(1).with("Pay Group", "Bi-Weekly")], &[]);
    assert_eq!(outcome.column("pay_frequency"), ["BIWEEKLY"]);
    // Where the header is the column's own name, or the configuration says what it is, nothing else is meant.
    let outcome =
        Scenario::new().send_people("hr.csv", &[person(1).with("pay_frequency", "CJ1")], &[]);
    assert!(
        !outcome.errors()[0].how_to_fix.contains("custom"),
        "{outcome:?}"
    );
}
