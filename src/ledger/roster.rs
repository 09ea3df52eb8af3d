//! Employees out of the ledger: all of a roster as small entries, or one with its shown fields.

use super::names::{self, NameKind};
use super::{Ledger, LedgerError};
use crate::compare::shown;
use crate::matching::roster::{Employee, Roster};
use rusqlite::OptionalExtension;

const DAMAGED: LedgerError = LedgerError::Damaged {
    what: "a row of the roster",
};

impl Ledger {
    /// A roster's employees; `identity` says whether SSN and username can be looked up too.
    pub fn load_roster(&self, name: &str, identity: bool) -> Result<Roster, LedgerError> {
        let Some(number) = names::known(&self.connection, NameKind::Roster, name)? else {
            return Ok(Roster::new(0, identity));
        };
        let mut roster = Roster::new(self.rows("roster", "roster", number)?, identity);
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, state FROM roster WHERE roster = ?1")?;
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            let state = row.get_ref(1)?.as_blob().map_err(|_| DAMAGED)?;
            let (employee, _) = Employee::load(row.get(0)?, state).ok_or(DAMAGED)?;
            roster.put(employee);
        }
        self.give_back_cache()?;
        Ok(roster)
    }

    /// The shown fields of one employee by its row, in the order of [`shown::EMPLOYEE`].
    pub fn employee_fields(&self, row: u32) -> Result<Option<Vec<String>>, LedgerError> {
        let state: Option<Vec<u8>> = self
            .connection
            .prepare_cached("SELECT state FROM roster WHERE id = ?1")?
            .query_row([row], |r| r.get(0))
            .optional()?;
        state
            .map(|s| {
                Employee::load(row, &s)
                    .map(|(_, rest)| shown::fields(rest))
                    .ok_or(DAMAGED)
            })
            .transpose()
    }

    /// The employee of this subscriber hash, with the shown fields. Reads the whole roster.
    pub fn find_employee(
        &self,
        roster: &str,
        subject: u64,
    ) -> Result<Option<(Employee, Vec<String>)>, LedgerError> {
        let Some(number) = names::known(&self.connection, NameKind::Roster, roster)? else {
            return Ok(None);
        };
        let found: Option<(u32, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT id, state FROM roster WHERE roster = ?1 AND substr(state, 1, 8) = ?2",
            )?
            .query_row((number, subject.to_le_bytes()), |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        found
            .map(|(id, state)| {
                let (employee, rest) = Employee::load(id, &state).ok_or(DAMAGED)?;
                Ok((employee, shown::fields(rest)))
            })
            .transpose()
    }

    /// At most how many rows of a big table have this owner, for making room; too high where several share it.
    pub(super) fn rows(&self, table: &str, owner: &str, number: u16) -> Result<usize, LedgerError> {
        let alone: bool = self
            .connection
            .prepare_cached("SELECT COUNT(*) < 2 FROM names WHERE kind = ?1")?
            .query_row([owner], |r| r.get(0))?;
        // With a single owner the highest row number is as good as a count and costs one look.
        let sql = if alone {
            format!("SELECT COALESCE(MAX(id), 0) FROM {table}")
        } else {
            format!("SELECT COUNT(*) FROM {table} WHERE {owner} = {number}")
        };
        let rows: i64 = self
            .connection
            .prepare_cached(&sql)?
            .query_row([], |r| r.get(0))?;
        Ok(usize::try_from(rows).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{changes, committed, employee, ledger, new_run, summary};
    use crate::compare::change::{Change, ChangeReader};
    use crate::domain::RunStatus;

    #[test]
    fn rosters_are_kept_apart_and_found_by_hash() {
        let (_folder, mut ledger) = ledger();
        for (subject, name) in [(5, "main"), (6, "other"), (8, "main")] {
            let run = ledger.begin(&new_run("hr")).expect("run");
            let summary = summary(&run, RunStatus::Completed, 1, 0);
            let state = employee(subject, &format!("S{subject}"));
            let bytes = changes(&[Change::Employee {
                id: 0,
                state: &state,
            }]);
            let mut reader = ChangeReader::new(&bytes[..]);
            ledger
                .commit(run.number, &committed(&summary), Some(&mut reader), name)
                .expect("committed");
        }
        let main = ledger.load_roster("main", true).expect("roster");
        let ids: Vec<u32> = main
            .employees()
            .iter()
            .map(|e| e.id)
            .filter(|id| *id != 0)
            .collect();
        assert_eq!(ids, [1, 3]);
        assert_eq!(main.ssn_owner(7, 0), Some(5));
        assert!(ledger.load_roster("none", true).expect("roster").is_empty());
        let (found, fields) = ledger
            .find_employee("main", 8)
            .expect("read")
            .expect("there");
        assert_eq!((found.id, fields), (3, vec!["S8".to_owned()]));
        assert_eq!(ledger.find_employee("main", 6).expect("read"), None);
        assert_eq!(
            ledger.employee_fields(2).expect("read"),
            Some(vec!["S6".to_owned()])
        );
    }
}
