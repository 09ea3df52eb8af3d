//! Those who sign in to the dashboard: users, and what proves that a person is one of them.

mod attempts;
mod links;
mod sessions;
mod tokens;

use super::error::Result;
use super::row::{all, damaged, execute, first, instant, micros, moment, offset, text, word};
use super::{Event, SqliteLedger, Users, events};
use crate::domain::Authority;
pub(crate) use attempts::{AttemptLimit, LimitedBy, NewAttempt};
use chrono::{DateTime, FixedOffset, Utc};
pub(crate) use links::{EnrolmentLink, NewCredentials, NewLink};
use rusqlite::{Connection, Row};
pub(crate) use sessions::{NewSession, OpenSession, Sustained};
use std::fmt;
pub(crate) use tokens::{ApiToken, NewApiToken};

/// A user as the ledger has it, without what proves that a person is this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub number: i64,
    pub name: String,
    pub authority: Authority,
    /// Whether the user is shut out.
    pub disabled: bool,
    /// Whether the user has chosen a password.
    pub enrolled: bool,
    pub second_factor: bool,
    pub created: DateTime<FixedOffset>,
    /// The last time, to the second.
    pub signed_in: Option<DateTime<Utc>>,
}

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The name, in lower case.
    pub name: &'a str,
    pub authority: &'a Authority,
    pub at: DateTime<FixedOffset>,
}

/// What proves that a person is a user.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The Argon2id hash of the password.
    pub password: Option<String>,
    /// The secret of the second factor, encrypted.
    pub totp: Option<Vec<u8>>,
    /// How many one-time codes are left.
    pub codes: u32,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// The columns of [`User`], of a table `u`.
const COLUMNS: &str =
    "u.number, u.name, u.role, u.see_values, u.integrations, u.disabled, u.password IS NOT NULL,
    u.totp IS NOT NULL, u.created, u.created_offset, u.signed_in";
/// How many they are.
const WIDTH: usize = 11;

impl User {
    fn read(row: &Row<'_>) -> Result<User> {
        let integrations: Option<String> = row.get(4)?;
        let integrations = integrations
            .map(|list| serde_json::from_str(&list))
            .transpose();
        let signed_in: Option<i64> = row.get(10)?;
        Ok(User {
            number: row.get(0)?,
            name: row.get(1)?,
            authority: Authority {
                role: word(row, 2, "the role of a user")?,
                see_values: row.get(3)?,
                integrations: integrations.map_err(|_| damaged("the integrations of a user"))?,
            },
            disabled: row.get(5)?,
            enrolled: row.get(6)?,
            second_factor: row.get(7)?,
            created: moment(row, [8, 9], TIME)?,
            signed_in: signed_in.map(|at| instant(at, TIME)).transpose()?,
        })
    }
}

const TIME: &str = "the time of a user";

/// The integrations of an authority as their column has them.
fn integrations(authority: &Authority) -> Result<Option<String>> {
    let list = authority.integrations.as_ref();
    let list = list.map(serde_json::to_string).transpose();
    list.map_err(|_| damaged("the integrations of a user"))
}

fn end_sessions(connection: &Connection, user: i64, besides: i64) -> Result<()> {
    let sql = "DELETE FROM sessions WHERE user = ?1 AND number <> ?2";
    execute(connection, sql, (user, besides))?;
    Ok(())
}

fn store_second_factor(
    connection: &Connection,
    user: i64,
    (secret, step): (&[u8], u64),
) -> Result<()> {
    let sql = "UPDATE users SET totp = ?2, totp_step = ?3 WHERE number = ?1";
    execute(connection, sql, (user, secret, step.cast_signed()))?;
    Ok(())
}

fn store_codes(connection: &Connection, user: i64, codes: &[u64]) -> Result<()> {
    execute(
        connection,
        "DELETE FROM one_time_codes WHERE user = ?1",
        [user],
    )?;
    for code in codes {
        let sql = "INSERT INTO one_time_codes (user, code) VALUES (?1, ?2)";
        execute(connection, sql, (user, code.cast_signed()))?;
    }
    Ok(())
}

