//! A column of the last accepted file that a file lacks: held where somebody would lose a value.

use crate::people::{Record, csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

fn without(records: &[Record], column: &str) -> Vec<Record> {
    let mut records = records.to_vec();
    for record in &mut records {
        record.cells.retain(|(name, _)| name != column);
    }
    records
}

/// The same people with other cities, so that each record is a change.
fn moved(records: &[Record], city: &str) -> Vec<Record> {
    records
        .iter()
        .map(|r| r.clone().with("city", city))
        .collect()
}

#[track_caller]
fn held(outcome: &Outcome, reason: &str) {
    outcome.ended(5, "Held");
    assert_eq!(
        outcome.text("reason"),
        format!("COLUMN_GONE: {reason}"),
        "{outcome:?}"
    );
    assert_eq!(outcome.output(), None);
}

#[test]
fn a_file_without_the_column_waits_and_a_release_blanks_it_for_good() {
    let site = Scenario::new();
    let all = people(4);
    site.roster("one.csv", csv(&all));
    let less = without(&[all[0].clone(), all[1].clone(), person(9)], "work_email");
    let outcome = site.send_people("two.csv", &less, &[]);
    held(
        &outcome,
        "work_email was in the last file and is missing: 2 people would lose it",
    );
    let said = site.feedgate(&[
        "release",
        outcome.reference(),
        "--why",
        "left out on purpose",
        "--json",
    ]);
    said.ended(0, "Completed").buckets([3, 0, 0, 0]);
    assert_eq!(said.column("work_email"), [""; 3]);
    // The last accepted file has none by now, so that others don't wait for it.
    let rest = site.send_people("three.csv", &without(&all[2..], "work_email"), &[]);
    rest.completed().buckets([2, 0, 0, 0]);
    // It comes again, and goes once more.
    site.send_people("four.csv", &moved(&all, "Monona"), &[])
        .completed();
    let again = site.send_people(
        "five.csv",
        &without(&moved(&all, "Verona"), "work_email"),
        &[],
    );
    held(
        &again,
        "work_email was in the last file and is missing: 4 people would lose it",
    );
}

#[test]
fn what_loses_nothing_is_no_column_gone() {
    let site = Scenario::new();
    let all = without(&people(3), "employee_number");
    let flagged: Vec<Record> = all
        .iter()
        .map(|r| {
            r.clone()
                .with("test_employee", "no")
                .with("is_primary_ein", "yes")
                .with("division", "")
        })
        .collect();
    // A first load.
    site.send_people("first.csv", &flagged, &[]).completed();
    // A new column; a column that was blank for all; flags that say what a blank means.
    let more: Vec<Record> = all
        .iter()
        .map(|r| r.clone().with("department", "North"))
        .collect();
    site.send_people("more.csv", &more, &[]).completed();
    // Another order, and another header that is known.
    let turned: Vec<Record> = moved(&more, "Monona")
        .into_iter()
        .map(|mut r| {
            r.cells.reverse();
            for (name, _) in &mut r.cells {
                if name == "work_email" {
                    *name = "E-mail Address".to_owned();
                }
            }
            r
        })
        .collect();
    site.send_people("turned.csv", &turned, &[]).completed();
    // A file of changes about people who have nothing there, and one in which nobody changes for the worse.
    let new = without(&[person(8), person(9)], "department");
    site.send_people("new.csv", &new, &[])
        .completed()
        .buckets([2, 0, 0, 0]);
    // Rejected records lose nothing.
    let back: Vec<Record> = more.iter().rev().cloned().collect();
    site.send_people("back.csv", &back, &[]).completed();
    let bad: Vec<Record> = without(&more, "department")
        .into_iter()
        .map(|r| r.with("ssn", "bad"))
        .collect();
    site.send_people("bad.csv", &bad, &[])
        .ended(3, "Completed with Errors");
}

#[test]
fn corrections_are_not_compared_and_blank_is_blank_where_the_integration_says_so() {
    let site = Scenario::new();
    let all = people(2);
    site.roster("one.csv", csv(&all));
    let wrong = [all[0].clone().with("ssn", "bad"), all[1].clone()];
    let outcome = site.send_people("two.csv", &wrong, &[]);
    outcome.ended(3, "Completed with Errors");
    let corrected = csv(&without(&moved(&all[..1], "Monona"), "work_email"));
    let again = site
        .inbound(DEMOGRAPHIC, &outcome.published_name("rejects"), corrected)
        .run(DEMOGRAPHIC, &[]);
    again.completed().buckets([1, 0, 0, 0]);
    let blank = Scenario::new().and_keys(DEMOGRAPHIC, "columns_gone = \"blank\"");
    blank.roster("one.csv", csv(&all));
    blank
        .send_people("two.csv", &without(&all, "work_email"), &[])
        .completed()
        .buckets([2, 0, 0, 0]);
}

#[test]
fn a_full_file_is_held_before_anybody_is_blanked_and_a_dry_run_says_so() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    let all = people(3);
    site.roster("one.csv", csv(&all));
    let less = without(&without(&all, "work_email"), "job_title");
    std::fs::write(site.path("dry.csv"), csv(&less)).expect("written");
    let dry = site.feedgate(&[
        "validate",
        "--integration",
        DEMOGRAPHIC,
        "--json",
        "dry.csv",
    ]);
    assert!(
        dry.stdout
            .contains("COLUMN_GONE: work_email was in the last file"),
        "{dry:?}"
    );
    let outcome = site.send_people("two.csv", &less, &[]);
    held(
        &outcome,
        "work_email was in the last file and is missing: 3 people would lose it; job_title was in the last file and is \
         missing: 3 people would lose it",
    );
}

