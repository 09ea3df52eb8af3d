//! What a run reads from and writes to: the source file, and the drafts of its result files.

use super::work_files::WorkFiles;
use crate::intake::SourceFile;
use crate::ledger::Ledger;
use crate::process::{RunIo, Writers};
use crate::site::{Cancellable, Observer};
use crate::spool::replace_private;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes that are collected before a file is written to.
const BUFFER: usize = 1 << 18;

/// The files of a run in its work folder.
pub(super) struct WorkIo<'a> {
    pub(crate) source: SourceFile<'a>,
    pub(crate) files: &'a WorkFiles<'a>,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) roster: &'a str,
    pub(crate) observer: &'a dyn Observer,
}

impl RunIo for WorkIo<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(Cancellable {
            source: self.source.open().map_err(io::Error::other)?,
            observer: self.observer,
        }))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        Ok(Writers {
            output: self.files.writer("output")?,
            errors: self.files.writer("errors")?,
            rejects: self.files.writer("rejects")?,
            changes: self.files.writer("changes")?,
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<String>>> {
        let fields = self.ledger.employees_fields(self.roster, ids);
        fields.map_err(io::Error::other)
    }
}

/// The files of a dry run: findings are collected, files are written only where the user asks for them.
pub(crate) struct DryRunIo<'a> {
    pub(crate) source: SourceFile<'a>,
    pub(crate) out: Option<&'a Path>,
    pub(crate) names: [String; 3],
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) roster: &'a str,
    pub(crate) changes: Mutex<Vec<u8>>,
    /// Whether there is a NUL byte in what was read.
    pub(crate) nul: AtomicBool,
}

/// The buffer of a dry run; a panic elsewhere leaves it valid.
pub(crate) fn lock(changes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    changes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes into a shared buffer.
struct SharedBuffer<'a>(&'a Mutex<Vec<u8>>);

impl Write for SharedBuffer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DryRunIo<'_> {
    fn file(&self, name: &str) -> io::Result<Box<dyn Write + Send + '_>> {
        match self.out {
            Some(folder) => {
                let file = replace_private(&folder.join(name))?;
                Ok(Box::new(BufWriter::with_capacity(BUFFER, file)))
            }
            None => Ok(Box::new(io::sink())),
        }
    }
}

impl RunIo for DryRunIo<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(NulDetector {
            source: self.source.open().map_err(io::Error::other)?,
            found: &self.nul,
        }))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        lock(&self.changes).clear();
        Ok(Writers {
            output: self.file(&self.names[0])?,
            errors: self.file(&self.names[1])?,
            rejects: self.file(&self.names[2])?,
            changes: Box::new(SharedBuffer(&self.changes)),
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<String>>> {
        let fields = self.ledger.employees_fields(self.roster, ids);
        fields.map_err(io::Error::other)
    }
}

/// A source that notes whether there is a NUL byte in what it reads.
struct NulDetector<'a, R> {
    source: R,
    found: &'a AtomicBool,
}

impl<R: Read> Read for NulDetector<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        if memchr::memchr(0, &buffer[..n]).is_some() {
            self.found.store(true, Ordering::Relaxed);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::NulDetector;
    use std::io::Read;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_nul_anywhere_is_noted() {
        for (text, expected) in [("a,b\n", false), ("a\0", true)] {
            let nul = AtomicBool::new(false);
            let mut source = NulDetector {
                source: text.as_bytes(),
                found: &nul,
            };
            source.read_to_end(&mut Vec::new()).expect("read");
            assert_eq!(nul.load(Ordering::Relaxed), expected);
        }
    }
}
