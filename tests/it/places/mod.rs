//! One suite for every implementation of a place: a folder of this machine, one in memory, and SFTP
//! over SSH to a real `sshd`.

mod local;
mod memory;
mod ssh;
#[path = "../../support/place_suite.rs"]
mod suite;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A folder of this machine with a way to put things there besides the place.
struct LocalFolder(tempfile::TempDir);

impl LocalFolder {
    fn new() -> LocalFolder {
        LocalFolder(tempfile::tempdir().expect("a folder"))
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, name: &[u8]) -> PathBuf {
        self.root().join(OsStr::from_bytes(name))
    }

    fn put(&self, name: &[u8], content: &[u8]) {
        fs::write(self.at(name), content).expect("a file");
    }

    fn content(&self, name: &[u8]) -> Option<Vec<u8>> {
        fs::read(self.at(name)).ok()
    }

    fn make_folder(&self, name: &[u8]) {
        fs::create_dir(self.at(name)).expect("a folder");
    }

    fn link(&self, name: &[u8], to: &[u8]) -> bool {
        std::os::unix::fs::symlink(OsStr::from_bytes(to), self.at(name)).is_ok()
    }
}
