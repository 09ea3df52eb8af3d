//! Lines to a server, each a connection of its own.

use super::super::Fault;
use super::super::byte_stream::Connector;
use super::line::SshStream;
use super::sign_in::Ready;
use super::{SshTarget, connect, faults};
use std::time::Instant;

/// Makes SSH connections to one server.
pub(crate) struct SshConnector {
    target: SshTarget,
}

impl SshConnector {
    /// Makes them to this one; nothing is read or connected to yet.
    pub(crate) fn new(target: SshTarget) -> SshConnector {
        SshConnector { target }
    }
}

impl Connector for SshConnector {
    type Stream = SshStream;

    fn connect(&self) -> Result<SshStream, Fault> {
        // Before the server is bothered: what is missing on our side.
        let ready = Ready::read(&self.target)?;
        let mut link = connect::verified(&self.target)?;
        let deadline = Instant::now() + self.target.timeouts.request;
        let _guard = link.guard(deadline).map_err(|e| faults::no_thread(&e))?;
        ready.sign_in(&mut link, &self.target, deadline)?;
        SshStream::open(link, &self.target, deadline)
    }
}
