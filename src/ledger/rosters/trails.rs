//! What runs did to employees: an entry for each accepted record, in rows that are sorted by the numbers of the employees.
//!
//! An entry is the employee's number, the number of the run, the length of what [`crate::changeset::trail`] reads (two bytes),
//! and that.

use super::{NameKind, known_number};
use crate::changeset::trail::TrailEntry;
use crate::ledger::error::Result;
use crate::ledger::row::{all, damaged, execute, first, value};
use crate::ledger::{RosterTrails, SqliteLedger};
use crate::matching::roster::Employee;
use rusqlite::{Connection, Row, Transaction};

/// Entries that are sorted at once, and rewritten at once.
const BATCH: usize = if cfg!(test) { 40 } else { 64 * 1024 };
/// Entries of a row.
const ROW: usize = if cfg!(test) { 7 } else { 1_000 };
/// Old entries that are left until more have come.
const FEW: i64 = if cfg!(test) { 3 } else { 4 * 1024 };
/// Bytes before what is done: number, run, length.
const HEAD: usize = 4 + 4 + 2;

/// What a run did to an employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailStep {
    /// Number of the run.
    pub run: u32,
    pub entry: TrailEntry,
    /// The columns that changed, by comparison with what was known before. Custom columns whose names are not known any more
    /// are left out.
    pub columns: Vec<String>,
}

impl RosterTrails for SqliteLedger {
    fn trail_of(&self, roster: &str, employee: &Employee) -> Result<Vec<TrailStep>> {
        let snapshot = self.connection.unchecked_transaction()?;
        let owner = known_number(&snapshot, NameKind::Roster, roster)?;
        let sql = "SELECT entries FROM trails WHERE owner = ?1 AND lowest <= ?2 AND highest >= ?2";
        let mut found = Vec::new();
        for row in all(&snapshot, sql, (owner, employee.id), |row| {
            Ok(row.get::<_, Vec<u8>>(0)?)
        })? {
            for (number, run, done) in entries(&row) {
                if number == employee.id {
                    found.push((run, TrailEntry::read(done).ok_or(UNREADABLE)?));
                }
            }
        }
        found.sort_by_key(|(run, _)| *run);
        let name = |number: u32| {
            let sql = "SELECT name FROM custom_columns WHERE number = ?1";
            first(&snapshot, sql, [number], |row| Ok(row.get(0)?)).unwrap_or_default()
        };
        let mut before: Option<TrailEntry> = None;
        let mut steps = Vec::with_capacity(found.len());
        for (run, entry) in found {
            let columns = match &before {
                Some(before) if entry.has_prints => entry.changed_since(before, name),
                _ => Vec::new(),
            };
            if entry.has_prints {
                before = Some(entry.clone());
            }
            steps.push(TrailStep {
                run,
                entry,
                columns,
            });
        }
        Ok(steps)
    }
}

const UNREADABLE: crate::ledger::LedgerError = damaged("what was done to an employee");

/// The entries of a row: number, run, and what was done. They end early where the bytes are damaged.
fn entries(mut row: &[u8]) -> impl Iterator<Item = (u32, u32, &[u8])> {
    std::iter::from_fn(move || {
        let (head, rest) = row.split_first_chunk::<HEAD>()?;
        let [a, b, c, d, e, f, g, h, i, j] = *head;
        let length = usize::from(u16::from_le_bytes([i, j]));
        let (done, rest) = rest.split_at_checked(length)?;
        row = rest;
        let number = u32::from_le_bytes([a, b, c, d]);
        Some((number, u32::from_le_bytes([e, f, g, h]), done))
    })
}

/// Collects entries, and writes them as rows.
pub(super) struct TrailWriter<'t> {
    transaction: &'t Transaction<'t>,
    owner: u16,
    /// The run whose entries they are; 0 for entries of several runs that are purged.
    run: u32,
    bytes: Vec<u8>,
    /// Number and place in `bytes`.
    entries: Vec<(u32, usize)>,
}

