//! What ends a part of a round, sorted by what goes on all the same.

use crate::ledger::LedgerError;
use crate::run::RunError;
use crate::spool::SpoolError;
use crate::transport::{Fault, FaultKind};
use std::io;

/// What ends a part of a round.
#[derive(Debug)]
pub(super) enum Halt {
    /// Everything at this endpoint stops until a person acts.
    Stop(Fault),
    /// It may pass by itself.
    Later(Fault),
    /// This integration's fault alone, in a sentence.
    Here(String),
    /// Our own disk or ledger failed.
    Broken(RunError),
}

impl From<RunError> for Halt {
    fn from(error: RunError) -> Halt {
        Halt::Broken(error)
    }
}

impl From<LedgerError> for Halt {
    fn from(error: LedgerError) -> Halt {
        Halt::Broken(error.into())
    }
}

impl From<SpoolError> for Halt {
    fn from(error: SpoolError) -> Halt {
        Halt::Broken(error.into())
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
    pub(super) fn sort(&mut self, fault: Fault) -> Result<Option<Fault>, Halt> {
        if fault.stops_endpoint() {
            self.stop.get_or_insert(fault);
            return Ok(None);
        }
        match fault.kind {
            FaultKind::Transient => {
                self.later.get_or_insert(fault);
                Ok(None)
            }
            FaultKind::Local => Err(Halt::Broken(local(fault))),
            _ => Ok(Some(fault)),
        }
    }

    /// Ends the batch with what was kept.
    pub(super) fn end(self) -> Result<(), Halt> {
        match (self.stop, self.later) {
            (Some(fault), _) => Err(Halt::Stop(fault)),
            (None, Some(fault)) => Err(Halt::Later(fault)),
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
pub(super) fn of_folder(fault: Fault, here: impl FnOnce(&Fault) -> String) -> Halt {
    let mut faults = Faults::default();
    match faults.sort(fault) {
        Ok(Some(fault)) => Halt::Here(here(&fault)),
        Ok(None) => match faults.end() {
            Err(halt) => halt,
            Ok(()) => Halt::Here(String::new()),
        },
        Err(halt) => halt,
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, Halt, of_folder};
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
        assert!(matches!(faults.end(), Err(Halt::Stop(_))));
        assert!(faults_of(FaultKind::Local));
        let here = of_folder(fault(FaultKind::Missing), |f| f.what.clone());
        assert!(matches!(here, Halt::Here(why) if why == "what"));
        assert!(matches!(
            of_folder(fault(FaultKind::Transient), |_| String::new()),
            Halt::Later(_)
        ));
    }

    fn faults_of(kind: FaultKind) -> bool {
        let sorted = Faults::default().sort(Fault::new(kind, "what"));
        matches!(sorted, Err(Halt::Broken(_)))
    }
}
