//! The outbox, batch by batch.

use super::backoff::after;
use super::outbox::{NOT_SENT, is_due};
use super::send::{Obstacles, part};
use super::session::{Session, batches};
use super::stop_reason::StopReason;
use super::trouble::About;
use crate::ledger::{OutboxFile, Part};
use chrono::{DateTime, FixedOffset};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Between two tries with a folder that is missing or may not be written to.
const FOLDER_AGAIN: Duration = Duration::from_secs(60);

/// Folders nothing is sent to before a moment.
#[derive(Debug, Default)]
pub(super) struct Blocked(BTreeMap<String, DateTime<FixedOffset>>);

impl Blocked {
    pub(super) fn holds(&self, parcel: &OutboxFile, now: DateTime<FixedOffset>) -> bool {
        // One that is further off is from before the clock was set back.
        let most = after(now, FOLDER_AGAIN);
        let until = self.0.get(&parcel.folder);
        until.is_some_and(|until| (now < *until) && *until <= most)
    }

    /// When this folder is tried again.
    pub(super) fn until(&self, folder: &str) -> Option<DateTime<FixedOffset>> {
        self.0.get(folder).copied()
    }

    /// When the next of them is over.
    pub(super) fn next(&self, now: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
        self.0.values().copied().filter(|until| *until > now).min()
    }
}

impl Session<'_> {
    /// Those that are to be sent now.
    pub(super) fn sendable(&self, blocked: &Blocked) -> Result<Vec<OutboxFile>, StopReason> {
        let now = self.now;
        let mut parcels = self.waiting()?;
        parcels.retain(|p| is_due(p, now) && !blocked.holds(p, now) && self.has_target(p));
        Ok(parcels)
    }

    /// Sends files, oldest run first; a folder that takes none keeps back its own alone.
    pub(super) fn push(
        &mut self,
        parcels: Vec<OutboxFile>,
        blocked: &mut Blocked,
    ) -> Result<(), StopReason> {
        let names: BTreeSet<String> = parcels.iter().map(|p| p.integration.clone()).collect();
        for name in &names {
            self.attempts(Part::Push, name);
        }
        for mut batch in batches(parcels, |p| p.size) {
            if self.has_enough() {
                break;
            }
            batch.retain(|p| !blocked.holds(p, self.now));
            let mut obstacles = Obstacles::default();
            self.send(batch, &mut obstacles)?;
            for (parcel, fault) in obstacles.suspects {
                if obstacles.served.contains(&parcel.folder) {
                    self.set_aside(&parcel, true, &fault.to_string())?;
                } else if !blocked.holds(&parcel, self.now) {
                    let why = format!(
                        "nothing can be sent to the folder {}: {fault}; check push.folder and the account's rights (it is tried again every minute; `feedgate transfer {}` tries at once)",
                        parcel.folder, self.endpoint
                    );
                    let about = About::new(Part::Push, &parcel.integration, NOT_SENT);
                    self.trouble(&about, &why)?;
                    let until = after(self.now, FOLDER_AGAIN);
                    blocked.0.insert(parcel.folder, until);
                }
            }
            for (integration, fault, why) in obstacles.failed {
                let about = About::new(Part::Push, &integration, NOT_SENT);
                self.unless_lost(about, &fault, why);
            }
            obstacles.faults.end()?;
        }
        Ok(())
    }

    /// Removes what files that were given up may have left on the server; nothing depends on it.
    pub(super) fn clear_given_up(&mut self, given_up: &[OutboxFile]) {
        if !given_up.is_empty() {
            let parts: Vec<Vec<u8>> = given_up.iter().map(part).collect();
            self.place.remove(&parts);
        }
    }
}
