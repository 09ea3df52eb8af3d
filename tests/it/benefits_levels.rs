//! Benefits levels that people choose, against those of the sender's files.

use crate::people::{Record, people, person, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

fn choose(site: &Scenario, arguments: &[&str]) -> Outcome {
    let done = site.feedgate(&[&["benefits-level"], arguments, &["--json"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    done
}

fn with_level(n: usize, level: &str) -> Record {
    person(n).with("benefits_level", level)
}

/// Action and level of each row of the output.
fn levels(outcome: &Outcome) -> Vec<(String, String)> {
    let row = |row: &std::collections::BTreeMap<String, String>| {
        (row["action"].clone(), row["benefits_level"].clone())
    };
    outcome.rows().iter().map(row).collect()
}

fn shown(site: &Scenario, n: usize) -> Value {
    let shown = site.feedgate(&["employee", &subscriber_id(n), "--json"]);
    shown.summaries[0].clone()
}

#[test]
fn a_chosen_level_wins_until_the_file_has_another() {
    let site = Scenario::new();
    site.send_people("a.csv", &[with_level(1, "STD"), with_level(2, "STD")], &[]);
    let done = choose(&site, &["EXEC", &subscriber_id(1), "nobody"]);
    let told = done.summary();
    assert_eq!(
        (&told["set"], &told["unknown"]),
        (&json!(1), &json!(["nobody"]))
    );
    assert_eq!(shown(&site, 1)["benefits_level"], "EXEC");
    let update = |level: &str| ("update".to_owned(), level.to_owned());
    // With the next record, although nothing else of it has changed.
    let all = [with_level(1, "STD"), with_level(2, "STD"), person(3)];
    let next = site.send_people("b.csv", &all, &[]);
    assert_eq!(levels(&next)[0], update("EXEC"));
    next.buckets([2, 1, 0, 0]);
    // Once more the same: nothing is to be sent, and other changes leave it.
    let moved = with_level(1, "STD").with("city", "Utica");
    let again = site.send_people("c.csv", &[moved, with_level(2, "STD")], &[]);
    assert_eq!(levels(&again), [update("EXEC")]);
    // A second choice, and what the file had when the first was made counts.
    choose(&site, &["VP", &subscriber_id(1)]);
    let third = site.send_people("d.csv", &[with_level(1, "STD"), person(4)], &[]);
    assert_eq!(levels(&third)[0], update("VP"));
    // The file's own level changes, to whatever.
    let file = site.send_people("e.csv", &[with_level(1, "PART"), person(5)], &[]);
    assert_eq!(levels(&file)[0], update("PART"));
    let back = site.send_people("f.csv", &[with_level(1, "STD"), person(6)], &[]);
    assert_eq!(levels(&back)[0], update("STD"));
    assert_eq!(shown(&site, 1)["benefits_level"], "STD");
    let history = shown(&site, 1)["history"].clone();
    let of = |action: &str| -> Vec<Value> {
        let all = history.as_array().expect("a list").iter();
        all.filter(|entry| entry["action"] == action)
            .cloned()
            .collect()
    };
    let chosen = of("benefits_level");
    assert_eq!(chosen.len(), 2);
    assert_eq!(chosen[0]["columns"], json!(["benefits_level"]));
    assert_eq!(chosen[0]["reference_id"], Value::Null);
    assert!(!chosen[0]["by"].as_str().expect("a user").is_empty());
    assert_eq!(of("update").len(), 5);
}

#[test]
fn a_bulk_choice_is_counted_first_and_sent_at_once_where_asked() {
    let site = Scenario::new();
    let lee = |n: usize| person(n).with("last_name", "Lee");
    site.send_people("a.csv", &[lee(1), person(2), lee(3)], &[]);
    let asked = choose(&site, &["EXEC", "--search", "lee"]);
    assert_eq!(asked.summary(), &json!({"would_set": 2}));
    let done = choose(&site, &["EXEC", "--search", "lee", "--yes", "--sync"]);
    assert_eq!(done.summary()["set"], 2);
    let run = done.summary()["integration_reference_ids"][0]
        .as_str()
        .expect("a run");
    let run = site.feedgate(&["show", run, "--json"]);
    let update = ("update".to_owned(), "EXEC".to_owned());
    assert_eq!(levels(&run), [update.clone(), update]);
    let next = site.send_people("b.csv", &[lee(1), person(2), lee(3), person(4)], &[]);
    next.buckets([1, 3, 0, 0]);
}

#[test]
fn who_is_not_synced_yet_goes_out_with_the_level() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "enrolment = \"manual\"");
    site.send_people("a.csv", &people(2), &[]);
    let done = choose(&site, &["EXEC", &subscriber_id(2), "--sync"]);
    assert_eq!(done.summary()["integration_reference_ids"], json!([]));
    assert_eq!(shown(&site, 2)["state"], "Not syncing");
    site.feedgate(&["sync", &subscriber_id(1), &subscriber_id(2)]);
    let runs = site.feedgate(&["show", "latest", "--json"]);
    let create = |level: &str| ("create".to_owned(), level.to_owned());
    assert_eq!(levels(&runs), [create(""), create("EXEC")]);
}

#[test]
fn what_is_no_level_is_refused() {
    let site = Scenario::new();
    site.send_people("a.csv", &people(1), &[]);
    let long = "x".repeat(51);
    for bad in ["", " ", "a\nb", &long] {
        let refused = site.feedgate(&["benefits-level", bad, &subscriber_id(1)]);
        assert_eq!(refused.code, 2, "{bad:?}: {refused:?}");
        assert!(refused.stderr.contains("1 to 50 characters"), "{refused:?}");
    }
    assert_eq!(shown(&site, 1)["benefits_level"], Value::Null);
}
