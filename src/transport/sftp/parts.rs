//! Files and pieces of files that wait for a connection, and what came of them.

use super::local::Local;
use super::status::copy;
use crate::transport::{Fault, FaultKind, Opener};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Files from this size on are cut where there are several connections for their parts.
pub(super) const CUT_FROM: u64 = 16 << 20;
/// Bytes of a part.
const PART: u64 = 8 << 20;

/// A file, or a part of one.
pub(super) struct Part<'a> {
    /// Which item of the batch.
    pub(super) item: usize,
    /// Its path at the place.
    pub(super) path: Vec<u8>,
    /// Its first byte.
    pub(super) from: u64,
    /// The byte after its last.
    pub(super) to: u64,
    /// The size of the whole file.
    pub(super) size: u64,
    /// The local file.
    pub(super) local: Arc<Local<'a>>,
}

impl Part<'_> {
    /// Whether it is the whole file.
    pub(super) fn whole(&self) -> bool {
        self.to - self.from == self.size
    }
}

/// What came of a part of an item.
pub(super) type Done = (usize, Result<(), Fault>);

/// Parts that wait for a connection; connections take what they have room for.
pub(super) struct Queue<'a>(Mutex<VecDeque<Part<'a>>>);

impl<'a> Queue<'a> {
    /// The next part.
    pub(super) fn pop(&self) -> Option<Part<'a>> {
        self.lock().pop_front()
    }

    /// Takes an item's parts out.
    pub(super) fn without(&self, item: usize) {
        self.lock().retain(|part| part.item != item);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Part<'a>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A batch's files as parts.
pub(super) struct Batch<'a> {
    /// What waits.
    pub(super) queue: Queue<'a>,
    /// How many parts each item has.
    parts: Vec<usize>,
}

impl<'a> Batch<'a> {
    /// Files by path, size and local file; cut if `cut`.
    pub(super) fn new(
        files: impl Iterator<Item = (Vec<u8>, u64, Opener<'a>)>,
        cut: bool,
    ) -> Batch<'a> {
        let (mut waiting, mut parts) = (VecDeque::new(), Vec::new());
        for (item, (path, size, opener)) in files.enumerate() {
            let local = Local::new(opener);
            let length = if cut && size >= CUT_FROM { PART } else { size };
            let mut from = 0u64;
            let before = waiting.len();
            loop {
                let to = size.min(from.saturating_add(length));
                waiting.push_back(Part {
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
            parts.push(waiting.len() - before);
        }
        Batch {
            queue: Queue(Mutex::new(waiting)),
            parts,
        }
    }

    /// One result per item: the first fault of its parts; an item with a part that nothing is known of is `lost`.
    pub(super) fn results(self, done: Vec<Done>, lost: Option<&Fault>) -> Vec<Result<(), Fault>> {
        let mut left = self.parts;
        let mut results: Vec<Result<(), Fault>> = left.iter().map(|_| Ok(())).collect();
        for (item, result) in done {
            left[item] = left[item].saturating_sub(1);
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

/// One result per item, where some are not known because the connection was lost.
pub(super) fn settled<T>(
    results: Vec<Option<Result<T, Fault>>>,
    lost: Option<&Fault>,
) -> Vec<Result<T, Fault>> {
    let known = |r: Option<_>| r.unwrap_or_else(|| Err(unknown(lost)));
    results.into_iter().map(known).collect()
}

/// Nothing is known of an item, whatever ended the connection: it may be done, and is no worse than others.
fn unknown(lost: Option<&Fault>) -> Fault {
    match lost {
        Some(fault) if fault.stops_endpoint() => copy(fault),
        Some(fault) => Fault::new(FaultKind::Transient, fault.what.clone()),
        None => Fault::new(FaultKind::Transient, "the connection ended before that"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(sizes: &[u64], cut: bool) -> Batch<'static> {
        let opener = || -> Opener<'static> { Box::new(|| Err(std::io::Error::other("none"))) };
        let file = |size: &u64| (b"/a".to_vec(), *size, opener());
        Batch::new(sizes.iter().map(file), cut)
    }

    #[test]
    fn parts_cover_each_file_once_and_an_empty_file_has_one() {
        let sizes = [0, 1, CUT_FROM - 1, CUT_FROM, CUT_FROM + PART + 1];
        let batch = batch(&sizes, true);
        let mut ends = [0; 5];
        while let Some(part) = batch.queue.pop() {
            assert_eq!(part.from, ends[part.item]);
            assert_eq!(part.whole(), part.item < 3);
            ends[part.item] = part.to;
        }
        assert_eq!(ends, sizes);
        assert_eq!(batch.parts, [1, 1, 1, 2, 4]);
    }

    #[test]
    fn an_item_is_done_when_all_its_parts_are() {
        let lost = Fault::new(FaultKind::Transient, "lost");
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
