//! From version 3 to 4: employees and deductions move from a row each into blocks.

use super::LedgerError;
use super::store::{Store, blob, damaged};
use crate::compare::block::{BlockBuilder, Table};
use rusqlite::Transaction;

/// Moves all rows. Their numbers are given anew, in the old order and without gaps: nothing outside the two tables
/// names them, and no change that does outlives the run that made it.
pub(super) fn into_blocks(transaction: &Transaction<'_>) -> Result<(), LedgerError> {
    for (table, rows, owner) in [
        (Table::Employees, "roster", "roster"),
        (Table::Deductions, "deductions", "integration"),
    ] {
        let mut statement =
            transaction.prepare(&format!("SELECT DISTINCT {owner} FROM {rows} ORDER BY 1"))?;
        let owners = statement.query_map([], |row| row.get(0))?;
        for number in owners.collect::<Result<Vec<u16>, _>>()? {
            let sql = format!("SELECT state FROM {rows} WHERE {owner} = ?1 ORDER BY id");
            carry(transaction, table, number, &sql)?;
        }
    }
    Ok(transaction.execute_batch("DROP TABLE roster; DROP TABLE deductions")?)
}

fn carry(
    transaction: &Transaction<'_>,
    table: Table,
    owner: u16,
    sql: &str,
) -> Result<(), LedgerError> {
    let mut store = Store::open(transaction, table, owner)?;
    let mut builder = BlockBuilder::new(table);
    let mut id = 0;
    let mut statement = transaction.prepare(sql)?;
    let mut rows = statement.query([owner])?;
    while let Some(row) = rows.next()? {
        id = store.next_id(id)?;
        if !builder.push_state(id, blob(row, 0, table)?) {
            return Err(damaged(table));
        }
        if builder.is_full() {
            store.append_built(transaction, &mut builder)?;
        }
    }
    store.append_built(transaction, &mut builder)?;
    store.save(transaction)
}
