//! Files of a batch, cut into chunks that wait for a connection, and their results.

use crate::transport::fault::Fault;
use crate::transport::place::Opener;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Files from this size on are cut if several connections share a batch.
pub(super) const CUT_FROM: u64 = 16 << 20;
const CHUNK: u64 = 8 << 20;

/// A file of a batch.
pub(super) struct FileTransfer<'a> {
    pub(super) path: Vec<u8>,
    pub(super) size: u64,
    pub(super) opener: Opener<'a>,
}

/// A file or a part of it.
pub(super) struct Chunk<'a> {
    /// Index of the file in its batch.
    pub(super) item: usize,
    pub(super) path: Vec<u8>,
    /// Offset of the first byte.
    pub(super) from: u64,
    /// Offset after the last byte.
    pub(super) to: u64,
    /// Size of the whole file.
    pub(super) size: u64,
    pub(super) local: Arc<LocalFile<'a>>,
}

impl Chunk<'_> {
    pub(super) fn is_whole_file(&self) -> bool {
        self.to - self.from == self.size
    }
}

/// The index of a file and the result of it or of one of its chunks.
pub(super) type ItemResult = (usize, Result<(), Fault>);

/// Chunks that wait for a connection; each connection takes what it has room for.
pub(super) struct ChunkQueue<'a>(Mutex<VecDeque<Chunk<'a>>>);

impl<'a> ChunkQueue<'a> {
    pub(super) fn pop(&self) -> Option<Chunk<'a>> {
        locked(&self.0).pop_front()
    }

    /// Takes all chunks of a file out.
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
            let FileTransfer { path, size, opener } = file;
            let local = Arc::new(LocalFile::new(opener));
            let length = if cut && size >= CUT_FROM { CHUNK } else { size };
            let (before, mut from) = (waiting.len(), 0u64);
            loop {
                let to = size.min(from.saturating_add(length));
                waiting.push_back(Chunk {
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

    /// The first failure of a chunk.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::fault::FaultKind;

    fn batch(sizes: &[u64], cut: bool) -> Batch<'static> {
        let file = |size: &u64| FileTransfer {
            path: b"/a".to_vec(),
            size: *size,
            opener: Box::new(|| Err(std::io::Error::other("none"))),
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
