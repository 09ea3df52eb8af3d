//! Manual enrolment: new employees wait until a person syncs them.

use crate::fixed_width::{PEOPLE, layout, lines};
use crate::people::{Record, csv, deduction, delimited, gone, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, read_csv};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

fn manual() -> Scenario {
    Scenario::new().and_keys(DEMOGRAPHIC, "enrolment = \"manual\"")
}

fn sync(site: &Scenario, arguments: &[&str]) -> Outcome {
    site.feedgate(&[&["sync"], arguments, &["--json"]].concat())
}

/// The state of each employee, by subscriber ID.
fn states(site: &Scenario) -> BTreeMap<String, String> {
    let list = site.feedgate(&["employees", "--json"]);
    let all = list.summary()["employees"].as_array().expect("a list");
    let text = |one: &Value, key: &str| one[key].as_str().expect("text").to_owned();
    let state = |one| (text(one, "subscriber_id"), text(one, "state"));
    all.iter().map(state).collect()
}

fn state(site: &Scenario, n: usize) -> String {
    states(site)[&subscriber_id(n)].clone()
}

/// Action and subscriber of each row that the last run wrote.
fn sent(site: &Scenario, stem: &str) -> Vec<(String, String)> {
    let output = site.published(stem, "output").pop().expect("an output");
    let rows: Vec<BTreeMap<String, String>> = read_csv(&fs::read(output).expect("read"));
    let row =
        |row: &BTreeMap<String, String>| (row["action"].clone(), row["subscriber_id"].clone());
    rows.iter().map(row).collect()
}

fn creates(numbers: &[usize]) -> Vec<(String, String)> {
    let create = |n: &usize| ("create".to_owned(), subscriber_id(*n));
    numbers.iter().map(create).collect()
}

#[test]
fn new_employees_wait_until_they_are_synced() {
    let site = manual();
    let asks = person(4).with("create_benefits_record", "yes");
    let mut all = people(3);
    all.push(asks);
    let first = site.send_people("hr.csv", &all, &[]);
    first.ended(0, "Completed").buckets([1, 0, 3, 0]);
    assert_eq!(first.summary()["skipped"], json!({"not_syncing": 3}));
    assert_eq!(first.rows().len(), 1);
    assert_eq!(state(&site, 1), "Not syncing");
    assert_eq!(state(&site, 4), "Successful");
    // Deductions know them.
    let taken = site.inbound(DEDUCTION, "d.csv", csv(&[deduction(1)]));
    taken.run(DEDUCTION, &[]).ended(0, "Completed");

    let ids = [subscriber_id(1), subscriber_id(3), subscriber_id(4)];
    let done = sync(&site, &[&ids[0], &ids[1], &ids[2], "nobody"]);
    assert_eq!(done.code, 0, "{done:?}");
    let told = done.summary();
    assert_eq!(
        (&told["synced"], &told["already"], &told["unknown"]),
        (&json!(2), &json!(1), &json!(["nobody"]))
    );
    assert_eq!(sent(&site, "sync"), creates(&[1, 3]));
    let run = told["integration_reference_id"].as_str().expect("a run");
    let shown = site.feedgate(&["show", run, "--json"]);
    assert_eq!(shown.text("integration_run_name"), "sync");
    assert_eq!(shown.summary()["parameters"]["sync"], true);
    assert_eq!(
        [1, 2, 3].map(|n| state(&site, n)),
        ["Successful", "Not syncing", "Successful"]
    );
    // The copied records lie in the archive alone.
    assert!(
        !site
            .tree()
            .iter()
            .any(|path| path.starts_with("work/.sync/")),
        "{:?}",
        site.tree()
    );
}

#[test]
fn all_of_a_filter_are_counted_first() {
    let site = manual();
    let lee = |n| person(n).with("last_name", "Lee");
    site.send_people("hr.csv", &[lee(1), person(2), lee(3)], &[]);
    let search = ["--all-in-state", "Not syncing", "--search", "lee"];
    let asked = sync(&site, &search);
    assert_eq!(
        (asked.code, asked.summary()),
        (0, &json!({"would_sync": 2}))
    );
    assert_eq!(state(&site, 1), "Not syncing");
    let done = sync(&site, &[&search[..], &["--yes"]].concat());
    assert_eq!(done.summary()["synced"], 2);
    assert_eq!(sent(&site, "sync"), creates(&[1, 3]));
    assert_eq!(state(&site, 2), "Not syncing");
    let none = sync(&site, &[&search[..], &["--yes"]].concat());
    assert_eq!(
        (none.code, &none.summary()["integration_reference_id"]),
        (0, &Value::Null)
    );
}

