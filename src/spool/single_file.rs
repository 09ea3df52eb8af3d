//! Files and folders that are written outside the order of a run, and so without a step of [`Disk`]: configuration,
//! results of a dry run, corrections, the file that wakes the daemon.

use super::disk::{Disk, SHARED};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::SystemTime;

/// Mode of files that only this user may read.
const OWNER_ONLY: u32 = 0o600;

/// Creates a file that must not exist, with the mode that the umask leaves.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Creates a file that must not exist and that only its owner can read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNER_ONLY)
        .open(path)
}

/// Creates a file that only its owner can read, replacing the content of any file of its name.
pub(crate) fn replace_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(OWNER_ONLY)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    Ok(file)
}

/// Creates a folder and its missing parents, readable as the umask allows.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    Disk::new().make_folder(folder, SHARED)
}

pub(crate) fn set_modified(path: &Path, time: SystemTime) -> io::Result<()> {
    OpenOptions::new()
        .append(true)
        .open(path)?
        .set_modified(time)
}

/// Opens a file in a private folder for writing and closes it, creating both if needed: a watcher of the folder
/// notices the close.
pub(crate) fn touch(folder: &Path, name: &str) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(super::PRIVATE)
        .create(folder)?;
    File::create(folder.join(name)).map(drop)
}
