//! Entries of folders, looked at without following a link, and the content of files.

use super::SpoolError;
use chrono::{DateTime, Utc};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fmt::Write;
use std::fs::{DirEntry, File, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The type of an entry that is no file, with its article.
pub(super) fn what_is(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// Whether there is an entry of any type under this name.
pub(super) fn exists(path: &Path) -> Result<bool, SpoolError> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(e) => Err(SpoolError::io("look at", path)(e)),
    }
}

/// The entries of a folder; `None`: there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Option<Vec<DirEntry>>, SpoolError> {
    let listed = std::fs::read_dir(folder).and_then(Iterator::collect);
    match listed {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        listed => listed.map(Some).map_err(SpoolError::io("list", folder)),
    }
}

/// When an inode last changed (seconds and nanoseconds): no sender can set this back.
pub(super) fn changed(about: &Metadata) -> (i64, i64) {
    (about.ctime(), about.ctime_nsec())
}

/// When a file came to its place, if it was neither changed nor moved since; `None` where it is gone.
pub(crate) fn arrived(path: &Path) -> Option<DateTime<Utc>> {
    let about = std::fs::symlink_metadata(path).ok()?;
    DateTime::from_timestamp(about.ctime(), 0)
}

pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The path with a prefix and a suffix added to its file name.
pub(super) fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

/// Opens for reading. Links are not followed, and opening a FIFO or device does not block.
pub(crate) fn open_plain(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

/// SHA-256 of the rest of an open file, as 64 lower-case hexadecimal digits, and the number of bytes.
pub(crate) fn digest(mut file: &File) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                size += u64::try_from(n).expect("usize fits");
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok((text, size))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn the_same_bytes_have_the_same_digest() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").expect("file");
        let file = std::fs::File::open(&path).expect("open");
        let (text, size) = digest(&file).expect("read");
        assert_eq!(size, 3);
        assert_eq!(
            text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
