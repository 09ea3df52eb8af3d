//! Purging of published files by age, where the configuration asks for it (`outbound_days`).

use crate::config::{Config, Folder};
use crate::domain::ReferenceId;
use crate::ledger::{Event, EventAction, Ledger};
use crate::site::{Result, Site};
use crate::spool::purge_published;
use chrono::{DateTime, Days, FixedOffset};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folders of published files.
const FOLDERS: [Folder; 3] = [Folder::Output, Folder::Errors, Folder::Receipts];

/// A folder whose files are purged.
struct PurgedFolder {
    /// The integration; the first one where several share the folder.
    integration: String,
    /// Days until a file is purged.
    days: u32,
}

/// Removes published files that are older than their integration keeps them, at most `limit` of them, and writes an event
/// for each integration. Stays: what is still to be sent, what belongs to a run that is not over, and what no run put
/// there. Returns how many files were removed.
///
/// # Errors
/// A folder can't be listed, a file can't be removed, or the ledger failed. What can be purged nevertheless has been.
pub(super) fn purge_outbound(site: &Site, ledger: &mut dyn Ledger, limit: usize) -> Result<usize> {
    let folders = folders(&site.config);
    if folders.is_empty() {
        return Ok(0);
    }
    let (open, unsent) = (ledger.open_runs()?, ledger.unsent_names()?);
    let keep = |name: &str| {
        let plain = name.strip_suffix(".done").unwrap_or(name);
        unsent.contains(plain) || ReferenceId::find_in(name).is_some_and(|r| open.contains(&r))
    };
    let mut removed: BTreeMap<(String, u32), usize> = BTreeMap::new();
    let mut left = limit;
    let mut failure = None;
    for (path, PurgedFolder { integration, days }) in folders {
        let Some(before) = site.now().checked_sub_days(Days::new(days.into())) else {
            continue;
        };
        match purge_published(&site.disk, &path, before, &keep, left) {
            Ok(0) => {}
            Ok(count) => {
                left -= count;
                *removed.entry((integration, days)).or_default() += count;
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    for ((integration, days), count) in removed {
        ledger.record_event(&purged(site, site.now(), integration, days, count))?;
    }
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(limit - left),
    }
}

fn purged(
    site: &Site,
    at: DateTime<FixedOffset>,
    integration: String,
    days: u32,
    count: usize,
) -> Event {
    Event {
        at,
        user: site.user().to_owned(),
        action: EventAction::Purge,
        subject: integration,
        why: Some(format!("published files: {count} (over {days} days old)")),
    }
}

/// The folders of published files, those of integrations that left the configuration included, as far as they are purged:
/// where several integrations share one, the longest of their times holds.
fn folders(config: &Config) -> BTreeMap<PathBuf, PurgedFolder> {
    let mut found: BTreeMap<PathBuf, Option<PurgedFolder>> = BTreeMap::new();
    for integration in &config.integrations {
        let days = config.outbound_days(integration);
        for folder in FOLDERS {
            let purged = days.map(|days| PurgedFolder {
                integration: integration.name.clone(),
                days,
            });
            let place = config.folder(integration, folder);
            match found.remove(&place) {
                None => found.insert(place, purged),
                Some(before) => {
                    let longer = before.zip(purged).map(|(before, purged)| PurgedFolder {
                        days: before.days.max(purged.days),
                        ..before
                    });
                    found.insert(place, longer)
                }
            };
        }
    }
    let used: Vec<PathBuf> = found.keys().cloned().collect();
    let gone = std::fs::read_dir(config.root.join("outbound"));
    for entry in gone.into_iter().flatten().flatten() {
        for folder in FOLDERS {
            let place = entry.path().join(folder.as_str());
            if place.is_dir() && !used.contains(&place) {
                let purged = config
                    .site
                    .retention
                    .outbound_days
                    .map(|days| PurgedFolder {
                        integration: entry.file_name().to_string_lossy().into_owned(),
                        days,
                    });
                found.insert(place, purged);
            }
        }
    }
    let purged = found.into_iter();
    purged
        .filter_map(|(p, folder)| Some((p, folder?)))
        .collect()
}
