//! Purging by age where no daemon does it.

use super::error::Result;
use crate::run::{self, Retired};
use crate::site::{DAEMON, Site};

/// Purges all that is older than the site keeps it, as the daemon does once a day.
///
/// # Errors
/// A daemon runs on the site, or a folder or the ledger can't be read or written. What can be purged nevertheless has been.
pub(crate) fn purge(site: &Site) -> Result<Retired> {
    let _lock = site.lock(
        DAEMON,
        "the daemon's lock; a daemon purges by itself: it",
        false,
    )?;
    let mut retired = run::purge(site)?;
    while retired.more {
        retired = retired.and(run::purge(site)?);
    }
    Ok(retired)
}
