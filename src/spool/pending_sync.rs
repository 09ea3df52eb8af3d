//! Changes that are not durable yet, collected so that each folder is synced once for many of them.

use super::SpoolError;
use super::disk::{Disk, missing};
use rustix::fs::{Advice, fadvise};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::num::NonZeroU64;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Number of files and folders that are synced one by one; more than that by one sync of their filesystem, but only in
/// [`PendingSync::sync_many`].
const SYNCED_SINGLY: usize = 4;
/// A sync of a filesystem takes longer than this where other processes write a lot to it.
const SLOW_FILESYSTEM: Duration = Duration::from_millis(20);
/// Number of syncs after a slow one that go file by file, before the filesystem is tried again.
const SINGLY_AFTER_SLOW: u32 = 64;
/// Longest file (bytes) whose write-back is started early: the request also evicts written pages from the page cache.
const WRITE_BACK_EARLY: u64 = 1 << 20;

/// Files and folders that are to be durable before the next step.
#[derive(Debug, Default)]
pub struct PendingSync {
    files: Vec<File>,
    /// In the order in which they changed.
    folders: Vec<PathBuf>,
    lost: bool,
    /// Number of further syncs that go file by file, because the filesystem is busy.
    singly: u32,
}

impl PendingSync {
    pub fn file(&mut self, file: File) {
        self.files.push(file);
    }

    /// Adds a folder whose entries have changed.
    pub fn folder(&mut self, folder: &Path) {
        // Folders are synced in the order of their last changes.
        self.forget(folder);
        self.folders.push(folder.to_owned());
    }

    /// A folder that was removed needs no sync.
    pub(super) fn forget(&mut self, folder: &Path) {
        self.folders.retain(|known| known != folder);
    }

