//! The conformance suite on a local folder, the simplest place.

use super::suite::{self, LocalFolder, PlaceFixture};
use feedgate::internal::transport::{Fault, FaultKind, FileTransfer, Place, RemoteFile};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The folders of this machine.
struct Local;

fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

fn there(error: &io::Error) -> Fault {
    let kind = match error.kind() {
        ErrorKind::NotFound => FaultKind::Missing,
        ErrorKind::PermissionDenied => FaultKind::Denied,
        ErrorKind::AlreadyExists => FaultKind::Exists,
        _ => FaultKind::Transient,
    };
    Fault::new(kind, "the folder failed")
}

fn entry(name: &OsStr, found: &Metadata) -> RemoteFile {
    RemoteFile {
        name: name.as_bytes().to_vec(),
        size: found.len(),
        modified: found.mtime(),
        plain: found.is_file(),
    }
}

fn copy(mut from: impl Read, mut to: File, size: u64) -> Result<(), Fault> {
    let moved = io::copy(&mut from.by_ref().take(size), &mut to);
    match moved.map_err(|e| Fault::local("copying", e))? {
        n if n == size => Ok(()),
        _ => Err(Fault::new(
            FaultKind::Changed,
            "the file has become shorter",
        )),
    }
}

fn fetch(file: FileTransfer<'_>) -> Result<(), Fault> {
    let from = File::open(path(&file.path)).map_err(|e| there(&e))?;
    let into = (file.local)().map_err(|e| Fault::local("opening", e))?;
    let size = from.metadata().map_err(|e| there(&e))?.len();
    if size > file.size {
        return Err(Fault::new(FaultKind::Changed, "it is longer"));
    }
    copy(from, into, file.size)
}

fn send(file: FileTransfer<'_>) -> Result<(), Fault> {
    let from = (file.local)().map_err(|e| Fault::local("opening", e))?;
    let into = File::create(path(&file.path)).map_err(|e| there(&e))?;
    copy(from, into, file.size)
}

fn look(at: &Path) -> Result<Option<RemoteFile>, Fault> {
    match fs::symlink_metadata(at) {
        Ok(found) => Ok(Some(entry(at.file_name().unwrap_or_default(), &found))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(there(&e)),
    }
}

impl Place for Local {
    fn connect(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn list(&mut self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault> {
        let one = |found: io::Result<fs::DirEntry>| {
            let found = found?;
            Ok(entry(&found.file_name(), &found.metadata()?))
        };
        let list: io::Result<_> = fs::read_dir(path(folder)).and_then(|l| l.map(one).collect());
        list.map_err(|e| there(&e))
    }

    fn fetch(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>> {
        files.into_iter().map(fetch).collect()
    }

    fn send(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>> {
        files.into_iter().map(send).collect()
    }

    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<RemoteFile>, Fault>> {
        paths.iter().map(|p| look(path(p))).collect()
    }

    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>> {
        let one = |(from, to): &(Vec<u8>, Vec<u8>)| {
            renameat_with(CWD, path(from), CWD, path(to), RenameFlags::NOREPLACE)
                .map_err(|e| there(&e.into()))
        };
        pairs.iter().map(one).collect()
    }

    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>> {
        let one = |p: &Vec<u8>| fs::remove_file(path(p)).map_err(|e| there(&e));
        paths.iter().map(one).collect()
    }

    fn keep_alive(&mut self) {}

    fn disconnect(&mut self) {}
}

impl PlaceFixture for LocalFolder {
    fn place(&self) -> Box<dyn Place> {
        Box::new(Local)
    }

    fn path(&self, name: &[u8]) -> Vec<u8> {
        self.at(name).as_os_str().as_bytes().to_vec()
    }

    fn put(&self, name: &[u8], content: &[u8]) {
        LocalFolder::put(self, name, content);
    }

    fn content(&self, name: &[u8]) -> Option<Vec<u8>> {
        LocalFolder::content(self, name)
    }

    fn make_folder(&self, name: &[u8]) {
        LocalFolder::make_folder(self, name);
    }

    fn link(&self, name: &[u8], to: &[u8]) -> bool {
        LocalFolder::link(self, name, to)
    }
}

#[test]
fn a_folder_of_this_machine_is_a_place_like_the_others() {
    suite::run(LocalFolder::new);
}
