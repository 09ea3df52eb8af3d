//! Who is still failing: the open rejections of all runs, and of one person.

use crate::people::{csv, deduction, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, read_csv};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Two bad people in one run and a bad deduction in another.
fn site() -> (Scenario, Outcome, Outcome) {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2).with("ssn", "000-12-3456").with("zip_code", "1"),
        person(3).with("hire_date", "soon"),
    ];
    let hr = site.send_people("hr.csv", &records, &[]);
    let bad = deduction(1).with("employee_amount", "x");
    let pay = site.send_deductions("pay.csv", &[bad], &[]);
    (site, hr, pay)
}

fn open(site: &Scenario, arguments: &[&str]) -> Vec<Value> {
    let all = [&["rejects", "--json"], arguments].concat();
    let outcome = site.feedgate(&all);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let page = outcome.summary();
    assert_eq!(page["next"], Value::Null);
    page["open"].as_array().expect("a list").clone()
}

#[test]
fn open_records_of_all_runs_are_listed_with_their_people() {
    let (site, hr, pay) = site();
    let all = open(&site, &[]);
    let since = &hr.summary()["start_date"];
    assert_eq!(
        all[0],
        json!({
            "reference_id": hr.reference(),
            "integration": DEMOGRAPHIC,
            "line": 3,
            "record": 2,
            "subscriber_id": subscriber_id(2),
            "codes": ["SSN_AREA", "ZIP_INVALID"],
            "since": since,
            "rejects_file": format!("hr.{}.rejects.csv", hr.reference()),
        })
    );
    let ids: Vec<&Value> = all.iter().map(|one| &one["subscriber_id"]).collect();
    assert_eq!(
        ids,
        [&subscriber_id(2), &subscriber_id(3), &subscriber_id(1)]
    );
    assert_eq!(open(&site, &["--integration", DEDUCTION]), all[2..]);
    assert_eq!(open(&site, &["--code", "date_invalid"]), all[1..2]);
    assert!(open(&site, &["--code", "RETRO"]).is_empty());
    let table = site.feedgate(&["rejects"]);
    let line = format!(
        "{}  {}  {DEMOGRAPHIC}",
        hr.reference(),
        since.as_str().and_then(|at| at.get(..10)).expect("a day")
    );
    assert!(table.stdout.contains(&line), "{table:?}");
    assert!(table.stdout.ends_with("\n3 rejected records are open.\n"));
    let csv: Vec<BTreeMap<String, String>> =
        read_csv(site.feedgate(&["rejects", "--csv"]).stdout.as_bytes());
    assert_eq!(csv[0]["codes"], "SSN_AREA ZIP_INVALID");
    assert_eq!(csv[2]["reference_id"], pay.reference());
    // A correction ends it.
    let name = format!("hr.{}.rejects.csv", hr.reference());
    site.send_people(&name, &[person(2)], &[]).completed();
    assert_eq!(open(&site, &[]), all[1..]);
    let runs = site.feedgate(&["runs", "--json"]);
    let counts: Vec<&Value> = runs
        .summaries
        .iter()
        .map(|r| &r["open_rejections"])
        .collect();
    assert_eq!(counts, [&json!(0), &json!(1), &json!(1)]);
    for wrong in [
        vec!["rejects", "--code", "NONE"],
        vec!["rejects", "--integration", "none"],
        vec!["rejects", hr.reference(), "--csv"],
        vec!["rejects", "--out", "x.csv"],
        vec!["rejects", "--dismiss", "2", "--why", "left"],
    ] {
        assert_eq!(site.feedgate(&wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn an_id_that_cannot_be_read_is_found_in_the_rejects_file() {
    let site = Scenario::new();
    let records = [person(1).with("subscriber_id", ""), person(2)];
    let run = site.send_people("hr.csv", &records, &[]);
    assert_eq!(open(&site, &[])[0]["subscriber_id"], "");
    let table = site.feedgate(&["rejects"]);
    // A long name goes on in the next line.
    let text: String = table.stdout.split_whitespace().collect();
    let place = format!("REQUIRED_MISSINGinhr.{}.rejects.csv", run.reference());
    assert!(text.contains(&place), "{table:?}");
}

#[test]
fn ids_of_rejected_records_are_not_in_the_ledger_in_clear() {
    let site = Scenario::new();
    let record = person(1)
        .with("subscriber_id", "QQ-UNHEARD-OF")
        .with("zip_code", "1");
    site.send_people("hr.csv", &[record], &[]);
    assert_eq!(open(&site, &[])[0]["subscriber_id"], "QQ-UNHEARD-OF");
    for file in ["state/ledger.db", "state/ledger.db-wal"] {
        let bytes = std::fs::read(site.path(file)).unwrap_or_default();
        assert!(memchr::memmem::find(&bytes, b"UNHEARD").is_none(), "{file}");
    }
}

#[test]
fn people_no_roster_knows_are_found_by_their_rejections() {
    let (site, hr, _) = site();
    let known = |id: &str| site.feedgate(&["employee", id, "--json"]).summary().clone();
    let two = known(&subscriber_id(2));
    assert_eq!(
        (&two["rosters"], &two["deductions"]),
        (&json!([]), &json!([]))
    );
    let rejection = &two["rejections"][0];
    assert_eq!(
        (&rejection["line"], &rejection["open"], &rejection["codes"]),
        (&json!(3), &json!(true), &json!(["SSN_AREA", "ZIP_INVALID"]))
    );
    assert_eq!(two["history"][0]["action"], "rejected");
    assert_eq!(two["history"][0]["at"], hr.summary()["start_date"]);
    let name = format!("hr.{}.rejects.csv", hr.reference());
    let fixed = site.send_people(&name, &[person(2)], &[]);
    let two = known(&subscriber_id(2));
    assert_eq!(two["rejections"][0]["closed_by"], fixed.reference());
    let acts: Vec<&Value> = two["history"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| &entry["action"])
        .collect();
    assert_eq!(acts, ["corrected", "create", "rejected"]);
    let printed = site.feedgate(&["employee", &subscriber_id(3)]);
    assert!(printed.stdout.contains("DATE_INVALID  open"), "{printed:?}");
    assert_eq!(site.feedgate(&["employee", "nobody"]).code, 2);
}

#[test]
fn latest_is_the_run_that_began_last() {
    let site = Scenario::new();
    assert_eq!(site.feedgate(&["show", "latest"]).code, 2);
    site.roster("hr.csv", csv(&people(2)));
    let bad = deduction(1).with("employee_amount", "x");
    let last = site.send_deductions("pay.csv", &[bad], &[]);
    let shown = site.feedgate(&["show", "latest", "--json"]);
    assert_eq!(shown.reference(), last.reference());
    let rejects = site.feedgate(&["rejects", "latest", "--json"]);
    assert_eq!(rejects.summaries.len(), 1, "{rejects:?}");
    assert_eq!(site.feedgate(&["release", "latest", "--why", "x"]).code, 2);
}
