//! Locks between processes.

use super::SpoolError;
use super::disk::{PRIVATE, parent};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

/// A lock that this process holds until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    /// The file stays, because removing it would let two processes lock two files.
    file: File,
}

impl Drop for Lock {
    /// Closing alone would leave the lock with a child process that was being started meanwhile, until its `exec`.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

impl Lock {
    /// Takes the lock of this file, making it and its folder if need be. `None`: somebody else has it.
    pub fn try_acquire(path: &Path) -> Result<Option<Lock>, SpoolError> {
        let folder = parent(path);
        DirBuilder::new()
            .recursive(true)
            .mode(PRIVATE)
            .create(&folder)
            .map_err(SpoolError::io("make", &folder))?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)
            .map_err(SpoolError::io("open the lock", path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(e) => return Err(SpoolError::io("lock", path)(e.into())),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(SpoolError::io("write the lock", path))?;
        Ok(Some(Lock { file }))
    }

    /// Whether somebody has the lock of this file. It is not made and not taken, but for the instant of the look nobody
    /// else can take it: who must have such a lock tries more than once.
    pub fn is_held(path: &Path) -> Result<bool, SpoolError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(SpoolError::io("open the lock", path)(e)),
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

    /// Writes a line for others to read into the lock's file, in place of the one before.
    ///
    /// # Errors
    /// It can't be written.
    pub fn note(&self, path: &Path, text: &str) -> Result<(), SpoolError> {
        let whole = format!("{}\n{text}\n", std::process::id());
        // The process stays readable all the while.
        self.file
            .write_all_at(whole.as_bytes(), 0)
            .and_then(|()| self.file.set_len(whole.len() as u64))
            .map_err(SpoolError::io("write the lock", path))
    }

    /// The line that whoever took this lock last has written into it.
    pub fn noted(path: &Path) -> Option<String> {
        let text = std::fs::read_to_string(path).ok()?;
        text.lines().nth(1).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

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
            held.note(&path, text).expect("written");
            assert_eq!(Lock::noted(&path).as_deref(), Some(text));
            assert_eq!(Lock::holder(&path), Some(std::process::id()));
        }
        drop(held);
        assert!(!Lock::is_held(&path).expect("works"));
        assert!(Lock::try_acquire(&path).expect("works").is_some());
        assert_eq!(Lock::noted(&path), None, "of the one before");
    }
}
