//! What a connection keeps to.

use crate::transport::{Fault, FaultKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The longest wait without a look at the stop sign.
const TURN: Duration = Duration::from_millis(200);

/// What the connections to an endpoint keep to.
#[derive(Clone, Debug)]
pub struct SftpOptions {
    /// Connections at the same time, at most; at least 1.
    pub sessions: usize,
    /// How long a server may be silent that owes an answer.
    pub request: Duration,
    /// How long a transfer may go without an answer, whatever trickles in; and how long making a file durable may take.
    pub stalled: Duration,
    /// Set: whatever is under way ends soon, as [`FaultKind::Transient`].
    pub stop: Arc<AtomicBool>,
}

impl Default for SftpOptions {
    fn default() -> SftpOptions {
        SftpOptions {
            sessions: 1,
            request: Duration::from_secs(30),
            stalled: Duration::from_secs(60),
            stop: Arc::default(),
        }
    }
}

impl SftpOptions {
    /// A fault if everything is told to stop.
    pub(super) fn go_on(&self) -> Result<(), Fault> {
        match self.stop.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Fault::new(FaultKind::Transient, "told to stop")),
        }
    }

    /// How long to wait at most before looking at clocks and signs again.
    pub(super) fn turn(&self) -> Duration {
        TURN.min(self.request).min(self.stalled)
    }
}
