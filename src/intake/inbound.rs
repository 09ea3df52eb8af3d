//! Listing the inbound folder of an integration: which files wait in it, and which of them are complete.

use crate::config::{Folder, Integration};
use crate::site::{Result, Site};
use crate::spool::{InboundScan, InboundTracker, ScanTime, Signs};
use std::path::PathBuf;
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
        let mut folder = InboundFolder::of(site, integration);
        let first = folder.look()?;
        let wait = first.arriving.iter().filter_map(|a| a.after).max();
        let Some(wait) = wait else {
            return Ok(first);
        };
        std::thread::sleep(wait + Duration::from_millis(1));
        folder.look()
    }

    fn glance(&self, site: &Site, integration: &Integration) -> Result<InboundScan> {
        InboundFolder::of(site, integration).look()
    }
}

/// One folder, looked at once or twice.
struct InboundFolder {
    path: PathBuf,
    intake: InboundTracker,
    start: Instant,
}

impl InboundFolder {
    fn of(site: &Site, integration: &Integration) -> InboundFolder {
        InboundFolder {
            path: site.config.folder(integration, Folder::Inbound),
            intake: intake(integration),
            start: Instant::now(),
        }
    }

    fn look(&mut self) -> Result<InboundScan> {
        let now = ScanTime {
            steady: self.start.elapsed(),
            wall: SystemTime::now(),
        };
        Ok(self.intake.scan(&self.path, now, &Signs::new(), true)?)
    }
}

/// The state of watching an integration's inbound folder before the first look, by its own rules.
pub(crate) fn intake(integration: &Integration) -> InboundTracker {
    let complete = &integration.complete;
    InboundTracker::new(complete.by, complete.settle, &complete.marker)
}
