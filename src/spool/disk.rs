//! Every file system effect that the order of a run depends on, behind one seam for injecting faults.

use super::SpoolError;
use super::entry::parent;
use crate::domain::masking::shown;
use rustix::fs::{AtFlags, CWD, RenameFlags};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The fault to inject, for tests of crashes and failing disks. Steps count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// From this step on nothing happens, as if the process had died before it.
    StopAt(u64),
    /// This one step fails with this error number.
    FailAt(u64, i32),
}

/// The disk. Every method is one step, or a few, that may be repeated.
#[derive(Debug, Default)]
pub struct Disk {
    faults: Option<Faults>,
    steps: AtomicU64,
}

/// Mode of folders that other users may read, subject to the umask.
pub(crate) const SHARED: u32 = 0o777;
/// Mode of files that a run writes: they hold SSNs, so at most the group may read them.
const WRITTEN: u32 = 0o640;
/// Mode of folders that only this user may read.
pub(crate) const PRIVATE: u32 = 0o700;

impl Disk {
    pub fn new() -> Disk {
        Disk::default()
    }

    pub fn with_faults(faults: Faults) -> Disk {
        Disk {
            faults: Some(faults),
            ..Disk::default()
        }
    }

    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Counts a step and injects the fault. To be called before every durable step, including those that are not file
    /// system effects (a ledger commit).
    ///
    /// # Errors
    /// Only the injected fault.
    pub fn step(&self, what: &str) -> io::Result<()> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        match self.faults {
            Some(Faults::StopAt(at)) if step >= at => Err(io::Error::other(format!(
                "stopped before step {step}: {what}"
            ))),
            Some(Faults::FailAt(at, errno)) if step == at => {
                Err(io::Error::from_raw_os_error(errno))
            }
            _ => Ok(()),
        }
    }

    /// Creates an empty file, replacing any file of its name, and opens it for writing.
    pub fn create_file(&self, path: &Path) -> io::Result<File> {
        self.step("create file")?;
        unless_missing(std::fs::remove_file(path))?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(WRITTEN)
            .open(path)
    }

    pub fn sync_file(&self, file: &File) -> io::Result<()> {
        self.step("sync file")?;
        file.sync_all()
    }

    pub fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step("sync folder")?;
        File::open(folder)?.sync_all()
    }

    /// Makes everything on the filesystem of a folder durable.
    pub fn sync_filesystem(&self, folder: &Path) -> io::Result<()> {
        self.sync_filesystem_of(&File::open(folder)?)
    }

    /// Makes everything on the filesystem of an open file or folder durable.
    pub fn sync_filesystem_of(&self, file: &File) -> io::Result<()> {
        self.step("sync filesystem")?;
        Ok(rustix::fs::syncfs(file)?)
    }

    /// Links a file under a second name, which must be free.
    pub fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("link")?;
        Ok(rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?)
    }

    /// Creates a folder and its missing parents with this mode (less the umask), each durable in its parent.
    pub fn make_folder(&self, folder: &Path, mode: u32) -> io::Result<()> {
        let new = missing(folder);
        self.make_folder_unsynced(folder, mode)?;
        for new in new {
            File::open(parent(new))?.sync_all()?;
        }
        Ok(())
    }

    /// The same without syncing.
    pub(super) fn make_folder_unsynced(&self, folder: &Path, mode: u32) -> io::Result<()> {
        self.step("make folder")?;
        for new in missing(folder) {
            match DirBuilder::new().mode(mode).create(new) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists || !new.is_dir() => {
                    return Err(e);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Renames to a name that must be free ([`io::ErrorKind::AlreadyExists`] if it isn't).
    pub fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        let renamed = self.step("rename to a new name").and_then(|()| {
            Ok(rustix::fs::renameat_with(
                CWD,
                from,
                CWD,
                to,
                RenameFlags::NOREPLACE,
            )?)
        });
        let unknown =
            [Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP].map(|e| Some(e.raw_os_error()));
        match renamed {
            // Some network filesystems lack rename without replacing, but every one refuses to link to an existing name.
            Err(e) if unknown.contains(&e.raw_os_error()) => self.link_and_remove(from, to),
            other => other,
        }
    }

    fn link_and_remove(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("link")?;
        match rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty()) {
            Err(Errno::EXIST) if same_file(from, to)? => {}
            other => other?,
        }
        self.remove_file(from)
    }

    /// Renames, replacing any file that has the new name.
    pub fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("rename")?;
        std::fs::rename(from, to)
    }

    /// Removes a file, which may be missing.
    pub fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step("remove file")?;
        unless_missing(std::fs::remove_file(path))
    }

    /// Removes an empty folder, which may be missing.
    pub fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step("remove folder")?;
        unless_missing(std::fs::remove_dir(path))
    }

    /// Removes a folder with everything in it, following no link. It may be missing.
    pub fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.step("remove tree")?;
        unless_missing(std::fs::remove_dir_all(path))
    }

    /// Copies an open file's bytes to a new file, replacing any file of its name, and makes them durable.
    pub fn copy(&self, mut from: &File, to: &Path) -> io::Result<()> {
        let mut copy = self.create_file(to)?;
        self.step("copy")?;
        io::copy(&mut from, &mut copy)?;
        self.sync_file(&copy)
    }
}