/// The last known record, whatever files came in between.
#[test]
fn the_last_record_of_each_goes_out_whatever_file_it_came_in() {
    let site = manual();
    site.send_people("a.csv", &people(4), &[]);
    let moved = [person(2).with("city", "Utica"), gone(3)];
    let second = site.send_people("b.csv", &moved, &[]);
    second.ended(0, "Completed").buckets([0, 0, 2, 0]);
    let again = site.send_people("c.csv", &[person(2).with("city", "Utica")], &[]);
    again.buckets([0, 0, 1, 0]);
    sync(&site, &["--all-in-state", "not-syncing", "--yes"]);
    let output = site.published("sync", "output").pop().expect("an output");
    let rows: Vec<BTreeMap<String, String>> = read_csv(&fs::read(output).expect("read"));
    let of = |n: usize| {
        let row = rows
            .iter()
            .find(|row| row["subscriber_id"] == subscriber_id(n));
        row.unwrap_or_else(|| panic!("{n}"))
    };
    assert_eq!(rows.len(), 4);
    assert_eq!(of(2)["city"], "Utica");
    assert_eq!(of(3)["employment_status"], "T");
    // From now on they are like any others.
    let next = site.send_people("d.csv", &people(5), &[]);
    next.ended(0, "Completed").buckets([2, 2, 1, 0]);
    let actions: Vec<String> = next
        .rows()
        .iter()
        .map(|row| row["action"].clone())
        .collect();
    assert_eq!(actions, ["update", "reactivate"]);
}

#[test]
fn who_has_no_record_in_the_archive_goes_out_with_the_next_file() {
    let site = manual();
    site.send_people("a.csv", &people(2), &[]);
    fs::remove_dir_all(site.path("archive")).expect("removed");
    let done = sync(&site, &[&subscriber_id(1)]);
    assert_eq!(
        (done.code, &done.summary()["waiting"]),
        (0, &json!(1)),
        "{done:?}"
    );
    assert_eq!(state(&site, 1), "In progress");
    // The same command changes nothing, and doubles nothing.
    sync(&site, &[&subscriber_id(1)]);
    let next = site.send_people("b.csv", &people(3), &[]);
    next.ended(0, "Completed").buckets([1, 0, 2, 0]);
    assert_eq!(sent(&site, "b"), creates(&[1]));
    assert_eq!(state(&site, 1), "Successful");
    let last = site.send_people("c.csv", &people(4), &[]);
    last.buckets([0, 1, 3, 0]);
}

