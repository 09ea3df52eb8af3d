//! Whether anybody has a file open for writing.
//!
//! The kernel grants a read lease only on a file that nobody has open for writing, so asking for one and giving it back
//! at once is the question. No safe wrapper of `F_SETLEASE` is well kept, so this is the one place with unsafe code.

use rustix::io::Errno;
use signal_hook::consts::SIGIO;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

/// Whether anybody has a file open for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Nobody.
    Nobody,
    /// Somebody.
    Somebody,
    /// This user may not even read it.
    Unreadable,
    /// The system doesn't say: a file of another owner without `CAP_LEASE`, or a filesystem without leases.
    Unknown,
}

/// Whether anybody has this file, which is open for reading, open for writing.
pub(crate) fn writers(file: &File) -> Writers {
    outlive_the_signal();
    match set(file, libc::F_RDLCK) {
        Ok(()) => {
            // It ends with the file at the latest.
            let _ = set(file, libc::F_UNLCK);
            Writers::Nobody
        }
        Err(Errno::AGAIN) => Writers::Somebody,
        Err(_) => Writers::Unknown,
    }
}

/// The same question about a path; its links are not followed.
pub fn writers_of(path: &Path) -> Writers {
    match super::disk::open_plain(path) {
        Ok(file) => writers(&file),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => Writers::Unreadable,
        Err(_) => Writers::Unknown,
    }
}

/// Somebody who opens the file between our two calls makes the kernel send SIGIO, which would end the process.
fn outlive_the_signal() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Without the handler the worst is that end, and it can be refused for lack of memory only.
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
    use super::{Writers, writers, writers_of};
    use std::fs::{File, OpenOptions};

    #[test]
    fn a_writer_is_seen_until_it_closes() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("hr.csv");
        let writer = File::create(&path).expect("file");
        let reader = File::open(&path).expect("file");
        assert_eq!(writers(&reader), Writers::Somebody);
        assert_eq!(writers_of(&path), Writers::Somebody);
        drop(writer);
        assert_eq!(writers(&reader), Writers::Nobody);
        // Nothing of the question is left: others may write at once.
        let again = OpenOptions::new().append(true).open(&path).expect("opened");
        assert_eq!(writers(&reader), Writers::Somebody);
        drop(again);
        assert_eq!(writers_of(&folder.path().join("none")), Writers::Unknown);
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
                assert_ne!(writers_of(&path), Writers::Unknown);
            }
        });
    }
}
