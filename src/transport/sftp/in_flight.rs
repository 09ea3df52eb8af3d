//! Operations on a connection: which request comes next, what a reply means, and which requests have no reply yet.

use super::limits;
use super::reply::Reply;
use super::request::{Buffer, Piece, Request, put_write};
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
    pub(super) read: u32,
    pub(super) write: u32,
    /// The most requests in flight.
    pub(super) requests: usize,
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
    pub(super) requests: HashMap<u32, UnansweredRequest<T>>,
    /// Bytes of files that the requests move.
    pub(super) bytes: u64,
    /// How many of the requests may take the server long.
    pub(super) slow: usize,
}

pub(super) struct UnansweredRequest<T> {
    tag: T,
    bytes: u64,
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
