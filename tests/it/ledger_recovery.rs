//! Concurrent runs, runs killed at any moment, and ledgers that must not be modified.

use crate::people::{Record, csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, default_config, files};
use crate::sqlite_ledger;
use feedgate::internal::ledger::{EventAction, EventFilter};
use std::collections::BTreeMap;
use std::process::Child;
use std::thread::sleep;
use std::time::Instant;

/// Starts a run over a large file and waits until the file is claimed.
fn start_long_run(site: &Scenario, count: usize) -> Child {
    site.inbound(DEMOGRAPHIC, "long.csv", csv(&people(count)));
    site.start_run_of_long_file()
}

#[test]
fn a_second_run_of_an_integration_is_busy() {
    let site = Scenario::new();
    let first = start_long_run(&site, 30_000);
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&[person(39_000)]));
    let second = site.run(DEMOGRAPHIC, &[]);
    let first = first.wait_with_output().expect("ends");
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(second.code, 6, "{second:?}");
    assert!(!second.stderr.trim().is_empty());
    let third = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(third.code, 0, "{third:?}");
    assert!(site.waiting(DEMOGRAPHIC).is_empty());
}

#[test]
fn with_wait_both_succeed() {
    let site = Scenario::new();
    let first = start_long_run(&site, 20_000);
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&[person(39_000)]));
    let second = site.run(DEMOGRAPHIC, &["--wait"]);
    let first = first.wait_with_output().expect("ends");
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(second.code, 0, "{second:?}");
    assert!(site.waiting(DEMOGRAPHIC).is_empty());
    let receipts = site
        .outbound()
        .iter()
        .filter(|p| p.ends_with(".receipt.json"))
        .count();
    assert_eq!(receipts, 2);
    let accepted = site.send_people("check.csv", &[person(39_000), person(1)], &[]);
    accepted.completed().buckets([0, 2, 0, 0]);
}

#[test]
fn another_integration_runs_meanwhile() {
    let config = default_config()
        + "[integration.other-export]\nkind = \"demographic\"\nroster = \"other\"\n";
    let site = Scenario::new().config(&config);
    let first = start_long_run(&site, 20_000);
    let other = site
        .inbound("other-export", "hr.csv", csv(&people(2)))
        .run("other-export", &[]);
    let first = first.wait_with_output().expect("ends");
    assert_eq!(first.status.code(), Some(0));
    other.completed();
}

#[test]
fn reading_commands_work_meanwhile() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let first = start_long_run(&site, 20_000);
    let runs = site.feedgate(&["runs", "--json"]);
    let files = site.feedgate(&["files"]);
    first.wait_with_output().expect("ends");
    assert_eq!(runs.code, 0, "{runs:?}");
    assert_eq!(files.code, 0, "{files:?}");
}

/// Published files with their reference IDs taken out of the names, and out of the receipts what differs from run to
/// run.
fn published(site: &Scenario) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in files(&site.path("outbound")) {
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let plain: Vec<&str> = name
            .split('.')
            .filter(|part| !(part.len() == 15 && part.as_bytes()[8] == b'-'))
            .collect();
        let mut bytes = std::fs::read(&path).expect("readable");
        if name.ends_with(".receipt.json") {
            let receipt: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            let keys = [
                "status",
                "reason",
                "records_processed",
                "records_created",
                "errors",
                "findings",
                "sha256",
            ];
            let told: Vec<String> = keys.iter().map(|k| receipt[*k].to_string()).collect();
            bytes = told.join("\n").into_bytes();
        }
        let before = all.insert(plain.join("."), bytes);
        assert!(before.is_none(), "{name} was published twice");
    }
    all
}

/// A file of many people, some of them faulty.
fn large_file() -> Vec<u8> {
    let spoil = |(i, p): (usize, Record)| {
        if i % 50 == 7 {
            p.with("zip_code", "1")
        } else {
            p
        }
    };
    let records: Vec<Record> = people(20_000).into_iter().enumerate().map(spoil).collect();
    csv(&records)
}

