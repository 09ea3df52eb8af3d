//! Finding employees by words of what is kept of them.
//!
//! The index is a list of segments, as of a log-structured merge tree: each covers the states that a range of the roster's
//! blocks brought. Runs don't touch it. It is brought up to date between them, and blocks that it does not cover yet are
//! read one by one, so that what is found is the same at any time.

mod pages;
mod segments;

use super::error::Result;
use super::rosters::store::{Store, TakenNumbers, blob, unreadable};
use super::{EmployeeSearch, LedgerError, SqliteLedger};
use crate::changeset::block::{Block, EntryKind};
use crate::changeset::search_words::{SearchWords, each_term};
use crate::ledger::row::{all, value};
use crate::matching::bits::BitSet;
use pages::PageBuilder;
use rusqlite::{Connection, Row};
use segments::{NewSegment, Segment, add_covered, each_number, merge, segments, to_merge};

const TABLE: EntryKind = EntryKind::Employees;
/// Entries that are put into one segment: about 20 MB while they are sorted.
const BATCH: u64 = if cfg!(test) { 12 } else { 64 * 1024 };
/// Entries that a search reads one by one without much delay.
const FEW: i64 = if cfg!(test) { 3 } else { 4 * 1024 };

/// What is said of an index that can't be read.
const fn damaged() -> LedgerError {
    LedgerError::Damaged {
        what: "the index of employees",
    }
}

/// # Errors
/// There is no room for a number: it was never given out.
fn grown(number: u32, set: &BitSet) -> Result<()> {
    match (number as usize) < set.size() {
        true => Ok(()),
        false => Err(damaged()),
    }
}

impl EmployeeSearch for SqliteLedger {
    fn search_employees(&self, roster: &str, words: &SearchWords) -> Result<BitSet> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, roster)?;
        let segments = segments(&snapshot, store.owner)?;
        let size = store.ids as usize + 1;
        let mut covered = BitSet::new(size);
        let mut fresh = BitSet::new(size);
        each_new_state(
            &snapshot,
            &store,
            [since(&segments), i64::MAX],
            |id, fields| {
                covered.set(id as usize);
                if matches(words, fields) {
                    fresh.set(id as usize);
                }
            },
        )?;
        let mut found = fresh;
        for (place, segment) in segments.iter().enumerate() {
            // A segment has all words of an employee whom it covers.
            let mut of_segment: Option<BitSet> = None;
            for word in words.words() {
                let mut of_word = BitSet::new(size);
                each_number(&snapshot, segment, word.as_bytes(), |number| {
                    grown(number, &covered)?;
                    // Of the others, newer segments and blocks know better.
                    if !covered.has(number as usize) {
                        of_word.set(number as usize);
                    }
                    Ok(())
                })?;
                match &mut of_segment {
                    None => of_segment = Some(of_word),
                    Some(of_segment) => of_segment.keep(&of_word),
                }
            }
            found.add(&of_segment.unwrap_or_default());
            if place + 1 < segments.len() {
                add_covered(&snapshot, segment, &mut covered)?;
            }
        }
        Ok(found)
    }

    fn is_index_behind(&self, roster: &str) -> Result<bool> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, roster)?;
        let segments = segments(&snapshot, store.owner)?;
        let unindexed: i64 = value(
            &snapshot,
            "SELECT COALESCE(SUM(entries), 0) FROM blocks WHERE owner = ?1 AND number > ?2",
            (store.owner, since(&segments)),
        )?;
        Ok(unindexed > FEW || to_merge(&segments, store.ids, BATCH) > 0)
    }

    fn extend_index(&mut self, roster: &str) -> Result<bool> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, roster)?;
        let before = segments(&snapshot, store.owner)?;
        let since = since(&before);
        let batch = next_batch(&snapshot, &store, since)?;
        let (new, until, replaced) = match batch {
            Some(until) => {
                let new = segment_of(&snapshot, &store, [since, until])?;
                (new, until, &before[..0])
            }
            None => {
                let replaced = &before[..to_merge(&before, store.ids, BATCH)];
                if replaced.is_empty() {
                    return Ok(false);
                }
                (merge(&snapshot, replaced, store.ids)?, since, replaced)
            }
        };
        drop(snapshot);
        let transaction = self.immediate()?;
        // Where another process was faster, this is for nothing.
        if segments(&transaction, store.owner)? != before {
            return Ok(true);
        }
        segments::remove(&transaction, replaced)?;
        let number = replaced.first().map(|newest| newest.number);
        segments::write(&transaction, store.owner, number, until, &new)?;
        transaction.commit()?;
        Ok(true)
    }
}

