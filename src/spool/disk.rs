//! Every effect on the file system that a run's order rests on, behind one seam for faults.

use rustix::fs::{AtFlags, CWD, OFlags, RenameFlags};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What goes wrong, for tests of crashes and of failing disks. Steps count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// From this step on nothing happens any more, as if the process had died before it.
    StopAt(u64),
    /// This one step fails with this error number.
    FailAt(u64, i32),
}

/// The disk. Every method is one step (a few are two) that may be repeated.
#[derive(Debug, Default)]
pub struct Disk {
    faults: Option<Faults>,
    steps: AtomicU64,
}

/// Mode of folders that others may look into as far as the umask lets them.
pub(super) const SHARED: u32 = 0o777;
/// Mode of files that a run writes: they hold SSNs, so a group may read them at most.
const WRITTEN: u32 = 0o640;
/// Mode of folders that are ours alone.
pub(super) const PRIVATE: u32 = 0o700;

impl Disk {
    /// The disk as it is.
    pub fn new() -> Disk {
        Disk::default()
    }

    /// A disk on which something goes wrong.
    pub fn with_faults(faults: Faults) -> Disk {
        Disk {
            faults: Some(faults),
            ..Disk::default()
        }
    }

    /// How many steps were tried.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Passes the seam: to be called before every durable step, also before those that are not the disk's own
    /// (a ledger commit).
    ///
    /// # Errors
    /// Only the fault that was asked for.
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

    /// Makes an empty file in place of whatever had its name, and opens it for writing.
    pub fn create_file(&self, path: &Path) -> io::Result<File> {
        self.step("create file")?;
        absent_is_fine(std::fs::remove_file(path))?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(WRITTEN)
            .open(path)
    }

    /// Waits until a file's content is on the disk.
    pub fn sync_file(&self, file: &File) -> io::Result<()> {
        self.step("sync file")?;
        file.sync_all()
    }

    /// Waits until a folder's entries are on the disk.
    pub fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step("sync folder")?;
        File::open(folder)?.sync_all()
    }

    /// Waits until everything on the filesystem of a folder is on the disk.
    pub fn sync_filesystem(&self, folder: &Path) -> io::Result<()> {
        self.sync_filesystem_of(&File::open(folder)?)
    }

    /// Waits until everything on the filesystem of an open file or folder is on the disk.
    pub fn sync_filesystem_of(&self, file: &File) -> io::Result<()> {
        self.step("sync filesystem")?;
        Ok(rustix::fs::syncfs(file)?)
    }

    /// Gives a file a second name, which must be free.
    pub fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("link")?;
        Ok(rustix::fs::linkat(CWD, from, CWD, to, AtFlags::empty())?)
    }

    /// Makes a folder and those above it with this mode (less the umask), each durable in its parent.
    pub fn make_folder(&self, folder: &Path, mode: u32) -> io::Result<()> {
        let new = missing(folder);
        self.make_folder_unsynced(folder, mode)?;
        for new in new {
            File::open(parent(new))?.sync_all()?;
        }
        Ok(())
    }

    /// The same without waiting for the disk.
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
            // Some network filesystems can't rename without replacing, but all of them refuse a second link of a name.
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

    /// Renames, in place of whatever file has the new name.
    pub fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step("rename")?;
        std::fs::rename(from, to)
    }

    /// Removes a file; one that is not there is fine.
    pub fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step("remove file")?;
        absent_is_fine(std::fs::remove_file(path))
    }

    /// Removes an empty folder; one that is not there is fine.
    pub fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step("remove folder")?;
        absent_is_fine(std::fs::remove_dir(path))
    }

    /// Removes a folder with everything in it, following no link; one that is not there is fine.
    pub fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.step("remove tree")?;
        absent_is_fine(std::fs::remove_dir_all(path))
    }

    /// Copies an open file's bytes to a file in place of whatever had its name, and waits until they are on the disk.
    pub fn copy(&self, mut from: &File, to: &Path) -> io::Result<()> {
        let mut copy = self.create_file(to)?;
        self.step("copy")?;
        io::copy(&mut from, &mut copy)?;
        self.sync_file(&copy)
    }
}

/// A folder and those above it, as far as they are not there, the topmost first.
pub(super) fn missing(folder: &Path) -> Vec<&Path> {
    let absent = |f: &&Path| !f.as_os_str().is_empty() && !f.is_dir();
    let mut missing: Vec<&Path> = folder.ancestors().take_while(absent).collect();
    missing.reverse();
    missing
}

/// The folder that holds a path.
pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Opens for reading: no link is followed, no FIFO or device is waited for.
pub(super) fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

fn same_file(a: &Path, b: &Path) -> io::Result<bool> {
    let (a, b) = (std::fs::symlink_metadata(a)?, std::fs::symlink_metadata(b)?);
    Ok((a.dev(), a.ino()) == (b.dev(), b.ino()))
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Disk, Faults, SHARED};
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
}
