//! Runs requested once for a later time.

use crate::people::{csv, people, this_year};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use feedgate::internal::ledger::OneOff;
use feedgate::internal::run::Command;
use serde_json::Value;

fn scenario() -> Scenario {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(1)));
    site
}

fn stored(scenario: &Scenario) -> Vec<OneOff> {
    scenario.ledger_for_reading().one_offs().expect("read")
}

#[test]
fn a_run_for_later_is_stored_with_what_was_asked() {
    let site = scenario();
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    let at = format!("{}-07-01T06:00", this_year() + 1);
    let line = format!("--at {at} --delta true --lookback-days 7 --run-name Later");
    let words: Vec<&str> = line.split(' ').collect();
    let outcome = site.run(DEMOGRAPHIC, &words);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("no daemon runs"), "{outcome:?}");
    let told = outcome.summary();
    let moment = format!("{at}:00-04:00");
    assert_eq!(
        (&told["name"], &told["at"]),
        (&DEMOGRAPHIC.into(), &moment.into())
    );
    assert_eq!(
        (&told["one_off"], &told["status"]),
        (&1.into(), &"Scheduled".into())
    );
    assert!(told["user"].is_string());

    let stored = stored(&site);
    assert_eq!(stored.len(), 1);
    let Some(Command::Run(request)) = Command::read(&stored[0].body) else {
        panic!("{stored:?}");
    };
    assert_eq!(
        (&*request.name, request.given.lookback_days),
        (DEMOGRAPHIC, Some(7))
    );
    assert_eq!(request.run_name.as_deref(), Some("Later"));
    // No file was taken, and the log names the user and the request.
    assert!(
        site.path("inbound")
            .join(DEMOGRAPHIC)
            .join("hr.csv")
            .exists()
    );
    let events = site.feedgate(&["events", "--json"]);
    let events: Vec<Value> = serde_json::from_str(&events.stdout).expect("JSON");
    assert_eq!(
        (&events[0]["action"], &events[0]["subject"]),
        (&"run later".into(), &DEMOGRAPHIC.into())
    );

    let people = site.feedgate(&["run", DEMOGRAPHIC, "--at", &at]);
    let line = format!(
        "Scheduled: {DEMOGRAPHIC} runs at {} (one-off 2).",
        at.replace('T', " ")
    );
    assert_eq!(people.stdout.trim(), line);
}

#[test]
fn the_time_of_day_alone_is_the_next_one() {
    let site = scenario();
    let outcome = site.run(DEMOGRAPHIC, &["--at", "06:00"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let one = &stored(&site)[0];
    assert_eq!(one.at.format("%H:%M:%S").to_string(), "06:00:00");
    let ahead = one.at - one.asked;
    assert!(
        ahead.num_seconds() > 0 && ahead.num_hours() <= 25,
        "{one:?}"
    );
}

#[test]
fn what_could_not_run_then_is_refused_now() {
    let site = scenario();
    let at = format!("{}-07-01T06:00", this_year() + 1);
    let on_the_day = format!("{}-07-01", this_year() + 1);
    for (arguments, said) in [
        (vec![DEMOGRAPHIC, "--at", "2020-01-01T06:00"], "has passed"),
        (
            vec!["nowhere", "--at", &at],
            "there is no integration or set `nowhere`",
        ),
        (
            vec![DEMOGRAPHIC, "--at", &at, "--lookback-days", "40"],
            "lookback-days is 40",
        ),
        (
            vec![
                DEDUCTION,
                "--at",
                &at,
                "--enrollment",
                "life-event",
                "--plan-year-start-date",
                "2020-07-01",
            ],
            "plan-year-start-date",
        ),
        (
            vec![DEMOGRAPHIC, "--at", &at, "--file", "a.csv"],
            "cannot be used with",
        ),
    ] {
        let refused = site.run(arguments[0], &arguments[1..]);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(said), "{arguments:?}: {refused:?}");
    }
    assert!(stored(&site).is_empty());
    let event = [
        "--at",
        &at,
        "--enrollment",
        "life-event",
        "--plan-year-start-date",
        &on_the_day,
    ];
    let outcome = site.run(DEDUCTION, &event);
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[test]
fn a_run_for_later_is_taken_back() {
    let site = scenario();
    let at = format!("{}-07-01T06:00", this_year() + 1);
    site.run(DEMOGRAPHIC, &["--at", &at]);
    let outcome = site.feedgate(&["cancel", "1", "--why", "a mistake", "--json"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(outcome.summary()["status"], "cancelled");
    assert!(stored(&site).is_empty());
    let events = site.feedgate(&["events", "--json"]);
    let ended = events
        .summaries
        .iter()
        .find(|e| e["action"] == "one-off ended");
    let why = ended.map(|e| e["why"].as_str().unwrap_or_default());
    assert_eq!(why, Some("one-off 1: cancelled: a mistake"), "{events:?}");
    let again = site.feedgate(&["cancel", "1"]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.stderr.contains("no one-off run 1"), "{again:?}");
}
