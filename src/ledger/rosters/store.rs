//! The store of one roster's employees, or of one integration's deductions: blocks, appended commit by commit.

use super::{NameKind, known_number};
use crate::changeset::block::{Block, BlockBuilder, BlockFault, EntryKind};
use crate::ledger::LedgerError;
use crate::ledger::error::Result;
use crate::ledger::row::{execute, first, value};
use crate::matching::bits::BitSet;
use crate::matching::roster::Version;
use rusqlite::{Connection, Row, Transaction};

/// What a store is of.
const fn owner_kind(kind: EntryKind) -> NameKind {
    match kind {
        EntryKind::Employees => NameKind::Roster,
        EntryKind::Deductions => NameKind::Integration,
    }
}

/// What is said of a store that can't be read.
pub(in crate::ledger) const fn damaged(kind: EntryKind) -> LedgerError {
    LedgerError::Damaged {
        what: match kind {
            EntryKind::Employees => "a block of the roster",
            EntryKind::Deductions => "a block of the deductions",
        },
    }
}

/// What is said of a block whose bytes can't be read.
pub(in crate::ledger) fn unreadable(kind: EntryKind) -> impl Fn(BlockFault) -> LedgerError {
    move |fault| match fault {
        BlockFault::Version { found } => LedgerError::Block { found },
        BlockFault::Damaged => damaged(kind),
    }
}

/// A blob of a row, borrowed.
pub(in crate::ledger) fn blob<'r>(
    row: &'r Row<'_>,
    column: usize,
    kind: EntryKind,
) -> Result<&'r [u8]> {
    let value = row.get_ref(column)?;
    value.as_blob().map_err(|_| damaged(kind))
}

#[derive(Clone, Copy, Debug)]
pub(in crate::ledger) struct Store {
    pub(in crate::ledger) owner: u16,
    pub(super) kind: EntryKind,
    pub(in crate::ledger) ids: u32,
    pub(super) entries: u64,
    generation: i64,
    newest: i64,
}

impl Store {
    /// The store of a name.
    pub(in crate::ledger) fn of(
        connection: &Connection,
        kind: EntryKind,
        name: &str,
    ) -> Result<Store> {
        let owner = known_number(connection, owner_kind(kind), name)?;
        Store::open(connection, kind, owner)
    }

    /// The store of an owner, an empty one where there is none yet; [`Store::save`] writes it.
    pub(super) fn open(connection: &Connection, kind: EntryKind, owner: u16) -> Result<Store> {
        let sql = "SELECT generation, ids, entries, newest FROM stores WHERE owner = ?1";
        let found = first(connection, sql, [owner], |row| {
            Ok(Store {
                owner,
                kind,
                generation: row.get(0)?,
                ids: row.get(1)?,
                entries: row.get::<_, i64>(2)?.cast_unsigned(),
                newest: row.get(3)?,
            })
        })?;
        Ok(found.unwrap_or(Store {
            owner,
            kind,
            ids: 0,
            entries: 0,
            generation: 0,
            newest: 0,
        }))
    }

    /// The version of a reader that has read all blocks.
    pub(in crate::ledger) fn version(&self) -> Version {
        Version {
            generation: self.generation,
            block: self.newest,
        }
    }

