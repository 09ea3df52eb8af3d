//! Listing the inbound folder of an integration: which files wait in it, and which of them are complete.

use crate::config::{Folder, Integration};
use crate::site::{Result, Site};
use crate::spool::{InboundScan, InboundTracker, ScanTime, Signs};
use std::time::{Duration, Instant, SystemTime};

/// Knows what waits in inbound folders.
pub(crate) trait Inbound: Sync {
    /// What waits in the inbound folder of an integration.
    ///
    /// # Errors
    /// The folder can't be listed: what waits in it is unknown.
    fn look(&self, site: &Site, integration: &Integration) -> Result<InboundScan>;

    /// The same without waiting for files to settle: what is not known to be complete yet is arriving.
    ///
    /// # Errors
    /// As [`Inbound::look`].
    fn glance(&self, site: &Site, integration: &Integration) -> Result<InboundScan>;
}

/// Lists the folder itself, for a user who asks for its files to be taken: a closed file is complete, and one that may
/// still grow is given the time it has to settle.
pub(crate) struct Now;

impl Inbound for Now {
    fn look(&self, site: &Site, integration: &Integration) -> Result<InboundScan> {
        let mut scan = scanner(site, integration);
        let first = scan()?;
        let wait = first.arriving.iter().filter_map(|a| a.after).max();
        let Some(wait) = wait else {
            return Ok(first);
        };
        std::thread::sleep(wait + Duration::from_millis(1));
        scan()
    }

    fn glance(&self, site: &Site, integration: &Integration) -> Result<InboundScan> {
        scanner(site, integration)()
    }
}

/// Scans one folder, now and again; what has not changed since the first scan settles.
fn scanner(site: &Site, integration: &Integration) -> impl FnMut() -> Result<InboundScan> {
    let folder = site.config.folder(integration, Folder::Inbound);
    let (mut tracker, start) = (tracker(integration), Instant::now());
    move || {
        let now = ScanTime {
            steady: start.elapsed(),
            wall: SystemTime::now(),
        };
        Ok(tracker.scan(&folder, now, &Signs::new(), true)?)
    }
}

/// Tracks the files of an integration's inbound folder by its own rules, before the first scan.
pub(crate) fn tracker(integration: &Integration) -> InboundTracker {
    let complete = &integration.complete;
    InboundTracker::new(complete.by, complete.settle, &complete.marker)
}
