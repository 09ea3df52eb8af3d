//! Bytes to and from an SFTP subsystem.

use super::super::byte_stream::ByteStream;
use super::super::{Fault, FaultKind};
use super::SshTarget;
use super::faults::{self, Doing};
use super::link::{Halt, Link, number};
use ssh2::{Channel, ExtendedData};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// Bytes that the server may send before we have taken any. It is topped up a quarter at a time; at a round trip of
/// 40 ms a pull is a third slower with 2 MiB and no faster with more than this.
pub(super) const RECEIVE_WINDOW: u32 = 16 * 1024 * 1024;
/// The largest piece the server may send at once, as every implementation takes it.
const PACKET: u32 = 32 * 1024;
/// Writes of one call, so that what comes in is looked at too.
const WRITES: usize = 64;

/// A line over SSH.
pub(crate) struct SshStream {
    // Given back before the session.
    channel: Channel,
    link: Link,
    target: SshTarget,
}

impl SshStream {
    /// Starts SFTP in a session that has signed in.
    pub(super) fn open(
        mut link: Link,
        target: &SshTarget,
        deadline: Instant,
    ) -> Result<SshStream, Fault> {
        let fault = |halt| faults::of(target, Doing::Opening, halt);
        let mut channel = link
            .until(deadline, |s| {
                s.channel_open("session", RECEIVE_WINDOW, PACKET, None)
            })
            .map_err(fault)?;
        // What the server has to say besides SFTP would fill the window if nobody took it.
        link.until(deadline, |_| {
            channel.handle_extended_data(ExtendedData::Ignore)
        })
        .map_err(fault)?;
        link.until(deadline, |_| channel.subsystem("sftp"))
            .map_err(fault)?;
        Ok(SshStream {
            channel,
            link,
            target: target.clone(),
        })
    }

    /// The fault for what the channel answers.
    fn broken(&self) -> Fault {
        let error = ssh2::Error::last_session_error(&self.link.session);
        let number = error.map_or(0, |e| number(&e));
        faults::of(&self.target, Doing::Moving, Halt::Ssh(number))
    }
}

impl ByteStream for SshStream {
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault> {
        let mut gone = 0;
        for _ in 0..WRITES {
            let Some(rest) = out.get(gone..).filter(|r| !r.is_empty()) else {
                break;
            };
            match self.channel.write(rest) {
                Ok(0) => break,
                Ok(n) => gone += n,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return Err(self.broken()),
            }
        }
        // A piece that did not go whole is remembered by its first try; a caller that offers less then breaks the rule.
        if gone > out.len() {
            return Err(Fault::new(
                FaultKind::Protocol,
                "more bytes went than were to go; the connection was ended",
            ));
        }
        Ok(gone)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        match self.channel.read(into) {
            Ok(0) if self.channel.eof() => Err(Fault::new(FaultKind::Transient, faults::closed())),
            Ok(n) => Ok(n),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(_) => Err(self.broken()),
        }
    }

    fn wait(&mut self, _writing: bool, most: Duration) -> Result<(), Fault> {
        // Writing takes in what has come, so it may lie here already while the socket is silent.
        if self.channel.read_window().available > 0 || self.channel.eof() {
            return Ok(());
        }
        // The session itself knows whether it waits to write: room in the server's window comes as something to read.
        let waited = self.link.wait(most);
        waited.map_err(|halt| faults::of(&self.target, Doing::Moving, halt))
    }
}

impl Drop for SshStream {
    fn drop(&mut self) {
        // Before the channel is given back: that would wait for room on a socket that is full.
        self.link.close();
    }
}
