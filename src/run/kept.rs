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
