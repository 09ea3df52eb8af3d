//! How long a connection waits, and for what.

use crate::transport::fault::Fault;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest wait without a look at the stop flag.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// Options of the connections to an endpoint.
#[derive(Clone, Debug)]
pub struct SftpOptions {
    /// The most connections at the same time; at least 1.
    pub connections: usize,
    /// How long a server may be silent while a reply is outstanding.
    pub request: Duration,
    /// How long a transfer may go without a whole reply, whatever trickles in, and how long making a file durable may take.
    pub stalled: Duration,
    /// Once it is set, whatever is under way ends soon, as [`crate::transport::FaultKind::Transient`].
    pub stop: Arc<AtomicBool>,
}

impl Default for SftpOptions {
    fn default() -> SftpOptions {
        SftpOptions {
            connections: 1,
            request: Duration::from_secs(30),
            stalled: Duration::from_secs(60),
            stop: Arc::default(),
        }
    }
}

impl SftpOptions {
    /// A fault once the stop flag is set.
    pub(super) fn check_stop(&self) -> Result<(), Fault> {
        match self.stop.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Fault::transient("told to stop")),
        }
    }

    /// How long to wait before clocks and the stop flag are looked at again.
    pub(super) fn longest_wait(&self) -> Duration {
        LONGEST_WAIT.min(self.request).min(self.stalled)
    }
}

/// Since when a connection with outstanding requests has heard nothing.
pub(super) struct ResponseTimer {
    last_bytes: Instant,
    last_reply: Instant,
}

impl ResponseTimer {
    pub(super) fn start() -> ResponseTimer {
        let now = Instant::now();
        ResponseTimer {
            last_bytes: now,
            last_reply: now,
        }
    }

    pub(super) fn bytes_moved(&mut self) {
        self.last_bytes = Instant::now();
    }

    pub(super) fn reply_came(&mut self) {
        self.last_reply = Instant::now();
    }

    /// A fault once the server has been silent, or the transfer has stood still, for too long. `slow`: an outstanding
    /// request may take the server long.
    pub(super) fn check(&self, options: &SftpOptions, slow: bool) -> Result<(), Fault> {
        let stalled = options.stalled.max(options.request);
        let silence = if slow { stalled } else { options.request };
        if self.last_bytes.elapsed() >= silence {
            return Err(late("the server has been silent", silence));
        }
        if self.last_reply.elapsed() >= stalled {
            return Err(late("the transfer has stood still", options.stalled));
        }
        Ok(())
    }
}

fn late(what: &str, limit: Duration) -> Fault {
    Fault::transient(format!("{what} for {} s", limit.as_secs_f32()))
}
