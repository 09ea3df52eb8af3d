//! After the commit: the files of a run go where they belong. Every step may be repeated, so a run that was interrupted
//! here is finished from the ledger alone.

use super::outbox;
use crate::domain::ReferenceId;
use crate::domain::masking;
use crate::ledger::{Disposal, Event, EventAction, RunState};
use crate::site::{IntegrationContext, Result, known_run};
use crate::spool::{self, Delivery, PendingSync, deliver, put_away};

/// Puts the files of a committed run where they belong; its number, if it is to be closed when that is durable.
pub(super) fn publish(
    context: &mut IntegrationContext<'_>,
    reference: &ReferenceId,
    unsynced: &mut PendingSync,
) -> Result<Option<u32>> {
    let site = context.site;
    let row = known_run(&*context.ledger, reference)?;
    if row.state != RunState::Delivering {
        return Ok(None);
    }
    let disk = &site.disk;
    outbox::keep(context, &row)?;
    for file in &row.publications {
        let delivery = deliver(
            disk,
            &file.from,
            &file.to,
            (file.replace, file.done_marker),
            unsynced,
        )?;
        if delivery == Delivery::Fetched {
            // A repetition finds again what was delivered before an interruption.
            context.ledger.record_event_once(&Event {
                at: site.now(),
                user: site.user().to_owned(),
                action: EventAction::FetchedBeforeClose,
                subject: reference.to_string(),
                why: Some(masking::shown(&file.to)),
            })?;
        }
    }
    let work = site.work(reference);
    let source = work.join(spool::SOURCE);
    let held = context.held_path(&row);
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
