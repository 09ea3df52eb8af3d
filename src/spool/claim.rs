//! Claiming a waiting file: it moves into the work folder of its run.

use super::disk::{Disk, PRIVATE};
use super::entry::{beside, changed, exists, open_plain, parent, what_is};
use super::{OpenWriters, PendingSync, SpoolError, make_staging, remove_staged, writers_of};
use crate::domain::masking::shown;
use std::fs::{File, FileType, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Name of the source file in a run's work folder.
pub(crate) const SOURCE: &str = "source";

/// A run's source file in its work folder, as it was when it was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub path: PathBuf,
    pub size: u64,
    /// When it was last written.
    pub modified: SystemTime,
    /// When its inode last changed (seconds and nanoseconds): no sender can set this back.
    pub changed: (i64, i64),
    pub inode: u64,
}

impl Claimed {
    pub fn open(&self) -> Result<File, SpoolError> {
        open_plain(&self.path).map_err(SpoolError::io("open", &self.path))
    }

    /// Whether a process has it open for writing.
    pub fn writers(&self) -> OpenWriters {
        writers_of(&self.path)
    }

    /// Whether it is unchanged since the claim. A sender may still have it open.
    pub fn still_same(&self) -> Result<bool, SpoolError> {
        let (modified, about) = std::fs::symlink_metadata(&self.path)
            .and_then(|about| Ok((about.modified()?, about)))
            .map_err(SpoolError::io("look at", &self.path))?;
        Ok(about.is_file()
            && about.nlink() == 1
            && (about.len(), modified, about.ino()) == (self.size, self.modified, self.inode)
            && changed(&about) == self.changed)
    }
}

/// Moves a waiting file into the work folder of a run. May be repeated: a file that is there already belongs to the run.
/// The move is durable once `unsynced` is.
///
/// Anything but a plain file with a single link stays, or is put back, where it was.
pub fn claim(
    disk: &Disk,
    path: &Path,
    work: &Path,
    unsynced: &mut PendingSync,
) -> Result<Claimed, SpoolError> {
    let target = work.join(SOURCE);
    if !exists(&target)? {
        still_plain(path)?;
        unsynced.make_folder(disk, work, PRIVATE)?;
    }
    take_in(disk, path, &target, unsynced)
}

/// Moves a waiting file to a place that no sender can reach, in a folder that is there. May be repeated: a file that is there
/// already has been moved.
pub(super) fn take_in(
    disk: &Disk,
    path: &Path,
    target: &Path,
    unsynced: &mut PendingSync,
) -> Result<Claimed, SpoolError> {
    let work = &parent(target);
    if !exists(target)? {
        still_plain(path)?;
        disk.rename_new(path, target).map_err(|e| match e.kind() {
            ErrorKind::NotFound => SpoolError::Vanished { path: shown(path) },
            ErrorKind::CrossesDevices => SpoolError::OtherFilesystem {
                path: shown(path),
                work: shown(work),
            },
            _ => SpoolError::io("claim", path)(e),
        })?;
    }
    // A repetition can't tell what is durable already.
    for folder in [&parent(work), work, &parent(path)] {
        unsynced.folder(folder);
    }
    // A sender can swap the file between the check and the rename, so the file is checked again where it is now.
    let claimed = inspect(target, path);
    if let Err(error) = &claimed
        && error.is_about_the_file()
    {
        match disk.rename_new(target, path) {
            // Its sender has put another file there; what was swapped in is removed with the work folder. A file that
            // is only unreadable is a real file and is kept.
            Err(e)
                if e.kind() == ErrorKind::AlreadyExists
                    && !matches!(error, SpoolError::Unreadable { .. }) => {}
            other => other.map_err(SpoolError::io("put back", path))?,
        }
        unsynced
            .sync(disk)
            .map_err(SpoolError::io("sync what was put back", path))?;
    }
    claimed
}

/// Removes the marker file that said a claimed file was complete: the next file of the name needs its own. A marker that
/// is newer than the claim belongs to the next file and stays. May be repeated.
pub fn claim_marker(
    disk: &Disk,
    path: &Path,
    ending: &str,
    claimed: &Claimed,
) -> Result<(), SpoolError> {
    let marker = beside(path, "", ending);
    match std::fs::symlink_metadata(&marker) {
        Ok(about) if changed(&about) <= claimed.changed => remove_staged(disk, &marker),
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(SpoolError::io("look at", &marker)(e)),
    }
}

