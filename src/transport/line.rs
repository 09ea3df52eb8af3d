//! A duplex of bytes to an SFTP subsystem.

use super::Fault;
use std::time::Duration;

/// A duplex of bytes to an SFTP subsystem that never waits unless told to.
pub trait Line: Send {
    /// Takes as many bytes of `out` as go now; 0: none at the moment. The next call offers what was left, and perhaps
    /// more behind it.
    ///
    /// # Errors
    /// The connection is lost.
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault>;

    /// Reads bytes that have come into `into`; 0: none at the moment. The end of the stream is a fault
    /// ([`super::FaultKind::Transient`]).
    ///
    /// # Errors
    /// The connection is lost.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault>;

    /// Waits until something may be read, or written if `writing`, at most so long. Coming back early is fine.
    ///
    /// # Errors
    /// The connection is lost.
    fn wait(&mut self, writing: bool, most: Duration) -> Result<(), Fault>;
}

/// Makes lines: connects and signs in.
pub trait Dial: Send + Sync {
    /// What it makes.
    type Line: Line;

    /// A new line, its SFTP subsystem running; the SFTP version exchange is not done yet. Several may be made at the same time.
    ///
    /// # Errors
    /// Why there is none.
    fn dial(&self) -> Result<Self::Line, Fault>;
}
