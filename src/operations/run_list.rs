//! Pages of runs, newest first.

use super::error::Result;
use super::history::{ListedRun, listed};
use super::local_time::start_of;
use super::visible::Visible;
use crate::domain::{Code, RunStatus, RunSummary};
use crate::ledger::{RunFilter, RunPlace, RunRow};
use crate::site::Site;
use chrono::NaiveDate;
use serde::Serialize;
use std::cmp::Reverse;

/// Entries on a page of a list.
pub(crate) const PAGE: usize = 50;
/// Codes that are named of a run in a list.
const TOP_CODES: usize = 3;

/// Which runs are wanted; without anything, all that may be seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunQuery {
    pub(crate) integration: Option<String>,
    pub(crate) status: Option<RunStatus>,
    /// Only those that need a person: Held, with open rejections, or Failed without a later run that took a file of the
    /// same source.
    pub(crate) open: bool,
    pub(crate) code: Option<Code>,
    /// Begun on or after this day on the site's clock.
    pub(crate) from: Option<NaiveDate>,
    /// Begun on or before this day.
    pub(crate) to: Option<NaiveDate>,
    /// `next` of the page before.
    pub(crate) cursor: Option<RunPlace>,
}

/// A page of runs.
#[derive(Debug, Serialize)]
pub(crate) struct RunPage {
    pub(crate) runs: Vec<RunEntry>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// A run in a list.
#[derive(Debug, Serialize)]
pub(crate) struct RunEntry {
    #[serde(flatten)]
    pub(crate) run: ListedRun,
    /// Whether it needs a person.
    pub(crate) open: bool,
    /// What it found most often.
    pub(crate) top_codes: Vec<CodeCount>,
}

/// How often a code was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CodeCount {
    pub(crate) code: String,
    pub(crate) findings: u64,
}

/// A page of the runs that are wanted.
///
/// # Errors
/// The integration is not in the configuration and has no runs, or may not be seen; the ledger can't be read.
pub(crate) fn run_page(site: &Site, query: &RunQuery, visible: &Visible) -> Result<RunPage> {
    let ledger = site.ledger_for_reading()?;
    if let Some(name) = &query.integration
        && !(visible.sees(name) && ledger.integrations_with_runs()?.contains(name))
    {
        visible.integration(site, name)?;
    }
    let filter = RunFilter {
        integration: query.integration.clone(),
        only: visible.only(),
        status: query.status,
        open: query.open,
        code: query.code,
        since: query.from.map(|day| start_of(day, site)),
        until: query
            .to
            .and_then(|day| day.succ_opt())
            .map(|day| start_of(day, site)),
        after: query.cursor,
        oldest_first: false,
    };
    let mut rows = ledger.runs(&filter, PAGE + 1)?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more);
    Ok(RunPage {
        next: next.map(|row| row.place().to_string()),
        runs: rows.into_iter().map(RunEntry::of).collect(),
    })
}

impl RunEntry {
    pub(super) fn of(row: RunRow) -> RunEntry {
        let open = needs_person(&row);
        let run = listed(row);
        RunEntry {
            open,
            top_codes: top_codes(&run.summary),
            run,
        }
    }
}

/// Whether a run needs a person, as lists of those that do have it.
pub(super) fn needs_person(row: &RunRow) -> bool {
    row.status == RunStatus::Held || row.open_rejections > 0 || row.unresolved
}

/// The codes that a run found most often.
fn top_codes(summary: &RunSummary) -> Vec<CodeCount> {
    let found = summary.findings.iter();
    let mut codes: Vec<CodeCount> = found
        .map(|(code, findings)| CodeCount {
            code: code.clone(),
            findings: *findings,
        })
        .collect();
    codes.sort_by_key(|code| Reverse(code.findings));
    codes.truncate(TOP_CODES);
    codes
}
