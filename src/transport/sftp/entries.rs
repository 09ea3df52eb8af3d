//! Operations on entries of folders, which move no bytes of files: listing a folder; looking at, removing, renaming and
//! emptying the items of a batch.

use super::chunks::KnownResults;
use super::in_flight::{Operation, RequestSender};
use super::limits;
use super::reply::{
    Attributes, NameEntry, NameList, Reply, StatusCode, protocol_broken, unexpected_reply,
};
use super::request::Request;
use crate::transport::fault::{Fault, FaultKind};
use crate::transport::place::RemoteFile;
use std::collections::VecDeque;

type ItemRequests<'c, X> = RequestSender<'c, (usize, <X as Exchange>::Step)>;

/// The requests about one item, one after the other.
pub(super) trait Exchange {
    type Step;
    type Output;
    const FIRST: Self::Step;

    fn send(&self, item: usize, step: Self::Step, requests: &mut ItemRequests<'_, Self>);

    /// What a reply means for its item; a fault ends the connection.
    fn on_reply(
        &self,
        item: usize,
        step: Self::Step,
        reply: Reply<'_>,
    ) -> Result<Next<Self>, Fault>;
}

pub(super) enum Next<X: Exchange + ?Sized> {
    Step(X::Step),
    Done(Result<X::Output, Fault>),
}

/// An exchange about every item, items at the same time.
pub(super) struct PerItem<X: Exchange> {
    exchange: X,
    begun: usize,
    follow_ups: VecDeque<(usize, X::Step)>,
    /// The result of each item, as far as it is known.
    pub(super) results: KnownResults<X::Output>,
}

impl<X: Exchange> PerItem<X> {
    pub(super) fn new(exchange: X, items: usize) -> PerItem<X> {
        PerItem {
            exchange,
            begun: 0,
            follow_ups: VecDeque::new(),
            results: (0..items).map(|_| None).collect(),
        }
    }
}

impl<X: Exchange> Operation for PerItem<X> {
    type Tag = (usize, X::Step);

    fn send_next(&mut self, requests: &mut RequestSender<'_, Self::Tag>) -> bool {
        let (item, step) = match self.follow_ups.pop_front() {
            Some(follow_up) => follow_up,
            None if self.begun < self.results.len() => {
                self.begun += 1;
                (self.begun - 1, X::FIRST)
            }
            None => return false,
        };
        self.exchange.send(item, step, requests);
        true
    }

    fn on_reply(&mut self, (item, step): Self::Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match self.exchange.on_reply(item, step, reply)? {
            Next::Step(step) => self.follow_ups.push_back((item, step)),
            Next::Done(result) => self.results[item] = Some(result),
        }
        Ok(())
    }
}

pub(super) struct Looking<'p>(pub(super) &'p [Vec<u8>]);

impl Exchange for Looking<'_> {
    type Step = ();
    type Output = Option<RemoteFile>;
    const FIRST: () = ();

    fn send(&self, item: usize, (): (), requests: &mut ItemRequests<'_, Self>) {
        requests.send((item, ()), Request::Look(&self.0[item]));
    }

    fn on_reply(&self, item: usize, (): (), reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        Ok(Next::Done(match reply {
            Reply::Attributes(found) => Ok(Some(described(file_name(&self.0[item]), &found))),
            Reply::Status(StatusCode::Missing, _) => Ok(None),
            Reply::Status(code, words) => Err(code.fault(words)),
            _ => return Err(unexpected_reply()),
        }))
    }
}

pub(super) struct Removing<'p>(pub(super) &'p [Vec<u8>]);

impl Exchange for Removing<'_> {
    type Step = ();
    type Output = ();
    const FIRST: () = ();

    fn send(&self, item: usize, (): (), requests: &mut ItemRequests<'_, Self>) {
        requests.send((item, ()), Request::Remove(&self.0[item]));
    }

    fn on_reply(&self, _: usize, (): (), reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        match reply {
            Reply::Status(code, words) => Ok(Next::Done(code.ok(words))),
            _ => Err(unexpected_reply()),
        }
    }
}