/// Copies a file that stays where it is into the work folder of a run. May be repeated.
pub(crate) fn take_copy(disk: &Disk, path: &Path, work: &Path) -> Result<Claimed, SpoolError> {
    let target = work.join(SOURCE);
    if !exists(&target)? {
        let file = open_named(path)?;
        make_staging(disk, work)?;
        let part = work.join(".source.part");
        disk.copy(&file, &part)
            .and_then(|()| disk.rename_over(&part, &target))
            .and_then(|()| disk.sync_folder(work))
            .map_err(SpoolError::io("copy into the work folder", path))?;
    }
    inspect(&target, path)
}

/// Opens a file that the user named: links are followed, but a FIFO or folder is still refused.
pub(crate) fn open_named(path: &Path) -> Result<File, SpoolError> {
    let real = std::fs::canonicalize(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => SpoolError::Vanished { path: shown(path) },
        _ => SpoolError::opening(path)(e),
    })?;
    let file = open_plain(&real).map_err(SpoolError::opening(path))?;
    let about = file.metadata().map_err(SpoolError::io("look at", path))?;
    if !about.is_file() {
        return Err(not_a_file(path, about.file_type()));
    }
    Ok(file)
}

/// Opens a waiting file, which its sender may still remove: no link is followed, and only a plain file is opened.
pub(crate) fn open_waiting(path: &Path) -> Result<File, SpoolError> {
    let file = open_plain(path).map_err(SpoolError::opening(path))?;
    let about = file.metadata().map_err(SpoolError::io("look at", path))?;
    plain(&about, path).map(|()| file)
}

/// Opens the file at `target` and records its attributes; errors name it by its former `path`.
fn inspect(target: &Path, path: &Path) -> Result<Claimed, SpoolError> {
    // A socket can't be opened and a link must not be, so the entry itself is checked first.
    let entry = std::fs::symlink_metadata(target).map_err(SpoolError::io("look at", path))?;
    plain(&entry, path)?;
    let about = open_plain(target)
        .and_then(|file| file.metadata())
        .map_err(SpoolError::opening(path))?;
    plain(&about, path)?;
    Ok(Claimed {
        path: target.to_owned(),
        size: about.len(),
        modified: about.modified().map_err(SpoolError::io("look at", path))?,
        changed: changed(&about),
        inode: about.ino(),
    })
}

/// Whether a waiting file is there and plain.
fn still_plain(path: &Path) -> Result<(), SpoolError> {
    match std::fs::symlink_metadata(path) {
        Ok(about) => plain(&about, path),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            Err(SpoolError::Vanished { path: shown(path) })
        }
        Err(e) => Err(SpoolError::io("look at", path)(e)),
    }
}

fn plain(about: &Metadata, path: &Path) -> Result<(), SpoolError> {
    if !about.is_file() {
        return Err(not_a_file(path, about.file_type()));
    }
    if about.nlink() != 1 {
        return Err(SpoolError::Linked { path: shown(path) });
    }
    Ok(())
}

