//! Requests to the daemon, and its answers.
//!
//! A request is waiting, then taken, then answered. One that is still waiting can be withdrawn; the command that made
//! it then does the work without the daemon. Of taking and withdrawing only one succeeds.

use super::row::{micros, moment, offset};
use super::{LedgerError, Requests, SqliteLedger};
use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::OptionalExtension;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number, never given twice.
    pub number: i64,
    pub user: String,
    /// What is asked, as JSON.
    pub body: String,
    /// When it was asked, with the site's offset, to the second.
    pub at: DateTime<FixedOffset>,
}

impl Requests for SqliteLedger {
    fn ask(
        &mut self,
        user: &str,
        body: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<i64, LedgerError> {
        self.connection
            .prepare_cached(
                "INSERT INTO requests (asked, asked_offset, user, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((micros(&at), offset(&at), user, body))?;
        Ok(self.connection.last_insert_rowid())
    }

    fn asked(&self) -> Result<Vec<Asked>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, user, body, asked, asked_offset FROM requests WHERE state = 'waiting' ORDER BY number",
        )?;
        let mut rows = statement.query([])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            waiting.push(Asked {
                number: row.get(0)?,
                user: row.get(1)?,
                body: row.get(2)?,
                at: moment(row, [3, 4], "the time of a request")?,
            });
        }
        Ok(waiting)
    }

    fn take_request(&mut self, number: i64) -> Result<bool, LedgerError> {
        let taken = self
            .connection
            .prepare_cached(
                "UPDATE requests SET state = 'taken' WHERE number = ?1 AND state = 'waiting'",
            )?
            .execute([number])?;
        Ok(taken == 1)
    }

    fn give_back(&mut self, number: i64) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached(
                "UPDATE requests SET state = 'waiting' WHERE number = ?1 AND state = 'taken'",
            )?
            .execute([number])?;
        Ok(())
    }

    fn answer(&mut self, number: i64, answer: &str) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached(
                "UPDATE requests SET state = 'answered', body = '', answer = ?2 WHERE number = ?1",
            )?
            .execute((number, answer))?;
        Ok(())
    }

    fn answer_to(&self, number: i64) -> Result<Option<String>, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("SELECT answer FROM requests WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?
            .flatten())
    }

    fn withdraw(&mut self, number: i64) -> Result<bool, LedgerError> {
        let withdrawn = self
            .connection
            .prepare_cached("DELETE FROM requests WHERE number = ?1 AND state = 'waiting'")?
            .execute([number])?;
        Ok(withdrawn == 1)
    }

    fn drop_taken(&mut self, answer: &str) -> Result<usize, LedgerError> {
        Ok(self
            .connection
            .prepare_cached(
                "UPDATE requests SET state = 'answered', body = '', answer = ?1 WHERE state = 'taken'",
            )?
            .execute([answer])?)
    }

    fn forget_requests(&mut self, before: DateTime<Utc>) -> Result<usize, LedgerError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM requests WHERE state = 'answered' AND asked < ?1")?
            .execute([micros(&before)])?)
    }
}
