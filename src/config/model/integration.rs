//! An integration.

use super::{Folders, Format, Guards, Output, Pull, Push, Span, duration};
use crate::domain::Kind;
use crate::domain::code_list::EMPLOYMENT_STATUS;
use crate::domain::parameters::GivenParameters;
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;
use std::time::Duration;

/// A named flow of one kind of record.
#[derive(Clone, Debug, Deserialize)]
pub struct Integration {
    /// Its name; safe as a folder name.
    pub name: String,
    /// What it carries.
    pub kind: Kind,
    /// Name patterns of files taken from inbound.
    pub files: Vec<String>,
    /// Name patterns of files that are judged as a test.
    pub test_files: Vec<String>,
    /// What starts a run.
    pub start: Start,
    /// The window outside of which files wait, unless a person runs them.
    pub window: Option<String>,
    /// Integrations whose waiting files go first.
    pub after: Vec<String>,
    /// The roster it keeps or matches.
    pub roster: String,
    /// Whether a file holds changes or everybody.
    pub content: Content,
    /// What happens to employees a full file lacks; without meaning for `Content::Changes`.
    pub omission: Omission,
    /// Canonical employment statuses taken; `None`: all.
    #[serde(default, deserialize_with = "statuses")]
    pub statuses: Option<Vec<String>>,
    /// Employers whose records belong here, as NN-NNNNNNN; empty: any.
    #[serde(deserialize_with = "eins")]
    pub eins: Vec<String>,
    /// Whether amounts below zero are taken.
    pub allow_negative: bool,
    /// Whether an amount of zero stops a deduction.
    pub zero_stops: bool,
    /// Days back from which an effective date is warned about.
    pub retro_days: u32,
    /// Days back from which an effective date is rejected; `None`: never.
    pub retro_reject_days: Option<u32>,
    /// Whether unattended runs wait for a completed initial import.
    pub initial_import: InitialImport,
    /// Run parameters for what a run isn't given.
    pub parameters: GivenParameters,
    /// Limits over which a run is held.
    pub guards: Guards,
    /// How a whole file is told from one still being uploaded.
    pub complete: Complete,
    /// The sender's dialect.
    pub format: Format,
    /// Canonical or `custom.` name and the sender's header for it, in file order.
    pub columns: Vec<(String, String)>,
    /// Canonical or `custom.` name and its place in the record, in file order; `None`: delimited files.
    pub fixed_width: Option<Vec<(String, Span)>>,
    /// Canonical column → the sender's code → our code.
    #[serde(deserialize_with = "codes")]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The layout of output files.
    pub output: Output,
    /// Sizes no file may go over.
    pub limits: Limits,
    /// Folders elsewhere than in the site.
    pub folders: Folders,
    /// Fetching from an endpoint.
    pub pull: Option<Pull>,
    /// Sending to an endpoint.
    pub push: Option<Push>,
}

/// What starts a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// The arrival of a file.
    Arrival,
    /// A schedule or an explicit run.
    Schedule,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Some employees.
    Changes,
    /// All employees.
    Full,
}

/// What happens to employees a full file lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Omission {
    /// Nothing.
    Ignore,
    /// They are reported.
    Report,
    /// They are deactivated.
    Terminate,
}

/// Whether unattended runs wait for a completed initial import of the plan year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InitialImport {
    /// They don't wait.
    Optional,
    /// They are held until then.
    Required,
}

/// How a whole file is told from one still being uploaded.
#[derive(Clone, Debug, Deserialize)]
pub struct Complete {
    /// What proves it.
    pub by: CompleteBy,
    /// Ending of the marker file, with its dot.
    pub marker: String,
    /// Time between two looks that must find the same size.
    #[serde(deserialize_with = "duration::deserialize")]
    pub settle: Duration,
}

impl Complete {
    /// The ending of marker files, if they are what proves it.
    pub(crate) fn marker_ending(&self) -> Option<&str> {
        (self.by == CompleteBy::Marker).then_some(self.marker.as_str())
    }
}

/// What proves that a file is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompleteBy {
    /// What the system can prove, else quiet.
    Auto,
    /// A rename to its final name.
    Rename,
    /// A marker file beside it.
    Marker,
    /// No change between two looks.
    Quiet,
}

/// Sizes no file may go over.
#[derive(Clone, Debug, Deserialize)]
pub struct Limits {
    /// Bytes in a source file.
    pub max_file_bytes: u64,
    /// Records in a source file.
    pub max_records: u64,
    /// Findings listed in an error file.
    pub max_listed_findings: u64,
}

fn statuses<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Vec<String>>, D::Error> {
    let words = Option::<Vec<String>>::deserialize(d)?;
    words
        .map(|words| {
            words
                .iter()
                .map(|word| match EMPLOYMENT_STATUS.find(word.as_bytes()) {
                    Some(letter) => Ok(letter.to_owned()),
                    None => Err(D::Error::custom("not an employment status")),
                })
                .collect()
        })
        .transpose()
}

fn eins<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<String>, D::Error> {
    let mut eins = Vec::<String>::deserialize(d)?;
    for ein in &mut eins {
        if ein.len() == 9 {
            ein.insert(2, '-');
        }
    }
    Ok(eins)
}

type Codes = BTreeMap<String, BTreeMap<String, String>>;

fn codes<'de, D: Deserializer<'de>>(d: D) -> Result<Codes, D::Error> {
    let pairs = Vec::<(String, Vec<(String, String)>)>::deserialize(d)?;
    Ok(pairs
        .into_iter()
        .map(|(column, table)| (column, table.into_iter().collect()))
        .collect())
}