/// The newest block that is covered, 0 if none is.
fn since(segments: &[Segment]) -> i64 {
    segments.first().map_or(0, |segment| segment.until)
}

/// The last of the blocks that go into the next segment; `None`: there are none.
fn next_batch(snapshot: &Connection, store: &Store, since: i64) -> Result<Option<i64>> {
    let sql = "SELECT number, entries FROM blocks WHERE owner = ?1 AND number > ?2 ORDER BY number";
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?));
    let mut entries = 0;
    let mut last = None;
    for (number, of_block) in all(snapshot, sql, (store.owner, since), read)? {
        if entries >= BATCH {
            break;
        }
        entries += u64::from(of_block);
        last = Some(number);
    }
    Ok(last)
}

/// Visits the last state of each entry among some blocks: its number and its shown fields.
fn each_new_state(
    snapshot: &Connection,
    store: &Store,
    [since, until]: [i64; 2],
    mut visit: impl FnMut(u32, &[u8]),
) -> Result<()> {
    let mut taken = TakenNumbers::new(store.ids);
    let mut statement = snapshot.prepare_cached(
        "SELECT keys, shown FROM blocks WHERE owner = ?1 AND number > ?2 AND number <= ?3 ORDER BY number DESC",
    )?;
    let mut rows = statement.query((store.owner, since, until))?;
    while let Some(row) = rows.next()? {
        let (keys, shown) = (blob(row, 0, TABLE)?, blob(row, 1, TABLE)?);
        let block = Block::new(TABLE, keys, shown).map_err(unreadable(TABLE))?;
        let entries: Vec<_> = block.entries().map_err(unreadable(TABLE))?.collect();
        for (id, _, fields) in entries.into_iter().rev() {
            if taken.take(TABLE, id)? {
                visit(id, fields);
            }
        }
    }
    Ok(())
}

/// Whether an employee with these shown fields is found.
fn matches(words: &SearchWords, fields: &[u8]) -> bool {
    let mut terms = Vec::new();
    each_term(fields, |term| terms.push(term.to_owned()));
    words.match_all(&terms)
}

/// A segment of some blocks.
fn segment_of(snapshot: &Connection, store: &Store, blocks: [i64; 2]) -> Result<NewSegment> {
    let mut text = Vec::new();
    let mut postings: Vec<(usize, usize, u32)> = Vec::new();
    let mut numbers = Vec::new();
    each_new_state(snapshot, store, blocks, |id, fields| {
        numbers.push(id);
        each_term(fields, |term| {
            let start = text.len();
            text.extend_from_slice(term.as_bytes());
            postings.push((start, text.len(), id));
        });
    })?;
    numbers.sort_unstable();
    let term = |(start, end, _): &(usize, usize, u32)| &text[*start..*end];
    postings.sort_unstable_by(|a, b| (term(a), a.2).cmp(&(term(b), b.2)));
    let mut builder = PageBuilder::default();
    let mut of_term = Vec::new();
    for same in postings.chunk_by(|a, b| term(a) == term(b)) {
        of_term.clear();
        of_term.extend(same.iter().map(|(_, _, id)| *id));
        of_term.dedup();
        builder.push(term(&same[0]), &of_term);
    }
    Ok(NewSegment {
        numbers,
        pages: builder.finish(),
    })
}
