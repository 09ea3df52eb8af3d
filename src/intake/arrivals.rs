//! Taking complete files from inbound into the queue, where they wait for their runs. A later upload of the same name then
//! overwrites nothing, and the sender can't take the file back.
//!
//! The ledger gives each its ID before it is moved. A file whose move was interrupted is still in inbound and gets another
//! ID. Which files wait is seen in the folders alone.

use crate::config::{Folder, Integration};
use crate::domain::masking::masked;
use crate::ledger::{Ledger, NewArrival};
use crate::site::{Result, RunError, Site};
use crate::spool::{self, Claimed, PendingSync, Queued, SpoolError, Waiting};
use std::collections::BTreeSet;

/// How many files are taken in one transaction.
const AT_ONCE: usize = 500;

/// Takes complete files of an integration into its queue, in their order. The moves are durable once `unsynced` is.
/// Returns the files that could not be moved; they stay in inbound.
///
/// # Errors
/// The ledger, or the queue itself, can't be written.
pub(crate) fn collect(
    site: &Site,
    integration: &Integration,
    ledger: &mut dyn Ledger,
    files: &[Waiting],
    unsynced: &mut PendingSync,
) -> Result<Vec<(Waiting, SpoolError)>> {
    let mut left = Vec::new();
    let here = |file: &&Waiting| file.arrival.is_none() && spool::still_waits(file);
    let files: Vec<&Waiting> = files.iter().filter(here).collect();
    remove_left_markers(site, integration)?;
    if files.is_empty() {
        return Ok(left);
    }
    let name = &integration.name;
    let _lock = site.lock(&format!("collect-{name}"), name, true)?;
    forget_unmoved(site, integration, ledger)?;
    for some in files.chunks(AT_ONCE) {
        let arriving: Vec<NewArrival> = some.iter().map(|file| new_arrival(file)).collect();
        let passed = site.disk.step("ledger: arrivals");
        passed.map_err(RunError::io("writing the ledger"))?;
        let given = ledger.arrive(&integration.name, &arriving, site.now())?;
        for (file, arrival) in some.iter().zip(given) {
            let folder = site.queue(integration).join(arrival.as_str());
            match spool::take_into_queue(&site.disk, file, &folder, unsynced) {
                Ok(claimed) => {
                    if let Some(ending) = integration.complete.marker_ending() {
                        // Without its marker a file that is back in inbound would look like one that is arriving.
                        durable(site, unsynced)?;
                        spool::claim_marker(&site.disk, &file.path, ending, &claimed)?;
                    }
                }
                // Its sender was faster, or another process has taken it.
                Err(SpoolError::Vanished { .. }) => {}
                Err(error) if error.is_about_the_file() => left.push(((*file).clone(), error)),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(left)
}

/// Removes the markers of files in the queue that a failure has left in inbound. A newer one belongs to the next file.
fn remove_left_markers(site: &Site, integration: &Integration) -> Result<()> {
    let Some(ending) = integration.complete.marker_ending() else {
        return Ok(());
    };
    let inbound = site.config.folder(integration, Folder::Inbound);
    for file in queued(site, integration)? {
        let claimed = Claimed {
            path: file.path.clone(),
            size: file.size,
            modified: file.modified,
            changed: file.changed,
            inode: file.inode,
        };
        let name = file.path.file_name().unwrap_or_default();
        spool::claim_marker(&site.disk, &inbound.join(name), ending, &claimed)?;
    }
    Ok(())
}

/// Forgets the arrivals whose move was interrupted: their files are still in inbound.
fn forget_unmoved(site: &Site, integration: &Integration, ledger: &mut dyn Ledger) -> Result<()> {
    let known = ledger.unanswered(&integration.name)?;
    if known.is_empty() {
        return Ok(());
    }
    let here: BTreeSet<_> = queued(site, integration)?
        .into_iter()
        .filter_map(|file| file.arrival)
        .collect();
    let unmoved = known.into_iter().map(|row| row.arrival);
    let unmoved: Vec<_> = unmoved.filter(|arrival| !here.contains(arrival)).collect();
    Ok(ledger.forget_arrivals(&unmoved)?)
}

/// The files that wait in the queue of an integration, in the order of their arrival.
///
/// # Errors
/// A folder can't be listed.
pub(crate) fn queued(site: &Site, integration: &Integration) -> Result<Vec<Waiting>> {
    Ok(spool::scan_queue(&site.queue(integration))?)
}

/// How much waits in the queue of an integration.
///
/// # Errors
/// The folder can't be listed.
pub(crate) fn count_queued(site: &Site, integration: &Integration) -> Result<Queued> {
    let arrivals = spool::arrivals_in(&site.queue(integration))?;
    Ok(Queued {
        files: arrivals.len(),
        newest: arrivals.into_iter().next_back().map(|(arrival, _)| arrival),
    })
}

/// What the ledger keeps of a file in the queue.
pub(crate) fn new_arrival(file: &Waiting) -> NewArrival {
    NewArrival {
        name: masked(&file.name),
        size: file.size,
    }
}

fn durable(site: &Site, unsynced: &mut PendingSync) -> Result<()> {
    let synced = unsynced.sync(&site.disk);
    synced.map_err(RunError::io("making files durable"))
}