impl<'t> TrailWriter<'t> {
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        owner: u16,
        run: u32,
    ) -> Result<TrailWriter<'t>> {
        if run > 0 {
            // An earlier commit of the same run, before its release.
            let sql = "DELETE FROM trails WHERE owner = ?1 AND run = ?2";
            execute(transaction, sql, (owner, run))?;
        }
        Ok(TrailWriter {
            transaction,
            owner,
            run,
            bytes: Vec::new(),
            entries: Vec::new(),
        })
    }

    /// Adds what was done to employees with these numbers, one after the other; see
    /// [`crate::changeset::change::Change::Trails`].
    ///
    /// # Errors
    /// They are not as many as the numbers.
    pub(super) fn add_all(
        &mut self,
        numbers: impl Iterator<Item = u32>,
        mut trails: &[u8],
    ) -> Result<()> {
        for number in numbers {
            let split = trails.split_first_chunk();
            let split = split.and_then(|(length, rest)| {
                rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
            });
            let (done, rest) = split.ok_or(UNREADABLE)?;
            trails = rest;
            if !done.is_empty() {
                self.add(number, self.run, done)?;
            }
        }
        match trails {
            [] => Ok(()),
            _ => Err(UNREADABLE),
        }
    }

    fn add(&mut self, number: u32, run: u32, done: &[u8]) -> Result<()> {
        self.entries.push((number, self.bytes.len()));
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self.bytes.extend_from_slice(&run.to_le_bytes());
        let length = u16::try_from(done.len()).map_err(|_| UNREADABLE)?;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(done);
        match self.entries.len() >= BATCH {
            true => self.write(),
            false => Ok(()),
        }
    }

    /// Writes what is collected.
    pub(super) fn write(&mut self) -> Result<()> {
        self.entries.sort_unstable();
        let mut row = Vec::new();
        for some in self.entries.chunks(ROW) {
            row.clear();
            for (_, at) in some {
                let rest = &self.bytes[*at..];
                let length = usize::from(u16::from_le_bytes([rest[HEAD - 2], rest[HEAD - 1]]));
                row.extend_from_slice(&rest[..HEAD + length]);
            }
            let (Some((lowest, _)), Some((highest, _))) = (some.first(), some.last()) else {
                continue;
            };
            execute(
                self.transaction,
                "INSERT INTO trails (owner, run, lowest, highest, count, entries) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    self.owner,
                    self.run,
                    lowest,
                    highest,
                    u32::try_from(some.len()).unwrap_or(u32::MAX),
                    &row,
                ),
            )?;
        }
        self.entries.clear();
        self.bytes.clear();
        Ok(())
    }
}

/// Notes the name of a custom column.
pub(super) fn name_column(transaction: &Transaction<'_>, number: u32, name: &str) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO custom_columns (number, name) VALUES (?1, ?2)";
    execute(transaction, sql, (number, name)).map(drop)
}

/// Forgets entries up to a run, but for the newest of each employee, with which the next is compared. Where there are few,
/// they are left until there are more.
pub(in crate::ledger) fn forget_until(transaction: &Transaction<'_>, last: u32) -> Result<()> {
    let owners = "SELECT DISTINCT owner FROM trails WHERE run > 0 AND run <= ?1";
    for owner in all(transaction, owners, [last], |row| Ok(row.get::<_, u16>(0)?))? {
        let sql =
            "SELECT COALESCE(SUM(count), 0) FROM trails WHERE owner = ?1 AND run > 0 AND run <= ?2";
        let old: i64 = value(transaction, sql, (owner, last))?;
        let sql = "SELECT COALESCE(SUM(count), 0) FROM trails WHERE owner = ?1 AND run = 0";
        let base: i64 = value(transaction, sql, [owner])?;
        if old > FEW + base / 8 {
            keep_newest(transaction, owner, last)?;
        }
    }
    Ok(())
}

/// Writes the newest entry of each employee up to a run in place of all of them.
fn keep_newest(transaction: &Transaction<'_>, owner: u16, last: u32) -> Result<()> {
    let sql =
        "SELECT number, lowest, highest FROM trails WHERE owner = ?1 AND run <= ?2 ORDER BY number";
    let read = |row: &Row<'_>| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, u32>(1)?,
            row.get::<_, u32>(2)?,
        ))
    };
    let rows = all(transaction, sql, (owner, last), read)?;
    let most = rows.iter().map(|(_, _, highest)| *highest).max();
    let most = most.unwrap_or(0);
    let window = u32::try_from(BATCH).unwrap_or(u32::MAX);
    let mut kept = TrailWriter::new(transaction, owner, 0)?;
    let mut from = 1u32;
    while from <= most {
        let to = from.saturating_add(window - 1);
        let within = rows
            .iter()
            .filter(|(_, low, high)| *low <= to && *high >= from);
        let newest = newest_of(transaction, within.map(|(number, ..)| *number), from..=to)?;
        for (number, (run, done)) in newest {
            kept.add(number, run, &done)?;
        }
        match to.checked_add(1) {
            Some(next) => from = next,
            None => break,
        }
    }
    kept.write()?;
    for (number, ..) in rows {
        execute(
            transaction,
            "DELETE FROM trails WHERE number = ?1",
            [number],
        )?;
    }
    Ok(())
}

/// The newest entry of each employee with a number in a range, out of some rows: the run, and what was done. One without
/// prints is no base for a comparison, and so an older one with prints is taken.
fn newest_of(
    connection: &Connection,
    rows: impl Iterator<Item = i64>,
    range: std::ops::RangeInclusive<u32>,
) -> Result<std::collections::BTreeMap<u32, (u32, Vec<u8>)>> {
    let mut newest = std::collections::BTreeMap::new();
    for number in rows {
        let sql = "SELECT entries FROM trails WHERE number = ?1";
        let row: Vec<u8> = value(connection, sql, [number])?;
        for (number, run, done) in entries(&row).filter(|(number, ..)| range.contains(number)) {
            let better =
                |(known, than): &(u32, Vec<u8>)| (done.len() > 1, run) > (than.len() > 1, *known);
            if newest.get(&number).is_none_or(better) {
                newest.insert(number, (run, done.to_vec()));
            }
        }
    }
    Ok(newest)
}
