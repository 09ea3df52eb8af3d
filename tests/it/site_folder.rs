//! A temporary folder with a site in it. Every rig of these tests begins with one, whether it runs the program or calls
//! the library.

use chrono::{DateTime, Utc};
use feedgate::internal::config;
use feedgate::internal::ledger::Ledger;
use feedgate::internal::site::{OpenLedger, Site};
use feedgate::internal::spool::Disk;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use walkdir::WalkDir;

/// A temporary folder, in memory where there is such a place: hundreds of runs that sync every step would wait for the
/// disk.
pub(crate) fn folder_in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => TempDir::new_in(memory),
        false => TempDir::new(),
    };
    folder.expect("a temporary folder")
}

/// A site's folder, which goes with the value.
pub(crate) struct SiteFolder {
    folder: TempDir,
}

impl SiteFolder {
    /// A site with this configuration and nothing in it.
    pub(crate) fn new(toml: &str) -> SiteFolder {
        let site = SiteFolder {
            folder: folder_in_memory(),
        };
        site.write("feedgate.toml", toml);
        site
    }

    /// A site that was made in this folder.
    pub(crate) fn made_in(folder: TempDir) -> SiteFolder {
        SiteFolder { folder }
    }

    /// The same with a key that is always the same, so that two sites of one story have equal ledgers.
    pub(crate) fn with_fixed_key(toml: &str) -> SiteFolder {
        let site = SiteFolder::new(toml);
        site.write("state/key", [7u8; 16]);
        for (path, mode) in [("state", 0o700), ("state/key", 0o600)] {
            fs::set_permissions(site.path(path), fs::Permissions::from_mode(mode)).expect("a mode");
        }
        site
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root().join(inside)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, inside: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("written");
    }

    /// Names in a folder, in order; none where there is no such folder.
    pub(crate) fn names(&self, inside: impl AsRef<Path>) -> Vec<String> {
        names(&self.path(inside))
    }

    /// The site's ledger, opened for work.
    pub(crate) fn ledger(&self) -> Box<dyn Ledger> {
        self.open(Disk::new(), Utc::now).ledger().expect("a ledger")
    }

    /// The site's ledger, opened for reading; an empty one where there is none yet.
    pub(crate) fn ledger_for_reading(&self) -> OpenLedger {
        let site = self.open(Disk::new(), Utc::now);
        site.ledger_for_reading().expect("a ledger")
    }

    /// The site as the library sees it, on this disk and at this time.
    pub(crate) fn open(&self, disk: Disk, clock: fn() -> DateTime<Utc>) -> Site {
        let loaded = config::load(&self.path("feedgate.toml"));
        Site::new(loaded.expect("a configuration without mistakes")).with(disk, clock)
    }
}

/// Names in a folder, in order; none where there is no such folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<String> = entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        // The mark that every site has.
        .filter(|name| name != ".site")
        .collect();
    names.sort();
    names
}

/// Every file below a folder, sorted; none where there is no such folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        // The mark that every site has.
        .filter(|entry| entry.file_name() != ".site")
        .map(walkdir::DirEntry::into_path)
        .collect()
}