/// What is synced is what would have gone out at once, whatever the sender's files look like.
#[test]
fn a_sync_sends_what_automatic_enrolment_sends() {
    let mut all = people(5);
    all[1] = all[1]
        .clone()
        .with("first_name", "Zoë")
        .with("Badge Nr", "0017");
    all[2] = all[2].clone().with("last_name", "O\"Hara, Jr");
    let kinds = all
        .iter()
        .map(|record| record.clone().with("Row Kind", "EE"));
    let mut with_kinds: Vec<Record> = kinds.collect();
    with_kinds.push(person(2).with("Row Kind", "TEST").with("city", "Nowhere"));
    let custom = "columns = { \"custom.badge\" = \"Badge Nr\" }\n";
    let latin = |text: Vec<u8>| -> Vec<u8> {
        let text = String::from_utf8(text).expect("UTF-8");
        text.chars()
            .map(|c| u8::try_from(u32::from(c)).expect("Latin"))
            .collect()
    };
    let cases: [(String, String, Vec<u8>); 4] = [
        (custom.to_owned(), String::new(), csv(&all)),
        (
            custom.to_owned(),
            "[integration.demographic-export.format]\nencoding = \"windows-1252\"\ndelimiter = \";\"".to_owned(),
            latin(delimited(&all, b';')),
        ),
        (
            custom.to_owned(),
            "[integration.demographic-export.rows]\nskip = { \"Row Kind\" = [\"TEST\"] }".to_owned(),
            csv(&with_kinds),
        ),
        (
            String::new(),
            layout(DEMOGRAPHIC, &PEOPLE),
            lines(&PEOPLE, &people(5), "\r\n").into_bytes(),
        ),
    ];
    for (keys, tables, bytes) in cases {
        let site = |enrolment: &str| {
            let keys = format!("{keys}enrolment = \"{enrolment}\"");
            Scenario::new()
                .and_keys(DEMOGRAPHIC, &keys)
                .and_config(&tables)
        };
        let automatic = site("automatic");
        let want = automatic
            .inbound(DEMOGRAPHIC, "hr.csv", &bytes)
            .run(DEMOGRAPHIC, &[]);
        want.ended(0, "Completed");
        let manual = site("manual");
        let waits = manual
            .inbound(DEMOGRAPHIC, "hr.csv", &bytes)
            .run(DEMOGRAPHIC, &[]);
        assert_eq!(waits.rows().len(), 0);
        let done = sync(&manual, &["--all-in-state", "not-syncing", "--yes"]);
        assert_eq!(done.summary()["synced"], 5, "{tables}: {done:?}");
        let output = manual.published("sync", "output").pop().expect("an output");
        let synced = String::from_utf8(fs::read(output).expect("read")).expect("text");
        let want = String::from_utf8(want.output().expect("an output")).expect("text");
        assert_eq!(synced, want, "{tables}");
    }
}

/// A record that its account holds up is corrected like any other.
#[test]
fn what_a_sync_rejects_is_corrected() {
    let site = manual()
        .and_keys(DEMOGRAPHIC, "link_by = \"work_email\"")
        .and_config("[integration.accounts]\nkind = \"accounts\"");
    let account = |id: &str, email: &str| format!("{id},{email}\n");
    let accounts = [
        "account_id,email\n".to_owned(),
        account("A1", person(1).get("work_email")),
        account("A2", person(2).get("work_email")),
        account("A3", person(2).get("work_email")),
    ];
    site.inbound("accounts", "a.csv", accounts.concat())
        .run("accounts", &[])
        .ended(0, "Completed");
    let first = site.send_people("hr.csv", &people(3), &[]);
    first.ended(0, "Completed").buckets([0, 0, 3, 0]);
    let done = sync(&site, &["--all-in-state", "not-syncing", "--yes"]);
    assert_eq!(
        (done.code, &done.summary()["rejected"]),
        (3, &json!(1)),
        "{done:?}"
    );
    let link = ("link".to_owned(), subscriber_id(1));
    assert_eq!(sent(&site, "sync"), [link, creates(&[3])[0].clone()]);
    assert_eq!(
        [1, 2, 3].map(|n| state(&site, n)),
        ["Successful", "Failed", "Successful"]
    );
    let rejects = site.published("sync", "rejects").pop().expect("rejects");
    let text = fs::read_to_string(&rejects).expect("read");
    let corrected = text.replace(person(2).get("work_email"), "another@example.com");
    assert_ne!(corrected, text);
    let name = rejects
        .file_name()
        .expect("a name")
        .to_str()
        .expect("UTF-8")
        .to_owned();
    let again = site
        .inbound(DEMOGRAPHIC, &name, corrected)
        .run(DEMOGRAPHIC, &[]);
    again.ended(0, "Completed").buckets([1, 0, 0, 0]);
    assert_eq!(state(&site, 2), "Successful");
}

#[test]
fn a_full_file_that_lacks_who_was_never_synced_ends_nobody() {
    let keys = "enrolment = \"manual\"\ncontent = \"full\"\nomission = \"terminate\"";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    site.send_people("a.csv", &people(3), &[]);
    sync(&site, &[&subscriber_id(1)]);
    let next = site.send_people("b.csv", &[person(1)], &[]);
    next.ended(0, "Completed");
    assert_eq!(next.rows().len(), 0, "{:?}", next.rows());
    assert_eq!(state(&site, 2), "Not syncing");
}
