//! Sessions of users in a browser.

use super::super::error::Result;
use super::super::row::{all, execute, first, instant, micros};
use super::super::{Event, Sessions, SqliteLedger, events};
use super::{COLUMNS, TIME, User, WIDTH};
use crate::domain::TokenHash;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row};

/// A session to begin.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    pub cookie: TokenHash,
    pub user: i64,
    /// From which network address it begins.
    pub address: &'a str,
    pub at: DateTime<Utc>,
}

/// A session that was begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    pub number: i64,
    pub user: User,
    pub address: String,
    pub created: DateTime<Utc>,
    /// The last time, to the minute.
    pub seen: DateTime<Utc>,
}

/// Sessions are no longer open that began, or were last seen, before these moments.
#[derive(Clone, Copy, Debug)]
pub struct Sustained {
    pub created: DateTime<Utc>,
    pub seen: DateTime<Utc>,
}

fn read(row: &Row<'_>) -> Result<OpenSession> {
    Ok(OpenSession {
        user: User::read(row)?,
        number: row.get(WIDTH)?,
        address: row.get(WIDTH + 1)?,
        created: instant(row.get(WIDTH + 2)?, TIME)?,
        seen: instant(row.get(WIDTH + 3)?, TIME)?,
    })
}

fn select(which: &str) -> String {
    format!(
        "SELECT {COLUMNS}, s.number, s.address, s.created, s.seen FROM sessions s JOIN users u ON u.number = s.user
         WHERE {which}"
    )
}

/// Begins a session within a transaction. Returns its number.
pub(super) fn insert(connection: &Connection, new: &NewSession<'_>) -> Result<i64> {
    let at = micros(&new.at);
    execute(
        connection,
        "INSERT INTO sessions (token, user, address, created, seen) VALUES (?1, ?2, ?3, ?4, ?4)",
        (new.cookie.bytes(), new.user, new.address, at),
    )?;
    let number = connection.last_insert_rowid();
    let sql = "UPDATE users SET signed_in = ?2 WHERE number = ?1";
    execute(connection, sql, (new.user, at))?;
    Ok(number)
}

impl Sessions for SqliteLedger {
    fn begin_session(
        &mut self,
        session: &NewSession<'_>,
        most: u32,
        stale: Sustained,
        event: &Event,
    ) -> Result<i64> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM sessions WHERE created < ?1 OR seen < ?2";
        execute(
            &transaction,
            sql,
            (micros(&stale.created), micros(&stale.seen)),
        )?;
        let number = insert(&transaction, session)?;
        execute(
            &transaction,
            "DELETE FROM sessions WHERE user = ?1 AND number NOT IN
                (SELECT number FROM sessions WHERE user = ?1 ORDER BY number DESC LIMIT ?2)",
            (session.user, most),
        )?;
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(number)
    }

    fn session(&self, cookie: TokenHash) -> Result<Option<OpenSession>> {
        first(
            &self.connection,
            &select("s.token = ?1"),
            [cookie.bytes()],
            read,
        )
    }

    fn session_seen(&mut self, number: i64, at: DateTime<Utc>) -> Result<()> {
        let sql = "UPDATE sessions SET seen = max(seen, ?2) WHERE number = ?1";
        execute(&self.connection, sql, (number, micros(&at)))?;
        Ok(())
    }

    fn sessions(&self, user: i64) -> Result<Vec<OpenSession>> {
        let sql = select("s.user = ?1 ORDER BY s.number DESC");
        all(&self.connection, &sql, [user], read)
    }

    fn end_session(&mut self, user: i64, number: i64, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM sessions WHERE user = ?1 AND number = ?2";
        if execute(&transaction, sql, (user, number))? == 0 {
            return Ok(false);
        }
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }

    fn pending_in_session(&self, number: i64) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT pending FROM sessions WHERE number = ?1";
        let found = first(&self.connection, sql, [number], |row| Ok(row.get(0)?))?;
        Ok(found.flatten())
    }

    fn keep_pending_in_session(&mut self, number: i64, secret: Option<&[u8]>) -> Result<()> {
        let sql = "UPDATE sessions SET pending = ?2 WHERE number = ?1";
        execute(&self.connection, sql, (number, secret))?;
        Ok(())
    }
}
