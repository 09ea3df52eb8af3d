//! Judging on all cores, settling in order.
//!
//! Every worker reads a chunk under a lock (reading is a small part of the work), judges it alone, and waits for its
//! turn to settle it. So results are the same for any number of workers, and memory is workers × a few chunks.

use super::desk::Result;
use super::job::Job;
use super::judge::{Judge, JudgedChunk};
use super::settle::Settle;
use super::source::Source;
use crate::format::fault::ReadError;
use crate::format::fields::FieldSplitter;
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
    source: &'a mut Source<R>,
    /// Number of the next chunk.
    chunk: u64,
    /// Number of the next record.
    record: u64,
    ended: bool,
}

struct Settling<'a, 'b> {
    settle: &'a mut Settle<'b>,
    /// The chunk whose turn it is.
    turn: u64,
    /// The first error in file order.
    error: Option<(u64, ReadError)>,
}

/// Judges and settles the rest of a source; `first` is the number of its next record.
pub(super) fn run<R: Read + Send>(
    bench: Bench<'_>,
    source: &mut Source<R>,
    first: u64,
    settle: &mut Settle<'_>,
) -> Result<()> {
    let reading = Mutex::new(Reading {
        source,
        chunk: 0,
        record: first,
        ended: false,
    });
    let settling = Mutex::new(Settling {
        settle,
        turn: 0,
        error: None,
    });
    let turn = Condvar::new();
    thread::scope(|scope| {
        for _ in 1..bench.job.workers.max(1) {
            scope.spawn(|| worker(bench, &reading, &settling, &turn));
        }
        worker(bench, &reading, &settling, &turn);
    });
    let settling = settling
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    settling.error.map_or(Ok(()), |(_, error)| Err(error))
}

fn worker<R: Read>(
    bench: Bench<'_>,
    reading: &Mutex<Reading<'_, R>>,
    settling: &Mutex<Settling<'_, '_>>,
    turn: &Condvar,
) {
    let mut splitter = bench.splitter.clone();
    let mut judge = Judge::new(
        bench.job,
        bench.layout,
        bench.conflicts,
        bench.year,
        &splitter,
    );
    let (mut chunk, mut judged) = (Chunk::default(), JudgedChunk::default());
    let _alarm = Alarm { settling, turn };
    loop {
        let (place, first) = {
            let mut reading = lock(reading);
            if reading.ended {
                return;
            }
            let place = reading.chunk;
            reading.chunk += 1;
            match reading.source.next(&mut chunk) {
                Ok(true) => {}
                Ok(false) => {
                    reading.ended = true;
                    return;
                }
                Err(error) => {
                    reading.ended = true;
                    drop(reading);
                    fail(settling, turn, place, error);
                    return;
                }
            }
            let first = reading.record;
            reading.record += chunk.spans.len() as u64;
            (place, first)
        };
        judge.chunk(&chunk, &mut splitter, first, &mut judged);
        let mut mine = lock(settling);
        while mine.turn != place && mine.error.is_none() {
            mine = turn.wait(mine).unwrap_or_else(PoisonError::into_inner);
        }
        if mine.error.is_some() {
            return;
        }
        let settled = mine.settle.chunk(&chunk, &mut judged, &mut splitter);
        mine.turn += 1;
        drop(mine);
        turn.notify_all();
        if let Err(error) = settled {
            lock(reading).ended = true;
            fail(settling, turn, place, error);
            return;
        }
        (bench.progress)(chunk.text.len() as u64);
    }
}

fn fail(settling: &Mutex<Settling<'_, '_>>, turn: &Condvar, place: u64, error: ReadError) {
    let mut settling = lock(settling);
    // An error of an earlier chunk is the one that a single worker would have met.
    while settling.turn < place && settling.error.is_none() {
        settling = turn.wait(settling).unwrap_or_else(PoisonError::into_inner);
    }
    if settling
        .error
        .as_ref()
        .is_none_or(|(earlier, _)| place < *earlier)
    {
        settling.error = Some((place, error));
    }
    drop(settling);
    turn.notify_all();
}

/// Wakes the others when a worker panics, so that the panic ends the run instead of leaving it waiting for a turn.
struct Alarm<'w, 'a, 'b> {
    settling: &'w Mutex<Settling<'a, 'b>>,
    turn: &'w Condvar,
}

impl Drop for Alarm<'_, '_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let error = std::io::Error::other("a worker stopped on a bug");
            lock(self.settling).error.get_or_insert((0, error.into()));
            self.turn.notify_all();
        }
    }
}

/// A worker that panicked has poisoned nothing that is still used: the panic ends the scope.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