    /// Appends a block as it is; its entries have their numbers.
    pub(super) fn append(&mut self, transaction: &Transaction<'_>, block: Block<'_>) -> Result<()> {
        let (mut lowest, mut highest) = (u32::MAX, 0);
        for (id, _) in self.kind.keys(block.keys).map_err(unreadable(self.kind))? {
            lowest = lowest.min(id);
            highest = highest.max(id);
        }
        // SQLite gives out the highest number so far plus one: the newest block is never removed before a newer one
        // has come, so numbers only grow.
        execute(
            transaction,
            "INSERT INTO blocks (owner, entries, lowest, highest, keys, shown) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                self.owner,
                u32::try_from(block.len()).unwrap_or(u32::MAX),
                lowest,
                highest,
                block.keys,
                block.shown,
            ),
        )?;
        self.newest = transaction.last_insert_rowid();
        self.entries += block.len() as u64;
        self.ids = self.ids.max(highest);
        Ok(())
    }

    /// Appends what is collected and empties the builder.
    pub(super) fn append_built(
        &mut self,
        transaction: &Transaction<'_>,
        builder: &mut BlockBuilder,
    ) -> Result<()> {
        if !builder.block().is_empty() {
            self.append(transaction, builder.block())?;
            builder.clear();
        }
        Ok(())
    }

    /// Writes the store's row.
    pub(super) fn save(&self, transaction: &Transaction<'_>) -> Result<()> {
        execute(
            transaction,
            "INSERT INTO stores (owner, generation, ids, entries, newest) VALUES (?1, random(), ?2, ?3, ?4)
             ON CONFLICT (owner) DO UPDATE SET ids = ?2, entries = ?3, newest = ?4",
            (self.owner, self.ids, self.entries.cast_signed(), self.newest),
        )?;
        Ok(())
    }

    /// Whether a version is of this store, which may have grown since.
    pub(super) fn continues(&self, version: Version) -> bool {
        version.generation == self.generation && version.block <= self.newest
    }

    /// Goes through the keys of all blocks that are newer than a version, in the order they came, and says how many
    /// blocks they were.
    pub(super) fn each_key(
        &self,
        snapshot: &Connection,
        since: Version,
        mut take: impl FnMut(u32, &[u8]) -> Result<()>,
    ) -> Result<usize> {
        let mut statement = snapshot.prepare_cached(
            "SELECT keys FROM blocks WHERE owner = ?1 AND number > ?2 ORDER BY number",
        )?;
        let mut rows = statement.query((self.owner, since.block))?;
        let mut blocks = 0;
        while let Some(row) = rows.next()? {
            blocks += 1;
            let keys = self.kind.keys(blob(row, 0, self.kind)?);
            for (id, stored) in keys.map_err(unreadable(self.kind))? {
                // Numbers are dense: another is damage, and would make room for what is not there.
                if id == 0 || id > self.ids {
                    return Err(damaged(self.kind));
                }
                take(id, stored)?;
            }
        }
        Ok(blocks)
    }

    /// Goes through the last state of every entry once, from the newest block on, or of those with some numbers.
    pub(super) fn each_newest(
        &self,
        snapshot: &Connection,
        only: Option<&BitSet>,
        mut take: impl FnMut(u32, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut taken = TakenNumbers::new(self.ids);
        if let Some(only) = only {
            taken.leave_out_all_but(only);
        }
        let mut statement = snapshot.prepare_cached(
            "SELECT number, lowest, highest FROM blocks WHERE owner = ?1 ORDER BY number DESC",
        )?;
        let mut keys = snapshot.prepare_cached("SELECT keys FROM blocks WHERE number = ?1")?;
        let mut rows = statement.query([self.owner])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            if !taken.lack_any(row.get(1)?, row.get(2)?) {
                continue;
            }
            let mut block = keys.query([number])?;
            let Some(row) = block.next()? else {
                return Err(damaged(self.kind));
            };
            let keys = self.kind.keys(blob(row, 0, self.kind)?);
            for (id, stored) in keys.map_err(unreadable(self.kind))?.rev() {
                if taken.take(self.kind, id)? {
                    take(id, stored)?;
                }
            }
        }
        Ok(())
    }
}

/// The numbers of a store that have come. From the newest block on, only the first entry of each number counts.
pub(in crate::ledger) struct TakenNumbers(BitSet);

impl TakenNumbers {
    /// Of a store that has given out numbers up to `ids`.
    pub(in crate::ledger) fn new(ids: u32) -> TakenNumbers {
        TakenNumbers(BitSet::new(ids as usize + 1))
    }

    /// From now on, only these numbers are taken.
    fn leave_out_all_but(&mut self, only: &BitSet) {
        self.0.invert();
        self.0.keep(only);
        self.0.invert();
    }

    /// Whether a number from `lowest` to `highest` has not come yet.
    fn lack_any(&self, lowest: u32, highest: u32) -> bool {
        self.0.lacks_any(lowest as usize, highest as usize)
    }

    /// Whether it is the first time that this number comes.
    ///
    /// # Errors
    /// It was never given out.
    pub(in crate::ledger) fn take(&mut self, kind: EntryKind, id: u32) -> Result<bool> {
        match id > 0 && (id as usize) < self.0.size() {
            true => Ok(self.0.set(id as usize)),
            false => Err(damaged(kind)),
        }
    }
}

/// The number after those given out.
pub(super) fn next_id(after: u32) -> Result<u32> {
    after.checked_add(1).ok_or(LedgerError::Limit {
        what: "the number of stored keys",
        fix: "start a new site",
    })
}

/// The shown fields of a block's entries.
pub(super) fn shown(snapshot: &Connection, block: i64) -> Result<Vec<u8>> {
    let sql = "SELECT shown FROM blocks WHERE number = ?1";
    value(snapshot, sql, [block])
}
