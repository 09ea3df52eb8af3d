//! Mail that is written into a folder instead of being sent.

use super::SpoolError;
use super::disk::{Disk, PRIVATE};
use super::single_file::create_private;
use std::io::Write;
use std::path::Path;

/// Writes a mail into a folder, whole or not at all. May be repeated.
pub(crate) fn put_mail(
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
