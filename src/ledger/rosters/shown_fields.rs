//! Reads the shown fields of a few employees or deductions.

use super::store::{self, Store, damaged, unreadable};
use crate::changeset::block::{self, EntryKind};
use crate::changeset::shown::{self, KeptField};
use crate::ledger::error::Result;
use crate::ledger::row::value;
use rusqlite::Connection;

/// An entry as it is stored, and its shown fields.
pub(super) type FoundEntry = (Vec<u8>, Vec<KeptField>);

/// The entries of a roster, or of an integration, by their numbers: one pass over its blocks, of which only those are read
/// that may hold one of them.
///
/// # Errors
/// Also where a number was never given out.
pub(super) fn of(
    connection: &Connection,
    table: EntryKind,
    owner: &str,
    ids: &[u32],
) -> Result<Vec<FoundEntry>> {
    of_snapshot(&*connection.unchecked_transaction()?, table, owner, ids)
}

/// The same within a transaction.
pub(super) fn of_snapshot(
    snapshot: &Connection,
    table: EntryKind,
    owner: &str,
    ids: &[u32],
) -> Result<Vec<FoundEntry>> {
    let mut found: Vec<Option<FoundEntry>> = vec![None; ids.len()];
    let store = Store::of(snapshot, table, owner)?;
    let mut wanted: Vec<(u32, usize)> = ids.iter().copied().zip(0..).collect();
    wanted.sort_unstable();
    let mut statement = snapshot.prepare_cached(
        "SELECT number, lowest, highest FROM blocks WHERE owner = ?1 ORDER BY number DESC",
    )?;
    let mut rows = statement.query([store.owner])?;
    while !wanted.is_empty()
        && let Some(row) = rows.next()?
    {
        let (number, lowest, highest) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let any = |ids: &[(u32, usize)]| ids.first().is_some_and(|(id, _)| *id <= highest);
        if any(&wanted[wanted.partition_point(|(id, _)| *id < lowest)..]) {
            take_shown(snapshot, table, number, &wanted, &mut found)?;
            wanted.retain(|(_, at)| found[*at].is_none());
        }
    }
    let all: Option<Vec<_>> = found.into_iter().collect();
    all.ok_or(damaged(table))
}

/// Takes the shown fields of those wanted entries that a block holds.
fn take_shown(
    snapshot: &Connection,
    table: EntryKind,
    number: i64,
    wanted: &[(u32, usize)],
    found: &mut [Option<FoundEntry>],
) -> Result<()> {
    let sql = "SELECT keys FROM blocks WHERE number = ?1";
    let keys: Vec<u8> = value(snapshot, sql, [number])?;
    // Places of the last entry of each, from the end.
    let mut hits: Vec<(usize, usize, &[u8])> = Vec::new();
    let mut taken = vec![false; wanted.len()];
    let keys = table.keys(&keys).map_err(unreadable(table))?;
    for (place, (id, stored)) in keys.enumerate().rev() {
        let from = wanted.partition_point(|(other, _)| *other < id);
        for (i, (_, at)) in wanted
            .iter()
            .enumerate()
            .skip(from)
            .take_while(|(_, w)| w.0 == id)
        {
            if !std::mem::replace(&mut taken[i], true) {
                hits.push((place, *at, stored));
            }
        }
    }
    if hits.is_empty() {
        return Ok(());
    }
    let shown = store::shown(snapshot, number)?;
    for (place, fields) in block::shown(&shown).enumerate() {
        while let Some((_, at, stored)) = hits.pop_if(|(hit, ..)| *hit == place) {
            found[at] = Some((stored.to_vec(), shown::fields(fields)));
        }
    }
    Ok(())
}
