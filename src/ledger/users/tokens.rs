//! Tokens of programs that use the API in the name of a user.

use super::super::error::Result;
use super::super::row::{all, execute, first, instant, micros, moment, offset};
use super::super::{ApiTokens, Event, SqliteLedger, events};
use super::{COLUMNS, TIME, User, WIDTH};
use crate::domain::TokenHash;
use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::Row;

/// A token to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewApiToken<'a> {
    pub token: TokenHash,
    pub user: i64,
    /// What the user calls it.
    pub label: &'a str,
    pub at: DateTime<FixedOffset>,
}

/// A token that was added and not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub number: i64,
    pub label: String,
    pub created: DateTime<FixedOffset>,
    /// The last time, to the minute.
    pub used: Option<DateTime<Utc>>,
}

/// Reads a token whose columns begin here.
fn read(row: &Row<'_>, from: usize) -> Result<ApiToken> {
    let used: Option<i64> = row.get(from + 4)?;
    Ok(ApiToken {
        number: row.get(from)?,
        label: row.get(from + 1)?,
        created: moment(row, [from + 2, from + 3], TIME)?,
        used: used.map(|at| instant(at, TIME)).transpose()?,
    })
}

impl ApiTokens for SqliteLedger {
    fn add_token(&mut self, new: &NewApiToken<'_>, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let added = execute(
            &transaction,
            "INSERT OR IGNORE INTO api_tokens (token, user, label, created, created_offset) VALUES (?1, ?2, ?3, ?4, ?5)",
            (
                new.token.bytes(),
                new.user,
                new.label,
                micros(&new.at),
                offset(&new.at),
            ),
        )?;
        if added == 0 {
            return Ok(false);
        }
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }

    fn token(&self, token: TokenHash) -> Result<Option<(ApiToken, User)>> {
        let sql = format!(
            "SELECT {COLUMNS}, t.number, t.label, t.created, t.created_offset, t.used
             FROM api_tokens t JOIN users u ON u.number = t.user WHERE t.token = ?1"
        );
        first(&self.connection, &sql, [token.bytes()], |row| {
            Ok((read(row, WIDTH)?, User::read(row)?))
        })
    }

    fn token_used(&mut self, number: i64, at: DateTime<Utc>) -> Result<()> {
        let sql = "UPDATE api_tokens SET used = max(coalesce(used, 0), ?2) WHERE number = ?1";
        execute(&self.connection, sql, (number, micros(&at)))?;
        Ok(())
    }

    fn tokens(&self, user: i64) -> Result<Vec<ApiToken>> {
        let sql = "SELECT number, label, created, created_offset, used FROM api_tokens WHERE user = ?1 ORDER BY label";
        all(&self.connection, sql, [user], |row| read(row, 0))
    }

    fn revoke_token(&mut self, user: i64, label: &str, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM api_tokens WHERE user = ?1 AND label = ?2";
        if execute(&transaction, sql, (user, label))? == 0 {
            return Ok(false);
        }
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }
}
