//! What a run reads from and writes to: the source file, and the drafts of its result files. Small drafts stay in memory
//! until it is known which of them are wanted.

use crate::changeset::shown::KeptField;
use crate::domain::Published;
use crate::format::tail::ends_odd;
use crate::intake::SourceFile;
use crate::ledger::Ledger;
use crate::process::{RunIo, Writers};
use crate::site::{Cancellable, Observer};
use crate::spool::{Disk, replace_private, write_back};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file of changes for the ledger.
const CHANGES: &str = "changes";
/// A draft up to this size needs no file of its own.
const IN_MEMORY: usize = 1 << 20;
/// The disk is asked to write a draft in pieces of this size, so that little is left when it has to be durable.
const PIECE: u64 = 8 << 20;
/// Bytes that are collected before a draft is written to.
const BUFFER: usize = 1 << 18;

/// The files of a run in its work folder.
pub(super) struct WorkIo<'a> {
    pub(crate) source: SourceFile<'a>,
    pub(crate) files: &'a WorkFiles<'a>,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) roster: &'a str,
    pub(crate) integration: &'a str,
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
            rejects_table: self.files.writer(Published::RejectsTable.as_str())?,
            held: self.files.writer("held")?,
            later: self.files.writer("later")?,
            changes: self.files.writer("changes")?,
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        let fields = self.ledger.employees_fields(self.roster, ids);
        fields.map_err(io::Error::other)
    }

    fn deductions(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        let fields = self.ledger.deductions_fields(self.integration, ids);
        fields.map_err(io::Error::other)
    }
}

/// The files of a dry run: findings are collected, files are written only where the user asks for them.
pub(crate) struct DryRunIo<'a> {
    pub(crate) source: SourceFile<'a>,
    pub(crate) out: Option<&'a Path>,
    pub(crate) names: [String; 5],
    /// Whether accepted records are sent on.
    pub(crate) has_output: bool,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) roster: &'a str,
    pub(crate) integration: &'a str,
    pub(crate) changes: Mutex<Vec<u8>>,
    /// Whether there is a NUL byte in what was read.
    pub(crate) nul: AtomicBool,
    /// Whether there may be something odd behind the last record of what was read.
    pub(crate) odd_end: AtomicBool,
}

/// What a run writes to; a panic elsewhere leaves it valid, and ends the run.
pub(crate) fn lock<T>(written: &Mutex<T>) -> MutexGuard<'_, T> {
    written.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes into a shared buffer.
pub(super) struct SharedBuffer<'a>(pub(super) &'a Mutex<Vec<u8>>);

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

    fn file_on_demand(&self, name: &str) -> Box<dyn Write + Send> {
        Box::new(FileOnDemand {
            path: self.out.map(|folder| folder.join(name)),
            file: None,
        })
    }
}

/// A file that is made when it is first written to, where it is wanted.
struct FileOnDemand {
    path: Option<PathBuf>,
    file: Option<File>,
}

impl Write for FileOnDemand {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(path) = &self.path else {
            return Ok(bytes.len());
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(replace_private(path)?),
        };
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RunIo for DryRunIo<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(OddByteDetector {
            source: self.source.open().map_err(io::Error::other)?,
            nul: &self.nul,
            odd_end: &self.odd_end,
        }))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        lock(&self.changes).clear();
        Ok(Writers {
            output: match self.has_output {
                true => self.file(&self.names[0])?,
                false => Box::new(io::sink()),
            },
            errors: self.file(&self.names[1])?,
            rejects: self.file(&self.names[2])?,
            rejects_table: self.file_on_demand(&self.names[3]),
            held: self.file_on_demand(&self.names[4]),
            later: Box::new(io::sink()),
            changes: Box::new(SharedBuffer(&self.changes)),
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        let fields = self.ledger.employees_fields(self.roster, ids);
        fields.map_err(io::Error::other)
    }

    fn deductions(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        let fields = self.ledger.deductions_fields(self.integration, ids);
        fields.map_err(io::Error::other)
    }
}

/// A source that notes whether there is a NUL byte in what it reads, or something odd at the end of it.
struct OddByteDetector<'a, R> {
    source: R,
    nul: &'a AtomicBool,
    odd_end: &'a AtomicBool,
}

impl<R: Read> Read for OddByteDetector<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        if memchr::memchr(0, &buffer[..n]).is_some() {
            self.nul.store(true, Ordering::Relaxed);
        }
        if ends_odd(&buffer[..n]) {
            self.odd_end.store(true, Ordering::Relaxed);
        }
        Ok(n)
    }
}

