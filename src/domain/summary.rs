//! The run summary: what `show`, receipts and `--json` tell of a run.

use super::totals::Amounts;
use super::{Action, Code, Kind, Parameters, ReferenceId, RunStatus, SkipReason, Totals};
use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sums of both money columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryAmounts {
    pub employee: Amounts,
    pub employer: Amounts,
}

/// What the records of a file have in common besides the names of their columns. 0 stands for what is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordShape {
    /// How many fields most records have.
    #[serde(default)]
    pub fields: usize,
    /// Up to which field they have values.
    #[serde(default)]
    pub used: usize,
    /// How many bytes most fixed-width lines of ASCII have.
    #[serde(default)]
    pub bytes: usize,
    /// How many columns have no name, in front of the last one that has.
    #[serde(default)]
    pub unnamed: usize,
}

/// A run summary; field names are the JSON keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the keys are the documented contract")]
pub struct RunSummary {
    pub integration_run_name: String,
    pub process_name: Option<String>,
    pub integration_name: String,
    pub integration_reference_id: ReferenceId,
    pub user: String,
    pub integration_type: String,
    /// RFC 3339 with the site's offset, to the second.
    pub start_date: String,
    pub end_date: Option<String>,
    pub status: RunStatus,
    pub reason: Option<String>,
    pub records_processed: u64,
    pub records_accepted: u64,
    pub records_created: u64,
    pub records_updated: u64,
    pub records_deactivated: u64,
    pub records_linked: u64,
    pub records_reactivated: u64,
    pub records_without_change: u64,
    pub records_unchanged: u64,
    pub records_skipped: u64,
    pub skipped: BTreeMap<String, u64>,
    /// Records that differ from what was accepted last and were left out because they were changed before the look-back.
    #[serde(default)]
    pub changes_outside_lookback: u64,
    pub errors: u64,
    pub warnings: u64,
    pub findings: BTreeMap<String, u64>,
    pub employees_processed: u64,
    /// Employees whom the roster did not know before, also those who are not synced yet.
    #[serde(default)]
    pub employees_new: u64,
    /// Employees of the roster a full file lacks.
    pub employees_missing: u64,
    /// Deactivations written for missing employees; not records of the file.
    pub deactivated_by_omission: u64,
    /// Deductions in force that a full file lacks.
    #[serde(default)]
    pub deductions_missing: u64,
    /// Stops written for missing deductions; not records of the file.
    #[serde(default)]
    pub stopped_by_omission: u64,
    /// Active accounts that a full file lacks: no new employee is linked with them.
    #[serde(default)]
    pub accounts_gone: u64,
    pub amounts: SummaryAmounts,
    pub parameters: Parameters,
    /// First day of the run's plan year (deductions).
    #[serde(default)]
    pub plan_year_start: Option<NaiveDate>,
    /// Rows of later plan years, which this run doesn't count (deductions).
    #[serde(default)]
    pub rows_of_later_years: u64,
    /// The file they are in, which waits for a run of its own.
    #[serde(default)]
    pub later_file: Option<String>,
    /// The run that split the source file off because of its plan year.
    #[serde(default)]
    pub split_from: Option<ReferenceId>,
    /// Person numbers of Include Employees that the file does not hold.
    pub include_employees_not_found: Vec<String>,
    /// Lines of the file that are no records: titles, repeats of the header, and what the integration ignores.
    #[serde(default)]
    pub lines_set_aside: u64,
    /// The numbers of the first of them.
    #[serde(default)]
    pub set_aside_lines: Vec<u64>,
    /// Canonical and custom columns that the file has.
    #[serde(default)]
    pub columns_read: Vec<String>,
    /// Header names that no column of the kind is known by.
    pub unknown_columns: Vec<String>,
    /// What the records have in common where no line names their columns; corrections are judged by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_shape: Option<RecordShape>,
    pub source_files: Vec<String>,
    pub output_file: Option<String>,
    pub error_files: Vec<String>,
    /// The answer to corrections.
    #[serde(default)]
    pub answer_file: Option<String>,
    pub resubmission_of: Option<ReferenceId>,
    pub rerun_of: Option<ReferenceId>,
    /// The run that took the same bytes before.
    pub duplicate_of: Option<ReferenceId>,
    /// Judged and answered as a test: no output, no roster, no watermark.
    pub test: bool,
    /// Whether no whole file of the integration was taken before this one.
    #[serde(default)]
    pub first_file: bool,
    /// Whether the roster was empty before this file.
    #[serde(default)]
    pub roster_was_empty: bool,
    pub configuration_fingerprint: String,
}

