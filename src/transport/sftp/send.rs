//! Sending files: the next ones are opened while the bytes of others go.

use super::local::other_size;
use super::parts::{Done, Part, Queue};
use super::reply::Reply;
use super::request::Request;
use super::slots::Slots;
use super::status::{self, Code, misfit};
use super::work::{Asking, Work};
use crate::transport::{Fault, FaultKind};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// What a request of sending was for; each of a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Open,
    Write,
    Sync,
    Check,
    Close,
}

/// What a request of sending was for, and of which file.
pub(super) type Tag = (usize, What);

/// A file under way.
struct Item<'a> {
    part: Part<'a>,
    handle: Vec<u8>,
    /// From where on nothing has been written.
    next: u64,
    /// What is to be asked after the last byte.
    then: What,
    /// Requests without an answer.
    open: usize,
    closing: bool,
    /// Whether it is its turn to be made durable.
    released: bool,
    file: Option<Arc<File>>,
    fault: Option<Fault>,
}

impl Item<'_> {
    /// Bytes that are to go and have not gone.
    fn unsent(&self) -> u64 {
        match self.fault {
            None => self.part.to - self.next,
            Some(_) => 0,
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.part.local.fail(&fault);
        self.fault.get_or_insert(fault);
    }

    /// Sends the next piece.
    fn write(&mut self, slot: usize, asking: &mut Asking<'_, Tag>) -> Result<(), Fault> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.part.local.file(Some(self.part.size))?,
        };
        let left = usize::try_from(self.unsent()).unwrap_or(usize::MAX);
        let count = left.min(asking.features.write);
        let piece = (self.handle.as_slice(), self.next, count);
        let fill = |room: &mut [u8]| file.read_exact_at(room, self.next);
        let asked = asking.write((slot, What::Write), piece, fill);
        asked.map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => other_size(),
            _ => Fault::local("a file of ours can not be read", e),
        })?;
        self.next += count as u64;
        self.open += 1;
        if self.unsent() > 0 {
            self.file = Some(file);
        }
        Ok(())
    }
}

/// Files being sent on one connection.
pub(super) struct Sending<'q, 'a> {
    queue: &'q Queue<'a>,
    items: Slots<Item<'a>>,
    /// Files that are open and have something to send or ask, in the order in which they were opened.
    ready: VecDeque<usize>,
    /// Files that are written and wait to be made durable together: a server's disk is quicker for many in a row than
    /// for one after each file.
    held: Vec<usize>,
    done: Vec<Done>,
}

impl<'q, 'a> Sending<'q, 'a> {
    /// Sends from a queue. Parts of cut files need files that are there.
    pub(super) fn new(queue: &'q Queue<'a>) -> Sending<'q, 'a> {
        Sending {
            queue,
            items: Slots::default(),
            ready: VecDeque::new(),
            held: Vec::new(),
            done: Vec::new(),
        }
    }

    /// What came of the parts that this connection knows the end of.
    pub(super) fn done(self) -> Vec<Done> {
        self.done
    }

    /// Sends more of the first file that is ready; `false`: there is none.
    fn ask_ready(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        let Some(slot) = self.ready.front().copied() else {
            return false;
        };
        let Some(item) = self.items.get(slot) else {
            self.ready.pop_front();
            return true;
        };
        if item.fault.is_none() {
            item.fault = item.part.local.failed();
        }
        if item.unsent() > 0 {
            if let Err(fault) = item.write(slot, asking) {
                item.fail(fault);
            }
            return true;
        }
        if item.part.size == 0
            && item.fault.is_none()
            && let Err(fault) = item.part.local.file(Some(0))
        {
            item.fail(fault);
        }
        item.file = None;
        // Not every server keeps requests about a file in their order; one that syncs does.
        if item.open > 0 && !asking.features.sync && !matches!(item.then, What::Close) {
            self.ready.pop_front();
            return true;
        }
        if asking.features.sync && !item.released && item.fault.is_none() {
            self.ready.pop_front();
            self.held.push(slot);
            return true;
        }
        let what = match (item.fault.is_some(), item.then) {
            (false, What::Sync) if asking.features.sync => What::Sync,
            (false, What::Sync | What::Check) if item.part.whole() => What::Check,
            _ => What::Close,
        };
        let request = match what {
            What::Sync => Request::Sync(&item.handle),
            What::Check => Request::LookAtOpen(&item.handle),
            _ => Request::Close(&item.handle),
        };
        asking.ask((slot, what), request);
        item.open += 1;
        match what {
            What::Sync => item.then = What::Check,
            What::Check => item.then = What::Close,
            _ => {
                item.closing = true;
                self.ready.pop_front();
            }
        }
        true
    }

