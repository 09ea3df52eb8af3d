//! Judging on all cores, merging in order.
//!
//! Every worker reads a chunk's text under a lock, finds its records alone, waits briefly for its place in the file
//! (the numbers of its first record and line), judges it alone, and waits for its turn to merge it. So results are the
//! same for any number of workers and any size of chunks, and memory is workers × a chunk and its results.

use super::Progress;
use super::job::FileContext;
use super::judge::Judge;
use super::judged::JudgedChunk;
use super::kind::RecordKind;
use super::merge::Merge;
use super::run_io::Result;
use super::source::SourceReader;
use crate::format::chunk::Splitter;
use crate::format::fault::ReadError;
use crate::format::split::Shape;
use crate::format::{Chunk, ChunkReader};
use std::io::Read;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

struct ReadStage<'a, R> {
    reader: &'a mut ChunkReader<R>,
    /// Number of the next chunk.
    next: u64,
    ended: bool,
}

/// Where chunks that were cut independently get their places in the file.
struct JoinStage<'a> {
    splitter: &'a mut Splitter,
    /// Number of the next chunk's first record.
    record: u64,
}

struct MergeStage<'a, 'b, K> {
    merge: &'a mut Merge<'b, K>,
    error: Option<ReadError>,
}

/// A stage that takes chunk after chunk in the order of the file.
struct InOrder<T> {
    turn: Mutex<Turn<T>>,
    passed: Condvar,
}

struct Turn<T> {
    stage: T,
    /// Number of the chunk whose turn it is.
    next: u64,
    /// Whether no more chunks get a turn.
    ended: bool,
}

/// What the workers share.
struct Pipeline<'a, 'b, K, R> {
    shape: Shape,
    reading: Mutex<ReadStage<'a, R>>,
    joining: InOrder<JoinStage<'a>>,
    merging: InOrder<MergeStage<'a, 'b, K>>,
}

/// Judges and merges all records of a source.
pub(super) fn run<K: RecordKind, R: Read + Send>(
    context: FileContext<'_>,
    source: &mut SourceReader<R>,
    merge: &mut Merge<'_, K>,
    progress: Progress<'_>,
) -> Result<()> {
    // A file of one chunk is judged on this thread.
    let workers = match source.reader.is_at_last() {
        true => 1,
        false => context.job.workers,
    };
    let pipeline = Pipeline {
        shape: source.shape,
        reading: Mutex::new(ReadStage {
            reader: &mut source.reader,
            next: 0,
            ended: false,
        }),
        joining: InOrder::new(JoinStage {
            splitter: &mut source.splitter,
            record: 1,
        }),
        merging: InOrder::new(MergeStage { merge, error: None }),
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
    let merging = pipeline.merging.turn.into_inner();
    let merging = merging.unwrap_or_else(PoisonError::into_inner);
    merging.stage.error.map_or(Ok(()), Err)
}

impl<K: RecordKind, R: Read> Pipeline<'_, '_, K, R> {
    fn work(&self, context: FileContext<'_>, progress: Progress<'_>) {
        let mut splitter = context.splitter.clone();
        let mut judge = Judge::<K>::new(context);
        let (mut chunk, mut judged) = (Chunk::default(), JudgedChunk::default());
        let _alarm = Alarm(self);
        while let Some((number, read)) = self.read(&mut chunk) {
            if read.is_ok() {
                chunk.cut(self.shape);
                chunk.set_aside(context.lines, &mut splitter);
            }
            let joined = self.join(number, read, &mut chunk, |chunk| {
                chunk.set_aside(context.lines, &mut splitter);
            });
            let Some((first, fault)) = joined else {
                return;
            };
            judge.chunk(&chunk, &mut splitter, first, &mut judged);
            let Some(mut turn) = self.merging.wait_for(number) else {
                return;
            };
            let merged = turn.stage.merge.chunk(&chunk, &mut judged, &mut splitter);
            // Whatever the number of workers, a fault comes after the records before it.
            turn.stage.error = merged.err().or(fault);
            let ended = turn.stage.error.is_some();
            self.merging.pass_on(turn, ended);
            if ended {
                lock(&self.reading).ended = true;
                return;
            }
            progress(chunk.text.len() as u64);
        }
    }

    /// Reads the next chunk's text and gives it a number; `None` at the end of the file.
    fn read(&self, chunk: &mut Chunk) -> Option<(u64, Result<()>)> {
        let mut reading = lock(&self.reading);
        if reading.ended {
            return None;
        }
        let read = reading.reader.fill(chunk);
        reading.ended = !matches!(read, Ok(true));
        reading.next += 1;
        match read {
            Ok(false) => None,
            read => Some((reading.next - 1, read.map(|_| ()))),
        }
    }

    /// Waits until all chunks before are joined, and joins this one, which has no records if it could not be read.
    /// `sort` leaves the records alone in it, which may have been cut again. Returns the number of its first record, and the fault behind its records; `None` if there was one before.
    fn join(
        &self,
        number: u64,
        read: Result<()>,
        chunk: &mut Chunk,
        sort: impl FnOnce(&mut Chunk),
    ) -> Option<(u64, Option<ReadError>)> {
        let mut turn = self.joining.wait_for(number)?;
        let fault = match read {
            Ok(()) => {
                let fault = turn.stage.splitter.join(chunk);
                sort(chunk);
                fault.map(ReadError::from)
            }
            Err(error) => {
                *chunk = Chunk::default();
                Some(error)
            }
        };
        let first = turn.stage.record;
        turn.stage.record += chunk.spans.len() as u64;
        self.joining.pass_on(turn, fault.is_some());
        Some((first, fault))
    }
}

impl<T> InOrder<T> {
    fn new(stage: T) -> InOrder<T> {
        let turn = Turn {
            stage,
            next: 0,
            ended: false,
        };
        InOrder {
            turn: Mutex::new(turn),
            passed: Condvar::new(),
        }
    }

    /// Waits for the turn of a chunk; `None` if the stage has ended.
    fn wait_for(&self, number: u64) -> Option<MutexGuard<'_, Turn<T>>> {
        let waits = |turn: &mut Turn<T>| turn.next != number && !turn.ended;
        let turn = self.passed.wait_while(lock(&self.turn), waits);
        let turn = turn.unwrap_or_else(PoisonError::into_inner);
        (!turn.ended).then_some(turn)
    }

    /// Gives the next chunk its turn, unless the stage ends here.
    fn pass_on(&self, mut turn: MutexGuard<'_, Turn<T>>, ended: bool) {
        turn.next += 1;
        turn.ended = ended;
        drop(turn);
        self.passed.notify_all();
    }

    fn end(&self) {
        lock(&self.turn).ended = true;
        self.passed.notify_all();
    }
}

/// Ends the stages when a worker panics, so that the panic ends the run instead of leaving the others waiting for a turn.
struct Alarm<'w, 'a, 'b, K, R>(&'w Pipeline<'a, 'b, K, R>);

impl<K, R> Drop for Alarm<'_, '_, '_, K, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.joining.end();
            self.0.merging.end();
        }
    }
}

/// A worker that panicked has poisoned nothing that is still used: the panic ends the scope.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
