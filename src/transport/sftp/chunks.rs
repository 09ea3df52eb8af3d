//! Files of a batch, cut into chunks that wait for a connection, their results, and what fetching and sending have in
//! common: files are opened while the bytes of earlier ones move.

use super::in_flight::RequestSender;
use super::reply::{Reply, unexpected_reply};
use super::request::{Piece, Request};
use crate::transport::fault::Fault;
use crate::transport::place::{FileTransfer, Opener};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Files from this size on are cut if several connections share a batch.
pub(super) const CUT_FROM: u64 = 16 << 20;
const CHUNK: u64 = 8 << 20;

pub(super) struct FileChunk<'a> {
    pub(super) item: usize,
    pub(super) path: Vec<u8>,
    pub(super) from: u64,
    /// Offset after the last byte.
    pub(super) to: u64,
    pub(super) size: u64,
    pub(super) local: Arc<LocalFile<'a>>,
}

impl FileChunk<'_> {
    pub(super) fn is_whole_file(&self) -> bool {
        self.to - self.from == self.size
    }
}

/// The index of a file and the result of it or of one of its chunks.
pub(super) type ItemResult = (usize, Result<(), Fault>);

/// Chunks that wait for a connection; each connection takes what it has room for.
pub(super) struct ChunkQueue<'a>(Mutex<VecDeque<FileChunk<'a>>>);

impl<'a> ChunkQueue<'a> {
    pub(super) fn pop(&self) -> Option<FileChunk<'a>> {
        locked(&self.0).pop_front()
    }

    pub(super) fn remove_item(&self, item: usize) {
        locked(&self.0).retain(|chunk| chunk.item != item);
    }
}

/// The files of a call as chunks.
pub(super) struct Batch<'a> {
    pub(super) queue: ChunkQueue<'a>,
    /// How many chunks each file has.
    chunks: Vec<usize>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(files: Vec<FileTransfer<'a>>, cut: bool) -> Batch<'a> {
        let (mut waiting, mut chunks) = (VecDeque::new(), Vec::new());
        for (item, file) in files.into_iter().enumerate() {
            let FileTransfer { path, size, local } = file;
            let local = Arc::new(LocalFile::new(local));
            let length = if cut && size >= CUT_FROM { CHUNK } else { size };
            let (before, mut from) = (waiting.len(), 0u64);
            loop {
                let to = size.min(from.saturating_add(length));
                waiting.push_back(FileChunk {
                    item,
                    path: path.clone(),
                    from,
                    to,
                    size,
                    local: Arc::clone(&local),
                });
                from = to;
                if from >= size {
                    break;
                }
            }
            chunks.push(waiting.len() - before);
        }
        Batch {
            queue: ChunkQueue(Mutex::new(waiting)),
            chunks,
        }
    }

    /// One result per file: the first fault of its chunks. A chunk without a result was `lost` with its connection.
    pub(super) fn results(
        self,
        done: Vec<ItemResult>,
        lost: Option<&Fault>,
    ) -> Vec<Result<(), Fault>> {
        let mut left = self.chunks;
        let mut results: Vec<Result<(), Fault>> = left.iter().map(|_| Ok(())).collect();
        for (item, result) in done {
            left[item] -= 1;
            if results[item].is_ok() {
                results[item] = result;
            }
        }
        for (result, left) in results.iter_mut().zip(left) {
            if left > 0 && result.is_ok() {
                *result = Err(unknown(lost));
            }
        }
        results
    }
}

/// The results of items, as far as they are known.
pub(super) type KnownResults<T> = Vec<Option<Result<T, Fault>>>;

/// One result per item; an item without one was `lost` with its connection.
pub(super) fn results<T>(known: KnownResults<T>, lost: Option<&Fault>) -> Vec<Result<T, Fault>> {
    let result = |r: Option<_>| r.unwrap_or_else(|| Err(unknown(lost)));
    known.into_iter().map(result).collect()
}

/// The fault of an item without a result. It may have been done all the same, and whatever ended the connection says
/// nothing about this item in particular.
fn unknown(lost: Option<&Fault>) -> Fault {
    match lost {
        Some(fault) if fault.stops_endpoint() => fault.copy(),
        Some(fault) => Fault::transient(fault.what.clone()),
        None => Fault::transient("the connection ended before that"),
    }
}

/// The local file of a batch's item, shared by the connections that move its chunks. It is opened once, when it is first
/// needed.
pub(super) struct LocalFile<'a> {
    opener: Mutex<Option<Opener<'a>>>,
    file: OnceLock<Result<File, Fault>>,
    /// The first failure of a chunk: the other chunks need not be moved.
    failure: OnceLock<Fault>,
}

