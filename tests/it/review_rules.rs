//! Rules that a reading of the code put in doubt.

use crate::people::{csv, days_ago, deduction, people, person, subscriber_id, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, default_config};

#[test]
fn a_change_known_by_its_day_alone_is_in_scope_on_the_day_of_the_watermark() {
    let site = Scenario::new();
    site.send_people("hr.csv", &people(2), &["--delta", "true"])
        .completed();
    let changed = person(1)
        .with("city", "Verona")
        .with("last_changed_at", today());
    let before = person(2)
        .with("city", "Verona")
        .with("last_changed_at", days_ago(1));
    site.send_people("next.csv", &[changed, before], &["--delta", "true"])
        .completed()
        .buckets([1, 0, 1, 0]);
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
fn a_new_test_employee_with_two_rows_is_remembered_once() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    let tester = |ein: &str| person(1).with("ein", ein).with("test_employee", "yes");
    let records = [tester("12-3456789"), tester("98-7654321"), person(2)];
    site.send_people("hr.csv", &records, &[])
        .completed()
        .buckets([1, 0, 2, 0]);
    // It was a mistake: they are no test employee.
    site.send_people("next.csv", &people(2), &[]).completed();
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
fn a_full_file_without_records_is_no_small_file() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"")
        .and_config("[integration.demographic-export.guards]\nmax_missing_percent = 10");
    site.roster("hr.csv", csv(&people(40)));
    let whole = csv(&people(1));
    let header = whole.split(|b| *b == b'\n').next().expect("a header");
    let outcome = site
        .inbound(DEMOGRAPHIC, "next.csv", [header, b"\n"].concat())
        .run(DEMOGRAPHIC, &[]);
    outcome.ended(5, "Held");
    let few = site.send_people("few.csv", &people(5), &[]);
    few.ended(5, "Held");
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
fn the_untouched_rejects_file_is_a_duplicate_of_itself() {
    let site = Scenario::new();
    // Every record is rejected, so the rejects file has the bytes of its parent.
    let bad = [person(1).with("zip_code", "1")];
    let first = site.send_people("hr.csv", &bad, &[]);
    first.ended(3, "Completed with Errors");
    let name = format!("hr.{}.rejects.csv", first.reference());
    let second = site.send_people(&name, &bad, &[]);
    second.ended(3, "Completed with Errors");
    let third = site.send_people(&name, &bad, &[]);
    third.completed();
    assert_eq!(third.text("duplicate_of"), second.reference());
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
    site.send_deductions(&name, &[other], &[]).completed();
    let rejects = site.feedgate(&["rejects", first.reference(), "--json"]);
    assert!(rejects.stdout.contains("null"), "{rejects:?}");
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
    let _ = (DEDUCTION, subscriber_id(1));
}
