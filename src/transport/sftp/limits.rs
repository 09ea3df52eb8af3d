//! Bounds on what a server can make us hold, and on what is in flight at the same time.

use std::time::Duration;

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
