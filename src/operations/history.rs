//! What the ledger keeps of the past: runs, and the event log (who did what, when and why).

use super::error::{OperationError, Result};
use super::file_reading::FileReading;
use super::local_time::start_of;
use crate::domain::masking::masked;
use crate::domain::{Published, ReferenceId, RunStatus, RunSummary};
use crate::ledger::{Event, EventAction, EventFilter, Publication, RunFilter, RunRow};
use crate::site::{Site, known_run};
use crate::status::to_the_second;
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::BufReader;

/// A run as it stands now.
#[derive(Debug, Serialize)]
pub(crate) struct RunDetails {
    #[serde(flatten)]
    pub(crate) summary: RunSummary,
    /// Rejected records that no accepted record has corrected yet.
    pub(crate) open_rejections: usize,
    #[serde(skip)]
    pub(crate) rejections: usize,
    /// Who and what holds it, while its list lies where it was published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) held: Vec<HeldEntry>,
    /// How its file is read, where the run explains that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reading: Option<FileReading>,
}

/// A run in a list.
#[derive(Debug, Serialize)]
pub(crate) struct ListedRun {
    #[serde(flatten)]
    pub(crate) summary: RunSummary,
    /// Rejected records that no accepted record has corrected yet.
    pub(crate) open_rejections: u64,
}

/// A row of the list of what holds a run's file.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HeldEntry {
    pub(crate) guard: String,
    pub(crate) line: Option<u64>,
    pub(crate) subscriber_id: String,
    pub(crate) employee_number: String,
    pub(crate) name: String,
    pub(crate) what: String,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// The list of what holds a run's file; empty where nothing does, or where the receiver has taken the list away.
pub(super) fn held(run: &RunRow) -> Vec<HeldEntry> {
    let is_list = |file: &&Publication| file.what == Published::Held;
    let list = run.publications.iter().find(is_list);
    let list = list.filter(|_| run.status == RunStatus::Held);
    let Some(Ok(open)) = list.map(|list| File::open(&list.to)) else {
        return Vec::new();
    };
    let rows = csv::Reader::from_reader(BufReader::new(open)).into_deserialize();
    rows.map_while(std::result::Result::ok).collect()
}

/// Lists at most `limit` runs, newest first: of one integration, with one status, begun on or after a day on the site's
/// clock.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn runs(
    site: &Site,
    integration: Option<String>,
    status: Option<RunStatus>,
    since: Option<NaiveDate>,
    limit: usize,
) -> Result<Vec<ListedRun>> {
    let filter = RunFilter {
        integration,
        status,
        since: since.map(|day| start_of(day, site)),
        ..RunFilter::default()
    };
    let ledger = site.ledger_for_reading()?;
    let rows = ledger.runs(&filter, limit)?;
    Ok(rows.into_iter().map(listed).collect())
}

/// A run as lists show it.
pub(super) fn listed(row: RunRow) -> ListedRun {
    ListedRun {
        open_rejections: row.open_rejections,
        summary: summary_so_far(row),
    }
}

/// The run that began last.
///
/// # Errors
/// There is no run yet, or the ledger can't be read.
pub(crate) fn latest_run(site: &Site) -> Result<ReferenceId> {
    let runs = site.ledger_for_reading()?.runs(&RunFilter::default(), 1)?;
    let latest = runs.into_iter().next().map(|run| run.reference);
    latest.ok_or_else(|| OperationError::usage("there is no run yet"))
}

/// Shows one run.
///
/// # Errors
/// There is no such run, or the ledger can't be read.
pub(crate) fn show(site: &Site, reference: &ReferenceId) -> Result<RunDetails> {
    let ledger = site.ledger_for_reading()?;
    let run = known_run(&*ledger, reference)?;
    let rejections = ledger.rejections_by_end(run.number)?;
    let count = |of: u64| usize::try_from(of).unwrap_or(usize::MAX);
    let held = held(&run);
    let summary = summary_so_far(run);
    Ok(RunDetails {
        held,
        open_rejections: count(rejections.get(&None).copied().unwrap_or_default()),
        rejections: count(rejections.values().sum()),
        reading: match site.config.mistakes.is_empty() {
            true => FileReading::of_run(site, &summary),
            false => None,
        },
        summary,
    })
}

/// What the ledger knows of a run so far.
fn summary_so_far(run: RunRow) -> RunSummary {
    let fresh = run.fresh_summary();
    run.summary.unwrap_or(fresh)
}

/// One event. What a sender may have written is masked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EventEntry {
    pub(crate) action: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) subject: String,
    pub(crate) user: String,
    pub(crate) why: Option<String>,
}

/// Lists at most `limit` events, newest first: about one subject (a reference ID, an integration, a set, `all`), on or
/// after a day on the site's clock.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn events(
    site: &Site,
    subject: Option<String>,
    since: Option<NaiveDate>,
    limit: usize,
) -> Result<Vec<EventEntry>> {
    let filter = EventFilter {
        subject,
        since: since.map(|day| start_of(day, site)),
        ..EventFilter::default()
    };
    let events = site.ledger_for_reading()?.events(&filter, limit)?;
    Ok(events.into_iter().map(EventEntry::from).collect())
}

impl From<Event> for EventEntry {
    fn from(event: Event) -> EventEntry {
        // Fingerprints are ours and may happen to look like an SSN; everything else may come from a sender.
        let ours = matches!(event.action, EventAction::Reload | EventAction::Trust);
        EventEntry {
            subject: masked(&event.subject),
            why: event.why.map(|why| if ours { why } else { masked(&why) }),
            at: event.at,
            user: event.user,
            action: event.action.to_string(),
        }
    }
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
        "include_employees_not_found": [], "lines_set_aside": 0, "set_aside_lines": [], "unknown_columns": [], "source_files": ["doe 880-12-3456.csv"],
        "output_file": "outbound/hr/output/x.csv", "error_files": ["outbound/hr/errors/x.csv"],
        "resubmission_of": null, "rerun_of": null, "duplicate_of": null, "test": false,
        "configuration_fingerprint": "0123456789abcdef"
    }))
    .expect("a summary")
}

#[cfg(test)]
mod tests {
    use super::EventEntry;
    use crate::ledger::{Event, EventAction};
    use chrono::DateTime;

    #[test]
    fn a_fingerprint_is_no_ssn() {
        for (action, told) in [
            (EventAction::Reload, "535484933dbbcf97"),
            (EventAction::Pause, "xxx-xx-4933dbbcf97"),
        ] {
            let event = Event {
                at: DateTime::parse_from_rfc3339("2026-11-20T05:30:12-05:00").expect("moment"),
                user: "ada".into(),
                action,
                subject: "site".into(),
                why: Some("535484933dbbcf97".into()),
            };
            assert_eq!(EventEntry::from(event).why.as_deref(), Some(told));
        }
    }
}
