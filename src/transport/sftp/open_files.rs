//! What fetching and sending have in common: files of a queue are opened while the bytes of earlier ones move.

use super::chunks::{Chunk, ChunkQueue, ItemResult};
use super::in_flight::{RequestSender, Slots};
use super::reply::{Reply, unexpected_reply};
use super::request::{Piece, Request};
use crate::transport::fault::Fault;
use std::collections::VecDeque;

/// A chunk whose file is open at the server, or being opened. `S` is what fetching or sending knows besides.
pub(super) struct OpenFile<'a, S> {
    pub(super) chunk: Chunk<'a>,
    pub(super) handle: Vec<u8>,
    /// The first byte that has not been requested or sent.
    pub(super) next: u64,
    pub(super) fault: Option<Fault>,
    pub(super) state: S,
}

impl<S> OpenFile<'_, S> {
    /// Bytes that are still to be requested or sent; none of a chunk that has failed.
    pub(super) fn remaining(&self) -> u64 {
        match self.fault {
            None => self.chunk.to - self.next,
            Some(_) => 0,
        }
    }

    /// The next bytes to request or send, which count as requested or sent from here on.
    pub(super) fn next_piece(&mut self, longest: u32) -> Piece {
        let from = self.next;
        let count = u32::try_from(self.remaining()).map_or(longest, |left| left.min(longest));
        self.next += u64::from(count);
        Piece { from, count }
    }

    pub(super) fn fail(&mut self, fault: Fault) {
        self.chunk.local.fail(&fault);
        self.fault.get_or_insert(fault);
    }
}

/// The files that are open on one connection.
pub(super) struct OpenFiles<'q, 'a, S> {
    queue: &'q ChunkQueue<'a>,
    slots: Slots<OpenFile<'a, S>>,
    /// Files with something to request, in the order in which they were opened.
    pub(super) ready: VecDeque<usize>,
    done: Vec<ItemResult>,
}

impl<'q, 'a, S> OpenFiles<'q, 'a, S> {
    pub(super) fn new(queue: &'q ChunkQueue<'a>) -> OpenFiles<'q, 'a, S> {
        OpenFiles {
            queue,
            slots: Slots::default(),
            ready: VecDeque::new(),
            done: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> &mut OpenFile<'a, S> {
        let file = self.slots.get(slot);
        file.expect("a file keeps its slot until its last reply")
    }

    /// The first file that is ready. Where another chunk of it has failed, this one has too.
    pub(super) fn first_ready(&mut self) -> Option<(usize, &mut OpenFile<'a, S>)> {
        let slot = *self.ready.front()?;
        let file = self.get_mut(slot);
        if file.fault.is_none() {
            file.fault = file.chunk.local.failure();
        }
        Some((slot, file))
    }

    /// Takes the next chunk and has its file opened, if there is room for it: files that are open already don't fill the
    /// window with what is left of them.
    pub(super) fn open_next<T>(
        &mut self,
        requests: &mut RequestSender<'_, (usize, T)>,
        tag: T,
        request: for<'r> fn(&'r Chunk<'a>) -> Request<'r>,
        state: fn(&Chunk<'a>) -> S,
    ) -> bool {
        let ahead = || self.slots.iter().map(OpenFile::remaining).sum::<u64>();
        if self.slots.len() >= requests.features.handles || ahead() >= requests.window {
            return false;
        }
        let Some(chunk) = self.queue.pop() else {
            return false;
        };
        let slot = self.slots.add(OpenFile {
            handle: Vec::new(),
            next: chunk.from,
            fault: None,
            state: state(&chunk),
            chunk,
        });
        requests.send((slot, tag), request(&self.get_mut(slot).chunk));
        true
    }

    /// Takes the reply to the opening of a file; `false`: it was refused, and that is the result.
    pub(super) fn opened(&mut self, slot: usize, reply: Reply<'_>) -> Result<bool, Fault> {
        match reply {
            Reply::Handle(handle) => {
                self.get_mut(slot).handle = handle.to_vec();
                self.ready.push_back(slot);
                Ok(true)
            }
            Reply::Status(code, words) => {
                self.get_mut(slot).fail(code.fault(words));
                self.report(slot);
                self.remove(slot);
                Ok(false)
            }
            _ => Err(unexpected_reply()),
        }
    }

    /// Records the result of a chunk. Nothing more of it is requested or sent.
    pub(super) fn report(&mut self, slot: usize) {
        let file = self.get_mut(slot);
        file.next = file.chunk.to;
        let result = (file.chunk.item, file.fault.take().map_or(Ok(()), Err));
        self.done.push(result);
    }

    /// Forgets a file that is closed.
    pub(super) fn remove(&mut self, slot: usize) {
        self.slots.remove(slot);
    }

    /// The results of the chunks whose end this connection has seen.
    pub(super) fn into_done(self) -> Vec<ItemResult> {
        self.done
    }
}
