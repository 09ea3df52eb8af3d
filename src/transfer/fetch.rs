//! Fetches one batch of files from the server into the work folder, whole, durable and recorded in the ledger, and moves
//! them from there into inbound.

use super::listing::SeenFiles;
use super::session::{Session, path};
use super::trouble::{About, ItemReport, Step, is_items_own, not_done};
use crate::config::{Folder, Integration, Pull};
use crate::domain::file_name::kept_name;
use crate::domain::keyed_hash::HashedType;
use crate::ledger::{EventAction, NewPull, OpenPull, Part, PullState, Source};
use crate::site::{Result, RunError};
use crate::spool::{self, Arrival, Fetched};
use crate::transport::{Fault, FaultKind, FileTransfer, RemoteFile};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The action of events about files that are not fetched, or can't be moved into inbound yet.
pub(super) const NOT_FETCHED: EventAction = EventAction::NotFetched;

/// The trouble of an integration that has nowhere to put files.
pub(super) const NO_INBOUND: &str =
    "its inbound folder is missing; make it with `feedgate init`, or mount it";

/// Where fetched files of an integration lie before they are in inbound.
pub(super) fn staging_folder(session: &Session<'_>, integration: &Integration) -> PathBuf {
    let name = format!(".pull-{}.{}", session.endpoint, integration.name);
    session.config().work().join(name)
}

/// One integration's pull from the endpoint.
pub(super) struct PullJob<'a> {
    pub(super) integration: &'a Integration,
    pub(super) settings: &'a Pull,
    pub(super) source: Source<'a>,
    pub(super) about: About,
    pub(super) seen: &'a mut SeenFiles,
    /// SHA-256 of what was taken from there before, if files stay there.
    pub(super) contents: Option<HashSet<String>>,
}

/// Fetches files. One that changes or disappears in the meantime is not taken this time.
pub(super) fn fetch(
    session: &mut Session<'_>,
    job: &mut PullJob<'_>,
    batch: Vec<RemoteFile>,
) -> Step {
    let staging = staging_folder(session, job.integration);
    spool::make_staging(session.disk(), &staging)?;
    let files = new_pulls(session, job, batch)?;
    let disk = &session.site.disk;
    let folder = job.source.folder;
    let remote = |file: &NewPull| path(folder, &file.name);
    let order = |file: &NewPull| {
        let into = staging.join(&file.temporary);
        FileTransfer {
            path: remote(file),
            size: file.size,
            local: Box::new(move || disk.create_file(&into)),
        }
    };
    let results = session.place.fetch(files.iter().map(order).collect());
    let mut reports = Vec::new();
    let mut fetched = Vec::new();
    for (file, result) in files.into_iter().zip(results) {
        match result {
            Ok(()) => fetched.push(file),
            Err(fault) => reports.extend(not_fetched(job, &file, fault)?),
        }
    }
    let paths: Vec<Vec<u8>> = fetched.iter().map(remote).collect();
    let looks = session.place.look(&paths);
    let mut whole = Vec::new();
    for (file, look) in fetched.into_iter().zip(looks) {
        match look {
            Ok(Some(entry))
                if (entry.size, entry.modified) == (file.size, file.modified)
                    && size(&staging.join(&file.temporary)) == Some(file.size) =>
            {
                whole.push(file);
            }
            Ok(_) => job.seen.forget(&file.name),
            Err(fault) => reports.extend(not_fetched(job, &file, fault)?),
        }
    }
    if !whole.is_empty() {
        record(session, job, &staging, whole)?;
    }
    session.troubles.take(reports)
}

/// The ledger's rows of files that are about to be fetched, each with a free name in the work folder.
fn new_pulls(
    session: &Session<'_>,
    job: &PullJob<'_>,
    batch: Vec<RemoteFile>,
) -> Step<Vec<NewPull>> {
    let ledger = &session.ledger;
    let used = ledger.temporaries(session.endpoint, &job.integration.name)?;
    let last = used.iter().filter_map(|n| n.parse::<u64>().ok()).max();
    let numbered = (last.unwrap_or(0) + 1..).zip(batch);
    let row = |(number, entry): (u64, RemoteFile)| {
        let name = String::from_utf8(entry.name).expect("complete files have checked names");
        NewPull {
            key: session.key.hash(HashedType::FileName, name.as_bytes()),
            shown: kept_name(OsStr::new(&name)),
            name,
            size: entry.size,
            modified: entry.modified,
            sha256: None,
            temporary: number.to_string(),
            known: false,
        }
    };
    Ok(numbered.map(row).collect())
}

