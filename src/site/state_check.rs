//! Whether the ledger and the key belong to the site's folders, and are as new as they are. A restored ledger that is
//! older than the folders would give reference IDs a second time, and take the files of other runs for those of its own.

use super::state_fault::StateFault;
use super::{Result, RunError, Site};
use crate::config::{Config, Folder};
use crate::domain::keyed_hash::HashedType;
use crate::domain::masking::shown;
use crate::domain::{ReferenceId, SiteKey};
use crate::ledger::{Ledger, LedgerError, RunState, SiteIdentity};
use crate::spool;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A run's folder, found on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoundRun {
    pub(crate) reference: ReferenceId,
    pub(crate) path: PathBuf,
    /// The integration whose archive or held folder it is in; `None`: it is in the work folder.
    pub(crate) integration: Option<String>,
}

/// Checks that ledger, key and folders belong together, before anything is written.
///
/// # Errors
/// [`StateFault`], or something can't be read.
pub(super) fn before_work(site: &Site) -> Result<()> {
    // In this order: what makes a ledger, or begins a run, writes the ledger first.
    let mark = spool::read_site_mark(&site.config.work())?;
    let newest = newest_run(&site.config)?;
    let ledger = match site.ledger_for_reading() {
        // Another process is making it.
        Err(RunError::Ledger(LedgerError::Older { found: 0, .. })) => None,
        ledger => Some(ledger?),
    };
    let identity = ledger.as_ref().map(|ledger| ledger.identity());
    let path = || shown(&site.ledger_path());
    let (Some(ledger), Some(identity)) = (ledger, identity.transpose()?.flatten()) else {
        let shows = newest.map(|run| run.path);
        let shows = shows.or_else(|| mark.map(|_| site.config.work().join(".site")));
        return match shows {
            None => Ok(()),
            Some(shows) => Err(StateFault::Gone {
                ledger: path(),
                shows: inside(site, &shows),
            }
            .into()),
        };
    };
    if mark.is_some_and(|mark| mark != identity.identity) {
        return Err(StateFault::OtherSite {
            ledger: path(),
            work: shown(&site.config.work()),
        }
        .into());
    }
    let last = ledger.highest_reference()?;
    let later = newest.filter(|run| Some(&run.reference) > last.as_ref());
    let shows = match later {
        Some(run) => {
            let last = last.map_or_else(|| "none".to_owned(), |last| last.to_string());
            Some(format!(
                "{} is of a run later than any of the ledger, whose last reference ID is {last}",
                inside(site, &run.path)
            ))
        }
        None => archived_too_soon(site, &*ledger)?.or(queued_unknown(site, &*ledger)?),
    };
    match shows {
        Some(shows) => Err(StateFault::Older { shows }.into()),
        None => Ok(()),
    }
}

/// A file in the queue that is later than any of the ledger.
fn queued_unknown(site: &Site, ledger: &dyn Ledger) -> Result<Option<String>> {
    let highest = ledger.highest_arrival()?;
    for integration in &site.config.integrations {
        let newest = spool::arrivals_in(&site.queue(integration))?.pop();
        if let Some((arrival, folder)) = newest
            && Some(&arrival) > highest.as_ref()
        {
            return Ok(Some(format!(
                "{} arrived later than any file of the ledger",
                inside(site, &folder)
            )));
        }
    }
    Ok(None)
}

/// A run whose source file is archived, though the ledger has no result of it: runs are archived after their commit.
fn archived_too_soon(site: &Site, ledger: &dyn Ledger) -> Result<Option<String>> {
    for run in ledger.runs_not_ended()? {
        let open = matches!(run.state, RunState::Claimed | RunState::Held);
        let Some(integration) = site.config.integration(&run.integration).filter(|_| open) else {
            continue;
        };
        let archive = site.config.folder(integration, Folder::Archive);
        let day = run.start.date_naive();
        let file = spool::archive_place(&archive, day, &run.reference, spool::SOURCE);
        if let Some(place) = file.parent().filter(|place| place.exists()) {
            return Ok(Some(format!(
                "{} shows that run {} has ended, but the ledger doesn't know of it",
                inside(site, place),
                run.reference
            )));
        }
    }
    Ok(None)
}

