//! Advice is made from the integration's own settings: it names no form and no column that the file can't have.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

/// The advice on a finding.
fn advice(outcome: &Outcome, code: &str) -> String {
    let rows = outcome.errors();
    let row = rows.iter().find(|row| row.code == code);
    row.unwrap_or_else(|| panic!("no {code}: {rows:?}"))
        .how_to_fix
        .clone()
}

#[test]
fn columns_are_named_by_the_senders_own_headers() {
    let looks_test = person(1).with("first_name", "Test");
    let without = Scenario::new().send_people("hr.csv", std::slice::from_ref(&looks_test), &[]);
    assert!(
        advice(&without, "NAME_LOOKS_TEST")
            .starts_with("Set test_employee (a column that the file does not have) to true"),
        "{without:?}"
    );
    let site = Scenario::new().and_config(
        "[integration.demographic-export.columns]\ntest_employee = \"Probe?\"\n\
         [integration.demographic-export.codes.test_employee]\nja = \"true\"\nnein = \"false\"\n",
    );
    let record = looks_test.with("Probe?", "nein");
    let own = site.send_people("hr.csv", &[record], &[]);
    assert_eq!(
        advice(&own, "NAME_LOOKS_TEST"),
        "Set Probe? to true if this is no real person; nothing has to be done otherwise. Words for yes and no here: ja, \
         nein."
    );
}

#[test]
fn employers_and_plan_years_are_those_of_the_configuration() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "eins = [\"98-7654321\"]");
    let foreign = site.send_people("hr.csv", &people(1), &[]);
    assert!(advice(&foreign, "EIN_FOREIGN").ends_with(" Taken here: 98-7654321."));
    let site = Scenario::new()
        .and_config("[integration.deduction-import.format]\ndates = [\"%m/%d/%Y\"]\n");
    site.roster("all.csv", csv(&people(1)));
    let old = deduction(1).with("effective_date", "02/01/2019");
    let outcome = site.send_deductions("ded.csv", &[old], &[]);
    let text = advice(&outcome, "PLAN_YEAR_UNKNOWN");
    let years = text.split("Plan years here: ").nth(1).expect("years");
    let first = years.split(" to ").next().expect("a day");
    assert!(first.len() == 10 && first.as_bytes()[2] == b'/', "{text}");
}

#[test]
fn forms_that_do_not_fit_the_file_are_not_advised() {
    let state = person(1).with("state", "Wisconsin?");
    let outcome = Scenario::new().send_people("hr.csv", &[state], &[]);
    assert_eq!(
        advice(&outcome, "CODE_UNKNOWN"),
        "Write the state as its two letters, such as WI."
    );
    let shared = [
        person(1),
        person(2).with("username", person(1).get("username")),
    ];
    let outcome = Scenario::new().send_people("hr.csv", &shared, &[]);
    assert!(!advice(&outcome, "USERNAME_SHARED").contains("PlanSource"));
    let widths = [
        ("subscriber_id", 10),
        ("username", 24),
        ("ssn", 9),
        ("deduction_code", 6),
        ("effective_date", 10),
        ("employee_amount", 9),
    ];
    let mut layout = "[integration.deduction-import.fixed_width]\n".to_owned();
    let mut start = 1;
    for (name, length) in widths {
        let decimals = if name == "employee_amount" {
            ", decimals = 'explicit'"
        } else {
            ""
        };
        layout += &format!("{name} = {{ start = {start}, length = {length}{decimals} }}\n");
        start += length;
    }
    let site = Scenario::new().and_config(&layout);
    site.roster("all.csv", csv(&people(1)));
    let record = deduction(1).with("ssn", "12345");
    let line: String = widths
        .iter()
        .map(|(name, length)| format!("{:<length$}", record.get(name)))
        .collect();
    let outcome = site
        .inbound(DEDUCTION, "d.txt", line + "\n")
        .run(DEDUCTION, &[]);
    assert_eq!(
        advice(&outcome, "SSN_LENGTH"),
        "Write the SSN as nine digits, without dashes."
    );
}
