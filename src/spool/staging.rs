//! Files staged for transfer: fetched ones before they are moved to inbound, published ones until they are sent. They
//! are in hidden folders of the work folder, which neither senders nor receivers can read.

use super::SpoolError;
use super::disk::{Disk, PRIVATE};
use super::entry::{beside, entries, exists, open_plain, parent};
use crate::domain::masking::shown;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Number of fetched files that are made durable one by one; more than that by one sync of their filesystem.
pub(crate) const SYNCED_SINGLY: usize = 16;

/// Errors of filesystems that can't link a file.
const NO_SECOND_NAME: [Option<i32>; 4] = [
    Some(Errno::PERM.raw_os_error()),
    Some(Errno::XDEV.raw_os_error()),
    Some(Errno::OPNOTSUPP.raw_os_error()),
    Some(Errno::MLINK.raw_os_error()),
];

/// The result of moving a fetched file to inbound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is in inbound, or was taken from there already.
    There,
    /// Inbound has another file of its name; it stays where it is and is tried again.
    Taken,
}

#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    pub path: PathBuf,
    /// When it last changed on its server (Unix seconds); 0 if unknown.
    pub modified: i64,
}

/// Creates a staging folder, private to this user.
pub(crate) fn make_staging(disk: &Disk, folder: &Path) -> Result<(), SpoolError> {
    disk.make_folder(folder, PRIVATE)
        .map_err(SpoolError::io("make", folder))
}

/// Removes every file of a staging folder whose name is not in `keep`. The folder may be missing.
pub(crate) fn sweep_staging(
    disk: &Disk,
    folder: &Path,
    keep: &BTreeSet<String>,
) -> Result<(), SpoolError> {
    for entry in entries(folder)?.unwrap_or_default() {
        let known = entry.file_name().to_str().is_some_and(|n| keep.contains(n));
        if !known {
            remove_staged(disk, &entry.path())?;
        }
    }
    Ok(())
}

/// Gives fetched files the times of their originals, because inbound is processed oldest first, and makes them and
/// their names durable.
pub(crate) fn settle_fetched(
    disk: &Disk,
    folder: &Path,
    files: &[Fetched],
) -> Result<(), SpoolError> {
    let singly = files.len() <= SYNCED_SINGLY;
    for file in files {
        let open = File::options()
            .write(true)
            .open(&file.path)
            .and_then(|open| dated(open, file.modified));
        let open = open.map_err(SpoolError::io("open", &file.path))?;
        if singly {
            disk.sync_file(&open)
                .map_err(SpoolError::io("sync", &file.path))?;
        }
    }
    let synced = if singly {
        disk.sync_folder(folder)
    } else {
        disk.sync_filesystem(folder)
    };
    synced.map_err(SpoolError::io("sync", folder))
}

/// Sets the time of the original, unless that is unknown or in the future.
fn dated(file: File, modified: i64) -> io::Result<File> {
    let since = u64::try_from(modified).ok().filter(|m| *m > 0);
    let original = since.and_then(|m| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(m)));
    if let Some(original) = original.filter(|o| *o <= SystemTime::now()) {
        file.set_modified(original)?;
    }
    Ok(file)
}

/// Moves a fetched file into inbound under its name, replacing nothing. With `ending`, the ending of marker files, its
/// marker file is created. May be repeated. [`sync_folder`] makes it durable.
pub(crate) fn arrive(
    disk: &Disk,
    from: &Path,
    to: &Path,
    size: u64,
    ending: Option<&str>,
) -> Result<Arrival, SpoolError> {
    if exists(from)? {
        match disk.rename_new(from, to) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(Arrival::Taken),
            Err(e) if e.kind() == ErrorKind::CrossesDevices => {
                return Err(SpoolError::OtherFilesystem {
                    path: shown(&parent(to)),
                    work: shown(&parent(from)),
                });
            }
            other => other.map_err(SpoolError::io("move into inbound", to))?,
        }
    }
    // The marker must not be older than its file. A file that was taken meanwhile needs none.
    if let Some(ending) = ending
        && std::fs::symlink_metadata(to).is_ok_and(|about| about.is_file() && about.len() == size)
    {
        let marker = beside(to, "", ending);
        let made = disk.create_file(&marker).and_then(|m| disk.sync_file(&m));
        made.map_err(SpoolError::io("write", &marker))?;
    }
    Ok(Arrival::There)
}

/// Makes durable what arrived in an inbound folder, or what is kept for sending.
pub(crate) fn sync_folder(disk: &Disk, folder: &Path) -> Result<(), SpoolError> {
    disk.sync_folder(folder)
        .map_err(SpoolError::io("sync", folder))
}

