//! One batch of files from the server into the work folder, whole, durable and written down.

use super::deliver::NOT_FETCHED;
use super::listing::{Listed, Seen};
use super::session::{Session, path};
use super::stop_reason::{Faults, StopReason};
use super::trouble::{About, not_done};
use crate::config::Integration;
use crate::domain::file_name;
use crate::domain::keyed::Domain;
use crate::ledger::{NewPull, Part, Source};
use crate::run::RunError;
use crate::spool::{self, Fetched};
use crate::transport::{Fault, FaultKind, Fetch};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A file of a batch.
struct Item {
    listed: Listed,
    remote: Vec<u8>,
    temporary: String,
    local: PathBuf,
}

/// A batch's source: who it is for, and the contents that were taken from there before, where files are kept.
pub(super) struct Taking<'a> {
    pub(super) integration: &'a Integration,
    pub(super) source: Source<'a>,
    pub(super) contents: Option<HashSet<String>>,
}

impl Session<'_> {
    /// Fetches files. One that changes meanwhile, or goes, is not taken this time.
    pub(super) fn fetch(
        &mut self,
        taking: &mut Taking<'_>,
        batch: Vec<Listed>,
        seen: &mut Seen,
    ) -> Result<(), StopReason> {
        let transit = self.transit(taking.integration);
        spool::make_transit(self.disk(), &transit)?;
        let items = self.items(taking, &transit, batch)?;
        let mut faults = Faults::default();
        let mut told = Vec::new();
        let results = self.download(&items);
        let mut arrived = Vec::new();
        for (item, result) in items.into_iter().zip(results) {
            match result {
                Ok(()) => arrived.push(item),
                Err(fault) => self.failed(taking, &item, fault, seen, &mut faults, &mut told)?,
            }
        }
        let remote: Vec<Vec<u8>> = arrived.iter().map(|i| i.remote.clone()).collect();
        let looks = self.place.look(&remote);
        let mut whole = Vec::new();
        for (item, look) in arrived.into_iter().zip(looks) {
            let listed = (item.listed.size, item.listed.modified);
            match look {
                Ok(Some(entry))
                    if (entry.size, entry.modified) == listed
                        && size(&item.local) == Some(entry.size) =>
                {
                    whole.push(item);
                }
                Ok(_) => seen.forget(&item.listed.name),
                Err(fault) => self.failed(taking, &item, fault, seen, &mut faults, &mut told)?,
            }
        }
        if !whole.is_empty() {
            self.write_down(taking, &transit, &whole)?;
        }
        let about = About::new(Part::Pull, &taking.integration.name, NOT_FETCHED);
        self.trouble_each(&about, &told)?;
        faults.end()
    }

    fn items(
        &self,
        taking: &Taking<'_>,
        transit: &Path,
        batch: Vec<Listed>,
    ) -> Result<Vec<Item>, StopReason> {
        let used = self
            .ledger
            .temporaries(self.endpoint, &taking.integration.name)?;
        let last = used.iter().filter_map(|n| n.parse::<u64>().ok()).max();
        let numbered = (last.unwrap_or(0) + 1..).zip(batch);
        let item = |(number, listed): (u64, Listed)| {
            let temporary = number.to_string();
            Item {
                remote: path(taking.source.folder, &listed.name),
                local: transit.join(&temporary),
                temporary,
                listed,
            }
        };
        Ok(numbered.map(item).collect())
    }

    fn download(&mut self, items: &[Item]) -> Vec<Result<(), Fault>> {
        let disk = &self.site.disk;
        let fetch = |item| {
            let Item {
                remote,
                listed,
                local,
                ..
            }: &Item = item;
            Fetch {
                path: remote.clone(),
                size: listed.size,
                into: Box::new(move || disk.create_file(local)),
            }
        };
        self.place.fetch(items.iter().map(fetch).collect())
    }

    fn failed(
        &mut self,
        taking: &Taking<'_>,
        item: &Item,
        fault: Fault,
        seen: &mut Seen,
        faults: &mut Faults,
        told: &mut Vec<String>,
    ) -> Result<(), StopReason> {
        let name = file_name::kept_name(OsStr::new(&item.listed.name));
        let what = not_done(&fault, "while it was read", "it can't be read");
        let about = About::new(Part::Pull, &taking.integration.name, NOT_FETCHED);
        self.unless_lost(about, &fault, format!("{name}: {what}"));
        let Some(fault) = faults.sort(fault)? else {
            return Ok(());
        };
        seen.forget(&item.listed.name);
        // Its sender was faster.
        if !matches!(fault.kind, FaultKind::Missing | FaultKind::Changed) {
            told.push(format!("{name}: {fault}"));
        }
        Ok(())
    }

    fn write_down(
        &mut self,
        taking: &mut Taking<'_>,
        transit: &Path,
        items: &[Item],
    ) -> Result<(), StopReason> {
        let fetched: Vec<Fetched> = items
            .iter()
            .map(|item| Fetched {
                path: item.local.clone(),
                modified: item.listed.modified,
            })
            .collect();
        spool::settle_fetched(self.disk(), transit, &fetched)?;
        let mut rows = Vec::new();
        for item in items {
            let mut sha256 = None;
            let mut known = false;
            if let Some(contents) = &mut taking.contents {
                let digest = spool::open_transit(&item.local).and_then(|f| spool::digest(&f));
                let (digest, _) = digest.map_err(RunError::io("reading a fetched file"))?;
                known = !contents.insert(digest.clone());
                sha256 = Some(digest);
            }
            let Listed {
                name,
                size,
                modified,
            } = &item.listed;
            rows.push(NewPull {
                key: self.key.hash(Domain::FileName, name.as_bytes()),
                shown: file_name::kept_name(OsStr::new(name)),
                name: name.clone(),
                size: *size,
                modified: *modified,
                sha256,
                temporary: item.temporary.clone(),
                known,
            });
        }
        self.step("ledger: arrived")?;
        Ok(self.ledger.files_arrived(taking.source, &rows, self.now)?)
    }
}

fn size(path: &Path) -> Option<u64> {
    Some(std::fs::symlink_metadata(path).ok()?.len())
}