/// Ends what is left from before the ledger was copied: sessions that may have been ended since, links that may have been
/// used since.
pub(super) fn forget_sessions(connection: &Connection) -> Result<()> {
    execute(connection, "DELETE FROM sessions", [])?;
    execute(connection, "DELETE FROM enrolments", [])?;
    Ok(())
}

impl Users for SqliteLedger {
    fn users(&self) -> Result<Vec<User>> {
        let sql = format!("SELECT {COLUMNS} FROM users u ORDER BY u.name");
        all(&self.connection, &sql, [], User::read)
    }

    fn user(&self, name: &str) -> Result<Option<User>> {
        let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.name = ?1");
        first(&self.connection, &sql, [name], User::read)
    }

    fn credentials(&self, user: i64) -> Result<Credentials> {
        let sql = "SELECT password, totp, (SELECT count(*) FROM one_time_codes WHERE user = ?1) FROM users
             WHERE number = ?1";
        let found = first(&self.connection, sql, [user], |row| {
            Ok(Credentials {
                password: row.get(0)?,
                totp: row.get(1)?,
                codes: row.get(2)?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    fn add_user(
        &mut self,
        new: &NewUser<'_>,
        link: Option<&NewLink>,
        event: &Event,
    ) -> Result<bool> {
        let transaction = self.immediate()?;
        let added = execute(
            &transaction,
            "INSERT OR IGNORE INTO users (name, role, see_values, integrations, created, created_offset)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                new.name,
                text(new.authority.role),
                new.authority.see_values,
                integrations(new.authority)?,
                micros(&new.at),
                offset(&new.at),
            ),
        )?;
        if added == 0 {
            return Ok(false);
        }
        if let Some(link) = link {
            links::insert(&transaction, transaction.last_insert_rowid(), link)?;
        }
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }

    fn set_authority(&mut self, user: i64, authority: &Authority, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "UPDATE users SET role = ?2, see_values = ?3, integrations = ?4 WHERE number = ?1",
            (
                user,
                text(authority.role),
                authority.see_values,
                integrations(authority)?,
            ),
        )?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn set_disabled(&mut self, user: i64, disabled: bool, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        let sql = "UPDATE users SET disabled = ?2 WHERE number = ?1";
        execute(&transaction, sql, (user, disabled))?;
        if disabled {
            end_sessions(&transaction, user, 0)?;
            execute(
                &transaction,
                "DELETE FROM enrolments WHERE user = ?1",
                [user],
            )?;
        }
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn set_password(&mut self, user: i64, hash: &str, besides: i64, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        let sql = "UPDATE users SET password = ?2 WHERE number = ?1";
        execute(&transaction, sql, (user, hash))?;
        end_sessions(&transaction, user, besides)?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn set_second_factor(
        &mut self,
        user: i64,
        factor: (&[u8], u64),
        codes: &[u64],
        besides: i64,
        event: &Event,
    ) -> Result<()> {
        let transaction = self.immediate()?;
        store_second_factor(&transaction, user, factor)?;
        store_codes(&transaction, user, codes)?;
        end_sessions(&transaction, user, besides)?;
        let sql = "UPDATE sessions SET pending = NULL WHERE user = ?1";
        execute(&transaction, sql, [user])?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn reset_second_factor(&mut self, user: i64, link: &NewLink, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        let sql = "UPDATE users SET totp = NULL, totp_step = NULL WHERE number = ?1";
        execute(&transaction, sql, [user])?;
        store_codes(&transaction, user, &[])?;
        end_sessions(&transaction, user, 0)?;
        links::insert(&transaction, user, link)?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn take_step(&mut self, user: i64, step: u64) -> Result<bool> {
        let sql =
            "UPDATE users SET totp_step = ?2 WHERE number = ?1 AND coalesce(totp_step, -1) < ?2";
        Ok(execute(&self.connection, sql, (user, step.cast_signed()))? == 1)
    }

    fn take_code(&mut self, user: i64, code: u64, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM one_time_codes WHERE user = ?1 AND code = ?2";
        if execute(&transaction, sql, (user, code.cast_signed()))? == 0 {
            return Ok(false);
        }
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }

    fn replace_codes(&mut self, user: i64, codes: &[u64], event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        store_codes(&transaction, user, codes)?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }
}
