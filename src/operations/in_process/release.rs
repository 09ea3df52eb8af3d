//! Releasing held runs: one, several, or those of an integration that one guard holds; and the decision that lets all files
//! of a plan year pass.

use super::batch::{BatchResult, worst};
use super::past_run::{reason, release, unless_held};
use crate::domain::{Code, ReferenceId, RunStatus};
use crate::ledger::{Event, EventAction, RunFilter, RunRow};
use crate::site::{Observer, Result, RunError, Site};

/// Releases held runs, the oldest first. The first that can't be released ends it.
///
/// # Errors
/// One of them is not Held, or no reason is given: then nothing was released. What goes wrong later is
/// [`BatchResult::failure`].
pub(super) fn release_all(
    site: &Site,
    references: &[ReferenceId],
    why: &str,
    for_year: bool,
    observer: &dyn Observer,
) -> Result<BatchResult> {
    let rows = references.iter().map(|reference| site.find_run(reference));
    let mut rows: Vec<RunRow> = rows.collect::<Result<_>>()?;
    rows.sort_by_key(|row| row.number);
    rows.dedup_by_key(|row| row.number);
    rows.iter().try_for_each(unless_held)?;
    if for_year {
        let years = rows.iter().map(|row| year_to_let_pass(site, row, why));
        let events: Vec<_> = years.collect::<Result<_>>()?;
        let mut ledger = site.ledger()?;
        for (roster, year, event) in events {
            ledger.let_year_pass(&roster, year, &event)?;
        }
    }
    let mut result = BatchResult::default();
    for row in rows {
        match release(site, &row.reference, why, observer) {
            Ok(summary) => result.summaries.push(summary),
            Err(error) if result.summaries.is_empty() => return Err(error),
            Err(error) => {
                observer.note(&format!("{} is not released", row.reference));
                result.exit_code = error.exit_code();
                result.failure = Some(error);
                return Ok(result);
            }
        }
    }
    let status = worst(&result.summaries, false);
    result.exit_code = status.map_or(0, RunStatus::exit_code);
    Ok(result)
}

/// The roster and the plan year of a run that is held because of it, and the event of letting that year pass.
fn year_to_let_pass(
    site: &Site,
    row: &RunRow,
    why: &str,
) -> Result<(String, chrono::NaiveDate, Event)> {
    let (reference, reason) = (&row.reference, reason(why)?);
    let start = row.summary.as_ref().and_then(|s| s.plan_year_start);
    let start = start.filter(|_| holding(row).contains(&Code::PriorYearAfterCurrent));
    let Some(start) = start else {
        return Err(RunError::usage(format!(
            "run {reference} is not held by {}, for which --for-year is; release it without",
            Code::PriorYearAfterCurrent
        )));
    };
    let mut years = site.config.plan_years.iter();
    let year = years.find(|year| year.start == start);
    let Some(year) = year.filter(|year| site.today() <= year.end) else {
        return Err(RunError::usage(format!(
            "the plan year from {start} is over, so each file of it is a decision of its own; release run {reference} without --for-year"
        )));
    };
    let roster = site.integration_of(row)?.roster.clone();
    let event = Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: EventAction::ReleaseYear,
        subject: reference.to_string(),
        why: Some(format!(
            "{reason} (files of the plan year from {start} of the roster {roster} pass until {})",
            year.end
        )),
    };
    Ok((roster, start, event))
}

/// What holds a run now, without what was lifted before.
pub(in crate::operations) fn holding(row: &RunRow) -> Vec<Code> {
    let found = row.summary.as_ref().map(|summary| &summary.findings);
    let now = |code: &&Code| found.is_some_and(|found| found.contains_key(code.as_str()));
    row.hold.iter().filter(now).copied().collect()
}

/// The held runs of an integration that one guard holds and nothing else, the oldest first. The observer is told of those
/// that something else holds, too.
///
/// # Errors
/// There is none, or no such integration.
pub(crate) fn held_by(
    site: &Site,
    integration: &str,
    guard: Code,
    observer: &dyn Observer,
) -> Result<Vec<ReferenceId>> {
    let name = &site.integration(integration)?.name;
    let filter = RunFilter {
        integration: Some(name.clone()),
        status: Some(RunStatus::Held),
        ..RunFilter::default()
    };
    let mut rows = site.ledger_for_reading()?.runs(&filter, usize::MAX)?;
    rows.retain(|row| holding(row).contains(&guard));
    rows.reverse();
    let (alone, others): (Vec<RunRow>, Vec<RunRow>) =
        rows.into_iter().partition(|row| holding(row).len() == 1);
    for row in others {
        let codes: Vec<&str> = holding(&row).iter().map(|code| code.as_str()).collect();
        observer.note(&format!(
            "run {} is held by {}: look at it, and release it by its reference ID",
            row.reference,
            codes.join(", ")
        ));
    }
    if alone.is_empty() {
        return Err(RunError::usage(format!(
            "no run of {name} is held by {guard} alone"
        )));
    }
    Ok(alone.into_iter().map(|row| row.reference).collect())
}