impl<'a> LocalFile<'a> {
    fn new(opener: Opener<'a>) -> LocalFile<'a> {
        LocalFile {
            opener: Mutex::new(Some(opener)),
            file: OnceLock::new(),
            failure: OnceLock::new(),
        }
    }

    /// The open file, which must have this size if one is given.
    pub(super) fn file(&self, size: Option<u64>) -> Result<&File, Fault> {
        let file = self.file.get_or_init(|| {
            let opener = locked(&self.opener).take();
            open(opener.expect("a file is opened once"), size)
        });
        file.as_ref().map_err(Fault::copy)
    }

    /// Records that a chunk failed; only the first failure counts.
    pub(super) fn fail(&self, fault: &Fault) {
        self.failure.get_or_init(|| fault.copy());
    }

    pub(super) fn failure(&self) -> Option<Fault> {
        self.failure.get().map(Fault::copy)
    }
}

fn open(opener: Opener<'_>, size: Option<u64>) -> Result<File, Fault> {
    let failed = |e| Fault::local("a file of ours can not be opened", e);
    let file = opener().map_err(failed)?;
    if let Some(size) = size
        && file.metadata().map_err(failed)?.len() != size
    {
        return Err(local_size_changed());
    }
    Ok(file)
}

pub(super) fn local_size_changed() -> Fault {
    Fault::changed("our file has another size than when it was queued")
}

/// What is behind the lock stays consistent when its holder panics.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A chunk whose file is open at the server, or being opened. `S` is what fetching or sending knows besides.
pub(super) struct OpenFile<'a, S> {
    pub(super) chunk: FileChunk<'a>,
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
    /// By number, in the order in which they were opened.
    pub(super) open: BTreeMap<usize, OpenFile<'a, S>>,
    last_slot: usize,
    /// Files with something to request, in the order in which they were opened.
    pub(super) ready: VecDeque<usize>,
    /// The results of the chunks whose end this connection has seen.
    pub(super) done: Vec<ItemResult>,
}

impl<'q, 'a, S> OpenFiles<'q, 'a, S> {
    pub(super) fn new(queue: &'q ChunkQueue<'a>) -> OpenFiles<'q, 'a, S> {
        OpenFiles {
            queue,
            open: BTreeMap::new(),
            last_slot: 0,
            ready: VecDeque::new(),
            done: Vec::new(),
        }
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> &mut OpenFile<'a, S> {
        let file = self.open.get_mut(&slot);
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
        request: for<'r> fn(&'r FileChunk<'a>) -> Request<'r>,
        state: fn(&FileChunk<'a>) -> S,
    ) -> bool {
        let ahead = || self.open.values().map(OpenFile::remaining).sum::<u64>();
        if self.open.len() >= requests.features.handles || ahead() >= requests.window {
            return false;
        }
        let Some(chunk) = self.queue.pop() else {
            return false;
        };
        self.last_slot += 1;
        requests.send((self.last_slot, tag), request(&chunk));
        let file = OpenFile {
            handle: Vec::new(),
            next: chunk.from,
            fault: None,
            state: state(&chunk),
            chunk,
        };
        self.open.insert(self.last_slot, file);
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
                self.open.remove(&slot);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::fault::FaultKind;

    fn batch(sizes: &[u64], cut: bool) -> Batch<'static> {
        let file = |size: &u64| FileTransfer {
            path: b"/a".to_vec(),
            size: *size,
            local: Box::new(|| Err(std::io::Error::other("none"))),
        };
        Batch::new(sizes.iter().map(file).collect(), cut)
    }

    #[test]
    fn parts_cover_each_file_once_and_an_empty_file_has_one() {
        let sizes = [0, 1, CUT_FROM - 1, CUT_FROM, CUT_FROM + CHUNK + 1];
        let batch = batch(&sizes, true);
        let mut ends = [0; 5];
        while let Some(chunk) = batch.queue.pop() {
            assert_eq!(chunk.from, ends[chunk.item]);
            assert_eq!(chunk.is_whole_file(), chunk.item < 3);
            ends[chunk.item] = chunk.to;
        }
        assert_eq!(ends, sizes);
        assert_eq!(batch.chunks, [1, 1, 1, 2, 4]);
    }

    #[test]
    fn an_item_is_done_when_all_its_parts_are() {
        let lost = Fault::transient("lost");
        let denied = Fault::new(FaultKind::Denied, "no");
        let done = vec![(0, Ok(())), (1, Ok(())), (1, Ok(())), (2, Err(denied))];
        let results = batch(&[1, CUT_FROM, CUT_FROM, 5], true).results(done, Some(&lost));
        let kinds: Vec<_> = results
            .iter()
            .map(|r| r.as_ref().err().map(|f| f.kind))
            .collect();
        let transient = Some(FaultKind::Transient);
        assert_eq!(kinds, [None, None, Some(FaultKind::Denied), transient]);
    }
}
