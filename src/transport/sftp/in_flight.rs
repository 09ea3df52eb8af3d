//! Operations on a connection: which request comes next, what a reply means, and which requests have no reply yet.

use super::buffer::Buffer;
use super::limits;
use super::reply::Reply;
use super::request::{Piece, Request, put_write};
use crate::transport::fault::Fault;
use std::collections::HashMap;
use std::io;

/// Something done by asking a server, with many requests in flight at the same time.
pub(super) trait Operation {
    /// Says what a request was for.
    type Tag;

    /// Sends at most one more request; `false`: there is none to send before the next reply. With no reply outstanding,
    /// that is the end of the operation.
    fn send_next(&mut self, requests: &mut RequestSender<'_, Self::Tag>) -> bool;

    /// Takes a reply. A fault ends the connection; what concerns one item only is kept for that item.
    fn on_reply(&mut self, tag: Self::Tag, reply: Reply<'_>) -> Result<(), Fault>;
}

/// What the server can do, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServerFeatures {
    /// It makes files durable when asked, and handles requests about a file in their order.
    pub(super) sync: bool,
    /// It has stated how long a READ may be: one that comes short has met the end of the file.
    pub(super) exact_reads: bool,
    /// The most bytes of a READ.
    pub(super) read: u32,
    /// The most bytes of a WRITE.
    pub(super) write: u32,
    /// The most requests in flight.
    pub(super) requests: usize,
    /// The most files open at the same time.
    pub(super) handles: usize,
}

impl Default for ServerFeatures {
    /// What every server takes.
    fn default() -> ServerFeatures {
        ServerFeatures {
            sync: false,
            exact_reads: false,
            read: limits::COMMON_PIECE,
            write: limits::COMMON_PIECE,
            requests: limits::REQUESTS,
            handles: limits::HANDLES,
        }
    }
}

/// The requests that have no reply yet.
pub(super) struct Unanswered<T> {
    requests: HashMap<u32, UnansweredRequest<T>>,
    bytes: u64,
    slow: usize,
}

struct UnansweredRequest<T> {
    tag: T,
    /// Bytes of files it moves.
    bytes: u64,
    /// It may take the server long.
    slow: bool,
}

impl<T> Default for Unanswered<T> {
    fn default() -> Unanswered<T> {
        Unanswered {
            requests: HashMap::new(),
            bytes: 0,
            slow: 0,
        }
    }
}

impl<T> Unanswered<T> {
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Bytes of files that the requests move.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether one of the requests may take the server long.
    pub(super) fn any_slow(&self) -> bool {
        self.slow > 0
    }

    /// Removes the request of this id and returns what it was for; `None`: there is no such request.
    pub(super) fn answered(&mut self, id: u32) -> Option<T> {
        let request = self.requests.remove(&id)?;
        self.bytes -= request.bytes;
        self.slow -= usize::from(request.slow);
        Some(request.tag)
    }

    fn add(&mut self, id: u32, request: UnansweredRequest<T>) {
        self.bytes += request.bytes;
        self.slow += usize::from(request.slow);
        self.requests.insert(id, request);
    }
}

/// Sends the requests of an operation on a connection.
pub(super) struct RequestSender<'c, T> {
    pub(super) outgoing: &'c mut Buffer,
    pub(super) last_id: &'c mut u32,
    pub(super) unanswered: &'c mut Unanswered<T>,
    pub(super) features: ServerFeatures,
    /// Bytes of files that should be in flight.
    pub(super) window: u64,
}

impl<T> RequestSender<'_, T> {
    pub(super) fn send(&mut self, tag: T, request: Request<'_>) {
        let (bytes, slow) = match request {
            Request::Read { piece, .. } => (u64::from(piece.count), false),
            Request::Sync(_) => (0, true),
            _ => (0, false),
        };
        let id = self.next_id();
        request.put(id, self.outgoing);
        self.unanswered
            .add(id, UnansweredRequest { tag, bytes, slow });
    }

    /// Sends a WRITE whose bytes `fill` reads. If that fails, nothing is sent.
    pub(super) fn send_write(
        &mut self,
        tag: T,
        handle: &[u8],
        piece: Piece,
        fill: impl FnOnce(&mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let id = self.next_id();
        put_write(self.outgoing, id, handle, piece, fill)?;
        let (bytes, slow) = (u64::from(piece.count), false);
        self.unanswered
            .add(id, UnansweredRequest { tag, bytes, slow });
        Ok(())
    }

    fn next_id(&mut self) -> u32 {
        *self.last_id = self.last_id.wrapping_add(1);
        *self.last_id
    }
}

/// Values by number; a number is used again once it is free.
pub(super) struct Slots<T> {
    slots: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slots<T> {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Adds a value and returns its number.
    pub(super) fn add(&mut self, value: T) -> usize {
        if let Some(slot) = self.free.pop() {
            self.slots[slot] = Some(value);
            return slot;
        }
        self.slots.push(Some(value));
        self.slots.len() - 1
    }

    pub(super) fn get(&mut self, slot: usize) -> Option<&mut T> {
        self.slots.get_mut(slot)?.as_mut()
    }

    pub(super) fn remove(&mut self, slot: usize) {
        if self.slots.get_mut(slot).and_then(Option::take).is_some() {
            self.free.push(slot);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_place_is_used_again() {
        let mut slots = Slots::default();
        let (a, b) = (slots.add('a'), slots.add('b'));
        slots.remove(a);
        slots.remove(a);
        assert_eq!((slots.len(), slots.get(a)), (1, None));
        assert_eq!(slots.add('c'), a);
        assert_eq!(slots.get(b), Some(&mut 'b'));
        assert_eq!(slots.iter().collect::<String>(), "cb");
    }
}
