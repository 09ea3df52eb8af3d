//! The files of runs, and those of all folders.

use super::pages::{all, good, nothing, reference, three_runs};
use crate::domain::Right;
use crate::operations::{
    EventQuery, FileQuery, event_page, file_page, open_run_file, run_file, run_files,
};
use std::io::Read;
use std::os::unix::fs::symlink;

#[test]
fn files_of_a_run_are_those_the_ledger_names() {
    let (bench, site, [_, errors, _]) = three_runs();
    let run = reference(&errors);
    let files = run_files(&site, &run, &all()).expect("listed").files;
    let rights: Vec<(&str, Right)> = files.iter().map(|file| (file.what, file.right)).collect();
    for expected in [
        ("errors", Right::Correct),
        ("rejects", Right::Correct),
        ("receipt", Right::See),
        ("source", Right::SeeValues),
    ] {
        assert!(rights.contains(&expected), "{rights:?}");
    }
    let source = run_file(&site, &run, "hr.csv", &all()).expect("listed");
    let mut text = String::new();
    let mut opened = open_run_file(&site, &run, &source).expect("opened");
    opened.file.read_to_string(&mut text).expect("read");
    assert!(text.contains("S3,") && opened.size == text.len() as u64);
    let seen = EventQuery {
        action: Some("seen unmasked".into()),
        ..EventQuery::default()
    };
    let seen = event_page(&site, &seen, &all()).expect("events").events;
    assert_eq!((seen.len(), seen[0].subject.as_str()), (1, run.as_str()));
    for name in ["feedgate.toml", "../state/key", "hr.csv/"] {
        assert!(run_file(&site, &run, name, &all()).is_err(), "{name}");
    }
    assert!(run_files(&site, &run, &nothing()).is_err());
    // A receiver puts a link in the place of a receipt.
    let receipt = files
        .iter()
        .find(|file| file.what == "receipt")
        .expect("one");
    let receipt = run_file(&site, &run, &receipt.name, &all()).expect("listed");
    let place = bench.path("outbound/people/receipts").join(&receipt.name);
    std::fs::remove_file(&place).expect("fetched");
    assert!(open_run_file(&site, &run, &receipt).is_err());
    symlink(bench.path("state/key"), &place).expect("a link");
    assert!(open_run_file(&site, &run, &receipt).is_err());
}

#[test]
fn pages_of_files_follow_each_other_over_all_folders() {
    let (bench, site, _) = three_runs();
    let archive = bench.path("archive/people/2026/01/01");
    for n in 0..60 {
        let folder = archive.join(format!("20260101-{n:06}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("doe 880-12-3456.csv"), "").expect("a file");
    }
    bench.upload_rows("waits.csv", &good(9));
    bench.upload_rows("other.doc", &good(9));
    let mut query = FileQuery::default();
    let mut names = Vec::new();
    let mut pages = 0;
    loop {
        let page = file_page(&site, &query, &all()).expect("a page");
        pages += 1;
        names.extend(
            page.files
                .iter()
                .map(|e| format!("{} {}", e.file.place, e.file.name)),
        );
        let Some(next) = page.next else { break };
        assert!(!next.to_string().is_empty());
        query.cursor = Some(next.to_string().parse().expect("a place"));
    }
    let count = names.len();
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((pages, distinct.len()), (2, count), "{names:#?}");
    let archived: Vec<&String> = names
        .iter()
        .filter(|name| name.starts_with("archive 2026/01/01"))
        .collect();
    assert_eq!(archived.len(), 60);
    assert_eq!(
        archived[0],
        "archive 2026/01/01/20260101-000059/doe xxx-xx-3456.csv"
    );
    assert!(names.iter().any(|name| name.starts_with("held ")));
    let inbound = FileQuery {
        place: Some("inbound".into()),
        ..FileQuery::default()
    };
    let page = file_page(&site, &inbound, &all()).expect("a page");
    let waits = page
        .files
        .iter()
        .find(|entry| entry.file.name == "waits.csv")
        .expect("listed");
    assert_eq!(waits.waits_for, Some("run"), "{waits:?}");
    let other = page
        .files
        .iter()
        .find(|entry| entry.file.name == "other.doc")
        .expect("listed");
    assert!(other.way.is_none() && other.file.note.is_some());
    let unknown = FileQuery {
        place: Some("attic".into()),
        ..FileQuery::default()
    };
    assert!(file_page(&site, &unknown, &all()).is_err());
    assert!(
        file_page(&site, &FileQuery::default(), &nothing())
            .expect("a page")
            .files
            .is_empty()
    );
}
