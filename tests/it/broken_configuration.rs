//! The configuration has mistakes: what the ledger knows is shown all the same, and nothing runs.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::Value;

/// A site with a completed run, one with a rejected record, a held one and a waiting file. Also the reference ID of the
/// run with the rejected record.
fn lived_in() -> (Scenario, String) {
    let site = Scenario::new();
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
    site.roster("hr.csv", csv(&people(2)));
    let wrong = site.send_people("hr2.csv", &[person(3).with("ssn", "1")], &[]);
    let reference = wrong.reference().to_owned();
    site.inbound(DEMOGRAPHIC, "waits.csv", csv(&people(3)));
    (site, reference)
}

/// The configuration of a site with one thing changed.
fn broken(site: &Scenario, before: &str, after: &str) {
    let path = site.path("feedgate.toml");
    let text = std::fs::read_to_string(&path).expect("read");
    assert!(text.contains(before), "{before}");
    std::fs::write(path, text.replace(before, after)).expect("written");
}

fn json(outcome: &Outcome) -> Value {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

/// Every command that shows what the ledger knows, with `--json`, and what it printed.
fn shown(site: &Scenario, reference: &str) -> Vec<Value> {
    let commands: [&[&str]; 5] = [
        &["status"],
        &["runs"],
        &["show", reference],
        &["events"],
        &["files", "--place", "output"],
    ];
    let show = |command: &&[&str]| {
        let outcome = site.feedgate(&[*command, &["--json"]].concat());
        (json(&outcome), outcome)
    };
    let told = "(`feedgate check`); only what the ledger knows is certain here: ";
    let mut all = Vec::new();
    for (value, outcome) in commands.iter().map(show) {
        assert_eq!(outcome.stderr.matches(told).count(), 1, "{outcome:?}");
        assert!(outcome.stderr.contains("feedgate.toml"), "{outcome:?}");
        all.push(value);
    }
    all
}

#[test]
fn what_the_ledger_knows_is_shown_whatever_is_wrong_with_the_configuration() {
    let (site, reference) = lived_in();
    let good = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let title = format!("[integration.{DEDUCTION}]");
    for (before, after) in [
        ("timezone = \"America/New_York\"", "timezone = \"Nowhere\""),
        ("timezone = \"America/New_York\"", "timezone = \"America/"),
        (&title, "[integration"),
        ("kind = \"demographic\"", "kind = \"demografic\""),
        ("[site]", "[sight]"),
        ("[[plan_year]]", "[plan_year]"),
    ] {
        std::fs::write(site.path("feedgate.toml"), &good).expect("written");
        broken(&site, before, after);
        let snapshot = site.snapshot();
        let all = shown(&site, &reference);
        let [status, runs, run, _, _] = &all[..] else {
            panic!("{all:?}");
        };
        assert!(status["configuration_unsure"].is_string(), "{status}");
        assert_eq!(runs.as_array().map(Vec::len), Some(3), "{after}: {runs}");
        assert_eq!(run["errors"], 1, "{after}: {run}");
        // A run that waits for a person is found, with its integration or without.
        let mut held = status["left_behind"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for integration in status["integrations"].as_array().expect("an array") {
            assert!(integration["inbound_unknown"].is_string(), "{integration}");
            held.extend(integration["held"].as_array().cloned().unwrap_or_default());
        }
        assert_eq!(held.len(), 1, "{after}: {status}");
        assert_eq!(held[0]["status"], "Held", "{after}: {status}");
        let refused = site.run(DEMOGRAPHIC, &[]);
        assert_eq!(refused.code, 2, "{after}: {refused:?}");
        assert_eq!(site.snapshot(), snapshot, "{after}");
    }
}

#[test]
fn without_a_configuration_or_as_other_text_the_ledger_beside_it_is_read() {
    let (site, reference) = lived_in();
    std::fs::write(site.path("feedgate.toml"), b"[site]\n# \xff\n").expect("written");
    shown(&site, &reference);
    std::fs::remove_file(site.path("feedgate.toml")).expect("removed");
    let all = shown(&site, &reference);
    assert_eq!(all[1].as_array().map(Vec::len), Some(3), "{:?}", all[1]);
}

#[test]
fn a_site_without_a_ledger_has_its_mistakes_only() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "colour = 1");
    for command in ["status", "runs", "events", "files"] {
        let refused = site.feedgate(&[command]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("1 mistake in"), "{refused:?}");
    }
}

#[test]
fn files_of_inbound_are_listed_without_what_would_become_of_them() {
    let (site, _) = lived_in();
    site.inbound(DEMOGRAPHIC, "hr.doc", "x");
    broken(&site, "kind = \"demographic\"", "kind = \"x\"");
    let listed = json(&site.feedgate(&["files", "--place", "inbound", "--json"]));
    let listed = listed.as_array().expect("an array");
    let names: Vec<_> = listed.iter().map(|f| f["name"].as_str()).collect();
    assert!(names.contains(&Some("hr.doc")) && names.contains(&Some("waits.csv")));
    assert!(listed.iter().all(|f| f["note"].is_null()), "{listed:?}");
}
