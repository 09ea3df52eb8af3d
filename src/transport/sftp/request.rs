//! Requests as bytes: SFTP version 3 (draft-ietf-secsh-filexfer-02).

use super::buffer::Buffer;
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
    /// Opens a file for reading.
    Open(&'r [u8]),
    /// Opens a file for writing and makes it if it isn't there.
    Create {
        path: &'r [u8],
        /// Whether it is emptied.
        truncate: bool,
    },
    /// Closes a file or folder.
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
    /// The next entries of a folder.
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

/// Appends the first packet, which has no id.
pub(super) fn hello(out: &mut Buffer) {
    out.put(&5u32.to_be_bytes());
    out.put(&[INIT]);
    out.put(&VERSION.to_be_bytes());
}

impl Request<'_> {
    pub(super) fn put(self, id: u32, out: &mut Buffer) {
        match self {
            Request::Open(path) => {
                head(out, OPEN, id, 4 + path.len() + 8);
                text(out, path);
                number(out, FOR_READING);
                number(out, 0);
            }
            Request::Create { path, truncate } => {
                head(out, OPEN, id, 4 + path.len() + 12);
                text(out, path);
                let truncate = if truncate { TRUNCATE } else { 0 };
                number(out, FOR_WRITING | CREATE | truncate);
                number(out, PERMISSIONS);
                number(out, MODE);
            }
            Request::Read { handle, piece } => {
                head(out, READ, id, 4 + handle.len() + 12);
                text(out, handle);
                out.put(&piece.from.to_be_bytes());
                number(out, piece.count);
            }
            Request::Rename { from, to } => {
                head(out, RENAME, id, 8 + from.len() + to.len());
                text(out, from);
                text(out, to);
            }
            Request::Sync(handle) => {
                let name = b"fsync@openssh.com";
                head(out, EXTENDED, id, 8 + name.len() + handle.len());
                text(out, name);
                text(out, handle);
            }
            Request::Limits => one(out, EXTENDED, id, b"limits@openssh.com"),
            Request::Close(handle) => one(out, CLOSE, id, handle),
            Request::Look(path) => one(out, LSTAT, id, path),
            Request::LookAtOpen(handle) => one(out, FSTAT, id, handle),
            Request::OpenFolder(path) => one(out, OPENDIR, id, path),
            Request::ReadFolder(handle) => one(out, READDIR, id, handle),
            Request::Remove(path) => one(out, REMOVE, id, path),
            Request::RealPath(path) => one(out, REALPATH, id, path),
        }
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
    head(out, WRITE, id, 4 + handle.len() + 12 + bytes);
    text(out, handle);
    out.put(&piece.from.to_be_bytes());
    number(out, piece.count);
    let filled = fill(&mut out.room(bytes)[..bytes]);
    match filled {
        Ok(()) => out.added(bytes),
        Err(_) => out.take_back(before),
    }
    filled
}

fn one(out: &mut Buffer, kind: u8, id: u32, what: &[u8]) {
    head(out, kind, id, 4 + what.len());
    text(out, what);
}

fn head(out: &mut Buffer, kind: u8, id: u32, rest: usize) {
    number(out, length(5 + rest));
    out.put(&[kind]);
    number(out, id);
}

fn text(out: &mut Buffer, bytes: &[u8]) {
    number(out, length(bytes.len()));
    out.put(bytes);
}

fn number(out: &mut Buffer, value: u32) {
    out.put(&value.to_be_bytes());
}

/// A length as the protocol has it.
fn length(count: usize) -> u32 {
    u32::try_from(count).expect("paths, handles and pieces are bounded")
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
}
