//! The queue of an integration: files taken from inbound that wait for their run, each in a folder of its own, out of
//! reach of its sender: `queue/<integration>/<arrival>/<name>`.

use super::claim::take_in;
use super::disk::{Disk, PRIVATE};
use super::entry::entries;
use super::scan::{ScanError, Waiting, scan};
use super::{Claimed, PendingSync, SpoolError};
use crate::domain::ArrivalId;
use crate::domain::masking::shown;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The files of a queue, in the order of their arrival; none if the folder is missing.
///
/// # Errors
/// A folder can't be listed.
pub(crate) fn scan_queue(queue: &Path) -> Result<Vec<Waiting>, ScanError> {
    let mut files = Vec::new();
    for (arrival, folder) in arrivals_in(queue)? {
        let found = match scan(&folder) {
            Ok(found) => found,
            // Its run has taken it meanwhile.
            Err(error) if error.source.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        files.extend(found.waiting.into_iter().map(|file| Waiting {
            arrival: Some(arrival.clone()),
            ..file
        }));
    }
    Ok(files)
}

/// The folders of a queue, in the order of their arrival. One may be empty: its file was taken, or never got there.
///
/// # Errors
/// The folder can't be listed.
pub(crate) fn arrivals_in(queue: &Path) -> Result<Vec<(ArrivalId, PathBuf)>, ScanError> {
    let listed = entries(queue).map_err(|error| ScanError {
        folder: shown(queue),
        source: match error {
            SpoolError::Io { source, .. } => source,
            _ => ErrorKind::Other.into(),
        },
    })?;
    let mut found: Vec<(ArrivalId, PathBuf)> = listed
        .unwrap_or_default()
        .into_iter()
        .filter_map(|entry| {
            let arrival = ArrivalId::parse(entry.file_name().to_str()?)?;
            Some((arrival, entry.path()))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Moves a complete file from inbound into its folder in the queue. The move is durable once `unsynced` is.
///
/// # Errors
/// As for a claim: it is gone, or no plain file, or can't be moved. It is then where it was.
pub(crate) fn take_into_queue(
    disk: &Disk,
    file: &Waiting,
    folder: &Path,
    unsynced: &mut PendingSync,
) -> Result<Claimed, SpoolError> {
    unsynced.make_folder(disk, folder, PRIVATE)?;
    let name = file.path.file_name().unwrap_or_default();
    let taken = take_in(disk, &file.path, &folder.join(name), unsynced);
    if taken.is_err() {
        leave_queue(disk, folder, unsynced)?;
    }
    taken
}

/// Removes the folder of an arrival whose file has been taken. One that isn't empty stays.
pub(crate) fn leave_queue(
    disk: &Disk,
    folder: &Path,
    unsynced: &mut PendingSync,
) -> Result<(), SpoolError> {
    match disk.remove_folder(folder) {
        Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => return Ok(()),
        removed => removed.map_err(SpoolError::io("remove", folder))?,
    }
    unsynced.forget(folder);
    Ok(())
}
