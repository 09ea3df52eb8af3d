//! Streams of bytes to and from an SFTP subsystem, and what makes them.

use super::fault::Fault;
use std::time::Duration;

/// A stream in both directions that never blocks except in [`ByteStream::wait`]. A fault of any
/// method means that the connection is lost.
pub trait ByteStream: Send {
    /// Takes as many bytes of `out` as can go now; 0: none at the moment. The next call offers what was left, and perhaps
    /// more behind it.
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault>;

    /// Reads bytes that have come into `into`; 0: none at the moment. The end of the stream is a fault
    /// ([`super::FaultKind::Transient`]).
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault>;

    /// Waits until something can be read, or written if `writing`, at most this long. It may return early.
    fn wait(&mut self, writing: bool, longest: Duration) -> Result<(), Fault>;
}

/// Connects, signs in and starts SFTP.
pub trait Connector: Send + Sync {
    type Stream: ByteStream;

    /// A new stream to a running SFTP subsystem; the SFTP versions are not exchanged yet. Several can be made at the same
    /// time.
    fn connect(&self) -> Result<Self::Stream, Fault>;
}
