//! What the steps of a round work with: their session, the bounds of a batch, and paths on a server; and its result.

use super::trouble::TroubleBook;
use crate::config::Config;
use crate::domain::SiteKey;
use crate::domain::masking::{escape_control, masked};
use crate::ledger::{Event, EventAction, Ledger};
use crate::site::{Observer, Result, RunError, Site};
use crate::spool::Disk;
use crate::transport::{Fault, FaultKind, Place};
use chrono::{DateTime, FixedOffset, SubsecRound};
use std::collections::BTreeSet;

/// What the steps of a round work with.
pub(super) struct Session<'a> {
    pub(super) site: &'a Site,
    pub(super) endpoint: &'a str,
    pub(super) ledger: Box<dyn Ledger>,
    pub(super) key: SiteKey,
    pub(super) place: &'a mut dyn Place,
    pub(super) observer: &'a dyn Observer,
    pub(super) now: DateTime<FixedOffset>,
    /// Whether a person's command does the round.
    pub(super) by_hand: bool,
    pub(super) round: Round,
    pub(super) troubles: TroubleBook,
}

impl Session<'_> {
    pub(super) fn config(&self) -> &Config {
        &self.site.config
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.site.disk
    }

    /// Passes the fault seam of the disk before the ledger is written.
    pub(super) fn step(&self, what: &str) -> Result<()> {
        let passed = self.site.disk.step(what);
        passed.map_err(RunError::io("writing the ledger"))
    }

    pub(super) fn should_end(&self) -> bool {
        self.observer.should_yield() || self.observer.is_cancelled()
    }

    /// Whether a folder exists on the server. Files of a folder that is missing are not gone: they may come back with it.
    pub(super) fn has_folder(&mut self, folder: &str) -> std::result::Result<bool, Fault> {
        let folder = match folder {
            "" => b".".to_vec(),
            folder => folder.as_bytes().to_vec(),
        };
        match self.place.look(std::slice::from_ref(&folder)).pop() {
            Some(Ok(None)) => match self.place.list(&folder) {
                Err(fault) if fault.kind == FaultKind::Missing => Ok(false),
                Err(fault) if fault.kind == FaultKind::Denied => Ok(true),
                listed => listed.map(|_| true),
            },
            Some(Err(fault)) if fault.kind == FaultKind::Missing => Ok(false),
            Some(Err(fault)) => Err(fault),
            Some(Ok(Some(_))) | None => Ok(true),
        }
    }

    /// Writes an event, whether or not it was written before.
    pub(super) fn note(
        &mut self,
        action: EventAction,
        subject: &str,
        why: Option<&str>,
    ) -> Result<()> {
        let event = self.event(action, subject, why);
        Ok(self.ledger.record_event(&event)?)
    }

    /// Reports something that a person should know: as an event, at most once a day, and in the round's result.
    pub(super) fn tell(&mut self, action: EventAction, subject: &str, why: &str) -> Result<()> {
        let why = escape_control(&masked(why));
        let event = self.event(action, subject, Some(&why));
        let trouble = format!("{subject}: {why}");
        if self.ledger.record_event_once(&event)? {
            self.round.news.push(trouble.clone());
        }
        self.round.troubles.push(trouble);
        Ok(())
    }

    fn event(&self, action: EventAction, subject: &str, why: Option<&str>) -> Event {
        Event {
            at: self.now,
            user: self.site.user().to_owned(),
            action,
            subject: subject.to_owned(),
            why: why.map(str::to_owned),
        }
    }

    pub(super) fn tell_troubles(&mut self) -> Result<()> {
        for told in self.troubles.take_told() {
            match told.action {
                Some(action) => self.tell(action, &told.integration, &told.why)?,
                None => {
                    let trouble = format!("{}: {}", told.integration, told.why);
                    self.round.troubles.push(trouble);
                }
            }
        }
        Ok(())
    }

    /// Writes the open troubles to the ledger if they changed, and puts new ones and integrations without any left into
    /// the round's result. `troubled`: the integrations that had troubles after this process's last round; another
    /// process may have ended those.
    pub(super) fn keep_troubles(&mut self, troubled: &mut BTreeSet<String>) -> Result<()> {
        let known = self.ledger.troubles(self.endpoint)?;
        let open = &mut self.troubles.open;
        troubled.extend(known.keys().map(|t| t.integration.clone()));
        let still: BTreeSet<String> = open.keys().map(|t| t.integration.clone()).collect();
        self.round.over.extend(troubled.difference(&still).cloned());
        *troubled = still;
        for next in open.values_mut() {
            *next = next.map(|at| at.trunc_subsecs(0));
        }
        if known == *open {
            return Ok(());
        }
        self.ledger.set_troubles(self.endpoint, open)?;
        for trouble in open.keys().filter(|t| !known.contains_key(t)) {
            let sentence = format!("{}: {}", trouble.integration, trouble.why);
            if !self.round.news.contains(&sentence) {
                self.round.news.push(sentence);
            }
        }
        Ok(())
    }
}

