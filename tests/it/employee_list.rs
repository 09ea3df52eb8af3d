//! The list of employees and their states.

use crate::daemon::{Daemon, wait_for};
use crate::people::{csv, deduction, gone, people, person, ssn, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Scenario, read_csv};
use feedgate::internal::ledger::SendState;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn list(site: &Scenario, arguments: &[&str]) -> Value {
    let all = [&["employees", "--json"], arguments].concat();
    let listed = site.feedgate(&all);
    assert_eq!(listed.code, 0, "{listed:?}");
    listed.summary().clone()
}

/// Subscriber IDs and states of a list.
fn states(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let employees = list["employees"].as_array().expect("a list").iter();
    employees
        .map(|e| (text(&e["subscriber_id"]), text(&e["state"])))
        .collect()
}

fn pairs(all: &[(usize, &str)]) -> Vec<(String, String)> {
    let pair = |(n, state): &(usize, &str)| (subscriber_id(*n), (*state).to_owned());
    all.iter().map(pair).collect()
}

/// Two employees were accepted, of whom one failed since; a third never got in; a fourth left.
fn site() -> Scenario {
    let site = Scenario::new();
    let first = [person(1), person(2), gone(4)];
    site.send_people("a.csv", &first, &[]);
    let second = [
        person(2).with("hire_date", "soon"),
        person(3).with("ssn", "000-12-3456"),
    ];
    site.send_people("b.csv", &second, &[]);
    site
}

#[test]
fn who_was_accepted_rejected_since_and_only_rejected() {
    let site = site();
    let all = list(&site, &[]);
    let expected = [
        (1, "Successful"),
        (2, "Failed"),
        (4, "Successful"),
        (3, "Failed"),
    ];
    assert_eq!(states(&all), pairs(&expected));
    let counts = json!({"Not syncing": 0, "Failed": 2, "In progress": 0, "Successful": 2});
    assert_eq!((&all["counts"], &all["next"]), (&counts, &Value::Null));
    let failed = &all["employees"][1];
    let run = site.feedgate(&["runs", "--json"]).summaries[0].clone();
    let finding = json!({
        "code": "DATE_INVALID", "reference_id": run["integration_reference_id"], "line": 2
    });
    let expected = json!({
        "roster": "main", "subscriber_id": subscriber_id(2), "employee_number": "5002",
        "name": "Ruth Okafor", "integration": DEMOGRAPHIC, "state": "Failed", "since": run["end_date"],
        "last_finding": finding, "benefits_level": null, "account_id": null, "left": false
    });
    assert_eq!(failed, &expected);
    assert_eq!(all["employees"][2]["left"], true);
    let never = &all["employees"][3];
    assert_eq!(never["last_finding"]["code"], "SSN_AREA");
    assert_eq!(
        (&never["name"], &never["employee_number"]),
        (&json!(""), &json!(""))
    );
    // Corrected, the state is that of the run that took it.
    site.send_people("c.csv", &[person(2).with("city", "Monona"), person(3)], &[]);
    let expected = [
        (1, "Successful"),
        (2, "Successful"),
        (4, "Successful"),
        (3, "Successful"),
    ];
    assert_eq!(states(&list(&site, &[])), pairs(&expected));
}

