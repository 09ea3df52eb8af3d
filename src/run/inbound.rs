//! What waits in an integration's inbound folder, and what of it is whole.

use super::error::Result;
use super::site::Site;
use crate::config::{CompleteBy, Folder, Integration};
use crate::spool::{Intake, Look, Moment, Proof, Signs};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// Somebody who knows what waits in the inbound folders.
pub(crate) trait Inbound: Sync {
    /// What waits in the inbound folder of an integration now.
    ///
    /// # Errors
    /// The folder can't be listed: what waits in it is unknown.
    fn look(&self, site: &Site, integration: &Integration) -> Result<Look>;

    /// The same without waiting for files to settle: what is not known to be whole yet is on its way.
    ///
    /// # Errors
    /// As [`Inbound::look`].
    fn glance(&self, site: &Site, integration: &Integration) -> Result<Look>;
}

/// Looks for itself, at the word of somebody who says that what lies there is to be taken: a closed file is whole, and
/// one that may still grow is given the time it has to settle.
pub(crate) struct Now;

impl Inbound for Now {
    fn look(&self, site: &Site, integration: &Integration) -> Result<Look> {
        let mut looks = Looks::at(site, integration);
        let first = looks.next()?;
        let wait = first.arriving.iter().filter_map(|a| a.after).max();
        let Some(wait) = wait else {
            return Ok(first);
        };
        std::thread::sleep(wait + Duration::from_millis(1));
        looks.next()
    }

    fn glance(&self, site: &Site, integration: &Integration) -> Result<Look> {
        Looks::at(site, integration).next()
    }
}

/// Looks at one folder.
struct Looks {
    folder: PathBuf,
    intake: Intake,
    start: Instant,
}

impl Looks {
    fn at(site: &Site, integration: &Integration) -> Looks {
        Looks {
            folder: site.config.folder(integration, Folder::Inbound),
            intake: intake(integration),
            start: Instant::now(),
        }
    }

    fn next(&mut self) -> Result<Look> {
        let now = Moment {
            steady: self.start.elapsed(),
            wall: SystemTime::now(),
        };
        Ok(self.intake.look(&self.folder, now, &Signs::new(), true)?)
    }
}

/// A first look at the inbound folder of an integration, by its own rules.
pub(crate) fn intake(integration: &Integration) -> Intake {
    let complete = &integration.complete;
    let proof = match complete.by {
        CompleteBy::Auto => Proof::Auto,
        CompleteBy::Rename => Proof::Rename,
        CompleteBy::Marker => Proof::Marker,
        CompleteBy::Quiet => Proof::Quiet,
    };
    Intake::new(proof, complete.settle, &complete.marker)
}
