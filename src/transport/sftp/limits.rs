//! Bounds on what a server can make us hold, on what is in flight at the same time, and on how long a connection waits.

use crate::transport::fault::Fault;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest packet taken from a server, in bytes after its length field: 256 KiB of data and its header.
pub(super) const PACKET: usize = (256 << 10) + 13;
/// The longest name in a listing, in bytes.
pub(super) const NAME: usize = 4 << 10;
/// The longest handle, in bytes; the protocol's own limit.
pub(super) const HANDLE: usize = 256;
/// The most entries of a folder.
pub(super) const ENTRIES: usize = 1_000_000;
/// The most bytes of names of a folder.
pub(super) const LISTING: usize = 128 << 20;

/// Bytes of a READ or WRITE where the server doesn't name its limits: what every server takes.
pub(super) const COMMON_PIECE: u32 = 32 << 10;
/// The most bytes of a READ or WRITE, whatever the server says: a packet of 256 KiB has room for them.
pub(super) const LONGEST_PIECE: u32 = 255 << 10;

/// Requests in flight on a connection.
pub(super) const REQUESTS: usize = 256;
/// Requests in flight on a connection to a server that states its limits.
pub(super) const MORE_REQUESTS: usize = 1_024;
/// Files open, or being opened, on a connection.
pub(super) const HANDLES: usize = 128;
/// The same at a server that states how many files may be open.
pub(super) const MORE_HANDLES: usize = 512;
/// Local files open on a connection: those whose bytes come or go in several pieces.
pub(super) const LOCAL_FILES: usize = 64;
/// Requests for the next entries of a folder in flight.
pub(super) const READDIRS: usize = 8;
/// Bytes waiting to be written; at this many, no further request is made.
pub(super) const OUTGOING: usize = 512 << 10;
/// Bytes read from a connection at once.
pub(super) const INCOMING: usize = 512 << 10;

/// Bytes per second that a connection is given room for.
const SPEED: u64 = 400 << 20;
/// The smallest window: it keeps both ends busy on a local network.
const SMALLEST_WINDOW: u64 = 2 << 20;
pub(super) const LARGEST_WINDOW: u64 = 16 << 20;

/// Bytes of files that should be in flight on a connection with this round trip.
pub(super) fn window(round_trip: Duration) -> u64 {
    let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
    let needed = SPEED.saturating_mul(micros) / 1_000_000;
    needed.clamp(SMALLEST_WINDOW, LARGEST_WINDOW)
}

/// The longest wait without a look at the stop flag.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// Options of the connections to an endpoint.
#[derive(Clone, Debug)]
pub struct SftpOptions {
    /// The most connections at the same time; at least 1.
    pub connections: usize,
    /// How long a server may be silent while a reply is outstanding.
    pub request: Duration,
    /// How long a transfer may go without a whole reply, whatever trickles in, and how long making a file durable may take.
    pub stalled: Duration,
    /// Once it is set, whatever is under way ends soon, as [`crate::transport::FaultKind::Transient`].
    pub stop: Arc<AtomicBool>,
}

impl Default for SftpOptions {
    fn default() -> SftpOptions {
        SftpOptions {
            connections: 1,
            request: Duration::from_secs(30),
            stalled: Duration::from_secs(60),
            stop: Arc::default(),
        }
    }
}

impl SftpOptions {
    pub(super) fn check_stop(&self) -> Result<(), Fault> {
        match self.stop.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Fault::transient("told to stop")),
        }
    }

    /// How long to wait before clocks and the stop flag are looked at again.
    pub(super) fn longest_wait(&self) -> Duration {
        LONGEST_WAIT.min(self.request).min(self.stalled)
    }
}

/// Since when a connection with outstanding requests has heard nothing.
pub(super) struct ResponseTimer {
    pub(super) last_bytes: Instant,
    pub(super) last_reply: Instant,
}

impl ResponseTimer {
    pub(super) fn start() -> ResponseTimer {
        let now = Instant::now();
        ResponseTimer {
            last_bytes: now,
            last_reply: now,
        }
    }

    /// A fault once the server has been silent, or the transfer has stood still, for too long. `slow`: an outstanding
    /// request may take the server long.
    pub(super) fn check(&self, options: &SftpOptions, slow: bool) -> Result<(), Fault> {
        let stalled = options.stalled.max(options.request);
        let silence = if slow { stalled } else { options.request };
        if self.last_bytes.elapsed() >= silence {
            return Err(late("the server has been silent", silence));
        }
        if self.last_reply.elapsed() >= stalled {
            return Err(late("the transfer has stood still", options.stalled));
        }
        Ok(())
    }
}

fn late(what: &str, limit: Duration) -> Fault {
    Fault::transient(format!("{what} for {} s", limit.as_secs_f32()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_grows_with_the_distance_within_bounds() {
        let at = |millis| window(Duration::from_millis(millis));
        let expected = (SMALLEST_WINDOW, 4 << 20, LARGEST_WINDOW);
        assert_eq!((at(0), at(10), at(1000)), expected);
        assert_eq!(window(Duration::MAX), LARGEST_WINDOW);
    }
}
