//! Test employees: skipped in both kinds of files, and remembered by the roster.

use crate::people::{
    Record, csv, days_ago, deduction, people, person, ssn, subscriber_id, today, username,
};
use crate::scenario::{DEMOGRAPHIC, Scenario};

#[test]
fn test_employees_are_remembered_by_the_roster() {
    let site = Scenario::new();
    let flagged = person(2)
        .with("test_employee", "yes")
        .with("ssn", "no ssn at all");
    site.send_people("hr.csv", &[person(1), flagged], &[])
        .completed()
        .buckets([1, 0, 1, 0]);
    let outcome = site.send_deductions("ded.csv", &[deduction(1), deduction(2)], &[]);
    outcome.completed().buckets([1, 0, 1, 0]);
    assert_eq!(outcome.skipped(), [("test_employee".to_owned(), 1)].into());
    // A flag that is taken back makes them an employee like any other.
    site.send_people("hr2.csv", &[person(2).with("test_employee", "no")], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
    let outcome = site.send_deductions("ded2.csv", &[deduction(2)], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn an_employee_who_becomes_a_test_employee_loses_deductions() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let flagged = site.send_people("hr2.csv", &[person(2).with("test_employee", "1")], &[]);
    flagged.completed().buckets([0, 0, 1, 0]);
    assert_eq!(flagged.codes(), ["TEST_FLAG_CONFLICT"]);
    let outcome = site.send_deductions("ded.csv", &[deduction(1), deduction(2)], &[]);
    outcome.completed().buckets([1, 0, 1, 0]);
    // What was known stays: the number is still that employee's, and the fields are shown.
    let other = site.send_people("other.csv", &[person(3).with("ssn", ssn(2))], &[]);
    assert_eq!(other.codes(), ["SSN_IN_USE"]);
    let shown = site.feedgate(&["employee", &subscriber_id(2), "--json"]);
    let entry = &shown.summaries[0]["rosters"][0];
    assert_eq!(entry["state"], "test", "{shown:?}");
    assert_eq!(entry["fields"]["username"], username(2), "{shown:?}");
    // A row that doesn't say anything lifts no flag; one that says no does.
    let silent = site.send_people("silent.csv", &[person(2).with("city", "Verona")], &[]);
    silent.completed().buckets([0, 0, 1, 0]);
    let lifted = person(2).with("test_employee", "no");
    let lifted = site.send_people("lifted.csv", &[lifted], &[]);
    lifted.completed().buckets([1, 0, 0, 0]);
    assert_eq!(lifted.column("action"), ["update"]);
    let outcome = site.send_deductions("ded2.csv", &[deduction(2)], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn a_test_record_with_a_known_employees_id_makes_nobody_a_test_employee() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(3)));
    let test = |n: usize| person(n).with("test_employee", "yes");
    let records = [
        test(1).with("ssn", ssn(9)),
        test(2).with("username", "somebody.else"),
        test(3).without("ssn"),
        test(4),
    ];
    let outcome = site.send_people("tests.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 1, 3]);
    assert_eq!(outcome.codes(), ["TEST_FLAG_CONFLICT"]);
    let deductions = [1, 2, 3].map(deduction);
    site.send_deductions("ded.csv", &deductions, &[])
        .completed()
        .buckets([3, 0, 0, 0]);
    // The advice: an ID of its own, or no flag.
    let name = crate::round_trip::name_of_rejects(&outcome);
    let corrected = [
        test(1).with("subscriber_id", "T1").with("ssn", ssn(9)),
        person(2)
            .with("test_employee", "no")
            .with("username", "new.name"),
        person(3).with("test_employee", "no"),
    ];
    let corrected = site
        .inbound(DEMOGRAPHIC, &name, csv(&corrected))
        .run(DEMOGRAPHIC, &[]);
    corrected.completed();
    assert_eq!(corrected.count("errors"), 0, "{corrected:?}");
}

#[test]
fn a_deduction_flagged_test_is_skipped_whatever_it_holds() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let bad = deduction(1)
        .with("test_employee", "T")
        .with("employee_amount", "lots");
    let outcome = site.send_deductions("ded.csv", &[bad], &[]);
    outcome.completed().buckets([0, 0, 1, 0]);
    assert_eq!(outcome.skipped(), [("test_employee".to_owned(), 1)].into());
}

#[test]
fn a_new_test_employee_with_two_rows_is_remembered_once() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    let tester = |ein: &str| person(1).with("ein", ein).with("test_employee", "yes");
    let records = [tester("12-3456789"), tester("98-7654321"), person(2)];
    site.send_people("hr.csv", &records, &[])
        .completed()
        .buckets([1, 0, 2, 0]);
    // It was a mistake: they are no test employee.
    let next = people(2).into_iter().map(|p| p.with("test_employee", "no"));
    let next: Vec<Record> = next.collect();
    site.send_people("next.csv", &next, &[]).completed();
    let later = [person(1).with("city", "Verona"), person(2)];
    let later = site.send_people("later.csv", &later, &[]);
    assert_eq!(later.count("deactivated_by_omission"), 0, "{later:?}");
    for day in 0..4 {
        site.send_deductions(
            "ded.csv",
            &[deduction(1).with("effective_date", days_ago(day))],
            &[],
        )
        .completed()
        .buckets([1, 0, 0, 0]);
    }
}

#[test]
fn a_row_flagged_as_test_beside_an_accepted_one_does_not_double_the_employee() {
    for swap in [false, true] {
        let site =
            Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
        let mut records = vec![
            person(1),
            person(1)
                .with("ein", "98-7654321")
                .with("is_primary_ein", "no")
                .with("test_employee", "yes"),
        ];
        if swap {
            records.reverse();
        }
        site.send_people("hr.csv", &records, &[])
            .completed()
            .buckets([1, 0, 1, 0]);
        let next = site.send_people("next.csv", &[person(1).with("city", "Verona")], &[]);
        next.completed();
        assert_eq!(next.count("records_updated"), 1, "{next:?}");
        assert_eq!(next.count("deactivated_by_omission"), 0, "{next:?}");
        site.send_deductions("ded.csv", &[deduction(1)], &[])
            .completed()
            .buckets([1, 0, 0, 0]);
    }
}

#[test]
fn a_test_employee_does_not_choose_the_plan_year() {
    let site = Scenario::new();
    let roster = [person(1).with("test_employee", "yes"), person(2)];
    site.send_people("hr.csv", &roster, &[]).completed();
    let next = format!("{}-02-01", crate::people::this_year() + 1);
    let records = [
        deduction(1).with("effective_date", next),
        deduction(2).with("effective_date", today()),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome.completed().buckets([1, 0, 1, 0]);
}
