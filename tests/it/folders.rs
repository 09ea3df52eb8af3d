//! Location and permissions of a site's folders.

use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

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
fn outbound_may_lie_on_another_filesystem_and_inbound_may_not() {
    use std::os::unix::fs::MetadataExt;
    let site = Scenario::new();
    let device = |p: &Path| fs::metadata(p).map(|m| m.dev()).ok();
    let temporary = std::env::temp_dir();
    let mut others = [
        Path::new("/dev/shm"),
        temporary.as_path(),
        Path::new(env!("CARGO_TARGET_TMPDIR")),
    ]
    .into_iter();
    let Some(other) = others.find(|p| p.is_dir() && device(p) != device(site.root())) else {
        return;
    };
    let elsewhere = tempfile::tempdir_in(other).expect("a folder");
    let at = |name: &str| elsewhere.path().join(name);
    let site = site.and_config(&format!(
        "[integration.demographic-export.folders]\noutput = {:?}\narchive = {:?}\n\
         [integration.deduction-import.folders]\ninbound = {:?}\n\
         [integration.demographic-export.output]\ndone_marker = true\n",
        at("output"),
        at("archive"),
        at("inbound")
    ));
    site.send_people("hr.csv", &people(2), &[]).completed();
    let names: Vec<String> = fs::read_dir(at("output"))
        .expect("output")
        .filter_map(Result::ok)
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names.len(),
        2,
        "the file and its marker, nothing hidden: {names:?}"
    );
    assert_eq!(crate::scenario::files(&at("archive")).len(), 1);
    assert!(!site.tree().iter().any(|p| p.starts_with("work/")));
    fs::create_dir_all(at("inbound")).expect("folder");
    fs::write(at("inbound/ded.csv"), "x").expect("written");
    let refused = site.run("deduction-import", &[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(at("inbound/ded.csv").exists());
    assert_ne!(site.feedgate(&["check"]).code, 0, "check finds it");
}
