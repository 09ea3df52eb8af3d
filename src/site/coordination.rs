//! How the processes of a site keep out of each other's way and wake each other.
//!
//! Locks and the bell are files of the state folder today ([`FileCoordination`]), which holds on one machine. A ledger on
//! a server would bring its own implementation, with advisory locks and notifications.
//!
//! The daemon listens for itself: its one watcher of folders has the bell beside the inbound folders, and a listener of
//! its own here would cost another thread and another handle of the system. So the trait names the folder, and a backend
//! without one adds its way of listening to `daemon/wakeup.rs`.

use super::Result;
use crate::spool::{self, Lock};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// The lock that the site's daemon holds while it runs.
pub(crate) const DAEMON: &str = "daemon";

/// A lock that this process holds until it is dropped or the process ends, however it ends.
pub(crate) trait HeldLock: Debug + Send {
    /// Writes a line for other processes to read, in place of the previous one.
    fn note(&self, line: &str) -> Result<()>;
}

/// Locks by name, and a wake-up for the daemon.
pub(crate) trait Coordination: Send + Sync {
    /// Takes a lock. `None`: another process has it.
    fn try_lock(&self, name: &str) -> Result<Option<Box<dyn HeldLock>>>;

    /// Whether a process has a lock. During the check no other process can take it, so a process that must have it tries
    /// more than once.
    fn is_locked(&self, name: &str) -> Result<bool>;

    /// The process that took a lock last, for messages.
    fn holder(&self, name: &str) -> Option<u32>;

    /// The line that the last process to take a lock has noted.
    fn noted(&self, name: &str) -> Option<String>;

    /// Tells the daemon, if there is one, that the ledger has something for it. A daemon that misses it polls the
    /// ledger after a while, so nothing is lost if this fails.
    fn wake(&self);

    /// The folder in which a file is written to wake the daemon.
    fn bell(&self) -> &Path;
}

/// Locks and bell as files of the state folder.
pub(super) struct FileCoordination {
    locks: PathBuf,
    bell: PathBuf,
}

impl FileCoordination {
    pub(super) fn new(state: &Path) -> FileCoordination {
        FileCoordination {
            locks: state.join("locks"),
            bell: state.join("bell"),
        }
    }

    fn lock_file(&self, name: &str) -> PathBuf {
        self.locks.join(format!("{name}.lock"))
    }
}

impl Coordination for FileCoordination {
    fn try_lock(&self, name: &str) -> Result<Option<Box<dyn HeldLock>>> {
        let lock = Lock::try_acquire(&self.lock_file(name))?;
        Ok(lock.map(|lock| Box::new(lock) as Box<dyn HeldLock>))
    }

    fn is_locked(&self, name: &str) -> Result<bool> {
        Ok(Lock::is_held(&self.lock_file(name))?)
    }

    fn holder(&self, name: &str) -> Option<u32> {
        Lock::holder(&self.lock_file(name))
    }

    fn noted(&self, name: &str) -> Option<String> {
        Lock::noted(&self.lock_file(name))
    }

    fn wake(&self) {
        let _ = spool::touch(&self.bell, "request");
    }

    fn bell(&self) -> &Path {
        &self.bell
    }
}

impl HeldLock for Lock {
    fn note(&self, line: &str) -> Result<()> {
        Ok(Lock::note(self, line)?)
    }
}
