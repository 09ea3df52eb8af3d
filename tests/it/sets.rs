//! Integration sets, and the order in which files are taken.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

fn nightly(abort: bool) -> Scenario {
    Scenario::new().and_config(&format!(
        "[set.nightly]\nintegrations = [\"demographic-export\", \"deduction-import\"]\nabort_on_failure = {abort}\n"
    ))
}

fn ran(outcome: &Outcome) -> Vec<(String, String)> {
    let text = |s: &serde_json::Value, key: &str| s[key].as_str().unwrap_or_default().to_owned();
    outcome
        .summaries
        .iter()
        .map(|s| (text(s, "integration_name"), text(s, "status")))
        .collect()
}

fn pair(name: &str, status: &str) -> (String, String) {
    (name.to_owned(), status.to_owned())
}

/// Runs the set with a file for each member; one employee is rejected.
fn run_with_a_rejected_employee(site: &Scenario) -> Outcome {
    site.inbound(
        DEMOGRAPHIC,
        "hr.csv",
        csv(&[person(1), person(2).with("ssn", "1")]),
    )
    .inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    site.run("nightly", &[])
}

#[test]
fn members_run_in_their_order() {
    let site = nightly(true);
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]))
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    site.age(DEDUCTION, "ded.csv", 1000);
    let outcome = site.run("nightly", &[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(
        ran(&outcome),
        [pair(DEMOGRAPHIC, "Completed"), pair(DEDUCTION, "Completed")]
    );
    for summary in &outcome.summaries {
        assert_eq!(summary["process_name"], "nightly");
    }
    assert!(
        outcome.stdout.trim_start().starts_with('['),
        "an array: {outcome:?}"
    );
}

#[test]
fn abort_on_failure_stops_at_errors_and_exits_with_that_member() {
    let site = nightly(true);
    let outcome = run_with_a_rejected_employee(&site);
    assert_eq!(ran(&outcome), [pair(DEMOGRAPHIC, "Completed with Errors")]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(
        site.waiting(DEDUCTION),
        ["ded.csv"],
        "the next member's file still waits"
    );
}

#[test]
fn without_abort_all_members_run_and_errors_are_not_lost() {
    let site = nightly(false);
    let outcome = run_with_a_rejected_employee(&site);
    assert_eq!(
        ran(&outcome),
        [
            pair(DEMOGRAPHIC, "Completed with Errors"),
            pair(DEDUCTION, "Completed")
        ]
    );
    assert_ne!(
        outcome.code, 0,
        "an exit code 0 for a run with errors: {outcome:?}"
    );
}

#[test]
fn failed_and_held_members_stop_a_set() {
    let site = nightly(true);
    site.inbound(DEMOGRAPHIC, "hr.csv", "nothing,known\n1,2\n")
        .inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    let outcome = site.run("nightly", &[]);
    assert_eq!(ran(&outcome), [pair(DEMOGRAPHIC, "Failed")]);
    assert_eq!(outcome.code, 1, "{outcome:?}");

    let site =
        nightly(true).and_config("[integration.demographic-export.guards]\nmax_error_count = 0\n");
    let outcome = run_with_a_rejected_employee(&site);
    assert_eq!(ran(&outcome), [pair(DEMOGRAPHIC, "Held")]);
    assert_eq!(outcome.code, 5, "{outcome:?}");
}

#[test]
fn a_set_exits_with_the_member_that_ended_it() {
    let site = nightly(true);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)))
        .inbound(
            DEDUCTION,
            "ded.csv",
            csv(&[deduction(1).with("employee_amount", "x")]),
        );
    let outcome = site.run("nightly", &[]);
    assert_eq!(
        ran(&outcome),
        [
            pair(DEMOGRAPHIC, "Completed"),
            pair(DEDUCTION, "Completed with Errors")
        ]
    );
    assert_eq!(outcome.code, 3, "{outcome:?}");
}

#[test]
fn a_member_without_a_file_does_not_end_a_set() {
    let site = nightly(true);
    site.roster("hr.csv", csv(&people(1)));
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    let outcome = site.run("nightly", &[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        ran(&outcome).contains(&pair(DEDUCTION, "Completed")),
        "{outcome:?}"
    );
}

#[test]
fn several_waiting_files_go_oldest_first_then_by_name() {
    let site = Scenario::new();
    for name in ["b.csv", "a.csv", "z.csv", "m.csv"] {
        let n = usize::from(name.as_bytes()[0]);
        site.inbound(DEMOGRAPHIC, name, csv(&[person(n)]));
    }
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    for name in ["b.csv", "a.csv"] {
        let path = site.path("inbound/demographic-export").join(name);
        let file = std::fs::File::options()
            .append(true)
            .open(path)
            .expect("waiting");
        file.set_modified(hour_ago).expect("aged");
    }
    site.age(DEMOGRAPHIC, "z.csv", 7200)
        .age(DEMOGRAPHIC, "m.csv", 60);
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let order: Vec<&str> = outcome
        .summaries
        .iter()
        .map(|s| s["source_files"][0].as_str().expect("a name"))
        .collect();
    assert_eq!(order, ["z.csv", "a.csv", "b.csv", "m.csv"]);
    let references: Vec<&str> = outcome
        .summaries
        .iter()
        .map(|s| s["integration_reference_id"].as_str().expect("a reference"))
        .collect();
    assert!(
        references.is_sorted_by(|a, b| a < b),
        "unique and sorted: {references:?}"
    );
}

#[test]
fn a_later_file_wins_over_an_older_one() {
    let site = Scenario::new();
    site.inbound(
        DEMOGRAPHIC,
        "2.csv",
        csv(&[person(1).with("city", "First")]),
    )
    .inbound(
        DEMOGRAPHIC,
        "1.csv",
        csv(&[person(1).with("city", "Second")]),
    );
    site.age(DEMOGRAPHIC, "2.csv", 500);
    let outcome = site.run(DEMOGRAPHIC, &[]);
    let actions = |key: &str| -> Vec<u64> {
        outcome
            .summaries
            .iter()
            .map(|s| s[key].as_u64().expect("a count"))
            .collect()
    };
    assert_eq!(
        (actions("records_created"), actions("records_updated")),
        (vec![1, 0], vec![0, 1])
    );
    let after = site.send_people("3.csv", &[person(1).with("city", "Second"), person(2)], &[]);
    after.completed().buckets([1, 1, 0, 0]);
}

#[test]
fn a_failed_file_does_not_stop_the_files_behind_it() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "a.csv", "what,is,this\n")
        .inbound(DEMOGRAPHIC, "b.csv", csv(&people(1)));
    site.age(DEMOGRAPHIC, "a.csv", 500);
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.statuses(), ["Failed", "Completed"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
}