#[test]
fn a_state_an_integration_and_words_are_filters_and_counts_leave_the_state_out() {
    let site = site();
    let failed = list(&site, &["--state", "failed"]);
    assert_eq!(states(&failed), pairs(&[(2, "Failed"), (3, "Failed")]));
    assert_eq!(failed["counts"]["Successful"], 2);
    let found = list(&site, &["--search", "okafor RUTH", "--state", "Successful"]);
    assert_eq!(states(&found), []);
    assert_eq!(found["counts"]["Failed"], 1);
    for text in [&subscriber_id(3)[..4], &subscriber_id(3)] {
        let ids = states(&list(&site, &["--search", text]));
        assert!(
            ids.contains(&(subscriber_id(3), "Failed".to_owned())),
            "{text}"
        );
    }
    let here = list(&site, &["--integration", DEMOGRAPHIC, "--roster", "main"]);
    assert_eq!(states(&here).len(), 4);
    for (wrong, said) in [
        (["--state", "done"], "the states are Not syncing, Failed"),
        (["--integration", "deduction-import"], "takes deductions"),
        (["--integration", "none"], "there is no integration"),
        (["--roster", "none"], "there are main"),
        (["--search", " -"], "no letter and no digit"),
        (["--after", "x"], "`next`"),
    ] {
        let refused = site.feedgate(&["employees", wrong[0], wrong[1]]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    let both = ["employees", "--missing-from", "x.csv", "--state", "failed"];
    assert_eq!(site.feedgate(&both).code, 2);
}

#[test]
fn pages_follow_each_other_and_a_table_has_everybody() {
    let site = Scenario::new();
    site.roster("a.csv", csv(&people(120)));
    let bad: Vec<_> = (200..203)
        .map(|n| person(n).with("hire_date", "soon"))
        .collect();
    site.send_people("b.csv", &bad, &[]);
    let (mut ids, mut after, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let place = after.as_deref().map(|place| ["--after", place]);
        let page = list(&site, place.as_ref().map_or(&[], |p| &p[..]));
        assert_eq!(page["counts"]["Successful"], 120);
        ids.extend(states(&page).into_iter().map(|(id, _)| id));
        pages += 1;
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!((pages, ids.len()), (3, 123));
    let table = site.feedgate(&["employees", "--csv"]).stdout;
    let rows: Vec<BTreeMap<String, String>> = read_csv(table.as_bytes());
    let listed: Vec<_> = rows
        .iter()
        .map(|row| row["subscriber_id"].clone())
        .collect();
    assert_eq!(listed, ids);
    assert_eq!(
        (&*rows[122]["state"], &*rows[122]["code"]),
        ("Failed", "DATE_INVALID")
    );
    let said = site.feedgate(&["employees"]).stdout;
    assert!(said.contains("Failed: 3, Successful: 120"), "{said}");
    assert!(said.contains("--after main/50"), "{said}");
}

#[test]
fn a_site_without_a_ledger_knows_no_employee() {
    let site = Scenario::new();
    let none = list(&site, &["--search", "ada"]);
    assert_eq!(
        (&none["employees"], &none["next"]),
        (&json!([]), &Value::Null)
    );
    let said = site.feedgate(&["employees"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("No employee"), "{said:?}");
    assert!(!site.path("state/ledger.db").exists());
}

#[test]
fn an_output_that_waits_to_be_sent_is_in_progress_and_one_given_up_failed() {
    let site = Scenario::new().and_config(
        "[endpoint.e]\nhost = \"127.0.0.1\"\nport = 1\nuser = \"x\"\nauth = { password = \"env:X\" }\nhost_keys = \"k\"\n\
         [integration.demographic-export.push]\nendpoint = \"e\"\nfolder = \"/in\"\nfiles = [\"output\"]\n",
    );
    site.roster("a.csv", csv(&people(2)));
    let mut ledger = site.ledger();
    let waiting = ledger.unsent().expect("read");
    let both = |state| pairs(&[(1, state), (2, state)]);
    for (sending, state) in [
        (SendState::Waiting, "In progress"),
        (SendState::Refused, "In progress"),
        (SendState::GivenUp, "Failed"),
        (SendState::Sent, "Successful"),
    ] {
        ledger.set_send_state(&waiting, sending).expect("written");
        let all = list(&site, &[]);
        assert_eq!(states(&all), both(state), "{sending:?}");
        assert_eq!(all["employees"][0]["last_finding"], Value::Null);
    }
}

#[test]
fn an_id_that_is_an_ssn_is_a_handle_that_finds_the_person() {
    let site = Scenario::new().and_config("[identity.subscriber_id]\nis_ssn = \"accept\"\n");
    let by_ssn = |n| person(n).with("subscriber_id", ssn(n));
    let records = [by_ssn(1), by_ssn(2).with("hire_date", "soon")];
    site.send_people("a.csv", &records, &[]);
    for (id, _) in states(&list(&site, &[])) {
        assert!(id.starts_with('~'), "{id}");
        let known = site.feedgate(&["employee", &id, "--json"]);
        assert_eq!(known.code, 0, "{known:?}");
        assert_eq!(known.summary()["subscriber_id"], *id);
    }
    for n in [1, 2] {
        let digits = ssn(n).replace('-', "");
        for text in [&ssn(n)[..], &ssn(n)[7..], &digits] {
            let none = list(&site, &["--search", text]);
            assert_eq!(states(&none), [], "person {n}");
        }
    }
    assert_eq!(
        states(&list(&site, &["--search", person(1).get("last_name")])).len(),
        1
    );
}

#[test]
fn one_employee_has_the_fields_of_the_list() {
    let site = site();
    let all = list(&site, &[]);
    for entry in all["employees"].as_array().expect("a list") {
        let id = entry["subscriber_id"].as_str().expect("an ID");
        let known = site.feedgate(&["employee", id, "--json"]);
        let known = known.summary();
        for (key, value) in entry.as_object().expect("an object") {
            assert_eq!(&known[key], value, "{key}");
        }
        if entry["state"] == "Failed" {
            let rejection = &known["rejections"][0];
            assert_eq!(rejection["open"], true);
            assert_eq!(
                rejection["reference_id"],
                entry["last_finding"]["reference_id"]
            );
        }
    }
    // Of a person with deductions alone there is no state.
    let only = deduction(9);
    site.send_deductions("pay.csv", &[only], &[]);
    let known = site.feedgate(&["employee", &subscriber_id(9), "--json"]);
    assert_eq!(known.summary()["state"], Value::Null, "{known:?}");
}

#[test]
fn an_index_finds_what_reading_everybody_finds_and_holds_no_ssn_and_no_birth_date() {
    let site = Scenario::new();
    let in_username = person(3).with("username", ssn(3));
    site.roster("a.csv", csv(&[person(1), person(2), in_username]));
    let index = |site: &Scenario| {
        let mut ledger = site.ledger();
        while ledger.extend_index("main").expect("indexed") {}
    };
    index(&site);
    site.send_people("b.csv", &[person(2).with("last_name", "Ng-Ünal")], &[])
        .completed();
    let found = |text: &str| states(&list(&site, &["--search", text]));
    for indexed in [false, true] {
        if indexed {
            index(&site);
        }
        assert_eq!(found("unal"), pairs(&[(2, "Successful")]));
        assert_eq!(found("okafor"), []);
        assert_eq!(found("p1@example.com"), pairs(&[(1, "Successful")]));
        assert_eq!(
            found(&format!("{} example", person(1).get("first_name"))).len(),
            1
        );
        for n in 1..=3 {
            let digits = ssn(n).replace('-', "");
            for text in [
                &ssn(n)[..],
                &digits,
                &ssn(n)[7..],
                person(n).get("birth_date"),
            ] {
                assert_eq!(found(text), [], "person {n}");
            }
        }
    }
    let why = ["--remove", "--why", "twice"];
    let removed = site.feedgate(&[&["employee", &subscriber_id(1)][..], &why].concat());
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(found("p1@example.com"), []);
    for file in ["state/ledger.db", "state/ledger.db-wal"] {
        let bytes = std::fs::read(site.path(file)).unwrap_or_default();
        for n in 1..=3 {
            let digits = ssn(n).replace('-', "");
            for text in [&ssn(n)[..], &digits, person(n).get("birth_date")] {
                let held = memchr::memmem::find(&bytes, text.as_bytes());
                assert_eq!(held, None, "person {n} in {file}");
            }
        }
    }
}

/// So many that reading them one by one is not worth it.
fn many() -> (Scenario, impl Fn(&Scenario) -> bool) {
    let site = Scenario::new();
    site.roster("many.csv", csv(&people(4_200)));
    let behind = |site: &Scenario| {
        let ledger = site.ledger_for_reading();
        ledger.is_index_behind("main").expect("read")
    };
    assert!(behind(&site));
    (site, behind)
}

#[test]
fn a_search_without_a_daemon_brings_the_index_up_to_date() {
    let (site, behind) = many();
    for _ in 0..2 {
        let found = list(&site, &["--search", "p4199@example.com"]);
        assert_eq!(states(&found), pairs(&[(4199, "Successful")]));
        assert!(!behind(&site));
    }
}

#[test]
fn a_daemon_with_nothing_to_do_brings_the_index_up_to_date() {
    let (site, behind) = many();
    let daemon = Daemon::start(&site);
    wait_for("an index", || (!behind(&site)).then_some(()));
    daemon.stop();
    let found = list(&site, &["--search", "p4199@example.com"]);
    assert_eq!(states(&found), pairs(&[(4199, "Successful")]));
}
