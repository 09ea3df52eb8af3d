//! Fetches files from a queue on one connection.

use super::chunks::{ChunkQueue, FileChunk, OpenFile, OpenFiles};
use super::in_flight::{Operation, RequestSender};
use super::limits::LOCAL_FILES;
use super::reply::{Reply, StatusCode, protocol_broken, unexpected_reply};
use super::request::{Piece, Request};
use crate::transport::fault::Fault;
use std::os::unix::fs::FileExt;

#[derive(Clone, Copy, Debug)]
pub(super) enum FetchStep {
    Open,
    Read(Piece),
    Close,
}

pub(super) struct FetchState {
    /// Pieces that came short and have to be requested again.
    again: Vec<Piece>,
    /// READs without a reply.
    reads: usize,
    /// Whether it counts among the files being read.
    reading: bool,
    close: CloseRequest,
    reported: bool,
}

#[derive(PartialEq, Eq)]
enum CloseRequest {
    NotSent,
    Sent,
    Answered,
}

impl FetchState {
    fn new(chunk: &FileChunk<'_>) -> FetchState {
        // Of an empty file only its end is requested.
        let end = (chunk.size == 0).then_some(Piece { from: 0, count: 0 });
        FetchState {
            again: end.into_iter().collect(),
            reads: 0,
            reading: false,
            close: CloseRequest::NotSent,
            reported: false,
        }
    }
}

type FetchedFile<'a> = OpenFile<'a, FetchState>;

pub(super) struct Fetching<'q, 'a> {
    pub(super) files: OpenFiles<'q, 'a, FetchState>,
    /// Files that hold a local file open until the last of their pieces has come.
    reading: usize,
}

impl<'q, 'a> Fetching<'q, 'a> {
    pub(super) fn new(queue: &'q ChunkQueue<'a>) -> Fetching<'q, 'a> {
        Fetching {
            files: OpenFiles::new(queue),
            reading: 0,
        }
    }

    /// Requests more of the first file that is ready; `false`: there is none.
    fn read_ready(&mut self, requests: &mut RequestSender<'_, (usize, FetchStep)>) -> bool {
        let Some((slot, file)) = self.files.first_ready() else {
            return false;
        };
        let features = requests.features;
        if all_requested(file) {
            // Where a READ may come short, the handle is needed again.
            if file.state.reads == 0 || features.exact_reads {
                file.state.close = CloseRequest::Sent;
                requests.send((slot, FetchStep::Close), Request::Close(&file.handle));
            }
            self.files.ready.pop_front();
            return true;
        }
        // What comes in one piece is written and done at once.
        let whole =
            features.exact_reads && file.chunk.to - file.chunk.from <= u64::from(features.read);
        if !whole && !file.state.reading {
            if self.reading >= LOCAL_FILES {
                return false;
            }
            file.state.reading = true;
            self.reading += 1;
        }
        let again = file.state.again.pop();
        let piece = again.unwrap_or_else(|| file.next_piece(features.read));
        file.state.reads += 1;
        // With the last bytes one more is requested, which shows a file that is longer than it was listed. Where a READ has
        // no room for it, that goes unnoticed.
        let one_more = piece.end() == file.chunk.size && piece.count < features.read;
        let count = piece.count + u32::from(one_more);
        let request = Request::Read {
            handle: &file.handle,
            piece: Piece { count, ..piece },
        };
        requests.send((slot, FetchStep::Read(piece)), request);
        true
    }

    fn on_read(&mut self, slot: usize, piece: Piece, reply: Reply<'_>) -> Result<(), Fault> {
        let file = self.files.get_mut(slot);
        file.state.reads -= 1;
        match reply {
            Reply::Data(bytes) => received(file, piece, bytes)?,
            Reply::Status(StatusCode::End, _) if piece.count == 0 => {}
            Reply::Status(StatusCode::End, _) => file.fail(shorter()),
            Reply::Status(code, words) => file.fail(code.fault(words)),
            _ => return Err(unexpected_reply()),
        }
        let wanting = !all_requested(file) || file.state.reads == 0;
        let wanting = wanting && file.state.close == CloseRequest::NotSent;
        if wanting && !self.files.ready.contains(&slot) {
            self.files.ready.push_front(slot);
        }
        self.settle(slot);
        Ok(())
    }

    /// Reports a file once its result is known, and forgets it once it is closed, too.
    fn settle(&mut self, slot: usize) {
        let file = self.files.get_mut(slot);
        if !file.state.reported && file.state.reads == 0 && all_requested(file) {
            file.state.reported = true;
            file.state.again.clear();
            self.reading -= usize::from(file.state.reading);
            self.files.report(slot);
        }
        let state = &self.files.get_mut(slot).state;
        if state.reported && state.close == CloseRequest::Answered {
            self.files.open.remove(&slot);
        }
    }
}

impl Operation for Fetching<'_, '_> {
    type Tag = (usize, FetchStep);

    fn send_next(&mut self, requests: &mut RequestSender<'_, Self::Tag>) -> bool {
        self.read_ready(requests)
            || self
                .files
                .open_next(requests, FetchStep::Open, open, FetchState::new)
    }

    fn on_reply(&mut self, (slot, step): Self::Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match step {
            FetchStep::Open => {
                if self.files.opened(slot, reply)? {
                    let file = self.files.get_mut(slot);
                    // No byte of an empty file will come and open it.
                    if file.chunk.size == 0
                        && let Err(fault) = file.chunk.local.file(None)
                    {
                        file.fail(fault);
                    }
                    self.settle(slot);
                }
                Ok(())
            }
            FetchStep::Read(piece) => self.on_read(slot, piece, reply),
            FetchStep::Close => {
                // How closing went says nothing about bytes that have come.
                self.files.get_mut(slot).state.close = CloseRequest::Answered;
                self.settle(slot);
                match reply {
                    Reply::Status(..) => Ok(()),
                    _ => Err(unexpected_reply()),
                }
            }
        }
    }
}

fn open<'r>(chunk: &'r FileChunk<'_>) -> Request<'r> {
    Request::Open(&chunk.path)
}

fn all_requested(file: &FetchedFile<'_>) -> bool {
    file.remaining() == 0 && (file.state.again.is_empty() || file.fault.is_some())
}

/// Takes bytes that were read. A fault ends the connection.
fn received(file: &mut FetchedFile<'_>, piece: Piece, bytes: &[u8]) -> Result<(), Fault> {
    let length = u32::try_from(bytes.len()).expect("packets are bounded");
    if length == piece.count + 1 && piece.end() == file.chunk.size {
        let longer = "the file is longer than it was listed";
        file.fail(Fault::changed(longer));
        return Ok(());
    }
    let Some(missing) = piece.count.checked_sub(length) else {
        return Err(protocol_broken("it sends more than was asked for"));
    };
    if bytes.is_empty() {
        return Err(protocol_broken("it sends no bytes and no end"));
    }
    if file.fault.is_none()
        && let Err(fault) = write(file, piece.from, bytes)
    {
        file.fail(fault);
    }
    if missing > 0 && file.state.close != CloseRequest::NotSent {
        file.fail(shorter());
    } else if missing > 0 {
        file.state.again.push(Piece {
            from: piece.from + u64::from(length),
            count: missing,
        });
    }
    Ok(())
}

fn write(file: &FetchedFile<'_>, from: u64, bytes: &[u8]) -> Result<(), Fault> {
    let written = file.chunk.local.file(None)?.write_all_at(bytes, from);
    written.map_err(|e| Fault::local("a fetched file can not be written", e))
}

fn shorter() -> Fault {
    Fault::changed("the file has become shorter since it was listed")
}
