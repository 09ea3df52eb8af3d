//! Pausing, resuming, and their events.

use crate::people::{csv, deduction, people, person, this_year};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::Value;

fn scenario() -> Scenario {
    Scenario::new()
        .and_config("[set.nightly]\nintegrations = [\"demographic-export\", \"deduction-import\"]")
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:?}"))
}

fn events(site: &Scenario, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["events", "--json"];
    arguments.extend(more);
    match json(&site.feedgate(&arguments)) {
        Value::Array(all) => all,
        other => panic!("{other}"),
    }
}

#[test]
fn a_pause_is_told_kept_and_ended() {
    let site = scenario();
    let day = format!("{}-12-01", this_year() + 1);
    let paused = site.feedgate(&["pause", DEDUCTION, "--why", "open enrollment", "--json"]);
    assert_eq!(paused.code, 0, "{paused:?}");
    let paused = json(&paused);
    assert_eq!(
        (&paused["name"], &paused["until"]),
        (&DEDUCTION.into(), &Value::Null)
    );
    assert_eq!(paused["why"], "open enrollment");

    // A run by hand still works, though the pause was the first thing that happened on this site.
    site.roster("hr.csv", csv(&people(1)));
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    assert_eq!(site.run(DEDUCTION, &[]).code, 0);

    let resumed = site.feedgate(&["resume", DEDUCTION, "--from", &day]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(
        resumed.stdout.trim(),
        format!("Resumed: {DEDUCTION}, from {day}; until then files wait.")
    );
    let resumed = site.feedgate(&["resume", DEDUCTION, "--json"]);
    assert_eq!(json(&resumed)["pause"], Value::Null);
    let again = site.feedgate(&["resume", DEDUCTION]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.stderr.contains("is not paused"), "{again:?}");

    let told: Vec<(String, String)> = events(&site, &["--subject", DEDUCTION])
        .iter()
        .map(|e| (e["action"].to_string(), e["why"].to_string()))
        .collect();
    let from = format!("\"from {day}T00:00:00-05:00\"");
    let expected = [
        ("resume", "null"),
        ("resume", &*from),
        ("pause", "\"open enrollment\""),
    ];
    let expected = expected.map(|(action, why)| (format!("\"{action}\""), why.to_owned()));
    assert_eq!(told, expected);
    assert!(site.path("state/bell/request").exists());
}

#[test]
fn to_resume_makes_no_pause_longer() {
    let site = scenario();
    let year = this_year() + 1;
    let (early, late) = (format!("{year}-01-02"), format!("{year}-02-01"));
    let paused = site.feedgate(&["pause", DEDUCTION, "--until", &format!("{year}-01-15")]);
    assert_eq!(paused.code, 0, "{paused:?}");
    let before = events(&site, &[]);
    let refused = site.feedgate(&["resume", DEDUCTION, "--from", &late]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for said in [
        &*format!("ends by itself at {year}-01-15 00:00"),
        "feedgate pause deduction-import --until",
    ] {
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    assert_eq!(events(&site, &[]), before);
    let resumed = site.feedgate(&["resume", DEDUCTION, "--from", &early]);
    assert_eq!(resumed.code, 0, "{resumed:?}");
}

#[test]
fn all_integrations_are_paused_together_and_apart() {
    let site = scenario();
    let until = format!("{}-01-02T06:30", this_year() + 1);
    let all = site.feedgate(&["pause", "all", "--until", &until]);
    assert_eq!(all.code, 0, "{all:?}");
    assert!(all.stdout.contains(&until.replace('T', " ")), "{all:?}");
    let other = site.feedgate(&["resume", DEMOGRAPHIC]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.stderr.contains("feedgate resume all"), "{other:?}");
    assert_eq!(site.feedgate(&["pause", DEMOGRAPHIC]).code, 0);
    let one = site.feedgate(&["resume", DEMOGRAPHIC]);
    assert_eq!(one.code, 0, "{one:?}");
    assert!(one.stderr.contains("feedgate resume all"), "{one:?}");
    let all = site.feedgate(&["resume", "all"]);
    assert_eq!((all.code, all.stdout.trim()), (0, "Resumed: all."));
    assert_eq!(all.stderr, "");
    site.feedgate(&["pause", DEDUCTION]);
    let all = site.feedgate(&["resume", "all"]);
    assert_eq!(all.code, 2, "{all:?}");
    assert!(
        all.stderr.contains("paused by name: deduction-import"),
        "{all:?}"
    );
}

#[test]
fn names_and_times_that_mean_nothing_are_usage_mistakes() {
    let site = scenario();
    let past = "2020-01-01";
    for (arguments, said) in [
        (
            vec!["resume", "nightly"],
            "no integration of the set nightly is paused by its name",
        ),
        (vec!["pause", "nightly", "--until", past], "has passed"),
        (
            vec!["pause", "nowhere"],
            "there is no integration `nowhere`",
        ),
        (vec!["pause", DEMOGRAPHIC, "--until", past], "has passed"),
        (vec!["resume", DEMOGRAPHIC, "--from", past], "has passed"),
        (vec!["resume", "all"], "nothing is paused"),
    ] {
        let refused = site.feedgate(&arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(said), "{arguments:?}: {refused:?}");
    }
    assert!(events(&site, &[]).is_empty());
}

#[test]
fn events_tell_who_did_what_newest_first() {
    let site = scenario();
    let none = site.feedgate(&["events"]);
    assert_eq!((none.code, none.stdout.trim()), (0, "No events."));
    let rejected = site.send_people("bad.csv", &[person(8).with("ssn", "1")], &[]);
    let reference = rejected.reference().to_owned();
    let dismissed = site.feedgate(&["rejects", &reference, "--dismiss", "1", "--why", "she left"]);
    assert_eq!(dismissed.code, 0, "{dismissed:?}");
    site.feedgate(&["pause", "all"]);
    let all = events(&site, &[]);
    assert_eq!(all.len(), 2);
    assert_eq!(
        (&all[0]["action"], &all[0]["subject"]),
        (&"pause".into(), &"all".into())
    );
    assert_eq!(
        (&all[1]["subject"], &all[1]["why"]),
        (&reference.into(), &"she left".into())
    );
    assert_eq!(events(&site, &["--limit", "1"]).len(), 1);
    assert_eq!(events(&site, &["--since", "2020-01-01"]).len(), 2);
    assert_eq!(events(&site, &["--since", "2199-01-01"]).len(), 0);
    let people = site.feedgate(&["events"]);
    assert!(people.stdout.contains("dismiss record 1"), "{people:?}");
}

#[test]
fn a_set_is_paused_and_resumed_integration_by_integration() {
    let site = scenario();
    let paused = site.feedgate(&[
        "pause",
        "nightly",
        "--why",
        "the carrier is closed",
        "--json",
    ]);
    let names: Vec<_> = paused.summaries.iter().map(|p| p["name"].clone()).collect();
    assert_eq!(
        (paused.code, &names[..]),
        (0, &[DEMOGRAPHIC.into(), DEDUCTION.into()][..]),
        "{paused:?}"
    );
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    std::fs::create_dir_all(site.path("inbound").join(DEDUCTION)).expect("inbound");
    let waits = site.run("nightly", &["--unattended"]);
    assert_eq!((waits.code, waits.summaries.len()), (5, 0), "{waits:?}");
    // One of them is resumed by its name before.
    assert_eq!(site.feedgate(&["resume", DEDUCTION]).code, 0);
    let resumed = site.feedgate(&["resume", "nightly"]);
    assert_eq!(
        (resumed.code, resumed.stdout.trim()),
        (0, "Resumed: demographic-export.")
    );
    let ran = site.run("nightly", &["--unattended"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let one = site.feedgate(&["pause", DEMOGRAPHIC, "--json"]);
    assert_eq!(one.summary()["name"], DEMOGRAPHIC, "an object, no list");
}