/// The result of a round at one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Files that were moved into inbound.
    pub fetched: u64,
    pub sent: u64,
    /// Files on the server that may still be growing.
    pub arriving: u64,
    /// Files in the outbox that are not sent.
    pub waiting: u64,
    /// What a person should know, in sentences.
    pub troubles: Vec<String>,
    /// Those of them that are new, or were not reported in the last 24 hours.
    pub news: Vec<String>,
    /// Integrations whose troubles are over.
    pub over: Vec<String>,
    /// Why all work at this endpoint waits for a person.
    pub stopped: Option<String>,
    /// Why the server is not contacted for a while: it could not be connected to.
    pub failing: Option<String>,
    /// Whether the endpoint was stopped or failing before this round and works now.
    pub recovered: bool,
    /// When the next round is due; earlier if a run publishes something.
    pub next: Option<DateTime<FixedOffset>>,
}

/// Whether a round contacted the server and got an answer. Without work that is due it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    None,
    Made,
}

/// The largest number of files that are moved together.
pub(super) const BATCH_FILES: usize = 256;
/// The largest number of bytes that are moved together; a larger file is moved alone.
pub(super) const BATCH_BYTES: u64 = 256 << 20;

/// Splits items into batches of at most [`BATCH_FILES`] items and [`BATCH_BYTES`] bytes, in order.
pub(super) fn batches<T>(items: Vec<T>, size: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut out: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0u64;
    for item in items {
        let more = size(&item);
        match out.last_mut() {
            Some(last) if last.len() < BATCH_FILES && bytes.saturating_add(more) <= BATCH_BYTES => {
                bytes += more;
                last.push(item);
            }
            _ => {
                bytes = more;
                out.push(vec![item]);
            }
        }
    }
    out
}

pub(super) fn path(folder: &str, name: &str) -> Vec<u8> {
    let folder = match folder.trim_end_matches('/') {
        "" if folder.starts_with('/') => "/",
        "" => return name.as_bytes().to_vec(),
        folder => folder,
    };
    let slash = if folder == "/" { "" } else { "/" };
    format!("{folder}{slash}{name}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{BATCH_BYTES, BATCH_FILES, batches, path};

    #[test]
    fn batches_are_bounded_by_number_and_bytes() {
        let sizes = |items: Vec<u64>| -> Vec<usize> {
            batches(items, |n| *n).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(vec![1; BATCH_FILES + 1]), [BATCH_FILES, 1]);
        assert_eq!(sizes(vec![BATCH_BYTES, 1, 1]), [1, 2]);
        assert_eq!(sizes(vec![u64::MAX, u64::MAX, 1]), [1, 1, 1]);
        assert!(sizes(vec![]).is_empty());
    }

    #[test]
    fn paths_have_one_slash_between_folder_and_name() {
        for (folder, whole) in [
            ("/out", "/out/a"),
            ("/out/", "/out/a"),
            ("/", "/a"),
            ("out", "out/a"),
            ("", "a"),
        ] {
            assert_eq!(path(folder, "a"), whole.as_bytes());
        }
    }
}
