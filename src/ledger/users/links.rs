//! Links by which users enrol or choose a new password.

use super::super::error::Result;
use super::super::row::{execute, first, instant, micros};
use super::super::{EnrolmentLinks, Event, SqliteLedger, events};
use super::sessions::{self, NewSession};
use super::{COLUMNS, TIME, User, WIDTH, end_sessions, store_codes, store_second_factor};
use crate::domain::TokenHash;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::fmt;

/// A link to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewLink {
    pub link: TokenHash,
    /// It is of no use from then on.
    pub until: DateTime<Utc>,
}

/// A link that can be used.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentLink {
    pub user: User,
    pub until: DateTime<Utc>,
    /// The secret of a second factor that was shown and not confirmed, encrypted.
    pub pending: Option<Vec<u8>>,
}

impl fmt::Debug for EnrolmentLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrolmentLink({:?}, ..)", self.user)
    }
}

/// What a person chose who used a link.
#[derive(Clone, Copy)]
pub struct NewCredentials<'a> {
    pub user: i64,
    /// The Argon2id hash of the password.
    pub password: &'a str,
    /// A new second factor with its one-time codes: the secret, encrypted; the step of the code that was given; keyed hashes
    /// of the codes. `None` leaves all that as it is.
    pub second_factor: Option<(&'a [u8], u64, &'a [u64])>,
}

/// Makes a link in place of an earlier one of the user.
pub(super) fn insert(connection: &Connection, user: i64, link: &NewLink) -> Result<()> {
    execute(connection, "DELETE FROM enrolments WHERE user = ?1", [user])?;
    let sql = "INSERT INTO enrolments (link, user, until) VALUES (?1, ?2, ?3)";
    execute(
        connection,
        sql,
        (link.link.bytes(), user, micros(&link.until)),
    )?;
    Ok(())
}

impl EnrolmentLinks for SqliteLedger {
    fn enrolment(&self, link: TokenHash, now: DateTime<Utc>) -> Result<Option<EnrolmentLink>> {
        let sql = format!(
            "SELECT {COLUMNS}, e.until, e.pending FROM enrolments e JOIN users u ON u.number = e.user
             WHERE e.link = ?1 AND e.until > ?2 AND NOT u.disabled"
        );
        first(
            &self.connection,
            &sql,
            (link.bytes(), micros(&now)),
            |row| {
                Ok(EnrolmentLink {
                    user: User::read(row)?,
                    until: instant(row.get(WIDTH)?, TIME)?,
                    pending: row.get(WIDTH + 1)?,
                })
            },
        )
    }

    fn make_link(&mut self, user: i64, link: &NewLink, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        insert(&transaction, user, link)?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn keep_pending(&mut self, link: TokenHash, secret: &[u8]) -> Result<()> {
        let sql = "UPDATE enrolments SET pending = ?2 WHERE link = ?1";
        execute(&self.connection, sql, (link.bytes(), secret))?;
        Ok(())
    }

    fn enrol(
        &mut self,
        link: TokenHash,
        new: &NewCredentials<'_>,
        session: &NewSession<'_>,
        event: &Event,
    ) -> Result<Option<i64>> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM enrolments WHERE link = ?1 AND user = ?2";
        if execute(&transaction, sql, (link.bytes(), new.user))? == 0 {
            return Ok(None);
        }
        let sql = "UPDATE users SET password = ?2 WHERE number = ?1";
        execute(&transaction, sql, (new.user, new.password))?;
        if let Some((secret, step, codes)) = new.second_factor {
            store_second_factor(&transaction, new.user, (secret, step))?;
            store_codes(&transaction, new.user, codes)?;
        }
        end_sessions(&transaction, new.user, 0)?;
        let number = sessions::insert(&transaction, session)?;
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(Some(number))
    }
}
