//! Receipts that no run writes. Each is finished in a hidden folder of the work folder before the ledger has it: a draft
//! that the ledger doesn't have is written again, one that it has is published by the next run. So a process that is
//! killed leaves neither two receipts nor none.

use super::execution::step;
use super::publish::outgoing;
use crate::config::Folder;
use crate::domain::ReferenceId;
use crate::ledger::{Ledger, NO_RUN, OutgoingReceipt, Publication, SendState};
use crate::site::{IntegrationContext, Result, RunError};
use crate::spool::{self, PendingSync};
use chrono::TimeDelta;
use std::path::Path;

/// The bytes of a receipt that is to be sent are kept within this time after the ledger has it, unless the process ends.
const KEPT_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// The drafts that are to be sent to an endpoint as well.
pub(super) fn to_send<'d>(
    context: &IntegrationContext<'d>,
    drafts: &'d [(ReferenceId, Vec<Publication>)],
) -> Result<Vec<OutgoingReceipt<'d>>> {
    let mut receipts = Vec::new();
    for (reference, publications) in drafts {
        for file in outgoing(context, publications)? {
            receipts.push(OutgoingReceipt {
                reference,
                integration: &context.integration.name,
                file,
                not_before: context.site.now() + KEPT_WITHIN,
            });
        }
    }
    Ok(receipts)
}

/// Publishes the drafts in a folder that the ledger has, and removes the others. `to` says by a draft's name in which folder
/// it is published, if the ledger has it.
pub(super) fn publish(
    context: &mut IntegrationContext<'_>,
    drafts: &Path,
    to: impl Fn(&dyn Ledger, &str) -> Result<Option<Folder>>,
) -> Result<()> {
    if !drafts.is_dir() {
        return Ok(());
    }
    let disk = &context.site.disk;
    let mut unsynced = PendingSync::default();
    let mut waiting = context.ledger.outbox_of(NO_RUN)?;
    waiting.retain(|file| file.state == SendState::Waiting);
    let mut kept = Vec::new();
    for name in spool::names_in(drafts)? {
        let Some(folder) = to(&*context.ledger, &name)? else {
            continue;
        };
        let from = drafts.join(&name);
        if let Some(file) = waiting.iter().find(|file| file.published == name) {
            let to = context.site.outbox().join(file.number.to_string());
            spool::keep_for_sending(disk, &from, &to)?;
            kept.push(file.number);
        }
        let to = context.folder(folder).join(&name);
        spool::deliver(disk, &from, &to, (true, None), &mut unsynced)?;
    }
    if !kept.is_empty() {
        unsynced.folder(&context.site.outbox());
    }
    spool::clear_work(disk, drafts, &mut unsynced)?;
    let durable = unsynced.sync(disk);
    durable.map_err(RunError::io("making receipts durable"))?;
    if !kept.is_empty() {
        step(context.site, "ledger: receipts to send")?;
        context.ledger.set_send_state(&kept, SendState::Waiting)?;
    }
    Ok(())
}
