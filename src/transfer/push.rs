//! Sends the outbox, batch by batch.

use super::backoff::after;
use super::outbox::{NOT_SENT, has_target, is_due, part_path, refuse, waiting};
use super::send::{Stage, blames_folder, send};
use super::session::{Session, batches};
use super::trouble::{About, ItemReport, Step};
use crate::ledger::{OutboxFile, Part};
use crate::transport::Fault;
use chrono::{DateTime, FixedOffset};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Between two attempts with a folder that is missing or may not be written to.
const FOLDER_AGAIN: Duration = Duration::from_secs(60);

/// Folders that nothing is sent to before a certain time.
#[derive(Debug, Default)]
pub(super) struct BlockedFolders(BTreeMap<String, DateTime<FixedOffset>>);

impl BlockedFolders {
    pub(super) fn holds(&self, file: &OutboxFile, now: DateTime<FixedOffset>) -> bool {
        // A time further off than this is from before the clock was set back.
        let most = after(now, FOLDER_AGAIN);
        let until = self.until(&file.folder);
        until.is_some_and(|until| now < until && until <= most)
    }

    pub(super) fn until(&self, folder: &str) -> Option<DateTime<FixedOffset>> {
        self.0.get(folder).copied()
    }

    /// When the first of them is tried again.
    pub(super) fn next(&self, now: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
        self.0.values().copied().filter(|until| *until > now).min()
    }
}

pub(super) fn sendable(session: &Session<'_>, blocked: &BlockedFolders) -> Step<Vec<OutboxFile>> {
    let now = session.now;
    let mut files = waiting(session)?;
    files.retain(|f| is_due(f, now) && !blocked.holds(f, now) && has_target(session, f));
    Ok(files)
}

/// Sends files, oldest run first. A folder that accepts none delays its own files only.
pub(super) fn push(
    session: &mut Session<'_>,
    files: Vec<OutboxFile>,
    blocked: &mut BlockedFolders,
) -> Step {
    let names: BTreeSet<&str> = files.iter().map(|f| f.integration.as_str()).collect();
    for name in names {
        session.troubles.begin(Part::Push, name);
    }
    for mut batch in batches(files, |f| f.size) {
        if session.should_end() {
            break;
        }
        batch.retain(|f| !blocked.holds(f, session.now));
        let mut reports = Vec::new();
        for item in send(session, batch)? {
            let file = item.file;
            let about = About::new(Part::Push, &file.integration, NOT_SENT);
            match item.stage {
                Stage::Refused { why, part_left } => set_aside(session, &file, &why, part_left)?,
                Stage::Failed { fault, .. } if blames_folder(&fault) => {
                    block_folder(session, blocked, file, &about, &fault);
                }
                Stage::Failed { fault, why } => reports.push(ItemReport::new(&about, fault, why)?),
                _ => {}
            }
        }
        session.troubles.take(reports)?;
    }
    Ok(())
}

/// Sends nothing to a file's folder for a while.
fn block_folder(
    session: &mut Session<'_>,
    blocked: &mut BlockedFolders,
    file: OutboxFile,
    about: &About,
    fault: &Fault,
) {
    if blocked.holds(&file, session.now) {
        return;
    }
    let why = format!(
        "nothing can be sent to the folder {}: {fault}; check push.folder and the account's rights (it is tried again every minute; `feedgate transfer {}` tries at once)",
        file.folder, session.endpoint
    );
    session.troubles.add(about, &why);
    let until = after(session.now, FOLDER_AGAIN);
    blocked.0.insert(file.folder, until);
}

/// Refuses a file and removes what it may have left under its temporary name.
fn set_aside(session: &mut Session<'_>, file: &OutboxFile, why: &str, part_left: bool) -> Step {
    // The ledger first: a file that is `renaming` and has lost its temporary file counts as renamed.
    refuse(session, file, why)?;
    if part_left {
        // What can't be removed is overwritten when the file is uploaded again.
        session.place.remove(&[part_path(file)]);
    }
    Ok(())
}
