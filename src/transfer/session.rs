//! What a round works with.

use super::round::Round;
use super::trouble::About;
use crate::config::Config;
use crate::domain::SiteKey;
use crate::domain::masking::{escape_control, masked};
use crate::ledger::{Event, Ledger, Troubles};
use crate::run::{Result, RunError, Site, Watch};
use crate::spool::Disk;
use crate::transport::{Fault, FaultKind, Place};
use chrono::{DateTime, FixedOffset};

/// Files that are moved together at most.
pub(super) const BATCH_FILES: usize = 256;
/// Bytes that are moved together at most; a larger file is moved alone.
pub(super) const BATCH_BYTES: u64 = 256 << 20;

/// What a round works with.
pub(super) struct Session<'a> {
    pub(super) site: &'a Site,
    pub(super) endpoint: &'a str,
    pub(super) ledger: Ledger,
    pub(super) key: SiteKey,
    pub(super) place: &'a mut dyn Place,
    pub(super) watch: &'a dyn Watch,
    pub(super) now: DateTime<FixedOffset>,
    /// Whether a person's command does the round.
    pub(super) by_hand: bool,
    pub(super) round: Round,
    /// The troubles at the endpoint, as they stand.
    pub(super) open: Troubles,
    /// What the server failed to do, untold until it is known whether it is still there.
    pub(super) late: Vec<(About, Vec<String>)>,
}

impl Session<'_> {
    pub(super) fn config(&self) -> &Config {
        &self.site.config
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.site.disk
    }

    /// Passes the seam for faults before the ledger is written.
    pub(super) fn step(&self, what: &str) -> Result<()> {
        let passed = self.site.disk.step(what);
        passed.map_err(RunError::io("writing the ledger"))
    }

    /// Whether the round is to end here.
    pub(super) fn has_enough(&self) -> bool {
        self.watch.has_enough() || self.watch.gives_up()
    }

    /// Tells something that a person should know: an event a day at most, and in the round's result.
    pub(super) fn tell(&mut self, action: &str, subject: &str, why: &str) -> Result<()> {
        let why = escape_control(&masked(why));
        let event = self.event(action, subject, Some(&why));
        let trouble = format!("{subject}: {why}");
        if self.ledger.record_event_once(&event)? {
            self.round.news.push(trouble.clone());
        }
        self.round.troubles.push(trouble);
        Ok(())
    }

    /// Writes down what happened once.
    pub(super) fn note(&mut self, action: &str, subject: &str, why: Option<&str>) -> Result<()> {
        let event = self.event(action, subject, why);
        Ok(self.ledger.record_event(&event)?)
    }

    fn event(&self, action: &str, subject: &str, why: Option<&str>) -> Event {
        Event {
            at: self.now,
            user: self.site.user().to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            why: why.map(str::to_owned),
        }
    }

    /// Whether a folder is there. What was in one that isn't has not gone its way: it may be back with the folder.
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
}

/// Parts of at most [`BATCH_FILES`] items and [`BATCH_BYTES`] bytes, in order.
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

/// A path at a place.
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
