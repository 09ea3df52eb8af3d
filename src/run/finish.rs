//! After the commit: publish, put the source away, close. Every step may be repeated, so a run that was stopped on the
//! way is finished from the ledger alone.

use super::ending::held_path;
use super::error::{Result, RunError};
use super::outgoing;
use super::site::Site;
use crate::config::Integration;
use crate::domain::ReferenceId;
use crate::domain::masking;
use crate::ledger::{Disposal, Event, Ledger, RunState};
use crate::spool::{self, Delivery, Unsynced, deliver, put_away};

/// Puts the files of a committed run where they belong; its number, if it is to be closed when that is durable.
pub(super) fn publish(
    site: &Site,
    integration: &Integration,
    ledger: &mut Ledger,
    reference: &ReferenceId,
    unsynced: &mut Unsynced,
) -> Result<Option<u32>> {
    let row = site.run(ledger, reference)?;
    if row.state != RunState::Delivering {
        return Ok(None);
    }
    let disk = &site.disk;
    outgoing::keep(site, ledger, &row)?;
    for file in &row.publications {
        let delivery = deliver(
            disk,
            &file.from,
            &file.to,
            (file.replace, file.done_marker),
            unsynced,
        )?;
        if delivery == Delivery::Fetched {
            // What was delivered before a stop is looked at again.
            ledger.record_event_once(&Event {
                at: site.now(),
                user: site.user().to_owned(),
                action: "fetched before the run was closed".to_owned(),
                subject: reference.to_string(),
                why: Some(masking::shown(&file.to)),
            })?;
        }
    }
    let work = site.work(reference);
    let source = work.join(spool::SOURCE);
    let held = held_path(site, integration, &row);
    match &row.disposal {
        Some(Disposal::Archive(to)) => {
            // A refused file goes straight from the held folder.
            let from = if !source.exists() && held.exists() {
                &held
            } else {
                &source
            };
            put_away(disk, from, to, unsynced)?;
            if let Some(folder) = held.parent() {
                spool::clear_work(disk, folder, unsynced)?;
            }
        }
        Some(Disposal::Held(to)) => put_away(disk, &source, to, unsynced)?,
        None => {}
    }
    spool::clear_work(disk, &work, unsynced)?;
    Ok(Some(row.number))
}

/// Closes a run whose files are durable where they belong.
pub(super) fn close(site: &Site, ledger: &mut Ledger, number: u32) -> Result<()> {
    site.disk
        .step("ledger: close")
        .map_err(RunError::io("writing the ledger"))?;
    Ok(ledger.close(number)?)
}
