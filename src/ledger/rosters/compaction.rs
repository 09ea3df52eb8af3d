//! Compaction of stores: small blocks are merged into larger ones, and a store is rewritten when too many of its entries
//! are superseded.
//!
//! Both are done within the transaction of a commit, and both replace the newest blocks from some number on, so that
//! the order of what is left stays the order in which it came.

use super::store::{Store, blob, damaged, unreadable};
use crate::changeset::block::{Block, BlockBuilder, EntryKind};
use crate::ledger::error::Result;
use crate::ledger::row::{execute, value};
use rusqlite::Transaction;

/// The number of small blocks of one size class that are merged into one. An entry is rewritten only a few times until
/// its block is full.
const FAN: u32 = 8;
/// A store is rewritten when it holds more than one and a half entries per number, plus this many.
const SLACK: u64 = 2 * BlockBuilder::FULL as u64;
/// Numbers that are collected at a time when a store is rewritten: 10 to 20 MB.
const WINDOW: u32 = 64 * 1024;

/// The size class of a block.
fn class(entries: usize) -> u32 {
    match entries {
        0..16 => 0,
        16..128 => 1,
        _ => 2,
    }
}

/// Merges or rewrites what needs it after an append.
pub(super) fn keep_short(transaction: &Transaction<'_>, store: &mut Store) -> Result<()> {
    let ids = u64::from(store.ids);
    if store.entries > ids + ids / 2 + SLACK {
        return rewrite(transaction, store, 0, WINDOW);
    }
    while let Some(first) = small_tail(transaction, store)? {
        rewrite(transaction, store, first, u32::MAX)?;
    }
    Ok(())
}

/// The first of the small blocks at the end that are to be merged.
fn small_tail(transaction: &Transaction<'_>, store: &Store) -> Result<Option<i64>> {
    let mut statement = transaction.prepare_cached(
        "SELECT number, entries, length(shown) FROM blocks WHERE owner = ?1 ORDER BY number DESC LIMIT ?2",
    )?;
    let mut rows = statement.query((store.owner, FAN))?;
    let (mut blocks, mut first, mut newest) = (0, 0, None);
    while let Some(row) = rows.next()? {
        let entries = row.get::<_, u32>(1)? as usize;
        let largest = *newest.get_or_insert(class(entries));
        let full = entries >= BlockBuilder::FULL
            || row.get::<_, u32>(2)? as usize >= BlockBuilder::LONGEST;
        if full || class(entries) > largest {
            break;
        }
        (blocks, first) = (blocks + 1, row.get(0)?);
    }
    Ok((blocks == FAN).then_some(first))
}

/// Replaces all blocks from a number on by full ones that hold the last entry of each number, in their order.
fn rewrite(
    transaction: &Transaction<'_>,
    store: &mut Store,
    first: i64,
    window: u32,
) -> Result<()> {
    let last = store.version().block;
    let replaced: i64 = value(
        transaction,
        "SELECT COALESCE(SUM(entries), 0) FROM blocks WHERE owner = ?1 AND number BETWEEN ?2 AND ?3",
        (store.owner, first, last),
    )?;
    let mut gathered = Gathered::default();
    let mut builder = BlockBuilder::new(store.kind);
    let mut lowest = 1u32;
    loop {
        let highest = lowest.saturating_add(window - 1);
        gathered.gather(transaction, store, [first, last], [lowest, highest])?;
        for (id, stored, fields) in gathered.live(store.kind) {
            if !builder.push(id, stored, fields) {
                return Err(damaged(store.kind));
            }
            if builder.is_full() {
                store.append_built(transaction, &mut builder)?;
            }
        }
        if highest >= store.ids {
            break;
        }
        lowest = highest + 1;
    }
    store.append_built(transaction, &mut builder)?;
    execute(
        transaction,
        "DELETE FROM blocks WHERE owner = ?1 AND number BETWEEN ?2 AND ?3",
        (store.owner, first, last),
    )?;
    store.entries = store.entries.saturating_sub(replaced.cast_unsigned());
    Ok(())
}

/// Entries of some numbers, out of many blocks.
#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    /// Number, place in `bytes` (later is newer), length of the shown fields.
    entries: Vec<(u32, usize, usize)>,
}

impl Gathered {
    fn gather(
        &mut self,
        transaction: &Transaction<'_>,
        store: &Store,
        blocks: [i64; 2],
        ids: [u32; 2],
    ) -> Result<()> {
        self.bytes.clear();
        self.entries.clear();
        let mut statement = transaction.prepare_cached(
            "SELECT keys, shown FROM blocks WHERE owner = ?1 AND number BETWEEN ?2 AND ?3
             AND highest >= ?4 AND lowest <= ?5 ORDER BY number",
        )?;
        let mut rows = statement.query((store.owner, blocks[0], blocks[1], ids[0], ids[1]))?;
        while let Some(row) = rows.next()? {
            let (keys, shown) = (blob(row, 0, store.kind)?, blob(row, 1, store.kind)?);
            let unreadable = unreadable(store.kind);
            let block = Block::new(store.kind, keys, shown).map_err(&unreadable)?;
            for (id, stored, fields) in block.entries().map_err(&unreadable)? {
                if id >= ids[0] && id <= ids[1] {
                    self.entries.push((id, self.bytes.len(), fields.len()));
                    self.bytes.extend_from_slice(stored);
                    self.bytes.extend_from_slice(fields);
                }
            }
        }
        self.entries.sort_unstable();
        Ok(())
    }

    /// The newest entry of each number, in their order.
    fn live(&self, kind: EntryKind) -> impl Iterator<Item = (u32, &[u8], &[u8])> {
        let stored = kind.stored();
        let same = self.entries.chunk_by(|a, b| a.0 == b.0);
        same.filter_map(move |all| {
            let (id, at, fields) = *all.last()?;
            let (stored, rest) = self.bytes[at..].split_at(stored);
            Some((id, stored, &rest[..fields]))
        })
    }
}
