//! The desk of a run: the claimed source on one side, four files in the work folder on the other.

use super::watch::{Followed, Watch};
use crate::ledger::Ledger;
use crate::process::{Desk, Writers};
use crate::spool::{Claimed, Disk};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes that are collected before a file is written to.
const BUFFER: usize = 1 << 20;

/// The files of a run in its work folder.
pub(super) struct WorkFiles {
    folder: PathBuf,
}

impl WorkFiles {
    pub(super) fn new(folder: &Path) -> WorkFiles {
        WorkFiles {
            folder: folder.to_owned(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The desk of a run that counts.
pub(super) struct WorkDesk<'a> {
    pub(super) disk: &'a Disk,
    pub(super) source: &'a Claimed,
    pub(super) files: &'a WorkFiles,
    pub(super) ledger: &'a Ledger,
    pub(super) roster: &'a str,
    pub(super) watch: &'a dyn Watch,
}

impl WorkDesk<'_> {
    fn file(&self, name: &str) -> io::Result<Box<dyn Write + Send + '_>> {
        let file = self.disk.create_file(&self.files.path(name))?;
        Ok(Box::new(BufWriter::with_capacity(BUFFER, file)))
    }
}

impl Desk for WorkDesk<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(Followed {
            source: self.source.open().map_err(io::Error::other)?,
            watch: self.watch,
        }))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        Ok(Writers {
            output: self.file("output")?,
            errors: self.file("errors")?,
            rejects: self.file("rejects")?,
            changes: self.file("changes")?,
        })
    }

    fn employee(&self, row: u32) -> io::Result<Vec<String>> {
        employee(self.ledger, self.roster, row)
    }
}

/// The desk of a dry run: findings are collected, files are written only where the user asks for them.
pub(super) struct DryDesk<'a> {
    pub(super) source: &'a Path,
    pub(super) out: Option<&'a Path>,
    pub(super) names: [String; 3],
    pub(super) ledger: &'a Ledger,
    pub(super) roster: &'a str,
    pub(super) changes: &'a Mutex<Vec<u8>>,
}

/// The buffer of a dry run; a panic elsewhere leaves it whole.
pub(super) fn lock(changes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    changes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes into a shared buffer.
struct Shared<'a>(&'a Mutex<Vec<u8>>);

impl Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DryDesk<'_> {
    fn file(&self, name: &str) -> io::Result<Box<dyn Write + Send + '_>> {
        match self.out {
            Some(folder) => {
                let file = private_file(&folder.join(name))?;
                Ok(Box::new(BufWriter::with_capacity(BUFFER, file)))
            }
            None => Ok(Box::new(io::sink())),
        }
    }
}

impl Desk for DryDesk<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(File::open(self.source)?))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        lock(self.changes).clear();
        Ok(Writers {
            output: self.file(&self.names[0])?,
            errors: self.file(&self.names[1])?,
            rejects: self.file(&self.names[2])?,
            changes: Box::new(Shared(self.changes)),
        })
    }

    fn employee(&self, row: u32) -> io::Result<Vec<String>> {
        employee(self.ledger, self.roster, row)
    }
}

fn employee(ledger: &Ledger, roster: &str, row: u32) -> io::Result<Vec<String>> {
    let fields = ledger.employees_fields(roster, &[row]);
    Ok(fields
        .map_err(io::Error::other)?
        .into_iter()
        .flatten()
        .collect())
}

/// A file that only its owner can read, under a name that nothing has: corrections are never written over.
pub(super) fn new_private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// A file that only its owner can read, in place of whatever had its name.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    Ok(file)
}
