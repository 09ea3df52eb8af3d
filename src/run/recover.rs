//! Going on from wherever a killed process left off.

use super::error::Result;
use super::finish::finish;
use super::way::Way;
use crate::domain::RunSummary;
use crate::ledger::RunState;

/// Finishes or redoes every run of the integration that did not end. The lock says that nobody else is at them.
pub(super) fn recover(way: &mut Way<'_>) -> Result<Vec<RunSummary>> {
    let mut redone = Vec::new();
    for row in way.ledger.unfinished(&way.integration.name)? {
        if row.state == RunState::Claimed {
            way.watch.note(&format!(
                "run {} was interrupted before its commit and starts afresh",
                row.reference
            ));
            redone.push(way.go(&row, None)?);
        } else {
            way.watch.note(&format!(
                "run {} was interrupted after its commit and is finished",
                row.reference
            ));
            finish(way.site, way.integration, &mut way.ledger, &row.reference)?;
            if let Some(summary) = row.summary {
                way.watch.end(&summary);
                redone.push(summary);
            }
        }
    }
    Ok(redone)
}
