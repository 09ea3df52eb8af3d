//! A site in a temporary folder, and what a command did to it.
//!
//! ```ignore
//! let site = Scenario::new();
//! let outcome = site.inbound("demographic-export", "hr.csv", csv(&people(3))).run("demographic-export", &[]);
//! assert_eq!(outcome.code, 0);
//! assert_eq!(outcome.rows().len(), 3);
//! ```

use crate::people::{plan_year, this_year};
use crate::site_folder::SiteFolder;
pub(crate) use crate::site_folder::files;
use chrono::{DateTime, Utc};
use feedgate::internal::ledger::Ledger;
use feedgate::internal::site::{OpenLedger, Site};
use feedgate::internal::spool::Disk;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The demographic integration of the default site.
pub(crate) const DEMOGRAPHIC: &str = "demographic-export";
/// The deduction integration of the default site.
pub(crate) const DEDUCTION: &str = "deduction-import";

/// The beginning of a configuration for a given clock: the site and the plan years 2026 and 2027.
macro_rules! two_years {
    () => {
        r#"
[site]
timezone = "America/New_York"
[[plan_year]]
start = 2026-01-01
end = 2026-12-31
[[plan_year]]
start = 2027-01-01
end = 2027-12-31
"#
    };
}
pub(crate) use two_years;

/// The default configuration: both integrations, this plan year and the next, no guards.
pub(crate) fn default_config() -> String {
    let ((start, end), next) = (plan_year(), this_year() + 1);
    format!(
        r#"
[site]
timezone = "America/New_York"

[[plan_year]]
start = {start}
end   = {end}

[[plan_year]]
start = {next}-01-01
end   = {next}-12-31

[integration.demographic-export]
kind = "demographic"

[integration.deduction-import]
kind  = "deduction"
after = ["demographic-export"]
"#
    )
}

/// Every command that only shows something, as typed, with its arguments where it needs any: the reference ID of a run
/// with rejected records, an employee's ID, and a source file of the demographic integration.
pub(crate) fn showing_commands<'a>(
    reference: &'a str,
    id: &'a str,
    file: &'a str,
) -> Vec<Vec<&'a str>> {
    vec![
        vec!["check"],
        vec!["status"],
        vec!["runs"],
        vec!["show", reference],
        vec!["files"],
        vec!["events"],
        vec!["schedules"],
        vec!["notices"],
        vec!["account", "list"],
        vec!["show", "latest"],
        vec!["rejects", reference],
        vec!["rejects"],
        vec!["rejects", "--csv"],
        vec!["employee", id],
        vec!["employees"],
        vec!["employees", "--search", id],
        vec!["employees", "--csv"],
        vec!["employees", "--missing-from", file],
        vec!["map", file, "--integration", DEMOGRAPHIC],
        vec!["explain", "SSN_AREA"],
        vec!["explain"],
        vec!["generate", "schema"],
        vec!["validate", file, "--integration", DEMOGRAPHIC],
    ]
}

/// A site.
pub(crate) struct Scenario {
    folder: Rc<SiteFolder>,
}

impl Scenario {
    /// A site with the default configuration and nothing in it.
    pub(crate) fn new() -> Scenario {
        Scenario {
            folder: Rc::new(SiteFolder::new(&default_config())),
        }
    }

    /// A site that was made in this folder.
    pub(crate) fn made_in(folder: tempfile::TempDir) -> Scenario {
        Scenario {
            folder: Rc::new(SiteFolder::made_in(folder)),
        }
    }

    /// The site with another configuration.
    pub(crate) fn config(self, toml: &str) -> Scenario {
        self.folder.write("feedgate.toml", toml);
        self
    }

    /// The site with more lines at the end of its configuration: whole tables that the default lacks, such as
    /// `[integration.demographic-export.guards]`.
    pub(crate) fn and_config(self, toml: &str) -> Scenario {
        let path = self.path("feedgate.toml");
        let before = std::fs::read_to_string(path).expect("read");
        self.config(&format!("{before}\n{toml}\n"))
    }

