//! Taking up the runs that a killed process left unfinished.

use super::execution::RunExecution;
use crate::domain::RunSummary;
use crate::ledger::{RunRow, RunState};
use crate::site::Result;

/// Finishes, or starts again, every run of the integration that did not end, and adds those that now did to
/// `summaries`. The locks say that no other process is working on them.
///
/// # Errors
/// The first that kept a run from its end; the others were tried all the same.
pub(crate) fn recover(
    execution: &mut RunExecution<'_>,
    summaries: &mut Vec<RunSummary>,
) -> Result<()> {
    let mut first = Ok(());
    let integration = &execution.context.integration.name;
    for row in execution.context.ledger.unfinished(integration)? {
        match take_up(execution, row) {
            Ok(summary) => summaries.extend(summary),
            Err(error) => first = first.and(Err(error)),
        }
    }
    first
}

fn take_up(execution: &mut RunExecution<'_>, row: RunRow) -> Result<Option<RunSummary>> {
    if row.state == RunState::Claimed {
        execution.observer.note(&format!(
            "run {} was interrupted before its commit and starts afresh",
            row.reference
        ));
        return execution.run(&row, None).map(Some);
    }
    execution.observer.note(&format!(
        "run {} was interrupted after its commit and is finished",
        row.reference
    ));
    execution.publish(&row.reference)?;
    execution.settle()?;
    if let Some(summary) = &row.summary {
        execution.observer.end(summary);
    }
    Ok(row.summary)
}
