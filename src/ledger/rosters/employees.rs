//! Reads employees: all of a roster as small entries, or some with their shown fields.

use super::shown_fields::{self, FoundEntry};
use super::store::{self, Store, blob, damaged, unreadable};
use crate::changeset::block::{self, EntryKind};
use crate::changeset::shown::{self, KeptField};
use crate::ledger::error::Result;
use crate::ledger::rosters::{NameKind, known_number};
use crate::ledger::row::all;
use crate::ledger::{Employees, SqliteLedger};
use crate::matching::bits::BitSet;
use crate::matching::roster::{Employee, Roster};
use rusqlite::Connection;
use std::collections::BTreeSet;

const TABLE: EntryKind = EntryKind::Employees;

impl Employees for SqliteLedger {
    fn refresh_roster(&self, name: &str, roster: &mut Roster) -> Result<()> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, name)?;
        if !store.continues(roster.version()) {
            *roster = Roster::new(store.ids as usize);
        }
        if roster.version() == store.version() {
            return Ok(());
        }
        let blocks = store.each_key(&snapshot, roster.version(), |id, stored| {
            let (employee, _) = Employee::load(id, stored).ok_or(damaged(TABLE))?;
            roster.put(employee);
            Ok(())
        })?;
        roster.set_version(store.version());
        roster.ready();
        self.give_back_after(blocks)
    }

    fn find_employee(
        &self,
        roster: &str,
        subject: u64,
    ) -> Result<Option<(Employee, Vec<KeptField>)>> {
        let snapshot = self.connection.unchecked_transaction()?;
        newest(&snapshot, &Store::of(&snapshot, TABLE, roster)?, subject)
    }

    fn rehires(&self, roster: &str, subject: u64) -> Result<[Vec<u64>; 2]> {
        let roster = known_number(&self.connection, NameKind::Roster, roster)?;
        let of = |sql: &str| {
            let subject = (roster, subject.cast_signed());
            all(&self.connection, sql, subject, |row| {
                Ok(row.get::<_, i64>(0)?.cast_unsigned())
            })
        };
        Ok([
            of("SELECT former FROM rehires WHERE roster = ?1 AND later = ?2 ORDER BY run, former")?,
            of("SELECT later FROM rehires WHERE roster = ?1 AND former = ?2 ORDER BY run, later")?,
        ])
    }

    fn employees_of(&self, roster: &str, ids: &[u32]) -> Result<Vec<(Employee, Vec<KeptField>)>> {
        let entries = shown_fields::of(&self.connection, TABLE, roster, ids)?;
        let read = |(id, (stored, fields)): (&u32, FoundEntry)| {
            let (employee, _) = Employee::load(*id, &stored).ok_or(damaged(TABLE))?;
            Ok((employee, fields))
        };
        ids.iter().zip(entries).map(read).collect()
    }

    fn each_employee(
        &self,
        roster: &str,
        only: Option<&BitSet>,
        visit: &mut dyn FnMut(&Employee),
    ) -> Result<()> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, roster)?;
        store.each_newest(&snapshot, only, |id, stored| {
            let (employee, _) = Employee::load(id, stored).ok_or(damaged(TABLE))?;
            if employee.subscriber_hash != 0 {
                visit(&employee);
            }
            Ok(())
        })
    }
}

/// The last state of the employee of this subscriber hash, with the shown fields. Reads keys from the newest on.
pub(super) fn newest(
    snapshot: &Connection,
    store: &Store,
    subject: u64,
) -> Result<Option<(Employee, Vec<KeptField>)>> {
    // The stored form begins with the subscriber hash, which is 0 where an entry was removed.
    let (subject, removed) = (subject.to_le_bytes(), [0; 8]);
    let mut gone = BTreeSet::new();
    let mut statement = snapshot
        .prepare_cached("SELECT keys, number FROM blocks WHERE owner = ?1 ORDER BY number DESC")?;
    let mut rows = statement.query([store.owner])?;
    while let Some(row) = rows.next()? {
        let keys = TABLE.keys(blob(row, 0, TABLE)?);
        let mut keys = keys.map_err(unreadable(TABLE))?.enumerate();
        let found = keys.rfind(|(_, (id, stored))| {
            if stored.starts_with(&removed) {
                gone.insert(*id);
            }
            stored.starts_with(&subject) && !gone.contains(id)
        });
        if let Some((place, (id, stored))) = found {
            let (employee, _) = Employee::load(id, stored).ok_or(damaged(TABLE))?;
            let shown = store::shown(snapshot, row.get(1)?)?;
            let fields = block::shown(&shown).nth(place).ok_or(damaged(TABLE))?;
            return Ok(Some((employee, shown::fields(fields))));
        }
    }
    Ok(None)
}
