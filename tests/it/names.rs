//! Hostile senders: names that deceive, and things in inbound that are no plain files. None is judged, none stops others.

use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
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
        // Once more, to be listed.
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
    assert_eq!(outcome.code, 0, "{outcome:?}");
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
    // What a person does with them is another matter.
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

#[test]
fn an_ssn_in_a_name_goes_no_further() {
    for (name, digits) in [
        ("123-45-6789.csv", "123-45-6789"),
        ("hr_456781234_final.csv", "456781234"),
        ("upload 456 78 1234.csv", "456 78 1234"),
    ] {
        let site = Scenario::new();
        let outcome = site.send_people(name, &[person(1), person(2).with("ssn", "0")], &[]);
        outcome.ended(3, "Completed with Errors");
        let shown = [
            outcome.stdout.clone(),
            outcome.stderr.clone(),
            site.feedgate(&["runs"]).stdout,
            site.feedgate(&["files"]).stdout,
            site.show(outcome.reference()).stdout,
            outcome.receipt().to_string(),
        ];
        for text in shown {
            assert!(!text.contains(digits), "{name}: {text}");
        }
        assert_eq!(site.outbound().len(), 4, "{:?}", site.outbound());
        for path in site.outbound() {
            assert!(!path.contains(digits), "{path}");
        }
        let ledger = fs::read(site.path("state/ledger.db")).expect("a ledger");
        let held = ledger.windows(digits.len()).any(|w| w == digits.as_bytes());
        assert!(!held, "{name} in the ledger");
    }
}

#[test]
fn published_names_carry_stem_and_reference() {
    let site = Scenario::new();
    let outcome = site.send_people(
        "HR export.2026.csv",
        &[person(1), person(2).with("ssn", "0")],
        &[],
    );
    let reference = outcome.reference();
    let expected = [
        format!("outbound/demographic-export/errors/HR export.2026.{reference}.errors.csv"),
        format!("outbound/demographic-export/errors/HR export.2026.{reference}.rejects.csv"),
        format!("outbound/demographic-export/output/HR export.2026.{reference}.output.csv"),
        format!("outbound/demographic-export/receipts/HR export.2026.{reference}.receipt.json"),
    ];
    assert_eq!(site.outbound(), expected);
    assert_eq!(outcome.text("output_file"), expected[2]);
    let error_files: Vec<&str> = outcome.summary()["error_files"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|v| v.as_str())
        .collect();
    assert_eq!(error_files, [expected[0].as_str(), expected[1].as_str()]);
    let day = crate::people::today().format("%Y/%m/%d");
    let archived = format!("archive/demographic-export/{day}/{reference}/HR export.2026.csv");
    assert!(site.tree().contains(&archived), "{:?}", site.tree());
    assert!(
        !site.tree().iter().any(|p| p.starts_with("work/")),
        "{:?}",
        site.tree()
    );
}

#[test]
fn rejects_keep_the_ending_of_their_source() {
    let site = Scenario::new();
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", csv(&[person(1).with("ssn", "0")]))
        .run(DEMOGRAPHIC, &[]);
    let name = outcome.published("rejects").expect("a rejects file");
    assert!(name.to_string_lossy().ends_with(".rejects.txt"), "{name:?}");
}

#[test]
fn names_in_other_scripts_are_fine() {
    let site = Scenario::new();
    let outcome = site.send_people("Gehälter 給与 №5.csv", &people(1), &[]);
    outcome.completed();
    assert!(outcome.published("output").is_some());
}

#[test]
fn folders_with_secrets_are_private() {
    let site = Scenario::new();
    site.send_people("hr.csv", &people(1), &[]).completed();
    let mode = |p: &str| fs::metadata(site.path(p)).expect(p).permissions().mode() & 0o777;
    assert_eq!(mode("state"), 0o700);
    for entry in fs::read_dir(site.path("state"))
        .expect("state")
        .filter_map(Result::ok)
    {
        let mode = entry.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
    for folder in ["work", "held", "archive"] {
        if site.path(folder).exists() {
            assert_eq!(mode(folder) & 0o007, 0, "{folder} is not for everybody");
        }
    }
}

#[test]
fn folders_of_an_integration_may_be_elsewhere() {
    let site = Scenario::new();
    let beside = site.root().parent().expect("a folder");
    let elsewhere = tempfile::tempdir_in(beside).expect("a folder");
    let at = |name: &str| elsewhere.path().join(name);
    let config = format!(
        "[integration.demographic-export.folders]\ninbound = {:?}\noutput = {:?}\nerrors = \"hr/errors\"\nreceipts = {:?}\narchive = \"old\"\nheld = \"stopped\"\n\
         [integration.demographic-export.guards]\nmax_error_count = 1\n",
        at("upload"),
        at("download"),
        at("receipts")
    );
    let site = site.and_config(&config);
    fs::create_dir_all(at("upload")).expect("folder");
    fs::write(
        at("upload/hr.csv"),
        csv(&[person(1), person(2).with("ssn", "0")]),
    )
    .expect("written");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    outcome.ended(3, "Completed with Errors");
    let names = |folder: PathBuf| crate::scenario::files(&folder).len();
    assert_eq!(names(at("upload")), 0);
    assert_eq!(names(at("download")), 1);
    assert_eq!(names(at("receipts")), 1);
    assert_eq!(names(site.path("hr/errors")), 2);
    assert_eq!(names(site.path("old")), 1);
    assert!(site.outbound().is_empty(), "{:?}", site.outbound());
    fs::write(
        at("upload/b.csv"),
        csv(&[person(3).with("ssn", "0"), person(4).with("ssn", "0")]),
    )
    .expect("written");
    site.run(DEMOGRAPHIC, &[]).ended(5, "Held");
    assert_eq!(names(site.path("stopped")), 1);
}

#[test]
fn the_name_is_kept_byte_for_byte_in_the_archive() {
    let site = Scenario::new();
    let name = "Ünïcode näme.csv";
    let outcome = site.send_people(name, &people(1), &[]);
    outcome.completed();
    let archived = crate::scenario::files(&site.path("archive"));
    assert_eq!(archived.len(), 1);
    assert_eq!(
        archived[0].file_name().expect("a name").as_bytes(),
        name.as_bytes()
    );
    assert_eq!(fs::read(&archived[0]).expect("readable"), csv(&people(1)));
}
