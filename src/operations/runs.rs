//! Past runs: the list of them, and one of them.

use super::error::{OperationError, Result};
use super::local_time::start_of;
use super::site::read_ledger;
use crate::domain::{ReferenceId, RunStatus, RunSummary};
use crate::ledger::{RunFilter, RunRow};
use crate::site::Site;
use chrono::NaiveDate;
use serde::Serialize;

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunQuery {
    /// Only of this integration.
    pub(crate) integration: Option<String>,
    /// Only with this status.
    pub(crate) status: Option<RunStatus>,
    /// Only begun on or after this day on the site's clock.
    pub(crate) since: Option<NaiveDate>,
    /// At most this many.
    pub(crate) limit: usize,
}

/// A run as it stands now.
#[derive(Debug, Serialize)]
pub(crate) struct RunDetails {
    #[serde(flatten)]
    pub(crate) summary: RunSummary,
    /// Rejected records that no accepted record has corrected yet.
    pub(crate) open_rejections: usize,
    #[serde(skip)]
    pub(crate) rejections: usize,
}

/// Lists runs, newest first.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn runs(site: &Site, query: RunQuery) -> Result<Vec<RunSummary>> {
    let filter = RunFilter {
        integration: query.integration,
        status: query.status,
        since: query.since.map(|day| start_of(day, site)),
    };
    let rows = read_ledger(site)?.runs(&filter, query.limit)?;
    Ok(rows.into_iter().map(summary_so_far).collect())
}

/// Shows one run.
///
/// # Errors
/// There is no such run, or the ledger can't be read.
pub(crate) fn show(site: &Site, reference: &ReferenceId) -> Result<RunDetails> {
    let ledger = read_ledger(site)?;
    let Some(run) = ledger.run(reference)? else {
        return Err(OperationError::usage(format!(
            "there is no run {reference}; `feedgate runs` lists them"
        )));
    };
    let rejections = ledger.rejections(run.number)?;
    Ok(RunDetails {
        open_rejections: rejections.iter().filter(|r| r.closed_by.is_none()).count(),
        rejections: rejections.len(),
        summary: summary_so_far(run),
    })
}

/// What the ledger knows of a run so far.
fn summary_so_far(run: RunRow) -> RunSummary {
    let fresh = run.fresh_summary();
    run.summary.unwrap_or(fresh)
}

/// A summary as `--json` prints it.
#[cfg(test)]
pub(crate) fn sample_run() -> RunSummary {
    use serde_json::json;
    let none = json!({"in": "0.00", "accepted": "0.00", "unchanged": "0.00", "skipped": "0.00", "rejected": "0.00"});
    serde_json::from_value(json!({
        "integration_run_name": "hr 2026-11-20 05:30:12", "process_name": null, "integration_name": "hr",
        "integration_reference_id": "20261120-000017", "user": "ada", "integration_type": "Export",
        "start_date": "2026-11-20T05:30:12-05:00", "end_date": "2026-11-20T05:30:13-05:00",
        "status": "Completed with Errors", "reason": "1 of 9 records rejected",
        "records_processed": 9, "records_accepted": 6, "records_created": 3, "records_updated": 3,
        "records_deactivated": 0, "records_linked": 0, "records_reactivated": 0, "records_without_change": 0,
        "records_unchanged": 1, "records_skipped": 1, "skipped": {"test_employee": 1}, "errors": 1, "warnings": 0,
        "findings": {"SSN_AREA": 1}, "employees_processed": 8, "employees_missing": 0,
        "deactivated_by_omission": 0, "amounts": {"employee": none, "employer": none},
        "parameters": {"delta": true, "qualify_delta": true, "lookback_days": 7, "include_employees": null,
            "plan_year_start_date": null, "enrollment": "standard", "deduction_start_date": null},
        "include_employees_not_found": [], "unknown_columns": [], "source_files": ["doe 880-12-3456.csv"],
        "output_file": "outbound/hr/output/x.csv", "error_files": ["outbound/hr/errors/x.csv"],
        "resubmission_of": null, "rerun_of": null, "duplicate_of": null, "test": false,
        "configuration_fingerprint": "0123456789abcdef"
    }))
    .expect("a summary")
}
