//! The receipt: what happened to a source file, for the sender and for machines. Never a record value.

use crate::domain::RunSummary;
use serde::Serialize;

/// A receipt. It has all keys of the run summary besides its own.
#[derive(Debug, Serialize)]
pub(crate) struct Receipt<'a> {
    /// The run's reference ID.
    pub reference_id: &'a str,
    /// The source file's name as sent.
    pub source_name: &'a str,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its content, if it could be read.
    pub sha256: Option<&'a str>,
    /// The encoding it was read in.
    pub encoding: Option<&'a str>,
    /// Names of the files written for this run.
    pub files_written: Vec<&'a str>,
    #[serde(flatten)]
    pub summary: &'a RunSummary,
}

impl Receipt<'_> {
    /// The receipt as indented JSON with a final newline.
    ///
    /// # Errors
    /// None in practice; the summary has only string keys.
    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut out = serde_json::to_vec_pretty(self)?;
        out.push(b'\n');
        Ok(out)
    }
}
