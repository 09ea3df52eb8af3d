//! Going on from wherever a killed process left off.

use super::error::Result;
use super::way::Way;
use crate::domain::RunSummary;
use crate::ledger::{RunRow, RunState};

/// Finishes or redoes every run of the integration that did not end, and adds those that now did to `summaries`. The
/// lock says that nobody else is at them.
///
/// # Errors
/// The first that kept a run from its end; the others were tried all the same.
pub(super) fn recover(way: &mut Way<'_>, summaries: &mut Vec<RunSummary>) -> Result<()> {
    let mut first = Ok(());
    for row in way.ledger.unfinished(&way.integration.name)? {
        match take_up(way, row) {
            Ok(summary) => summaries.extend(summary),
            Err(error) => first = first.and(Err(error)),
        }
    }
    first
}

fn take_up(way: &mut Way<'_>, row: RunRow) -> Result<Option<RunSummary>> {
    if row.state == RunState::Claimed {
        way.watch.note(&format!(
            "run {} was interrupted before its commit and starts afresh",
            row.reference
        ));
        return way.go(&row, None).map(Some);
    }
    way.watch.note(&format!(
        "run {} was interrupted after its commit and is finished",
        row.reference
    ));
    way.finish(&row.reference)?;
    way.settle()?;
    if let Some(summary) = &row.summary {
        way.watch.end(summary);
    }
    Ok(row.summary)
}
