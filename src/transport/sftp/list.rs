//! Listing a folder.

use super::limits;
use super::reply::{Attributes, Malformed, Named, Names, Reply};
use super::request::Request;
use super::status::{self, Code, broken, misfit};
use super::work::{Asking, Work};
use crate::transport::{Fault, FaultKind, RemoteFile};

/// What a request of a listing was for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tag {
    Open,
    Entries,
    Close,
    /// A closer look at the entry of this number.
    Look(usize),
}

/// A folder being listed. Several requests for its next entries are in flight at the same time; where the list doesn't
/// say what kind an entry is, it is looked at.
pub(super) struct Listing<'f> {
    folder: &'f [u8],
    opened: bool,
    handle: Option<Vec<u8>>,
    asked: usize,
    ended: bool,
    entries: Vec<RemoteFile>,
    bytes: usize,
    /// Entries of unknown kind that are still to be looked at.
    unsure: Vec<usize>,
    gone: Vec<usize>,
    fault: Option<Fault>,
}

impl<'f> Listing<'f> {
    /// A folder to be listed.
    pub(super) fn new(folder: &'f [u8]) -> Listing<'f> {
        Listing {
            folder,
            opened: false,
            handle: None,
            asked: 0,
            ended: false,
            entries: Vec::new(),
            bytes: 0,
            unsure: Vec::new(),
            gone: Vec::new(),
            fault: None,
        }
    }

    /// What lies in the folder.
    pub(super) fn done(mut self) -> Result<Vec<RemoteFile>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if !self.ended {
            return Err(broken("a list has no end"));
        }
        self.gone.sort_unstable();
        for at in self.gone.into_iter().rev() {
            self.entries.swap_remove(at);
        }
        Ok(self.entries)
    }

    fn end(&mut self, fault: Option<Fault>) {
        self.ended = true;
        self.fault = self.fault.take().or(fault);
    }

    fn keep(&mut self, mut names: Names<'_>) -> Result<(), Fault> {
        if names.left() == 0 {
            return Err(broken("a list goes on without entries"));
        }
        while let Some(named) = names.next().map_err(strange)? {
            if matches!(named.name, b"." | b"..") {
                continue;
            }
            self.bytes += named.name.len();
            if self.entries.len() >= limits::ENTRIES || self.bytes > limits::LISTING {
                self.end(Some(too_many()));
                return Ok(());
            }
            let (entry, sure) = entry(&named)?;
            if !sure {
                self.unsure.push(self.entries.len());
            }
            self.entries.push(entry);
        }
        Ok(())
    }

    fn look(&mut self, at: usize, reply: Reply<'_>) -> Result<(), Fault> {
        match reply {
            Reply::Attributes(found) => {
                if let Some(entry) = self.entries.get_mut(at) {
                    *entry = seen(&entry.name, &found);
                }
            }
            Reply::Status(Code::Missing, _) => self.gone.push(at),
            Reply::Status(code, words) => self.end(Some(status::fault(code, words))),
            _ => return Err(misfit()),
        }
        Ok(())
    }
}

impl Work for Listing<'_> {
    type Tag = Tag;

    fn ask(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        if !self.opened {
            self.opened = true;
            asking.ask(Tag::Open, Request::OpenFolder(self.folder));
            return true;
        }
        if let Some(handle) = &self.handle {
            if !self.ended && self.asked < limits::READDIRS {
                self.asked += 1;
                asking.ask(Tag::Entries, Request::ReadFolder(handle));
                return true;
            }
            if self.ended && self.asked == 0 {
                asking.ask(Tag::Close, Request::Close(handle));
                self.handle = None;
                return true;
            }
            return false;
        }
        if !self.ended || self.fault.is_some() {
            return false;
        }
        let Some(at) = self.unsure.pop() else {
            return false;
        };
        let mut path = self.folder.to_vec();
        if path.last().is_some_and(|b| *b != b'/') {
            path.push(b'/');
        }
        path.extend_from_slice(&self.entries[at].name);
        asking.ask(Tag::Look(at), Request::Look(&path));
        true
    }

    fn take(&mut self, tag: Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match (tag, reply) {
            (Tag::Open, Reply::Handle(handle)) => self.handle = Some(handle.to_vec()),
            (Tag::Open, Reply::Status(code, words)) => self.end(Some(status::fault(code, words))),
            (Tag::Entries, reply) => {
                self.asked -= 1;
                match reply {
                    Reply::Names(names) if !self.ended => self.keep(names)?,
                    Reply::Names(_) if self.fault.is_none() => {
                        return Err(broken("a list goes on after its end"));
                    }
                    Reply::Names(_) => {}
                    Reply::Status(Code::End, _) => self.end(None),
                    Reply::Status(..) if self.ended => {}
                    Reply::Status(code, words) => self.end(Some(status::fault(code, words))),
                    _ => return Err(misfit()),
                }
            }
            (Tag::Close, Reply::Status(..)) => {}
            (Tag::Look(at), reply) => self.look(at, reply)?,
            _ => return Err(misfit()),
        }
        Ok(())
    }
}

/// What a path that was looked at is. Where the server names no kind, whatever has a size counts as a plain file: a
/// server without kinds has no links to be told apart.
pub(super) fn seen(name: &[u8], found: &Attributes) -> RemoteFile {
    RemoteFile {
        name: name.to_vec(),
        size: found.size.unwrap_or(0),
        modified: found.modified.map_or(0, i64::from),
        plain: found.plain().unwrap_or(found.size.is_some()),
    }
}

/// An entry of a list, and whether its kind and size are known.
fn entry(named: &Named<'_>) -> Result<(RemoteFile, bool), Fault> {
    if named.name.is_empty() || memchr::memchr2(b'/', 0, named.name).is_some() {
        return Err(broken("a list has a name that no file can have"));
    }
    let plain = named.attributes.plain();
    let entry = seen(named.name, &named.attributes);
    // The line for people tells other kinds by its first letter, where it is written as usual.
    let other = named
        .line
        .first()
        .is_some_and(|c| matches!(c, b'd' | b'l' | b'p' | b's' | b'c' | b'b'));
    let sure = match plain {
        Some(false) => true,
        Some(true) => named.attributes.size.is_some(),
        None => other,
    };
    let plain = entry.plain && !(plain.is_none() && other);
    Ok((RemoteFile { plain, ..entry }, sure))
}

fn too_many() -> Fault {
    Fault::new(
        FaultKind::Protocol,
        format!(
            "the folder has more than {} entries; move what is done out of it",
            limits::ENTRIES
        ),
    )
}

fn strange(found: Malformed) -> Fault {
    broken(found.0)
}
