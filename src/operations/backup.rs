//! Copies of a site's state for a backup, and putting one back.
//!
//! A backup is a folder with the ledger (copied by `SQLite` itself, at one moment, while others work on), the key and the
//! configuration. What the configuration names elsewhere, such as keys for endpoints, is not in it. `backup.json` is written last: a backup without it is not whole.

use super::error::{OperationError, Result};
use crate::config;
use crate::domain::ReferenceId;
use crate::domain::masking::shown;
use crate::ledger::{Event, EventAction, Ledger};
use crate::site::{DAEMON, RunError, Site, to_the_minute};
use crate::spool::{self, Disk, PRIVATE, SHARED};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file that says a backup is whole.
const CONTENTS: &str = "backup.json";
const CONFIGURATION: &str = "feedgate.toml";
const LEDGER: &str = "ledger.db";
pub(super) const KEY: &str = "key";

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    /// The version of the program that made it.
    program: String,
    at: DateTime<FixedOffset>,
    /// The folder of the site.
    site: PathBuf,
    highest: Option<ReferenceId>,
    /// SHA-256 by the name of the file.
    files: BTreeMap<String, String>,
}

/// A backup that was made.
#[derive(Debug, Serialize)]
pub(crate) struct BackupMade {
    pub(crate) folder: PathBuf,
    /// The names of its files.
    pub(crate) files: Vec<String>,
    /// The last reference ID that the ledger has given.
    pub(crate) highest: Option<ReferenceId>,
}

/// A backup that was put back.
#[derive(Debug, Serialize)]
pub(crate) struct Restored {
    pub(crate) state: PathBuf,
    /// When the backup was made.
    pub(crate) made: DateTime<FixedOffset>,
    /// Where the state folder is that was there before.
    pub(crate) before: Option<PathBuf>,
    /// The configuration of the backup, where another one stays in its place.
    pub(crate) other_configuration: Option<PathBuf>,
    /// What keeps the site from running now, and what to do.
    pub(crate) fault: Option<String>,
}

/// Writes a backup of the site's state into a folder that doesn't exist yet or is empty. The site may be at work.
///
/// # Errors
/// The folder has something in it, the site has no ledger, or something can't be read or written.
pub(crate) fn back_up(site: &Site, folder: &Path) -> Result<BackupMade> {
    let ledger = to_be_copied(site, folder, EventAction::Backup)?;
    let disk = &site.disk;
    disk.make_folder(folder, PRIVATE)
        .map_err(RunError::place(folder))?;
    copy_ledger(disk, &*ledger, &folder.join(LEDGER))?;
    for (name, from) in kept_files(site)? {
        copy_private(disk, &from, &folder.join(name))?;
    }
    let contents = Contents {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at: site.now(),
        site: site.config.root.clone(),
        highest: ledger.highest_reference().map_err(RunError::from)?,
        files: checksums(folder)?,
    };
    let text = serde_json::to_vec_pretty(&contents).map_err(io::Error::from);
    let written = text.and_then(|text| write_private(disk, &folder.join(CONTENTS), &text));
    written
        .and_then(|()| disk.sync_folder(folder))
        .map_err(RunError::place(folder))?;
    Ok(BackupMade {
        folder: folder.to_owned(),
        files: contents
            .files
            .into_keys()
            .chain([CONTENTS.to_owned()])
            .collect(),
        highest: contents.highest,
    })
}

/// The ledger of a site that is about to be copied into a folder that doesn't exist yet or is empty. The event log says so.
///
/// # Errors
/// The folder has something in it, the site has no ledger, or its state is not in order.
pub(super) fn to_be_copied(
    site: &Site,
    folder: &Path,
    action: EventAction,
) -> Result<Box<dyn Ledger>> {
    site.check_state()?;
    if !site.ledger_path().exists() {
        return Err(OperationError::usage(
            "this site has no ledger yet, so there is nothing to copy",
        ));
    }
    if !spool::names_in(folder).map_err(RunError::from)?.is_empty() {
        return Err(OperationError::usage(format!(
            "{} is not empty; name a new folder, such as one with today's date",
            shown(folder)
        )));
    }
    let mut ledger = site.ledger()?;
    ledger
        .record_event(&Event {
            at: site.now(),
            user: site.user().to_owned(),
            action,
            subject: "site".to_owned(),
            why: Some(shown(folder)),
        })
        .map_err(RunError::from)?;
    Ok(ledger)
}

/// The files besides the ledger: the configuration, and what lies in the state folder itself.
fn kept_files(site: &Site) -> Result<Vec<(String, PathBuf)>> {
    let state = site.config.state();
    let mut files = vec![(CONFIGURATION.to_owned(), site.config.file.clone())];
    for name in spool::names_in(&state).map_err(RunError::from)? {
        let path = state.join(&name);
        let plain = path.symlink_metadata().is_ok_and(|about| about.is_file());
        if plain && !name.starts_with(LEDGER) && !name.starts_with('.') {
            files.push((name, path));
        }
    }
    Ok(files)
}

