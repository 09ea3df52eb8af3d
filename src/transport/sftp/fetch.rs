//! Fetching files: the next ones are opened while the bytes of others come.

use super::limits::LOCAL_FILES;
use super::parts::{Done, Part, Queue};
use super::reply::Reply;
use super::request::Request;
use super::slots::Slots;
use super::status::{self, Code, broken, misfit};
use super::work::{Asking, Work};
use crate::transport::{Fault, FaultKind};
use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// What a request of a fetch was for, and of which file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tag {
    Open(usize),
    Read { slot: usize, from: u64, count: u32 },
    Close(usize),
}

/// A file under way.
struct Item<'a> {
    part: Part<'a>,
    handle: Vec<u8>,
    /// From where on nothing has been asked.
    next: u64,
    /// What came short and is to be asked again.
    again: Vec<(u64, u32)>,
    /// READs without an answer.
    reads: usize,
    begun: bool,
    closing: bool,
    closed: bool,
    reported: bool,
    file: Option<Arc<File>>,
    fault: Option<Fault>,
}

impl Item<'_> {
    /// Bytes that are to come and have not been asked for.
    fn unasked(&self) -> u64 {
        match self.fault {
            None => self.part.to - self.next,
            Some(_) => 0,
        }
    }

    /// Whether there is nothing more to ask for.
    fn asked(&self) -> bool {
        self.unasked() == 0 && (self.again.is_empty() || self.fault.is_some())
    }

    /// How many bytes to ask for: with the last ones one more, which shows a file that goes on behind the size it was
    /// listed with. Where a READ has no room for it, that is not looked at.
    fn beyond(&self, from: u64, count: u32, most: usize) -> u32 {
        let last = from + u64::from(count) == self.part.size && (count as usize) < most;
        count + u32::from(last)
    }

    fn fail(&mut self, fault: Fault) {
        self.part.local.fail(&fault);
        self.fault.get_or_insert(fault);
    }

    fn store(&mut self, from: u64, bytes: &[u8]) -> Result<(), Fault> {
        if self.file.is_none() {
            self.file = Some(self.part.local.file(None)?);
        }
        let Some(file) = &self.file else {
            return Ok(());
        };
        file.write_all_at(bytes, from)
            .map_err(|e| Fault::local("a fetched file can not be written", e))
    }
}

/// Files being fetched on one connection.
pub(super) struct Fetching<'q, 'a> {
    queue: &'q Queue<'a>,
    items: Slots<Item<'a>>,
    /// Files that are open and have something to ask, in the order in which they were opened.
    ready: VecDeque<usize>,
    /// Files whose bytes are on their way.
    reading: usize,
    done: Vec<Done>,
}

impl<'q, 'a> Fetching<'q, 'a> {
    /// Fetches from a queue.
    pub(super) fn new(queue: &'q Queue<'a>) -> Fetching<'q, 'a> {
        Fetching {
            queue,
            items: Slots::default(),
            ready: VecDeque::new(),
            reading: 0,
            done: Vec::new(),
        }
    }

    /// What came of the parts that this connection knows the end of.
    pub(super) fn done(self) -> Vec<Done> {
        self.done
    }

