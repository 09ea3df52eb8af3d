//! What the processing of a file reads from and writes to, without knowing a path.

use crate::changeset::shown::KeptField;
use crate::format::fault::ReadError;
use std::io::{self, Read, Write};

/// The files that a run writes.
pub struct Writers<'a> {
    /// Accepted records in the receiver's layout.
    pub output: Box<dyn Write + Send + 'a>,
    pub errors: Box<dyn Write + Send + 'a>,
    /// Rejected records as they came.
    pub rejects: Box<dyn Write + Send + 'a>,
    /// The same as a table, of fixed-width files.
    pub rejects_table: Box<dyn Write + Send + 'a>,
    /// What holds the file.
    pub held: Box<dyn Write + Send + 'a>,
    /// Records of later plan years as they came.
    pub later: Box<dyn Write + Send + 'a>,
    /// Changes for the ledger; see [`crate::changeset::change`].
    pub changes: Box<dyn Write + Send + 'a>,
}

/// The effects of processing a file. Source and writers are asked for again in each pass over the file.
pub trait RunIo {
    /// The source from its first byte.
    ///
    /// # Errors
    /// The file can't be read.
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>>;

    /// Empty files; what an earlier call wrote is gone.
    ///
    /// # Errors
    /// The files can't be made.
    fn writers(&self) -> io::Result<Writers<'_>>;

    /// The fields kept of each of these employees (see [`crate::changeset::shown::EMPLOYEE`]), by their numbers in
    /// the roster.
    ///
    /// # Errors
    /// The ledger can't be read, or it has no employee of a number.
    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>>;

    /// The fields kept of each of these deductions (see [`crate::changeset::shown::DEDUCTION`]), by their numbers in
    /// the integration.
    ///
    /// # Errors
    /// The ledger can't be read, or it has no deduction of a number.
    fn deductions(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>>;
}

/// A result of reading a source.
pub(crate) type Result<T> = std::result::Result<T, ReadError>;
