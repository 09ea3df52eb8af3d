//! What people change in a roster by hand: entries that were made by mistake are removed, with a way back until a run
//! changes the roster.

use super::compaction::keep_short;
use super::employees::newest;
use super::store::{Store, damaged};
use crate::changeset::block::{Block, BlockBuilder, EntryKind};
use crate::changeset::shown::KeptField;
use crate::ledger::error::Result;
use crate::ledger::events;
use crate::ledger::row::{all, cell, execute, first};
use crate::ledger::{Event, RosterEdits, SqliteLedger};
use crate::matching::roster::Employee;
use rusqlite::{Connection, Transaction};
use std::collections::{BTreeMap, BTreeSet};

const TABLE: EntryKind = EntryKind::Employees;
/// Places of the last four digits of the SSN and of the username among the shown fields.
const SSN_LAST4: usize = 2;
const USERNAME: usize = 1;

/// An entry that was made by mistake.
#[derive(Clone, Copy, Debug)]
pub struct RosterEdit<'a> {
    pub roster: &'a str,
    /// Whose entry is removed: the hash of the subscriber ID.
    pub subject: u64,
    /// The entry of the same person that takes over what it lacks.
    pub into: Option<u64>,
}

/// How a removal was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restoration {
    Done,
    /// No such entry was removed since a run last changed the roster.
    Unknown,
    /// A later change has to be taken back first: this employee's.
    After(u64),
}

/// A row of `rehires`: former, later, run.
type Link = (i64, i64, u32);

#[derive(Clone)]
struct Entry {
    employee: Employee,
    fields: Vec<KeptField>,
}

impl RosterEdits for SqliteLedger {
    fn remove_employee(&mut self, edit: &RosterEdit<'_>, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let mut store = Store::of(&transaction, TABLE, edit.roster)?;
        let Some(change) = RosterChange::of(&transaction, &store, edit)? else {
            return Ok(false);
        };
        let links = serde_json::to_string(&change.links).expect("numbers can be written as JSON");
        let before = block_of(&change.before)?;
        let Block { keys, shown, .. } = before.block();
        execute(
            &transaction,
            "INSERT INTO roster_edits (roster, subject, keys, shown, links) VALUES (?1, ?2, ?3, ?4, ?5)",
            (store.owner, edit.subject.cast_signed(), keys, shown, links),
        )?;
        execute(
            &transaction,
            "DELETE FROM rehires WHERE roster = ?1 AND (former = ?2 OR later = ?2)",
            (store.owner, edit.subject.cast_signed()),
        )?;
        append(&transaction, &mut store, block_of(&change.after)?.block())?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit().map(|()| true)?)
    }

    fn restore_employee(
        &mut self,
        roster: &str,
        subject: u64,
        event: &Event,
    ) -> Result<Restoration> {
        let transaction = self.immediate()?;
        let mut store = Store::of(&transaction, TABLE, roster)?;
        let found = first(
            &transaction,
            "SELECT id, keys, shown, links FROM roster_edits WHERE roster = ?1 AND subject = ?2 ORDER BY id DESC",
            (store.owner, subject.cast_signed()),
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, Vec<u8>>(1)?,
                    row.get::<_, Vec<u8>>(2)?,
                    row.get::<_, String>(3)?,
                ))
            },
        )?;
        let Some((edit, keys, shown, links)) = found else {
            return Ok(Restoration::Unknown);
        };
        if let Some(later) = later_edit(&transaction, store.owner, edit, &keys)? {
            return Ok(Restoration::After(later));
        }
        let block = Block::new(TABLE, &keys, &shown).map_err(|_| damaged(TABLE))?;
        append(&transaction, &mut store, block)?;
        let links: Vec<Link> = serde_json::from_str(&links).map_err(|_| damaged(TABLE))?;
        for (former, later, run) in links {
            execute(
                &transaction,
                "INSERT OR IGNORE INTO rehires (roster, former, later, run) VALUES (?1, ?2, ?3, ?4)",
                (store.owner, former, later, run),
            )?;
        }
        execute(
            &transaction,
            "DELETE FROM roster_edits WHERE id = ?1",
            [edit],
        )?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit().map(|()| Restoration::Done)?)
    }

    fn removed_employees(&self, roster: &str) -> Result<Vec<u64>> {
        let store = Store::of(&self.connection, TABLE, roster)?;
        let sql = "SELECT subject FROM roster_edits WHERE roster = ?1 ORDER BY id";
        let subjects: Vec<i64> = all(&self.connection, sql, [store.owner], cell)?;
        Ok(subjects.into_iter().map(i64::cast_unsigned).collect())
    }
}

/// Forgets what was changed by hand in a roster: a run has changed it, and may count on it.
pub(super) fn forget(transaction: &Transaction<'_>, roster: u16) -> Result<()> {
    execute(
        transaction,
        "DELETE FROM roster_edits WHERE roster = ?1",
        [roster],
    )?;
    Ok(())
}

