//! Moments that have to survive a restart: when a schedule fired last, when retention ran last.

use super::{Cursors, LedgerError, SqliteLedger};
use chrono::{DateTime, Utc};
use rusqlite::OptionalExtension;

const DAMAGED: LedgerError = LedgerError::Damaged {
    what: "the time of a mark",
};

impl Cursors for SqliteLedger {
    fn mark(&self, name: &str) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let at: Option<i64> = self
            .connection
            .prepare_cached("SELECT at FROM marks WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        at.map(|at| DateTime::from_timestamp_micros(at).ok_or(DAMAGED))
            .transpose()
    }

    fn set_mark(&mut self, name: &str, at: DateTime<Utc>) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO marks (name, at) VALUES (?1, ?2)")?
            .execute((name, at.timestamp_micros()))?;
        Ok(())
    }

    fn marks(&self) -> Result<Vec<(String, DateTime<Utc>)>, LedgerError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, at FROM marks ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut marks = Vec::new();
        while let Some(row) = rows.next()? {
            let at = DateTime::from_timestamp_micros(row.get(1)?).ok_or(DAMAGED)?;
            marks.push((row.get(0)?, at));
        }
        Ok(marks)
    }

    fn remove_mark(&mut self, name: &str) -> Result<bool, LedgerError> {
        let removed = self
            .connection
            .prepare_cached("DELETE FROM marks WHERE name = ?1")?
            .execute([name])?;
        Ok(removed == 1)
    }
}
