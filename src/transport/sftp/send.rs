//! Sends files from a queue on one connection.

use super::chunks::{ChunkQueue, FileChunk, OpenFile, OpenFiles, local_size_changed};
use super::in_flight::{Operation, RequestSender};
use super::reply::{Reply, StatusCode, unexpected_reply};
use super::request::Request;
use crate::transport::fault::Fault;
use std::io;
use std::os::unix::fs::FileExt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendStep {
    Open,
    Write,
    Sync,
    /// Compares the size of the file at the server.
    Check,
    Close,
}

pub(super) struct UploadState {
    /// What follows the last byte.
    then: SendStep,
    unanswered: usize,
    closing: bool,
    /// Whether its turn has come to be made durable.
    released: bool,
}

type SentFile<'a> = OpenFile<'a, UploadState>;

type UploadRequests<'c> = RequestSender<'c, (usize, SendStep)>;

pub(super) struct Sending<'q, 'a> {
    pub(super) files: OpenFiles<'q, 'a, UploadState>,
    /// Files that are written and wait to be made durable together: a server's disk is quicker for many in a row than
    /// for one after each file.
    held: Vec<usize>,
}

impl<'q, 'a> Sending<'q, 'a> {
    /// Chunks of files that were cut need files that exist.
    pub(super) fn new(queue: &'q ChunkQueue<'a>) -> Sending<'q, 'a> {
        Sending {
            files: OpenFiles::new(queue),
            held: Vec::new(),
        }
    }

    /// Sends more of the first file that is ready, or what follows its bytes; `false`: there is none.
    fn send_ready(&mut self, requests: &mut UploadRequests<'_>) -> bool {
        let Some((slot, file)) = self.files.first_ready() else {
            return false;
        };
        if file.remaining() > 0 {
            if let Err(fault) = write(slot, file, requests) {
                file.fail(fault);
            }
            return true;
        }
        // No byte of an empty file was read and opened it.
        if file.chunk.size == 0
            && file.fault.is_none()
            && let Err(fault) = file.chunk.local.file(Some(0))
        {
            file.fail(fault);
        }
        let syncs = requests.features.sync;
        // Not every server keeps requests about a file in their order; one that syncs does.
        if file.state.unanswered > 0 && !syncs && file.state.then != SendStep::Close {
            self.files.ready.pop_front();
            return true;
        }
        if syncs && !file.state.released && file.fault.is_none() {
            self.files.ready.pop_front();
            self.held.push(slot);
            return true;
        }
        let step = match (file.fault.is_some(), file.state.then) {
            (false, SendStep::Sync) if syncs => SendStep::Sync,
            (false, SendStep::Sync | SendStep::Check) if file.chunk.is_whole_file() => {
                SendStep::Check
            }
            _ => SendStep::Close,
        };
        let (request, then) = match step {
            SendStep::Sync => (Request::Sync(&file.handle), SendStep::Check),
            SendStep::Check => (Request::LookAtOpen(&file.handle), SendStep::Close),
            _ => (Request::Close(&file.handle), SendStep::Close),
        };
        requests.send((slot, step), request);
        file.state.then = then;
        file.state.unanswered += 1;
        if step == SendStep::Close {
            file.state.closing = true;
            self.files.ready.pop_front();
        }
        true
    }

    /// Has the files that are written made durable, if they are many or nothing else is under way.
    fn release(&mut self, handles: usize) -> bool {
        let due =
            self.held.len() >= handles.div_ceil(2) || self.held.len() == self.files.open.len();
        if self.held.is_empty() || !due {
            return false;
        }
        for slot in self.held.drain(..) {
            self.files.get_mut(slot).state.released = true;
            self.files.ready.push_back(slot);
        }
        true
    }
}

impl Operation for Sending<'_, '_> {
    type Tag = (usize, SendStep);

    fn send_next(&mut self, requests: &mut UploadRequests<'_>) -> bool {
        let handles = requests.features.handles;
        self.send_ready(requests)
            || self
                .files
                .open_next(requests, SendStep::Open, create, |_| UploadState {
                    then: SendStep::Sync,
                    unanswered: 1,
                    closing: false,
                    released: false,
                })
            || self.release(handles)
    }

    fn on_reply(&mut self, (slot, step): Self::Tag, reply: Reply<'_>) -> Result<(), Fault> {
        let file = self.files.get_mut(slot);
        file.state.unanswered -= 1;
        match (step, reply) {
            (SendStep::Open, reply) => return self.files.opened(slot, reply).map(|_| ()),
            (SendStep::Check, Reply::Attributes(found)) => {
                if found.size.is_some_and(|size| size != file.chunk.size) {
                    file.fail(arrived_with_other_size());
                }
            }
            (
                SendStep::Write | SendStep::Sync | SendStep::Close,
                Reply::Status(StatusCode::Fine, _),
            )
            | (SendStep::Sync, Reply::Status(StatusCode::Unsupported, _)) => {}
            (_, Reply::Status(code, words)) => file.fail(code.fault(words)),
            _ => return Err(unexpected_reply()),
        }
        if file.state.unanswered > 0 {
            return Ok(());
        }
        let all_sent = file.remaining() == 0;
        if file.state.closing {
            self.files.report(slot);
            self.files.open.remove(&slot);
        } else if all_sent && !self.files.ready.contains(&slot) && !self.held.contains(&slot) {
            self.files.ready.push_back(slot);
        }
        Ok(())
    }
}

fn create<'r>(chunk: &'r FileChunk<'_>) -> Request<'r> {
    Request::Create {
        path: &chunk.path,
        truncate: chunk.is_whole_file(),
    }
}

fn write(
    slot: usize,
    file: &mut SentFile<'_>,
    requests: &mut UploadRequests<'_>,
) -> Result<(), Fault> {
    let piece = file.next_piece(requests.features.write);
    let local = file.chunk.local.file(Some(file.chunk.size))?;
    let fill = |room: &mut [u8]| local.read_exact_at(room, piece.from);
    let sent = requests.send_write((slot, SendStep::Write), &file.handle, piece, fill);
    sent.map_err(|e| match e.kind() {
        io::ErrorKind::UnexpectedEof => local_size_changed(),
        _ => Fault::local("a file of ours can not be read", e),
    })?;
    file.state.unanswered += 1;
    Ok(())
}

/// The fault of a file whose size at the server is not the size that was sent.
pub(super) fn arrived_with_other_size() -> Fault {
    Fault::changed("the file did not arrive as long as it was sent")
}
