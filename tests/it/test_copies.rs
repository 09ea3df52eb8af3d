//! A test copy of a site knows what the site knows, and reaches nothing of it and nobody else.

use crate::people::{csv, deduction, people};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use crate::site_folder::folder_in_memory;
use std::fs;
use std::path::Path;

/// A site that reaches outside: an endpoint that it fetches from and sends to, a folder elsewhere, a contact and an SFTP
/// server. It has a roster, a held run, a file that waits and a run asked for at a later time.
fn original(elsewhere: &Path) -> Scenario {
    let site = Scenario::new().and_config(&format!(
        r#"
[endpoint.acme]
host = "127.0.0.1"
port = 1
user = "acme"
auth = {{ agent = true }}
host_keys = "secrets/known_hosts"
[integration.deduction-import.pull]
endpoint = "acme"
folder = "/outbound"
after = "delete"
[integration.demographic-export.push]
endpoint = "acme"
folder = "/inbound"
[integration.demographic-export.guards]
max_error_percent = 10
[integration.demographic-export.folders]
output = "{elsewhere}"
errors = "hr/errors"
[contact]
email = "ada@example.com"
[mail]
server = "127.0.0.1:1"
from = "feeds@example.com"
[[webhook]]
url = "http://127.0.0.1:1/hook"
secret = "secrets/hook"
[sftp_server]
chroots = ["/srv/sftp/*"]
"#,
        elsewhere = elsewhere.display(),
    ));
    site.roster("hr.csv", csv(&people(3)));
    let broken = people(30).into_iter().map(|p| p.with("ssn", "123"));
    let held = site.send_people("broken.csv", &broken.collect::<Vec<_>>(), &[]);
    held.ended(5, "Held");
    let later = ["run", DEMOGRAPHIC, "--at", "2099-01-01T10:00"];
    assert_eq!(site.feedgate(&later).code, 0);
    site.inbound(DEDUCTION, "waiting.csv", csv(&[deduction(1)]));
    site
}

#[track_caller]
fn says(outcome: &Outcome, code: u8, words: &[&str]) {
    assert_eq!(outcome.code, i32::from(code), "{outcome:?}");
    for word in words {
        assert!(outcome.stdout.contains(word), "{word}: {outcome:?}");
    }
}

#[test]
fn a_copy_knows_the_roster_and_reaches_nothing_of_the_original() {
    let elsewhere = tempfile::tempdir().expect("folder");
    let site = original(elsewhere.path());
    let before = (
        site.tree(),
        fs::read_dir(&elsewhere).expect("listed").count(),
    );
    let folder = folder_in_memory();
    let root = folder.path().to_str().expect("UTF-8").to_owned();
    let switched_off = [
        "endpoint acme: is switched off",
        "integration.demographic-export.folders.output: lies outside",
        "contact: is switched off",
        "mail: is switched off",
        "webhook: is switched off",
        "sftp_server: is of the original site",
    ];
    let made = site.feedgate(&["clone", &root]);
    says(&made, 0, &switched_off);

    let copy = Scenario::made_in(folder);
    says(&copy.feedgate(&["check"]), 0, &switched_off);
    let status = copy.feedgate(&["status"]);
    says(&status, 0, &["a test copy of"]);
    assert!(!status.stdout.contains("acme"), "{status:?}");
    let notices = copy.feedgate(&["notices"]);
    says(
        &notices,
        0,
        &["Nothing waits to be sent.", "Nobody gets notices"],
    );
    copy.inbound(DEDUCTION, "payroll.csv", csv(&[deduction(2), deduction(9)]));
    let run = copy.run(DEDUCTION, &[]);
    assert_eq!((run.count("records_accepted"), run.count("errors")), (1, 1));
    assert!(run.published_name("output").starts_with("TEST.payroll."));
    let held = copy.feedgate(&["runs", "--status", "Held", "--json"]);
    assert_eq!(held.stdout.trim(), "[]", "{held:?}");
    assert!(
        !copy
            .feedgate(&["schedules", "--json"])
            .stdout
            .contains("2099")
    );

    let same = (
        site.tree(),
        fs::read_dir(&elsewhere).expect("listed").count(),
    );
    assert_eq!(same, before);
    let held = site.feedgate(&["runs", "--status", "Held", "--json"]);
    assert!(held.stdout.contains("broken.csv"), "{held:?}");
}

#[test]
fn a_copy_is_a_site_of_its_own() {
    let site = Scenario::new();
    let none = site.feedgate(&["clone", "copy"]);
    assert_eq!(none.code, 2, "{none:?}");
    site.roster("hr.csv", csv(&people(1)));
    let folder = folder_in_memory();
    let root = folder.path().to_str().expect("UTF-8").to_owned();
    says(&site.feedgate(&["clone", &root]), 0, &[]);
    let again = site.feedgate(&["clone", &root]);
    assert!(again.stderr.contains("is not empty"), "{again:?}");
    let copy = Scenario::made_in(folder);
    let copied = copy.feedgate(&["clone", "further"]);
    assert!(copied.stderr.contains("a test copy itself"), "{copied:?}");
    // Its state folder is not that of the original.
    fs::rename(site.path("state"), site.path("own")).expect("moved");
    fs::rename(copy.path("state"), site.path("state")).expect("moved");
    let mixed = site.feedgate(&["run", DEMOGRAPHIC]);
    assert_eq!(mixed.code, 2, "{mixed:?}");
}
