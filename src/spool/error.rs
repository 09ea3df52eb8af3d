//! Errors of the spool. Paths are shown masked, because senders put SSNs into names.

use crate::domain::masking::shown;
use std::io;
use std::path::Path;

/// An error of the spool; its message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The file to be claimed is neither in its folder nor in the work folder.
    #[error(
        "{path} is gone: its sender removed or renamed it before it was claimed; it is taken when it is back"
    )]
    Vanished { path: String },
    /// A link, folder, FIFO or device where a file was expected.
    #[error(
        "{path} is {what}, not a plain file, and stays where it is; remove it and upload the file itself"
    )]
    NotAFile { path: String, what: &'static str },
    #[error(
        "{path} can't be read: {source}; give it a mode that lets this user read it, or name another file"
    )]
    Unreadable { path: String, source: io::Error },
    /// The file has a second name, by which it could be changed while it is read.
    #[error("{path} has more than one hard link and stays where it is; upload a copy of its own")]
    Linked { path: String },
    /// The file can't be claimed by a rename.
    #[error(
        "{path} lies on another filesystem than the work folder {work}; move one of them in the configuration so that both are on one filesystem"
    )]
    OtherFilesystem { path: String, work: String },
    /// Another file has the name.
    #[error(
        "{path} exists with other content and is not replaced; move it away, then start Feedgate again to finish the run"
    )]
    Taken { path: String },
    /// A source file is neither in the work folder nor at its destination.
    #[error(
        "{from} is gone before it was moved to {to}; restore it from a backup, or ask its sender for it again"
    )]
    Lost { from: String, to: String },
    /// A lock belongs to another user.
    #[error(
        "can't open the lock {path}: {source}; {folder} belongs to {owner}: run this as that user"
    )]
    OthersLock {
        path: String,
        /// The folder that keeps it from this user.
        folder: String,
        /// Whose folder it is, in words.
        owner: String,
        source: io::Error,
    },
    #[error(
        "can't {act} {path}: {source}; check the folder's permissions and the room on its disk"
    )]
    Io {
        act: &'static str,
        path: String,
        source: io::Error,
    },
}

impl SpoolError {
    /// Whether the file itself can't be taken, however often it is tried: it stays where it is, and other files go on.
    pub fn is_about_the_file(&self) -> bool {
        use SpoolError::{Linked, NotAFile, Unreadable, Vanished};
        matches!(
            self,
            Vanished { .. } | NotAFile { .. } | Unreadable { .. } | Linked { .. }
        )
    }

    /// Whether the cause is the permissions of one folder or an entry in it, not the disk: other folders go on.
    pub fn is_about_the_folder(&self) -> bool {
        use io::ErrorKind::{IsADirectory, NotADirectory, PermissionDenied, ReadOnlyFilesystem};
        match self {
            SpoolError::OtherFilesystem { .. } => true,
            SpoolError::Io { source, .. } => matches!(
                source.kind(),
                IsADirectory | NotADirectory | PermissionDenied | ReadOnlyFilesystem
            ),
            _ => false,
        }
    }

    /// Converts an error of opening the source file at `path`.
    pub(super) fn opening(path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
        move |source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => SpoolError::Unreadable {
                path: shown(path),
                source,
            },
            _ => SpoolError::io("open", path)(source),
        }
    }

    /// Converts an I/O error on `path`.
    pub(super) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SpoolError {
        move |source| SpoolError::Io {
            act,
            path: shown(path),
            source,
        }
    }
}
