//! Where files that wait to be sent go to: where the configuration says now.

use super::outbox::{MOST_AGE, NOT_SENT};
use super::send::part;
use super::session::{BATCH_FILES, Session};
use super::stop_reason::StopReason;
use super::trouble::About;
use crate::ledger::{OutboxFile, Part, SendState};
use std::collections::BTreeMap;

/// Temporary files that uploads may have left in folders nothing is sent to any more: remembered at most.
const MOST_LEFT: usize = 10_000;

impl Session<'_> {
    /// Sends what waits to its integration's present folder and endpoint. What is being renamed is finished where it is.
    /// Adds to `left` what uploads may have left in the folders before.
    pub(super) fn retarget(&mut self, left: &mut Vec<Vec<u8>>) -> Result<(), StopReason> {
        self.open.retain(|t, _| t.part != Part::Target);
        let mut waiting: BTreeMap<String, Vec<OutboxFile>> = BTreeMap::new();
        for parcel in self.ledger.outbox(self.endpoint)? {
            if parcel.state != SendState::Renaming {
                let name = parcel.integration.clone();
                waiting.entry(name).or_default().push(parcel);
            }
        }
        let site = self.site;
        for (name, parcels) in waiting {
            let integration = site.config.integrations.iter().find(|i| i.name == name);
            let Some(push) = integration.and_then(|i| i.push.as_ref()) else {
                self.attempts(Part::Push, &name);
                let files = match parcels.len() {
                    1 => "1 file waits".to_owned(),
                    n => format!("{n} files wait"),
                };
                let why = format!(
                    "{files} to be sent, and the configuration no longer says where; put its push back (without it a file is given up {} days after it was published)",
                    MOST_AGE.num_days()
                );
                let about = About::new(Part::Target, &name, NOT_SENT);
                self.trouble(&about, &why)?;
                continue;
            };
            let to = (push.endpoint.as_str(), push.folder.as_str());
            if to.0 == self.endpoint && parcels.iter().all(|p| p.folder == to.1) {
                continue;
            }
            self.step("ledger: retarget")?;
            let moved = self.ledger.retarget(self.endpoint, &name, to)?;
            self.attempts(Part::Push, &name);
            left.extend(moved.iter().map(part));
            left.truncate(MOST_LEFT);
            if push.endpoint != self.endpoint {
                // Its courier may wait for a run.
                site.ring();
            }
        }
        Ok(())
    }

    /// Whether the configuration says where a file goes to.
    pub(super) fn has_target(&self, parcel: &OutboxFile) -> bool {
        let mut all = self.config().integrations.iter();
        let integration = all.find(|i| i.name == parcel.integration);
        parcel.state == SendState::Renaming || integration.is_some_and(|i| i.push.is_some())
    }

    /// Removes temporary files; nothing depends on it.
    pub(super) fn clear_left(&mut self, left: &mut Vec<Vec<u8>>) {
        for paths in std::mem::take(left).chunks(BATCH_FILES) {
            self.place.remove(paths);
        }
    }
}
