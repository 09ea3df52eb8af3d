//! Who leaves: a termination is the only way out of active sync, and it is sent once.

use crate::people::{Record, csv, days_ago, gone, people, person, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Action, subscriber and account of each row of the output.
fn sent(outcome: &Outcome) -> Vec<(String, String, String)> {
    let row = |row: &BTreeMap<String, String>| {
        let account = row.get("account_id").cloned().unwrap_or_default();
        (row["action"].clone(), row["subscriber_id"].clone(), account)
    };
    outcome.rows().iter().map(row).collect()
}

fn row(action: &str, n: usize, account: &str) -> (String, String, String) {
    (action.to_owned(), subscriber_id(n), account.to_owned())
}

/// State of an employee in the list, and whether the employee left.
fn listed(site: &Scenario, n: usize) -> (String, bool) {
    let list = site.feedgate(&["employees", "--json"]);
    let all = list.summary()["employees"].as_array().expect("a list");
    let is = |one: &&Value| one["subscriber_id"] == subscriber_id(n).as_str();
    let one = all.iter().find(is).expect("the employee");
    let state = one["state"].as_str().expect("a state").to_owned();
    (state, one["left"].as_bool().expect("a flag"))
}

fn successful(left: bool) -> (String, bool) {
    ("Successful".to_owned(), left)
}

#[test]
fn a_deactivation_goes_out_once_whatever_follows() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    assert_eq!(listed(&site, 1), successful(false));
    let left = site.send_people("left.csv", &[gone(1)], &[]);
    assert_eq!(sent(&left), [row("deactivate", 1, "")]);
    assert_eq!(left.count("records_deactivated"), 1);
    assert_eq!(listed(&site, 1), successful(true));
    assert_eq!(listed(&site, 2), successful(false));
    let same = site.send_people("same.csv", &[gone(1), person(2)], &[]);
    same.completed().buckets([0, 2, 0, 0]);
    assert_eq!(sent(&same), []);
    // What changes of the leaver later is an update.
    let moved = gone(1).with("city", "Verona");
    let moved = site.send_people("moved.csv", &[moved], &[]);
    assert_eq!(sent(&moved), [row("update", 1, "")]);
    assert_eq!(moved.count("records_deactivated"), 0);
    assert_eq!(listed(&site, 1), successful(true));
}

#[test]
fn nothing_but_a_termination_ends_the_sync() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "statuses = [\"A\", \"L\", \"T\"]");
    site.roster("hr.csv", csv(&people(4)));
    // On leave, left out of the file, rejected, or switched to manual enrolment: still synced.
    let leave = person(1).with("employment_status", "L");
    let bad = person(2).with("ssn", "1");
    let next = site.send_people("next.csv", &[leave, bad], &[]);
    assert_eq!(sent(&next), [row("update", 1, "")]);
    assert_eq!(listed(&site, 1), successful(false));
    assert_eq!(listed(&site, 2), ("Failed".to_owned(), false));
    assert_eq!(listed(&site, 3), successful(false));
    let site = site.and_keys(DEMOGRAPHIC, "enrolment = \"manual\"");
    let moved = [2, 3].map(|n| person(n).with("city", "Verona"));
    let moved = site.send_people("moved.csv", &moved, &[]);
    assert_eq!(sent(&moved), [row("update", 2, ""), row("update", 3, "")]);
    for n in 1..=4 {
        assert_eq!(listed(&site, n), successful(false));
    }
    let left = site.send_people("left.csv", &[gone(4)], &[]);
    assert_eq!(sent(&left), [row("deactivate", 4, "")]);
    assert_eq!(listed(&site, 4), successful(true));
}

#[test]
fn who_is_hired_again_gets_the_account_back() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "link_by = \"work_email\"")
        .and_config("[integration.accounts]\nkind = \"accounts\"");
    let account = |id: &str, status: &str| {
        Record::of(&[
            ("account_id", id.to_owned()),
            ("email", person(1).get("work_email").to_owned()),
            ("status", status.to_owned()),
        ])
    };
    let list = |name: &str, records: &[Record]| {
        let file = site.inbound("accounts", name, csv(records));
        file.run("accounts", &[]).completed();
    };
    list("accounts.csv", &[account("A1", "active")]);
    let first = site.send_people("hr.csv", &people(2), &[]);
    assert_eq!(sent(&first), [row("link", 1, "A1"), row("create", 2, "")]);
    let left = site.send_people("left.csv", &[gone(1)], &[]);
    assert_eq!(sent(&left), [row("deactivate", 1, "A1")]);
    // Neither another account with the address nor the end of the own one changes whose it is.
    list(
        "next.csv",
        &[account("A1", "inactive"), account("A2", "active")],
    );
    let back = person(1).with("work_email", "other@example.com");
    let back = site.send_people("back.csv", &[back], &[]);
    assert_eq!(sent(&back), [row("reactivate", 1, "A1")]);
    assert_eq!(back.count("records_reactivated"), 1);
    assert_eq!(listed(&site, 1), successful(false));
    // A second leave is sent as well.
    let again = gone(1).with("termination_date", days_ago(1));
    let again = site.send_people("again.csv", &[again], &[]);
    assert_eq!(sent(&again), [row("deactivate", 1, "A1")]);
    assert_eq!(listed(&site, 1), successful(true));
}

#[test]
fn a_leaver_who_was_never_synced_is_never_sent() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "enrolment = \"manual\"");
    site.send_people("hr.csv", &people(2), &[]).completed();
    // One was there before, the other came and went between two files.
    let gone_now = [gone(1), gone(3), gone(1).with("city", "Verona")];
    for (name, records) in [("left.csv", &gone_now[..2]), ("moved.csv", &gone_now[2..])] {
        let left = site.send_people(name, records, &[]);
        left.completed();
        assert_eq!(sent(&left), []);
        let skipped = json!({ "not_syncing": records.len() });
        assert_eq!(left.summary()["skipped"], skipped);
    }
    for n in [1, 3] {
        assert_eq!(listed(&site, n), ("Not syncing".to_owned(), true));
    }
    assert_eq!(listed(&site, 2), ("Not syncing".to_owned(), false));
}