/// Keeps a link to (or copy of) a finished file of a run, for sending it even after its receiver has removed it. May be
/// repeated, also after the file was published.
pub(crate) fn keep_for_sending(disk: &Disk, from: &Path, to: &Path) -> Result<(), SpoolError> {
    if exists(to)? || !exists(from)? {
        return Ok(());
    }
    make_staging(disk, &parent(to))?;
    match disk.link(from, to) {
        Ok(()) => Ok(()),
        Err(e) if NO_SECOND_NAME.contains(&e.raw_os_error()) => {
            let part = to.with_extension("part");
            open_plain(from)
                .and_then(|file| disk.copy(&file, &part))
                .and_then(|()| disk.rename_over(&part, to))
                .map_err(SpoolError::io("copy", from))
        }
        Err(e) => Err(SpoolError::io("link", from)(e)),
    }
}

/// Removes a file of a staging folder; it may be missing.
pub(crate) fn remove_staged(disk: &Disk, path: &Path) -> Result<(), SpoolError> {
    disk.remove_file(path)
        .map_err(SpoolError::io("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_fetched_file_arrives_once_with_the_time_of_its_original_and_replaces_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        let [transit, from, to] = [".pull", ".pull/1", "a.csv"].map(|p| folder.path().join(p));
        let disk = Disk::new();
        make_staging(&disk, &transit).expect("made");
        fs::write(&from, "rows").expect("file");
        let fetched = Fetched {
            path: from.clone(),
            modified: 1_000_000_000,
        };
        settle_fetched(&disk, &transit, &[fetched]).expect("durable");
        fs::write(&to, "another").expect("file");
        let arrived = arrive(&disk, &from, &to, 4, Some(".done"));
        assert_eq!(arrived.expect("tried"), Arrival::Taken);
        assert_eq!(fs::read(&to).expect("file"), b"another");
        fs::remove_file(&to).expect("taken");
        for _ in 0..2 {
            let arrived = arrive(&disk, &from, &to, 4, Some(".done"));
            assert_eq!(arrived.expect("moved"), Arrival::There);
        }
        let about = fs::metadata(&to).expect("there");
        let marker = fs::metadata(folder.path().join("a.csv.done")).expect("marker");
        assert_eq!(about.mtime(), 1_000_000_000);
        assert!((marker.ctime(), marker.ctime_nsec()) >= (about.ctime(), about.ctime_nsec()));
        // Taken with its marker: neither comes back.
        for name in ["a.csv", "a.csv.done"] {
            fs::remove_file(folder.path().join(name)).expect("taken");
        }
        arrive(&disk, &from, &to, 4, Some(".done")).expect("repeated");
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1);
    }

    #[test]
    fn many_fetched_files_are_made_durable_together() {
        let folder = tempfile::tempdir().expect("folder");
        let fetched = |n: usize| Fetched {
            path: folder.path().join(n.to_string()),
            modified: 0,
        };
        let steps = |files: usize| {
            let files: Vec<Fetched> = (0..files).map(fetched).collect();
            for file in &files {
                fs::write(&file.path, "rows").expect("file");
            }
            let disk = Disk::new();
            settle_fetched(&disk, folder.path(), &files).expect("durable");
            disk.steps()
        };
        assert_eq!(steps(SYNCED_SINGLY), SYNCED_SINGLY as u64 + 1);
        assert_eq!(steps(SYNCED_SINGLY + 1), 1);
    }

    #[test]
    fn the_bytes_of_a_published_file_outlive_its_fetching() {
        let folder = tempfile::tempdir().expect("folder");
        let [from, to, kept] = ["output", "out.csv", ".outbox/1"].map(|p| folder.path().join(p));
        let disk = Disk::new();
        fs::write(&from, "rows").expect("file");
        keep_for_sending(&disk, &from, &kept).expect("kept");
        fs::rename(&from, &to).expect("published");
        keep_for_sending(&disk, &from, &kept).expect("repeated");
        fs::remove_file(&to).expect("fetched");
        assert_eq!(fs::read(&kept).expect("kept"), b"rows");
        let keep = BTreeSet::from(["1".to_owned()]);
        fs::write(folder.path().join(".outbox/2"), "old").expect("file");
        sweep_staging(&disk, &folder.path().join(".outbox"), &keep).expect("swept");
        let left = fs::read_dir(folder.path().join(".outbox")).expect("folder");
        assert_eq!(left.count(), 1);
    }
}
