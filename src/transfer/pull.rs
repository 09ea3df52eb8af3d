//! One integration's files: from the server into its inbound folder.

use super::backoff::after;
use super::cleanup::clean_up;
use super::fetch::{NO_INBOUND, NOT_FETCHED, deliver, sweep};
use super::fetch::{PullJob, fetch};
use super::listing::{FolderListing, SeenFiles};
use super::session::{BATCH_BYTES, BATCH_FILES, Session};
use super::trouble::{About, ItemReport, Step, StopReason, is_items_own};
use crate::config::{AfterPull, Folder, Integration, Pull};
use crate::domain::file_name::kept_name;
use crate::domain::keyed_hash::HashedType;
use crate::intake::FileNames;
use crate::ledger::{KeptPull, Part, Source};
use crate::spool::free_mib;
use crate::transport::RemoteFile;
use chrono::{DateTime, Days, FixedOffset};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// Between two attempts to move a file into inbound whose name is taken there.
const NAME_TAKEN: Duration = Duration::from_secs(15);

/// Fetches the complete files. Returns when to look again.
pub(super) fn pull(
    session: &mut Session<'_>,
    integration: &Integration,
    settings: &Pull,
    seen: &mut SeenFiles,
) -> Step<DateTime<FixedOffset>> {
    let next = after(session.now, settings.every);
    let about = About::new(Part::Pull, &integration.name, NOT_FETCHED);
    session.troubles.begin(Part::Pull, &integration.name);
    let inbound = session.config().folder(integration, Folder::Inbound);
    if !inbound.is_dir() {
        session.troubles.add(&about, NO_INBOUND);
        return Ok(next);
    }
    // A server that fails to delete or move files must not keep new ones from being fetched.
    let uncleared = match clean_up(session, integration, settings) {
        Err(StopReason::Transient(fault)) => Some(fault),
        other => other.map(|()| None)?,
    };
    let asked = session.site.now();
    let entries = match session.place.list(settings.folder.as_bytes()) {
        Ok(entries) => entries,
        Err(fault) => {
            let mut why = format!("the folder {} can't be listed: {fault}", settings.folder);
            if is_items_own(&fault) {
                why += "; check pull.folder and the account's rights";
            }
            let report = ItemReport::new(&about, fault, Some(why))?;
            return session.troubles.take(vec![report]).map(|()| next);
        }
    };
    let listing = FolderListing {
        entries: &entries,
        asked,
        answered: session.site.now(),
    };
    let names = FileNames::of(integration);
    let ledger = &session.ledger;
    let accepts = |name: &str| names.take(&**ledger, name);
    let found = seen.look(&listing, &integration.complete, accepts)?;
    session.round.arriving += found.arriving;
    session.troubles.add_each(&about, &found.refused);
    let source = Source {
        integration: &integration.name,
        endpoint: session.endpoint,
        folder: &settings.folder,
    };
    let kept = session.ledger.kept_pulls(source)?;
    let mut job = PullJob {
        integration,
        settings,
        source,
        about,
        seen,
        contents: (settings.after == AfterPull::Keep)
            .then(|| kept.iter().filter_map(|k| k.sha256.clone()).collect()),
    };
    let wanted = wanted(session, &job, found.complete, &kept)?;
    if !fetch_all(session, &mut job, wanted)? {
        return Ok(next);
    }
    note_listed(session, source, &entries, &kept)?;
    if let Some(fault) = uncleared {
        return Err(StopReason::Transient(fault));
    }
    let mut next = match session.should_end() {
        true => session.now,
        false => next,
    };
    if let Some(again) = found.again {
        next = next.min(again);
    }
    let ledger = &session.ledger;
    let waiting = ledger.temporaries(session.endpoint, &integration.name)?;
    if !waiting.is_empty() {
        next = next.min(after(session.now, NAME_TAKEN));
    }
    Ok(next)
}

