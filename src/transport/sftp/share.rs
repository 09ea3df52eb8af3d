//! One batch shared by several connections, each on a thread of its own.

use super::connection::Connection;
use super::fetch::Fetching;
use super::parts::{Done, Queue};
use super::send::Sending;
use super::terms::SftpOptions;
use crate::transport::Fault;
use crate::transport::byte_stream::{ByteStream, Connector};
use std::panic::resume_unwind;
use std::thread;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To us.
    Fetch,
    /// From us.
    Upload,
}

/// What came of a shared batch.
pub(super) struct Shared<L> {
    /// The connections that are still of use.
    pub(super) lines: Vec<Connection<L>>,
    /// What came of parts.
    pub(super) done: Vec<Done>,
    /// Why a connection was lost.
    pub(super) lost: Option<Fault>,
    /// Another connection could not be had.
    pub(super) refused: bool,
}

/// What one connection came to.
struct Came<L> {
    line: Option<Connection<L>>,
    done: Vec<Done>,
    lost: Option<Fault>,
    refused: bool,
}

/// Moves what waits in `queue` over `lines` and over new connections, `wanted` in all. New ones are dialed while the
/// others are at work already.
pub(super) fn share<D: Connector>(
    (way, wanted): (Way, usize),
    lines: Vec<Connection<D::Stream>>,
    (dial, terms): (&D, &SftpOptions),
    queue: &Queue<'_>,
) -> Shared<D::Stream> {
    let (mut lines, mut idle) = (lines, Vec::new());
    if lines.len() > wanted.max(1) {
        idle = lines.split_off(wanted.max(1));
    }
    let missing = wanted.saturating_sub(lines.len());
    let mut came = Vec::new();
    thread::scope(|scope| {
        let first = (!lines.is_empty()).then(|| lines.remove(0));
        let mut threads = Vec::new();
        for line in lines {
            let work = move || at_work(way, line, queue);
            threads.extend(thread::Builder::new().spawn_scoped(scope, work).ok());
        }
        for _ in 0..missing {
            let work = || join(way, dial, terms, queue);
            threads.extend(thread::Builder::new().spawn_scoped(scope, work).ok());
        }
        came.extend(first.map(|line| at_work(way, line, queue)));
        for thread in threads {
            came.push(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
    });
    let mut shared = Shared {
        lines: Vec::new(),
        done: Vec::new(),
        lost: None,
        refused: false,
    };
    for one in came {
        shared.lines.extend(one.line);
        shared.done.extend(one.done);
        shared.lost = shared.lost.or(one.lost);
        shared.refused |= one.refused;
    }
    shared.lines.extend(idle);
    shared
}

/// Dials another connection and puts it to work.
fn join<D: Connector>(
    way: Way,
    dial: &D,
    terms: &SftpOptions,
    queue: &Queue<'_>,
) -> Came<D::Stream> {
    let mut none = Came {
        line: None,
        done: Vec::new(),
        lost: None,
        refused: false,
    };
    match dial
        .connect()
        .and_then(|line| Connection::open(line, terms.clone()))
    {
        Ok(line) => at_work(way, line, queue),
        // The others do the work without it.
        Err(_) => {
            none.refused = true;
            none
        }
    }
}

fn at_work<L: ByteStream>(way: Way, mut line: Connection<L>, queue: &Queue<'_>) -> Came<L> {
    let (ended, done) = match way {
        Way::Fetch => {
            let mut work = Fetching::new(queue);
            (line.drive(&mut work), work.done())
        }
        Way::Upload => {
            let mut work = Sending::new(queue);
            (line.drive(&mut work), work.done())
        }
    };
    let lost = ended.err();
    Came {
        line: lost.is_none().then_some(line),
        done,
        lost,
        refused: false,
    }
}
