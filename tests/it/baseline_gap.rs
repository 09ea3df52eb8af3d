//! Who is in a file and not known, and who is known and not in the file: people who were hired before the first file and
//! never sent are found and named.

use crate::people::{csv, gone, people, person, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};
use std::fs;

#[track_caller]
fn gap(site: &Scenario, bytes: Vec<u8>, arguments: &[&str]) -> Outcome {
    let file = site.path("all.csv");
    fs::write(&file, bytes).expect("written");
    let mut all = vec!["employees", "--missing-from", file.to_str().expect("UTF-8")];
    all.extend(arguments);
    let told = site.feedgate(&all);
    assert_eq!(told.code, 0, "{told:?}");
    told
}

fn ids(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(subscriber_id).collect()
}

#[test]
fn people_hired_before_a_late_first_sync_are_found_and_named() {
    let site = Scenario::new();
    // 99 people came by the first file, 20 were hired before it and never sent, and one was hired since.
    site.roster("first.csv", csv(&people(99)));
    site.roster("new.csv", csv(&[person(200)]));
    let mut everybody = people(99);
    everybody.extend((100..120).map(person));
    everybody.push(person(200));
    let told = gap(&site, csv(&everybody), &["--json"]);
    let expected = json!({
        "integration": DEMOGRAPHIC,
        "in_roster_only": [],
        "in_file_only": ids(100..120),
        "both": 100,
    });
    assert_eq!(told.summaries[0], expected);
    let said = gap(&site, csv(&everybody), &[]).stdout;
    assert!(said.contains("20 in the file, and not known:"), "{said}");
    let advice = format!("feedgate run {DEMOGRAPHIC} --delta false --file FILE");
    assert!(said.contains(&advice), "{said}");
    // What it says to do brings them, and nobody twice.
    let file = site.path("all.csv");
    let file = file.to_str().expect("UTF-8");
    let run = site.run(DEMOGRAPHIC, &["--delta", "false", "--file", file]);
    run.completed().buckets([20, 100, 0, 0]);
    let after = gap(&site, csv(&everybody), &["--json"]);
    assert_eq!(after.summaries[0]["in_file_only"], json!([]));
}

#[test]
fn who_left_is_not_missing_and_a_rejected_record_counts_as_there() {
    let site = Scenario::new();
    site.roster(
        "first.csv",
        csv(&[person(1), person(2), person(3), gone(4)]),
    );
    let file = [person(1), person(3).with("hire_date", "soon"), person(3)];
    let told = gap(&site, csv(&file), &["--integration", DEMOGRAPHIC, "--json"]);
    let both: &Value = &told.summaries[0];
    assert_eq!(both["in_roster_only"], json!([subscriber_id(2)]));
    assert_eq!(
        (&both["in_file_only"], &both["both"]),
        (&json!([]), &json!(2))
    );
    let table = gap(&site, csv(&file), &["--csv"]).stdout;
    assert_eq!(
        table,
        format!("in,subscriber_id\nroster,{}\n", subscriber_id(2))
    );
}

#[test]
fn an_ssn_in_the_place_of_an_id_is_masked() {
    let site = Scenario::new();
    site.roster("first.csv", csv(&[person(1)]));
    let file = [person(5).with("subscriber_id", person(5).get("ssn"))];
    let told = gap(&site, csv(&file), &[]).stdout;
    assert!(!told.contains(&person(5).get("ssn")[..6]), "{told}");
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let site = Scenario::new();
    fs::write(site.path("all.csv"), "a,b\n1,2\n").expect("written");
    let file = site.path("all.csv");
    let refused = site.feedgate(&["employees", "--missing-from", file.to_str().expect("UTF-8")]);
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("COLUMN_MISSING"), "{refused:?}");
    let none = site.feedgate(&["employees", "--missing-from", "nowhere.csv"]);
    assert_ne!(none.code, 0, "{none:?}");
}

/// How many of the run were new, and how many are missing.
fn new_and_missing(run: &Outcome) -> (u64, u64) {
    (run.count("employees_new"), run.count("employees_missing"))
}

#[test]
fn the_run_of_a_full_file_counts_who_is_new_and_who_is_missing() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"");
    let first = site.send_people("first.csv", &people(4), &[]);
    assert_eq!(new_and_missing(&first), (4, 0));
    assert_eq!(first.receipt()["employees_new"], 4);
    // Two are gone, three are new; a copy, a rejected record and one of a test employee are not.
    let bad = person(9).with("ssn", "1");
    let test = person(10).with("test_employee", "yes");
    let next = [1, 2, 5, 6, 7, 7].map(person);
    let next = [&next[..], &[bad, test]].concat();
    let file = site.inbound(DEMOGRAPHIC, "next.csv", csv(&next));
    let told = file.feedgate(&["run", DEMOGRAPHIC]).stdout;
    for line in [
        "Employees New                        3",
        "Employees Missing                    2",
    ] {
        assert!(told.lines().any(|l| l == line), "{line}\n{told}");
    }
    let again = site.send_people("again.csv", &[1, 2, 5, 6, 7].map(person), &[]);
    assert_eq!(new_and_missing(&again), (0, 2));
    // A dry run counts as the run would.
    let path = site.path("dry.csv");
    fs::write(&path, csv(&people(8))).expect("written");
    let path = path.to_str().expect("UTF-8");
    let dry = site.feedgate(&["validate", path, "--integration", DEMOGRAPHIC, "--json"]);
    assert_eq!(dry.summary()["summary"]["employees_new"], 1, "{dry:?}");
}

#[test]
fn who_waits_to_be_synced_is_new_once() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "enrolment = \"manual\"");
    let first = site.send_people("first.csv", &people(3), &[]);
    assert_eq!(first.summary()["skipped"], json!({"not_syncing": 3}));
    assert_eq!(new_and_missing(&first), (3, 0));
    let moved = [person(1).with("city", "Verona"), person(4)];
    assert_eq!(
        new_and_missing(&site.send_people("next.csv", &moved, &[])),
        (1, 0)
    );
    // They are created at the receiver's, and known here.
    let synced = site.feedgate(&["sync", &subscriber_id(1), "--json"]);
    let run = synced.text("integration_reference_id");
    let shown = site.feedgate(&["show", run, "--json"]);
    assert_eq!(
        (shown.count("records_created"), shown.count("employees_new")),
        (1, 0)
    );
}

#[test]
fn a_run_into_a_roster_without_people_says_how_everybody_is_taken() {
    let site = Scenario::new().and_config(
        "[integration.second]\nkind = \"demographic\"\nfiles = [\"*.csv\"]\ncontent = \"changes\"",
    );
    let advice = "Nobody was known before this file. If it does not hold everybody, take a whole file once:\n  \
                  feedgate run demographic-export --delta false --file FILE\n";
    let run = |integration: &str, name: &str, records: &[_]| {
        let file = site.inbound(integration, name, csv(records));
        file.feedgate(&["run", integration]).stdout
    };
    // As long as nothing is taken there is nothing to go on from.
    let none = run(DEMOGRAPHIC, "bad.csv", &[person(1).with("ssn", "1")]);
    assert!(!none.contains("Nobody was known"), "{none}");
    let first = run(DEMOGRAPHIC, "first.csv", &people(2));
    assert!(first.contains(advice), "{first}");
    let shown = site.feedgate(&["show", "latest"]).stdout;
    assert!(shown.contains(advice), "{shown}");
    for (integration, name, count) in [(DEMOGRAPHIC, "next.csv", 3), ("second", "other.csv", 4)] {
        let later = run(integration, name, &people(count));
        assert!(!later.contains("Nobody was known"), "{later}");
    }
}
