//! Tables and their versions.
//!
//! A version, once released, is never edited: a change is a new script at the end of the list.

use super::{LedgerError, carry_over};
use rusqlite::{Connection, TransactionBehavior};

/// The script that leads to version `i + 1`, for every `i`.
pub(super) const SCRIPTS: &[&str] = &[
    include_str!("version_1.sql"),
    include_str!("version_2.sql"),
    include_str!("version_3.sql"),
    include_str!("version_4.sql"),
];
/// The version whose script is followed by moving rows into blocks.
const IN_BLOCKS: usize = 4;

/// The version this program needs.
pub(super) fn newest() -> u32 {
    SCRIPTS.len() as u32
}

/// The version of a ledger, 0 for an empty file.
pub(super) fn version(connection: &Connection) -> Result<u32, LedgerError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings a ledger to the last of `scripts`, all or nothing.
pub(super) fn migrate(connection: &mut Connection, scripts: &[&str]) -> Result<(), LedgerError> {
    let known = scripts.len() as u32;
    let found = version(connection)?;
    if found > known {
        return Err(LedgerError::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster: only the version seen under the lock counts.
    let found = version(&transaction)?;
    for (script, leads_to) in scripts.iter().zip(1..).skip(found as usize) {
        transaction.execute_batch(script)?;
        if leads_to == IN_BLOCKS {
            carry_over::into_blocks(&transaction)?;
        }
    }
    transaction.pragma_update(None, "user_version", known.max(found))?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::{SCRIPTS, migrate, version};
    use crate::compare::block::Table;
    use crate::ledger::scenario::employee;
    use crate::ledger::store::Store;
    use crate::ledger::{Ledger, LedgerError};
    use rusqlite::Connection;

    const ROWS: &str = "
        INSERT INTO names (number, kind, name) VALUES (1, 'integration', 'hr'), (2, 'roster', 'main');
        INSERT INTO runs (number, reference, integration, kind, run_name, user, status, state, started,
            started_at, origin, parameters, configuration, processed, accepted, rejected)
        VALUES (1, '20261120-000001', 'hr', 'demographic', 'hr', 'cron', 'Completed', 'closed', 1, '2026-11-20T05:30:12-05:00',
            'inbound', '{}', 'f', 3, 2, 1);
        INSERT INTO rejections (run, integration, record, line, traits) VALUES (1, 1, 3, 4, x'');
        INSERT INTO events (at, user, action, subject) VALUES ('2026-11-20T05:30:12-05:00', 'ada', 'release', 'r');";

    fn first_version() -> Connection {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection, &SCRIPTS[..1]).expect("version 1");
        connection.execute_batch(ROWS).expect("rows of version 1");
        connection
            .execute(
                "INSERT INTO roster (roster, state) VALUES (2, ?1)",
                [employee(5, "S5")],
            )
            .expect("an employee of version 1");
        connection
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        connection
            .query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |r| r.get(0))
            .expect(table)
    }

    #[test]
    fn rows_of_version_1_survive_every_later_version() {
        let mut connection = first_version();
        let later = [
            SCRIPTS,
            &["ALTER TABLE runs ADD COLUMN later INTEGER NOT NULL DEFAULT 7"],
        ]
        .concat();
        migrate(&mut connection, &later).expect("newer version");
        assert_eq!(version(&connection).expect("version"), later.len() as u32);
        for table in ["names", "runs", "blocks", "stores", "rejections", "events"] {
            assert!(count(&connection, table) > 0, "{table}");
        }
        let later: i64 = connection
            .query_row("SELECT later FROM runs WHERE processed = 3", [], |r| {
                r.get(0)
            })
            .expect("column");
        assert_eq!(later, 7);
        let moment: i64 = connection
            .query_row("SELECT moment FROM events", [], |r| r.get(0))
            .expect("moment");
        assert_eq!(moment, 1_795_170_612);
    }

    #[test]
    fn rows_of_version_2_survive_and_there_is_room_for_transfers() {
        let mut connection = first_version();
        migrate(&mut connection, &SCRIPTS[..2]).expect("version 2");
        connection
            .execute_batch(
                "INSERT INTO pauses (integration, since, user) VALUES ('', '2026-11-20T05:30:12-05:00', 'ada');
                 INSERT INTO one_offs (name, due, at, user, body, asked) VALUES ('hr', 1, 'a', 'ada', '{}', 'b');
                 INSERT INTO requests (asked, at, user, body) VALUES (1, 'a', 'ada', '{}');
                 INSERT INTO marks (name, at) VALUES ('retention', 1);
                 INSERT INTO purged (number, reference, integration) VALUES (7, '20261119-000001', 'hr');",
            )
            .expect("rows of version 2");
        migrate(&mut connection, &SCRIPTS[..3]).expect("version 3");
        for table in ["runs", "pauses", "one_offs", "requests", "marks", "purged"] {
            assert_eq!(count(&connection, table), 1, "{table}");
        }
        for table in ["pulls", "outbox", "endpoints"] {
            assert_eq!(count(&connection, table), 0, "{table}");
        }
    }

    #[test]
    fn rows_of_version_3_move_into_blocks_in_their_order() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ledger.db");
        {
            let mut old = Connection::open(&path).expect("made");
            migrate(&mut old, &SCRIPTS[..3]).expect("version 3");
            old.execute_batch(
                "INSERT INTO names (number, kind, name) VALUES (1, 'integration', 'med'), (2, 'roster', 'main'),
                    (3, 'roster', 'other');",
            )
            .expect("names");
            old.execute_batch("BEGIN").expect("begun");
            // Two rosters share the table, so the numbers of each have gaps.
            for n in 1..=4_000u64 {
                let roster = if n % 3 == 0 { 3 } else { 2 };
                let state = employee(n, &format!("S{n}"));
                old.execute(
                    "INSERT INTO roster (roster, state) VALUES (?1, ?2)",
                    (roster, state),
                )
                .expect("row");
            }
            let mut state = vec![9; Table::Deductions.stored()];
            state.extend_from_slice(b"S7\x1fMED01\x1f");
            old.execute(
                "INSERT INTO deductions (integration, state) VALUES (1, ?1)",
                [state],
            )
            .expect("row");
            old.execute_batch("COMMIT").expect("committed");
        }
        let ledger = Ledger::open(&path).expect("brought up to date");
        let subjects = |name: &str| -> Vec<u64> {
            let roster = ledger.load_roster(name).expect("roster");
            let all = roster.employees().iter().zip(1..);
            all.map(|(employee, id)| {
                assert_eq!(employee.id, id);
                employee.subject
            })
            .collect()
        };
        let (other, main): (Vec<u64>, Vec<u64>) = (1..=4_000).partition(|n| n % 3 == 0);
        assert_eq!(subjects("main"), main);
        assert_eq!(subjects("other"), other);
        let (found, fields) = ledger
            .find_employee("main", 4_000)
            .expect("read")
            .expect("there");
        assert_eq!(
            (found.id, fields),
            (main.len() as u32, vec!["S4000".to_owned()])
        );
        assert_eq!(ledger.deductions_of("S7").expect("read").len(), 1);
        let store = Store::of(&ledger.connection, Table::Employees, "main").expect("read");
        assert_eq!(store.map(|s| s.entries), Some(main.len() as u64));
        for table in ["roster", "deductions"] {
            let sql = format!("SELECT COUNT(*) FROM sqlite_schema WHERE name = '{table}'");
            let left: i64 = ledger
                .connection
                .query_row(&sql, [], |r| r.get(0))
                .expect("schema");
            assert_eq!(left, 0, "{table}");
        }
    }

    #[test]
    fn a_script_that_fails_leaves_the_version_before_it() {
        let mut connection = first_version();
        let broken = [SCRIPTS, &["CREATE TABLE half (a); SELECT nonsense"]].concat();
        assert!(migrate(&mut connection, &broken).is_err());
        assert_eq!(version(&connection).expect("version"), 1);
        migrate(&mut connection, SCRIPTS).expect("still good");
    }

    #[test]
    fn a_newer_ledger_is_refused() {
        let mut connection = first_version();
        connection
            .pragma_update(None, "user_version", 99)
            .expect("set");
        let refused = migrate(&mut connection, SCRIPTS);
        assert!(matches!(refused, Err(LedgerError::Newer { found: 99, .. })));
    }

    #[test]
    fn a_run_whose_sums_do_not_close_is_refused_by_the_table() {
        let connection = first_version();
        for broken in ["accepted = 9", "employee_in = 1", "employer_rejected = -1"] {
            let refused = connection.execute(&format!("UPDATE runs SET {broken}"), []);
            let error = LedgerError::from(refused.expect_err(broken));
            assert!(matches!(error, LedgerError::SumLaw), "{error}");
        }
    }
}
