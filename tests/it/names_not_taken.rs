//! Whole files whose names no pattern takes: one receipt and one event each, and the file stays where it is.

use crate::daemon::{Daemon, json, quick, wait_for};
use crate::foreign_formats::archive;
use crate::people::{csv, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use crate::site_folder::SiteFolder;
use chrono::{DateTime, Utc};
use feedgate::internal::ledger::{EventAction, EventFilter};
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::{Disk, Faults};
use serde_json::Value;
use std::fs;

const CODE: &str = "NAME_NOT_TAKEN";

/// The events of files of other names.
fn told(site: &Scenario) -> Vec<Value> {
    let code = |event: &Value| event["why"].as_str().is_some_and(|why| why.contains(CODE));
    site.events(&[]).into_iter().filter(code).collect()
}

/// Exits with this code, having said in a line that the file is not taken.
#[track_caller]
fn said(outcome: &Outcome, code: u8, file: &str) {
    assert_eq!(i32::from(code), outcome.code, "{outcome:?}");
    let line = format!("{file} is not taken: its name matches none of files");
    assert!(outcome.stderr.contains(&line), "{outcome:?}");
}

#[test]
fn one_receipt_and_one_event_and_afterwards_a_line() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(2)));
    said(&site.run(DEMOGRAPHIC, &[]), 4, "people.doc");
    let receipt = site.receipt("people");
    assert_eq!(receipt["status"], "Failed");
    assert_eq!(receipt["source_name"], "people.doc");
    assert_eq!(receipt["size"], csv(&people(2)).len());
    assert_eq!(receipt["records_processed"], 0);
    assert_eq!(receipt["findings"], serde_json::json!({ CODE: 1 }));
    let reason = receipt["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with(CODE), "{reason}");
    assert!(reason.contains("*.csv, *.txt"), "{reason}");
    let written = receipt["files_written"][0].as_str().unwrap_or_default();
    assert!(site.path(written).exists(), "{receipt}");
    // The same keys as the receipt of a run.
    let run = site.send_people("good.csv", &[person(9)], &[]);
    let keys = |receipt: &Value| -> Vec<String> {
        let keys = receipt.as_object().expect("an object").keys();
        keys.cloned().collect()
    };
    assert_eq!(keys(&receipt), keys(&run.receipt()));
    for _ in 0..2 {
        said(&site.run(DEMOGRAPHIC, &[]), 0, "people.doc");
    }
    site.receipts("people", 1);
    let events = told(&site);
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["action"], "not taken");
    assert_eq!(events[0]["subject"], DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["people.doc"]);
    // No run has it, and the folder of its draft is gone.
    assert_eq!(site.feedgate(&["runs", "--json"]).summaries.len(), 1);
    assert!(!site.tree().iter().any(|path| path.starts_with("work/")));
}

#[test]
fn a_changed_or_renamed_file_is_another_one() {
    let site = Scenario::new();
    let inbox = site.inbox(DEMOGRAPHIC);
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(1)));
    said(&site.run(DEMOGRAPHIC, &[]), 4, "people.doc");
    // Uploaded anew with more in it.
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(2)));
    said(&site.run(DEMOGRAPHIC, &[]), 4, "people.doc");
    site.receipts("people", 2);
    fs::rename(inbox.join("people.doc"), inbox.join("staff.doc")).expect("renamed");
    said(&site.run(DEMOGRAPHIC, &[]), 4, "staff.doc");
    site.receipts("staff", 1);
    // Another mode is no change of the file.
    let path = inbox.join("staff.doc");
    let mut mode = fs::metadata(&path).expect("there").permissions();
    mode.set_readonly(true);
    fs::set_permissions(&path, mode).expect("set");
    said(&site.run(DEMOGRAPHIC, &[]), 0, "staff.doc");
    assert_eq!(told(&site).len(), 3);
    // Under a name that a pattern takes it is taken.
    fs::rename(&path, inbox.join("staff.csv")).expect("renamed");
    site.run(DEMOGRAPHIC, &[]).completed();
}

#[test]
fn a_run_that_takes_something_ends_by_what_it_took() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(1)));
    site.inbound(DEDUCTION, "pay.pdf", "%PDF-1.7");
    let run = site.send_people("hr.csv", &[person(1)], &[]);
    run.completed();
    said(&run, 0, "people.doc");
    site.receipts("people", 1);
    said(&site.run(DEMOGRAPHIC, &[]), 0, "people.doc");
    // A set tells of the files of its members.
    let site = site
        .and_config("[set.both]\nintegrations = [\"demographic-export\", \"deduction-import\"]\n");
    said(&site.run("both", &[]), 4, "pay.pdf");
    said(&site.run("both", &[]), 0, "pay.pdf");
    site.receipts("pay", 1);
}

