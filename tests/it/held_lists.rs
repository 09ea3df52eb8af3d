//! What people see of a held file: the first rows of its error file, and the list of who and what holds it.

use crate::people::{Record, csv, days_ago, deduction, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, read_csv};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct HeldRow {
    guard: String,
    line: Option<u64>,
    subscriber_id: String,
    name: String,
    what: String,
    before: String,
    after: String,
}

fn guarded(integration: &str, guards: &str) -> Scenario {
    Scenario::new().and_config(&format!("[integration.{integration}.guards]\n{guards}\n"))
}

/// The list of a held run.
fn list(run: &Outcome) -> Vec<HeldRow> {
    run.ended(5, "Held");
    let path = run.published("held").unwrap_or_else(|| panic!("{run:?}"));
    read_csv(&std::fs::read(path).expect("a list"))
}

/// ID and what is said of each row but the first, which is the reason.
#[track_caller]
fn said<'a>(rows: &'a [HeldRow], guard: &str) -> Vec<(&'a str, &'a str)> {
    assert_eq!((&*rows[0].guard, rows[0].line), (guard, None));
    rows[1..]
        .iter()
        .map(|row| (row.subscriber_id.as_str(), row.what.as_str()))
        .collect()
}

fn left(record: Record) -> Record {
    record
        .with("employment_status", "T")
        .with("termination_date", days_ago(2))
}

fn name(n: usize) -> String {
    let p = person(n);
    format!("{} {}", p.get("first_name"), p.get("last_name"))
}

#[test]
fn who_would_be_deactivated_is_listed_and_the_error_file_begins_with_the_hold() {
    let site = guarded(DEMOGRAPHIC, "max_termination_count = 1");
    site.roster("all.csv", csv(&people(4)));
    let records = [
        person(1),
        left(person(2)),
        person(3).with("zip_code", "1"),
        left(person(4)),
    ];
    let held = site.send_people("hr.csv", &records, &[]);
    let rows = list(&held);
    assert_eq!(rows[0].what, "2 of 4 active employees would be deactivated");
    let ids = [subscriber_id(2), subscriber_id(4)];
    assert_eq!(
        said(&rows, "GUARD_TERMINATIONS"),
        [
            (&*ids[0], "would be deactivated"),
            (&*ids[1], "would be deactivated")
        ]
    );
    assert_eq!((rows[1].line, &rows[1].name), (Some(3), &name(2)));
    let errors = held.errors();
    assert_eq!(errors[0].code, "GUARD_TERMINATIONS");
    assert_eq!(
        errors[0].message,
        "The file is held, and nothing of it is taken yet: 2 of 4 active employees would be deactivated."
    );
    assert_eq!(errors[1].code, "ZIP_INVALID");
    // There is no rejects file yet.
    assert_eq!((errors[1].row_in_rejects, held.rejects()), (None, None));
    let listed = held.receipt()["files_written"].to_string();
    assert!(listed.contains(".held.csv"), "{listed}");
    let shown = site.feedgate(&["show", held.reference()]);
    assert!(shown.stdout.contains(&name(4)), "{shown:?}");
    let shown = site.feedgate(&["show", held.reference(), "--json"]);
    assert_eq!(shown.summary()["held"][2]["subscriber_id"], ids[1]);
    let released = site.feedgate(&["release", held.reference(), "--why", "agreed", "--json"]);
    released.ended(3, "Completed with Errors");
    let errors = released.errors();
    assert_eq!(
        (&*errors[0].code, errors[0].row_in_rejects),
        ("ZIP_INVALID", Some(2))
    );
    let shown = site.feedgate(&["show", held.reference(), "--json"]);
    assert!(shown.summary().get("held").is_none(), "{shown:?}");
}

#[test]
fn employees_and_deductions_that_a_full_file_lacks_are_listed() {
    let full = "content = 'full'\nomission = 'terminate'";
    let site = guarded(DEMOGRAPHIC, "max_missing_count = 1").and_keys(DEMOGRAPHIC, full);
    site.roster("all.csv", csv(&people(4)));
    let held = site.send_people("hr.csv", &people(2), &[]);
    let rows = list(&held);
    let ids = [subscriber_id(3), subscriber_id(4)];
    let what = "is missing from the file and would be deactivated";
    assert_eq!(
        said(&rows, "GUARD_MISSING"),
        [(&*ids[0], what), (&*ids[1], what)]
    );
    assert_eq!((&rows[1].name, rows[1].line), (&name(3), None));
    let site = guarded(DEDUCTION, "max_missing_count = 0").and_keys(DEDUCTION, "content = 'full'");
    site.roster("all.csv", csv(&people(2)));
    site.send_deductions("ded.csv", &[deduction(1), deduction(2)], &[])
        .completed();
    let held = site.send_deductions("less.csv", &[deduction(2)], &[]);
    let rows = list(&held);
    let from = deduction(1).get("effective_date").to_owned();
    let what = format!("MED01 from {from} is missing from the file");
    assert_eq!(said(&rows, "GUARD_MISSING"), [(&*subscriber_id(1), &*what)]);
    assert_eq!(rows[1].name, name(1));
}