/// The files that were not taken before, whose name no unfinished pull has, and that are not over the size limit.
fn wanted(
    session: &mut Session<'_>,
    job: &PullJob<'_>,
    mut files: Vec<RemoteFile>,
    kept: &[KeptPull],
) -> Step<Vec<RemoteFile>> {
    let kept: HashSet<FileIdentity> = kept.iter().map(|k| (k.key, k.size, k.modified)).collect();
    let open = session.ledger.open_pulls(session.endpoint)?.into_iter();
    let open = open.filter(|file| file.integration == job.integration.name);
    let open: HashSet<Vec<u8>> = open.map(|file| file.name.into_bytes()).collect();
    files.retain(|file| !kept.contains(&identity(session, file)) && !open.contains(&file.name));
    let most = job.integration.limits.max_file_bytes;
    let (files, large): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.size <= most);
    let sentence = |file: &RemoteFile| {
        let name = kept_name(OsStr::from_bytes(&file.name));
        let size = file.size;
        format!("{name}: it has {size} bytes, more than limits.max_file_bytes allows")
    };
    let sentences: Vec<String> = large.iter().map(sentence).collect();
    session.troubles.add_each(&job.about, &sentences);
    Ok(files)
}

/// What a file that is kept on the server is recognised by: the keyed hash of its name, its size and its time.
type FileIdentity = (u64, u64, i64);

fn identity(session: &Session<'_>, file: &RemoteFile) -> FileIdentity {
    let key = session.key.hash(HashedType::FileName, &file.name);
    (key, file.size, file.modified)
}

/// Fetches files in batches, as far as there are room and time. Whether there was room.
fn fetch_all(
    session: &mut Session<'_>,
    job: &mut PullJob<'_>,
    wanted: Vec<RemoteFile>,
) -> Step<bool> {
    let mut rest = wanted.into_iter().peekable();
    while rest.peek().is_some() && !session.should_end() {
        let floor = session.config().daemon.min_free_mib;
        let free = free_mib(&session.config().root)?;
        let room = free.saturating_sub(floor).saturating_mul(1 << 20);
        let mut batch = Vec::new();
        let mut bytes = 0u64;
        while let Some(file) = rest.peek()
            && batch.len() < BATCH_FILES
            && (batch.is_empty() || bytes.saturating_add(file.size) <= BATCH_BYTES)
            && bytes.saturating_add(file.size) <= room
            && free >= floor
        {
            bytes += file.size;
            batch.extend(rest.next());
        }
        if batch.is_empty() {
            let why = format!(
                "nothing is fetched until {floor} MiB and the next file have room on the site's disk (daemon.min_free_mib)"
            );
            session.troubles.add(&job.about, &why);
            return Ok(false);
        }
        let fetched = fetch(session, job, batch);
        // What came through is delivered, whatever happened to the other files.
        deliver(session, job.integration)?;
        if matches!(fetched, Err(StopReason::Internal(_))) {
            return fetched.map(|()| true);
        }
        sweep(session, job.integration)?;
        let cleaned = clean_up(session, job.integration, job.settings);
        fetched?;
        cleaned?;
    }
    Ok(true)
}

/// Records which of the files that stay on the server are still listed.
fn note_listed(
    session: &mut Session<'_>,
    source: Source<'_>,
    entries: &[RemoteFile],
    kept: &[KeptPull],
) -> Step {
    if kept.is_empty() {
        return Ok(());
    }
    let listed: HashSet<FileIdentity> = entries.iter().map(|e| identity(session, e)).collect();
    let is_listed = |k: &KeptPull| listed.contains(&(k.key, k.size, k.modified));
    let numbers = |which: &dyn Fn(&KeptPull) -> bool| -> Vec<i64> {
        let which = kept.iter().filter(|k| which(k));
        which.map(|k| k.number).collect()
    };
    let gone = numbers(&|k| k.listed && !is_listed(k));
    let back = numbers(&|k| !k.listed && is_listed(k));
    if gone.is_empty() && kept.iter().all(|k| k.listed) {
        return Ok(());
    }
    let days = Days::new(session.config().site.retention.runs_days.into());
    let before = session.now.checked_sub_days(days).unwrap_or(session.now);
    session.step("ledger: listed")?;
    let ledger = &mut session.ledger;
    Ok(ledger.note_listed(source, &gone, &back, session.now, before)?)
}