fn not_a_file(path: &Path, kind: FileType) -> SpoolError {
    SpoolError::NotAFile {
        path: shown(path),
        what: what_is(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Disk, PendingSync, SpoolError};
    use super::{Claimed, take_copy};
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::fs::{self, OpenOptions};
    use std::io::{Read, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};
    use tempfile::TempDir;

    /// A folder with an inbound folder in it, a path there and a work folder to come.
    fn site() -> (TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("folder");
        fs::create_dir(folder.path().join("in")).expect("inbound");
        let path = folder.path().join("in/hr.csv");
        let work = folder.path().join("work/20261120-000001");
        (folder, path, work)
    }

    fn claim(disk: &Disk, path: &Path, work: &Path) -> Result<Claimed, SpoolError> {
        super::claim(disk, path, work, &mut PendingSync::default())
    }

    fn content(claimed: &Claimed) -> String {
        let mut text = String::new();
        let mut file = claimed.open().expect("open");
        file.read_to_string(&mut text).expect("read");
        text
    }

    #[test]
    fn a_claim_moves_the_file_once() {
        let (_folder, path, work) = site();
        fs::write(&path, "rows").expect("file");
        let disk = Disk::new();
        let first = claim(&disk, &path, &work).expect("claimed");
        assert!(!path.exists());
        fs::write(&path, "another upload of this name").expect("file");
        assert_eq!(claim(&disk, &path, &work).expect("repeated"), first);
        assert_eq!((content(&first).as_str(), first.size), ("rows", 4));
        assert!(path.exists());
        let mode = fs::metadata(&work).expect("work").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_vanished_file_is_told_from_a_failure() {
        let (_folder, path, work) = site();
        let gone = claim(&Disk::new(), &path, &work);
        assert!(matches!(gone, Err(SpoolError::Vanished { .. })));
    }

    #[test]
    fn a_sender_that_keeps_writing_is_noticed() {
        let (_folder, path, work) = site();
        fs::write(&path, "rows").expect("file");
        let mut sender = OpenOptions::new().append(true).open(&path).expect("open");
        let claimed = claim(&Disk::new(), &path, &work).expect("claimed");
        assert!(claimed.still_same().expect("same"));
        sender.write_all(b" and more").expect("written");
        assert!(!claimed.still_same().expect("changed"));
    }

    #[test]
    fn what_is_no_plain_file_stays_where_it_is() {
        let (folder, path, work) = site();
        let secret = folder.path().join("secret");
        fs::write(&secret, "not for senders").expect("file");
        let make: [(&str, &dyn Fn()); 4] = [
            ("symbolic link", &|| symlink(&secret, &path).expect("link")),
            ("FIFO", &|| {
                mknodat(CWD, &path, FileType::Fifo, Mode::RUSR, 0).expect("fifo");
            }),
            ("folder", &|| fs::create_dir(&path).expect("folder")),
            ("hard link", &|| {
                fs::hard_link(&secret, &path).expect("link");
            }),
        ];
        for (what, make) in make {
            make();
            let refused = claim(&Disk::new(), &path, &work).expect_err(what);
            assert!(refused.to_string().contains(what), "{refused}");
            assert!(take_copy(&Disk::new(), &path, &work).is_err() || what.ends_with("link"));
            let _ = fs::remove_dir_all(&work);
            assert!(fs::symlink_metadata(&path).is_ok(), "{what} is still there");
            fs::remove_file(&path)
                .or_else(|_| fs::remove_dir(&path))
                .expect(what);
        }
    }

    #[test]
    fn what_was_swapped_in_at_the_moment_of_the_rename_is_put_back() {
        // What the rename has moved, had the sender swapped the file at that very moment.
        let swaps: [fn(&Path, &Path); 4] = [
            |source, secret| symlink(secret, source).expect("link"),
            |source, secret| fs::hard_link(secret, source).expect("link"),
            |source, _| mknodat(CWD, source, FileType::Fifo, Mode::RUSR, 0).expect("fifo"),
            |source, _| {
                fs::create_dir(source).expect("folder");
                fs::write(source.join("inner"), "rows").expect("file");
            },
        ];
        for swap in swaps {
            for taken in [false, true] {
                let (folder, path, work) = site();
                let (secret, source) = (folder.path().join("secret"), work.join("source"));
                fs::write(&secret, "not for senders").expect("file");
                fs::create_dir_all(&work).expect("work");
                swap(&source, &secret);
                if taken {
                    fs::write(&path, "the next upload").expect("file");
                }
                let refused = claim(&Disk::new(), &path, &work).expect_err("swapped");
                assert!(refused.is_about_the_file(), "{refused}");
                let at = |p: &Path| fs::symlink_metadata(p).map(|about| about.file_type());
                if taken {
                    assert_eq!(fs::read(&path).expect("kept"), b"the next upload");
                } else {
                    assert!(at(&path).is_ok() && at(&source).is_err());
                }
                let unsynced = &mut PendingSync::default();
                super::super::clear_work(&Disk::new(), &work, unsynced).expect("cleared");
                assert!(!work.exists());
                assert_eq!(fs::read(&secret).expect("kept"), b"not for senders");
            }
        }
    }

    #[test]
    fn a_copy_leaves_the_original() {
        let (_folder, path, work) = site();
        fs::write(&path, "rows").expect("file");
        fs::create_dir_all(&work).expect("work");
        fs::write(work.join(".source.part"), "half of an earlier try").expect("file");
        for _ in 0..2 {
            let copy = take_copy(&Disk::new(), &path, &work).expect("copied");
            assert_eq!(content(&copy), "rows");
        }
        assert!(path.exists());
        assert!(!work.join(".source.part").exists());
    }
}