/// Puts a backup back as the state folder of the site that a configuration file describes, or that of the backup where
/// there is none. May be repeated.
///
/// # Errors
/// The backup is not whole, a daemon runs, or something can't be read or written.
pub(crate) fn restore(file: &Path, backup: &Path) -> Result<Restored> {
    if !file.exists() {
        whole(backup)?;
        // A new site, as on another machine.
        let root = file.parent().filter(|root| !root.as_os_str().is_empty());
        if let Some(root) = root {
            let made = Disk::new().make_folder(root, SHARED);
            made.map_err(RunError::place(root))?;
        }
        let part = file.with_extension("restoring");
        let from = backup.join(CONFIGURATION);
        let disk = Disk::new();
        spool::replace_private(&part)
            .and_then(|to| copy_into(&disk, &from, to))
            .and_then(|()| disk.rename_new(&part, file))
            .map_err(RunError::place(file))?;
    }
    restore_state(&Site::new(config::load(file)?), backup)
}

/// Puts a backup back as the state folder of a site. A state folder that is there is kept beside it. May be repeated.
///
/// # Errors
/// The backup is not whole, a daemon runs, or something can't be read or written.
pub(crate) fn restore_state(site: &Site, backup: &Path) -> Result<Restored> {
    let contents = whole(backup)?;
    let _lock = site.lock(
        DAEMON,
        "the daemon's lock; stop the daemon first: it",
        false,
    )?;
    let (state, disk) = (site.config.state(), &site.disk);
    let part = state.with_extension("restoring");
    disk.remove_tree(&part)
        .and_then(|()| disk.make_folder(&part, PRIVATE))
        .map_err(RunError::place(&part))?;
    for name in contents.files.keys().filter(|name| *name != CONFIGURATION) {
        copy_private(disk, &backup.join(name), &part.join(name))?;
    }
    disk.sync_folder(&part).map_err(RunError::place(&part))?;
    let before = put_aside(site, &state)?;
    disk.rename_new(&part, &state)
        .and_then(|()| disk.sync_folder(&site.config.root))
        .map_err(RunError::place(&state))?;
    let same = checksum(&site.config.file)? == contents.files[CONFIGURATION];
    let fault = Site::new(site.config.clone()).check_state().err();
    Ok(Restored {
        made: contents.at,
        before,
        other_configuration: (!same).then(|| backup.join(CONFIGURATION)),
        fault: fault.map(|fault| fault.to_string()),
        state,
    })
}

/// The contents of a backup whose files are all there and as they were written.
fn whole(backup: &Path) -> Result<Contents> {
    let broken = |what: String| {
        OperationError::usage(format!(
            "{}: {what}; take another backup, nothing was changed",
            shown(backup)
        ))
    };
    let text = std::fs::read(backup.join(CONTENTS)).map_err(|_| {
        broken(format!(
            "has no {CONTENTS}, so it is no backup or was not finished"
        ))
    })?;
    let contents: Contents = serde_json::from_slice(&text)
        .map_err(|_| broken(format!("its {CONTENTS} can't be read")))?;
    for name in [CONFIGURATION, LEDGER, KEY] {
        if !contents.files.contains_key(name) {
            return Err(broken(format!("has no {name}")));
        }
    }
    for (name, expected) in &contents.files {
        let plain = Path::new(name)
            .file_name()
            .is_some_and(|n| n == name.as_str());
        if !plain || checksum(&backup.join(name))? != *expected {
            return Err(broken(format!("{name} is not as it was written")));
        }
    }
    Ok(contents)
}

/// Moves a state folder that is there out of the way, beside its place. The lock that this process holds goes with it.
fn put_aside(site: &Site, state: &Path) -> Result<Option<PathBuf>> {
    if spool::names_in(state)
        .map_err(RunError::from)?
        .iter()
        .all(|name| name == "locks")
    {
        let removed = site.disk.remove_tree(state);
        removed.map_err(RunError::place(state))?;
        return Ok(None);
    }
    let stamp = to_the_minute(&site.now()).replace([' ', ':'], "-");
    let aside = site.config.root.join(format!("state.before-{stamp}"));
    let mut to = aside.clone();
    for number in 2.. {
        match site.disk.rename_new(state, &to) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                to = aside.with_extension(format!("before-{stamp}-{number}"));
            }
            moved => {
                moved.map_err(RunError::place(state))?;
                break;
            }
        }
    }
    Ok(Some(to))
}

fn checksums(folder: &Path) -> Result<BTreeMap<String, String>> {
    let names = spool::names_in(folder).map_err(RunError::from)?.into_iter();
    names
        .map(|name| Ok((name.clone(), checksum(&folder.join(name))?)))
        .collect()
}

fn checksum(path: &Path) -> Result<String> {
    let read = File::open(path).and_then(|open| spool::digest(&open));
    Ok(read.map_err(RunError::place(path))?.0)
}

/// Copies a ledger as it is at one moment.
pub(super) fn copy_ledger(disk: &Disk, ledger: &dyn Ledger, to: &Path) -> Result<()> {
    let step = disk.step("copy the ledger");
    step.map_err(RunError::place(to))?;
    Ok(ledger.back_up(to).map_err(RunError::from)?)
}

pub(super) fn copy_private(disk: &Disk, from: &Path, to: &Path) -> Result<()> {
    let copied = spool::create_private(to).and_then(|to| copy_into(disk, from, to));
    Ok(copied.map_err(RunError::place(from))?)
}

/// Copies a file piece by piece: a ledger may be larger than the memory.
fn copy_into(disk: &Disk, from: &Path, mut to: File) -> io::Result<()> {
    io::copy(&mut File::open(from)?, &mut to)?;
    disk.sync_file(&to)
}

fn write_private(disk: &Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = spool::create_private(path)?;
    file.write_all(bytes)?;
    disk.sync_file(&file)
}
