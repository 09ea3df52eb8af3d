//! Requests as bytes (SFTP version 3, draft-ietf-secsh-filexfer-02), and the queues of bytes of a connection.

use std::io;

pub(super) const VERSION: u32 = 3;

const INIT: u8 = 1;
const OPEN: u8 = 3;
const CLOSE: u8 = 4;
const READ: u8 = 5;
const WRITE: u8 = 6;
const LSTAT: u8 = 7;
const FSTAT: u8 = 8;
const OPENDIR: u8 = 11;
const READDIR: u8 = 12;
const REMOVE: u8 = 13;
const REALPATH: u8 = 16;
const RENAME: u8 = 18;
const EXTENDED: u8 = 200;

const FOR_READING: u32 = 1;
const FOR_WRITING: u32 = 2;
const CREATE: u32 = 8;
const TRUNCATE: u32 = 16;

/// What is named in attributes: only permissions.
const PERMISSIONS: u32 = 4;
/// The permissions of a new file: only its owner writes, others can't read it.
const MODE: u32 = 0o640;

/// Bytes of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) from: u64,
    pub(super) count: u32,
}

impl Piece {
    /// Offset after the last byte.
    pub(super) fn end(self) -> u64 {
        self.from + u64::from(self.count)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Request<'r> {
    Open(&'r [u8]),
    /// Opens a file for writing and makes it if it isn't there.
    Create {
        path: &'r [u8],
        truncate: bool,
    },
    Close(&'r [u8]),
    Read {
        handle: &'r [u8],
        piece: Piece,
    },
    /// LSTAT: what has a path, following no link.
    Look(&'r [u8]),
    /// FSTAT: what an open file is.
    LookAtOpen(&'r [u8]),
    /// Opens a folder for listing.
    OpenFolder(&'r [u8]),
    ReadFolder(&'r [u8]),
    Remove(&'r [u8]),
    Rename {
        from: &'r [u8],
        to: &'r [u8],
    },
    /// Asked to keep an idle connection alive.
    RealPath(&'r [u8]),
    /// `fsync@openssh.com`: makes an open file durable.
    Sync(&'r [u8]),
    /// `limits@openssh.com`: what the server takes.
    Limits,
}

#[derive(Clone, Copy)]
enum Field<'r> {
    /// Bytes behind their length.
    Text(&'r [u8]),
    Number(u32),
    Long(u64),
}

/// Appends the first packet, which has no id.
pub(super) fn hello(out: &mut Buffer) {
    out.put(&5u32.to_be_bytes());
    out.put(&[INIT]);
    out.put(&VERSION.to_be_bytes());
}

impl Request<'_> {
    pub(super) fn put(self, id: u32, out: &mut Buffer) {
        use Field::{Long, Number, Text};
        let (kind, fields): (u8, &[Field<'_>]) = match self {
            Request::Open(path) => (OPEN, &[Text(path), Number(FOR_READING), Number(0)]),
            Request::Create { path, truncate } => {
                let truncate = if truncate { TRUNCATE } else { 0 };
                let how = Number(FOR_WRITING | CREATE | truncate);
                (OPEN, &[Text(path), how, Number(PERMISSIONS), Number(MODE)])
            }
            Request::Read { handle, piece } => {
                (READ, &[Text(handle), Long(piece.from), Number(piece.count)])
            }
            Request::Rename { from, to } => (RENAME, &[Text(from), Text(to)]),
            Request::Sync(handle) => (EXTENDED, &[Text(b"fsync@openssh.com"), Text(handle)]),
            Request::Limits => (EXTENDED, &[Text(b"limits@openssh.com")]),
            Request::Close(handle) => (CLOSE, &[Text(handle)]),
            Request::Look(path) => (LSTAT, &[Text(path)]),
            Request::LookAtOpen(handle) => (FSTAT, &[Text(handle)]),
            Request::OpenFolder(path) => (OPENDIR, &[Text(path)]),
            Request::ReadFolder(handle) => (READDIR, &[Text(handle)]),
            Request::Remove(path) => (REMOVE, &[Text(path)]),
            Request::RealPath(path) => (REALPATH, &[Text(path)]),
        };
        put_packet(out, kind, id, fields, 0);
    }
}

/// Appends a WRITE whose bytes `fill` puts straight into the buffer; if it fails, nothing is appended.
pub(super) fn put_write(
    out: &mut Buffer,
    id: u32,
    handle: &[u8],
    piece: Piece,
    fill: impl FnOnce(&mut [u8]) -> io::Result<()>,
) -> io::Result<()> {
    let bytes = piece.count as usize;
    let before = 4 + 5 + 4 + handle.len() + 8 + 4;
    out.room(before + bytes);
    let fields = [
        Field::Text(handle),
        Field::Long(piece.from),
        Field::Number(piece.count),
    ];
    put_packet(out, WRITE, id, &fields, bytes);
    let filled = fill(&mut out.room(bytes)[..bytes]);
    match filled {
        Ok(()) => out.added(bytes),
        Err(_) => out.take_back(before),
    }
    filled
}

/// Appends a packet without the bytes, as many as `more`, that follow its fields.
fn put_packet(out: &mut Buffer, kind: u8, id: u32, fields: &[Field<'_>], more: usize) {
    let length = fields.iter().map(|field| match field {
        Field::Text(bytes) => 4 + bytes.len(),
        Field::Number(_) => 4,
        Field::Long(_) => 8,
    });
    out.put(&length_field(5 + length.sum::<usize>() + more));
    out.put(&[kind]);
    out.put(&id.to_be_bytes());
    for field in fields {
        match field {
            Field::Text(bytes) => {
                out.put(&length_field(bytes.len()));
                out.put(bytes);
            }
            Field::Number(value) => out.put(&value.to_be_bytes()),
            Field::Long(value) => out.put(&value.to_be_bytes()),
        }
    }
}

/// A length as the protocol has it.
fn length_field(count: usize) -> [u8; 4] {
    let count = u32::try_from(count).expect("paths, handles and pieces are bounded");
    count.to_be_bytes()
}

/// Bytes in one piece of memory that are added at one end and taken at the other. Memory that it has grown to isn't
/// initialised again, so taking room costs nothing.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Room behind what it holds, of at least this length; what is written there counts once it is [`Buffer::added`].
    pub(super) fn room(&mut self, least: usize) -> &mut [u8] {
        if self.bytes.len() - self.end < least {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            if self.bytes.len() - self.end < least {
                self.bytes.resize(self.end + least, 0);
            }
        }
        &mut self.bytes[self.end..]
    }

    /// Counts bytes that were written into the room.
    pub(super) fn added(&mut self, count: usize) {
        self.end = (self.end + count).min(self.bytes.len());
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.added(bytes.len());
    }

    pub(super) fn gone(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    pub(super) fn take_back(&mut self, count: usize) {
        self.end = self.end.saturating_sub(count).max(self.start);
    }

    pub(super) fn release(&mut self) {
        if self.is_empty() {
            *self = Buffer::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_as_long_as_it_says() {
        let requests = [
            Request::Open(b"/a"),
            Request::Create {
                path: b"/a",
                truncate: true,
            },
            Request::Close(b"h"),
            Request::Read {
                handle: b"h",
                piece: Piece {
                    from: 1 << 40,
                    count: 9,
                },
            },
            Request::Look(b"/a"),
            Request::LookAtOpen(b"h"),
            Request::OpenFolder(b"/"),
            Request::ReadFolder(b"h"),
            Request::Remove(b"/a"),
            Request::Rename {
                from: b"/a",
                to: b"/bc",
            },
            Request::RealPath(b"."),
            Request::Sync(b"h"),
            Request::Limits,
        ];
        for request in requests {
            let mut out = Buffer::default();
            request.put(7, &mut out);
            let said = u32::from_be_bytes(out.held()[..4].try_into().unwrap());
            assert_eq!(said as usize, out.len() - 4, "{request:?}");
            assert_eq!(out.held()[5..9], 7u32.to_be_bytes());
        }
    }

    #[test]
    fn a_write_holds_its_bytes_and_vanishes_where_they_can_not_be_read() {
        let mut out = Buffer::default();
        let piece = |from| Piece { from, count: 3 };
        let fill = |room: &mut [u8]| {
            room.copy_from_slice(b"xyz");
            Ok(())
        };
        put_write(&mut out, 1, b"h", piece(5), fill).unwrap();
        let whole = out.held().to_vec();
        assert_eq!(whole[..4], 25u32.to_be_bytes());
        assert!(whole.ends_with(b"\0\0\0\x03xyz") && whole.len() == 29);
        let failing = |_: &mut [u8]| Err(io::Error::other("gone"));
        put_write(&mut out, 2, b"h", piece(8), failing).unwrap_err();
        assert_eq!(out.held(), whole);
    }

    #[test]
    fn what_goes_in_comes_out_in_order_however_it_is_cut() {
        let mut buffer = Buffer::default();
        let (mut given, mut taken) = (0u8, Vec::new());
        for turn in 0..200u8 {
            let piece: Vec<u8> = (0..turn % 7).map(|n| given.wrapping_add(n)).collect();
            given = given.wrapping_add(turn % 7);
            buffer.put(&piece);
            let count = usize::from(turn % 5).min(buffer.len());
            taken.extend_from_slice(&buffer.held()[..count]);
            buffer.gone(count);
        }
        taken.extend_from_slice(buffer.held());
        assert!(taken.len() > 500);
        assert!(taken.windows(2).all(|w| w[1] == w[0].wrapping_add(1)));
    }

    #[test]
    fn taking_back_and_going_beyond_stay_inside() {
        let mut buffer = Buffer::default();
        buffer.put(b"abcdef");
        buffer.gone(2);
        buffer.take_back(1);
        assert_eq!(buffer.held(), b"cde");
        buffer.take_back(9);
        assert!(buffer.is_empty());
        buffer.gone(9);
        assert_eq!(buffer.len(), 0);
    }
}
