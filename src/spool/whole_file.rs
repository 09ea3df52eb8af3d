//! Files of private folders that are written whole or not at all: mail that isn't sent, drafts of corrections.

use super::SpoolError;
use super::disk::{Disk, PRIVATE};
use super::single_file::create_private;
use std::io::Write;
use std::path::Path;

/// Writes a file that only its owner can read into a folder, in place of any file of its name, whole or not at all. May be
/// repeated.
pub(crate) fn put_whole(
    disk: &Disk,
    folder: &Path,
    name: &str,
    bytes: &[u8],
) -> Result<(), SpoolError> {
    let path = folder.join(name);
    let part = folder.join(format!(".{name}.part"));
    let write = || {
        disk.make_folder(folder, PRIVATE)?;
        disk.remove_file(&part)?;
        let mut file = create_private(&part)?;
        file.write_all(bytes)?;
        disk.sync_file(&file)?;
        disk.rename_over(&part, &path)?;
        disk.sync_folder(folder)
    };
    write().map_err(SpoolError::io("write", &path))
}

/// Removes a file that was written so, and what a process that was killed left of it. It may be missing.
pub(crate) fn remove_whole(disk: &Disk, folder: &Path, name: &str) -> Result<(), SpoolError> {
    let path = folder.join(name);
    let remove = || {
        disk.remove_file(&folder.join(format!(".{name}.part")))?;
        disk.remove_file(&path)
    };
    remove().map_err(SpoolError::io("remove", &path))
}
