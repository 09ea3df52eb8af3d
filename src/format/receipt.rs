//! The receipt: what happened to a source file, for the sender and for machines. Never a record value.

use crate::domain::explanation::explain;
use crate::domain::{Code, Finding, RunSummary, Severity};
use serde::Serialize;
use std::fmt::{self, Write};

/// A receipt. It has all keys of the run summary besides its own; `receipt.schema.json` describes them.
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
    /// The first findings, at most [`super::fault::limit::RECEIPT_FINDINGS`].
    pub listed_findings: Vec<ListedFinding<'a>>,
    /// How many more there are.
    pub more_findings: u64,
    #[serde(flatten)]
    pub summary: &'a RunSummary,
}

/// A finding as a receipt lists it: where it is, never what stands there.
#[derive(Debug, Serialize)]
pub(crate) struct ListedFinding<'a> {
    /// The line where the record starts, from 1; none for one about the file.
    pub line: Option<u64>,
    /// The number of the record, from 1; none for one about the file.
    pub record: Option<u64>,
    /// The canonical column; none for one about the whole record or the file.
    pub field: Option<&'a str>,
    pub code: Code,
    pub severity: Severity,
}

impl<'a> ListedFinding<'a> {
    pub(crate) fn of(finding: &'a Finding) -> ListedFinding<'a> {
        let place = |number: u64| (number > 0).then_some(number);
        ListedFinding {
            line: place(finding.line),
            record: place(finding.record),
            field: (!finding.field.is_empty()).then_some(&*finding.field),
            code: finding.code,
            severity: finding.severity,
        }
    }
}

/// The JSON Schema of receipts, as text.
pub(crate) const SCHEMA: &str = include_str!("receipt.schema.json");

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

    /// The receipt for a person to read.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::new();
        // A text takes everything.
        let _ = self.write_text(&mut out);
        out
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        let summary = self.summary;
        writeln!(out, "Receipt of {}\n", self.source_name)?;
        writeln!(out, "Result    {}", summary.status)?;
        if let Some(reason) = &summary.reason {
            writeln!(out, "          {reason}")?;
        }
        writeln!(out, "Number    {}", self.reference_id)?;
        writeln!(out, "Time      {}", summary.start_date)?;
        writeln!(out, "Size      {} bytes", self.size)?;
        if let Some(sha256) = self.sha256 {
            writeln!(out, "SHA-256   {sha256}")?;
        }
        writeln!(
            out,
            "\nRecords in the file          {:>8}",
            summary.records_processed
        )?;
        for (what, count) in [
            ("taken", summary.records_accepted),
            ("as they were before", summary.records_unchanged),
            ("left out", summary.records_skipped),
            ("not taken: something is wrong", summary.errors),
        ] {
            if count > 0 {
                writeln!(out, "  {what:<29}{count:>6}")?;
            }
        }
        if !self.listed_findings.is_empty() {
            writeln!(out, "\nWhat was found")?;
        }
        for finding in &self.listed_findings {
            writeln!(out, "  {}", sentence(finding))?;
        }
        if self.more_findings > 0 {
            writeln!(out, "  and {} more", self.more_findings)?;
        }
        if !self.files_written.is_empty() {
            writeln!(out, "\nFiles written")?;
        }
        for file in &self.files_written {
            writeln!(out, "  {file}")?;
        }
        Ok(())
    }
}

/// `line 3, ssn: SSN_AREA (error). …`
fn sentence(finding: &ListedFinding<'_>) -> String {
    let line = finding.line.map(|line| format!("line {line}"));
    let field = finding.field.map(str::to_owned);
    let mut place: Vec<String> = line.into_iter().chain(field).collect();
    if place.is_empty() {
        place.push("the file".to_owned());
    }
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let (place, code) = (place.join(", "), finding.code);
    format!("{place}: {code} ({severity}). {}", explain(code).message)
}