    /// Makes a folder and those above it with this mode (less the umask).
    pub(super) fn make_folder(
        &mut self,
        disk: &Disk,
        folder: &Path,
        mode: u32,
    ) -> Result<(), SpoolError> {
        let above = missing(folder).into_iter().filter_map(Path::parent);
        let above: Vec<PathBuf> = above.map(Path::to_owned).collect();
        disk.make_folder_unsynced(folder, mode)
            .map_err(SpoolError::io("make", folder))?;
        for parent in &above {
            self.folder(parent);
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Whether a sync has failed since this was last asked: those changes may not be durable, and are not synced again.
    pub fn has_lost(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    /// Makes everything durable: files first, then folders in the order in which they changed. The write-back of all files
    /// is started at once.
    ///
    /// # Errors
    /// A sync failed; see [`PendingSync::has_lost`].
    pub fn sync(&mut self, disk: &Disk) -> io::Result<()> {
        let (files, folders) = self.take();
        let synced = one_by_one(disk, &files, &folders);
        self.lost |= synced.is_err();
        synced
    }

    /// The same where many changes are to be expected: by one sync of the filesystem.
    ///
    /// # Errors
    /// As [`PendingSync::sync`].
    pub fn sync_many(&mut self, disk: &Disk) -> io::Result<()> {
        if self.files.len() + self.folders.len() <= SYNCED_SINGLY {
            return self.sync(disk);
        }
        if self.singly > 0 {
            self.singly -= 1;
            return self.sync(disk);
        }
        let (files, folders) = self.take();
        let began = Instant::now();
        let synced = by_filesystem(disk, files, folders);
        self.record_duration(began.elapsed());
        self.lost |= synced.is_err();
        synced
    }

    fn record_duration(&mut self, sync: Duration) {
        if sync > SLOW_FILESYSTEM {
            self.singly = SINGLY_AFTER_SLOW;
        }
    }

    fn take(&mut self) -> (Vec<File>, Vec<PathBuf>) {
        (
            std::mem::take(&mut self.files),
            std::mem::take(&mut self.folders),
        )
    }
}

fn one_by_one(disk: &Disk, files: &[File], folders: &[PathBuf]) -> io::Result<()> {
    if files.len() > 1 {
        files.iter().for_each(start_write_back);
    }
    for file in files {
        disk.sync_file(file)?;
    }
    for folder in folders {
        match disk.sync_folder(folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

fn by_filesystem(disk: &Disk, files: Vec<File>, folders: Vec<PathBuf>) -> io::Result<()> {
    let mut synced = BTreeSet::new();
    for file in files {
        if synced.insert(file.metadata()?.dev()) {
            disk.sync_filesystem_of(&file)?;
        }
    }
    for folder in folders {
        let open = match File::open(&folder) {
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            other => other?,
        };
        if synced.insert(open.metadata()?.dev()) {
            disk.sync_filesystem_of(&open)?;
        }
    }
    Ok(())
}

fn start_write_back(file: &File) {
    if let Ok(about) = file.metadata()
        && about.len() <= WRITE_BACK_EARLY
    {
        write_back(file, 0, about.len());
    }
}

/// Starts writing back `bytes` bytes of a file, from an offset on. Only a hint, so that a later sync takes less time.
pub(crate) fn write_back(file: &File, from: u64, bytes: u64) {
    // Linux starts to write dirty pages that are "not needed", and keeps them in memory until they are written.
    let _ = fadvise(file, from, NonZeroU64::new(bytes), Advice::DontNeed);
}

#[cfg(test)]
mod tests {
    use super::{PendingSync, SINGLY_AFTER_SLOW, SLOW_FILESYSTEM, SYNCED_SINGLY};
    use crate::spool::{Disk, Faults};
    use std::fs::File;
    use std::path::Path;

    fn some(folder: &Path, folders: usize) -> PendingSync {
        let mut unsynced = PendingSync::default();
        unsynced.file(File::create(folder.join("a")).expect("file"));
        for n in 0..folders {
            let new = folder.join(n.to_string());
            std::fs::create_dir_all(&new).expect("folder");
            unsynced.folder(&new);
        }
        unsynced
    }

    #[test]
    fn each_is_waited_for_once_and_only_once() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::new();
        let mut unsynced = some(folder.path(), 3);
        for n in 0..3 {
            unsynced.folder(&folder.path().join(n.to_string()));
        }
        unsynced.sync(&disk).expect("durable");
        assert_eq!(disk.steps(), 4);
        assert!(unsynced.is_empty());
        unsynced.sync(&disk).expect("nothing to do");
        assert_eq!(disk.steps(), 4);
    }

    #[test]
    fn a_crowd_is_waited_for_as_a_whole() {
        let folder = tempfile::tempdir().expect("folder");
        for (folders, steps) in [
            (SYNCED_SINGLY - 1, SYNCED_SINGLY as u64),
            (SYNCED_SINGLY, 1),
        ] {
            let disk = Disk::new();
            let mut unsynced = some(folder.path(), folders);
            unsynced.sync_many(&disk).expect("durable");
            assert_eq!(disk.steps(), steps);
            assert!(unsynced.is_empty());
        }
    }

    #[test]
    fn nobody_waits_long_for_what_others_write() {
        let folder = tempfile::tempdir().expect("folder");
        let steps = |unsynced: &mut PendingSync| {
            let disk = Disk::new();
            let more = some(folder.path(), SYNCED_SINGLY);
            (unsynced.files, unsynced.folders) = (more.files, more.folders);
            unsynced.sync_many(&disk).expect("durable");
            disk.steps()
        };
        let mut unsynced = PendingSync::default();
        unsynced.record_duration(SLOW_FILESYSTEM);
        assert_eq!(steps(&mut unsynced), 1);
        unsynced.singly = 0;
        unsynced.record_duration(SLOW_FILESYSTEM * 2);
        for _ in 0..SINGLY_AFTER_SLOW {
            assert_eq!(steps(&mut unsynced), SYNCED_SINGLY as u64 + 1);
        }
        assert_eq!(steps(&mut unsynced), 1);
    }

    #[test]
    fn a_failure_shows_and_a_folder_that_is_gone_does_not() {
        let folder = tempfile::tempdir().expect("folder");
        let mut unsynced = some(folder.path(), 1);
        std::fs::remove_dir(folder.path().join("0")).expect("gone");
        unsynced.sync(&Disk::new()).expect("nothing to lose");
        for (fail, folders) in [(1, 1), (2, 1), (1, 9)] {
            let disk = Disk::with_faults(Faults::FailAt(fail, 28));
            let mut unsynced = some(folder.path(), folders);
            assert!(unsynced.sync_many(&disk).is_err(), "{fail} {folders}");
            assert!(unsynced.sync(&disk).is_ok() && unsynced.has_lost());
            assert!(!unsynced.has_lost());
        }
    }

    #[test]
    fn new_folders_are_unsynced_in_those_above_them() {
        let folder = tempfile::tempdir().expect("folder");
        let (disk, deep) = (Disk::new(), folder.path().join("a/b"));
        let mut unsynced = PendingSync::default();
        for _ in 0..2 {
            unsynced.make_folder(&disk, &deep, 0o700).expect("made");
        }
        let above = [folder.path().to_owned(), folder.path().join("a")];
        assert_eq!(unsynced.folders, above);
    }
}
