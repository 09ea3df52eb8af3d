//! Deceptive file names, and entries in inbound that aren't plain files: none is processed, none blocks other files.

use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;
use std::process::Command;

fn inbound(site: &Scenario, name: impl Into<OsString>) -> PathBuf {
    let folder = site.path("inbound").join(DEMOGRAPHIC);
    fs::create_dir_all(&folder).expect("inbound");
    folder.join(name.into())
}

/// Runs with one good file beside whatever is there, and asserts that just that one is taken.
#[track_caller]
fn only_the_good_file_is_taken(site: &Scenario) {
    let outcome = site
        .inbound(DEMOGRAPHIC, "good.csv", csv(&people(1)))
        .run(DEMOGRAPHIC, &[]);
    assert!(
        outcome
            .summaries
            .iter()
            .any(|s| s["source_files"][0] == "good.csv" && s["status"] == "Completed"),
        "{outcome:?}"
    );
    let processed: u64 = outcome
        .summaries
        .iter()
        .map(|s| s["records_processed"].as_u64().unwrap_or(0))
        .sum();
    assert_eq!(processed, 1, "{outcome:?}");
}

#[test]
fn hostile_names_are_answered_without_a_look_at_the_records_and_stop_nobody() {
    let bytes = csv(&[person(7)]);
    let long = format!("{}.csv", "n".repeat(240));
    let names: Vec<Vec<u8>> = [
        "line\nbreak.csv",
        "bell\u{7}.csv",
        "escape\u{1b}[2J.csv",
        "turned\u{202e}vsc.exe.csv",
        "isolate\u{2066}.csv",
        "-rf.csv",
        "--config.csv",
        "back\\slash.csv",
        long.as_str(),
    ]
    .iter()
    .map(|n| n.as_bytes().to_vec())
    .chain([b"not-utf8-\xff\xfe.csv".to_vec()])
    .collect();
    for name in names {
        let site = Scenario::new();
        let path = inbound(&site, OsString::from_vec(name.clone()));
        fs::write(&path, &bytes).expect("written");
        only_the_good_file_is_taken(&site);
        let shown = String::from_utf8_lossy(&name).into_owned();
        assert!(!path.exists(), "{shown:?} is taken");
        let all = site.feedgate(&["runs", "--status", "failed", "--json"]);
        assert_eq!(all.summaries.len(), 1, "{all:?}");
        let failed = &all.summaries[0];
        let reference = failed["integration_reference_id"].as_str().expect("one");
        let show = site.show(reference);
        show.ended(0, "Failed");
        assert_eq!(show.codes(), ["FILE_NAME_REFUSED"]);
        assert!(
            show.text("reason").starts_with("FILE_NAME_REFUSED"),
            "{show:?}"
        );
        let day = crate::people::today().format("%Y/%m/%d");
        let place = format!("archive/{DEMOGRAPHIC}/{day}/{reference}/source");
        assert_eq!(fs::read(site.path(place)).expect("archived"), bytes);
        let receipts = site.path("outbound").join(DEMOGRAPHIC).join("receipts");
        let receipt = receipts.join(format!("source.{reference}.receipt.json"));
        let receipt = fs::read_to_string(receipt).expect("a receipt");
        // Written again, so that `files` lists it.
        fs::write(&path, &bytes).expect("written");
        let files = site.feedgate(&["files"]);
        assert_eq!(files.code, 0, "{files:?}");
        assert!(files.stdout.contains("end Failed"), "{files:?}");
        assert!(!receipt.chars().any(|c| c != '\n' && c.is_control()));
        for outcome in [files, site.run(DEMOGRAPHIC, &[]), show] {
            let told = format!("{}{}", outcome.stdout, outcome.stderr);
            let raw = told.chars().any(|c| {
                (c.is_control() && c != '\n' && c != '\t')
                    || ('\u{202a}'..='\u{202e}').contains(&c)
                    || ('\u{2066}'..='\u{2069}').contains(&c)
            });
            assert!(!raw, "{shown:?} reached the terminal raw: {told:?}");
        }
    }
}