#[test]
fn files_of_integrations_named_by_after_go_first() {
    let site = Scenario::new();
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(1), deduction(1)]))
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    // A manual run is allowed, with a warning.
    let early = site.run(DEDUCTION, &[]);
    assert!(early.stderr.contains(DEMOGRAPHIC), "{early:?}");
    site.run(DEMOGRAPHIC, &[]).completed();
    site.run(DEDUCTION, &[]).completed().buckets([1, 0, 1, 0]);
}

#[test]
fn references_are_unique_over_integrations_and_days_sort() {
    let site = nightly(true);
    let mut all = vec![
        site.roster("hr.csv", csv(&people(3)))
            .reference()
            .to_owned(),
    ];
    for n in 1..=3 {
        let people = site.send_people(&format!("{n}.csv"), &[person(10 + n)], &[]);
        all.push(people.reference().to_owned());
        let deductions = site.send_deductions(&format!("{n}.csv"), &[deduction(n)], &[]);
        all.push(deductions.reference().to_owned());
    }
    assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
    let shaped = |r: &String| {
        r.len() == 15
            && r.as_bytes()[8] == b'-'
            && r.chars().filter(char::is_ascii_digit).count() == 14
    };
    assert!(all.iter().all(shaped), "{all:?}");
    let today = crate::people::today().format("%Y%m%d").to_string();
    assert!(
        all.iter().all(|r| r.starts_with(&today)),
        "the day of the site: {all:?}"
    );
}

/// The `not run` of the deduction integration in the status, if there is one.
fn not_run(site: &Scenario) -> Option<String> {
    let status = site.feedgate(&["status", "--json"]);
    let all = status.summary()["integrations"].as_array().expect("a list");
    let now = all.iter().find(|now| now["name"] == DEDUCTION);
    let why = now.expect("known")["not_run"]["why"].as_str();
    why.map(str::to_owned)
}

#[test]
fn a_set_that_stops_names_the_members_it_did_not_run() {
    let site = nightly(true);
    assert_eq!(not_run(&site), None);
    let outcome = run_with_a_rejected_employee(&site);
    let run = outcome.reference();
    let why = format!("stopped after {DEMOGRAPHIC}: run {run} ended Completed with Errors");
    let told = format!("the set nightly {why}; not run: {DEDUCTION}");
    assert!(outcome.stderr.contains(&told), "{outcome:?}");
    let events = site.feedgate(&["events", "--json"]);
    for (action, subject, why) in [
        (
            "set stopped",
            "nightly",
            format!("{why}; not run: {DEDUCTION}"),
        ),
        ("not run", DEDUCTION, format!("the set nightly {why}")),
    ] {
        let is = |event: &&serde_json::Value| event["action"] == action;
        let found: Vec<_> = events.summaries.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "{events:?}");
        assert_eq!(
            (&found[0]["subject"], &found[0]["why"]),
            (&subject.into(), &why.into())
        );
    }
    let told = not_run(&site).expect("told");
    assert_eq!(told, format!("the set nightly {why}"));
    let shown = site.feedgate(&["status"]).stdout;
    assert!(
        shown.contains("not run") && shown.contains("the set nightly stopped"),
        "{shown}"
    );
    site.run(DEDUCTION, &[]);
    assert_eq!(not_run(&site), None, "it has run since");
}

#[test]
fn a_set_that_goes_on_or_ends_with_its_last_member_leaves_no_one_out() {
    let site = nightly(false);
    run_with_a_rejected_employee(&site);
    let last = nightly(true);
    std::fs::create_dir_all(last.path("inbound").join(DEMOGRAPHIC)).expect("inbound");
    last.inbound(DEDUCTION, "ded.csv", "nothing,known\n1,2\n");
    let outcome = last.run("nightly", &[]);
    assert_eq!(ran(&outcome), [pair(DEDUCTION, "Held")]);
    assert!(
        outcome.stderr.contains("the set nightly stopped after"),
        "{outcome:?}"
    );
    for site in [site, last] {
        let events = site.feedgate(&["events"]).stdout;
        assert!(
            !events.contains("not run") && !events.contains("set stopped"),
            "{events}"
        );
    }
}
