//! Work for a connection: what is asked next, and what an answer means.

use super::buffer::Buffer;
use super::reply::Reply;
use super::request::{Request, put_write};
use crate::transport::Fault;
use std::collections::HashMap;
use std::io;

/// Something to be done by asking a server, many requests in flight at the same time.
pub(super) trait Work {
    /// What a request was for.
    type Tag: Copy;

    /// Asks for at most one thing more; `false`: nothing is to be asked before the next answer. Without an answer
    /// outstanding that is the end of the work.
    fn ask(&mut self, asking: &mut Asking<'_, Self::Tag>) -> bool;

    /// Takes an answer. A fault ends the connection; what concerns one item only is kept for that item.
    fn take(&mut self, tag: Self::Tag, reply: Reply<'_>) -> Result<(), Fault>;
}

/// What the server can do, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Features {
    /// It makes files durable when asked, and handles requests about a file in their order.
    pub(super) sync: bool,
    /// It has said how long a READ may be: one that comes short has met the end of the file.
    pub(super) exact: bool,
    /// Bytes of a READ.
    pub(super) read: usize,
    /// Bytes of a WRITE.
    pub(super) write: usize,
    /// Requests in flight.
    pub(super) requests: usize,
    /// Files open at the same time.
    pub(super) handles: usize,
}

/// Requests that have no answer yet.
pub(super) struct InFlight<T> {
    asked: HashMap<u32, Asked<T>>,
    bytes: usize,
    slow: usize,
}

struct Asked<T> {
    tag: T,
    bytes: usize,
    slow: bool,
}

impl<T> Default for InFlight<T> {
    fn default() -> InFlight<T> {
        InFlight {
            asked: HashMap::new(),
            bytes: 0,
            slow: 0,
        }
    }
}

impl<T> InFlight<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.asked.len()
    }

    /// How many bytes of files they move.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether one of them may take the server long.
    pub(super) fn patient(&self) -> bool {
        self.slow > 0
    }

    /// One has been answered: what it was for; `None`: there is no such request.
    pub(super) fn answered(&mut self, id: u32) -> Option<T> {
        let asked = self.asked.remove(&id)?;
        self.bytes -= asked.bytes;
        self.slow -= usize::from(asked.slow);
        Some(asked.tag)
    }

    fn add(&mut self, id: u32, tag: T, bytes: usize, slow: bool) {
        self.bytes += bytes;
        self.slow += usize::from(slow);
        self.asked.insert(id, Asked { tag, bytes, slow });
    }
}

/// Where requests go.
pub(super) struct Asking<'c, T> {
    pub(super) out: &'c mut Buffer,
    pub(super) next: &'c mut u32,
    pub(super) flight: &'c mut InFlight<T>,
    /// What the server can do.
    pub(super) features: Features,
    /// How many bytes of files are to be on their way at the same time.
    pub(super) window: usize,
}

impl<T> Asking<'_, T> {
    /// Asks.
    pub(super) fn ask(&mut self, tag: T, request: Request<'_>) {
        let bytes = match request {
            Request::Read { count, .. } => count as usize,
            _ => 0,
        };
        let id = self.id();
        request.put(id, self.out);
        self.flight
            .add(id, tag, bytes, matches!(request, Request::Sync(_)));
    }

    /// Asks to write `count` bytes at `from`; `fill` reads them. If that fails, nothing is asked.
    pub(super) fn write(
        &mut self,
        tag: T,
        (handle, from, count): (&[u8], u64, usize),
        fill: impl FnOnce(&mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let id = self.id();
        put_write(self.out, id, (handle, from, count), fill)?;
        self.flight.add(id, tag, count, false);
        Ok(())
    }

    fn id(&mut self) -> u32 {
        *self.next = self.next.wrapping_add(1);
        *self.next
    }
}
