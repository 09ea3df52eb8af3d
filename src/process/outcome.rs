//! The result of processing a file.

use crate::domain::{Code, Totals};
use crate::format::FileFault;
use crate::rules::plan_year::PlanYear;
use std::collections::BTreeMap;

/// The outcome of one file.
#[derive(Debug)]
pub struct Outcome {
    /// Counts and sums; the sum law holds.
    pub totals: Totals,
    /// Findings by code, in the order of [`Code::ALL`]; complete even where the list is cut.
    pub findings: [u64; Code::COUNT],
    /// Findings listed in the error file.
    pub listed: u64,
    /// Rows of the output file, deactivations by omission included.
    pub rows: u64,
    /// Distinct employees with at least one record.
    pub employees: u64,
    /// Employees of the roster that a full file lacks.
    pub missing: u64,
    /// Rejected records of a full file that could not be attributed to anyone.
    pub unattributed: u64,
    /// Deactivations written for missing employees.
    pub deactivated_by_omission: u64,
    /// Positions in Include Employees that the file has.
    pub included: Vec<usize>,
    /// Header names that mean nothing to us.
    pub unknown_columns: Vec<String>,
    /// The run's plan year (deductions).
    pub plan_year: Option<PlanYear>,
    /// A fault found after every record was judged (`CONTROL_TOTAL`).
    pub fault: Option<FileFault>,
}

impl Outcome {
    pub fn new() -> Outcome {
        Outcome {
            totals: Totals::default(),
            findings: [0; Code::COUNT],
            listed: 0,
            rows: 0,
            employees: 0,
            missing: 0,
            unattributed: 0,
            deactivated_by_omission: 0,
            included: Vec::new(),
            unknown_columns: Vec::new(),
            plan_year: None,
            fault: None,
        }
    }

    /// Findings by code, for summaries.
    pub fn by_code(&self) -> BTreeMap<String, u64> {
        Code::ALL
            .iter()
            .filter(|c| self.findings[**c as usize] > 0)
            .map(|c| (c.as_str().to_owned(), self.findings[*c as usize]))
            .collect()
    }
}

impl Default for Outcome {
    fn default() -> Self {
        Outcome::new()
    }
}
