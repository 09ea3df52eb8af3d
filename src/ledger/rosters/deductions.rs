//! Reads deductions: all of an integration as small entries, or some with their shown fields.

use super::shown_fields;
use super::store::{Store, blob, damaged, unreadable};
use crate::changeset::block::{self, EntryKind};
use crate::changeset::shown::{self, KeptField};
use crate::ledger::error::Result;
use crate::ledger::{SqliteLedger, StoredDeductions};
use crate::matching::deductions::{DeductionState, Deductions};
use std::collections::BTreeMap;

const TABLE: EntryKind = EntryKind::Deductions;

/// A deduction after its last accepted record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDeduction {
    /// The integration that accepted it.
    pub integration: String,
    pub state: DeductionState,
    /// Its shown fields, in the order of [`shown::DEDUCTION`].
    pub fields: Vec<KeptField>,
}

impl StoredDeductions for SqliteLedger {
    fn refresh_deductions(&self, integration: &str, all: &mut Deductions) -> Result<()> {
        let snapshot = self.connection.unchecked_transaction()?;
        let store = Store::of(&snapshot, TABLE, integration)?;
        if !store.continues(all.version()) {
            *all = Deductions::new(store.ids as usize);
        }
        if all.version() == store.version() {
            return Ok(());
        }
        let blocks = store.each_key(&snapshot, all.version(), |id, stored| {
            let (state, _) = DeductionState::load(id, stored).ok_or(damaged(TABLE))?;
            all.put(state);
            Ok(())
        })?;
        all.set_version(store.version());
        all.ready();
        self.give_back_after(blocks)
    }

    fn deductions_fields(&self, integration: &str, ids: &[u32]) -> Result<Vec<Vec<KeptField>>> {
        let entries = shown_fields::of(&self.connection, TABLE, integration, ids)?;
        Ok(entries.into_iter().map(|(_, fields)| fields).collect())
    }

    fn deductions_of(&self, wanted: &dyn Fn(&[u8]) -> bool) -> Result<Vec<StoredDeduction>> {
        let snapshot = self.connection.unchecked_transaction()?;
        let mut statement = snapshot.prepare_cached(
            "SELECT n.number, n.name, b.keys, b.shown FROM names n JOIN blocks b ON b.owner = n.number
             WHERE n.kind = 'integration' ORDER BY n.number, b.number",
        )?;
        let mut rows = statement.query([])?;
        // Later blocks say better; the key of an entry, and so its subscriber, never changes.
        let mut found: BTreeMap<(u16, u32), StoredDeduction> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let fields = block::shown(blob(row, 3, TABLE)?);
            let keys = TABLE.keys(blob(row, 2, TABLE)?);
            for ((id, stored), fields) in keys.map_err(unreadable(TABLE))?.zip(fields) {
                if !wanted(fields) {
                    continue;
                }
                let (state, _) = DeductionState::load(id, stored).ok_or(damaged(TABLE))?;
                let deduction = StoredDeduction {
                    integration: row.get(1)?,
                    state,
                    fields: shown::fields(fields),
                };
                found.insert((row.get(0)?, id), deduction);
            }
        }
        Ok(found.into_values().collect())
    }
}