#[test]
fn killed_at_any_moment_and_run_again_gives_the_same_outbound() {
    let file = large_file();
    let undisturbed = Scenario::new();
    undisturbed.inbound(DEMOGRAPHIC, "hr.csv", &file);
    let begun = Instant::now();
    let outcome = undisturbed.run(DEMOGRAPHIC, &[]);
    let whole = begun.elapsed();
    outcome.ended(3, "Completed with Errors");
    let expected = published(&undisturbed);
    assert_eq!(expected.len(), 4);
    let mut killed = 0;
    for twentieth in [2, 8, 13, 17, 19] {
        let site = Scenario::new();
        site.inbound(DEMOGRAPHIC, "hr.csv", &file);
        // The second kill hits the recovery of the first.
        for share in [twentieth, twentieth / 2] {
            let mut child = site
                .command(&["run", DEMOGRAPHIC, "--json"])
                .spawn()
                .expect("starts");
            sleep(whole * share / 20);
            let _ = child.kill();
            let ended = child.wait().expect("ends");
            killed += u32::from(ended.code().is_none());
            for (name, bytes) in published(&site) {
                assert_eq!(
                    Some(&bytes),
                    expected.get(&name),
                    "{name} is whole or not there"
                );
            }
        }
        let last = site.run(DEMOGRAPHIC, &[]);
        assert!(
            [0, 3].contains(&last.code),
            "killed at {twentieth}/20: {last:?}"
        );
        let got = published(&site);
        assert_eq!(
            got.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>()
        );
        assert!(
            got == expected,
            "killed at {twentieth}/20: the content differs"
        );
        assert!(site.waiting(DEMOGRAPHIC).is_empty());
        let tree = site.tree();
        assert!(
            !tree.iter().any(|p| p.starts_with("work/")),
            "{twentieth}/20: left over: {tree:?}"
        );
        assert_eq!(
            tree.iter().filter(|p| p.starts_with("archive/")).count(),
            1,
            "{tree:?}"
        );
        let again = site
            .inbound(DEMOGRAPHIC, "again.csv", &file)
            .run(DEMOGRAPHIC, &[]);
        // Only what is still open is judged again.
        again.ended(3, "Completed with Errors");
        assert_eq!(again.count("records_accepted"), 0, "{again:?}");
        let one = site.send_people("one.csv", &[person(1), person(8)], &[]);
        one.completed().buckets([1, 1, 0, 0]);
    }
    assert!(killed > 3, "only {killed} runs were caught alive");
}

#[test]
fn a_newer_ledger_is_left_alone() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    sqlite_ledger::set_version(site.root(), 9999);
    let outbound = site.outbound();
    let outcome = site
        .inbound(DEMOGRAPHIC, "next.csv", csv(&people(2)))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("version 9999"), "{outcome:?}");
    assert_eq!(site.waiting(DEMOGRAPHIC), ["next.csv"]);
    assert_eq!(site.outbound(), outbound);
}

#[test]
fn a_lost_key_is_not_replaced_in_silence() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let keys: Vec<_> = files(&site.path("state"))
        .into_iter()
        .filter(|p| {
            p.file_name()
                .is_some_and(|n| n.to_string_lossy().contains("key"))
        })
        .collect();
    assert_eq!(keys.len(), 1, "one key for hashes: {:?}", site.tree());
    std::fs::remove_file(&keys[0]).expect("removed");
    let outcome = site.send_people("next.csv", &people(3), &[]);
    assert_eq!(
        outcome.code, 1,
        "with another key everybody would be created again: {outcome:?}"
    );
    assert_eq!(site.waiting(DEMOGRAPHIC), ["next.csv"]);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let key = files(&site.path("state"))
        .into_iter()
        .find(|p| {
            p.file_name()
                .is_some_and(|n| n.to_string_lossy().contains("key"))
        })
        .expect("a key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("changed");
    let outcome = site.send_people("next.csv", &people(3), &[]);
    assert_ne!(outcome.code, 0, "{outcome:?}");
    let check = site.feedgate(&["check"]);
    assert_ne!(check.code, 0, "{check:?}");
}

#[test]
fn the_ledger_keeps_no_ssn_and_no_birth_date() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(50)));
    let records: Vec<Record> = (1..=50).map(deduction).collect();
    site.send_deductions("ded.csv", &records, &[]).completed();
    let mut all = Vec::new();
    for path in files(&site.path("state")) {
        all.extend(std::fs::read(path).expect("readable"));
    }
    let holds = |text: &str| all.windows(text.len()).any(|w| w == text.as_bytes());
    for n in 1..=50 {
        let record = person(n);
        let (ssn, birth) = (record.get("ssn"), record.get("birth_date"));
        for secret in [
            ssn.to_owned(),
            ssn.replace('-', ""),
            birth.to_owned(),
            birth.replace('-', ""),
        ] {
            assert!(!holds(&secret), "person {n}");
        }
    }
    assert!(holds(record_id()), "the search finds what is there");
}

fn record_id() -> &'static str {
    "N10001"
}

