//! Streams to and from a server's SFTP subsystem, each over a connection of its own.

use super::connect;
use super::faults::{self, Phase};
use super::session::{SshSession, StepFailure, error_number};
use super::sign_in::Credentials;
use super::target::SshTarget;
use crate::transport::byte_stream::{ByteStream, Connector};
use crate::transport::fault::Fault;
use ssh2::{Channel, ExtendedData};
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

/// Bytes that the server may send before we have taken any, topped up a quarter at a time. At a round trip of 40 ms a pull
/// is a third slower with 2 MiB and no faster with more than this.
pub(super) const RECEIVE_WINDOW: u32 = 16 * 1024 * 1024;
/// The largest piece the server may send at once, as every implementation takes it.
const PACKET: u32 = 32 * 1024;
/// Writes of one call, so that incoming bytes are looked at in between.
const WRITES: usize = 64;

pub(crate) struct SshConnector {
    target: SshTarget,
}

impl SshConnector {
    pub(crate) fn new(target: SshTarget) -> SshConnector {
        SshConnector { target }
    }
}

impl Connector for SshConnector {
    type Stream = SshStream;

    fn connect(&self) -> Result<SshStream, Fault> {
        // What is missing on our side is found before the server is contacted.
        let credentials = Credentials::read(&self.target)?;
        let mut session = connect::verified(&self.target)?;
        let deadline = Instant::now() + self.target.timeouts.request;
        let _guard = session.guard(deadline).map_err(|e| faults::no_thread(&e))?;
        credentials.sign_in(&mut session, &self.target, deadline)?;
        SshStream::open(session, &self.target, deadline)
    }
}

pub(crate) struct SshStream {
    // Dropped before the session.
    channel: Channel,
    session: SshSession,
    target: SshTarget,
}

impl SshStream {
    /// Starts SFTP in a session that is signed in.
    pub(super) fn open(
        mut session: SshSession,
        target: &SshTarget,
        deadline: Instant,
    ) -> Result<SshStream, Fault> {
        let mut open = || {
            let mut channel = session.until(deadline, |library| {
                library.channel_open("session", RECEIVE_WINDOW, PACKET, None)
            })?;
            // What the server sends besides SFTP would fill the window if it weren't dropped.
            session.until(deadline, |_| {
                channel.handle_extended_data(ExtendedData::Ignore)
            })?;
            session.until(deadline, |_| channel.subsystem("sftp"))?;
            Ok(channel)
        };
        let channel = open().map_err(|failure| faults::of(target, Phase::Opening, failure))?;
        Ok(SshStream {
            channel,
            session,
            target: target.clone(),
        })
    }

    /// The fault for the channel's last error.
    fn broken(&self) -> Fault {
        let error = ssh2::Error::last_session_error(&self.session.library);
        let number = error.map_or(0, |e| error_number(&e));
        faults::of(&self.target, Phase::Transfer, StepFailure::Ssh(number))
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
        // The library completes a partial write by the length of its first try, so a caller that offers fewer bytes on the
        // next call breaks the contract.
        if gone > out.len() {
            return Err(Fault::protocol(
                "more bytes went than were to go; the connection was ended",
            ));
        }
        Ok(gone)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        match self.channel.read(into) {
            Ok(0) if self.channel.eof() => Err(Fault::transient(faults::CLOSED)),
            Ok(n) => Ok(n),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(_) => Err(self.broken()),
        }
    }

    fn wait(&mut self, _writing: bool, most: Duration) -> Result<(), Fault> {
        // Writing also receives, so bytes may be here already while the socket is silent.
        if self.channel.read_window().available > 0 || self.channel.eof() {
            return Ok(());
        }
        // The session itself knows whether it waits to write: room in the server's window arrives as something to read.
        let waited = self.session.wait(most);
        waited.map_err(|failure| faults::of(&self.target, Phase::Transfer, failure))
    }
}

impl Drop for SshStream {
    fn drop(&mut self) {
        // Before the channel is dropped, which would wait for room on a socket that is full.
        self.session.close();
    }
}