    /// The site with keys added to an integration's own table, such as `content = "full"`.
    pub(crate) fn and_keys(self, integration: &str, keys: &str) -> Scenario {
        let path = self.path("feedgate.toml");
        let before = std::fs::read_to_string(path).expect("read");
        let title = format!("[integration.{integration}]\n");
        assert!(before.contains(&title), "no {integration}");
        self.config(&before.replace(&title, &format!("{title}{keys}\n")))
    }

    /// The site's folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.root()
    }

    /// The site as the library sees it, on this disk and at this time.
    pub(crate) fn open(&self, disk: Disk, clock: fn() -> DateTime<Utc>) -> Site {
        self.folder.open(disk, clock)
    }

    /// The site's ledger, opened for work.
    pub(crate) fn ledger(&self) -> Box<dyn Ledger> {
        self.folder.ledger()
    }

    /// The site's ledger, opened for reading; an empty one where there is none yet.
    pub(crate) fn ledger_for_reading(&self) -> OpenLedger {
        self.folder.ledger_for_reading()
    }

    /// A path in the site.
    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root().join(inside)
    }

    /// Drops a file into an integration's inbound folder, the way an upload that is renamed at its end arrives.
    pub(crate) fn inbound(
        &self,
        integration: &str,
        name: &str,
        bytes: impl AsRef<[u8]>,
    ) -> &Scenario {
        let folder = self.path("inbound").join(integration);
        std::fs::create_dir_all(&folder).expect("inbound");
        let uploading = folder.join(".upload.part");
        std::fs::write(&uploading, bytes).expect("written");
        std::fs::rename(uploading, folder.join(name)).expect("renamed");
        self
    }

    /// Any command of the program on this site.
    pub(crate) fn feedgate(&self, arguments: &[&str]) -> Outcome {
        let done = self.command(arguments).output();
        let done = done.expect("the program starts");
        let stdout = String::from_utf8_lossy(&done.stdout).into_owned();
        let parsed = serde_json::from_str(&stdout).unwrap_or(Value::Null);
        Outcome {
            code: done.status.code().unwrap_or(-1),
            summaries: match parsed {
                Value::Array(all) => all,
                Value::Null => Vec::new(),
                one => vec![one],
            },
            stdout,
            stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
            folder: Rc::clone(&self.folder),
        }
    }

    /// `feedgate run NAME … --json`.
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> Outcome {
        let mut all = vec!["run", name];
        all.extend(arguments);
        if !arguments.contains(&"--json") {
            all.push("--json");
        }
        self.feedgate(&all)
    }

    /// Runs a demographic file that must be taken without any error, so that a roster is there.
    pub(crate) fn roster(&self, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
        let outcome = self.inbound(DEMOGRAPHIC, name, bytes).run(DEMOGRAPHIC, &[]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome
    }

    /// Every file of the site, relative and sorted.
    pub(crate) fn tree(&self) -> Vec<String> {
        files(self.root())
            .into_iter()
            .map(|path| {
                let inside = path.strip_prefix(self.root()).expect("inside");
                inside.to_string_lossy().into_owned()
            })
            .collect()
    }

    /// The files of outbound, relative and sorted.
    pub(crate) fn outbound(&self) -> Vec<String> {
        let mut all = self.tree();
        all.retain(|path| path.starts_with("outbound/"));
        all
    }
}

/// What a command did.
pub(crate) struct Outcome {
    /// Exit code; −1 if a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it printed besides.
    pub stderr: String,
    /// The JSON objects it printed: one, or those of an array; none where it printed no JSON.
    pub summaries: Vec<Value>,
    folder: Rc<SiteFolder>,
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit {}\n{}\n{}",
            self.code,
            self.stdout.trim_end(),
            self.stderr.trim_end()
        )
    }
}

