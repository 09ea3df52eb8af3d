//! Tells whether a process has a file open for writing.
//!
//! The kernel grants a read lease only on a file that no process has open for writing, so a lease is requested and
//! released at once. There is no maintained safe wrapper of `F_SETLEASE`, so this is the only file with unsafe code.

use rustix::io::Errno;
use signal_hook::consts::SIGIO;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Whether a process has a file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenWriters {
    Absent,
    /// At least one process has.
    Present,
    /// This user may not even read it.
    Unreadable,
    /// The system can't tell: a file of another owner without `CAP_LEASE`, or a filesystem without leases.
    Unknown,
}

/// Whether a process has this file, which is open for reading here, open for writing.
pub(crate) fn writers(file: &File) -> OpenWriters {
    outlive_the_signal();
    match set(file, libc::F_RDLCK) {
        Ok(()) => {
            // The lease ends with the open file at the latest.
            let _ = set(file, libc::F_UNLCK);
            OpenWriters::Absent
        }
        Err(Errno::AGAIN) => OpenWriters::Present,
        Err(_) => OpenWriters::Unknown,
    }
}

/// The same for a path; links are not followed.
pub fn writers_of(path: &Path) -> OpenWriters {
    match super::entry::open_plain(path) {
        Ok(file) => writers(&file),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => OpenWriters::Unreadable,
        Err(_) => OpenWriters::Unknown,
    }
}

/// A process that opens the file between the two calls makes the kernel send SIGIO, which would end this process.
fn outlive_the_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Registering fails only for lack of memory.
        let _ = signal_hook::flag::register(SIGIO, Arc::new(AtomicBool::new(false)));
    });
}

#[allow(unsafe_code)]
fn set(file: &File, lease: libc::c_int) -> Result<(), Errno> {
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the command takes a plain number.
    let answer = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, lease) };
    if answer == -1 {
        let error = std::io::Error::last_os_error();
        return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{OpenWriters, writers, writers_of};
    use std::fs::{File, OpenOptions};

    #[test]
    fn a_writer_is_seen_until_it_closes() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("hr.csv");
        let writer = File::create(&path).expect("file");
        let reader = File::open(&path).expect("file");
        assert_eq!(writers(&reader), OpenWriters::Present);
        assert_eq!(writers_of(&path), OpenWriters::Present);
        drop(writer);
        assert_eq!(writers(&reader), OpenWriters::Absent);
        // No lease is left: writers are not blocked.
        let again = OpenOptions::new().append(true).open(&path).expect("opened");
        assert_eq!(writers(&reader), OpenWriters::Present);
        drop(again);
        assert_eq!(
            writers_of(&folder.path().join("none")),
            OpenWriters::Unknown
        );
    }

    #[test]
    fn writers_that_come_at_the_wrong_moment_do_no_harm() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("hr.csv");
        File::create(&path).expect("file");
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for _ in 0..2_000 {
                    drop(OpenOptions::new().append(true).open(&path).expect("opened"));
                }
            });
            while !writer.is_finished() {
                assert_ne!(writers_of(&path), OpenWriters::Unknown);
            }
        });
    }
}
