//! The result of processing a file.

use super::judged::JudgedChunk;
use super::later_years::LaterYears;
use crate::domain::summary::RecordShape;
use crate::domain::{Code, Finding, Severity, Totals};
use crate::format::FileFault;
use crate::format::fault::limit;
use crate::format::lines::SetAside;
use crate::rules::plan_year::PlanYear;
use std::collections::BTreeMap;

/// The outcome of one file.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Counts and sums; the sum law holds.
    pub totals: Totals,
    /// Findings by code; complete even where the list is cut.
    pub findings: BTreeMap<Code, u64>,
    /// Findings listed in the error file.
    pub listed: u64,
    /// The first of them, for the receipt.
    pub first_findings: Vec<Finding>,
    /// Rows of the output file, deactivations by omission included.
    pub rows: u64,
    /// Distinct employees with at least one record.
    pub employees: u64,
    /// Employees whom the roster did not know, accepted or not synced yet.
    pub new_people: u64,
    /// Employees or deductions that a full file has to have.
    pub expected: u64,
    /// Employees of the roster, or deductions, that a full file lacks.
    pub missing: u64,
    /// Rejected records of a full file of which it is in doubt whose they are.
    pub in_doubt: u64,
    /// Deactivations written for missing employees, or stops for missing deductions.
    pub deactivated_by_omission: u64,
    /// Positions in Include Employees that the file has.
    pub included: Vec<usize>,
    /// The ledger's rows of the open rejections that its records close.
    pub closed: Vec<i64>,
    /// Lines that are no records: titles, repeats of the header, and what the integration ignores.
    pub set_aside: SetAside,
    /// Header names that mean nothing to us.
    pub unknown_columns: Vec<String>,
    /// What the records have in common where no line names their columns.
    pub shape: RecordShape,
    /// Whether the rejects were written as a table as well.
    pub rejects_table: bool,
    /// The canonical and custom columns that the file has.
    pub columns: Vec<String>,
    /// Columns of the last accepted file that this one lacks, each with the records that would lose a value.
    pub columns_gone: Vec<(String, u64)>,
    /// Whether no whole file of the integration was taken before.
    pub first_file: bool,
    /// Whether the roster was empty before the run.
    pub roster_was_empty: bool,
    /// The run's plan year (deductions).
    pub plan_year: Option<PlanYear>,
    /// What the file holds of later plan years, if it is split; it counts nowhere else.
    pub later: LaterYears,
    /// The newest change time of the selected records, in seconds since 1970; 0 if there is none.
    pub newest: u32,
    /// Records that differ from what was accepted last and were left out because they were changed before the look-back.
    pub left_out: u64,
    /// A fault found after every record was judged (`CONTROL_TOTAL`).
    pub fault: Option<FileFault>,
}

impl Outcome {
    /// Adds the sums of a chunk.
    pub(super) fn add(&mut self, judged: &JudgedChunk) {
        self.totals.merge(&judged.totals);
        self.rows += judged.totals.accepted();
        self.newest = self.newest.max(judged.newest);
        self.left_out += judged.left_out;
        self.in_doubt += judged.presence.in_doubt;
    }

    /// Adds a finding to the counts, whether it is listed or not.
    pub(super) fn count(&mut self, code: Code, severity: Severity) {
        *self.findings.entry(code).or_default() += 1;
        self.totals.warnings += u64::from(severity == Severity::Warning);
    }

    /// Notes a finding that the error file lists.
    pub(super) fn list(&mut self, finding: &Finding) {
        self.listed += 1;
        if self.first_findings.len() < limit::RECEIPT_FINDINGS {
            self.first_findings.push(finding.clone());
        }
    }

    /// Findings by code, for summaries.
    pub fn by_code(&self) -> BTreeMap<String, u64> {
        let findings = self.findings.iter();
        findings
            .map(|(code, n)| (code.as_str().to_owned(), *n))
            .collect()
    }
}
