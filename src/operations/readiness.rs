//! Whether the daemon of this process does its work: the ledger can be written, and the inbound folders are looked into.

use super::error::Result;
use super::integration_list::LookEntry;
use crate::ledger::LedgerError;
use crate::site::{RunError, Site};
use serde::Serialize;
use std::time::Duration;

/// A folder counts as looked into if that is no longer ago than this many intervals between scans.
const SCANS: u32 = 3;
/// How long is waited for another transaction, before the ledger counts as busy, which is no fault.
const PATIENCE: Duration = Duration::from_millis(200);
/// The moment that is written to show that the ledger can be.
const MARK: &str = "readiness";

/// Whether the daemon of this process does its work.
#[derive(Debug, Serialize)]
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    /// What is not as it has to be.
    pub(crate) faults: Vec<ReadinessFault>,
}

/// Something that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ReadinessFault {
    /// `ledger` or `inbound`.
    pub(crate) what: &'static str,
    /// Whose inbound folder it is.
    pub(crate) integration: Option<String>,
    pub(crate) why: String,
}

/// Whether the daemon of this process does its work, and what keeps it from that.
pub(crate) fn readiness(site: &Site) -> Readiness {
    let mut faults = Vec::new();
    if let Err(error) = write_mark(site) {
        faults.push(ReadinessFault {
            what: "ledger",
            integration: None,
            why: error.sentences().join("; "),
        });
    }
    let longest = i64::try_from((site.config.daemon.scan_interval * SCANS).as_secs());
    let longest = longest.unwrap_or(i64::MAX);
    for integration in &site.config.integrations {
        let look = LookEntry::of(site, &integration.name);
        let why = match (look.failed, look.seconds_ago) {
            (Some(why), _) => why,
            (None, None) => "no daemon of this process has looked into it yet".to_owned(),
            (None, Some(ago)) if ago > longest => {
                format!(
                    "it was last looked into {ago} seconds ago, which is more than {SCANS} times daemon.scan_interval"
                )
            }
            (None, Some(_)) => continue,
        };
        faults.push(ReadinessFault {
            what: "inbound",
            integration: Some(integration.name.clone()),
            why,
        });
    }
    Readiness {
        ready: faults.is_empty(),
        faults,
    }
}

fn write_mark(site: &Site) -> Result<()> {
    let mut ledger = site.ledger()?;
    ledger.set_patience(PATIENCE)?;
    match ledger.set_mark(MARK, site.now().to_utc()) {
        // Another process writes just now.
        Err(LedgerError::Busy) => Ok(()),
        other => Ok(other.map_err(RunError::from)?),
    }
}
