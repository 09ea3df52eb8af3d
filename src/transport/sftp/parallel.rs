//! A batch over several connections, each on a thread of its own.

use super::chunks::{CUT_FROM, ChunkQueue, ItemResult};
use super::connection::Connection;
use super::fetch::Fetching;
use super::limits::{LARGEST_WINDOW, LOCAL_FILES, SftpOptions, window};
use super::send::Sending;
use crate::transport::byte_stream::Connector;
use crate::transport::fault::Fault;
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

/// From this round trip on one connection may be too few.
const FAR: Duration = Duration::from_millis(4);
/// Bytes that a server takes on one connection before it has read them: OpenSSH's window.
const SERVER_WINDOW: u64 = 2 << 20;
/// From this many bytes in large files on, two connections pay even nearby.
const WORTH_TWO: u64 = 64 << 20;
/// What another connection must save to be worth making.
const WORTH: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Fetch,
    Send,
}

/// How many connections pay for files of these sizes at this round trip. The caller bounds it.
pub(super) fn worthwhile_connections(
    direction: Direction,
    round_trip: Duration,
    sizes: impl Iterator<Item = u64>,
) -> usize {
    let (mut small, mut large) = (0usize, 0u64);
    for size in sizes {
        if size < CUT_FROM {
            small += 1;
        } else {
            large = large.saturating_add(size);
        }
    }
    if round_trip < FAR {
        // Nearby it is a processor's time that bounds a connection, ours or the server's.
        return if large < WORTH_TWO { 1 } else { 2 };
    }
    // Files that one connection moves in a round trip.
    let trips = u32::try_from(small / LOCAL_FILES).unwrap_or(u32::MAX);
    let for_small = round_trip.saturating_mul(trips).as_millis() / WORTH.as_millis();
    let per_connection = match direction {
        Direction::Fetch => LARGEST_WINDOW / 4,
        Direction::Send => SERVER_WINDOW,
    };
    let for_large = window(round_trip)
        .div_ceil(per_connection)
        .min(large / CUT_FROM);
    let wanted = for_small.max(u128::from(for_large)).max(1);
    usize::try_from(wanted).unwrap_or(usize::MAX)
}

/// What several connections share: a queue, and how more of them are made.
pub(super) struct SharedBatch<'s, 'a, C> {
    pub(super) direction: Direction,
    pub(super) connector: &'s C,
    pub(super) options: &'s SftpOptions,
    pub(super) queue: &'s ChunkQueue<'a>,
}

/// What came of a batch on one connection or several.
pub(super) struct BatchOutcome<S> {
    /// The connections that are still of use.
    pub(super) connections: Vec<Connection<S>>,
    pub(super) done: Vec<ItemResult>,
    pub(super) lost: Option<Fault>,
    /// Whether another connection could not be made.
    pub(super) refused: bool,
}

impl<S> BatchOutcome<S> {
    /// The outcome where no connection came about.
    fn without_connection(refused: bool) -> BatchOutcome<S> {
        BatchOutcome {
            connections: Vec::new(),
            done: Vec::new(),
            lost: None,
            refused,
        }
    }

    fn add(&mut self, other: BatchOutcome<S>) {
        self.connections.extend(other.connections);
        self.done.extend(other.done);
        self.lost = self.lost.take().or(other.lost);
        self.refused |= other.refused;
    }
}

impl<C: Connector> SharedBatch<'_, '_, C> {
    /// Moves what is queued over these connections and new ones, `wanted` in all. New ones are made while the others are
    /// at work already.
    pub(super) fn run(
        &self,
        mut connections: Vec<Connection<C::Stream>>,
        wanted: usize,
    ) -> BatchOutcome<C::Stream> {
        let idle = connections.split_off(wanted.min(connections.len()));
        let missing = wanted - connections.len();
        let mut outcome = BatchOutcome::without_connection(false);
        thread::scope(|scope| {
            let mut connections = connections.into_iter();
            let own = connections.next();
            let new = (0..missing).map(|_| None);
            // Where the system gives us no thread, the other connections do the work.
            let start = |connection: Option<_>| {
                let work = move || self.work_on(connection);
                thread::Builder::new().spawn_scoped(scope, work).ok()
            };
            let threads: Vec<_> = connections.map(Some).chain(new).filter_map(start).collect();
            if own.is_some() {
                outcome.add(self.work_on(own));
            }
            for thread in threads {
                outcome.add(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
        });
        outcome.connections.extend(idle);
        outcome
    }

    /// Moves what is queued over a connection, a new one if none is given.
    fn work_on(&self, connection: Option<Connection<C::Stream>>) -> BatchOutcome<C::Stream> {
        let connect = || Connection::open(self.connector.connect()?, self.options.clone());
        let Ok(mut connection) = connection.map_or_else(connect, Ok) else {
            // The other connections do the work.
            return BatchOutcome::without_connection(true);
        };
        let (ended, done) = match self.direction {
            Direction::Fetch => {
                let mut fetching = Fetching::new(self.queue);
                (connection.drive(&mut fetching), fetching.files.done)
            }
            Direction::Send => {
                let mut sending = Sending::new(self.queue);
                (connection.drive(&mut sending), sending.files.done)
            }
        };
        let lost = ended.err();
        BatchOutcome {
            connections: lost.is_none().then_some(connection).into_iter().collect(),
            done,
            lost,
            refused: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_connections_only_where_they_pay() {
        let at = |direction, millis, sizes: &[u64]| {
            let round_trip = Duration::from_millis(millis);
            worthwhile_connections(direction, round_trip, sizes.iter().copied())
        };
        let (large, small) = ([300 << 20], vec![10_000; 2_000]);
        assert_eq!(at(Direction::Send, 0, &large), 2);
        assert_eq!(at(Direction::Send, 0, &[50 << 20]), 1);
        assert_eq!(at(Direction::Send, 10, &large), 2);
        assert_eq!(at(Direction::Send, 40, &large), 8);
        assert_eq!(at(Direction::Fetch, 40, &large), 4);
        assert_eq!(at(Direction::Send, 40, &[20 << 20]), 1);
        assert_eq!(at(Direction::Fetch, 10, &small), 1);
        assert_eq!(at(Direction::Fetch, 100, &small), 3);
        assert_eq!(at(Direction::Fetch, 40, &[]), 1);
    }
}
