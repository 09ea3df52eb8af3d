//! Judging on all cores, settling in order.
//!
//! Every worker reads a chunk's text under a lock, finds its records alone, waits shortly for its place in the file
//! (the numbers of its first record and line), judges it alone, and waits for its turn to settle it. So results are
//! the same for any number of workers and any size of chunks, and memory is workers × a chunk and what it was judged.

use super::desk::Result;
use super::job::Job;
use super::judge::Judge;
use super::judged::JudgedChunk;
use super::settle::Settle;
use super::source::{Chunks, Source};
use crate::format::chunk::Splitter;
use crate::format::fault::ReadError;
use crate::format::fields::FieldSplitter;
use crate::format::split::Shape;
use crate::format::{Chunk, Layout};
use crate::matching::in_file::Conflicts;
use crate::rules::plan_year::PlanYear;
use std::io::Read;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What every worker needs to judge.
#[derive(Clone, Copy)]
pub(super) struct Bench<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) layout: &'a Layout,
    pub(super) conflicts: &'a Conflicts,
    pub(super) year: Option<PlanYear>,
    pub(super) splitter: &'a FieldSplitter,
    pub(super) progress: &'a (dyn Fn(u64) + Sync),
}

struct Reading<'a, R> {
    chunks: Chunks<'a, R>,
    /// Number of the next chunk.
    place: u64,
    ended: bool,
}

/// Where chunks that have been cut, each for itself, get their places in the file.
struct Joining<'a> {
    splitter: &'a mut Splitter,
    /// The chunk whose turn it is.
    turn: u64,
    /// Number of its first record.
    record: u64,
    /// Whether no chunk gets a place any more.
    ended: bool,
}

struct Settling<'a, 'b> {
    settle: &'a mut Settle<'b>,
    /// The chunk whose turn it is.
    turn: u64,
    /// The first error in file order.
    error: Option<(u64, ReadError)>,
}

/// What the workers share.
struct Floor<'a, 'b, R> {
    shape: Shape,
    reading: Mutex<Reading<'a, R>>,
    joining: Mutex<Joining<'a>>,
    joined: Condvar,
    settling: Mutex<Settling<'a, 'b>>,
    settled: Condvar,
}

/// Judges and settles the rest of a source; `first` is the number of its next record.
pub(super) fn run<R: Read + Send>(
    bench: Bench<'_>,
    source: &mut Source<R>,
    first: u64,
    settle: &mut Settle<'_>,
) -> Result<()> {
    let shape = source.shape;
    let (chunks, splitter) = source.parts();
    // A file of one chunk is judged here and now.
    let workers = match chunks.are_one() {
        true => 1,
        false => bench.job.workers,
    };
    let floor = Floor {
        shape,
        reading: Mutex::new(Reading {
            chunks,
            place: 0,
            ended: false,
        }),
        joining: Mutex::new(Joining {
            splitter,
            turn: 0,
            record: first,
            ended: false,
        }),
        joined: Condvar::new(),
        settling: Mutex::new(Settling {
            settle,
            turn: 0,
            error: None,
        }),
        settled: Condvar::new(),
    };
    if workers > 1 {
        thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(|| floor.work(bench));
            }
            floor.work(bench);
        });
    } else {
        floor.work(bench);
    }
    let settling = floor.settling.into_inner();
    let settling = settling.unwrap_or_else(PoisonError::into_inner);
    settling.error.map_or(Ok(()), |(_, error)| Err(error))
}

impl<'a, 'b, R: Read> Floor<'a, 'b, R> {
    fn work(&self, bench: Bench<'_>) {
        let mut splitter = bench.splitter.clone();
        let mut judge = Judge::new(
            bench.job,
            bench.layout,
            bench.conflicts,
            bench.year,
            &splitter,
        );
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
            let settled = mine.settle.chunk(&chunk, &mut judged, &mut splitter);
            mine.turn += 1;
            // Whatever the number of workers, a fault comes after the records before it.
            let failed = settled.err().or(fault);
            let ended = failed.is_some();
            if let Some(error) = failed {
                mine.error = Some((place, error));
            }
            drop(mine);
            self.settled.notify_all();
            if ended {
                lock(&self.reading).ended = true;
                return;
            }
            (bench.progress)(chunk.text.len() as u64);
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

    /// Waits until all chunks before are settled; `None` if one of them failed.
    fn turn(&self, place: u64) -> Option<MutexGuard<'_, Settling<'a, 'b>>> {
        let mut settling = lock(&self.settling);
        while settling.turn != place && settling.error.is_none() {
            settling = wait(&self.settled, settling);
        }
        settling.error.is_none().then_some(settling)
    }
}

/// Wakes the others when a worker panics, so that the panic ends the run instead of leaving it waiting for a turn.
struct Alarm<'w, 'a, 'b, R>(&'w Floor<'a, 'b, R>);

impl<R> Drop for Alarm<'_, '_, '_, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            lock(&self.0.joining).ended = true;
            self.0.joined.notify_all();
            let error = std::io::Error::other("a worker stopped on a bug");
            let mut settling = lock(&self.0.settling);
            settling.error.get_or_insert((0, error.into()));
            drop(settling);
            self.0.settled.notify_all();
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
