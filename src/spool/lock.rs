//! Locks between processes.

use super::SpoolError;
use super::disk::PRIVATE;
use super::entry::parent;
use super::user::user_name;
use crate::domain::masking::shown;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A lock that this process holds until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    /// The file is never removed, because that would let two processes lock two files.
    file: File,
    path: PathBuf,
}

impl Drop for Lock {
    /// Closing alone would leave the lock with a child process that is being started, until its `exec`.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

impl Lock {
    /// Takes the lock of this file, creating it and its folder if needed. `None`: another process has it.
    pub fn try_acquire(path: &Path) -> Result<Option<Lock>, SpoolError> {
        let folder = parent(path);
        DirBuilder::new()
            .recursive(true)
            .mode(PRIVATE)
            .create(&folder)
            .map_err(|e| match e.kind() {
                ErrorKind::PermissionDenied => cannot_open(path, e),
                _ => SpoolError::io("make", &folder)(e),
            })?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(|e| cannot_open(path, e))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(e) => return Err(SpoolError::io("lock", path)(e.into())),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(SpoolError::io("write the lock", path))?;
        Ok(Some(Lock {
            file,
            path: path.to_owned(),
        }))
    }

    /// Whether a process has the lock of this file. The file is not created. During the check no other process can take
    /// the lock, so a process that must have it tries more than once.
    pub fn is_held(path: &Path) -> Result<bool, SpoolError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(cannot_open(path, e)),
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => {
                let _ = flock(&file, FlockOperation::Unlock);
                Ok(false)
            }
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(e) => Err(SpoolError::io("lock", path)(e.into())),
        }
    }

    /// The process that took this lock last, for messages.
    pub fn holder(path: &Path) -> Option<u32> {
        let text = std::fs::read_to_string(path).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// Writes a line for other processes to read into the lock's file, replacing the previous one.
    pub fn note(&self, text: &str) -> Result<(), SpoolError> {
        let whole = format!("{}\n{text}\n", std::process::id());
        // The process ID stays readable throughout.
        self.file
            .write_all_at(whole.as_bytes(), 0)
            .and_then(|()| self.file.set_len(whole.len() as u64))
            .map_err(SpoolError::io("write the lock", &self.path))
    }

    /// The line that the last process to take this lock has written into it.
    pub fn noted(path: &Path) -> Option<String> {
        let text = std::fs::read_to_string(path).ok()?;
        text.lines().nth(1).map(str::to_owned)
    }
}

/// A lock that this user may not open most likely belongs to the user who runs the daemon.
fn cannot_open(path: &Path, source: io::Error) -> SpoolError {
    let owned = |folder: &Path| Some((folder.to_owned(), folder.metadata().ok()?.uid()));
    match path.ancestors().skip(1).find_map(owned) {
        Some((folder, uid)) if source.kind() == ErrorKind::PermissionDenied => {
            SpoolError::OthersLock {
                path: shown(path),
                folder: shown(&folder),
                owner: user(uid),
                source,
            }
        }
        _ => SpoolError::io("open the lock", path)(source),
    }
}

fn user(uid: u32) -> String {
    match user_name(uid) {
        Some(name) => format!("user {name}"),
        None => format!("uid {uid}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, cannot_open, user};
    use std::io;

    #[test]
    fn who_may_not_open_a_lock_is_told_whose_it_is() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("locks/hr.lock");
        let said = cannot_open(&path, io::ErrorKind::PermissionDenied.into()).to_string();
        let owner = user(rustix::process::geteuid().as_raw());
        assert!(
            said.contains(&format!("belongs to {owner}: run this as")),
            "{said}"
        );
        let other = cannot_open(&path, io::ErrorKind::StorageFull.into()).to_string();
        assert!(other.contains("the room on its disk"), "{other}");
        assert_eq!(user(0), "user root");
        assert_eq!(user(4_000_000_000), "uid 4000000000");
    }

    #[test]
    fn one_holder_at_a_time() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("locks/hr.lock");
        assert_eq!(Lock::holder(&path), None);
        assert!(!Lock::is_held(&path).expect("works") && !path.exists());
        let held = Lock::try_acquire(&path).expect("works").expect("free");
        assert!(Lock::try_acquire(&path).expect("works").is_none());
        assert!(Lock::is_held(&path).expect("works"));
        assert_eq!(Lock::holder(&path), Some(std::process::id()));
        assert_eq!(Lock::noted(&path), None);
        for text in ["a long line", "short"] {
            held.note(text).expect("written");
            assert_eq!(Lock::noted(&path).as_deref(), Some(text));
            assert_eq!(Lock::holder(&path), Some(std::process::id()));
        }
        drop(held);
        assert!(!Lock::is_held(&path).expect("works"));
        assert!(Lock::try_acquire(&path).expect("works").is_some());
        assert_eq!(Lock::noted(&path), None, "of the one before");
    }
}