#[test]
fn a_hostile_name_that_no_pattern_takes_stays() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "files = [\"hr_*.csv\"]");
    let path = inbound(&site, "-rf.csv");
    fs::write(&path, csv(&[person(7)])).expect("written");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(
        outcome.stderr.contains("matches none of files"),
        "{outcome:?}"
    );
    assert!(path.exists());
}

#[test]
fn a_hostile_name_is_nobody_s_corrections_and_no_duplicate() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1), person(2).with("ssn", "0")], &[]);
    let name = format!("-hr.{}.rejects.csv", run.reference());
    let fixed = site
        .inbound(DEMOGRAPHIC, &name, csv(&[person(2)]))
        .run(DEMOGRAPHIC, &[]);
    fixed.ended(1, "Failed");
    assert_eq!(fixed.summary()["resubmission_of"], serde_json::Value::Null);
    let again = site.send_people("-hr.csv", &[person(1), person(2).with("ssn", "0")], &[]);
    again.ended(1, "Failed");
    // Bytes that were refused for their name only were never taken.
    site.send_people("fixed.csv", &[person(2)], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
    // A person may still rerun them.
    let rerun = site.feedgate(&["rerun", fixed.reference(), "--json"]);
    rerun.completed();
}

#[test]
fn unfinished_uploads_are_left_alone() {
    let site = Scenario::new();
    let names = [
        ".hidden.csv",
        "a.csv.part",
        "b.csv.partial",
        "c.csv.filepart",
        "d.csv.tmp",
        "e.csv.writing",
        "f.csv.incomplete",
        "g.csv.crdownload",
        ".feedgate.csv",
        "-x.csv.part",
        ".odd\nname.csv",
    ];
    for name in names {
        fs::write(inbound(&site, name), csv(&people(3))).expect("written");
    }
    // Even where the pattern would take them.
    let site = site.and_keys(DEMOGRAPHIC, "files = [\"*\", \".*\"]");
    only_the_good_file_is_taken(&site);
    let mut expected = names.map(str::to_owned);
    expected.sort();
    assert_eq!(site.waiting(DEMOGRAPHIC), expected);
    // The upload ends with a rename; then it is taken.
    fs::rename(inbound(&site, "a.csv.part"), inbound(&site, "a.csv")).expect("renamed");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    outcome.completed();
    assert_eq!(
        outcome.summary()["source_files"],
        serde_json::json!(["a.csv"])
    );
}

#[test]
fn names_that_no_pattern_takes_stay() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "files = [\"hr_*.csv\"]");
    site.inbound(DEMOGRAPHIC, "other.csv", csv(&people(2)))
        .inbound(DEMOGRAPHIC, "hr_1.xlsx", csv(&people(3)))
        .inbound(DEMOGRAPHIC, "hr_1.csv", csv(&people(1)));
    let outcome = site.run(DEMOGRAPHIC, &[]);
    outcome.completed();
    assert_eq!(
        outcome.summary()["source_files"],
        serde_json::json!(["hr_1.csv"])
    );
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr_1.xlsx", "other.csv"]);
}

#[test]
fn links_are_never_followed() {
    let site = Scenario::new();
    fs::write(site.path("secret.csv"), csv(&people(5))).expect("written");
    symlink(site.path("secret.csv"), inbound(&site, "link.csv")).expect("link");
    symlink("/etc/passwd", inbound(&site, "passwd.csv")).expect("link");
    symlink("nowhere", inbound(&site, "dangling.csv")).expect("link");
    fs::hard_link(site.path("secret.csv"), inbound(&site, "hard.csv")).expect("link");
    only_the_good_file_is_taken(&site);
    assert_eq!(
        fs::read(site.path("secret.csv")).expect("still there"),
        csv(&people(5))
    );
    assert_eq!(
        fs::metadata(site.path("secret.csv"))
            .expect("there")
            .nlink(),
        2
    );
    assert_eq!(site.waiting(DEMOGRAPHIC).len(), 4);
}

