//! Helpers of `Scenario` and `Outcome` for tests with several files, and the contents of a site byte for byte.

use crate::people::{Record, csv};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use crate::site_folder::names;
use crate::sqlite_ledger;
use chrono::{TimeDelta, Utc};
use feedgate::internal::ledger::OneOff;
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};
use walkdir::WalkDir;

impl Scenario {
    /// Starts a run of the demographic integration, and waits until it has claimed the file `long.csv`.
    pub(crate) fn start_run_of_long_file(&self) -> Child {
        let child = self
            .command(&["run", DEMOGRAPHIC, "--json"])
            .spawn()
            .expect("starts");
        let begun = std::time::Instant::now();
        while self.waiting(DEMOGRAPHIC).contains(&"long.csv".to_owned()) {
            assert!(begun.elapsed() < Duration::from_secs(20), "never claimed");
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    }

    /// Drops a demographic file and runs its integration.
    pub(crate) fn send_people(
        &self,
        name: &str,
        records: &[Record],
        arguments: &[&str],
    ) -> Outcome {
        self.inbound(DEMOGRAPHIC, name, csv(records))
            .run(DEMOGRAPHIC, arguments)
    }

    /// Drops a deduction file and runs its integration.
    pub(crate) fn send_deductions(
        &self,
        name: &str,
        records: &[Record],
        arguments: &[&str],
    ) -> Outcome {
        self.inbound(DEDUCTION, name, csv(records))
            .run(DEDUCTION, arguments)
    }

    /// The run summary that `show` gives.
    pub(crate) fn show(&self, reference: &str) -> Outcome {
        self.feedgate(&["show", reference, "--json"])
    }

    /// Makes every run look as if it had been earlier by some days.
    pub(crate) fn later(&self, days: i64) -> &Scenario {
        sqlite_ledger::age_runs(self.root(), TimeDelta::days(days));
        self
    }

    /// Makes the only one-off run that waits due now: it is stored again with this moment.
    pub(crate) fn make_one_off_due(&self) {
        let mut ledger = self.ledger();
        let waiting = ledger.one_offs().expect("read");
        let [one] = &waiting[..] else {
            panic!("not one: {waiting:?}");
        };
        let taken = ledger.end_one_off(one.number, "moved", &one.user, one.asked);
        assert!(taken.expect("taken"));
        let due = OneOff {
            at: Utc::now().fixed_offset(),
            ..one.clone()
        };
        ledger.add_one_off(&due).expect("stored");
    }

    /// Makes a waiting file look as if it had been written some seconds ago.
    pub(crate) fn age(&self, integration: &str, name: &str, seconds: u64) -> &Scenario {
        let path = self.path("inbound").join(integration).join(name);
        let file = std::fs::File::options()
            .append(true)
            .open(path)
            .expect("waiting");
        let then = SystemTime::now() - Duration::from_secs(seconds);
        file.set_modified(then).expect("aged");
        self
    }

    /// The program on this site, not yet started, with its output kept from the terminal.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedgate"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env("FEEDGATE_CONFIG", self.path("feedgate.toml"))
            .env("NO_COLOR", "1")
            .env_remove("RUST_BACKTRACE")
            .env_remove("SUDO_UID")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// A command given through sudo by the user of this number, whom the system may not know; and how runs and events
    /// name that.
    pub(crate) fn through_sudo(&self, caller: u32, arguments: &[&str]) -> (Command, String) {
        let mut command = self.command(arguments);
        command.env("SUDO_UID", caller.to_string());
        let asked = Command::new("id").arg("-un").output().expect("id starts");
        let us = String::from_utf8(asked.stdout).expect("a name");
        (command, format!("{} for uid {caller}", us.trim()))
    }

    /// Every entry of the site with the bytes of files. The side files of the ledger hold nothing of their own between
    /// commands and are left out.
    pub(crate) fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for entry in WalkDir::new(self.root()).into_iter().filter_map(Result::ok) {
            let inside = entry.path().strip_prefix(self.root()).expect("inside");
            let name = inside.to_string_lossy().into_owned();
            if name.ends_with("-wal") || name.ends_with("-shm") {
                continue;
            }
            let bytes = if entry.file_type().is_file() {
                std::fs::read(entry.path()).expect("readable")
            } else {
                b"no plain file".to_vec()
            };
            all.insert(name, bytes);
        }
        all
    }

    /// Names of the files waiting in an integration's inbound folder.
    pub(crate) fn waiting(&self, integration: &str) -> Vec<String> {
        let queue = crate::site_folder::files(&self.path("queue").join(integration)).into_iter();
        let name = |path: std::path::PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.into_owned()
        };
        let mut all: Vec<String> = queue.map(name).collect();
        all.extend(names(&self.path("inbound").join(integration)));
        all.sort();
        all
    }
}

impl Outcome {
    /// One column of the output file, row by row.
    pub(crate) fn column(&self, name: &str) -> Vec<String> {
        let cell = |row: &BTreeMap<String, String>| row[name].clone();
        self.rows().iter().map(cell).collect()
    }

    /// Skipped records by reason.
    pub(crate) fn skipped(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.summary()["skipped"].clone()).expect("skipped")
    }

    /// The codes of the findings, without their counts.
    pub(crate) fn codes(&self) -> Vec<String> {
        self.findings().into_keys().collect()
    }

    /// Asserts exit code and status.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32, status: &str) -> &Outcome {
        assert_eq!((self.code, self.status()), (code, status), "{self:?}");
        self
    }

    /// Asserts that a run ended Completed.
    #[track_caller]
    pub(crate) fn completed(&self) -> &Outcome {
        self.ended(0, "Completed")
    }

    /// Asserts the counts of the four buckets: accepted, unchanged, skipped, rejected.
    #[track_caller]
    pub(crate) fn buckets(&self, expected: [u64; 4]) -> &Outcome {
        let keys = [
            "records_accepted",
            "records_unchanged",
            "records_skipped",
            "errors",
        ];
        assert_eq!(keys.map(|k| self.count(k)), expected, "{self:?}");
        let sum: u64 = expected.iter().sum();
        assert_eq!(self.count("records_processed"), sum, "{self:?}");
        self
    }

    /// Statuses of all printed summaries.
    pub(crate) fn statuses(&self) -> Vec<&str> {
        self.summaries
            .iter()
            .map(|s| s["status"].as_str().unwrap_or_default())
            .collect()
    }
}
