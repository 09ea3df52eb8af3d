//! What ends a part of a round, by how much of the rest can go on.

use crate::site::RunError;
use crate::transport::{Fault, FaultKind};
use std::io;

/// The result of a step.
pub(super) type Step<T = ()> = Result<T, StopReason>;

/// What ends a part of a round.
#[derive(Debug)]
pub(super) enum StopReason {
    /// All work at this endpoint stops until a person acts.
    NeedsPerson(Fault),
    /// It may pass without anyone acting; tried again later.
    Transient(Fault),
    /// Our own disk or ledger failed.
    Internal(RunError),
}

impl StopReason {
    /// The fault, unless it is one of our own disk.
    pub(super) fn not_of_our_disk(fault: Fault) -> Result<Fault, StopReason> {
        if fault.kind != FaultKind::Local {
            return Ok(fault);
        }
        let source = fault.source.unwrap_or_else(|| io::Error::other(fault.what));
        let error = RunError::io("moving a file between the site and a server")(source);
        Err(StopReason::Internal(error))
    }
}

impl<E: Into<RunError>> From<E> for StopReason {
    fn from(error: E) -> StopReason {
        StopReason::Internal(error.into())
    }
}