#[test]
fn an_inbound_folder_that_is_a_link_elsewhere_still_needs_plain_files() {
    let site = Scenario::new();
    let elsewhere = tempfile::TempDir::new().expect("a folder");
    fs::create_dir_all(site.path("inbound")).expect("inbound");
    symlink(elsewhere.path(), site.path("inbound").join(DEMOGRAPHIC)).expect("link");
    symlink("/etc/passwd", elsewhere.path().join("passwd.csv")).expect("link");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert!(
        outcome
            .summaries
            .iter()
            .all(|s| s["records_processed"] == 0),
        "{outcome:?}"
    );
    assert!(
        elsewhere
            .path()
            .join("passwd.csv")
            .symlink_metadata()
            .is_ok()
    );
}

#[test]
fn fifos_and_folders_block_nobody() {
    let site = Scenario::new();
    let fifo = inbound(&site, "pipe.csv");
    let made = Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    fs::create_dir(inbound(&site, "folder.csv")).expect("folder");
    fs::write(
        inbound(&site, "folder.csv").join("inner.csv"),
        csv(&people(4)),
    )
    .expect("written");
    let socket = std::os::unix::net::UnixListener::bind(inbound(&site, "socket.csv"));
    only_the_good_file_is_taken(&site);
    assert!(fifo.symlink_metadata().is_ok());
    assert!(inbound(&site, "folder.csv").join("inner.csv").exists());
    drop(socket);
}

#[test]
fn a_named_fifo_or_folder_is_refused() {
    let site = Scenario::new();
    let fifo = site.path("pipe.csv");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .expect("mkfifo")
            .success()
    );
    fs::create_dir(site.path("folder.csv")).expect("folder");
    for name in ["pipe.csv", "folder.csv"] {
        for arguments in [
            &["run", DEMOGRAPHIC, "--file", name],
            &["validate", name, "--integration", DEMOGRAPHIC],
        ] {
            let mut child = site.command(arguments).spawn().expect("starts");
            let begun = std::time::Instant::now();
            let ended = loop {
                if let Some(ended) = child.try_wait().expect("a child") {
                    break ended;
                }
                if begun.elapsed().as_secs() > 20 {
                    let _ = child.kill();
                    panic!("{arguments:?} waits for a writer that never comes");
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            };
            assert!(
                ended.code().is_some_and(|c| c != 0 && c != 70),
                "{arguments:?}: {ended}"
            );
        }
    }
    assert!(site.outbound().iter().all(|p| !p.contains("/output/")));
    site.send_people("good.csv", &people(1), &[]).completed();
}

fn still_works(site: &Scenario) {
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(people(2).iter()))
        .run(DEMOGRAPHIC, &["--json"]);
    let last = outcome.summaries.last().expect("a run");
    assert_eq!(last["records_processed"], 2, "{outcome:?}");
    assert!(
        outcome.stderr.is_empty() || !outcome.stderr.contains("error"),
        "{outcome:?}"
    );
}

#[test]
fn a_folder_named_with_file_blocks_nothing() {
    let site = Scenario::new();
    let refused = site.run(DEMOGRAPHIC, &["--file", "."]);
    assert_ne!(refused.code, 0, "{refused:?}");
    still_works(&site);
}

#[test]
fn a_hard_link_named_with_file_blocks_nothing() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "linked.csv", csv(&people(3)));
    let path = site.path("inbound/demographic-export/linked.csv");
    std::fs::hard_link(&path, site.path("second")).expect("a link");
    let refused = site.run(DEMOGRAPHIC, &["--file", path.to_str().expect("UTF-8")]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(path.exists(), "it stays where it is");
    still_works(&site);
}
