//! Uploads through the dashboard.

use super::test_site::{NAME, TestSite};
use crate::domain::RunStatus;
use crate::operations::{EventQuery, UploadError, Visible, begin_upload, event_page};
use crate::spool::{Disk, names_in};
use std::fs;

const ROWS: &str = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n\
    S1,user1x,521340001,Ann,Lee,1990-01-01,2020-01-01,A\n";

fn send(bench: &TestSite, name: &str, size: Option<u64>) -> Result<(), UploadError> {
    let site = bench.site(Disk::new()).for_user("bob");
    let mut upload = begin_upload(&site, NAME, name, size, &Visible::default())?;
    for part in ROWS.as_bytes().chunks(10) {
        upload.write(part)?;
    }
    let done = upload.finish()?;
    assert_eq!(done.size, ROWS.len() as u64);
    Ok(())
}

fn bench(more: &str) -> TestSite {
    let bench = TestSite::new(more);
    fs::create_dir_all(bench.path("inbound/people")).expect("inbound");
    bench
}

#[test]
fn an_uploaded_file_is_taken_like_any_other_and_its_sender_is_known() {
    let bench = bench("");
    send(&bench, "hr.csv", Some(ROWS.len() as u64)).expect("uploaded");
    let again = send(&bench, "hr.csv", None).expect_err("it waits");
    assert!(matches!(again, UploadError::Waits(_)), "{again}");
    let runs = bench.run();
    assert_eq!(runs[0].status, RunStatus::Completed);
    assert_eq!(runs[0].source_files, ["hr.csv"]);
    let query = EventQuery {
        action: Some("upload".into()),
        ..EventQuery::default()
    };
    let site = bench.site(Disk::new());
    let events = event_page(&site, &query, &Visible::default())
        .expect("events")
        .events;
    let told: Vec<_> = events
        .iter()
        .map(|e| (e.user.as_str(), e.subject.as_str()))
        .collect();
    assert_eq!(told, [("bob", NAME)]);
    assert!(
        events[0]
            .why
            .as_deref()
            .is_some_and(|why| why.starts_with("hr.csv ("))
    );
    // The name is free again.
    send(&bench, "hr.csv", None).expect("uploaded");
}

#[test]
fn names_that_a_sender_could_not_use_are_refused() {
    let bench = bench("files = [\"*.csv\"]");
    for name in [
        "",
        ".hidden.csv",
        "hr.csv.part",
        "-hr.csv",
        "a/b.csv",
        "..",
        "hr\n.csv",
        "hr.doc",
        &format!("{}.csv", "x".repeat(300)),
    ] {
        let refused = send(&bench, name, None).expect_err(name);
        assert!(matches!(refused, UploadError::Name(_)), "{name}: {refused}");
    }
    let site = bench.site(Disk::new());
    assert!(begin_upload(&site, "nobody", "hr.csv", None, &Visible::default()).is_err());
    let left = names_in(&bench.path("inbound/people")).expect("listed");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_too_large_or_finds_no_room_leaves_nothing() {
    let small = bench("limits = { max_file_bytes = 50 }");
    for size in [None, Some(51)] {
        let refused = send(&small, "hr.csv", size).expect_err("too large");
        assert!(matches!(refused, UploadError::TooLarge(_)), "{refused}");
    }
    let full = bench("[daemon]\nmin_free_mib = 1_099_511_627_776");
    let refused = send(&full, "hr.csv", None).expect_err("no room");
    assert!(matches!(refused, UploadError::DiskFull(_)), "{refused}");
    for bench in [small, full] {
        let left = names_in(&bench.path("inbound/people")).expect("listed");
        assert!(left.is_empty(), "{left:?}");
    }
}
