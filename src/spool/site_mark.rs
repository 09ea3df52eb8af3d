//! The mark of a site in its work folder, `work/.site`: the identity that its ledger has too. A ledger that was lost, or
//! belongs to another site, shows by it.

use super::SpoolError;
use super::disk::{Disk, PRIVATE};
use super::entry::open_plain;
use super::single_file::create_private;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The name of the mark in the work folder.
const MARK: &str = ".site";
/// The longest mark that is read, in bytes.
const LONGEST: u64 = 100;

/// The identity that the work folder has; `None`: no ledger has worked here.
pub(crate) fn read_site_mark(work: &Path) -> Result<Option<String>, SpoolError> {
    let path = site_mark(work);
    let open = match open_plain(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        open => open.map_err(SpoolError::io("read", &path))?,
    };
    let mut text = String::new();
    let read = open.take(LONGEST).read_to_string(&mut text);
    read.map_err(SpoolError::io("read", &path))?;
    Ok(Some(text.trim().to_owned()))
}

/// Writes the identity into the work folder, in place of any other.
pub(crate) fn write_site_mark(work: &Path, identity: &str) -> Result<(), SpoolError> {
    let path = site_mark(work);
    let part = work.join(format!("{MARK}.{}.part", std::process::id()));
    let disk = Disk::new();
    let write = || {
        disk.make_folder(work, PRIVATE)?;
        disk.remove_file(&part)?;
        let mut file = create_private(&part)?;
        writeln!(file, "{identity}")?;
        disk.sync_file(&file)?;
        disk.rename_over(&part, &path)?;
        disk.sync_folder(work)
    };
    write().map_err(SpoolError::io("write", &path))
}

/// Removes the mark, so that the ledger that is there now makes its own.
pub(crate) fn remove_site_mark(work: &Path) -> Result<(), SpoolError> {
    let path = site_mark(work);
    let removed = Disk::new().remove_file(&path);
    removed.map_err(SpoolError::io("remove", &path))
}

fn site_mark(work: &Path) -> PathBuf {
    work.join(MARK)
}
