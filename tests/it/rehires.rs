//! Employees who left and are hired again under another subscriber ID.

use crate::people::{
    Record, again, csv, days_ago, deduction, gone, people, person, ssn, subscriber_id, username,
};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

/// A site where two people work, and the first has left.
fn site_with_a_leaver() -> Scenario {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    site.roster("left.csv", csv(&[gone(1)]));
    site
}

fn codes(outcome: &Outcome) -> Vec<(u64, String)> {
    let rows = outcome.errors().into_iter();
    rows.map(|r| (r.record.unwrap_or(0), r.code)).collect()
}

fn told(record: u64) -> Vec<(u64, String)> {
    vec![(record, "REHIRE_NEW_ID".to_owned())]
}

/// The other IDs of an employee: those before and those after.
fn links(site: &Scenario, id: &str) -> [Value; 2] {
    let shown = site.feedgate(&["employee", id, "--json"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let entry = &shown.summaries[0]["rosters"][0];
    [entry["rehired_from"].clone(), entry["rehired_as"].clone()]
}

#[test]
fn the_entries_are_linked_and_later_files_find_nothing_new() {
    let site = site_with_a_leaver();
    let first = site.send_people("again.csv", &[again(1)], &[]);
    first.completed().buckets([1, 0, 0, 0]);
    assert_eq!(first.column("action"), ["create"]);
    assert_eq!(codes(&first), told(1));
    assert_eq!(links(&site, "R1"), [json!([subscriber_id(1)]), json!([])]);
    assert_eq!(links(&site, &subscriber_id(1)), [json!([]), json!(["R1"])]);
    let printed = site.feedgate(&["employee", "R1"]).stdout;
    let line = format!("rehired from        {}", subscriber_id(1));
    assert!(printed.contains(&line), "{printed}");
    // The former entry may still be sent, and change.
    let next = [gone(1), person(2), again(1)];
    let next = site.send_people("next.csv", &next, &[]);
    next.completed().buckets([0, 3, 0, 0]);
    let moved = gone(1).with("city", "Verona");
    let moved = site.send_people("moved.csv", &[again(1), moved], &[]);
    moved.completed().buckets([1, 1, 0, 0]);
    let later = site.send_people("later.csv", &[again(1).with("city", "Verona")], &[]);
    later.completed().buckets([1, 0, 0, 0]);
    for outcome in [&next, &moved, &later] {
        assert_eq!(codes(outcome), []);
    }
    // The number is that of the new entry, for deductions and against others.
    let of_new = deduction(1)
        .with("subscriber_id", "R1")
        .with("username", "again.1");
    site.send_deductions("ded.csv", &[of_new], &[]).completed();
    let other = site.send_people("other.csv", &[person(3).with("ssn", ssn(1))], &[]);
    assert_eq!(other.codes(), ["SSN_IN_USE"]);
    // The username is still that of the one who left.
    let other = site.send_people("name.csv", &[person(3).with("username", username(1))], &[]);
    assert_eq!(other.codes(), ["USERNAME_IN_USE"]);
}

#[test]
fn the_username_can_come_along_with_the_number_and_not_without_it() {
    let site = site_with_a_leaver();
    let other = person(9).with("username", username(1));
    let refused = site.send_people("name.csv", &[other], &[]);
    assert_eq!(refused.codes(), ["USERNAME_IN_USE"]);
    let whole = again(1).with("username", username(1));
    let taken = site.send_people("again.csv", std::slice::from_ref(&whole), &[]);
    taken.completed().buckets([1, 0, 0, 0]);
    assert_eq!(codes(&taken), told(1));
    let both = site.send_people("both.csv", &[whole, gone(1).with("city", "Verona")], &[]);
    both.completed().buckets([1, 1, 0, 0]);
    assert_eq!(codes(&both), []);
    let third = person(9).with("username", username(1).to_uppercase());
    let refused = site.send_people("third.csv", &[third], &[]);
    assert_eq!(refused.codes(), ["USERNAME_IN_USE"]);
}

#[test]
fn the_first_or_the_last_name_has_to_agree_however_it_is_written() {
    let leaver = gone(1)
        .with("first_name", "José María")
        .with("last_name", "Núñez-Ortega");
    let cases = [
        ("JOSE MARIA", "Smith", "REHIRE_NEW_ID"),
        ("Josemaria", "Smith", "REHIRE_NEW_ID"),
        ("Pepe", "NUNEZ ORTEGA", "REHIRE_NEW_ID"),
        ("Jose", "Nunez", "SSN_IN_USE"),
        ("Nunez-Ortega", "Jose Maria", "SSN_IN_USE"),
    ];
    for (first, last, code) in cases {
        let site = Scenario::new();
        site.roster("hr.csv", csv(std::slice::from_ref(&leaver)));
        let back = again(1).with("first_name", first).with("last_name", last);
        let outcome = site.send_people("again.csv", &[back], &[]);
        assert_eq!(outcome.codes(), [code], "{first} {last}");
    }
}

#[test]
fn nobody_who_is_still_there_is_hired_again() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let outcome = site.send_people("again.csv", &[again(1)], &[]);
    assert_eq!(outcome.codes(), ["SSN_IN_USE"]);
    let outcome = site.send_people("both.csv", &[again(1), person(1)], &[]);
    assert!(outcome.codes().contains(&"SSN_SHARED".to_owned()));
    outcome.buckets([0, 0, 0, 2]);
    // One who comes back under the former ID is a rehire as ever.
    site.roster("left.csv", csv(&[gone(1)]));
    let back = site.send_people("back.csv", &[person(1).with("city", "Verona")], &[]);
    assert_eq!(back.column("action"), ["reactivate"]);
    assert_eq!(codes(&back), []);
}

#[test]
fn a_file_may_list_both_entries() {
    let whole = || again(1).with("username", username(1));
    for new in [again(1), whole()] {
        for known in [0, 1, 2] {
            for swap in [false, true] {
                let site = Scenario::new();
                match known {
                    0 => {}
                    1 => drop(site.roster("hr.csv", csv(&people(2)))),
                    _ => drop(site.roster("hr.csv", csv(&[gone(1), person(2)]))),
                }
                let mut records = vec![gone(1), person(2), new.clone()];
                let mut at = 3;
                if swap {
                    records.reverse();
                    at = 1;
                }
                let outcome = site.send_people("full.csv", &records, &[]);
                assert_eq!(codes(&outcome), told(at), "{known} {swap} {outcome:?}");
                assert_eq!(outcome.code, 0);
                assert_eq!(links(&site, "R1"), [json!([subscriber_id(1)]), json!([])]);
                records.rotate_left(1);
                let next = site.send_people("next.csv", &records, &[]);
                next.completed().buckets([0, 3, 0, 0]);
                assert_eq!(codes(&next), []);
                let other = person(3).with("ssn", ssn(1));
                let other = site.send_people("other.csv", &[other], &[]);
                assert_eq!(other.codes(), ["SSN_IN_USE"]);
            }
        }
    }
}

#[test]
fn who_leaves_again_can_come_back_under_the_first_id() {
    let site = site_with_a_leaver();
    site.send_people("again.csv", &[again(1)], &[]).completed();
    // While the new entry works, the former can't come back.
    let early = site.send_people("early.csv", &[person(1)], &[]);
    assert_eq!(early.codes(), ["SSN_IN_USE"]);
    let left = again(1)
        .with("employment_status", "T")
        .with("termination_date", days_ago(1));
    site.send_people("left2.csv", std::slice::from_ref(&left), &[])
        .completed();
    let works = person(1).with("city", "Verona");
    let back = site.send_people("back.csv", std::slice::from_ref(&works), &[]);
    back.completed();
    assert_eq!(codes(&back), told(1));
    assert_eq!(back.column("action"), ["reactivate"]);
    let next = site.send_people("next.csv", &[works, left], &[]);
    next.completed().buckets([0, 2, 0, 0]);
}

#[test]
fn only_an_accepted_record_is_linked() {
    let site = site_with_a_leaver();
    let bad = again(1).with("zip_code", "53");
    let outcome = site.send_people("bad.csv", &[bad], &[]);
    assert_eq!(outcome.codes(), ["REHIRE_NEW_ID", "ZIP_INVALID"]);
    assert_eq!(links(&site, &subscriber_id(1)), [json!([]), json!([])]);
    let back = site.send_people("back.csv", &[person(1)], &[]);
    back.completed();
    assert_eq!(codes(&back), []);
}

fn with_policy(policy: &str) -> Scenario {
    let site = Scenario::new().and_config(&format!("[identity]\nrehire = '{policy}'\n"));
    site.roster("hr.csv", csv(&people(2)));
    site.roster("left.csv", csv(&[gone(1)]));
    site
}

#[test]
fn such_files_can_be_held_for_a_person_to_look_at() {
    let site = with_policy("hold");
    let held = site.send_people("again.csv", &[again(1)], &[]);
    held.ended(5, "Held");
    assert!(
        held.text("reason").starts_with("REHIRE_NEW_ID: 1 row"),
        "{held:?}"
    );
    // The first row says that the file is held.
    assert_eq!(codes(&held)[0], (0, "REHIRE_NEW_ID".to_owned()));
    assert_eq!(codes(&held)[1..], told(1));
    let released = [
        "release",
        held.reference(),
        "--why",
        "the same person",
        "--json",
    ];
    let released = site.feedgate(&released);
    released.completed().buckets([1, 0, 0, 0]);
    assert_eq!(links(&site, "R1"), [json!([subscriber_id(1)]), json!([])]);
    let next = site.send_people("next.csv", &[again(1).with("city", "Verona")], &[]);
    next.completed();
}

#[test]
fn such_records_can_be_rejected_and_come_back_under_the_former_id() {
    for records in [
        vec![again(1)],
        vec![again(1), gone(1).with("city", "Verona")],
    ] {
        let site = with_policy("reject");
        let rejected = site.send_people("again.csv", &records, &[]);
        rejected.ended(3, "Completed with Errors");
        assert_eq!(codes(&rejected), told(1));
        assert_eq!(rejected.count("errors"), 1);
        assert_eq!(links(&site, &subscriber_id(1)), [json!([]), json!([])]);
        let name = crate::round_trip::name_of_rejects(&rejected);
        let former = |r: Record| r.with("subscriber_id", subscriber_id(1));
        let corrected = site
            .inbound(DEMOGRAPHIC, &name, csv(&[former(again(1))]))
            .run(DEMOGRAPHIC, &[]);
        if records.len() == 1 {
            corrected.completed();
            assert_eq!(corrected.column("action"), ["reactivate"]);
        }
    }
}

#[test]
fn a_dry_run_foretells_it() {
    let site = site_with_a_leaver();
    std::fs::write(site.path("again.csv"), csv(&[again(1)])).expect("written");
    let file = site.path("again.csv");
    let file = file.to_str().expect("UTF-8");
    let dry = site.feedgate(&["validate", "--integration", DEMOGRAPHIC, file]);
    assert!(dry.stdout.contains("REHIRE_NEW_ID"), "{dry:?}");
    assert_eq!(links(&site, &subscriber_id(1)), [json!([]), json!([])]);
}
