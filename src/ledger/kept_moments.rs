//! Moments that have to survive a restart.

use super::error::Result;
use super::row::{all, execute, first, instant};
use super::{Cursors, SqliteLedger};
use chrono::{DateTime, Utc};
use rusqlite::Connection;

/// What is said of a mark that can't be read.
const MARK: &str = "the time of a mark";

/// Keeps a moment under a name, on its own or within a transaction.
pub(super) fn keep(connection: &Connection, name: &str, at: DateTime<Utc>) -> Result<()> {
    execute(
        connection,
        "INSERT OR REPLACE INTO marks (name, at) VALUES (?1, ?2)",
        (name, at.timestamp_micros()),
    )?;
    Ok(())
}

impl Cursors for SqliteLedger {
    fn mark(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT at FROM marks WHERE name = ?1";
        first(&self.connection, sql, [name], |row| {
            instant(row.get(0)?, MARK)
        })
    }

    fn set_mark(&mut self, name: &str, at: DateTime<Utc>) -> Result<()> {
        keep(&self.connection, name, at)
    }

    fn marks(&self) -> Result<Vec<(String, DateTime<Utc>)>> {
        let sql = "SELECT name, at FROM marks ORDER BY name";
        all(&self.connection, sql, [], |row| {
            Ok((row.get(0)?, instant(row.get(1)?, MARK)?))
        })
    }

    fn remove_mark(&mut self, name: &str) -> Result<bool> {
        let removed = execute(
            &self.connection,
            "DELETE FROM marks WHERE name = ?1",
            [name],
        )?;
        Ok(removed == 1)
    }
}
