//! Cross-reference tables: the sender's codes are read through them wherever their column is read, and through nothing else.

use crate::people::{Record, csv, deduction, people, person, subscriber_id, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, default_config};

fn site(integration: &str, tables: &str) -> Scenario {
    Scenario::new().and_config(&format!("[integration.{integration}.codes]\n{tables}"))
}

#[test]
fn selection_reads_flags_and_statuses_through_their_tables() {
    let site = site(
        DEMOGRAPHIC,
        "test_employee = { X = \"true\", N = \"no\" }\n\
         exclude_from_batch_import = { \"1\" = \"false\", \"0\" = \"true\" }\n\
         is_primary_ein = { HOME = \"yes\", AWAY = \"no\" }\n\
         employment_status = { A = \"Terminated\", B = \"active\", L = \"L\" }",
    )
    .and_keys(DEMOGRAPHIC, "statuses = [\"A\", \"L\"]");
    let row = |n: usize| {
        person(n)
            .with("test_employee", "")
            .with("exclude_from_batch_import", "")
            .with("is_primary_ein", "")
            .with("employment_status", "B")
    };
    let records = [
        row(1),
        row(2)
            .with("test_employee", "N")
            .with("exclude_from_batch_import", "1")
            .with("is_primary_ein", "HOME"),
        row(3).with("test_employee", "X"),
        row(4).with("exclude_from_batch_import", "0"),
        row(5).with("is_primary_ein", "AWAY"),
        row(6).with("employment_status", "A"),
        // Words of ours that the tables lack are no words of this sender.
        row(7).with("test_employee", "Y"),
        row(8).with("exclude_from_batch_import", "true"),
        row(9).with("is_primary_ein", "no"),
        row(10).with("employment_status", "active"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 4, 4]);
    let reasons = [
        "excluded",
        "non_primary_ein",
        "status_filtered",
        "test_employee",
    ];
    assert_eq!(outcome.skipped(), reasons.map(|r| (r.to_owned(), 1)).into());
    assert_eq!(outcome.codes(), ["CODE_UNKNOWN"]);
    assert_eq!(outcome.column("employment_status"), ["A"; 2]);
    assert_eq!(outcome.column("test_employee"), ["false"; 2]);
    assert_eq!(outcome.column("is_primary_ein"), ["true"; 2]);
    let advice = &outcome.errors()[0].how_to_fix;
    assert!(advice.contains("Known here: N, X."), "{advice}");
}

#[test]
fn employers_by_code_are_those_of_the_table() {
    let tables = "ein = { NORTH = \"12-3456789\", SOUTH = \"98-7654321\" }";
    let site =
        site(DEMOGRAPHIC, tables).and_keys(DEMOGRAPHIC, "eins = [\"12-3456789\", \"98-7654321\"]");
    let two = [
        person(1).with("ein", "NORTH"),
        person(1).with("ein", "SOUTH"),
        person(2).with("ein", "12-3456789"),
        person(3).with("ein", "SOUTH"),
    ];
    let outcome = site.send_people("hr.csv", &two, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 3]);
    // Two employers are told apart, so these are two rows of one person, not two of one key.
    assert_eq!(outcome.codes(), ["CODE_UNKNOWN", "PRIMARY_EIN_CONFLICT"]);
    assert_eq!(outcome.column("ein"), ["98-7654321"]);
}

#[test]
fn deductions_have_tables_for_codes_flags_and_texts() {
    let site = site(
        DEDUCTION,
        "action = { C = \"CHANGE\", D = \"STOP\" }\ntest_employee = { T = \"1\" }\ntax_treatment = { \"125\" = \"pre-tax\" }\n\
         plan_name = { P1 = \"Medical, \\\"Plus\\\"\" }",
    );
    site.roster("hr.csv", csv(&people(3)));
    let row = |n: usize| {
        let row = deduction(n)
            .with("action", "C")
            .with("test_employee", "")
            .with("tax_treatment", "125");
        row.with("plan_name", "P1")
    };
    let stop = row(2).with("action", "D").with("end_date", today());
    let outcome = site.send_deductions(
        "ded.csv",
        &[row(1), stop, row(3).with("test_employee", "T")],
        &[],
    );
    outcome.completed().buckets([2, 0, 1, 0]);
    assert_eq!(outcome.column("plan_name"), ["Medical, \"Plus\""; 2]);
    assert_eq!(outcome.column("tax_treatment"), ["PRETAX"; 2]);
    let words = |name: &str, value: &str| row(1).with(name, value).with("plan_name", "P1");
    let outcome = site.send_deductions(
        "more.csv",
        &[
            words("action", "STOP"),
            words("tax_treatment", "PRETAX").with("deduction_code", "D2"),
        ],
        &[],
    );
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    assert_eq!(outcome.findings(), [("CODE_UNKNOWN".to_owned(), 2)].into());
}

#[test]
fn without_a_table_our_own_words_are_read_as_before() {
    let rows: Vec<Record> = ["Y", "yes", "TRUE", "1"]
        .iter()
        .zip(1..)
        .map(|(word, n)| person(n).with("test_employee", word))
        .collect();
    let outcome = Scenario::new().send_people("hr.csv", &rows, &[]);
    outcome.completed().buckets([0, 0, 4, 0]);
    // A table is for its own column.
    let other = site(DEMOGRAPHIC, "pay_type = { HR = \"hourly\" }");
    let outcome = other.send_people(
        "hr.csv",
        &[
            person(1).with("test_employee", "y"),
            person(2).with("pay_type", "HR"),
        ],
        &[],
    );
    outcome.completed().buckets([1, 0, 1, 0]);
    assert_eq!(
        (outcome.column("subscriber_id"), outcome.column("pay_type")),
        (vec![subscriber_id(2)], vec!["HOURLY".to_owned()])
    );
}

#[test]
fn a_table_that_is_not_read_everywhere_is_a_mistake_of_the_configuration() {
    let of = |integration: &str, column: &str, ours: &str| {
        let table = format!("[integration.{integration}.codes.{column}]\nX = \"{ours}\"\n");
        let site = Scenario::new().config(&format!("{}{table}", default_config()));
        site.feedgate(&["check"]).stderr
    };
    for (integration, column) in [
        (DEMOGRAPHIC, "hire_date"),
        (DEMOGRAPHIC, "termination_date"),
        (DEMOGRAPHIC, "last_changed_at"),
        (DEMOGRAPHIC, "subscriber_id"),
        (DEMOGRAPHIC, "employee_number"),
        (DEMOGRAPHIC, "ssn"),
        (DEDUCTION, "employee_amount"),
        (DEDUCTION, "end_date"),
    ] {
        let said = of(integration, column, "2026-01-01");
        assert!(
            said.contains("takes no cross-reference table"),
            "{column}: {said}"
        );
    }
    for (column, ours) in [
        ("test_employee", "maybe"),
        ("ein", "12"),
        ("state", "ZZ"),
        ("employment_status", "gone"),
    ] {
        let said = of(DEMOGRAPHIC, column, ours);
        assert!(
            said.contains(&format!("is not a code of {column}")),
            "{column}: {said}"
        );
    }
    assert_eq!(of(DEMOGRAPHIC, "state", "wi"), "");
}
