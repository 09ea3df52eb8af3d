//! What remains known after archived files and old runs are purged.

use crate::people::{csv, deduction, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use chrono::{DateTime, TimeDelta, Utc};
use feedgate::internal::config;
use feedgate::internal::run::{Retired, purge};
use feedgate::internal::site::Site;
use feedgate::internal::spool::Disk;

/// Long after everything that these tests do.
fn later() -> DateTime<Utc> {
    Utc::now() + TimeDelta::days(500)
}

fn purge_all(scenario: &Scenario) -> Retired {
    let config = config::load(&scenario.path("feedgate.toml")).expect("configuration");
    purge(&Site::new(config).with(Disk::new(), later)).expect("purged")
}

#[test]
fn bytes_people_and_names_of_purged_runs_are_still_known() {
    let site = Scenario::new();
    let first = site.send_people("1.csv", &people(1), &[]);
    let second = site.send_people("2.csv", &[person(2), person(3).with("ssn", "1")], &[]);
    second.ended(3, "Completed with Errors");
    site.send_people("3.csv", &[person(4), person(5)], &[])
        .completed();
    site.send_deductions("ded.csv", &[deduction(1)], &[])
        .completed();

    let retired = purge_all(&site);
    assert_eq!((retired.archived, retired.runs), (4, 2), "{retired:?}");
    assert_eq!(
        (retired.findings, retired.rejections),
        (1, 1),
        "{retired:?}"
    );
    assert!(!site.tree().iter().any(|path| path.starts_with("archive/")));
    assert_eq!(purge_all(&site), Retired::default());

    // The rows are gone.
    let gone = site.feedgate(&["show", first.reference()]);
    assert_eq!(gone.code, 2, "{gone:?}");
    let left = site.feedgate(&["runs", "--json"]);
    assert_eq!(left.summaries.len(), 2, "{left:?}");
    // Who accepted an employee is not.
    let employee = site.feedgate(&["employee", &subscriber_id(1)]);
    assert_eq!(employee.code, 0, "{employee:?}");
    assert!(employee.stdout.contains(first.reference()), "{employee:?}");
    // The same bytes are not taken twice.
    let again = site
        .inbound(DEMOGRAPHIC, "1.csv", csv(&people(1)))
        .run(DEMOGRAPHIC, &[]);
    again.completed().buckets([0, 0, 0, 0]);
    assert_eq!(again.text("duplicate_of"), first.reference());
    // Records are compared with the accepted state, also that of a purged run.
    let same = site.send_people("4.csv", &[person(1), person(2)], &[]);
    same.completed().buckets([0, 2, 0, 0]);
    let events = site.feedgate(&["events", "--subject", "retention"]);
    assert!(
        events.stdout.contains("archived source files: 4"),
        "{events:?}"
    );
}

#[test]
fn held_files_wait_however_long_it_takes() {
    let site =
        Scenario::new().and_config("[integration.deduction-import.guards]\nmax_error_count = 0\n");
    site.roster("hr.csv", csv(&people(2)));
    let held = site
        .inbound(
            DEDUCTION,
            "ded.csv",
            csv(&[deduction(1), deduction(2).with("ssn", "1")]),
        )
        .run(DEDUCTION, &[]);
    held.ended(5, "Held");
    assert_eq!(purge_all(&site).runs, 0);
    let released = site.feedgate(&["release", held.reference(), "--why", "checked", "--json"]);
    assert_eq!(released.status(), "Completed with Errors", "{released:?}");
}

#[test]
fn corrections_of_a_purged_run_are_still_no_whole_file() {
    let keys = "content = \"full\"\nomission = \"terminate\"";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    let everybody = [person(1), person(2), person(3).with("ssn", "1")];
    let first = site.send_people("1.csv", &everybody, &[]);
    first.ended(3, "Completed with Errors");
    let rejects = first.published("rejects").expect("a rejects file");
    let name = rejects
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    site.send_people("2.csv", &[person(1), person(2), person(4)], &[])
        .completed();
    assert_eq!(purge_all(&site).runs, 1);

    let corrected = site.send_people(&name, &[person(3)], &[]);
    corrected.completed().buckets([1, 0, 0, 0]);
    assert_eq!(corrected.text("resubmission_of"), first.reference());
    assert_eq!(
        corrected.count("deactivated_by_omission"),
        0,
        "{corrected:?}"
    );
    assert_eq!(corrected.count("employees_missing"), 0, "{corrected:?}");
}