    /// Asks for more of the first file that is ready; `false`: there is none.
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
        if item.asked() {
            // Where a READ may come short, it needs the handle again.
            if item.reads == 0 || asking.features.exact {
                item.closing = true;
                asking.ask(Tag::Close(slot), Request::Close(&item.handle));
            }
            self.ready.pop_front();
            return true;
        }
        let piece = asking.features.read as u64;
        // What comes in one piece is written and done at once.
        let lasts = !asking.features.exact || item.part.to - item.part.from > piece;
        if !item.begun && lasts {
            if self.reading >= LOCAL_FILES {
                return false;
            }
            item.begun = true;
            self.reading += 1;
        }
        let (from, count) = item.again.pop().unwrap_or_else(|| {
            let left = item.part.to - item.next;
            let count = u32::try_from(left.min(piece)).unwrap_or(u32::MAX);
            item.next += u64::from(count);
            (item.next - u64::from(count), count)
        });
        item.reads += 1;
        let tag = Tag::Read { slot, from, count };
        let count = item.beyond(from, count, asking.features.read);
        let handle = &item.handle;
        asking.ask(
            tag,
            Request::Read {
                handle,
                from,
                count,
            },
        );
        true
    }

    /// Opens the next file, if there is room for it: enough bytes to ask for are a full window.
    fn ask_next(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        if self.items.len() >= asking.features.handles {
            return false;
        }
        let ahead: u64 = self.items.iter().map(Item::unasked).sum();
        if ahead >= asking.window as u64 {
            return false;
        }
        let Some(part) = self.queue.pop() else {
            return false;
        };
        let item = Item {
            handle: Vec::new(),
            next: part.from,
            // Of an empty file only its end is asked for.
            again: match part.size {
                0 => vec![(0, 0)],
                _ => Vec::new(),
            },
            reads: 0,
            begun: false,
            closing: false,
            closed: false,
            reported: false,
            file: None,
            fault: None,
            part,
        };
        let slot = self.items.add(item);
        if let Some(item) = self.items.get(slot) {
            asking.ask(Tag::Open(slot), Request::Open(&item.part.path));
        }
        true
    }

    fn opened(&mut self, slot: usize, reply: Reply<'_>) -> Result<(), Fault> {
        let Some(item) = self.items.get(slot) else {
            return Err(misfit());
        };
        match reply {
            Reply::Handle(handle) => {
                item.handle = handle.to_vec();
                if item.part.size == 0
                    && let Err(fault) = item.part.local.file(None)
                {
                    item.fail(fault);
                }
                self.ready.push_back(slot);
            }
            Reply::Status(code, words) => {
                item.fail(status::fault(code, words));
                item.closed = true;
            }
            _ => return Err(misfit()),
        }
        self.settle(slot);
        Ok(())
    }

    fn came(
        &mut self,
        slot: usize,
        (from, count): (u64, u32),
        reply: Reply<'_>,
    ) -> Result<(), Fault> {
        let Some(item) = self.items.get(slot) else {
            return Err(misfit());
        };
        item.reads -= 1;
        match reply {
            Reply::Data(bytes) if bytes.len() as u64 == u64::from(count) + 1 => {
                if from + u64::from(count) < item.part.size {
                    return Err(more());
                }
                item.fail(longer());
            }
            Reply::Data(bytes) => {
                let Some(short) = count.checked_sub(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
                else {
                    return Err(more());
                };
                if bytes.is_empty() {
                    return Err(broken("it sends no bytes and no end"));
                }
                if item.fault.is_none()
                    && let Err(fault) = item.store(from, bytes)
                {
                    item.fail(fault);
                }
                if short > 0 && item.closing {
                    item.fail(shorter());
                } else if short > 0 {
                    item.again.push((from + u64::from(count - short), short));
                }
            }
            Reply::Status(Code::End, _) if count == 0 => {}
            Reply::Status(Code::End, _) => item.fail(shorter()),
            Reply::Status(code, words) => item.fail(status::fault(code, words)),
            _ => return Err(misfit()),
        }
        let queued = item.closing || self.ready.contains(&slot);
        if !queued && (!item.asked() || item.reads == 0) {
            self.ready.push_front(slot);
        }
        self.settle(slot);
        Ok(())
    }

    /// Says what came of a file once that is known, and forgets it once it is closed.
    fn settle(&mut self, slot: usize) {
        let Some(item) = self.items.get(slot) else {
            return;
        };
        let all = (!item.handle.is_empty() || item.closed) && item.asked() && item.reads == 0;
        if all && !item.reported {
            item.reported = true;
            item.file = None;
            self.reading -= usize::from(item.begun);
            let result = item.fault.take().map_or(Ok(()), Err);
            // What is left of a failed file is asked for no more.
            item.next = item.part.to;
            item.again.clear();
            self.done.push((item.part.item, result));
        }
        if item.reported && item.closed {
            self.items.remove(slot);
        }
    }
}

impl Work for Fetching<'_, '_> {
    type Tag = Tag;

    fn ask(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        self.ask_ready(asking) || self.ask_next(asking)
    }

    fn take(&mut self, tag: Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match tag {
            Tag::Open(slot) => self.opened(slot, reply),
            Tag::Read { slot, from, count } => self.came(slot, (from, count), reply),
            Tag::Close(slot) => {
                // How closing went tells nothing about bytes that have come.
                if let Some(item) = self.items.get(slot) {
                    item.closed = true;
                }
                self.settle(slot);
                match reply {
                    Reply::Status(..) => Ok(()),
                    _ => Err(misfit()),
                }
            }
        }
    }
}

fn more() -> Fault {
    broken("it sends more than was asked for")
}

fn longer() -> Fault {
    Fault::new(FaultKind::Changed, "the file is longer than it was listed")
}

fn shorter() -> Fault {
    Fault::new(
        FaultKind::Changed,
        "the file has become shorter since it was listed",
    )
}
