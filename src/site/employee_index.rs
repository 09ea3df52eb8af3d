//! Keeps the indexes by which employees are found near to the rosters.

use super::{Result, RunError, Site};
use std::collections::BTreeSet;
use std::time::Duration;

/// Brings the index of one roster that is behind a step nearer to what is stored. `true`: there may be more to do.
///
/// # Errors
/// The ledger can't be written, also because another process writes it now: nothing waits for that.
pub(crate) fn extend_indexes(site: &Site) -> Result<bool> {
    let integrations = site.config.integrations.iter();
    let rosters: BTreeSet<&str> = integrations.map(|i| i.roster.as_str()).collect();
    let mut ledger = site.ledger()?;
    ledger.set_patience(Duration::ZERO)?;
    for roster in rosters {
        if ledger.is_index_behind(roster)? {
            site.disk
                .step("ledger: index")
                .map_err(RunError::io("writing the ledger"))?;
            ledger.extend_index(roster)?;
            return Ok(true);
        }
    }
    Ok(false)
}
