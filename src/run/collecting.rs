//! Taking files from inbound into the queue, before their runs.

use super::execution::{RunExecution, inside};
use crate::config::Folder;
use crate::domain::masking;
use crate::intake::{IncomingFile, collect, queued};
use crate::ledger::Origin;
use crate::site::{IntegrationContext, Result, RunError};
use crate::spool::{self, Waiting};
use std::os::unix::fs::MetadataExt;

/// Takes complete files from inbound into the queue. Returns how many could not be moved.
pub(crate) fn collect_files(execution: &mut RunExecution<'_>, files: &[Waiting]) -> Result<usize> {
    let IntegrationContext {
        site,
        integration,
        ledger,
        ..
    } = &mut execution.context;
    let left = collect(
        site,
        integration,
        &mut **ledger,
        files,
        &mut execution.unsynced,
    )?;
    for (file, why) in &left {
        let file = masking::masked(&file.name);
        let why = inside(site, &why.to_string());
        let sentence = format!("{}: {file} is not taken: {why}", integration.name);
        execution.observer.note(&sentence);
    }
    Ok(left.len())
}

/// Takes a file that a user named into the queue, if it lies in inbound. `None`: it stays where it is.
///
/// # Errors
/// It could not be moved.
pub(crate) fn collect_named(
    execution: &mut RunExecution<'_>,
    file: IncomingFile<'_>,
) -> Result<Option<Waiting>> {
    if file.origin != Origin::Inbound {
        return Ok(None);
    }
    // By its inode: the path to inbound may lead over links.
    let inode = std::fs::symlink_metadata(file.path).map(|about| about.ino());
    let inode = inode.map_err(RunError::place(file.path))?;
    let mut waiting = spool::scan(&execution.context.folder(Folder::Inbound))?.waiting;
    waiting.retain(|waiting| waiting.inode == inode);
    collect_files(execution, &waiting)?;
    let context = &execution.context;
    let queued = queued(context.site, context.integration)?.into_iter();
    let mut mine = queued.filter(|queued| queued.inode == inode);
    mine.next_back().map(Some).ok_or_else(|| {
        let file = masking::masked(file.name);
        RunError::Nothing(format!("{file} could not be taken; nothing was processed"))
    })
}
