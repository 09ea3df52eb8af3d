//! Files that are replaced, removed or written to between the scan and the claim.

use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use feedgate::internal::config;
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::{Disk, Faults};
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

/// Starts a run over a long file and everything behind it, and waits until the long file is claimed.
fn busy_with_a_long_file(site: &Scenario) -> Child {
    site.inbound(DEMOGRAPHIC, "long.csv", csv(&people(20_000)))
        .age(DEMOGRAPHIC, "long.csv", 1000);
    site.start_run_of_long_file()
}

/// Puts something in the place of the waiting file (first path), perhaps another file of the machine (second path).
type Swap<'a> = &'a dyn Fn(&Path, &Path);

#[test]
fn what_takes_the_place_of_a_file_that_waits_is_not_read_and_stops_nobody() {
    let swaps: [(&str, Swap); 4] = [
        ("a symbolic link", &|path, secret| {
            symlink(secret, path).expect("link");
        }),
        ("a hard link", &|path, secret| {
            fs::hard_link(secret, path).expect("link");
        }),
        ("a folder", &|path, _| {
            fs::create_dir(path).expect("folder");
        }),
        ("a FIFO", &|path, _| {
            let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
            assert!(made.success());
        }),
    ];
    for (what, swap) in swaps {
        let site = Scenario::new();
        let secret = site.path("secret.csv");
        fs::write(&secret, csv(&[person(30_000)])).expect("written");
        site.inbound(DEMOGRAPHIC, "b.csv", csv(&[person(30_001)]))
            .age(DEMOGRAPHIC, "b.csv", 500)
            .inbound(DEMOGRAPHIC, "c.csv", csv(&[person(30_002)]));
        let child = busy_with_a_long_file(&site);
        swap(
            &site.path("inbound").join(DEMOGRAPHIC).join("b.csv"),
            &secret,
        );
        let ended = child.wait_with_output().expect("ends");
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(
            !site.waiting(DEMOGRAPHIC).contains(&"c.csv".to_owned()),
            "{what}: the file behind it was not taken: {told}"
        );
        let next = site.send_people("d.csv", &[person(30_003)], &[]);
        assert!(
            next.summaries
                .iter()
                .any(|s| s["source_files"][0] == "d.csv" && s["status"] == "Completed"),
            "{what} stops the next run: {next:?}"
        );
        let check = [person(30_000), person(30_001), person(30_002)];
        let check = site.inbound(DEMOGRAPHIC, "e.csv", csv(&check));
        let check = check.run(DEMOGRAPHIC, &[]);
        let last = check.summaries.last().expect("a run");
        assert_eq!(last["records_created"], 1, "{what} was read: {check:?}");
        assert_eq!(last["records_unchanged"], 2, "{what}: {check:?}");
    }
}

#[test]
fn what_is_written_after_the_claim_is_not_lost() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "complete = { by = 'rename' }");
    site.inbound(DEMOGRAPHIC, "long.csv", csv(&people(20_000)));
    let path = site.path("inbound").join(DEMOGRAPHIC).join("long.csv");
    let mut sender = fs::File::options().append(true).open(&path).expect("open");
    let child = site
        .command(&["run", DEMOGRAPHIC, "--json"])
        .spawn()
        .expect("starts");
    while path.exists() {
        sleep(Duration::from_millis(1));
    }
    let row = csv(&[person(30_000)]);
    let row = row.split_inclusive(|b| *b == b'\n').nth(1).expect("a row");
    sender.write_all(row).expect("written");
    drop(sender);
    let ended = child.wait_with_output().expect("ends");
    let summaries: serde_json::Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    let summary = &summaries[0];
    assert_eq!(summary["records_processed"], 20_001, "{summary}");
    assert_eq!(summary["status"], "Completed");
}

#[test]
fn a_named_file_that_vanishes_does_not_block_its_integration() {
    for step in 1..60 {
        let site = Scenario::new();
        site.roster("hr.csv", csv(&people(1)));
        fs::write(site.path("mine.csv"), csv(&people(3))).expect("written");
        let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
        let broken =
            Site::new(loaded).with(Disk::with_faults(Faults::StopAt(step)), chrono::Utc::now);
        let request = RunRequest {
            name: DEMOGRAPHIC.to_owned(),
            file: Some(site.path("mine.csv")),
            ..RunRequest::default()
        };
        let whole = run::run(&broken, &request, &Quiet).is_ok_and(|ended| ended.failure.is_none());
        drop(broken);
        fs::remove_file(site.path("mine.csv")).expect("removed");
        let next = site.run(DEMOGRAPHIC, &[]);
        assert!([0, 1].contains(&next.code), "step {step}: {next:?}");
        let after = site.run(DEMOGRAPHIC, &[]);
        assert_eq!(
            after.code, 0,
            "step {step} blocks the integration: {after:?}"
        );
        if whole {
            assert!(step > 5, "{step} steps are too few");
            return;
        }
    }
    panic!("never ran to its end");
}
