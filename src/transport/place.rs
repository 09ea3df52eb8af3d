//! What every place can do.

use super::Fault;
use std::fs::File;
use std::io;

/// A number of bytes.
pub(crate) type Size = u64;

/// A file at a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its name in its folder, as bytes of the server's choosing.
    pub name: Vec<u8>,
    /// Its size.
    pub size: Size,
    /// When it was last changed, Unix seconds of the server's clock; 0 where the server doesn't say.
    pub modified: i64,
    /// Whether it is a plain file: no folder, link or device.
    pub plain: bool,
}

/// Opens the local file of a batch's item when its first byte is to be moved; dropped when its last one has been.
pub(crate) type Opener<'a> = Box<dyn FnOnce() -> io::Result<File> + std::marker::Send + 'a>;

/// A file to be fetched.
pub struct Fetch<'a> {
    /// Its path at the place.
    pub path: Vec<u8>,
    /// Its size, as listed. No more bytes are fetched; the caller looks afterwards whether it still has it.
    pub size: Size,
    /// The empty local file, open for writing.
    pub into: Opener<'a>,
}

/// A file to be sent.
pub struct Send<'a> {
    /// Its path at the place; whatever file has it is overwritten.
    pub path: Vec<u8>,
    /// Its size. Exactly so many bytes are sent.
    pub size: Size,
    /// The local file, open for reading from its start.
    pub from: Opener<'a>,
}

/// A place that files are fetched from or sent to. Paths are `/`-separated bytes; one that doesn't begin with `/` is
/// relative to the folder in which the account starts.
///
/// Every method takes a batch and answers with one result per item, in the items' order. Items are independent: they
/// may be done in any order and at the same time, and one that fails keeps no other from being done. When the
/// connection is lost, every item without an answer gets a [`super::FaultKind::Transient`] fault; it may have been done
/// all the same. The next call connects anew.
pub trait Place: std::marker::Send {
    /// Connects and signs in if that isn't done yet.
    ///
    /// # Errors
    /// Why not.
    fn connect(&mut self) -> Result<(), Fault>;

    /// What lies in a folder, without `.` and `..`, in no order.
    ///
    /// # Errors
    /// It is missing, may not be read, or the connection failed. A folder that can't be listed to its end is an error,
    /// never a shorter list.
    fn list(&mut self, folder: &[u8]) -> Result<Vec<Entry>, Fault>;

    /// Fetches files. A file that is shorter than listed, or is found to be longer, is [`super::FaultKind::Changed`].
    fn fetch(&mut self, files: Vec<Fetch<'_>>) -> Vec<Result<(), Fault>>;

    /// Sends files; they are on the server when that is answered, and as durable there as the server makes it.
    fn send(&mut self, files: Vec<Send<'_>>) -> Vec<Result<(), Fault>>;

    /// What has these paths, following no link; `None`: nothing.
    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<Entry>, Fault>>;

    /// Renames files, from and to; what has the new name already is [`super::FaultKind::Exists`] and stays.
    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>>;

    /// Removes files; one that isn't there is [`super::FaultKind::Missing`].
    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>>;

    /// Keeps an idle connection alive; to be called about every [`KEEPALIVE`](super::KEEPALIVE) without other calls.
    /// One that is dead is dropped; that is no error.
    fn keep_alive(&mut self);

    /// Ends the connection.
    fn disconnect(&mut self);
}
