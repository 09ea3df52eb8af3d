//! How long a server has owed an answer.

use super::terms::SftpOptions;
use crate::transport::{Fault, FaultKind};
use std::time::{Duration, Instant};

/// The clocks of a connection at work.
pub(super) struct Watch {
    heard: Instant,
    answered: Instant,
}

impl Watch {
    /// Both clocks begin.
    pub(super) fn new() -> Watch {
        let now = Instant::now();
        Watch {
            heard: now,
            answered: now,
        }
    }

    /// Bytes have moved.
    pub(super) fn moved(&mut self) {
        self.heard = Instant::now();
    }

    /// A request has been answered.
    pub(super) fn answered(&mut self) {
        self.answered = Instant::now();
    }

    /// A fault once the server has been silent or the transfer has stood for too long. `patient`: it has been asked for
    /// something that takes long.
    pub(super) fn look(&self, terms: &SftpOptions, patient: bool) -> Result<(), Fault> {
        let silence = if patient {
            terms.stalled.max(terms.request)
        } else {
            terms.request
        };
        if self.heard.elapsed() >= silence {
            return Err(late("the server has been silent", silence));
        }
        if self.answered.elapsed() >= terms.stalled.max(terms.request) {
            return Err(late("the transfer has stood still", terms.stalled));
        }
        Ok(())
    }
}

fn late(what: &str, limit: Duration) -> Fault {
    Fault::new(
        FaultKind::Transient,
        format!("{what} for {} s", limit.as_secs_f32()),
    )
}