#[test]
fn amounts_are_compared_with_the_last_accepted_ones_the_largest_change_first() {
    let site = guarded(DEDUCTION, "max_amount_change_percent = 10");
    site.roster("all.csv", csv(&people(30)));
    let of = |n: usize, amount: &str| deduction(n).with("employee_amount", amount);
    let mut records = vec![of(1, "10.00"), of(2, "20.00"), of(3, "30.00")];
    records.extend((5..25).map(|n| of(n, "5.00")));
    site.send_deductions("ded.csv", &records, &[]).completed();
    records[0] = of(1, "11.00");
    records[2] = of(3, "3000.00");
    records.insert(3, of(4, "40.00"));
    let held = site.send_deductions("next.csv", &records, &[]);
    let rows = list(&held);
    assert_eq!(rows[0].guard, "GUARD_AMOUNT");
    let changes: Vec<_> = rows[1..]
        .iter()
        .map(|r| {
            (
                r.subscriber_id.as_str(),
                r.before.as_str(),
                r.after.as_str(),
                r.line,
            )
        })
        .collect();
    let ids = [1, 3, 4].map(subscriber_id);
    assert_eq!(
        changes,
        [
            (&*ids[1], "30.00", "3000.00", Some(4)),
            (&*ids[2], "0.00", "40.00", Some(5)),
            (&*ids[0], "10.00", "11.00", Some(2)),
        ]
    );
    assert_eq!(rows[1].name, name(3));
}

#[test]
fn a_list_is_bounded_and_says_how_many_more_there_are() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 2");
    let records: Vec<Record> = (1..=1_005)
        .map(|n| person(n).with("zip_code", "1"))
        .collect();
    let held = site.send_people("hr.csv", &records, &[]);
    let rows = list(&held);
    assert_eq!(rows.len(), 1 + 1_000 + 1);
    assert_eq!(rows[1].line, Some(2));
    assert!(rows[1].what.starts_with("is rejected: "), "{:?}", rows[1]);
    assert_eq!(rows[1_001].what, "5 more are not listed");
}

#[test]
fn lost_columns_and_old_files_name_the_people_they_would_change() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let text = String::from_utf8(csv(&people(2))).expect("UTF-8");
    let gone = text.replace("work_email", "mail box");
    let held = site
        .inbound(DEMOGRAPHIC, "gone.csv", gone)
        .run(DEMOGRAPHIC, &[]);
    let rows = list(&held);
    let ids = [1, 2].map(subscriber_id);
    let lose = "would lose work_email";
    assert_eq!(
        said(&rows, "COLUMN_GONE"),
        [(&*ids[0], lose), (&*ids[1], lose)]
    );
    let site = Scenario::new();
    site.roster("a.csv", csv(&people(2)));
    site.roster("b.csv", csv(&[person(1).with("city", "Verona"), person(2)]));
    let held = site.send_people("a.csv", &people(2), &[]);
    let rows = list(&held);
    assert_eq!(
        said(&rows, "SAME_AS_EARLIER"),
        [(&*ids[0], "would be updated")]
    );
}

#[test]
fn a_file_that_is_held_before_it_is_judged_says_so_in_its_error_file() {
    let site = Scenario::new();
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
    let errors = held.errors();
    assert_eq!((errors.len(), &*errors[0].code), (1, "ROSTER_EMPTY"));
    assert!(
        errors[0].message.starts_with("The file is held"),
        "{errors:?}"
    );
    assert_eq!(held.published("held"), None);
}

#[test]
fn a_dry_run_writes_the_list_where_the_file_would_be_held() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0");
    let folder = site.path("out");
    let folder = folder.to_str().expect("UTF-8");
    for (record, expected) in [(person(1), 3), (person(1).with("zip_code", "1"), 4)] {
        let path = site.path("hr.csv");
        std::fs::write(&path, csv(&[record])).expect("written");
        let path = path.to_str().expect("UTF-8");
        let _ = std::fs::remove_dir_all(folder);
        let arguments = [
            "validate",
            path,
            "--integration",
            DEMOGRAPHIC,
            "--out",
            folder,
        ];
        site.feedgate(&arguments);
        let files = std::fs::read_dir(folder).expect("a folder");
        assert_eq!(files.count(), expected);
    }
}

#[test]
fn a_file_that_fails_after_it_was_judged_numbers_no_rows_of_a_rejects_file() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.format]\ntrailer = { marker = \"TRL\", count = 2 }\n",
    );
    let mut text = csv(&[person(1).with("zip_code", "1")]);
    text.extend_from_slice(b"TRL,9\n");
    let failed = site
        .inbound(DEMOGRAPHIC, "hr.csv", text)
        .run(DEMOGRAPHIC, &[]);
    failed.ended(1, "Failed");
    let errors = failed.errors();
    assert!(
        errors.iter().all(|row| row.row_in_rejects.is_none()),
        "{errors:?}"
    );
    assert_eq!(errors[0].code, "ZIP_INVALID");
}
