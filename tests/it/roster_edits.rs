//! Entries of a roster that were made by mistake are removed or merged into another, until a run changes the roster also
//! taken back.

use crate::people::{again, csv, gone, people, person, ssn, subscriber_id, username};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario, default_config};
use serde_json::{Value, json};

/// Person 1 under an ID that a spreadsheet made.
const WRONG: &str = "10001";

/// A site with two people, the first of them under the wrong ID.
fn mistaken() -> Scenario {
    let site = Scenario::new();
    let wrong = person(1).with("subscriber_id", WRONG);
    site.send_people("hr.csv", &[wrong, person(2)], &[])
        .completed();
    site
}

fn edit(site: &Scenario, arguments: &[&str]) -> Outcome {
    let why = ["--why", "a spreadsheet made it", "--json"];
    site.feedgate(&[&["employee"], arguments, &why].concat())
}

fn entry(site: &Scenario, id: &str) -> Value {
    let shown = site.feedgate(&["employee", id, "--json"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    shown.summaries[0]["rosters"][0].clone()
}

#[test]
fn a_removed_entry_frees_its_ssn_and_username_for_the_right_one() {
    let site = mistaken();
    let refused = site.send_people("right.csv", &[person(1)], &[]);
    assert_eq!(refused.codes(), ["SSN_IN_USE", "USERNAME_IN_USE"]);
    let removed = edit(&site, &[WRONG, "--remove"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    let told = &removed.summaries[0];
    let handle = told["handle"].as_str().expect("a handle");
    assert_eq!(
        told,
        &json!({ "handle": handle, "roster": "main", "done": "removed", "into": null })
    );
    let events = site.feedgate(&["events", "--json"]);
    let event = &events.summaries[0];
    assert_eq!(
        (&event["action"], &event["subject"], &event["why"]),
        (
            &"remove employee".into(),
            &handle.into(),
            &"roster main: a spreadsheet made it".into()
        )
    );
    let gone = site.feedgate(&["employee", WRONG]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(gone.stdout.contains("--undo"), "{gone:?}");
    let gone = site.feedgate(&["employee", WRONG, "--json"]);
    let gone = &gone.summaries[0];
    assert_eq!(
        (&gone["rosters"], &gone["removed_from"]),
        (&json!([]), &json!(["main"]))
    );
    assert_eq!(edit(&site, &[WRONG, "--remove"]).code, 2);

    let right = site.send_people("again.csv", &[person(1), person(2)], &[]);
    right.completed().buckets([1, 1, 0, 0]);
    assert_eq!(right.column("action"), ["create"]);
    // The run may count on it: it is not taken back any more, and what was there is forgotten.
    let late = edit(&site, &[WRONG, "--undo"]);
    assert_eq!(late.code, 2, "{late:?}");
    assert!(
        late.stderr.contains("nothing can be taken back"),
        "{late:?}"
    );
    assert_eq!(site.feedgate(&["employee", WRONG]).code, 2);
    // The ID may come again, as somebody new.
    let other = person(3).with("subscriber_id", WRONG);
    let other = site.send_people("other.csv", &[other], &[]);
    other.completed().buckets([1, 0, 0, 0]);
    assert_eq!(entry(&site, WRONG)["fields"]["username"], username(3));
}

#[test]
fn what_was_removed_is_restored_as_it_was() {
    let site = mistaken();
    let before = entry(&site, WRONG);
    let removed = edit(&site, &[WRONG, "--remove"]);
    let handle = removed.summaries[0]["handle"].clone();
    // By the handle, too, though no roster has anybody with it now.
    let restored = edit(&site, &[handle.as_str().expect("a handle"), "--undo"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(restored.summaries[0]["done"], "restored");
    assert_eq!(entry(&site, WRONG), before);
    assert_eq!(edit(&site, &[WRONG, "--undo"]).code, 2);
    let events = site.feedgate(&["events", "--json"]);
    assert_eq!(events.summaries[0]["action"], "restore employee");
    let same = [person(2), person(1).with("subscriber_id", WRONG)];
    let same = site.send_people("same.csv", &same, &[]);
    same.completed().buckets([0, 2, 0, 0]);
    let refused = site.send_people("right.csv", &[person(1)], &[]);
    assert_eq!(refused.codes(), ["SSN_IN_USE", "USERNAME_IN_USE"]);
}

#[test]
fn who_passed_the_number_on_to_a_removed_entry_has_it_again() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    site.roster("left.csv", csv(&[gone(1)]));
    site.send_people("again.csv", &[again(1)], &[]).completed();
    let taken = person(3).with("ssn", ssn(1));
    assert_eq!(edit(&site, &["R1", "--remove"]).code, 0);
    assert_eq!(entry(&site, &subscriber_id(1))["rehired_as"], json!([]));
    // The leaver's number is the leaver's own again: another person with it is refused.
    let refused = site.send_people("other.csv", std::slice::from_ref(&taken), &[]);
    assert_eq!(refused.codes(), ["SSN_IN_USE"]);
    assert_eq!(edit(&site, &["R1", "--undo"]).code, 0);
    let linked = entry(&site, &subscriber_id(1));
    assert_eq!(linked["rehired_as"], json!(["R1"]));
    let next = [gone(1), person(2), again(1)];
    let next = site.send_people("next.csv", &next, &[]);
    next.completed().buckets([0, 3, 0, 0]);
}

#[test]
fn a_merged_entry_gives_what_the_other_one_lacks() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "username = { required = false }");
    let right = person(1).without("username").with("ssn", ssn(7));
    let wrong = person(1).with("subscriber_id", WRONG);
    site.send_people("hr.csv", &[right, wrong], &[]).completed();
    let id = subscriber_id(1);
    let last4 = entry(&site, &id)["ssn"].clone();
    let merged = edit(&site, &[WRONG, "--merge-into", &id]);
    assert_eq!(merged.code, 0, "{merged:?}");
    assert!(merged.summaries[0]["into"].is_string(), "{merged:?}");
    let stays = entry(&site, &id);
    // Its own number stays, the username was missing.
    assert_eq!(stays["ssn"], last4);
    assert_eq!(stays["fields"]["username"], username(1));
    let gone = site.feedgate(&["employee", WRONG]);
    assert!(gone.stdout.starts_with("Removed from"), "{gone:?}");
    let events = site.feedgate(&["events", "--json"]);
    assert_eq!(events.summaries[0]["action"], "merge employee");
    // Another change of the same entry came later: it is taken back first.
    assert_eq!(edit(&site, &[&id, "--remove"]).code, 0);
    let first = edit(&site, &[WRONG, "--undo"]);
    assert_eq!(first.code, 2, "{first:?}");
    assert!(first.stderr.contains("taken back first"), "{first:?}");
    assert_eq!(edit(&site, &[&id, "--undo"]).code, 0);
    assert_eq!(edit(&site, &[WRONG, "--undo"]).code, 0);
    assert_eq!(entry(&site, &id)["fields"]["username"], "");
    assert_eq!(entry(&site, WRONG)["fields"]["username"], username(1));
}

#[test]
fn whom_a_full_file_lacks_is_not_who_was_removed() {
    let keys = "content = \"full\"\nomission = \"terminate\"";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    let wrong = person(1).with("subscriber_id", WRONG);
    site.send_people("hr.csv", &[wrong, person(2)], &[])
        .completed();
    assert_eq!(edit(&site, &[WRONG, "--remove"]).code, 0);
    let next = site.send_people("next.csv", &people(2), &[]);
    next.completed().buckets([1, 1, 0, 0]);
    assert_eq!(next.count("deactivated_by_omission"), 0, "{next:?}");
}

#[test]
fn what_is_not_meant_clearly_is_refused_and_nothing_is_changed() {
    let other = "[integration.other]\nkind = \"demographic\"\nroster = \"other\"\n";
    let site = Scenario::new().config(&format!("{}\n{other}", default_config()));
    site.send_people("hr.csv", &people(2), &[]).completed();
    site.inbound("other", "o.csv", csv(&people(1)))
        .run("other", &[])
        .completed();
    let before = site.snapshot();
    let id = subscriber_id(1);
    let both = edit(&site, &[&id, "--remove"]);
    assert!(both.stderr.contains("the rosters main, other"), "{both:?}");
    for arguments in [
        &[&*id, "--remove", "--roster", "none"] as &[&str],
        &["nobody", "--remove"],
        &[&id, "--merge-into", &id, "--roster", "main"],
        &[&id, "--merge-into", &subscriber_id(2), "--roster", "other"],
        &[&id, "--remove", "--undo"],
        &[&id],
        &[&id, "--undo"],
    ] {
        let refused = edit(&site, arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
    }
    assert_eq!(site.feedgate(&["employee", &id, "--remove"]).code, 2);
    assert_eq!(site.snapshot(), before);
    let removed = edit(&site, &[&id, "--remove", "--roster", "other"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(entry(&site, &id)["roster"], "main");
}
