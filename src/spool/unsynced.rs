//! What has changed on the disk and is not durable yet: many changes, one wait for each folder.

use super::disk::{Disk, missing};
use rustix::fs::{Advice, fadvise};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::num::NonZeroU64;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Up to so many files and folders are made durable one by one; more of them with their whole filesystem, but only
/// where [`Unsynced::sync_crowd`] says that many more are to come.
const SYNCED_SINGLY: usize = 4;
/// A whole filesystem takes longer than this where others write a lot to it, for whom nobody here wants to wait.
const CROWD_PATIENCE: Duration = Duration::from_millis(20);
/// Then so many waits are for what is ours alone, one by one, before the whole is tried again.
const SINGLY_AFTER: u32 = 64;
/// The disk is not asked to begin with a longer file than this (bytes) ahead of its turn: what of it is on the disk
/// already would leave the memory, too.
const AHEAD: u64 = 1 << 20;

/// Files and folders that are to be durable before the next step.
#[derive(Debug, Default)]
pub struct Unsynced {
    files: Vec<File>,
    /// In the order in which they changed.
    folders: Vec<PathBuf>,
    /// Whether a wait has failed.
    lost: bool,
    /// So many more waits are one by one, because others write a lot.
    singly: u32,
}

impl Unsynced {
    /// A file whose content has changed.
    pub fn file(&mut self, file: File) {
        self.files.push(file);
    }

    /// A folder whose entries have changed.
    pub fn folder(&mut self, folder: &Path) {
        // What changes again waits for its later change.
        self.forget(folder);
        self.folders.push(folder.to_owned());
    }

    /// A folder that is gone has nothing left to lose.
    pub(super) fn forget(&mut self, folder: &Path) {
        self.folders.retain(|known| known != folder);
    }

    /// Makes a folder and those above it with this mode (less the umask).
    pub(super) fn make_folder(&mut self, disk: &Disk, folder: &Path, mode: u32) -> io::Result<()> {
        let above = missing(folder).into_iter().filter_map(Path::parent);
        let above: Vec<PathBuf> = above.map(Path::to_owned).collect();
        disk.make_folder_unsynced(folder, mode)?;
        above.iter().for_each(|parent| self.folder(parent));
        Ok(())
    }

    /// Whether everything is durable.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Whether a wait has failed since this was last asked: what it was for may not be durable, and isn't waited for again.
    pub fn has_lost(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    /// Waits until all of it is on the disk: files first, then folders in the order in which they changed. Files are on
    /// their way together.
    ///
    /// # Errors
    /// A wait failed; see [`Unsynced::has_lost`].
    pub fn sync(&mut self, disk: &Disk) -> io::Result<()> {
        let (files, folders) = self.take();
        let synced = singly(disk, &files, &folders);
        self.lost |= synced.is_err();
        synced
    }

    /// The same where many more files wait: with one wait for the whole filesystem.
    ///
    /// # Errors
    /// As [`Unsynced::sync`].
    pub fn sync_crowd(&mut self, disk: &Disk) -> io::Result<()> {
        if self.files.len() + self.folders.len() <= SYNCED_SINGLY {
            return self.sync(disk);
        }
        if self.singly > 0 {
            self.singly -= 1;
            return self.sync(disk);
        }
        let (files, folders) = self.take();
        let began = Instant::now();
        let synced = together(disk, files, folders);
        self.took(began.elapsed());
        self.lost |= synced.is_err();
        synced
    }

    fn took(&mut self, wait: Duration) {
        if wait > CROWD_PATIENCE {
            self.singly = SINGLY_AFTER;
        }
    }

    fn take(&mut self) -> (Vec<File>, Vec<PathBuf>) {
        (
            std::mem::take(&mut self.files),
            std::mem::take(&mut self.folders),
        )
    }
}

fn singly(disk: &Disk, files: &[File], folders: &[PathBuf]) -> io::Result<()> {
    if files.len() > 1 {
        files.iter().for_each(begin);
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

fn together(disk: &Disk, files: Vec<File>, folders: Vec<PathBuf>) -> io::Result<()> {
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

/// Has the disk begin to write a short file.
fn begin(file: &File) {
    if let Ok(about) = file.metadata()
        && about.len() <= AHEAD
    {
        write_back(file, 0, about.len());
    }
}

/// Has the disk begin to write a part of a file: so many bytes from a place on. Only a hint: whoever needs it durable
/// waits for it afterwards, and for little then.
pub(crate) fn write_back(file: &File, from: u64, bytes: u64) {
    // Linux takes "not needed in memory" as "write it now"; what is on its way to the disk stays in memory.
    let _ = fadvise(file, from, NonZeroU64::new(bytes), Advice::DontNeed);
}

#[cfg(test)]
mod tests {
    use super::{CROWD_PATIENCE, SINGLY_AFTER, SYNCED_SINGLY, Unsynced};
    use crate::spool::{Disk, Faults};
    use std::fs::File;
    use std::path::Path;

    fn some(folder: &Path, folders: usize) -> Unsynced {
        let mut unsynced = Unsynced::default();
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
            unsynced.sync_crowd(&disk).expect("durable");
            assert_eq!(disk.steps(), steps);
            assert!(unsynced.is_empty());
        }
    }

    #[test]
    fn nobody_waits_long_for_what_others_write() {
        let folder = tempfile::tempdir().expect("folder");
        let steps = |unsynced: &mut Unsynced| {
            let disk = Disk::new();
            let more = some(folder.path(), SYNCED_SINGLY);
            (unsynced.files, unsynced.folders) = (more.files, more.folders);
            unsynced.sync_crowd(&disk).expect("durable");
            disk.steps()
        };
        let mut unsynced = Unsynced::default();
        unsynced.took(CROWD_PATIENCE);
        assert_eq!(steps(&mut unsynced), 1);
        unsynced.singly = 0;
        unsynced.took(CROWD_PATIENCE * 2);
        for _ in 0..SINGLY_AFTER {
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
            assert!(unsynced.sync_crowd(&disk).is_err(), "{fail} {folders}");
            assert!(unsynced.sync(&disk).is_ok() && unsynced.has_lost());
            assert!(!unsynced.has_lost());
        }
    }

    #[test]
    fn new_folders_are_unsynced_in_those_above_them() {
        let folder = tempfile::tempdir().expect("folder");
        let (disk, deep) = (Disk::new(), folder.path().join("a/b"));
        let mut unsynced = Unsynced::default();
        for _ in 0..2 {
            unsynced.make_folder(&disk, &deep, 0o700).expect("made");
        }
        let above = [folder.path().to_owned(), folder.path().join("a")];
        assert_eq!(unsynced.folders, above);
    }
}