#[test]
fn runs_and_holds_are_events_with_user_and_reason() {
    let site = Scenario::new();
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
    site.roster("hr.csv", csv(&people(1)));
    site.feedgate(&[
        "release",
        held.reference(),
        "--why",
        "the roster is here now",
        "--json",
    ])
    .completed();
    let filter = EventFilter {
        subject: Some(held.reference().to_owned()),
        action: Some(EventAction::Release),
        ..EventFilter::default()
    };
    let events = site.ledger_for_reading().events(&filter, 9).expect("read");
    let release = events.first().expect("an event");
    assert!(!release.user.is_empty());
    let why = release.why.as_deref().unwrap_or_default();
    assert!(why.contains("the roster is here now"), "{why}");
    assert_eq!(site.waiting(DEDUCTION), [""; 0]);
}

#[test]
fn every_command_that_acts_is_busy_meanwhile() {
    let site = Scenario::new();
    let before = site.send_people(
        "hr.csv",
        &[person(39_000), person(39_001).with("ssn", "1")],
        &[],
    );
    std::fs::write(site.path("fixed.csv"), csv(&[person(39_001)])).expect("written");
    let first = start_long_run(&site, 30_000);
    let rerun = site.feedgate(&["rerun", before.reference()]);
    let resubmit = site.feedgate(&["resubmit", before.reference(), "--file", "fixed.csv"]);
    let first = first.wait_with_output().expect("ends");
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(rerun.code, 6, "{rerun:?}");
    assert_eq!(resubmit.code, 6, "{resubmit:?}");
    let resubmit = site.feedgate(&[
        "resubmit",
        before.reference(),
        "--file",
        "fixed.csv",
        "--json",
    ]);
    resubmit.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn a_run_that_is_asked_to_stop_is_finished_by_the_next() {
    for signal in ["-TERM", "-INT"] {
        let site = Scenario::new();
        let child = start_long_run(&site, 20_000);
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args([signal, &pid])
            .status()
            .expect("kill");
        assert!(sent.success());
        let ended = child.wait_with_output().expect("ends");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!told.contains("panic"), "{signal}: {told}");
        let next = site.run(DEMOGRAPHIC, &[]);
        assert_eq!(next.code, 0, "{signal}: {next:?}");
        let check = site.send_people(
            "check.csv",
            &[person(1), person(20_000), person(30_000)],
            &[],
        );
        check.completed().buckets([1, 2, 0, 0]);
        let outputs = site
            .outbound()
            .iter()
            .filter(|p| p.contains("/long.") && p.contains(".output."))
            .count();
        assert_eq!(outputs, 1, "{signal}: {:?}", site.outbound());
    }
}

#[test]
fn a_run_that_can_t_be_finished_keeps_no_other_from_its_end() {
    let site = Scenario::new();
    let runs = [1, 2, 3].map(|n| {
        let run = site.send_people(&format!("hr-{n}.csv"), &[person(n)], &[]);
        run.completed().reference().to_owned()
    });
    assert_eq!(sqlite_ledger::lose_closes(site.root()), 3);
    // The file that now has the name is not the one the second run would publish.
    let work = site.path("work").join(&runs[1]);
    std::fs::create_dir_all(&work).expect("work");
    std::fs::write(work.join("output"), "other bytes").expect("written");
    let outcome = site.send_people("hr-4.csv", &[person(4)], &[]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("is not replaced"), "{outcome:?}");
    let finished: Vec<_> = outcome
        .summaries
        .iter()
        .map(|s| s["integration_reference_id"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(finished, [&runs[0], &runs[2]], "{outcome:?}");
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr-4.csv"]);
    std::fs::remove_dir_all(work).expect("removed");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(
        (outcome.code, outcome.summaries.len()),
        (0, 2),
        "{outcome:?}"
    );
}

#[test]
fn two_integrations_can_start_on_a_fresh_site_at_once() {
    for _ in 0..12 {
        let site = Scenario::new();
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
        std::fs::create_dir_all(site.path("inbound/deduction-import")).expect("folder");
        std::thread::scope(|scope| {
            let start = |name: &'static str| {
                let site_root = site.root().to_owned();
                scope.spawn(move || {
                    std::process::Command::new(env!("CARGO_BIN_EXE_feedgate"))
                        .args(["run", name, "--json"])
                        .current_dir(&site_root)
                        .output()
                        .expect("started")
                })
            };
            let all = [start(DEMOGRAPHIC), start("deduction-import")];
            for one in all {
                let done = one.join().expect("ended");
                assert!(done.status.success(), "{done:?}");
            }
        });
    }
}
