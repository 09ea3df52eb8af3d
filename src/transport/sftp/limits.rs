//! What a server may make us hold, and what we ask of it at the same time.

/// The longest packet taken from a server, in bytes after its length field: 256 KiB of data and its header.
pub(super) const PACKET: usize = (256 << 10) + 13;
/// The longest name in a list, in bytes.
pub(super) const NAME: usize = 4 << 10;
/// The longest handle, in bytes; the protocol's own limit.
pub(super) const HANDLE: usize = 256;
/// The most entries of a folder.
pub(super) const ENTRIES: usize = 1_000_000;
/// The most bytes of names of a folder.
pub(super) const LISTING: usize = 128 << 20;

/// Bytes of a READ or WRITE where the server doesn't name its limits: what every server takes.
pub(super) const COMMON_PIECE: usize = 32 << 10;
/// Bytes of a READ or WRITE at most, whatever the server says: a packet of 256 KiB has room for them.
pub(super) const LONGEST_PIECE: usize = 255 << 10;

/// Requests in flight on a connection.
pub(super) const REQUESTS: usize = 256;
/// Requests in flight on a connection to a server that says what it takes.
pub(super) const MORE_REQUESTS: usize = 1_024;
/// Files that are open at the server, or are to be, on a connection.
pub(super) const HANDLES: usize = 128;
/// The same at a server that says how many it lets be open.
pub(super) const MORE_HANDLES: usize = 512;
/// Local files that are open on a connection: those whose bytes come or go in several pieces.
pub(super) const LOCAL_FILES: usize = 64;
/// Requests for the next entries of a folder in flight.
pub(super) const READDIRS: usize = 8;
/// Bytes that wait for going out; then no more is asked.
pub(super) const OUTGOING: usize = 512 << 10;
/// Bytes that are read from a connection at once.
pub(super) const INCOMING: usize = 512 << 10;