impl Outcome {
    /// The run summary, of a command that printed exactly one.
    pub(crate) fn summary(&self) -> &Value {
        assert_eq!(self.summaries.len(), 1, "one summary expected: {self:?}");
        &self.summaries[0]
    }

    /// A number of the summary.
    pub(crate) fn count(&self, key: &str) -> u64 {
        let value = &self.summary()[key];
        value
            .as_u64()
            .unwrap_or_else(|| panic!("{key} is {value}: {self:?}"))
    }

    /// A text of the summary, empty where it is null.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.summary()[key].as_str().unwrap_or_default()
    }

    /// The run's reference ID.
    pub(crate) fn reference(&self) -> &str {
        let reference = self.text("integration_reference_id");
        assert!(!reference.is_empty(), "{self:?}");
        reference
    }

    /// The run's status.
    pub(crate) fn status(&self) -> &str {
        self.text("status")
    }

    /// Findings by code.
    pub(crate) fn findings(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.summary()["findings"].clone()).expect("findings")
    }

    /// The published file of a kind (`output`, `errors`, `rejects`, `receipt`), if there is one.
    pub(crate) fn published(&self, what: &str) -> Option<PathBuf> {
        let wanted = format!(".{}.{what}.", self.reference());
        let is = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.contains(&wanted)
        };
        let mut found: Vec<_> = files(&self.folder.path("outbound"));
        found.retain(is);
        // Beside the rejects of a fixed-width file lies their table, whose name ends with `.rejects.csv`.
        let own = found
            .iter()
            .position(|path| !path.to_string_lossy().ends_with(".rejects.csv"));
        (!found.is_empty()).then(|| found.swap_remove(own.unwrap_or(0)))
    }

    /// The name of a published file that has to be there.
    pub(crate) fn published_name(&self, what: &str) -> String {
        let path = self
            .published(what)
            .unwrap_or_else(|| panic!("no {what}: {self:?}"));
        let name = path.file_name().expect("a name").to_str();
        name.expect("UTF-8").to_owned()
    }

    fn content(&self, what: &str) -> Option<Vec<u8>> {
        self.published(what)
            .map(|path| std::fs::read(path).expect("readable"))
    }

    /// The bytes of the output file.
    pub(crate) fn output(&self) -> Option<Vec<u8>> {
        self.content("output")
    }

    /// The rows of the output file by column name; none where there is no file.
    pub(crate) fn rows(&self) -> Vec<BTreeMap<String, String>> {
        read_csv(&self.output().unwrap_or_default())
    }

    /// The bytes of the error file.
    pub(crate) fn error_file(&self) -> Option<Vec<u8>> {
        self.content("errors")
    }

    /// The rows of the error file; none where there is no file.
    pub(crate) fn errors(&self) -> Vec<ErrorRow> {
        read_csv(&self.error_file().unwrap_or_default())
    }

    /// The bytes of the rejects file.
    pub(crate) fn rejects(&self) -> Option<Vec<u8>> {
        self.content("rejects")
    }

    /// The receipt.
    pub(crate) fn receipt(&self) -> Value {
        let bytes = self
            .content("receipt")
            .unwrap_or_else(|| panic!("no receipt: {self:?}"));
        serde_json::from_slice(&bytes).expect("JSON")
    }
}

/// A row of the error file.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct ErrorRow {
    pub line: Option<u64>,
    pub record: Option<u64>,
    pub subscriber_id: String,
    pub employee_number: String,
    pub name: String,
    pub field: String,
    pub header: String,
    pub code: String,
    pub severity: String,
    pub value: String,
    pub message: String,
    pub how_to_fix: String,
    pub row_in_rejects: Option<u64>,
}

/// Reads comma-delimited text with a header.
pub(crate) fn read_csv<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Vec<T> {
    csv::Reader::from_reader(bytes)
        .deserialize()
        .map(|row| row.expect("a well-formed row"))
        .collect()
}
