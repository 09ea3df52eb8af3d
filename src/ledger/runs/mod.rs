//! Runs: their rows, the steps around their commit, and what later runs look back at.

pub(super) mod commit;
pub(super) mod history;
pub(super) mod lists;
pub(super) mod purge;
pub(super) mod rejections;
pub(super) mod state;
mod steps;
pub(super) mod tallies;

use super::error::Result;
use super::row::{damaged, instant, micros, moment, word};
use super::{Origin, RunState};
use crate::domain::summary::RunHead;
use crate::domain::{
    ArrivalId, Code, Kind, Parameters, Published, ReferenceId, RunStatus, RunSummary,
};
use chrono::{DateTime, FixedOffset, Utc};
use lists::RunPlace;
use rusqlite::Row;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What is known of a run before its source file is touched.
#[derive(Clone, Debug)]
pub struct NewRun<'a> {
    pub integration: &'a str,
    pub kind: Kind,
    /// The integration set it runs in.
    pub process_name: Option<&'a str>,
    pub user: &'a str,
    /// The run name; without one it is the integration's name and the start.
    pub run_name: Option<&'a str>,
    pub parameters: &'a Parameters,
    /// Now, in the site's time zone: its day becomes the reference ID's.
    pub start: DateTime<FixedOffset>,
    /// When the source file arrived; without it, as the run begins.
    pub arrived: Option<DateTime<Utc>>,
    /// Where the source file comes from.
    pub origin: Origin,
    /// The arrival that it takes from the queue.
    pub arrival: Option<&'a ArrivalId>,
    /// The source file's path.
    pub source_path: Option<&'a Path>,
    /// The source file's name.
    pub source_name: Option<&'a str>,
    /// The run whose rejects the source file corrects.
    pub resubmission_of: Option<&'a ReferenceId>,
    /// The run it repeats.
    pub rerun_of: Option<&'a ReferenceId>,
    /// Fingerprint of the configuration.
    pub configuration_fingerprint: &'a str,
    /// Judged and answered as a test.
    pub test: bool,
    /// Not started by hand: it began on arrival, by a schedule, or with `--unattended`.
    pub unattended: bool,
}

/// A file that a committed run publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    pub what: Published,
    /// The finished file in the work folder.
    pub from: PathBuf,
    /// Where it becomes visible.
    pub to: PathBuf,
    /// Whether it takes the place of an earlier file of this name (a later receipt of the same run).
    pub replace: bool,
    /// Whether an empty `.done` marker follows it.
    #[serde(default)]
    pub done_marker: bool,
}

/// Where the source file goes when all else is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disposal {
    Archive(PathBuf),
    /// To the held files.
    Held(PathBuf),
}

/// A run, as its row in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRow {
    /// The run number that roster entries and rejections name it by.
    pub number: u32,
    /// The reference ID that people name it by.
    pub reference: ReferenceId,
    pub integration: String,
    pub kind: Kind,
    /// The integration run name.
    pub run_name: String,
    /// The integration set it ran in.
    pub process_name: Option<String>,
    pub user: String,
    pub status: RunStatus,
    pub state: RunState,
    /// When it began, with the site's offset.
    pub start: DateTime<FixedOffset>,
    /// When its source file arrived.
    pub arrived: DateTime<Utc>,
    /// Where its source file comes from.
    pub origin: Origin,
    /// The source file's path before the claim.
    pub source_path: Option<PathBuf>,
    /// The source file's name.
    pub source_name: Option<String>,
    /// The source file's bytes.
    pub size: Option<u64>,
    /// SHA-256 of the source file, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    pub parameters: Parameters,
    /// The run summary, once it committed.
    pub summary: Option<RunSummary>,
    /// The files to publish, once it committed.
    pub publications: Vec<Publication>,
    /// Where the source file goes, once it committed.
    pub disposal: Option<Disposal>,
    /// What holds it, then what a user has lifted before; after [`super::RunSteps::reopen`] only what has been lifted.
    pub hold: Vec<Code>,
    /// The run whose rejects its source file corrects.
    pub resubmission_of: Option<ReferenceId>,
    /// The run it repeats.
    pub rerun_of: Option<ReferenceId>,
    /// Judged and answered as a test.
    pub test: bool,
    /// Not started by hand.
    pub unattended: bool,
    /// Fingerprint of the configuration it ran under.
    pub configuration_fingerprint: String,
    /// Its rejected records that wait for their correction.
    pub open_rejections: u64,
    /// Failed, and no later run has taken a file of its source.
    pub unresolved: bool,
}

