//! What the steps of a round report: what kept single files back, and what ends more than a step.

use crate::ledger::{EventAction, Part};
use crate::site::RunError;
use crate::transport::{Fault, FaultKind, UNSAID};
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

/// What a trouble is about, and the action of the event that reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct About {
    pub(super) part: Part,
    pub(super) integration: String,
    pub(super) action: EventAction,
}

impl About {
    pub(super) fn new(part: Part, integration: &str, action: EventAction) -> About {
        About {
            part,
            integration: integration.to_owned(),
            action,
        }
    }
}

/// What kept one file or folder back in a step. Files without a report got through it.
#[derive(Debug)]
pub(super) struct ItemReport {
    pub(super) about: About,
    pub(super) fault: Fault,
    /// The sentence for people; `None`: they need not know.
    pub(super) why: Option<String>,
}

impl ItemReport {
    /// # Errors
    /// The fault is one of our own disk.
    pub(super) fn new(about: &About, fault: Fault, why: Option<String>) -> Step<ItemReport> {
        Ok(ItemReport {
            about: about.clone(),
            fault: StopReason::not_of_our_disk(fault)?,
            why,
        })
    }
}

/// Whether a fault concerns its file or folder alone, and not the endpoint or our own disk.
pub(super) fn is_items_own(fault: &Fault) -> bool {
    !matches!(fault.kind, FaultKind::Transient | FaultKind::Local) && !fault.stops_endpoint()
}

/// What the server did not do. `failed` completes "the server failed" (`while it was written`), where it gave no reason;
/// `could` introduces the reason it gave (`it can't be written`).
pub(super) fn not_done(fault: &Fault, failed: &str, could: &str) -> String {
    match fault.kind {
        FaultKind::Transient if fault.what == UNSAID => format!("the server failed {failed}"),
        FaultKind::Transient => format!("{could}: {fault}"),
        _ => fault.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::not_done;
    use crate::transport::{Fault, FaultKind, UNSAID};

    #[test]
    fn what_was_not_done_is_said_with_the_servers_reason_if_it_has_one() {
        let said = |what: &str| {
            let fault = Fault::new(FaultKind::Transient, what);
            not_done(&fault, "while it was read", "it can't be read")
        };
        assert_eq!(said(UNSAID), "the server failed while it was read");
        assert_eq!(
            said("it says that its disk is full"),
            "it can't be read: it says that its disk is full"
        );
    }
}
