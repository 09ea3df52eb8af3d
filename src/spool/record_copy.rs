//! Records that are copied out of archived files to be run over once more.

use super::disk::{Disk, PRIVATE};
use super::single_file::replace_private;
use std::fs::File;
use std::io;
use std::path::Path;

/// Opens the copy for writing, in place of any earlier one, with its folder.
pub(crate) fn begin_copy(disk: &Disk, path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        disk.make_folder(folder, PRIVATE)?;
    }
    replace_private(path)
}

/// Removes the copy, if there is one.
pub(crate) fn remove_copy(disk: &Disk, path: &Path) -> io::Result<()> {
    disk.remove_file(path)
}