/// The files of a run in its work folder.
pub(crate) struct WorkFiles<'a> {
    disk: &'a Disk,
    folder: PathBuf,
    drafts: [(&'static str, Mutex<Draft>); 7],
}

/// What was written so far.
#[derive(Default)]
struct Draft {
    memory: Vec<u8>,
    /// The file of a draft that no longer fits into memory.
    file: Option<File>,
    /// Bytes in the file.
    written: u64,
    /// Bytes of them that the disk was asked to write.
    begun: u64,
}

impl<'a> WorkFiles<'a> {
    pub(crate) fn new(disk: &'a Disk, folder: &Path) -> WorkFiles<'a> {
        WorkFiles {
            disk,
            folder: folder.to_owned(),
            drafts: [
                Published::Output.as_str(),
                Published::Errors.as_str(),
                Published::Rejects.as_str(),
                Published::RejectsTable.as_str(),
                Published::Held.as_str(),
                Published::Later.as_str(),
                CHANGES,
            ]
            .map(|name| (name, Mutex::default())),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn draft(&self, name: &str) -> io::Result<MutexGuard<'_, Draft>> {
        let found = self.drafts.iter().find(|(known, _)| *known == name);
        let (_, draft) = found.ok_or_else(|| io::Error::other("a run has no such file"))?;
        Ok(lock(draft))
    }

    /// An empty draft in place of whatever was written under this name.
    ///
    /// # Errors
    /// Its file can't be emptied.
    pub(crate) fn writer(&self, name: &'static str) -> io::Result<Box<dyn Write + Send + '_>> {
        let mut draft = self.draft(name)?;
        let before = std::mem::take(&mut *draft).file;
        // An existing file is used again.
        if let Some(mut file) = before {
            file.set_len(0)?;
            file.rewind()?;
            draft.file = Some(file);
        }
        let to_draft = DraftWriter { files: self, name };
        Ok(Box::new(BufWriter::with_capacity(BUFFER, to_draft)))
    }

    /// Makes a finished draft a file; the open file is to be made durable.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) fn keep(&self, name: &str) -> io::Result<File> {
        let mut draft = self.draft(name)?;
        match draft.file.take() {
            Some(file) => Ok(file),
            None => {
                let mut file = self.disk.create_file(&self.path(name))?;
                file.write_all(&draft.memory)?;
                Ok(file)
            }
        }
    }

    /// Reads the changes of a finished draft, once.
    ///
    /// # Errors
    /// They can't be opened.
    pub(crate) fn changes(&self) -> io::Result<Box<dyn Read>> {
        let mut draft = self.draft(CHANGES)?;
        if draft.file.take().is_some() {
            let file = File::open(self.path(CHANGES))?;
            return Ok(Box::new(BufReader::with_capacity(IN_MEMORY, file)));
        }
        Ok(Box::new(Cursor::new(std::mem::take(&mut draft.memory))))
    }
}

/// Writes to a draft.
struct DraftWriter<'a> {
    files: &'a WorkFiles<'a>,
    name: &'static str,
}

impl Write for DraftWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let draft = &mut *self.files.draft(self.name)?;
        if draft.file.is_none() && draft.memory.len() + bytes.len() <= IN_MEMORY {
            draft.memory.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let file = match &mut draft.file {
            Some(file) => file,
            None => {
                let mut file = self.files.disk.create_file(&self.files.path(self.name))?;
                file.write_all(&draft.memory)?;
                draft.written = draft.memory.len() as u64;
                draft.memory = Vec::new();
                draft.file.insert(file)
            }
        };
        let n = file.write(bytes)?;
        draft.written += n as u64;
        let ahead = draft.written - draft.begun;
        // Changes are read once, soon, and never have to be durable.
        if ahead >= PIECE && self.name != CHANGES {
            write_back(file, draft.begun, ahead);
            draft.begun = draft.written;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{IN_MEMORY, OddByteDetector, WorkFiles};
    use crate::spool::Disk;
    use std::fs;
    use std::io::Read;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_nul_anywhere_and_an_odd_end_are_noted() {
        for (text, expected) in [
            ("a,b\n", [false, false]),
            ("a\0b", [true, false]),
            ("a\0\n\0", [true, false]),
            ("a\n\x1a\n", [false, true]),
            ("a\0\n\0\0\0", [true, true]),
            ("a\x1ab\n", [false, false]),
        ] {
            let (nul, odd_end) = (AtomicBool::new(false), AtomicBool::new(false));
            let mut source = OddByteDetector {
                source: text.as_bytes(),
                nul: &nul,
                odd_end: &odd_end,
            };
            source.read_to_end(&mut Vec::new()).expect("read");
            let noted = [&nul, &odd_end].map(|n| n.load(Ordering::Relaxed));
            assert_eq!(noted, expected, "{text:?}");
        }
    }

    fn written(files: &WorkFiles<'_>, name: &'static str, size: usize) {
        let mut writer = files.writer(name).expect("draft");
        for piece in vec![b'x'; size].chunks(1000) {
            writer.write_all(piece).expect("written");
        }
        writer.flush().expect("written");
    }

    #[test]
    fn only_what_is_kept_or_long_becomes_a_file() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::new();
        let files = WorkFiles::new(&disk, folder.path());
        written(&files, "output", 3000);
        written(&files, "errors", IN_MEMORY + 1);
        written(&files, "rejects", IN_MEMORY);
        assert!(!files.path("output").exists() && !files.path("rejects").exists());
        for (name, size) in [
            ("output", 3000),
            ("errors", IN_MEMORY + 1),
            ("rejects", IN_MEMORY),
        ] {
            let open = files.keep(name).expect("kept");
            assert_eq!(open.metadata().expect("file").len(), size as u64);
            assert_eq!(fs::read(files.path(name)).expect("file").len(), size);
        }
        assert!(files.keep("receipt").is_err());
    }

    #[test]
    fn a_second_pass_begins_with_empty_files() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::new();
        for (first, second) in [(IN_MEMORY * 2, 7), (7, IN_MEMORY * 2), (7, 8)] {
            let files = WorkFiles::new(&disk, folder.path());
            for size in [first, second] {
                written(&files, "changes", size);
                written(&files, "output", size);
            }
            let mut read = Vec::new();
            let mut changes = files.changes().expect("changes");
            changes.read_to_end(&mut read).expect("read");
            assert_eq!(read.len(), second);
            files.keep("output").expect("kept");
            let output = fs::metadata(files.path("output")).expect("file");
            assert_eq!(output.len(), second as u64);
        }
    }

    #[test]
    fn what_an_earlier_process_left_is_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = Disk::new();
        let files = WorkFiles::new(&disk, folder.path());
        fs::write(files.path("output"), "of a process that was killed").expect("file");
        written(&files, "output", 3);
        files.keep("output").expect("kept");
        assert_eq!(fs::read(files.path("output")).expect("file"), b"xxx");
    }
}
