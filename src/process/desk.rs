//! Where a run reads from and writes to, without knowing a path.

use crate::format::fault::ReadError;
use std::io::{self, Read, Write};

/// The four files a run writes.
pub struct Writers<'a> {
    /// The output file.
    pub output: Box<dyn Write + Send + 'a>,
    /// The error file.
    pub errors: Box<dyn Write + Send + 'a>,
    /// The rejects file.
    pub rejects: Box<dyn Write + Send + 'a>,
    /// Changes for the ledger; see [`crate::compare::change`].
    pub changes: Box<dyn Write + Send + 'a>,
}

/// Gives the source from its start, and empty files to write, as often as asked.
pub trait Desk {
    /// The source from its first byte.
    ///
    /// # Errors
    /// The place the file lies on can't be read.
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>>;

    /// Fresh files; what an earlier call wrote is gone.
    ///
    /// # Errors
    /// The files can't be made.
    fn writers(&self) -> io::Result<Writers<'_>>;

    /// The plain fields kept of each of these employees (see [`crate::compare::shown::EMPLOYEE`]), by their numbers in
    /// the roster.
    ///
    /// # Errors
    /// The ledger can't be read, or a number was never given out.
    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<String>>>;
}

/// The result of reading.
pub(crate) type Result<T> = std::result::Result<T, ReadError>;