/// Renames pairs without replacing anything. Version 3 doesn't say whether RENAME replaces what has the new name; OpenSSH
/// refuses, others replace. So each new name is looked at first. Between the look and the renaming, a server that replaces
/// still may.
pub(super) struct Renaming<'p>(pub(super) &'p [(Vec<u8>, Vec<u8>)]);

pub(super) enum RenameStep {
    /// Looks whether the new name is free.
    LookBefore,
    Rename,
    /// Looks whether the new name was taken, after the renaming failed with this fault.
    LookAfter(Fault),
}

impl Exchange for Renaming<'_> {
    type Step = RenameStep;
    type Output = ();
    const FIRST: RenameStep = RenameStep::LookBefore;

    fn send(&self, item: usize, step: RenameStep, requests: &mut ItemRequests<'_, Self>) {
        let (from, to) = &self.0[item];
        let request = match step {
            RenameStep::LookBefore | RenameStep::LookAfter(_) => Request::Look(to),
            RenameStep::Rename => Request::Rename { from, to },
        };
        requests.send((item, step), request);
    }

    fn on_reply(&self, _: usize, step: RenameStep, reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        use RenameStep::{LookAfter, LookBefore, Rename};
        Ok(match (step, reply) {
            (LookBefore, Reply::Status(StatusCode::Missing, _)) => Next::Step(Rename),
            (Rename, Reply::Status(code @ StatusCode::Failure, words)) => {
                Next::Step(LookAfter(code.fault(words)))
            }
            (LookBefore | LookAfter(_), Reply::Attributes(_)) => Next::Done(Err(Fault::new(
                FaultKind::Exists,
                "something has the new name on the server already",
            ))),
            (LookAfter(fault), Reply::Status(..)) => Next::Done(Err(fault)),
            (LookBefore, Reply::Status(code, words)) => Next::Done(Err(code.fault(words))),
            (Rename, Reply::Status(code, words)) => Next::Done(code.ok(words)),
            _ => return Err(unexpected_reply()),
        })
    }
}

/// Makes files, or empties them, before their chunks come over several connections.
pub(super) struct Emptying<'p>(pub(super) &'p [Vec<u8>]);

impl Exchange for Emptying<'_> {
    /// The handle of the file if it is to be closed.
    type Step = Option<Vec<u8>>;
    type Output = ();
    const FIRST: Option<Vec<u8>> = None;

    fn send(&self, item: usize, step: Self::Step, requests: &mut ItemRequests<'_, Self>) {
        let (path, truncate) = (&self.0[item], true);
        let request = match &step {
            None => Request::Create { path, truncate },
            Some(handle) => Request::Close(handle),
        };
        requests.send((item, step.as_ref().map(|_| Vec::new())), request);
    }

    fn on_reply(&self, _: usize, step: Self::Step, reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        Ok(match (step, reply) {
            (None, Reply::Handle(handle)) => Next::Step(Some(handle.to_vec())),
            (None, Reply::Status(code, words)) => Next::Done(Err(code.fault(words))),
            (Some(_), Reply::Status(..)) => Next::Done(Ok(())),
            _ => return Err(unexpected_reply()),
        })
    }
}

fn file_name(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|b| *b == b'/');
    slash.map_or(path, |at| &path[at + 1..])
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ListStep {
    Open,
    Entries,
    Close,
    /// Looks at the entry of this index.
    Look(usize),
}

/// A folder being listed, with several requests for its next entries in flight at the same time.
#[derive(Default)]
pub(super) struct FolderReader<'f> {
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

impl<'f> FolderReader<'f> {
    pub(super) fn new(folder: &'f [u8]) -> FolderReader<'f> {
        FolderReader {
            folder,
            ..FolderReader::default()
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

impl Operation for FolderReader<'_> {
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
