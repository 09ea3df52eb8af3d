//! Fetched files go from the work folder into inbound.

use super::session::Session;
use super::stop_reason::StopReason;
use super::trouble::About;
use crate::config::{CompleteBy, Folder, Integration};
use crate::ledger::{OpenPull, Part, PullState};
use crate::spool::{self, Arrival};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What is told of a file that can't go into inbound yet.
pub(super) const NOT_FETCHED: &str = "not fetched";

/// What is told where there is nowhere to put files.
pub(super) const NO_INBOUND: &str =
    "its inbound folder is missing; make it with `feedgate init`, or mount it";

/// The ending of marker files, if the integration has them.
pub(super) fn marker(integration: &Integration) -> Option<&str> {
    let complete = &integration.complete;
    (complete.by == CompleteBy::Marker).then_some(complete.marker.as_str())
}

impl Session<'_> {
    /// Where fetched files of an integration lie before they are in inbound.
    pub(super) fn transit(&self, integration: &Integration) -> PathBuf {
        let name = format!(".pull-{}.{}", self.endpoint, integration.name);
        self.config().work().join(name)
    }

    /// Removes what was fetched for an integration and not written down, or is not for inbound.
    pub(super) fn sweep(&mut self, integration: &Integration) -> Result<(), StopReason> {
        let keep = self.ledger.temporaries(self.endpoint, &integration.name)?;
        Ok(spool::sweep_transit(
            self.disk(),
            &self.transit(integration),
            &keep,
        )?)
    }

    /// Files on their way for an integration that are at this point of it.
    pub(super) fn open(
        &self,
        integration: &Integration,
        state: PullState,
    ) -> Result<Vec<OpenPull>, StopReason> {
        let mut open = self.ledger.open_pulls(self.endpoint)?;
        open.retain(|file| file.integration == integration.name && file.state == state);
        Ok(open)
    }

    /// Moves everything that arrived into inbound. A file whose name is taken there stays and is tried again. Returns the
    /// names of those.
    pub(super) fn deliver(
        &mut self,
        integration: &Integration,
    ) -> Result<BTreeSet<String>, StopReason> {
        self.attempts(Part::Inbound, &integration.name);
        let mut waiting = BTreeSet::new();
        let arrived = self.open(integration, PullState::Arrived)?;
        if arrived.is_empty() {
            return Ok(waiting);
        }
        let about = About::new(Part::Inbound, &integration.name, NOT_FETCHED);
        let inbound = self.config().folder(integration, Folder::Inbound);
        if !inbound.is_dir() {
            let why = [NO_INBOUND.to_owned()];
            self.trouble_each(&about, &why)?;
            return Ok(arrived.into_iter().map(|file| file.name).collect());
        }
        let transit = self.transit(integration);
        let mut ours = Vec::new();
        let mut taken = Vec::new();
        for file in arrived {
            let arrival = spool::arrive(
                self.disk(),
                &transit.join(&file.temporary),
                &inbound.join(&file.name),
                file.size,
                marker(integration),
            );
            match arrival {
                Ok(Arrival::There) => ours.push(file.number),
                Err(error) if error.is_about_the_folder() => {
                    taken.push(error.to_string());
                    waiting.insert(file.name);
                }
                Err(error) => return Err(error.into()),
                Ok(Arrival::Taken) => {
                    taken.push(format!(
                        "{}: the inbound folder holds another file of this name; it is moved there when that is taken",
                        file.shown
                    ));
                    waiting.insert(file.name);
                }
            }
        }
        if !ours.is_empty() {
            spool::sync_arrived(self.disk(), &inbound)?;
            self.step("ledger: ours")?;
            self.ledger.files_ours(&ours)?;
            self.round.fetched += ours.len() as u64;
        }
        self.trouble_each(&about, &taken)?;
        Ok(waiting)
    }
}
