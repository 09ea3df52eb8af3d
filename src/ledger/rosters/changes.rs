//! A run's changes, from their stream into the tables.

use super::accounts;
use super::compaction::keep_short;
use super::edits;
use super::levels;
use super::store::{Store, next_id};
use super::trails::{TrailWriter, name_column};
use crate::changeset::block::{Block, EntryKind};
use crate::changeset::change::{Change, ChangeReader};
use crate::changeset::trail;
use crate::domain::Severity;
use crate::ledger::LedgerError;
use crate::ledger::error::Result;
use crate::ledger::row::execute;
use crate::matching::roster::Version;
use rusqlite::Transaction;
use std::collections::BTreeMap;
use std::io;

/// Whose changes they are.
#[derive(Clone, Copy)]
pub(in crate::ledger) struct Owner {
    pub(in crate::ledger) run: u32,
    /// Number of the run's integration.
    pub(in crate::ledger) integration: u16,
    /// Number of the roster its employees belong to.
    pub(in crate::ledger) roster: u16,
}

/// Applies all changes, one at a time. Returns by how much the open rejections of each run grew.
pub(in crate::ledger) fn apply(
    transaction: &Transaction<'_>,
    owner: Owner,
    changes: &mut ChangeReader<'_>,
) -> Result<BTreeMap<u32, i64>> {
    let mut opened: BTreeMap<u32, i64> = BTreeMap::new();
    let mut employees = States::new(transaction, EntryKind::Employees, owner.roster);
    let mut deductions = States::new(transaction, EntryKind::Deductions, owner.integration);
    let mut reject = transaction.prepare_cached(
        "INSERT INTO rejections (run, integration, record, line, key, traits, person)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut close = transaction.prepare_cached(
        "UPDATE rejections SET closed_by = ?1 WHERE id = ?2 AND closed_by IS NULL RETURNING run",
    )?;
    let mut find = transaction.prepare_cached(
        "INSERT INTO findings (run, record, line, field, code, severity) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let by = (owner.roster, owner.run);
    let mut trails = TrailWriter::new(transaction, owner.roster, owner.run)?;
    while let Some(change) = changes.next_change().map_err(LedgerError::Changes)? {
        match change {
            Change::Block { base, block } => match block.kind {
                EntryKind::Employees => employees.write(base, block)?,
                EntryKind::Deductions => deductions.write(base, block)?,
            },
            // A stream never holds them one by one.
            Change::Employee { .. } | Change::Deduction { .. } => return Err(damaged()),
            Change::Rejection {
                record,
                line,
                key,
                traits,
                person,
            } => {
                reject.execute((
                    owner.run,
                    owner.integration,
                    record.cast_signed(),
                    line.cast_signed(),
                    key.map(u64::cast_signed),
                    traits,
                    person,
                ))?;
                *opened.entry(owner.run).or_default() += 1;
            }
            Change::Trails(done) => trails.add_all(employees.numbers(), done)?,
            Change::CustomColumn(name) => {
                name_column(transaction, trail::custom_number(name), name)?;
            }
            Change::Rehire { former, later } => rehired(transaction, by, former, later)?,
            Change::Account { state } => accounts::know(transaction, by, state)?,
            Change::Link {
                subscriber,
                account,
            } => accounts::link(transaction, by, subscriber, account)?,
            Change::LevelOver(subscriber) => levels::over(transaction, by, subscriber)?,
            Change::Closed(row) => {
                let mut closed = close.query((owner.run, row))?;
                while let Some(row) = closed.next()? {
                    *opened.entry(row.get(0)?).or_default() -= 1;
                }
            }
            Change::Finding(finding) => {
                find.execute((
                    owner.run,
                    finding.record.cast_signed(),
                    finding.line.cast_signed(),
                    &*finding.field,
                    finding.code.as_str(),
                    Severity::as_str(finding.severity),
                ))?;
            }
        }
    }
    trails.write()?;
    if employees.store.is_some() {
        edits::forget(transaction, owner.roster)?;
    }
    employees.end()?;
    deductions.end()?;
    Ok(opened)
}

/// Links the entries of an employee who was hired again under another ID.
fn rehired(
    transaction: &Transaction<'_>,
    (roster, run): (u16, u32),
    former: u64,
    later: u64,
) -> Result<()> {
    execute(
        transaction,
        "INSERT OR IGNORE INTO rehires (roster, former, later, run) VALUES (?1, ?2, ?3, ?4)",
        (roster, former.cast_signed(), later.cast_signed(), run),
    )?;
    Ok(())
}

fn damaged() -> LedgerError {
    LedgerError::Changes(io::Error::from(io::ErrorKind::InvalidData))
}

/// Writes new states to one of the stores.
struct States<'t> {
    transaction: &'t Transaction<'t>,
    kind: EntryKind,
    owner: u16,
    /// The store and how many numbers it had given out before.
    store: Option<(Store, u32)>,
    base: Version,
    keys: Vec<u8>,
}

impl<'t> States<'t> {
    fn new(transaction: &'t Transaction<'t>, kind: EntryKind, owner: u16) -> States<'t> {
        States {
            transaction,
            kind,
            owner,
            store: None,
            base: Version::default(),
            keys: Vec::new(),
        }
    }

    /// Stores a block, giving new entries their numbers.
    ///
    /// The numbers in the block were found by their keys in the store of its base. If nothing was stored since, they
    /// still belong to those keys, so only the version is compared and not every key.
    fn write(&mut self, base: Version, block: Block<'_>) -> Result<()> {
        let (store, known) = match &mut self.store {
            Some(opened) => opened,
            none => {
                let store = Store::open(self.transaction, self.kind, self.owner)?;
                self.base = store.version();
                none.insert((store, store.ids))
            }
        };
        if base != self.base {
            return Err(LedgerError::Overtaken {
                table: match self.kind {
                    EntryKind::Employees => "roster",
                    EntryKind::Deductions => "deductions",
                },
            });
        }
        self.keys.clear();
        self.keys.extend_from_slice(block.keys);
        let mut last = store.ids;
        for number in self.kind.numbers_mut(&mut self.keys) {
            match u32::from_le_bytes(*number) {
                0 => {
                    last = next_id(last)?;
                    *number = last.to_le_bytes();
                }
                id if id > *known => return Err(damaged()),
                _ => {}
            }
        }
        let keys = &self.keys;
        store.append(self.transaction, Block { keys, ..block })
    }

    /// The numbers of the entries that were written last.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        let keys = self.kind.keys(&self.keys).ok();
        keys.into_iter().flatten().map(|(number, _)| number)
    }

    fn end(self) -> Result<()> {
        let Some((mut store, _)) = self.store else {
            return Ok(());
        };
        keep_short(self.transaction, &mut store)?;
        store.save(self.transaction)
    }
}
