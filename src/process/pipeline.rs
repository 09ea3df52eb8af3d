//! Judging on all cores, merging in order.
//!
//! Every worker reads a chunk's text under a lock, finds its records alone, waits briefly for its place in the file
//! (the numbers of its first record and line), judges it alone, and waits for its turn to merge it. So results are the
//! same for any number of workers and any size of chunks, and memory is workers × a chunk and its results.

use super::Progress;
use super::job::Job;
use super::judge::Judge;
use super::judged::JudgedChunk;
use super::kind::RecordKind;
use super::merge::Merge;
use super::run_io::Result;
use super::source::{Chunks, Source};
use crate::format::chunk::Splitter;
use crate::format::fault::ReadError;
use crate::format::fields::FieldSplitter;
use crate::format::split::Shape;
use crate::format::{Chunk, Layout};
use crate::matching::duplicates::Conflicts;
use crate::rules::plan_year::PlanYear;
use std::io::Read;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What every worker needs to judge.
#[derive(Clone, Copy)]
pub(super) struct JudgeContext<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) layout: &'a Layout,
    pub(super) conflicts: &'a Conflicts,
    pub(super) year: Option<PlanYear>,
    pub(super) splitter: &'a FieldSplitter,
}

struct ReadStage<'a, R> {
    chunks: Chunks<'a, R>,
    /// Number of the next chunk.
    place: u64,
    ended: bool,
}

/// Where chunks that were cut independently get their places in the file.
struct JoinStage<'a> {
    splitter: &'a mut Splitter,
    /// The chunk whose turn it is.
    turn: u64,
    /// Number of its first record.
    record: u64,
    /// Whether no more chunks get a place.
    ended: bool,
}

struct MergeStage<'a, 'b, K> {
    merge: &'a mut Merge<'b, K>,
    /// The chunk whose turn it is.
    turn: u64,
    /// The first error in file order.
    error: Option<(u64, ReadError)>,
}

/// What the workers share.
struct Pipeline<'a, 'b, K, R> {
    shape: Shape,
    reading: Mutex<ReadStage<'a, R>>,
    joining: Mutex<JoinStage<'a>>,
    joined: Condvar,
    merging: Mutex<MergeStage<'a, 'b, K>>,
    merged: Condvar,
}

/// Judges and merges the rest of a source; `first` is the number of its next record.
pub(super) fn run<K: RecordKind, R: Read + Send>(
    context: JudgeContext<'_>,
    source: &mut Source<R>,
    first: u64,
    merge: &mut Merge<'_, K>,
    progress: Progress<'_>,
) -> Result<()> {
    let shape = source.shape;
    let (chunks, splitter) = source.parts();
    // A file of one chunk is judged on this thread.
    let workers = match chunks.are_one() {
        true => 1,
        false => context.job.workers,
    };
    let pipeline = Pipeline {
        shape,
        reading: Mutex::new(ReadStage {
            chunks,
            place: 0,
            ended: false,
        }),
        joining: Mutex::new(JoinStage {
            splitter,
            turn: 0,
            record: first,
            ended: false,
        }),
        joined: Condvar::new(),
        merging: Mutex::new(MergeStage {
            merge,
            turn: 0,
            error: None,
        }),
        merged: Condvar::new(),
    };
    if workers > 1 {
        thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(|| pipeline.work(context, progress));
            }
            pipeline.work(context, progress);
        });
    } else {
        pipeline.work(context, progress);
    }
    let merging = pipeline.merging.into_inner();
    let merging = merging.unwrap_or_else(PoisonError::into_inner);
    merging.error.map_or(Ok(()), |(_, error)| Err(error))
}

impl<'a, 'b, K: RecordKind, R: Read> Pipeline<'a, 'b, K, R> {
    fn work(&self, context: JudgeContext<'_>, progress: Progress<'_>) {
        let mut splitter = context.splitter.clone();
        let mut judge = Judge::<K>::new(context);
        let (mut chunk, mut judged) = (Chunk::default(), JudgedChunk::default());
        let _alarm = Alarm(self);
        while let Some((place, read)) = self.read(&mut chunk) {
            if read.is_ok() {
                chunk.cut(self.shape);
            }
            let Some((first, fault)) = self.join(place, read, &mut chunk) else {
                return;
            };
            judge.chunk(&chunk, &mut splitter, first, &mut judged);
            let Some(mut mine) = self.turn(place) else {
                return;
            };
            let merged = mine.merge.chunk(&chunk, &mut judged, &mut splitter);
            mine.turn += 1;
            // Whatever the number of workers, a fault comes after the records before it.
            let failed = merged.err().or(fault);
            let ended = failed.is_some();
            if let Some(error) = failed {
                mine.error = Some((place, error));
            }
            drop(mine);
            self.merged.notify_all();
            if ended {
                lock(&self.reading).ended = true;
                return;
            }
            progress(chunk.text.len() as u64);
        }
    }

    /// Reads the next chunk's text; `None` at the end of the file.
    fn read(&self, chunk: &mut Chunk) -> Option<(u64, Result<()>)> {
        let mut reading = lock(&self.reading);
        if reading.ended {
            return None;
        }
        let read = reading.chunks.fill(chunk);
        reading.ended = !matches!(read, Ok(true));
        let place = reading.place;
        reading.place += 1;
        match read {
            Ok(true) => Some((place, Ok(()))),
            Ok(false) => None,
            Err(error) => Some((place, Err(error))),
        }
    }

    /// Waits until all chunks before are joined, and joins this one, which has no records if it could not be read.
    /// Returns the number of its first record, and the fault behind its records; `None` if there was one before.
    fn join(
        &self,
        place: u64,
        read: Result<()>,
        chunk: &mut Chunk,
    ) -> Option<(u64, Option<ReadError>)> {
        let mut joining = lock(&self.joining);
        while joining.turn != place && !joining.ended {
            joining = wait(&self.joined, joining);
        }
        if joining.ended {
            return None;
        }
        let fault = match read {
            Ok(()) => joining.splitter.join(chunk).map(ReadError::from),
            Err(error) => {
                *chunk = Chunk::default();
                Some(error)
            }
        };
        let first = joining.record;
        joining.record += chunk.spans.len() as u64;
        joining.turn += 1;
        joining.ended = fault.is_some();
        drop(joining);
        self.joined.notify_all();
        Some((first, fault))
    }

    /// Waits until all chunks before are merged; `None` if one of them failed.
    fn turn(&self, place: u64) -> Option<MutexGuard<'_, MergeStage<'a, 'b, K>>> {
        let mut merging = lock(&self.merging);
        while merging.turn != place && merging.error.is_none() {
            merging = wait(&self.merged, merging);
        }
        merging.error.is_none().then_some(merging)
    }
}

/// Wakes the other workers when one panics, so that the panic ends the run instead of leaving it waiting for a turn.
struct Alarm<'w, 'a, 'b, K, R>(&'w Pipeline<'a, 'b, K, R>);

impl<K, R> Drop for Alarm<'_, '_, '_, K, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(&self.0.joining).ended = true;
            self.0.joined.notify_all();
            let error = std::io::Error::other("a worker stopped on a bug");
            let mut merging = lock(&self.0.merging);
            merging.error.get_or_insert((0, error.into()));
            drop(merging);
            self.0.merged.notify_all();
        }
    }
}

/// A worker that panicked has poisoned nothing that is still used: the panic ends the scope.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<'g, T>(turn: &Condvar, guard: MutexGuard<'g, T>) -> MutexGuard<'g, T> {
    turn.wait(guard).unwrap_or_else(PoisonError::into_inner)
}
