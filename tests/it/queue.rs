//! Files leave inbound at once and wait in the queue: a later upload of the same name overwrites nothing, and senders are
//! told that their files were received.

use crate::daemon::{Daemon, json, quick, wait_for};
use crate::people::{csv, people, person, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Scenario, files, read_csv};
use crate::site_folder::names;
use chrono::Utc;
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::{Disk, Faults};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

impl Scenario {
    /// The names in the queue of the demographic integration, in the order of their arrival.
    fn queue(&self) -> Vec<String> {
        let names = files(&self.path("queue").join(DEMOGRAPHIC)).into_iter();
        let name = |path: std::path::PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.into_owned()
        };
        names.map(name).collect()
    }

    /// The names in the inbound folder of the demographic integration.
    fn in_inbound(&self) -> Vec<String> {
        names(&self.path("inbound").join(DEMOGRAPHIC))
    }

    /// The receipts that say a file was received.
    fn received(&self) -> Vec<Value> {
        let all = self.outbound().into_iter();
        let received = all.filter(|path| path.ends_with(".received.json"));
        received.map(|path| json(&self.path(path))).collect()
    }
}

#[test]
fn an_upload_of_the_same_name_overwrites_nothing_that_waits() {
    let site = quick();
    site.feedgate(&["pause", DEMOGRAPHIC]);
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    wait_for("the first in the queue", || {
        (site.queue().len() == 1).then_some(())
    });
    assert!(site.in_inbound().is_empty());
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(5)));
    let received = wait_for("both receipts", || {
        Some(site.received()).filter(|all| all.len() == 2)
    });
    for (receipt, people) in received.iter().zip([2, 5]) {
        assert_eq!(receipt["source_name"], "hr.csv");
        assert_eq!(receipt["status"], "Received");
        assert_eq!(receipt["waits_for"], "paused");
        let why = receipt["why"].as_str().expect("a sentence");
        assert!(why.starts_with("received, waits: paused by"), "{why}");
        let size = csv(&crate::people::people(people)).len();
        assert_eq!(receipt["size"].as_u64(), Some(size as u64));
        assert_eq!(receipt["sha256"].as_str().map(str::len), Some(64));
    }
    site.feedgate(&["resume", DEMOGRAPHIC]);
    let receipts = site.receipts("hr", 2);
    let mut counts: Vec<u64> = receipts
        .iter()
        .map(|receipt| receipt["records_processed"].as_u64().expect("a count"))
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, [2, 5]);
    assert!(site.queue().is_empty());
    daemon.stop();
}

#[test]
fn what_is_run_at_once_gets_the_receipt_of_its_run_alone() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    assert!(site.received().is_empty());
    assert!(files(&site.path("queue")).is_empty());
    let left = fs::read_dir(site.path("queue").join(DEMOGRAPHIC)).expect("queue");
    assert_eq!(left.count(), 0, "an empty folder is left");
}

#[test]
fn collect_takes_what_is_whole_and_the_next_run_takes_it_from_there() {
    let site = Scenario::new();
    for count in [2, 3] {
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(count)));
        let collected = site.feedgate(&["collect", DEMOGRAPHIC, "--json"]);
        assert_eq!(collected.code, 0, "{collected:?}");
    }
    assert_eq!(site.queue(), ["hr.csv", "hr.csv"]);
    let received = site.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0]["waits_for"], "run");
    let arrival = received[0]["arrival"].as_str().expect("an ID").to_owned();
    let status = site.feedgate(&["status", DEMOGRAPHIC, "--json"]);
    assert!(status.stdout.contains(&arrival), "{status:?}");
    let listed = site.feedgate(&["files"]);
    assert!(
        listed.stdout.contains(&format!("{arrival}/hr.csv")),
        "{listed:?}"
    );
    let ran = site.run(DEMOGRAPHIC, &[]);
    let counts: Vec<_> = ran
        .summaries
        .iter()
        .map(|s| s["records_processed"].clone())
        .collect();
    assert_eq!(counts, [2, 3]);
    assert_eq!(site.received().len(), 2, "no more of them");
}

#[test]
fn a_run_that_finds_its_integration_paused_takes_the_files_out_of_reach() {
    let site = Scenario::new();
    site.feedgate(&["pause", DEMOGRAPHIC]);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    for _ in 0..2 {
        let waits = site.run(DEMOGRAPHIC, &["--unattended"]);
        assert_eq!(waits.code, 5, "{waits:?}");
        assert_eq!(site.queue(), ["hr.csv"]);
        assert_eq!(site.received().len(), 1);
    }
    site.run(DEMOGRAPHIC, &[]).completed();
}

#[test]
fn a_named_file_of_inbound_goes_through_the_queue_as_well() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "a.csv", csv(&people(2)));
    site.inbound(DEMOGRAPHIC, "b.csv", csv(&[person(9)]));
    let named = site.path("inbound").join(DEMOGRAPHIC).join("b.csv");
    let ran = site.run(DEMOGRAPHIC, &["--file", named.to_str().expect("a path")]);
    ran.completed().buckets([1, 0, 0, 0]);
    assert_eq!(site.in_inbound(), ["a.csv"]);
}

#[test]
fn a_file_is_named_by_its_place_in_inbound_also_when_it_waits_in_the_queue() {
    let site = Scenario::new();
    for name in ["a.csv", "b.csv"] {
        site.inbound(
            DEMOGRAPHIC,
            name,
            csv(&people(if name == "a.csv" { 2 } else { 3 })),
        );
    }
    assert_eq!(site.feedgate(&["collect", DEMOGRAPHIC]).code, 0);
    let named = site.path("inbound").join(DEMOGRAPHIC).join("b.csv");
    let ran = site.run(DEMOGRAPHIC, &["--file", named.to_str().expect("a path")]);
    ran.completed().buckets([3, 0, 0, 0]);
    assert_eq!(site.queue(), ["a.csv"]);
}

