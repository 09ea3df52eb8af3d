//! A duplex of bytes to an SFTP subsystem.

use super::Fault;
use std::time::Duration;

/// A duplex of bytes to an SFTP subsystem that never waits unless told to.
pub(super) trait Line: Send {
    /// Takes as many bytes of `out` as go now; 0: none at the moment.
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault>;

    /// Reads bytes that have come into `into`; 0: none at the moment. The end of the stream is a fault
    /// ([`super::FaultKind::Transient`]).
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault>;

    /// Waits until something may be read, or written if `writing`, at most so long. Coming back early is fine.
    fn wait(&mut self, writing: bool, most: Duration) -> Result<(), Fault>;
}

/// Makes lines: connects and signs in.
pub(super) trait Dial: Send {
    /// What it makes.
    type Line: Line;

    /// A new line, its SFTP subsystem running; the SFTP version exchange is not done yet.
    fn dial(&mut self) -> Result<Self::Line, Fault>;
}
