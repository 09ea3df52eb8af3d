//! A backup, a restore, a recovery or a test copy that is stopped before any of its steps, or of which a step fails, is done
//! again: nothing is lost, given twice or half there.

use crate::config;
use crate::domain::{ReferenceId, RunSummary};
use crate::operations::backup::restore_state;
use crate::operations::in_process::run;
use crate::operations::pause::resume;
use crate::operations::{back_up, clone_site, recover, restore};
use crate::run::RunRequest;
use crate::site::{Quiet, Site};
use crate::spool::{Disk, Faults, names_in};
use chrono::{DateTime, Utc};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const NAME: &str = "people";
const CONFIG: &str = "[site]\ntimezone = \"America/New_York\"\n[integration.people]\nkind = \"demographic\"\n\
    complete = { by = \"rename\" }\n";
const HEAD: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n";

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000, 0).expect("a moment")
}

struct TestSite {
    folder: TempDir,
}

impl TestSite {
    /// A site with one run, a backup of it, and a second run after that.
    fn new() -> TestSite {
        let bench = TestSite {
            folder: tempfile::tempdir().expect("a folder"),
        };
        fs::write(bench.path("feedgate.toml"), CONFIG).expect("written");
        bench.take("first.csv", 1);
        let site = bench.site(Disk::new());
        back_up(&site, &bench.path("kept")).expect("a backup");
        bench.take("second.csv", 2);
        bench
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    fn site(&self, disk: Disk) -> Site {
        let config = config::load(&self.path("feedgate.toml")).expect("a configuration");
        Site::new(config).with(disk, clock)
    }

    fn upload(&self, name: &str, n: u32) {
        let inbound = self.path("inbound/people");
        fs::create_dir_all(&inbound).expect("inbound");
        let row = format!("S{n},user{n}x,52134{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n");
        fs::write(inbound.join(name), format!("{HEAD}{row}")).expect("written");
    }

    /// Runs over a file of one new person.
    fn take(&self, name: &str, n: u32) -> RunSummary {
        self.upload(name, n);
        let mut runs = self.run();
        assert_eq!(runs.len(), 1);
        runs.remove(0)
    }

    fn run(&self) -> Vec<RunSummary> {
        let request = RunRequest {
            name: NAME.to_owned(),
            ..RunRequest::default()
        };
        let ran = run(&self.site(Disk::new()), &request, &Quiet).expect("it runs");
        assert!(ran.failure.is_none());
        ran.summaries
    }

    fn is_in_order(&self) -> bool {
        self.site(Disk::new()).check_state().is_ok()
    }
}

/// Acts on a new site with each fault in turn, until the act passes all its steps; then `after` looks at what it left.
fn walk<T, E>(
    new: impl Fn() -> TestSite,
    act: impl Fn(&TestSite, &Site) -> Result<T, E>,
    after: impl Fn(&TestSite),
) {
    const FULL: i32 = 28;
    for fault in [Faults::StopAt, |step| Faults::FailAt(step, FULL)] {
        for step in 1.. {
            let bench = new();
            let ended = act(&bench, &bench.site(Disk::with_faults(fault(step))));
            if ended.is_ok() {
                assert!(step > 5, "only {step} steps: do they all pass the seam?");
                break;
            }
            after(&bench);
        }
    }
}

#[test]
fn a_backup_that_was_stopped_is_no_backup_and_harms_nothing() {
    let back_up_to = |bench: &TestSite, site: &Site| back_up(site, &bench.path("again"));
    walk(TestSite::new, back_up_to, |bench| {
        assert!(bench.is_in_order());
        let file = bench.path("feedgate.toml");
        // With its last file it is whole, and only what makes it durable was missing.
        if !bench.path("again/backup.json").exists() {
            restore(&file, &bench.path("again")).expect_err("not whole");
            assert!(bench.is_in_order());
        }
        back_up(&bench.site(Disk::new()), &bench.path("another")).expect("a backup");
        restore(&file, &bench.path("another")).expect("restored");
        assert!(bench.is_in_order());
    });
}

#[test]
fn a_restore_that_was_stopped_is_repeated_and_keeps_what_was_there() {
    let restored = |bench: &TestSite, site: &Site| restore_state(site, &bench.path("kept"));
    walk(TestSite::new, restored, |bench| {
        restore(&bench.path("feedgate.toml"), &bench.path("kept")).expect("restored");
        assert!(!bench.is_in_order(), "the second run is not known");
        let names = names_in(bench.folder.path()).expect("listed");
        let before: Vec<_> = names
            .iter()
            .filter(|n| n.starts_with("state.before"))
            .collect();
        let with_ledger = before
            .iter()
            .filter(|name| bench.path(name).join("ledger.db").exists());
        assert!(with_ledger.count() >= 1, "{before:?}");
        assert!(!bench.path("state.restoring").exists());
        recover(&bench.site(Disk::new()), true).expect("taken up");
        let next = bench.take("third.csv", 3);
        assert!(
            next.integration_reference_id > ReferenceId::new("20261120", 2),
            "given twice"
        );
    });
}

#[test]
fn a_recovery_that_was_stopped_is_repeated_and_gives_no_reference_id_twice() {
    let unknown = ReferenceId::new("20261120", 40);
    let new = || {
        let bench = TestSite::new();
        // A file that came into the queue after the backup, and a claim that the restored ledger doesn't know.
        bench.upload("waiting.csv", 3);
        crate::operations::collect(&bench.site(Disk::new()), Some(NAME), &Quiet)
            .expect("collected");
        let claim = bench.path("work").join(unknown.as_str());
        fs::create_dir_all(&claim).expect("made");
        fs::write(claim.join("source"), HEAD).expect("written");
        restore(&bench.path("feedgate.toml"), &bench.path("kept")).expect("restored");
        bench
    };
    let adopt = |_: &TestSite, site: &Site| recover(site, true);
    walk(new, adopt, |bench| {
        let site = bench.site(Disk::new());
        recover(&site, true).expect("taken up");
        assert!(bench.is_in_order());
        let aside = bench.path("held/unknown").join(unknown.as_str());
        assert!(aside.join("source").is_file());
        let pauses = site.ledger().expect("a ledger").pauses().expect("read");
        assert_eq!(pauses.len(), 1, "its lost run changed somebody");
        resume(&site, NAME, None).expect("resumed");
        let runs = bench.run();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].records_accepted, 1);
        assert!(runs[0].integration_reference_id > unknown, "given twice");
        assert!(bench.run().is_empty());
    });
}

#[test]
fn a_test_copy_that_was_stopped_is_no_site() {
    let copy = |bench: &TestSite, site: &Site| clone_site(site, &bench.path("copy"));
    walk(TestSite::new, copy, |bench| {
        assert!(!bench.path("copy/feedgate.toml").exists());
        assert!(bench.is_in_order());
        clone_site(&bench.site(Disk::new()), &bench.path("another")).expect("a copy");
    });
}
