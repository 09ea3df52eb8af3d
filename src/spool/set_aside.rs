//! Moves what nothing in the ledger owns out of the way, for a person to look at.

use super::SpoolError;
use super::disk::{Disk, PRIVATE};
use super::entry::{beside, entries, parent};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The most entries of one name in the folder.
const MOST: u32 = 1_000;

/// Moves a file or a folder into this folder, under its own name or, where that is taken, with a number behind it.
/// Returns where it is now.
pub(crate) fn set_aside(disk: &Disk, path: &Path, folder: &Path) -> Result<PathBuf, SpoolError> {
    let failed = |e| SpoolError::io("move out of the way", path)(e);
    disk.make_folder(folder, PRIVATE).map_err(failed)?;
    let plain = folder.join(path.file_name().unwrap_or_default());
    for number in 1..=MOST {
        let to = match number {
            1 => plain.clone(),
            n => beside(&plain, "", &format!("-{n}")),
        };
        match disk.rename_new(path, &to) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            moved => {
                moved
                    .and_then(|()| disk.sync_folder(folder))
                    .and_then(|()| disk.sync_folder(&parent(path)))
                    .map_err(failed)?;
                return Ok(to);
            }
        }
    }
    Err(failed(ErrorKind::AlreadyExists.into()))
}

/// The names of the entries of a folder, sorted; none if it is missing. Names that are not text are left out.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>, SpoolError> {
    let entries = entries(folder)?.unwrap_or_default().into_iter();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}
