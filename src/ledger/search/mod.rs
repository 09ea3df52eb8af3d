//! Finding employees by words of what is kept of them.

use super::error::Result;
use super::rosters::store::{Store, TakenNumbers, blob, unreadable};
use super::{EmployeeSearch, SqliteLedger};
use crate::changeset::block::{Block, EntryKind};
use crate::changeset::search_words::{SearchWords, each_term};
use crate::matching::bits::BitSet;

const TABLE: EntryKind = EntryKind::Employees;

impl EmployeeSearch for SqliteLedger {
    fn search_employees(&self, roster: &str, words: &SearchWords) -> Result<BitSet> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, roster)?;
        let mut found = BitSet::new(store.ids as usize + 1);
        let mut taken = TakenNumbers::new(store.ids);
        let mut statement = snapshot.prepare_cached(
            "SELECT keys, shown FROM blocks WHERE owner = ?1 ORDER BY number DESC",
        )?;
        let mut rows = statement.query([store.owner])?;
        while let Some(row) = rows.next()? {
            let (keys, shown) = (blob(row, 0, TABLE)?, blob(row, 1, TABLE)?);
            let block = Block::new(TABLE, keys, shown).map_err(unreadable(TABLE))?;
            let entries: Vec<_> = block.entries().map_err(unreadable(TABLE))?.collect();
            for (id, _, fields) in entries.into_iter().rev() {
                if taken.take(TABLE, id)? {
                    let mut terms = Vec::new();
                    each_term(fields, |term| terms.push(term.to_owned()));
                    if words.match_all(&terms) {
                        found.set(id as usize);
                    }
                }
            }
        }
        Ok(found)
    }
}
