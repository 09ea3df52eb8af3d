//! What the runs of one process keep for later ones: rosters and deductions, so that a small file doesn't load a large
//! roster again, and the plan years of waiting files.

use super::Result;
use crate::domain::Parameters;
use crate::ledger::Ledger;
use crate::matching::deductions::Deductions;
use crate::matching::roster::Roster;
use crate::spool::Waiting;
use chrono::NaiveDate;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rosters and deductions that no run has taken out. Taking one out brings it up to date with the ledger.
#[derive(Default)]
pub(crate) struct RosterCache {
    rosters: Mutex<HashMap<String, Roster>>,
    deductions: Mutex<HashMap<String, Deductions>>,
}

impl RosterCache {
    /// A roster as the ledger holds it now.
    pub(crate) fn roster(&self, ledger: &dyn Ledger, name: &str) -> Result<Roster> {
        match take(&self.rosters, name) {
            Some(mut roster) => {
                ledger.refresh_roster(name, &mut roster)?;
                Ok(roster)
            }
            None => Ok(ledger.load_roster(name)?),
        }
    }

    /// Takes a roster back that a run no longer needs.
    pub(crate) fn keep_roster(&self, name: &str, roster: Roster) {
        lock(&self.rosters).insert(name.to_owned(), roster);
    }

    /// An integration's deductions as the ledger holds them now.
    pub(crate) fn deductions(&self, ledger: &dyn Ledger, integration: &str) -> Result<Deductions> {
        match take(&self.deductions, integration) {
            Some(mut deductions) => {
                ledger.refresh_deductions(integration, &mut deductions)?;
                Ok(deductions)
            }
            None => Ok(ledger.load_deductions(integration)?),
        }
    }

    /// Takes deductions back that a run no longer needs.
    pub(crate) fn keep_deductions(&self, integration: &str, deductions: Deductions) {
        lock(&self.deductions).insert(integration.to_owned(), deductions);
    }
}

impl fmt::Debug for RosterCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RosterCache")
    }
}

fn take<T>(all: &Mutex<HashMap<String, T>>, name: &str) -> Option<T> {
    lock(all).remove(name)
}

/// A panic elsewhere leaves the entries whole: each is complete or absent.
fn lock<T>(all: &Mutex<T>) -> MutexGuard<'_, T> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The plan years of waiting files: a daemon asks for them again and again while files wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct PlanYearCache {
    years: Mutex<HashMap<PlanYearKey, Option<NaiveDate>>>,
}

/// A file as it lies there, and the parameters it would be judged with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PlanYearKey {
    integration: String,
    inode: u64,
    changed: (i64, i64),
    parameters: String,
}

/// The number of files that are remembered; beyond it the cache is cleared.
const MOST_FILES: usize = 100_000;

impl PlanYearCache {
    /// The plan year of a file; `read` is called only if it is not known. A file that has changed in any way is
    /// another file.
    pub(crate) fn year(
        &self,
        integration: &str,
        file: &Waiting,
        parameters: &Parameters,
        read: impl FnOnce() -> Result<Option<NaiveDate>>,
    ) -> Result<Option<NaiveDate>> {
        let key = PlanYearKey {
            integration: integration.to_owned(),
            inode: file.inode,
            changed: file.changed,
            parameters: serde_json::to_string(parameters)
                .expect("parameters are plain values under text keys"),
        };
        if let Some(year) = lock(&self.years).get(&key) {
            return Ok(*year);
        }
        // The lock is not held meanwhile: other threads don't wait for a long file.
        let year = read()?;
        let mut years = lock(&self.years);
        if years.len() >= MOST_FILES {
            years.clear();
        }
        years.insert(key, year);
        Ok(year)
    }
}

#[cfg(test)]
mod tests {
    use super::{PlanYearCache, RosterCache};
    use crate::domain::parameters::GivenParameters;
    use crate::ledger::SqliteLedger;
    use crate::matching::deductions::{DeductionState, key};
    use crate::matching::roster::Employee;
    use crate::spool::Waiting;
    use std::cell::Cell;
    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    #[test]
    fn what_is_kept_is_for_one_run_at_a_time() {
        let ledger = SqliteLedger::open_read_only(Path::new("no/such/ledger.db")).expect("empty");
        let kept = RosterCache::default();
        let mut roster = kept.roster(&ledger, "main").expect("loaded");
        roster.put(Employee {
            id: 1,
            subscriber_hash: 5,
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
            series: 7,
            ..DeductionState::default()
        });
        kept.keep_deductions("med", deductions);
        let mut known = |name| {
            let deductions = kept.deductions(&ledger, name).expect("there");
            deductions.find(key(7, 0)).is_some()
        };
        assert_eq!(
            ["other", "med", "med"].map(&mut known),
            [false, true, false]
        );
    }

    #[test]
    fn a_file_is_looked_into_once_until_it_changes() {
        let (peeked, looks) = (PlanYearCache::default(), Cell::new(0));
        let parameters = GivenParameters::default().complete();
        let file = |changed| Waiting {
            arrival: None,
            name: "ded.csv".to_owned(),
            misnamed: None,
            path: PathBuf::from("ded.csv"),
            size: 9,
            modified: SystemTime::UNIX_EPOCH,
            changed,
            inode: 7,
        };
        for changed in [(1, 0), (1, 0), (2, 0), (1, 0)] {
            let look = || {
                looks.set(looks.get() + 1);
                Ok("2026-01-01".parse().ok())
            };
            let year = peeked.year("med", &file(changed), &parameters, look);
            assert_eq!(year.expect("told"), "2026-01-01".parse().ok());
        }
        assert_eq!(looks.get(), 2);
    }
}
