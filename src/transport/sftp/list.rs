//! Lists a folder: opens it, reads its entries, and looks at those whose kind the list doesn't state.

use super::in_flight::{Operation, RequestSender};
use super::limits;
use super::reply::{
    Attributes, NameEntry, NameList, Reply, StatusCode, protocol_broken, unexpected_reply,
};
use super::request::Request;
use crate::transport::fault::Fault;
use crate::transport::place::RemoteFile;

/// What a request was for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ListStep {
    Open,
    Entries,
    Close,
    /// Looks at the entry of this index.
    Look(usize),
}

/// A folder being listed, with several requests for its next entries in flight at the same time.
pub(super) struct Listing<'f> {
    folder: &'f [u8],
    opened: bool,
    handle: Option<Vec<u8>>,
    /// Requests for entries without a reply.
    unanswered: usize,
    ended: bool,
    entries: Vec<RemoteFile>,
    /// Bytes of all names.
    bytes: usize,
    /// Entries that are still to be looked at.
    unsure: Vec<usize>,
    /// Entries that were gone when they were looked at.
    gone: Vec<usize>,
    fault: Option<Fault>,
}

impl<'f> Listing<'f> {
    pub(super) fn new(folder: &'f [u8]) -> Listing<'f> {
        Listing {
            folder,
            opened: false,
            handle: None,
            unanswered: 0,
            ended: false,
            entries: Vec::new(),
            bytes: 0,
            unsure: Vec::new(),
            gone: Vec::new(),
            fault: None,
        }
    }

    pub(super) fn into_entries(mut self) -> Result<Vec<RemoteFile>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if !self.ended {
            return Err(protocol_broken("a list has no end"));
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

    fn add(&mut self, mut names: NameList<'_>) -> Result<(), Fault> {
        if names.left() == 0 {
            return Err(protocol_broken("a list goes on without entries"));
        }
        while let Some(named) = names.next()? {
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

    fn on_look(&mut self, at: usize, reply: Reply<'_>) -> Result<(), Fault> {
        match reply {
            Reply::Attributes(found) => {
                let entry = &mut self.entries[at];
                *entry = described(&entry.name, &found);
            }
            Reply::Status(StatusCode::Missing, _) => self.gone.push(at),
            Reply::Status(code, words) => self.end(Some(code.fault(words))),
            _ => return Err(unexpected_reply()),
        }
        Ok(())
    }
}

impl Operation for Listing<'_> {
    type Tag = ListStep;

    fn send_next(&mut self, requests: &mut RequestSender<'_, ListStep>) -> bool {
        if !self.opened {
            self.opened = true;
            requests.send(ListStep::Open, Request::OpenFolder(self.folder));
            return true;
        }
        if let Some(handle) = &self.handle {
            if !self.ended && self.unanswered < limits::READDIRS {
                self.unanswered += 1;
                requests.send(ListStep::Entries, Request::ReadFolder(handle));
                return true;
            }
            if self.ended && self.unanswered == 0 {
                requests.send(ListStep::Close, Request::Close(handle));
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
        requests.send(ListStep::Look(at), Request::Look(&path));
        true
    }

    fn on_reply(&mut self, step: ListStep, reply: Reply<'_>) -> Result<(), Fault> {
        match (step, reply) {
            (ListStep::Open, Reply::Handle(handle)) => self.handle = Some(handle.to_vec()),
            (ListStep::Open, Reply::Status(code, words)) => self.end(Some(code.fault(words))),
            (ListStep::Entries, reply) => {
                self.unanswered -= 1;
                match reply {
                    Reply::Names(names) if !self.ended => self.add(names)?,
                    Reply::Names(_) if self.fault.is_none() => {
                        return Err(protocol_broken("a list goes on after its end"));
                    }
                    Reply::Names(_) => {}
                    Reply::Status(StatusCode::End, _) => self.end(None),
                    Reply::Status(..) if self.ended => {}
                    Reply::Status(code, words) => self.end(Some(code.fault(words))),
                    _ => return Err(unexpected_reply()),
                }
            }
            (ListStep::Close, Reply::Status(..)) => {}
            (ListStep::Look(at), reply) => self.on_look(at, reply)?,
            _ => return Err(unexpected_reply()),
        }
        Ok(())
    }
}

/// A file as its attributes describe it. Where the server states no kind, whatever has a size counts as a plain file: a
/// server without kinds has no links that could be mistaken for one.
pub(super) fn described(name: &[u8], found: &Attributes) -> RemoteFile {
    RemoteFile {
        name: name.to_vec(),
        size: found.size.unwrap_or(0),
        modified: found.modified.map_or(0, i64::from),
        plain: found.plain().unwrap_or(found.size.is_some()),
    }
}

/// An entry of a list, and whether its kind and size are known.
fn entry(named: &NameEntry<'_>) -> Result<(RemoteFile, bool), Fault> {
    if named.name.is_empty() || memchr::memchr2(b'/', 0, named.name).is_some() {
        return Err(protocol_broken("a list has a name that no file can have"));
    }
    let plain = named.attributes.plain();
    let entry = described(named.name, &named.attributes);
    // By convention the first letter of the line for people tells other kinds.
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
    Fault::protocol(format!(
        "the folder has more than {} entries; move what is done out of it",
        limits::ENTRIES
    ))
}
