//! What ends a part of a round, sorted by what goes on all the same.

use crate::ledger::LedgerError;
use crate::run::RunError;
use crate::spool::SpoolError;
use crate::transport::{Fault, FaultKind};
use std::io;

/// What ends a part of a round.
#[derive(Debug)]
pub(super) enum StopReason {
    /// Everything at this endpoint stops until a person acts.
    Stop(Fault),
    /// It may pass by itself.
    Later(Fault),
    /// This integration's fault alone, in a sentence.
    Here(String),
    /// Our own disk or ledger failed.
    Broken(RunError),
}

impl From<RunError> for StopReason {
    fn from(error: RunError) -> StopReason {
        StopReason::Broken(error)
    }
}

impl From<LedgerError> for StopReason {
    fn from(error: LedgerError) -> StopReason {
        StopReason::Broken(error.into())
    }
}

impl From<SpoolError> for StopReason {
    fn from(error: SpoolError) -> StopReason {
        StopReason::Broken(error.into())
    }
}

/// Keeps the faults of a batch's items apart: those that end more than their item are told at the batch's end, when what
/// went well is written down.
#[derive(Debug, Default)]
pub(super) struct Faults {
    stop: Option<Fault>,
    later: Option<Fault>,
}

impl Faults {
    /// The fault, if it is its item's alone; else it is kept.
    ///
    /// # Errors
    /// Our own disk failed.
    pub(super) fn sort(&mut self, fault: Fault) -> Result<Option<Fault>, StopReason> {
        if fault.stops_endpoint() {
            self.stop.get_or_insert(fault);
            return Ok(None);
        }
        match fault.kind {
            FaultKind::Transient => {
                self.later.get_or_insert(fault);
                Ok(None)
            }
            FaultKind::Local => Err(StopReason::Broken(local(fault))),
            _ => Ok(Some(fault)),
        }
    }

    /// Ends the batch with what was kept.
    pub(super) fn end(self) -> Result<(), StopReason> {
        match (self.stop, self.later) {
            (Some(fault), _) => Err(StopReason::Stop(fault)),
            (None, Some(fault)) => Err(StopReason::Later(fault)),
            (None, None) => Ok(()),
        }
    }
}

fn local(fault: Fault) -> RunError {
    let source = fault
        .source
        .unwrap_or_else(|| io::Error::other(fault.what.clone()));
    RunError::io("moving a file between the site and a server")(source)
}

/// The halt that a fault of a whole folder means; `here` makes the sentence of one that is the integration's.
pub(super) fn of_folder(fault: Fault, here: impl FnOnce(&Fault) -> String) -> StopReason {
    let mut faults = Faults::default();
    match faults.sort(fault) {
        Ok(Some(fault)) => StopReason::Here(here(&fault)),
        Ok(None) => match faults.end() {
            Err(halt) => halt,
            Ok(()) => StopReason::Here(String::new()),
        },
        Err(halt) => halt,
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, StopReason, of_folder};
    use crate::transport::{Fault, FaultKind};

    #[test]
    fn faults_end_as_much_as_their_kind_says() {
        let fault = |kind| Fault::new(kind, "what");
        let mut faults = Faults::default();
        for kind in [FaultKind::Missing, FaultKind::Denied, FaultKind::Exists] {
            assert!(faults.sort(fault(kind)).expect("sorted").is_some());
        }
        assert!(Faults::default().end().is_ok());
        assert!(
            faults
                .sort(fault(FaultKind::Transient))
                .expect("sorted")
                .is_none()
        );
        assert!(
            faults
                .sort(fault(FaultKind::SignIn))
                .expect("sorted")
                .is_none()
        );
        assert!(matches!(faults.end(), Err(StopReason::Stop(_))));
        assert!(faults_of(FaultKind::Local));
        let here = of_folder(fault(FaultKind::Missing), |f| f.what.clone());
        assert!(matches!(here, StopReason::Here(why) if why == "what"));
        assert!(matches!(
            of_folder(fault(FaultKind::Transient), |_| String::new()),
            StopReason::Later(_)
        ));
    }

    fn faults_of(kind: FaultKind) -> bool {
        let sorted = Faults::default().sort(Fault::new(kind, "what"));
        matches!(sorted, Err(StopReason::Broken(_)))
    }
}
