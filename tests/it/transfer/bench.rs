//! A site with one endpoint, and the server behind it.

use crate::memory::MemoryPlace;
use crate::scenario::two_years;
use crate::site_folder::SiteFolder;
use crate::sqlite_ledger::{self, Row};
use chrono::{DateTime, Utc};
use feedgate::internal::ledger::{Event, EventFilter, RunFilter, RunRow, Source};
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::{OpenLedger, Quiet, RunError, Site};
use feedgate::internal::spool::Disk;
use feedgate::internal::transfer::{Courier, Round};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const SITE: &str = concat!(
    two_years!(),
    r#"[endpoint.carrier]
host = "sftp.example.com"
user = "acme"
auth = { key = "secrets/key" }
host_keys = "secrets/known_hosts"
"#
);

const HEAD: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n";

/// Good records of `count` people from this number on.
pub(super) fn people(first: u32, count: u32) -> String {
    let row = |n| format!("S{n},user{n}x,52134{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n");
    HEAD.to_owned() + &(first..first + count).map(row).collect::<String>()
}

/// Faulty records of `count` people.
pub(super) fn faulty(first: u32, count: u32) -> String {
    let row = |n| format!("S{n},user{n}x,000-12-{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n");
    HEAD.to_owned() + &(first..first + count).map(row).collect::<String>()
}

pub(super) const PAY: &str = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n\
    S1,user1x,521-34-0001,MED,10.00,2026-11-01\n";

pub(super) struct Bench {
    folder: SiteFolder,
    pub server: MemoryPlace,
}

impl Bench {
    /// A site of these integrations.
    pub(super) fn new(integrations: &str) -> Bench {
        let folder = SiteFolder::with_fixed_key(&[SITE, integrations].concat());
        for line in integrations.lines() {
            if let Some(name) = line.strip_prefix("[integration.") {
                let name = name.trim_end_matches(']');
                fs::create_dir_all(folder.path("inbound").join(name)).expect("inbound");
            }
        }
        let bench = Bench {
            server: MemoryPlace::new(),
            folder,
        };
        for folder in ["/out", "/in", "/processed"] {
            bench.server.make_folder(folder);
        }
        bench
    }

    pub(super) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.folder.write(path, content);
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path(path)
    }

    pub(super) fn site(&self, disk: Disk, clock: fn() -> DateTime<Utc>) -> Site {
        self.folder.open(disk, clock)
    }

    /// A courier of a new process at this time.
    pub(super) fn courier_at(&self, clock: fn() -> DateTime<Utc>) -> Courier {
        let site = Arc::new(self.site(Disk::new(), clock));
        Courier::new(site, "carrier", Box::new(self.server.clone()))
    }

    pub(super) fn round(&self) -> Round {
        let round = self.courier_at(clock).round(&Quiet);
        round.expect("disk and ledger work")
    }

    pub(super) fn run(&self, integration: &str) {
        let site = self.site(Disk::new(), clock);
        let ended = try_run(&site, integration);
        ended.expect("disk and ledger work");
    }

    /// Names in a folder of the site, in order.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        self.folder.names(folder)
    }

    pub(super) fn ledger(&self) -> OpenLedger {
        self.folder.ledger_for_reading()
    }

    /// The runs, oldest first.
    pub(super) fn runs(&self) -> Vec<RunRow> {
        let runs = self.ledger().runs(&RunFilter::default(), usize::MAX);
        runs.expect("read").into_iter().rev().collect()
    }

    /// The states of the runs, oldest first.
    pub(super) fn statuses(&self) -> Vec<&'static str> {
        self.runs().iter().map(|run| run.status.as_str()).collect()
    }

    /// How many files from the folder `/out` are fetched for `people` and not forgotten: not settled yet, or kept there.
    pub(super) fn pulls(&self) -> usize {
        let source = Source {
            integration: "people",
            endpoint: "carrier",
            folder: "/out",
        };
        let ledger = self.ledger();
        let open = ledger.open_pulls(source.endpoint).expect("read");
        open.len() + ledger.kept_pulls(source).expect("read").len()
    }

    /// The state of the endpoint.
    pub(super) fn endpoint(&self) -> &'static str {
        let row = self.ledger().endpoint("carrier").expect("read");
        row.expect("tried").state.as_str()
    }

    /// The events, oldest first.
    pub(super) fn events(&self) -> Vec<Event> {
        let events = self.ledger().events(&EventFilter::default(), usize::MAX);
        events.expect("read").into_iter().rev().collect()
    }

    /// The actions of the events, oldest first.
    pub(super) fn actions(&self) -> Vec<String> {
        let events = self.events();
        events
            .iter()
            .map(|event| event.action.to_string())
            .collect()
    }

    /// Every file of the site, every file on the server, and every row of the ledger but events and moments of contact.
    pub(super) fn picture(&self) -> BTreeMap<String, String> {
        let mut picture = BTreeMap::new();
        for entry in walkdir::WalkDir::new(self.folder.root()) {
            let entry = entry.expect("entry");
            let inside = entry.path().strip_prefix(self.folder.root());
            let name = inside.expect("inside").display().to_string();
            if entry.file_type().is_file() && !name.starts_with("state/") && name != "work/.site" {
                let bytes = fs::read(entry.path()).expect("file");
                picture.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        for path in self.server.paths() {
            let bytes = self.server.content(&path).expect("there");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let moved = path
                .strip_prefix("/processed/pay.")
                .and_then(|n| n.strip_suffix(".csv"));
            let path = match moved {
                Some(number) if number.parse::<u32>().is_ok() => "/processed/pay.NUMBER.csv",
                _ => &path,
            };
            picture.insert(format!("server {path}"), text);
        }
        let mut tables = sqlite_ledger::rows(self.folder.root());
        for table in [
            "runs",
            "blocks",
            "findings",
            "rejections",
            "pulls",
            "outbox",
        ] {
            let rows = tables.remove(table).expect("a table");
            // Which of two integrations goes first is not what counts, so neither are numbers.
            let skipped = usize::from(table == "pulls");
            let line = |row: Row| {
                let cells = row.into_iter().skip(skipped).map(|(_, cell)| cell);
                cells.collect::<Vec<_>>().join(" ")
            };
            let mut lines: Vec<String> = rows.into_iter().map(line).collect();
            if table == "pulls" {
                lines.sort();
            }
            let numbered = lines.into_iter().enumerate();
            picture.extend(numbered.map(|(n, line)| (format!("{table} {n}"), line)));
        }
        picture
    }
}

pub(super) fn try_run(site: &Site, integration: &str) -> Result<(), RunError> {
    let request = RunRequest {
        name: integration.to_owned(),
        ..RunRequest::default()
    };
    let ended = run::run(site, &request, &Quiet)?;
    ended.failure.map_or(Ok(()), Err)
}

pub(super) fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000, 0).expect("a moment")
}

/// Half a minute after [`clock`].
pub(super) fn soon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_030, 0).expect("a moment")
}

/// More than a day after [`clock`].
pub(super) fn next_day() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000 + 86_401, 0).expect("a moment")
}

/// More than a week after [`clock`].
pub(super) fn next_week() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000 + 7 * 86_400 + 1, 0).expect("a moment")
}
