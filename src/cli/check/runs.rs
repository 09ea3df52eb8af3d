//! Runs that wait for somebody: interrupted ones, and those whose integration left the configuration.

use super::{Line, Standing};
use crate::config::Config;
use crate::ledger::{Ledger, RunRow};
use crate::run::{LeftRun, Site, left_behind};

/// Looks at the ledger. Everything found is a note.
pub(super) fn look(config: &Config) -> Vec<Line> {
    let site = Site::new(config.clone());
    // A ledger that can't be read has its own line.
    let Ok(ledger) = Ledger::open_read_only(&site.ledger_path()) else {
        return Vec::new();
    };
    let names = config.integrations.iter().map(|i| &i.name);
    let runs = names
        .filter_map(|name| ledger.unfinished(name).ok())
        .flatten();
    let left = left_behind(&site, &ledger).unwrap_or_default();
    runs.map(unfinished)
        .chain(left.into_iter().map(gone))
        .collect()
}

/// In work right now, or interrupted.
fn unfinished(run: RunRow) -> Line {
    let found = format!(
        "has not ended; unless it is running now it was interrupted, and the daemon or `feedgate run {}` finishes it",
        run.integration
    );
    Line::new(Standing::Note, format!("run {}", run.reference), found)
}

fn gone(run: LeftRun) -> Line {
    Line::new(Standing::Note, format!("run {}", run.reference_id), run.why)
}
