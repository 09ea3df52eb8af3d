//! After the commit: the files of a run go where they belong. Every step may be repeated, so a run that was interrupted
//! here is finished from the ledger alone. Files that go to an endpoint are written into the outbox with the run's result,
//! and their bytes are kept until they are sent.

use crate::domain::masking;
use crate::domain::{Published, ReferenceId};
use crate::ledger::{Disposal, Event, EventAction, Outgoing, Publication, RunRow, RunState};
use crate::site::{IntegrationContext, Result, RunError, known_run};
use crate::spool::{self, Delivery, PendingSync, deliver, put_away};
use std::fs::File;

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
    keep(context, &row)?;
    for file in &row.publications {
        // Where a marker says that a file is whole, the later one needs it too.
        let marker = match file.what {
            Published::Later => context.integration.complete.marker_ending(),
            _ => file.done_marker.then_some(".done"),
        };
        let delivery = deliver(disk, &file.from, &file.to, (file.replace, marker), unsynced)?;
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

/// Those of a run's files that its integration sends, as they lie finished in the work folder.
pub(crate) fn outgoing(
    context: &IntegrationContext<'_>,
    publications: &[Publication],
) -> Result<Vec<Outgoing>> {
    let Some(push) = &context.integration.push else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for file in publications {
        if !push.files.contains(&file.what) {
            continue;
        }
        let read = File::open(&file.from).and_then(|open| spool::digest(&open));
        let (sha256, size) = read.map_err(RunError::io("reading what is to be sent"))?;
        out.push(Outgoing {
            what: file.what,
            endpoint: push.endpoint.clone(),
            folder: push.folder.clone(),
            published: name(file),
            size,
            sha256,
            done_marker: file.done_marker,
            at: context.site.now(),
        });
    }
    Ok(out)
}

/// Keeps the bytes of a committed run's files that are to be sent, before its receiver can take them from outbound.
fn keep(context: &IntegrationContext<'_>, row: &RunRow) -> Result<()> {
    let site = context.site;
    let mut kept = false;
    for waiting in context.ledger.outbox_of(row.number)? {
        let mut files = row.publications.iter();
        if let Some(file) = files.find(|file| name(file) == waiting.published) {
            let to = site.outbox().join(waiting.number.to_string());
            spool::keep_for_sending(&site.disk, &file.from, &to)?;
            kept = true;
        }
    }
    if kept && site.outbox().is_dir() {
        spool::sync_folder(&site.disk, &site.outbox())?;
    }
    Ok(())
}

fn name(file: &Publication) -> String {
    let name = file.to.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