/// Says in a new ledger which site it is, and leaves its mark in the work folder.
///
/// # Errors
/// [`StateFault::OtherKey`], or something can't be written.
pub(crate) fn claim_ledger(site: &Site, ledger: &mut dyn Ledger) -> Result<()> {
    let key = site.key()?;
    let identity = match ledger.identity()? {
        Some(identity) => identity,
        None => ledger.set_identity(&new_identity(&key)?)?,
    };
    is_of(site, &key, &identity)?;
    let work = site.config.work();
    if spool::read_site_mark(&work)?.as_ref() != Some(&identity.identity) {
        spool::write_site_mark(&work, &identity.identity)?;
    }
    Ok(())
}

/// Whether the key is the ledger's. Writes nothing.
pub(super) fn check_key(site: &Site) -> Result<()> {
    let identity = match site.ledger_for_reading() {
        Err(RunError::Ledger(LedgerError::Older { found: 0, .. })) => return Ok(()),
        ledger => ledger?.identity()?,
    };
    match (spool::read_key(&site.config.state())?, identity) {
        (Some(key), Some(identity)) => is_of(site, &key, &identity),
        _ => Ok(()),
    }
}

fn is_of(site: &Site, key: &SiteKey, identity: &SiteIdentity) -> Result<()> {
    if key_check(key, &identity.identity) == identity.key_check {
        return Ok(());
    }
    let key = shown(&site.config.state().join("key"));
    Err(StateFault::OtherKey { key }.into())
}

/// The identity of a new site with this key.
///
/// # Errors
/// The system gives no random bytes.
pub(crate) fn new_identity(key: &SiteKey) -> Result<SiteIdentity> {
    let identity = spool::random_identity()?;
    Ok(SiteIdentity {
        key_check: key_check(key, &identity),
        identity,
    })
}

fn key_check(key: &SiteKey, identity: &str) -> u64 {
    key.hash(HashedType::Identity, identity.as_bytes())
}

/// Where a recovery moves what no run of the ledger owns.
pub(crate) fn set_aside_folder(config: &Config) -> PathBuf {
    config.root.join("held").join("unknown")
}

/// The run folder with the highest reference ID among those that only this site's user can write: work, held and archive.
fn newest_run(config: &Config) -> Result<Option<FoundRun>> {
    let mut newest = runs_in(&config.work(), None)?.into_iter().max();
    newest = newest.max(runs_in(&set_aside_folder(config), None)?.into_iter().max());
    for integration in &config.integrations {
        let name = Some(integration.name.as_str());
        let held = runs_in(&config.folder(integration, Folder::Held), name)?;
        let archive = config.folder(integration, Folder::Archive);
        let archived = match spool::newest_archived_day(&archive)? {
            Some(day) => runs_in(&day, name)?,
            None => Vec::new(),
        };
        newest = newest.into_iter().chain(held).chain(archived).max();
    }
    Ok(newest)
}

/// The folders of all runs in work, held and archive.
///
/// # Errors
/// A folder can't be listed.
pub(crate) fn all_runs(config: &Config) -> Result<BTreeSet<FoundRun>> {
    let mut all = BTreeSet::from_iter(runs_in(&config.work(), None)?);
    for integration in &config.integrations {
        let name = Some(integration.name.as_str());
        all.extend(runs_in(&config.folder(integration, Folder::Held), name)?);
        for day in spool::archived_days(&config.folder(integration, Folder::Archive))? {
            all.extend(runs_in(&day, name)?);
        }
    }
    Ok(all)
}

/// The run folders directly in a folder, which may be missing.
fn runs_in(folder: &Path, integration: Option<&str>) -> Result<Vec<FoundRun>> {
    let runs = spool::run_folders(folder)?.into_iter();
    let found = runs.map(|(reference, path)| FoundRun {
        reference,
        path,
        integration: integration.map(str::to_owned),
    });
    Ok(found.collect())
}

/// A path relative to the site, as messages show it.
pub(crate) fn inside(site: &Site, path: &Path) -> String {
    shown(path.strip_prefix(&site.config.root).unwrap_or(path))
}
