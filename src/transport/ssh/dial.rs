//! Lines to a server, each a connection of its own.

use super::super::Fault;
use super::super::line::Dial;
use super::line::SshLine;
use super::sign_in::Ready;
use super::{Target, connect, faults};
use std::time::Instant;

/// Makes SSH connections to one server.
pub(crate) struct SshDial {
    target: Target,
}

impl SshDial {
    /// Makes them to this one; nothing is read or connected to yet.
    pub(crate) fn new(target: Target) -> SshDial {
        SshDial { target }
    }
}

impl Dial for SshDial {
    type Line = SshLine;

    fn dial(&self) -> Result<SshLine, Fault> {
        // Before the server is bothered: what is missing on our side.
        let ready = Ready::read(&self.target)?;
        let mut link = connect::verified(&self.target)?;
        let deadline = Instant::now() + self.target.limits.request;
        let _guard = link.guard(deadline).map_err(|e| faults::no_thread(&e))?;
        ready.sign_in(&mut link, &self.target, deadline)?;
        SshLine::open(link, &self.target, deadline)
    }
}
