//! What waits in an integration's inbound folder, and what of it is whole.

use super::error::Result;
use super::site::Site;
use crate::config::{CompleteBy, Folder, Integration};
use crate::spool::{Intake, Look, Moment, Proof, Signs};
use std::time::{Duration, Instant, SystemTime};

/// Somebody who knows what waits in the inbound folders.
pub trait Inbound: Sync {
    /// What waits in the inbound folder of an integration now.
    ///
    /// # Errors
    /// The folder can't be listed: what waits in it is unknown.
    fn look(&self, site: &Site, integration: &Integration) -> Result<Look>;
}

/// Looks for itself, at the word of somebody who says that what lies there is to be taken: a closed file is whole, and
/// one that may still grow is given the time it has to settle.
pub struct Now;

impl Inbound for Now {
    fn look(&self, site: &Site, integration: &Integration) -> Result<Look> {
        let folder = site.config.folder(integration, Folder::Inbound);
        let mut intake = intake(integration);
        let start = Instant::now();
        let mut look = || {
            let now = Moment {
                steady: start.elapsed(),
                wall: SystemTime::now(),
            };
            intake.look(&folder, now, &Signs::new(), true)
        };
        let first = look()?;
        let wait = first.arriving.iter().filter_map(|a| a.after).max();
        let Some(wait) = wait else {
            return Ok(first);
        };
        std::thread::sleep(wait + Duration::from_millis(1));
        Ok(look()?)
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

/// The ending of marker files, if the integration has them.
pub(super) fn marker(integration: &Integration) -> Option<&str> {
    let complete = &integration.complete;
    (complete.by == CompleteBy::Marker).then_some(complete.marker.as_str())
}
