//! Reads deductions: all of an integration as small entries, or one subscriber's with shown fields.

use super::store::{Store, blob, damaged, unreadable};
use super::{LedgerError, SqliteLedger, StoredDeductions};
use crate::changeset::block::{self, EntryKind};
use crate::changeset::shown;
use crate::matching::deductions::{DeductionState, Deductions};
use crate::matching::roster::Version;
use rusqlite::Connection;
use std::collections::BTreeMap;

const TABLE: EntryKind = EntryKind::Deductions;

/// A deduction after its last accepted record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDeduction {
    /// The integration that accepted it.
    pub integration: String,
    pub state: DeductionState,
    /// Its shown fields, in the order of [`shown::DEDUCTION`].
    pub fields: Vec<String>,
}

impl StoredDeductions for SqliteLedger {
    fn load_deductions(&self, integration: &str) -> Result<Deductions, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let Some(store) = Store::of(&snapshot, TABLE, integration)? else {
            return Ok(Deductions::new(0));
        };
        let mut all = Deductions::new(store.ids as usize);
        fill_deductions(self, &snapshot, &store, &mut all)?;
        Ok(all)
    }

    fn refresh_deductions(
        &self,
        integration: &str,
        all: &mut Deductions,
    ) -> Result<(), LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        match Store::of(&snapshot, TABLE, integration)? {
            Some(store) => {
                if !store.continues(all.version()) {
                    *all = Deductions::new(store.ids as usize);
                }
                fill_deductions(self, &snapshot, &store, all)
            }
            None => {
                if all.version() != Version::default() {
                    *all = Deductions::new(0);
                }
                Ok(())
            }
        }
    }

    fn deductions_of(&self, subscriber_id: &str) -> Result<Vec<StoredDeduction>, LedgerError> {
        let mut first_field = Vec::new();
        shown::push(&mut first_field, subscriber_id.as_bytes());
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
                if !fields.starts_with(&first_field) {
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

fn fill_deductions(
    ledger: &SqliteLedger,
    snapshot: &Connection,
    store: &Store,
    all: &mut Deductions,
) -> Result<(), LedgerError> {
    if all.version() == store.version() {
        return Ok(());
    }
    let blocks = store.each_key(snapshot, all.version(), |id, stored| {
        let (state, _) = DeductionState::load(id, stored).ok_or(damaged(TABLE))?;
        all.put(state);
        Ok(())
    })?;
    all.set_version(store.version());
    all.ready();
    ledger.give_back_after(blocks)
}