fn not_fetched(job: &mut PullJob<'_>, file: &NewPull, fault: Fault) -> Step<Option<ItemReport>> {
    if is_items_own(&fault) {
        job.seen.forget(&file.name);
    }
    // Its sender changed or removed it first.
    if matches!(fault.kind, FaultKind::Missing | FaultKind::Changed) {
        return Ok(None);
    }
    let what = not_done(&fault, "while it was read", "it can't be read");
    let why = format!("{}: {what}", file.shown);
    ItemReport::new(&job.about, fault, Some(why)).map(Some)
}

/// Makes files durable in the work folder and records them in the ledger.
fn record(
    session: &mut Session<'_>,
    job: &mut PullJob<'_>,
    staging: &Path,
    mut files: Vec<NewPull>,
) -> Step {
    let fetched = |file: &NewPull| Fetched {
        path: staging.join(&file.temporary),
        modified: file.modified,
    };
    let fetched: Vec<Fetched> = files.iter().map(fetched).collect();
    spool::settle_fetched(session.disk(), staging, &fetched)?;
    if let Some(contents) = &mut job.contents {
        for file in &mut files {
            let bytes = spool::open_plain(&staging.join(&file.temporary));
            let digest = bytes.and_then(|bytes| spool::digest(&bytes));
            let (digest, _) = digest.map_err(RunError::io("reading a fetched file"))?;
            file.known = !contents.insert(digest.clone());
            file.sha256 = Some(digest);
        }
    }
    session.step("ledger: arrived")?;
    let ledger = &mut session.ledger;
    Ok(ledger.files_arrived(job.source, &files, session.now)?)
}

fn size(path: &Path) -> Option<u64> {
    Some(std::fs::symlink_metadata(path).ok()?.len())
}

/// Removes files that were fetched for an integration and not recorded in the ledger, or are not for inbound.
pub(super) fn sweep(session: &Session<'_>, integration: &Integration) -> Result<()> {
    let ledger = &session.ledger;
    let keep = ledger.temporaries(session.endpoint, &integration.name)?;
    let staging = staging_folder(session, integration);
    Ok(spool::sweep_staging(session.disk(), &staging, &keep)?)
}

/// The unfinished pulls of an integration that are in this state.
pub(super) fn open_pulls(
    session: &Session<'_>,
    integration: &Integration,
    state: PullState,
) -> Result<Vec<OpenPull>> {
    let mut open = session.ledger.open_pulls(session.endpoint)?;
    open.retain(|file| file.integration == integration.name && file.state == state);
    Ok(open)
}

/// Moves everything that arrived into inbound. A file whose name is taken there stays and is tried again.
pub(super) fn deliver(session: &mut Session<'_>, integration: &Integration) -> Result<()> {
    session.troubles.begin(Part::Inbound, &integration.name);
    let arrived = open_pulls(session, integration, PullState::Arrived)?;
    if arrived.is_empty() {
        return Ok(());
    }
    let about = About::new(Part::Inbound, &integration.name, NOT_FETCHED);
    let inbound = session.config().folder(integration, Folder::Inbound);
    if !inbound.is_dir() {
        session.troubles.add(&about, NO_INBOUND);
        return Ok(());
    }
    let staging = staging_folder(session, integration);
    let (mut ours, mut kept_back) = (Vec::new(), Vec::new());
    for file in arrived {
        let arrival = spool::arrive(
            session.disk(),
            &staging.join(&file.temporary),
            &inbound.join(&file.name),
            file.size,
            integration.complete.marker_ending(),
        );
        match arrival {
            Ok(Arrival::There) => ours.push(file.number),
            Ok(Arrival::Taken) => kept_back.push(format!(
                "{}: the inbound folder holds another file of this name; it is moved there when that is taken",
                file.shown
            )),
            Err(error) if error.is_about_the_folder() => kept_back.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    if !ours.is_empty() {
        spool::sync_folder(session.disk(), &inbound)?;
        session.step("ledger: ours")?;
        session.ledger.files_ours(&ours)?;
        session.round.fetched += ours.len() as u64;
    }
    session.troubles.add_each(&about, &kept_back);
    Ok(())
}
