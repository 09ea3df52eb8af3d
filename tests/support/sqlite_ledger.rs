//! What tests do with the file of an `SQLite` ledger that no command and no trait of the ledger does. Besides the tests
//! in `src/ledger`, this file alone knows its tables; for another backend it would be written once more.

use chrono::TimeDelta;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::path::Path;

/// A row: its columns by name, each with its value.
pub(crate) type Row = Vec<(String, String)>;

fn open(site: &Path) -> Connection {
    Connection::open(site.join("state/ledger.db")).expect("a ledger")
}

/// Every row of every table. Two stories that end alike have the same rows, also where no trait shows them (files that
/// were sent, how blocks are cut), so generations, which are drawn by lot, are left out, and the site's folder is ROOT.
pub(crate) fn rows(site: &Path) -> BTreeMap<String, Vec<Row>> {
    let root = site.canonicalize().expect("a folder");
    let connection = open(site);
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = connection.prepare(tables).expect("tables");
    let tables = tables.query_map([], |row| row.get(0)).expect("tables");
    let tables = tables.map(|table| table.expect("a name"));
    tables
        .map(|table: String| (table.clone(), rows_of(&connection, &table, &root)))
        .collect()
}

fn rows_of(connection: &Connection, table: &str, root: &Path) -> Vec<Row> {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {table}"))
        .expect("a table");
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let root = root.to_string_lossy();
    let mut found = statement.query([]).expect("rows");
    let mut rows = Vec::new();
    while let Some(row) = found.next().expect("a row") {
        let cell = |at| match row.get_ref(at).expect("a cell") {
            ValueRef::Text(text) => String::from_utf8_lossy(text).replace(&*root, "ROOT"),
            other => format!("{other:?}"),
        };
        let cells = columns.iter().enumerate();
        let cells = cells.map(|(at, column)| (column.clone(), cell(at)));
        rows.push(cells.filter(|(column, _)| column != "generation").collect());
    }
    rows
}

/// Makes every run look as if it had been earlier by this time. The program knows no other clock than that of the
/// machine, so where a test needs the next day, the stored moments are moved instead.
pub(crate) fn age_runs(site: &Path, by: TimeDelta) {
    let sql = "UPDATE runs SET started = started - ?1, ended = ended - ?1";
    let aged = open(site).execute(sql, [by.num_microseconds()]);
    assert!(aged.expect("runs") > 0);
}

/// Takes back the close of every run, as a power failure may: nothing waits for it to reach the disk. Returns how many
/// there were.
pub(crate) fn lose_closes(site: &Path) -> usize {
    let lost = open(site).execute("UPDATE runs SET state = 'delivering'", []);
    lost.expect("runs")
}

/// Makes the ledger one of another version.
pub(crate) fn set_version(site: &Path, version: u32) {
    let set = open(site).pragma_update(None, "user_version", version);
    set.expect("a version");
}

/// Keeps the ledger locked, as another process does that writes, until it is dropped.
pub(crate) struct HeldLedger {
    _connection: Connection,
}

impl HeldLedger {
    pub(crate) fn hold(site: &Path) -> HeldLedger {
        let connection = open(site);
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .expect("nothing else writes");
        HeldLedger {
            _connection: connection,
        }
    }
}
