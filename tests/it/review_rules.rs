//! Rules that a reading of the code put in doubt.

use crate::people::{csv, days_ago, deduction, people, person, today};
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
}

#[test]
fn a_small_sender_of_a_large_roster_has_a_guard_of_its_own() {
    let full = "kind = \"demographic\"\ncontent = \"full\"\n";
    let guard = "guards = { max_missing_percent = 30 }\n";
    let config = default_config().replace("kind = \"demographic\"\n", full)
        + &format!("[integration.plant-export]\n{full}{guard}");
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(100)));
    let plant: Vec<_> = (201..=230).map(person).collect();
    let run = |name: &str, records: &[crate::people::Record]| {
        site.inbound("plant-export", name, csv(records))
            .run("plant-export", &[])
    };
    run("plant.csv", &plant).completed();
    // A third of its own people, a twelfth of the roster.
    run("cut.csv", &plant[..20]).ended(5, "Held");
}

#[test]
fn a_correction_is_taken_though_the_employee_was_deactivated_by_omission() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    site.roster("hr.csv", csv(&people(3)));
    // Person 3 with a slip in every identity: nobody the roster knows.
    let slip = person(3)
        .with("subscriber_id", "N1000Z")
        .with("ssn", "000-00-0000")
        .with("username", "slip1");
    let first = site.send_people("next.csv", &[person(1), person(2), slip], &[]);
    let reference = first.reference().to_owned();
    first.ended(3, "Completed with Errors");
    assert_eq!(first.count("deactivated_by_omission"), 1, "{first:?}");
    let name = format!("next.{reference}.rejects.csv");
    let fixed = site.send_people(&name, &[person(3)], &[]);
    fixed.completed().buckets([1, 0, 0, 0]);
    assert_eq!(fixed.count("records_reactivated"), 1, "{fixed:?}");
}

#[test]
fn one_person_at_very_many_employers_takes_no_time() {
    let site = Scenario::new();
    let head = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,ein\n";
    let mut file = String::from(head);
    for n in 0..60_000 {
        let row = "S1,user1x,521-34-0001,Ann,Lee,1990-01-01,2020-01-01,A";
        file += &format!("{row},12-{n:07}\n");
    }
    let began = std::time::Instant::now();
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", file)
        .run(DEMOGRAPHIC, &[]);
    outcome.ended(3, "Completed with Errors");
    assert_eq!(outcome.findings()["PRIMARY_EIN_CONFLICT"], 60_000);
    // By the square of its length this took minutes.
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn a_trailer_is_read_by_characters() {
    let config = default_config().replace(
        "kind  = \"deduction\"\n",
        "kind = \"deduction\"\nformat = { trailer = { marker = \"TRL\", count = { start = 9, length = 4 } } }\n",
    ) + r#"
[integration.deduction-import.fixed_width]
subscriber_id   = { start = 1, length = 10 }
username        = { start = 11, length = 20 }
ssn             = { start = 31, length = 11 }
deduction_code  = { start = 42, length = 6 }
employee_amount = { start = 48, length = 10 }
effective_date  = { start = 58, length = 10 }
"#;
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(1)));
    let of = |column: &str| deduction(1).get(column).to_owned();
    let row = format!(
        "{:10}{:20}{:11}{:6}{:>10}{:10}\nTRLCaf\u{e9} 0001\n",
        of("subscriber_id"),
        of("username"),
        of("ssn"),
        of("deduction_code"),
        of("employee_amount"),
        of("effective_date"),
    );
    let outcome = site.inbound(DEDUCTION, "pay.txt", row).run(DEDUCTION, &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn any_number_of_custom_columns_is_compared() {
    let mapped: String = (0..140)
        .map(|n| format!("\"custom.c{n}\" = \"C {n}\"\n"))
        .collect();
    let site = Scenario::new().and_config(&format!(
        "[integration.demographic-export.columns]\n{mapped}"
    ));
    let record = |place: usize| {
        (0..140).fold(person(1), |p, n| {
            p.with(&format!("C {n}"), if n == place { "x" } else { "" })
        })
    };
    site.send_people("hr.csv", &[record(0)], &[]).completed();
    site.send_people("next.csv", &[record(128)], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
}