#[test]
fn a_workbook_under_its_own_name_is_told_what_to_send() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "files = [\"*.csv\"]");
    let workbook = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
    for (stem, ending, content, what, instead) in [
        (
            "book",
            "xlsx",
            &workbook,
            "an Excel workbook (.xlsx)",
            "save it as CSV",
        ),
        (
            "old",
            "xls",
            &b"\xd0\xcf\x11\xe0".to_vec(),
            "(.xls)",
            "save it as CSV",
        ),
        (
            "pack",
            "zip",
            &archive(&["hr.csv"]),
            "a ZIP archive",
            "unpack it",
        ),
        (
            "hr",
            "csv.gz",
            &b"\x1f\x8b\x08\0".to_vec(),
            "a gzip archive",
            "unpack it",
        ),
        (
            "letters",
            "asc",
            &b"-----BEGIN PGP MESSAGE-----\n".to_vec(),
            "PGP",
            "decrypt it",
        ),
        (
            "bytes",
            "pgp",
            &b"\x85\x01\x0c\x03abcdefgh".to_vec(),
            "PGP",
            "decrypt it",
        ),
    ] {
        let name = format!("{stem}.{ending}");
        site.inbound(DEMOGRAPHIC, &name, content);
        said(&site.run(DEMOGRAPHIC, &[]), 4, &name);
        let receipt = site.receipt(stem);
        let reason = receipt["reason"].as_str().unwrap_or_default();
        assert_eq!(receipt["status"], "Failed");
        assert_eq!(receipt["findings"]["FILE_BINARY"], 1, "{receipt}");
        for words in [CODE, what, instead] {
            assert!(reason.contains(words), "{name}: {reason}");
        }
    }
}

#[test]
fn what_is_not_complete_is_not_answered() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "complete = { by = \"marker\" }");
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(1)));
    site.inbound(DEMOGRAPHIC, "staff.doc.part", csv(&people(1)));
    let waits = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(waits.code, 0, "{waits:?}");
    assert!(site.outbound().is_empty() && told(&site).is_empty());
    site.inbound(DEMOGRAPHIC, "people.doc.done", "");
    said(&site.run(DEMOGRAPHIC, &[]), 4, "people.doc");
    site.receipts("people", 1);
    assert_eq!(told(&site).len(), 1);
}

#[test]
fn corrections_and_test_files_are_no_other_names() {
    let keys = "files = [\"hr_*.csv\"]\ntest_files = [\"test_*.csv\"]";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    let bad = person(1).with("ssn", "000-12-3456");
    let run = site.send_people("hr_1.csv", &[bad], &[]);
    let rejects = format!("hr_1.{}.rejects.csv", run.reference());
    site.inbound(DEMOGRAPHIC, &rejects, csv(&[person(1)]))
        .run(DEMOGRAPHIC, &[])
        .completed();
    site.send_people("test_1.csv", &[person(2)], &[])
        .completed();
    site.send_people("HR_2.CSV", &[person(2)], &[]).completed();
    assert!(told(&site).is_empty());
}

#[test]
fn names_with_a_number_or_odd_characters_are_shown_safely() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "files = [\"hr_*.csv\"]");
    let inbox = site.inbox(DEMOGRAPHIC);
    for name in ["521-34-9876.doc", "two\nlines.doc", "-rf.doc"] {
        fs::write(inbox.join(name), "x").expect("written");
    }
    let run = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 4, "{run:?}");
    site.receipts("xxx-xx-9876", 1);
    site.receipts("source", 2);
    let events = told(&site);
    assert_eq!(events.len(), 3, "{events:?}");
    let all = format!("{run:?}{events:?}{:?}", site.outbound());
    assert!(!all.contains("521-34"), "{all}");
    assert_eq!(site.run(DEMOGRAPHIC, &[]).code, 0);
    assert_eq!(told(&site).len(), 3);
}

#[test]
fn many_files_are_answered_each_once() {
    let site = Scenario::new();
    for n in 0..230 {
        fs::write(site.inbox(DEMOGRAPHIC).join(format!("n{n}.doc")), "x").expect("written");
    }
    assert_eq!(site.run(DEMOGRAPHIC, &[]).code, 4);
    assert_eq!(site.outbound().len(), 230);
    assert_eq!(told(&site).len(), 230);
    assert_eq!(site.run(DEMOGRAPHIC, &[]).code, 0);
    assert_eq!(site.outbound().len(), 230);
}

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000, 0).expect("a moment")
}

