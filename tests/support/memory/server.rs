//! The server: its folders and files, and what it refuses.

use feedgate::internal::transport::{Fault, FaultKind, RemoteFile};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Server {
    folders: BTreeSet<Vec<u8>>,
    files: BTreeMap<Vec<u8>, StoredFile>,
    denied: BTreeSet<Vec<u8>>,
    pub(super) refused: BTreeSet<Vec<u8>>,
    pub(super) refusal: Option<FaultKind>,
    /// Whether the account may remove nothing.
    pub(super) keeps_all: bool,
    pub(super) room: Option<u64>,
    pub(super) clock: i64,
}

struct StoredFile {
    content: Vec<u8>,
    modified: i64,
    plain: bool,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            folders: BTreeSet::from([Vec::new()]),
            files: BTreeMap::new(),
            denied: BTreeSet::new(),
            refused: BTreeSet::new(),
            refusal: None,
            keeps_all: false,
            room: None,
            clock: 1_795_000_000,
        }
    }
}

impl Server {
    pub(super) fn make_folder(&mut self, path: &[u8]) {
        let path = plain(path);
        for (at, _) in path.iter().enumerate().filter(|(_, b)| **b == b'/') {
            self.folders.insert(path[..at].to_vec());
        }
        self.folders.insert(path);
    }

    pub(super) fn remove_folder(&mut self, path: &[u8]) {
        let path = plain(path);
        let within = |other: &[u8]| {
            other
                .strip_prefix(&path[..])
                .is_some_and(|rest| path.is_empty() || rest.is_empty() || rest.starts_with(b"/"))
        };
        self.folders.retain(|folder| !within(folder));
        self.files.retain(|file, _| !within(file));
    }

    pub(super) fn put(&mut self, path: &[u8], content: Vec<u8>) {
        let path = plain(path);
        self.make_folder(split(&path).0);
        self.store(path, content, true);
    }

    pub(super) fn put_other(&mut self, path: &[u8]) {
        let path = plain(path);
        self.make_folder(split(&path).0);
        self.store(path, Vec::new(), false);
    }

    pub(super) fn take(&mut self, path: &[u8]) -> bool {
        self.files.remove(&plain(path)).is_some()
    }

    pub(super) fn content(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.files.get(&plain(path)).map(|f| f.content.clone())
    }

    pub(super) fn paths(&self) -> Vec<String> {
        let shown = |path: &Vec<u8>| format!("/{}", String::from_utf8_lossy(path));
        self.files.keys().map(shown).collect()
    }

    pub(super) fn deny(&mut self, folder: &[u8], denied: bool) {
        let folder = plain(folder);
        if denied {
            self.denied.insert(folder);
        } else {
            self.denied.remove(&folder);
        }
    }

    fn store(&mut self, path: Vec<u8>, content: Vec<u8>, plain: bool) {
        let modified = self.clock;
        self.files.insert(
            path,
            StoredFile {
                content,
                modified,
                plain,
            },
        );
    }

    /// The path, if the account has access to its folder.
    fn allowed(&self, path: &[u8]) -> Result<Vec<u8>, Fault> {
        let path = plain(path);
        self.allowed_folder(split(&path).0)?;
        Ok(path)
    }

    fn allowed_folder(&self, folder: &[u8]) -> Result<(), Fault> {
        if !self.folders.contains(folder) {
            Err(Fault::new(FaultKind::Missing, "there is no such folder"))
        } else if self.denied.contains(folder) {
            let what = "the account may not do that there";
            Err(Fault::new(FaultKind::Denied, what))
        } else {
            Ok(())
        }
    }

    pub(super) fn list(&self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault> {
        let folder = plain(folder);
        self.allowed_folder(&folder)?;
        let files = self.files.iter().filter_map(|(path, file)| {
            let (parent, name) = split(path);
            (parent == folder).then(|| entry(name, file))
        });
        let folders = self.folders.iter().filter_map(|path| {
            let (parent, name) = split(path);
            (parent == folder && !name.is_empty()).then(|| self::folder(name))
        });
        Ok(files.chain(folders).collect())
    }

    pub(super) fn read(&self, path: &[u8]) -> Result<Vec<u8>, Fault> {
        let path = self.allowed(path)?;
        let file = self.files.get(&path).filter(|f| f.plain);
        file.map(|f| f.content.clone()).ok_or_else(missing)
    }

    pub(super) fn write(&mut self, path: &[u8], mut content: Vec<u8>) -> Result<(), Fault> {
        let path = self.allowed(path)?;
        if self.refused.contains(split(&path).1) {
            return Err(Fault::new(FaultKind::Denied, "the server refuses the name"));
        }
        let others = self.files.iter().filter(|(p, _)| **p != path);
        let used: u64 = others.map(|(_, f)| f.content.len() as u64).sum();
        let room = self.room.map(|room| room.saturating_sub(used));
        let full = room.is_some_and(|room| room < content.len() as u64);
        if let Some(room) = room.filter(|_| full) {
            content.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        }
        self.store(path, content, true);
        if full {
            return Err(Fault::new(FaultKind::Transient, "the server is full"));
        }
        Ok(())
    }

    pub(super) fn look(&self, path: &[u8]) -> Result<Option<RemoteFile>, Fault> {
        // Like real servers: in a folder that is missing there is nothing, and that is all they say.
        let path = match self.allowed(path) {
            Err(fault) if fault.kind == FaultKind::Missing => return Ok(None),
            path => path?,
        };
        let name = split(&path).1;
        let folder = || self.folders.contains(&path).then(|| folder(name));
        Ok(self
            .files
            .get(&path)
            .map(|f| entry(name, f))
            .or_else(folder))
    }

    pub(super) fn move_file(&mut self, from: &[u8], to: &[u8]) -> Result<(), Fault> {
        let (from, to) = (self.allowed(from)?, self.allowed(to)?);
        if !self.files.contains_key(&from) {
            return Err(missing());
        }
        if self.files.contains_key(&to) || self.folders.contains(&to) {
            return Err(Fault::new(FaultKind::Exists, "the name is taken"));
        }
        if self.refused.contains(split(&to).1) {
            return Err(Fault::new(FaultKind::Denied, "the server refuses the name"));
        }
        if let Some(file) = self.files.remove(&from) {
            self.files.insert(to, file);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &[u8]) -> Result<(), Fault> {
        let path = self.allowed(path)?;
        if self.keeps_all {
            return Err(Fault::new(FaultKind::Denied, "nothing may be removed"));
        }
        self.files.remove(&path).map(|_| ()).ok_or_else(missing)
    }
}

fn missing() -> Fault {
    Fault::new(FaultKind::Missing, "there is no such file")
}

fn folder(name: &[u8]) -> RemoteFile {
    RemoteFile {
        name: name.to_vec(),
        size: 0,
        modified: 0,
        plain: false,
    }
}

fn entry(name: &[u8], file: &StoredFile) -> RemoteFile {
    RemoteFile {
        name: name.to_vec(),
        size: file.content.len() as u64,
        modified: file.modified,
        plain: file.plain,
    }
}

/// Without slashes around it: the account starts in `/`, so absolute and relative paths mean the same.
fn plain(path: &[u8]) -> Vec<u8> {
    let parts = path.split(|b| *b == b'/').filter(|p| !p.is_empty());
    parts.collect::<Vec<_>>().join(&b'/')
}

/// Folder and name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|b| *b == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}