/// The folder and its parents that are missing, topmost first.
pub(super) fn missing(folder: &Path) -> Vec<&Path> {
    let absent = |f: &&Path| !f.as_os_str().is_empty() && !f.is_dir();
    let mut missing: Vec<&Path> = folder.ancestors().take_while(absent).collect();
    missing.reverse();
    missing
}

/// Free space for this user on the filesystem of a path, in MiB.
pub(crate) fn free_mib(path: &Path) -> Result<u64, SpoolError> {
    let about = rustix::fs::statvfs(path).map_err(|e| SpoolError::Io {
        act: "ask for the free room at",
        path: shown(path),
        source: e.into(),
    })?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize) >> 20)
}

fn same_file(a: &Path, b: &Path) -> io::Result<bool> {
    let (a, b) = (std::fs::symlink_metadata(a)?, std::fs::symlink_metadata(b)?);
    Ok((a.dev(), a.ino()) == (b.dev(), b.ino()))
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Disk, Faults, SHARED, free_mib};
    use rustix::io::Errno;
    use std::fs;
    use std::io::ErrorKind;

    #[test]
    fn a_stopped_disk_does_nothing_more() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::with_faults(Faults::StopAt(2));
        let path = folder.path().join("a");
        disk.create_file(&path).expect("first step");
        for _ in 0..2 {
            let stopped = disk.remove_file(&path).expect_err("stopped");
            assert_eq!(stopped.kind(), ErrorKind::Other);
            assert!(stopped.to_string().starts_with("stopped"));
        }
        assert!(path.exists());
        assert_eq!(disk.steps(), 3);
    }

    #[test]
    fn a_failing_step_fails_once() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::with_faults(Faults::FailAt(1, Errno::NOSPC.raw_os_error()));
        let path = folder.path().join("a");
        let full = disk.create_file(&path).expect_err("full");
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        assert!(!path.exists());
        disk.create_file(&path).expect("room again");
    }

    #[test]
    fn a_new_name_is_never_an_old_one_on_any_filesystem() {
        let no_flag = Faults::FailAt(1, Errno::INVAL.raw_os_error());
        for disk in [Disk::new as fn() -> Disk, || {
            Disk::with_faults(Faults::FailAt(1, 22))
        }] {
            let folder = tempfile::tempdir().expect("folder");
            let [a, b] = ["a", "b"].map(|n| folder.path().join(n));
            fs::write(&a, "a").expect("a");
            fs::write(&b, "b").expect("b");
            let taken = disk().rename_new(&a, &b).expect_err("taken");
            assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
            fs::remove_file(&b).expect("free");
            disk().rename_new(&a, &b).expect("renamed");
            assert_eq!(fs::read(&b).expect("b"), b"a");
            assert!(!a.exists());
        }
        // Stopped between link and removal, then repeated.
        let folder = tempfile::tempdir().expect("folder");
        let [a, b] = ["a", "b"].map(|n| folder.path().join(n));
        fs::write(&a, "a").expect("a");
        fs::hard_link(&a, &b).expect("half done");
        Disk::with_faults(no_flag)
            .rename_new(&a, &b)
            .expect("finished");
        assert!(!a.exists() && b.exists());
    }

    #[test]
    fn folders_are_made_once_and_removals_may_repeat() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::new();
        let deep = folder.path().join("a/b/c");
        for _ in 0..2 {
            disk.make_folder(&deep, SHARED).expect("made");
        }
        for _ in 0..2 {
            disk.remove_folder(&deep).expect("removed");
            disk.remove_file(&deep.join("x")).expect("nothing there");
        }
        fs::write(&deep, "").expect("file");
        assert!(disk.make_folder(&deep, SHARED).is_err());
    }

    #[test]
    fn a_disk_has_some_room_and_a_missing_one_has_none() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(free_mib(folder.path()).expect("told") > 0);
        assert!(free_mib(&folder.path().join("gone")).is_err());
    }
}