#[test]
fn inbound_may_be_reached_over_a_link() {
    let site = Scenario::new();
    let elsewhere = site.path("elsewhere");
    fs::create_dir_all(&elsewhere).expect("folder");
    fs::create_dir_all(site.path("inbound")).expect("folder");
    let inbound = site.path("inbound").join(DEMOGRAPHIC);
    std::os::unix::fs::symlink(&elsewhere, &inbound).expect("link");
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    let named = inbound.join("hr.csv");
    let ran = site.run(DEMOGRAPHIC, &["--file", named.to_str().expect("a path")]);
    ran.completed().buckets([2, 0, 0, 0]);
    assert!(site.in_inbound().is_empty());
}

#[test]
fn a_marker_goes_with_its_file() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "complete = { by = \"marker\" }");
    site.feedgate(&["pause", DEMOGRAPHIC]);
    for name in ["hr.csv", "hr.csv.done"] {
        site.inbound(DEMOGRAPHIC, name, csv(&people(2)));
    }
    assert_eq!(site.feedgate(&["collect", DEMOGRAPHIC]).code, 0);
    assert!(site.in_inbound().is_empty());
    assert_eq!(site.queue(), ["hr.csv"]);
    // The next file of the name needs a marker of its own.
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    assert_eq!(site.feedgate(&["collect", DEMOGRAPHIC]).code, 0);
    assert_eq!(site.in_inbound(), ["hr.csv"]);
}

/// Stops at every step of taking two files, then goes on: each is judged once, and nothing is left.
#[test]
fn whatever_step_it_is_stopped_at_each_file_is_taken_once() {
    let request = || RunRequest {
        name: DEMOGRAPHIC.to_owned(),
        ..RunRequest::default()
    };
    for step in 1.. {
        let site = Scenario::new();
        site.inbound(DEMOGRAPHIC, "a.csv", csv(&[person(1)]));
        site.inbound(DEMOGRAPHIC, "b.csv", csv(&[person(2)]));
        let stopped = site.open(Disk::with_faults(Faults::StopAt(step)), Utc::now);
        let ended = run::run(&stopped, &request(), &Quiet);
        let whole = ended.is_ok_and(|ended| ended.failure.is_none());
        drop(stopped);
        let again = site.run(DEMOGRAPHIC, &[]);
        assert!([0, 4].contains(&again.code), "{step}: {again:?}");
        assert!(site.in_inbound().is_empty(), "{step}");
        assert!(site.queue().is_empty(), "{step}");
        let outputs: Vec<_> = site.outbound();
        let rows = outputs.iter().filter(|path| path.ends_with(".output.csv"));
        assert_eq!(rows.count(), 2, "{step}: {outputs:?}");
        if whole {
            return;
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 16, max_shrink_iters: 40, failure_persistence: None, ..Config::default() })]

    /// Of each name, what lay in inbound when it was taken out is run once and in order; what was overwritten before is not.
    #[test]
    fn what_was_taken_out_of_inbound_is_run_once_and_in_order(
        actions in prop::collection::vec((0_u8..6, 0_usize..2), 1..14),
    ) {
        let site = Scenario::new().and_keys(DEMOGRAPHIC, "complete = { by = \"rename\" }");
        fs::create_dir_all(site.path("inbound").join(DEMOGRAPHIC)).expect("inbound");
        let names = ["a.csv", "b.csv"];
        let mut lying: [Option<String>; 2] = [None, None];
        let mut taken: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        let last = [(4, 0), (4, 0)];
        for (step, (action, which)) in actions.iter().chain(&last).enumerate() {
            let mut take = || {
                for (name, lies) in taken.iter_mut().zip(&mut lying) {
                    name.extend(lies.take());
                }
            };
            match action {
                0..=2 => {
                    let city = format!("City {step}");
                    let record = person(which + 1).with("city", &city);
                    site.inbound(DEMOGRAPHIC, names[*which], csv(&[record]));
                    lying[*which] = Some(city);
                }
                3 => {
                    take();
                    prop_assert_eq!(site.feedgate(&["collect", DEMOGRAPHIC]).code, 0);
                }
                4 => {
                    take();
                    site.run(DEMOGRAPHIC, &[]);
                }
                _ => {
                    take();
                    prop_assert_eq!(site.feedgate(&["pause", DEMOGRAPHIC]).code, 0);
                    let paused = site.feedgate(&["run", DEMOGRAPHIC, "--unattended"]);
                    prop_assert!([0, 5].contains(&paused.code), "{paused:?}");
                    prop_assert_eq!(site.feedgate(&["resume", DEMOGRAPHIC]).code, 0);
                }
            }
        }
        let mut outputs: Vec<String> = site.outbound();
        outputs.retain(|path| path.contains(".output."));
        outputs.sort_by_key(|path| path.split('.').nth_back(2).map(str::to_owned));
        let mut told: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        for path in outputs {
            let rows: Vec<BTreeMap<String, String>> = read_csv(&fs::read(site.path(path)).expect("read"));
            for row in rows {
                let which = usize::from(row["subscriber_id"] == subscriber_id(2));
                told[which].push(row["city"].clone());
            }
        }
        prop_assert_eq!(told, taken);
    }
}
