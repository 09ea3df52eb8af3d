//! What every place can do.

use super::fault::Fault;
use std::fs::File;
use std::io;
use std::time::Duration;

/// How often an idle connection is kept alive.
pub(crate) const KEEPALIVE: Duration = Duration::from_secs(15);

/// What a place says about a file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteFile {
    /// Its name in its folder: any bytes that the server chooses.
    pub name: Vec<u8>,
    pub size: u64,
    /// When it was last changed, Unix seconds of the server's clock; 0 if the server doesn't say.
    pub modified: i64,
    /// Whether it is a plain file and no folder, link or device.
    pub plain: bool,
}

/// Opens the local file of a batch's item when its first byte is to be moved; dropped when its last one has been.
pub(crate) type Opener<'a> = Box<dyn FnOnce() -> io::Result<File> + Send + 'a>;

/// A file to be fetched or sent.
pub struct FileTransfer<'a> {
    /// Path at the place. A file that has it is overwritten when one is sent.
    pub path: Vec<u8>,
    /// The listed size of a file to be fetched: no more bytes are fetched; the caller looks afterwards whether the file
    /// still has it. Of a file to be sent, exactly this many bytes are sent.
    pub size: u64,
    /// Opens the local file: an empty one for writing, or one to be sent for reading from its start.
    pub local: Opener<'a>,
}

/// A place that files are fetched from or sent to. Paths are `/`-separated bytes; one that doesn't begin with `/` is
/// relative to the folder in which the account starts.
///
/// A method that takes a batch returns one result per item, in the items' order. Items are independent: they may be done
/// in any order and at the same time, and one that fails doesn't stop the others. When the connection is lost, each item
/// without a result gets a [`super::FaultKind::Transient`] fault; it may have been done all the same. The next call makes
/// a new connection.
pub trait Place: Send {
    /// Connects and signs in unless that is done already.
    fn connect(&mut self) -> Result<(), Fault>;

    /// What a folder holds, without `.` and `..`, in no particular order.
    ///
    /// # Errors
    /// It is missing, may not be read, or the connection failed. A folder that can't be listed to its end is an error,
    /// never a shorter list.
    fn list(&mut self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault>;

    /// Fetches files. A file that is shorter than listed, or is found to be longer, is [`super::FaultKind::Changed`].
    fn fetch(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>>;

    /// Sends files. After success they are on the server, as durable as the server makes them.
    fn send(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>>;

    /// What has these paths, following no link; `None`: nothing.
    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<RemoteFile>, Fault>>;

    /// Renames files, from and to. What has the new name already is [`super::FaultKind::Exists`] and stays.
    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>>;

    /// Removes files; one that isn't there is [`super::FaultKind::Missing`].
    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>>;

    /// Keeps an idle connection alive; to be called about every [`KEEPALIVE`] without other calls. A connection that is
    /// dead is dropped, which is no error.
    fn keep_alive(&mut self);

    /// Ends the connection, if there is one.
    fn disconnect(&mut self);
}
