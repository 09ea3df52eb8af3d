//! The outbox of an endpoint: which files are due, where they go, and which are refused or given up.

use super::backoff::after;
use super::session::{BATCH_FILES, Session, path};
use super::trouble::About;
use crate::ledger::{EventAction, OutboxFile, Part, SendState};
use crate::site::Result;
use crate::spool;
use chrono::{DateTime, FixedOffset, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// A file that could not be sent for this long is given up: a person has to see to it.
const MOST_AGE: TimeDelta = TimeDelta::days(7);
/// Between two attempts to send a file that was refused.
const REFUSED_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);
/// The largest number of temporary files in former folders that are remembered.
const MOST_LEFT: usize = 10_000;
/// The action of events about files that are not sent.
pub(super) const NOT_SENT: EventAction = EventAction::NotSent;

pub(super) fn target_path(file: &OutboxFile) -> Vec<u8> {
    path(&file.folder, &file.name)
}

/// The path on the server under which a file is uploaded.
pub(super) fn part_path(file: &OutboxFile) -> Vec<u8> {
    let name = format!(".{}.{}.part", file.name, file.reference);
    path(&file.folder, &name)
}

/// Where the bytes of a file lie until it is sent.
pub(super) fn local_path(session: &Session<'_>, file: &OutboxFile) -> PathBuf {
    session.site.outbox().join(file.number.to_string())
}

/// Where the bytes of a file on the server are fetched to for comparing them with ours, in the same folder.
pub(super) fn comparison_path(session: &Session<'_>, file: &OutboxFile) -> PathBuf {
    let name = comparison_prefix(session.endpoint) + &file.number.to_string();
    session.site.outbox().join(name)
}

fn comparison_prefix(endpoint: &str) -> String {
    format!("there.{endpoint}.")
}

pub(super) fn is_due(file: &OutboxFile, now: DateTime<FixedOffset>) -> bool {
    // A time further off than this is from before the clock was set back.
    let most = after(now, REFUSED_AGAIN);
    let next = file.next_try;
    next.is_none_or(|next| next <= now || most < next)
}

/// Whether the configuration says where a file goes to.
pub(super) fn has_target(session: &Session<'_>, file: &OutboxFile) -> bool {
    let integration = session.config().integration(&file.integration);
    file.state == SendState::Renaming || integration.is_some_and(|i| i.push.is_some())
}

/// The files that are neither sent nor given up.
pub(super) fn waiting(session: &Session<'_>) -> Result<Vec<OutboxFile>> {
    let mut open = session.ledger.outbox(session.endpoint)?;
    open.retain(|f| f.state != SendState::GivenUp);
    Ok(open)
}

/// A person has to look at this file; it is tried again after a day.
pub(super) fn refuse(session: &mut Session<'_>, file: &OutboxFile, why: &str) -> Result<()> {
    let again = after(session.now, REFUSED_AGAIN);
    session.step("ledger: refused")?;
    let ledger = &mut session.ledger;
    ledger.keep_unsent(file.number, SendState::Refused, why, Some(again))?;
    // Reported at once: the next round does not see it again.
    session.tell(NOT_SENT, &file.reference, &format!("{}: {why}", file.name))
}

/// Gives up what is too old and still not sent. Returns it.
pub(super) fn give_up(session: &mut Session<'_>) -> Result<Vec<OutboxFile>> {
    let oldest = session.now - MOST_AGE;
    let mut old = waiting(session)?;
    // What is on the server in all but its name is not given up.
    old.retain(|f| f.at < oldest && f.state != SendState::Renaming);
    for file in &old {
        let last = file.why.as_ref().map(|w| format!(" ({w})"));
        let why = format!(
            "could not be sent to {endpoint} for {} days{}; `feedgate transfer {endpoint}` tries again",
            MOST_AGE.num_days(),
            last.unwrap_or_default(),
            endpoint = session.endpoint
        );
        session.step("ledger: given up")?;
        let ledger = &mut session.ledger;
        ledger.keep_unsent(file.number, SendState::GivenUp, &why, None)?;
        session.tell(
            EventAction::GivenUp,
            &file.reference,
            &format!("{}: {why}", file.name),
        )?;
    }
    Ok(old)
}

/// Removes the bytes of files that need none any more (sent, or replaced by a later version), and what comparing left.
pub(super) fn sweep_outbox(session: &Session<'_>) -> Result<()> {
    let folder = session.site.outbox();
    // Listed before the ledger is read: runs write the ledger first.
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let needed: BTreeSet<i64> = session.ledger.unsent()?.into_iter().collect();
    let compared = comparison_prefix(session.endpoint);
    for name in names {
        let number = name.strip_suffix(".part").unwrap_or(&name);
        let done = match number.parse::<i64>() {
            Ok(number) => !needed.contains(&number),
            Err(_) => name.starts_with(&compared),
        };
        if done {
            spool::remove_staged(session.disk(), &folder.join(name))?;
        }
    }
    Ok(())
}

/// Directs waiting files to their integration's current folder and endpoint. A file that is being renamed is finished
/// where it is. Adds to `left` what uploads may have left in the former folders.
pub(super) fn retarget(session: &mut Session<'_>, left: &mut Vec<Vec<u8>>) -> Result<()> {
    session.troubles.open.retain(|t, _| t.part != Part::Target);
    let mut waiting: BTreeMap<String, Vec<OutboxFile>> = BTreeMap::new();
    for file in session.ledger.outbox(session.endpoint)? {
        if file.state != SendState::Renaming {
            let name = file.integration.clone();
            waiting.entry(name).or_default().push(file);
        }
    }
    let site = session.site;
    for (name, files) in waiting {
        let integration = site.config.integration(&name);
        let Some(push) = integration.and_then(|i| i.push.as_ref()) else {
            session.troubles.begin(Part::Push, &name);
            let about = About::new(Part::Target, &name, NOT_SENT);
            session.troubles.add(&about, &no_target(files.len()));
            continue;
        };
        let to = (push.endpoint.as_str(), push.folder.as_str());
        if to.0 == session.endpoint && files.iter().all(|f| f.folder == to.1) {
            continue;
        }
        session.step("ledger: retarget")?;
        let moved = session.ledger.retarget(session.endpoint, &name, to)?;
        session.troubles.begin(Part::Push, &name);
        left.extend(moved.iter().map(part_path));
        left.truncate(MOST_LEFT);
        if push.endpoint != session.endpoint {
            // The thread of that endpoint may be waiting for a run.
            site.coordination().wake();
        }
    }
    Ok(())
}

fn no_target(files: usize) -> String {
    let files = match files {
        1 => "1 file waits".to_owned(),
        n => format!("{n} files wait"),
    };
    format!(
        "{files} to be sent, and the configuration no longer says where; put its push back (without it a file is given up {} days after it was published)",
        MOST_AGE.num_days()
    )
}

/// Removes what uploads may have left on the server; nothing depends on it.
pub(super) fn remove_left(session: &mut Session<'_>, left: &[Vec<u8>]) {
    for paths in left.chunks(BATCH_FILES) {
        session.place.remove(paths);
    }
}
