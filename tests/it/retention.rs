//! What remains known after archived files and old runs are purged.

use crate::people::{csv, deduction, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use chrono::{DateTime, TimeDelta, Utc};
use feedgate::internal::config;
use feedgate::internal::run::{Retired, purge};
use feedgate::internal::site::Site;
use feedgate::internal::spool::{Disk, Lock};
use std::ffi::OsString;

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

#[test]
fn published_files_go_where_outbound_days_says_so() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "retention = { outbound_days = 30 }")
        .and_keys(DEDUCTION, "retention = { outbound_days = 0 }");
    site.send_people("hr.csv", &[person(1), person(2).with("ssn", "1")], &[]);
    site.send_deductions("ded.csv", &[deduction(1)], &[])
        .completed();
    std::fs::write(
        site.path("outbound/demographic-export/output/notes.csv"),
        "x",
    )
    .expect("written");
    let of = |integration: &str| {
        let all = site.outbound().into_iter();
        let mine = all.filter(|path| path.contains(integration));
        mine.collect::<Vec<_>>()
    };
    let kept = of(DEDUCTION);
    assert_eq!((of(DEMOGRAPHIC).len(), kept.len()), (5, 2));
    let retired = purge_all(&site);
    assert_eq!(retired.published, 4, "{retired:?}");
    assert_eq!(
        of(DEMOGRAPHIC),
        ["outbound/demographic-export/output/notes.csv"]
    );
    assert_eq!(of(DEDUCTION), kept);
    let events = site.feedgate(&["events", "--subject", DEMOGRAPHIC]);
    let said = "published files: 4 (over 30 days old)";
    assert!(events.stdout.contains(said), "{events:?}");
    assert_eq!(purge_all(&site).published, 0);
}

#[test]
fn published_files_stay_by_default_and_check_says_so() {
    let site = Scenario::new();
    site.send_people("hr.csv", &people(1), &[]).completed();
    assert_eq!(purge_all(&site).published, 0);
    let note = |site: &Scenario| {
        let told = site.feedgate(&["check"]).stdout;
        let line = told
            .lines()
            .find(|line| line.starts_with("note    retention"));
        line.map(str::to_owned)
    };
    let line = note(&site).expect("a note");
    assert!(
        line.contains("demographic-export, deduction-import"),
        "{line}"
    );
    let zone = "[site]\n";
    let text = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let kept = format!("{zone}retention = {{ outbound_days = 30 }}\n");
    let site = site.config(&text.replace(zone, &kept));
    assert_eq!(note(&site), None);
    assert_eq!(purge_all(&site).published, 2);
}

#[test]
fn what_is_still_to_be_sent_stays_in_outbound() {
    let site = Scenario::new()
        .and_config(
            "[endpoint.e]\nhost = \"127.0.0.1\"\nport = 1\nuser = \"x\"\nauth = { password = \"env:X\" }\nhost_keys = \"k\"\n\
             [integration.demographic-export.push]\nendpoint = \"e\"\nfolder = \"/in\"\nfiles = [\"output\"]\n",
        )
        .and_keys(DEMOGRAPHIC, "retention = { outbound_days = 30 }");
    site.send_people("hr.csv", &people(1), &[]).completed();
    assert_eq!(purge_all(&site).published, 1, "the receipt");
    let left = site.outbound();
    assert!(left.len() == 1 && left[0].contains(".output."), "{left:?}");
    let mut ledger = site.ledger();
    let waiting = ledger.unsent().expect("read");
    ledger
        .set_send_state(&waiting, feedgate::internal::ledger::SendState::Sent)
        .expect("sent");
    assert_eq!(purge_all(&site).published, 1);
    assert!(site.outbound().is_empty());
}

#[test]
fn a_site_without_a_daemon_is_purged_by_a_command() {
    let site = Scenario::new();
    site.roster("1.csv", csv(&people(2)));
    site.roster("2.csv", csv(&people(3)));
    let file = site.path("feedgate.toml");
    let line: Vec<OsString> = vec![
        "feedgate".into(),
        "--config".into(),
        file.into(),
        "purge".into(),
    ];
    let code = feedgate::cli::main_at(&line, std::io::sink(), later);
    assert_eq!(code, 0);
    assert!(!site.tree().iter().any(|path| path.starts_with("archive/")));
    let again = site.feedgate(&["purge", "--json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(again.summaries[0]["archived"], 0, "{again:?}");
    let lock = Lock::try_acquire(&site.path("state/locks/daemon.lock"));
    let lock = lock.expect("works").expect("free");
    let busy = site.feedgate(&["purge"]);
    assert_eq!(busy.code, 6, "{busy:?}");
    drop(lock);
}