impl RunRow {
    /// Its place among the runs, newest first.
    pub(crate) fn place(&self) -> RunPlace {
        RunPlace {
            started: micros(&self.start),
            number: self.number,
        }
    }

    /// Whether its file was UTF-8 with other bytes among it (`ENCODING_MIXED`).
    pub(crate) fn has_mixed_encoding(&self) -> bool {
        let findings = self.summary.as_ref().map(|summary| &summary.findings);
        findings.is_some_and(|found| found.contains_key(Code::EncodingMixed.as_str()))
    }

    /// A summary of the run as it begins: In-Progress, nothing counted.
    pub fn fresh_summary(&self) -> RunSummary {
        RunSummary::fresh(RunHead {
            run_name: self.run_name.clone(),
            process_name: self.process_name.clone(),
            integration: self.integration.clone(),
            reference: self.reference.clone(),
            user: self.user.clone(),
            kind: self.kind,
            start: self.start,
            parameters: self.parameters.clone(),
            source_name: self.source_name.clone(),
            resubmission_of: self.resubmission_of.clone(),
            rerun_of: self.rerun_of.clone(),
            test: self.test,
            configuration_fingerprint: self.configuration_fingerprint.clone(),
        })
    }

    pub(in crate::ledger) fn read(row: &Row<'_>) -> Result<RunRow> {
        let hold: Vec<String> = json(row, "hold")?.unwrap_or_default();
        let reference = |column: &'static str| -> Result<Option<ReferenceId>> {
            let text: Option<String> = row.get(column)?;
            text.map(|t| ReferenceId::parse(&t).ok_or(damaged(column)))
                .transpose()
        };
        Ok(RunRow {
            number: row.get("number")?,
            reference: reference("reference")?.ok_or(damaged("reference"))?,
            integration: row.get("integration")?,
            kind: word(row, "kind", "kind")?,
            run_name: row.get("run_name")?,
            process_name: row.get("process_name")?,
            user: row.get("user")?,
            status: word(row, "status", "status")?,
            state: word(row, "state", "state")?,
            start: moment(row, ["started", "started_offset"], "the start of a run")?,
            arrived: instant(row.get("arrived")?, "the arrival of a file")?,
            origin: word(row, "origin", "origin")?,
            source_path: row
                .get::<_, Option<String>>("source_path")?
                .map(PathBuf::from),
            source_name: row.get("source_name")?,
            size: row.get::<_, Option<i64>>("size")?.map(i64::cast_unsigned),
            sha256: row.get("sha256")?,
            parameters: json(row, "parameters")?.ok_or(damaged("parameters"))?,
            summary: json(row, "summary")?,
            publications: json(row, "publications")?.unwrap_or_default(),
            disposal: json(row, "disposal")?,
            hold: hold
                .iter()
                .map(|w| Code::parse(w).ok_or(damaged("hold")))
                .collect::<Result<_, _>>()?,
            resubmission_of: reference("resubmission_of")?,
            rerun_of: reference("rerun_of")?,
            test: row.get("test")?,
            unattended: row.get("unattended")?,
            configuration_fingerprint: row.get("configuration")?,
            open_rejections: row.get::<_, i64>("open_rejections")?.cast_unsigned(),
            unresolved: row.get("unresolved")?,
        })
    }
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: &'static str) -> Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    // The parser's own message could quote what it read.
    text.map(|t| serde_json::from_str(&t).map_err(|_| damaged(column)))
        .transpose()
}
