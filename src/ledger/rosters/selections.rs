//! Employees who are not synced yet and whom a person selects: their next record goes out.

use super::compaction::keep_short;
use super::shown_fields;
use super::store::{Store, damaged};
use crate::changeset::block::{BlockBuilder, EntryKind};
use crate::ledger::error::Result;
use crate::ledger::events;
use crate::ledger::{Event, Selections, SqliteLedger};
use crate::matching::roster::Employee;

const TABLE: EntryKind = EntryKind::Employees;
/// Employees whose fields are read at once.
const BATCH: usize = 4096;

impl Selections for SqliteLedger {
    fn select_employees(&mut self, roster: &str, ids: &[u32], event: &Event) -> Result<usize> {
        let transaction = self.immediate()?;
        let mut store = Store::of(&transaction, TABLE, roster)?;
        let mut noted = 0;
        let mut builder = BlockBuilder::new(TABLE);
        for some in ids.chunks(BATCH) {
            let entries = shown_fields::of_snapshot(&transaction, TABLE, roster, some)?;
            for (id, (stored, fields)) in some.iter().zip(entries) {
                let (employee, _) = Employee::load(*id, &stored).ok_or(damaged(TABLE))?;
                if !employee.is(Employee::NOT_SYNCING) || employee.is_selected() {
                    continue;
                }
                let mut state = Vec::new();
                // No record is like nothing, so that the next one differs.
                Employee {
                    content: 0,
                    ..employee
                }
                .store(&mut state);
                for field in fields {
                    field.push(&mut state);
                }
                if !builder.push_state(*id, &state) {
                    return Err(damaged(TABLE));
                }
                noted += 1;
                if builder.is_full() {
                    store.append_built(&transaction, &mut builder)?;
                }
            }
        }
        store.append_built(&transaction, &mut builder)?;
        keep_short(&transaction, &mut store)?;
        store.save(&transaction)?;
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(noted)
    }
}
