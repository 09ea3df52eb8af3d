//! What runs of this process have loaded, kept for the next one: a small file doesn't load a large roster anew.

use super::error::Result;
use crate::ledger::Ledger;
use crate::matching::deductions::Deductions;
use crate::matching::roster::Roster;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rosters and deductions as far as no run has taken them out. Whoever takes one out brings it to what the ledger holds.
#[derive(Default)]
pub(super) struct Kept {
    /// By name.
    rosters: Mutex<HashMap<String, Roster>>,
    /// By integration.
    deductions: Mutex<HashMap<String, Deductions>>,
}

impl Kept {
    /// A roster as the ledger holds it now.
    pub(super) fn roster(&self, ledger: &Ledger, name: &str) -> Result<Roster> {
        match take(&self.rosters, name) {
            Some(mut roster) => {
                ledger.refresh_roster(name, &mut roster)?;
                Ok(roster)
            }
            None => Ok(ledger.load_roster(name)?),
        }
    }

    /// Takes a roster back that a run needs no more.
    pub(super) fn keep_roster(&self, name: &str, roster: Roster) {
        lock(&self.rosters).insert(name.to_owned(), roster);
    }

    /// An integration's deductions as the ledger holds them now.
    pub(super) fn deductions(&self, ledger: &Ledger, integration: &str) -> Result<Deductions> {
        match take(&self.deductions, integration) {
            Some(mut deductions) => {
                ledger.refresh_deductions(integration, &mut deductions)?;
                Ok(deductions)
            }
            None => Ok(ledger.load_deductions(integration)?),
        }
    }

    /// Takes deductions back that a run needs no more.
    pub(super) fn keep_deductions(&self, integration: &str, deductions: Deductions) {
        lock(&self.deductions).insert(integration.to_owned(), deductions);
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

fn take<T>(all: &Mutex<HashMap<String, T>>, name: &str) -> Option<T> {
    lock(all).remove(name)
}

/// What is kept is whole or not there.
fn lock<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use crate::ledger::Ledger;
    use crate::matching::deductions::DeductionState;
    use crate::matching::roster::Employee;
    use std::path::Path;

    #[test]
    fn what_is_kept_is_for_one_run_at_a_time() {
        let ledger = Ledger::open_read_only(Path::new("no/such/ledger.db")).expect("empty");
        let kept = Kept::default();
        let mut roster = kept.roster(&ledger, "main").expect("loaded");
        roster.put(Employee {
            id: 1,
            subject: 5,
            ..Employee::default()
        });
        kept.keep_roster("main", roster);
        let mut known = |name| {
            let roster = kept.roster(&ledger, name).expect("there");
            roster.find(5).is_some()
        };
        assert_eq!(
            ["other", "main", "main"].map(&mut known),
            [false, true, false]
        );
        let mut deductions = kept.deductions(&ledger, "med").expect("loaded");
        deductions.put(DeductionState {
            id: 1,
            key: 7,
            ..DeductionState::default()
        });
        kept.keep_deductions("med", deductions);
        let mut known = |name| {
            let deductions = kept.deductions(&ledger, name).expect("there");
            deductions.find(7).is_some()
        };
        assert_eq!(
            ["other", "med", "med"].map(&mut known),
            [false, true, false]
        );
    }
}
