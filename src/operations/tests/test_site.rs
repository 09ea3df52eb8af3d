//! A site in a temporary folder, on a clock that the tests turn.

use crate::config;
use crate::domain::RunSummary;
use crate::operations::in_process::run;
use crate::run::RunRequest;
use crate::site::{Quiet, Result, Site};
use crate::spool::Disk;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

pub(super) const NAME: &str = "people";
const HEAD: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n";
/// A Friday, 09:00 in New York.
pub(super) const START: i64 = 1_795_183_200;

thread_local! {
    pub(super) static NOW: Cell<i64> = const { Cell::new(START) };
}

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW.get(), 0).expect("a moment")
}

pub(super) fn pass(time: TimeDelta) {
    NOW.set(NOW.get() + time.num_seconds());
}

pub(super) struct TestSite {
    folder: TempDir,
}

impl TestSite {
    pub(super) fn new(more: &str) -> TestSite {
        NOW.set(START);
        let bench = TestSite {
            folder: tempfile::tempdir().expect("a folder"),
        };
        let config = format!(
            "[site]\ntimezone = \"America/New_York\"\n[contact]\nemail = \"hr@example.com\"\n\
             [integration.people]\nkind = \"demographic\"\ncomplete = {{ by = \"rename\" }}\n{more}\n"
        );
        fs::write(bench.path("feedgate.toml"), config).expect("written");
        bench
    }

    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub(super) fn site(&self, disk: Disk) -> Site {
        let config = config::load(&self.path("feedgate.toml")).expect("a configuration");
        Site::new(config).with(disk, clock)
    }

    /// A file of one record, which is rejected.
    pub(super) fn upload(&self, name: &str, n: u32) {
        let row = format!("S{n},user{n}x,00034{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n");
        self.upload_rows(name, &row);
    }

    pub(super) fn upload_rows(&self, name: &str, rows: &str) {
        let inbound = self.path("inbound/people");
        fs::create_dir_all(&inbound).expect("inbound");
        fs::write(inbound.join(name), format!("{HEAD}{rows}")).expect("written");
    }

    pub(super) fn run_on(&self, site: &Site) -> Result<Vec<RunSummary>> {
        let request = RunRequest {
            name: NAME.to_owned(),
            ..RunRequest::default()
        };
        let ended = run(site, &request, &Quiet)?;
        match ended.failure {
            Some(error) => Err(error),
            None => Ok(ended.summaries),
        }
    }

    pub(super) fn run(&self) -> Vec<RunSummary> {
        self.run_on(&self.site(Disk::new())).expect("it runs")
    }
}