#[test]
fn deductions_custom_columns_and_layouts_without_header_lose_columns_too() {
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEDUCTION}.columns]\n\"custom.vendor\" = \"Vendor\""
    ));
    site.roster("hr.csv", csv(&people(2)));
    let rows: Vec<Record> = [1, 2].map(|n| deduction(n).with("Vendor", "ACME")).to_vec();
    site.send_deductions("one.csv", &rows, &[]).completed();
    let changed: Vec<Record> = rows
        .iter()
        .map(|r| r.clone().with("employee_amount", "1.00"))
        .collect();
    let outcome = site.send_deductions("two.csv", &without(&changed, "Vendor"), &[]);
    held(
        &outcome,
        "custom.vendor was in the last file and is missing: 2 deductions would lose it",
    );
    let outcome =
        site.send_deductions("three.csv", &without(&changed[..1], "employer_amount"), &[]);
    held(
        &outcome,
        "employer_amount was in the last file and is missing: 1 of the deductions would lose it",
    );

    let columns = [
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
        "employment_status",
        "city",
    ];
    let positions = |columns: &[&str]| {
        let places = columns.iter().zip(1..).map(|(c, n)| format!("{c} = {n}\n"));
        format!(
            "[integration.{DEMOGRAPHIC}.positions]\n{}",
            places.collect::<String>()
        )
    };
    let line = |record: &Record| columns.map(|c| record.get(c)).join(",") + "\n";
    let site = Scenario::new();
    let before = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site = site.and_config(&positions(&columns));
    site.inbound(DEMOGRAPHIC, "one.csv", line(&person(1)))
        .run(DEMOGRAPHIC, &[])
        .completed();
    let site = site.config(&format!("{before}\n{}", positions(&columns[..8])));
    let outcome = site
        .inbound(
            DEMOGRAPHIC,
            "two.csv",
            line(&person(1).with("last_name", "Else")),
        )
        .run(DEMOGRAPHIC, &[]);
    held(
        &outcome,
        "city was in the last file and is missing: 1 of the people would lose it",
    );
}

#[test]
fn a_configured_header_that_the_file_has_not_is_told() {
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEDUCTION}.columns]\nemployer_amount = \"ER Amt\"\n\"custom.badge\" = \"Badge\"\n"
    ));
    site.roster("hr.csv", csv(&people(2)));
    let mut records = [deduction(1), deduction(2)];
    for (name, _) in records.iter_mut().flat_map(|r| &mut r.cells) {
        if name == "employer_amount" {
            "ER Amount".clone_into(name);
        }
    }
    std::fs::write(site.path("ded.csv"), csv(&records)).expect("file");
    let dry = site.feedgate(&["validate", "ded.csv", "--integration", DEDUCTION, "--json"]);
    let dry = &dry.summaries[0]["summary"];
    assert_eq!(
        dry["findings"],
        serde_json::json!({ "COLUMN_NOT_FOUND": 2 })
    );
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    let errors = outcome.errors();
    let told: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
    assert_eq!(outcome.codes(), ["COLUMN_NOT_FOUND"]);
    for (column, header, near) in [
        ("employer_amount", "`ER Amt`", true),
        ("custom.badge", "`Badge`", false),
    ] {
        let named = format!("agreed for {column},");
        let of = told.iter().find(|said| said.contains(&named));
        let of = of.expect("a sentence");
        assert!(of.contains(header), "{of}");
        assert_eq!(of.contains("It has `ER Amount`."), near, "{of}");
    }
    // Followed, the advice ends it; and nothing is said of a header that the file has, in whatever letters.
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEDUCTION}.columns]\nemployer_amount = \"er_amount\"\n"
    ));
    site.roster("hr.csv", csv(&people(2)));
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.findings(), Default::default());
    assert_ne!(outcome.column("employer_amount"), [""; 2]);
}