    /// Has the files that are written made durable, if they are many or nothing else is under way.
    fn release(&mut self, handles: usize) -> bool {
        let due = self.held.len() >= handles.div_ceil(2) || self.held.len() == self.items.len();
        if self.held.is_empty() || !due {
            return false;
        }
        for slot in self.held.drain(..) {
            if let Some(item) = self.items.get(slot) {
                item.released = true;
            }
            self.ready.push_back(slot);
        }
        true
    }

    /// Opens the next file, if there is room for it.
    fn ask_next(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        if self.items.len() >= asking.features.handles {
            return false;
        }
        let ahead: u64 = self.items.iter().map(Item::unsent).sum();
        if ahead >= asking.window as u64 {
            return false;
        }
        let Some(part) = self.queue.pop() else {
            return false;
        };
        let truncate = part.whole();
        let slot = self.items.add(Item {
            handle: Vec::new(),
            next: part.from,
            then: What::Sync,
            open: 1,
            closing: false,
            released: false,
            file: None,
            fault: None,
            part,
        });
        if let Some(item) = self.items.get(slot) {
            let path = &item.part.path;
            asking.ask((slot, What::Open), Request::Create { path, truncate });
        }
        true
    }

    fn finish(&mut self, slot: usize) {
        if let Some(item) = self.items.get(slot) {
            let result = item.fault.take().map_or(Ok(()), Err);
            self.done.push((item.part.item, result));
            self.items.remove(slot);
        }
    }
}

impl Work for Sending<'_, '_> {
    type Tag = Tag;

    fn ask(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        self.ask_ready(asking) || self.ask_next(asking) || self.release(asking.features.handles)
    }

    fn take(&mut self, (slot, what): Tag, reply: Reply<'_>) -> Result<(), Fault> {
        let Some(item) = self.items.get(slot) else {
            return Err(misfit());
        };
        item.open -= 1;
        match (what, reply) {
            (What::Open, Reply::Handle(handle)) => {
                item.handle = handle.to_vec();
                self.ready.push_back(slot);
                return Ok(());
            }
            (What::Open, Reply::Status(code, words)) => {
                item.fail(status::fault(code, words));
                self.finish(slot);
                return Ok(());
            }
            (What::Check, Reply::Attributes(found)) => {
                if found.size.is_some_and(|size| size != item.part.size) {
                    item.fail(Fault::new(
                        FaultKind::Changed,
                        "the file did not arrive as long as it was sent",
                    ));
                }
            }
            (What::Write | What::Close, Reply::Status(Code::Fine, _)) => {}
            (What::Sync, Reply::Status(Code::Fine | Code::Unsupported, _)) => {}
            (_, Reply::Status(code, words)) => item.fail(status::fault(code, words)),
            _ => return Err(misfit()),
        }
        if item.open == 0 && item.closing {
            self.finish(slot);
        } else if item.open == 0
            && item.unsent() == 0
            && !self.ready.contains(&slot)
            && !self.held.contains(&slot)
        {
            self.ready.push_back(slot);
        }
        Ok(())
    }
}