/// What is known of a run as it begins.
pub(crate) struct RunHead {
    pub(crate) run_name: String,
    pub(crate) process_name: Option<String>,
    pub(crate) integration: String,
    pub(crate) reference: ReferenceId,
    pub(crate) user: String,
    pub(crate) kind: Kind,
    pub(crate) start: DateTime<FixedOffset>,
    pub(crate) parameters: Parameters,
    pub(crate) source_name: Option<String>,
    pub(crate) resubmission_of: Option<ReferenceId>,
    pub(crate) rerun_of: Option<ReferenceId>,
    pub(crate) test: bool,
    pub(crate) configuration_fingerprint: String,
}

impl RunSummary {
    /// The summary of a run as it begins: In-Progress, nothing counted.
    pub(crate) fn fresh(head: RunHead) -> RunSummary {
        RunSummary {
            integration_run_name: head.run_name,
            process_name: head.process_name,
            integration_name: head.integration,
            integration_reference_id: head.reference,
            user: head.user,
            integration_type: head.kind.integration_type().to_owned(),
            start_date: head.start.to_rfc3339_opts(SecondsFormat::Secs, false),
            end_date: None,
            status: RunStatus::InProgress,
            reason: None,
            records_processed: 0,
            records_accepted: 0,
            records_created: 0,
            records_updated: 0,
            records_deactivated: 0,
            records_linked: 0,
            records_reactivated: 0,
            records_without_change: 0,
            records_unchanged: 0,
            records_skipped: 0,
            skipped: BTreeMap::new(),
            changes_outside_lookback: 0,
            errors: 0,
            warnings: 0,
            findings: BTreeMap::new(),
            employees_processed: 0,
            employees_new: 0,
            employees_missing: 0,
            deactivated_by_omission: 0,
            deductions_missing: 0,
            stopped_by_omission: 0,
            accounts_gone: 0,
            amounts: SummaryAmounts::default(),
            parameters: head.parameters,
            plan_year_start: None,
            rows_of_later_years: 0,
            later_file: None,
            split_from: None,
            include_employees_not_found: Vec::new(),
            lines_set_aside: 0,
            set_aside_lines: Vec::new(),
            columns_read: Vec::new(),
            unknown_columns: Vec::new(),
            record_shape: None,
            source_files: head.source_name.into_iter().collect(),
            output_file: None,
            error_files: Vec::new(),
            answer_file: None,
            resubmission_of: head.resubmission_of,
            rerun_of: head.rerun_of,
            duplicate_of: None,
            test: head.test,
            first_file: false,
            roster_was_empty: false,
            configuration_fingerprint: head.configuration_fingerprint,
        }
    }

    /// Whether the person who sets up the sender needs to know how the file was read: it is the first one, columns
    /// were missing or unclear, or the forms of its dates and amounts reject most records.
    pub fn explains_reading(&self) -> bool {
        const FORMS: [Code; 4] = [
            Code::DateInvalid,
            Code::DateAmbiguous,
            Code::AmountInvalid,
            Code::AmountPrecision,
        ];
        let found = |code: Code| self.findings.get(code.as_str()).copied().unwrap_or(0);
        let most = |count: u64| count > self.records_processed / 2;
        let forms = most(self.errors) && most(FORMS.map(found).iter().sum());
        let columns = found(Code::ColumnMissing) + found(Code::ColumnDuplicate) > 0;
        let sent = self.resubmission_of.is_none() && self.duplicate_of.is_none();
        sent && (self.first_file || columns || forms)
    }

    /// Takes counts and sums from a run's totals.
    pub fn set_totals(&mut self, kind: Kind, totals: &Totals) {
        let [create, update, deactivate] = kind.counted_actions();
        self.records_processed = totals.processed;
        self.records_accepted = totals.accepted();
        self.records_created = totals.with(create);
        self.records_updated = totals.with(update);
        self.records_deactivated = totals.with(deactivate) + totals.with(Action::Waive);
        self.records_linked = totals.with(Action::Link);
        self.records_reactivated = totals.with(Action::Reactivate);
        self.records_without_change = totals.with(Action::None);
        self.records_unchanged = totals.unchanged;
        self.records_skipped = totals.skipped();
        self.skipped = SkipReason::ALL
            .into_iter()
            .filter(|r| totals.skipped[*r as usize] > 0)
            .map(|r| (r.as_str().to_owned(), totals.skipped[r as usize]))
            .collect();
        self.errors = totals.rejected;
        self.warnings = totals.warnings;
        self.amounts = SummaryAmounts {
            employee: totals.employee,
            employer: totals.employer,
        };
    }
}
