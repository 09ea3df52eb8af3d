//! The tables, and the version of them that a ledger file has.

use super::LedgerError;
use super::error::Result;
use rusqlite::{Connection, TransactionBehavior};
use std::cmp::Ordering;

/// The version this program reads and writes: `PRAGMA user_version`, 0 in an empty file.
const VERSION: u32 = 8;
const TABLES: &str = include_str!("schema.sql");

/// Makes the tables in an empty file. One with tables must be of this version.
pub(super) fn prepare(connection: &mut Connection) -> Result<()> {
    if version(connection)? == 0 {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster: only the version seen under the lock counts.
        if version(&transaction)? == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
    }
    check(connection)
}

/// Refuses a ledger of another version.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let (found, known) = (version(connection)?, VERSION);
    match found.cmp(&known) {
        Ordering::Less => Err(LedgerError::Older { found, known }),
        Ordering::Greater => Err(LedgerError::Newer { found, known }),
        Ordering::Equal => Ok(()),
    }
}

fn version(connection: &Connection) -> Result<u32> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::{TABLES, VERSION, prepare, version};
    use crate::ledger::LedgerError;
    use rusqlite::Connection;

    #[test]
    fn tables_are_made_once() {
        let mut connection = Connection::open_in_memory().expect("memory");
        for _ in 0..2 {
            prepare(&mut connection).expect("tables");
            assert_eq!(version(&connection).expect("version"), VERSION);
        }
    }

    #[test]
    fn a_newer_ledger_is_refused() {
        let mut connection = Connection::open_in_memory().expect("memory");
        connection
            .pragma_update(None, "user_version", 99)
            .expect("set");
        let refused = prepare(&mut connection);
        assert!(matches!(refused, Err(LedgerError::Newer { found: 99, .. })));
    }

    #[test]
    fn a_run_whose_sums_do_not_close_is_refused_by_the_table() {
        let connection = Connection::open_in_memory().expect("memory");
        connection.execute_batch(TABLES).expect("tables");
        let run = "INSERT INTO runs (reference, integration, kind, run_name, user, status, state, started,
                started_offset, arrived, origin, parameters, configuration, processed, accepted, rejected)
            VALUES ('20261120-000001', 'hr', 'demographic', 'hr', 'cron', 'Completed', 'closed', 1, 0, 1, 'inbound',
                '{}', 'f', 3, 2, 1)";
        assert_eq!(connection.execute(run, []).expect("a run"), 1);
        for broken in ["accepted = 9", "employee_in = 1", "employer_rejected = -1"] {
            let refused = connection.execute(&format!("UPDATE runs SET {broken}"), []);
            let error = LedgerError::from(refused.expect_err(broken));
            assert!(matches!(error, LedgerError::SumLaw), "{error}");
        }
    }
}