#[test]
fn stopped_before_any_step_or_failing_at_it_there_is_one_receipt_and_one_event() {
    const CONFIG: &str = "[endpoint.partner]\nhost = \"127.0.0.1\"\nuser = \"u\"\nauth = { key = \"secrets/k\" }\n\
        host_keys = \"secrets/h\"\n\
        [integration.people]\nkind = \"demographic\"\ncomplete = { by = \"rename\" }\n\
        push = { endpoint = \"partner\", folder = \"/in\", files = [\"receipts\"] }\n";
    let text = [crate::scenario::two_years!(), CONFIG].concat();
    let request = RunRequest {
        name: "people".to_owned(),
        ..RunRequest::default()
    };
    let mut steps = None;
    let mut at = 0;
    while steps.is_none_or(|steps| at <= steps) {
        for faults in [Faults::StopAt(at), Faults::FailAt(at, 28)] {
            let folder = SiteFolder::with_fixed_key(&text);
            folder.write("inbound/people/a.doc", "one");
            folder.write("inbound/people/b.doc", "two");
            let disk = match at {
                0 => Disk::new(),
                _ => Disk::with_faults(faults),
            };
            let site = folder.open(disk, clock);
            let first = run::run(&site, &request, &Quiet);
            assert_eq!(first.is_ok(), at == 0, "{faults:?}");
            steps.get_or_insert(site.steps());
            // One of the files is gone when the next process comes.
            if at % 2 == 1 {
                let _ = fs::remove_file(folder.path("inbound/people/b.doc"));
            }
            let site = folder.open(Disk::new(), clock);
            let ended = run::run(&site, &request, &Quiet).expect("works");
            assert!([0, 4].contains(&ended.exit_code));
            let receipts = fs::read_dir(folder.path("outbound/people/receipts")).expect("there");
            let receipts: Vec<String> = receipts
                .map(|entry| {
                    entry
                        .expect("one")
                        .file_name()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect();
            let filter = EventFilter {
                action: Some(EventAction::NotTaken),
                ..EventFilter::default()
            };
            let events = folder
                .ledger_for_reading()
                .events(&filter, 9)
                .expect("read");
            let of = |stem: &str| {
                receipts
                    .iter()
                    .filter(|name| name.starts_with(stem))
                    .count()
            };
            assert_eq!(of("a."), 1, "{faults:?} {receipts:?}");
            assert_eq!(events.len(), receipts.len(), "{faults:?} {receipts:?}");
            assert!(
                of("b.") == 1 || (at % 2 == 1 && of("b.") == 0),
                "{faults:?}"
            );
            assert!(folder.path("inbound/people/a.doc").exists());
            // What is sent is there, each once, and with its bytes.
            let waiting = folder.ledger_for_reading().outbox_of(0).expect("read");
            assert_eq!(waiting.len(), receipts.len(), "{faults:?} {waiting:?}");
            for file in waiting {
                assert!(receipts.contains(&file.published), "{faults:?}");
                let kept = folder.path("work/.outbox").join(file.number.to_string());
                let published = folder
                    .path("outbound/people/receipts")
                    .join(&file.published);
                let same = fs::read(kept).expect("kept") == fs::read(published).expect("there");
                assert!(same, "{faults:?}");
            }
            let left = folder.names("work").len();
            assert_eq!(left, 1, "{faults:?}");
        }
        at += 1;
    }
    assert!(steps > Some(6), "{steps:?}");
}

#[test]
fn the_daemon_answers_once_whatever_becomes_of_it() {
    let site = quick();
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(2)));
    let receipt = site.receipt("people");
    assert_eq!(receipt["user"], "scheduler");
    site.event("not taken", CODE);
    daemon.kill();
    let daemon = Daemon::start(&site);
    daemon.await_log("people.doc: its name matches none of files");
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    site.receipt("hr");
    // The first command to find it exits with 4, though its receipt is there.
    said(&site.run(DEMOGRAPHIC, &[]), 4, "people.doc");
    said(&site.run(DEMOGRAPHIC, &[]), 0, "people.doc");
    daemon.stop();
    said(&site.run(DEMOGRAPHIC, &[]), 0, "people.doc");
    site.receipts("people", 1);
    assert_eq!(told(&site).len(), 1);
}

#[test]
fn a_paused_integration_answers_and_takes_nothing() {
    let site = quick();
    let paused = site.feedgate(&["pause", DEMOGRAPHIC, "--why", "audit"]);
    assert_eq!(paused.code, 0, "{paused:?}");
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    site.inbound(DEMOGRAPHIC, "people.doc", csv(&people(2)));
    site.receipt("people");
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv", "people.doc"]);
    site.feedgate(&["resume", DEMOGRAPHIC]);
    site.receipt("hr");
    wait_for("the file to be taken", || {
        (site.waiting(DEMOGRAPHIC) == ["people.doc"]).then_some(())
    });
    daemon.stop();
    site.receipts("people", 1);
    assert_eq!(told(&site).len(), 1);
    let _ = json(&site.published("people", "receipt")[0]);
}