/// What an edit changes.
struct RosterChange {
    before: Vec<Entry>,
    after: Vec<Entry>,
    links: Vec<Link>,
}

impl RosterChange {
    /// `None`: one of the entries is not there.
    fn of(
        connection: &Connection,
        store: &Store,
        edit: &RosterEdit<'_>,
    ) -> Result<Option<RosterChange>> {
        let entry = |subject: u64| -> Result<Option<Entry>> {
            let found = newest(connection, store, subject)?;
            Ok(found.map(|(employee, fields)| Entry { employee, fields }))
        };
        let Some(removed) = entry(edit.subject)? else {
            return Ok(None);
        };
        let links = links(connection, store.owner, edit.subject)?;
        let mut before = BTreeMap::from([(removed.employee.id, removed.clone())]);
        for (former, later, _) in &links {
            if later.cast_unsigned() == edit.subject
                && let Some(former) = entry(former.cast_unsigned())?
            {
                before.insert(former.employee.id, former);
            }
        }
        let into = match edit.into {
            None => None,
            Some(into) => match entry(into)? {
                None => return Ok(None),
                Some(into) => Some(into),
            },
        };
        let into = into.map(|entry| {
            let id = entry.employee.id;
            before.insert(id, entry);
            id
        });
        let mut after = before.clone();
        for (id, entry) in &mut after {
            if *id == removed.employee.id {
                *entry = nobody(*id);
                continue;
            }
            give_back(&mut entry.employee, &removed.employee);
            if Some(*id) == into {
                take_over(entry, &removed);
            }
        }
        Ok(Some(RosterChange {
            before: before.into_values().collect(),
            after: after.into_values().collect(),
            links,
        }))
    }
}

/// The place of an employee who is no more: no identity finds it, and it isn't counted.
fn nobody(id: u32) -> Entry {
    Entry {
        employee: Employee {
            id,
            flags: Employee::TEST,
            ..Employee::default()
        },
        fields: Vec::new(),
    }
}

/// An employee who left, and whose SSN and username had passed on to the removed entry, is found by them again.
fn give_back(former: &mut Employee, removed: &Employee) {
    if former.ssn == removed.ssn {
        former.flags &= !Employee::SSN_PASSED_ON;
    }
    if former.username == removed.username {
        former.flags &= !Employee::USERNAME_PASSED_ON;
    }
}

/// The entry that stays takes SSN and username if it has none.
fn take_over(stays: &mut Entry, removed: &Entry) {
    let field = |place: usize, stays: &mut Vec<KeptField>| {
        if let (Some(to), Some(from)) = (stays.get_mut(place), removed.fields.get(place)) {
            to.clone_from(from);
        }
    };
    if stays.employee.ssn == 0 && removed.employee.ssn != 0 {
        stays.employee.ssn = removed.employee.ssn;
        field(SSN_LAST4, &mut stays.fields);
    }
    if stays.employee.username == 0 && removed.employee.username != 0 {
        stays.employee.username = removed.employee.username;
        field(USERNAME, &mut stays.fields);
    }
}

fn links(connection: &Connection, roster: u16, subject: u64) -> Result<Vec<Link>> {
    let sql =
        "SELECT former, later, run FROM rehires WHERE roster = ?1 AND (former = ?2 OR later = ?2)";
    all(connection, sql, (roster, subject.cast_signed()), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

/// Whose entry was removed after an edit, by another that changed one of the same entries.
fn later_edit(
    transaction: &Transaction<'_>,
    roster: u16,
    edit: i64,
    keys: &[u8],
) -> Result<Option<u64>> {
    let ids = |keys: &[u8]| -> Result<BTreeSet<u32>> {
        let keys = TABLE.keys(keys).map_err(|_| damaged(TABLE))?;
        Ok(keys.map(|(id, _)| id).collect())
    };
    let changed = ids(keys)?;
    let later: Vec<(i64, Vec<u8>)> = all(
        transaction,
        "SELECT subject, keys FROM roster_edits WHERE roster = ?1 AND id > ?2 ORDER BY id DESC",
        (roster, edit),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (subject, keys) in later {
        if !ids(&keys)?.is_disjoint(&changed) {
            return Ok(Some(subject.cast_unsigned()));
        }
    }
    Ok(None)
}

fn block_of(entries: &[Entry]) -> Result<BlockBuilder> {
    let mut builder = BlockBuilder::new(TABLE);
    for Entry { employee, fields } in entries {
        let mut state = Vec::new();
        employee.store(&mut state);
        for field in fields {
            field.push(&mut state);
        }
        if !builder.push_state(employee.id, &state) {
            return Err(damaged(TABLE));
        }
    }
    Ok(builder)
}

fn append(transaction: &Transaction<'_>, store: &mut Store, block: Block<'_>) -> Result<()> {
    store.append(transaction, block)?;
    keep_short(transaction, store)?;
    store.save(transaction)
}
