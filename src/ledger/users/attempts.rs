//! Attempts to sign in, and the limits of them.

use super::super::error::Result;
use super::super::row::{execute, first, instant, micros, value};
use super::super::{SignInAttempts, SqliteLedger};
use super::TIME;
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::Connection;

/// An attempt to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt {
    /// Keyed hash of the name, whether there is such a user or not.
    pub name: u64,
    /// Keyed hash of the network address.
    pub address: u64,
    pub at: DateTime<Utc>,
    /// An address is known to a name that signed in from there since then.
    pub known_since: DateTime<Utc>,
}

/// A number of failed attempts is taken within a time, and then no more until the first of them is that long ago.
#[derive(Clone, Copy, Debug)]
pub struct AttemptLimit {
    pub by: LimitedBy,
    pub most: u32,
    pub within: TimeDelta,
}

/// Which failed attempts count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitedBy {
    /// Those from one address, whatever the name.
    Address,
    /// Those on one name from one address.
    NameAndAddress,
    /// Those on one name from all addresses that it doesn't know. From an address that it knows, this limit is none.
    NameElsewhere,
}

/// When an attempt may be made; `None` at once.
fn after(
    connection: &Connection,
    attempt: &NewAttempt,
    known: bool,
    limits: &[AttemptLimit],
) -> Result<Option<DateTime<Utc>>> {
    let mut latest = None;
    for limit in limits {
        let which = match limit.by {
            LimitedBy::Address => "address = ?2 AND ?1 IS NOT NULL",
            LimitedBy::NameAndAddress => "name = ?1 AND address = ?2",
            LimitedBy::NameElsewhere if known => continue,
            LimitedBy::NameElsewhere => "name = ?1 AND NOT known AND ?2 IS NOT NULL",
        };
        let sql = format!(
            "SELECT at FROM sign_in_attempts WHERE {which} AND succeeded = 0 AND at > ?3
             ORDER BY at DESC LIMIT 1 OFFSET ?4"
        );
        let since = micros(&(attempt.at - limit.within));
        let (name, address) = (attempt.name.cast_signed(), attempt.address.cast_signed());
        let wanted = (name, address, since, limit.most.saturating_sub(1));
        let first = first(connection, &sql, wanted, |row| instant(row.get(0)?, TIME))?;
        latest = latest.max(first.map(|first| first + limit.within));
    }
    Ok(latest)
}

/// Whether the name has signed in from this address.
fn is_known(connection: &Connection, attempt: &NewAttempt) -> Result<bool> {
    value(
        connection,
        "SELECT EXISTS (SELECT 1 FROM sign_in_attempts WHERE name = ?1 AND address = ?2 AND succeeded = 1 AND at >= ?3)",
        (
            attempt.name.cast_signed(),
            attempt.address.cast_signed(),
            micros(&attempt.known_since),
        ),
    )
}

impl SignInAttempts for SqliteLedger {
    fn attempt_after(
        &self,
        attempt: &NewAttempt,
        limits: &[AttemptLimit],
    ) -> Result<Option<DateTime<Utc>>> {
        let known = is_known(&self.connection, attempt)?;
        after(&self.connection, attempt, known, limits)
    }

    fn begin_attempt(
        &mut self,
        attempt: &NewAttempt,
        limits: &[AttemptLimit],
    ) -> Result<Result<i64, DateTime<Utc>>> {
        let transaction = self.immediate()?;
        let known = is_known(&transaction, attempt)?;
        if let Some(later) = after(&transaction, attempt, known, limits)? {
            return Ok(Err(later));
        }
        let longest = limits.iter().map(|limit| limit.within).max();
        let counts_since = attempt.at - longest.unwrap_or_default();
        for (succeeded, since) in [(false, counts_since), (true, attempt.known_since)] {
            let sql = "DELETE FROM sign_in_attempts WHERE succeeded = ?1 AND at < ?2";
            execute(&transaction, sql, (succeeded, micros(&since)))?;
        }
        execute(
            &transaction,
            "INSERT INTO sign_in_attempts (name, address, at, succeeded, known) VALUES (?1, ?2, ?3, 0, ?4)",
            (
                attempt.name.cast_signed(),
                attempt.address.cast_signed(),
                micros(&attempt.at),
                known,
            ),
        )?;
        let number = transaction.last_insert_rowid();
        transaction.commit()?;
        Ok(Ok(number))
    }

    fn withdraw_attempt(&mut self, number: i64) -> Result<()> {
        let sql = "DELETE FROM sign_in_attempts WHERE number = ?1";
        execute(&self.connection, sql, [number])?;
        Ok(())
    }

    fn attempt_succeeded(&mut self, number: i64) -> Result<()> {
        let transaction = self.immediate()?;
        // One row says that the name is known there; its own failures there are forgiven.
        execute(
            &transaction,
            "DELETE FROM sign_in_attempts WHERE number <> ?1 AND EXISTS (SELECT 1 FROM sign_in_attempts own
                WHERE own.number = ?1 AND own.name = sign_in_attempts.name AND own.address = sign_in_attempts.address)",
            [number],
        )?;
        let sql = "UPDATE sign_in_attempts SET succeeded = 1, known = 1 WHERE number = ?1";
        execute(&transaction, sql, [number])?;
        Ok(transaction.commit()?)
    }

    fn forget_failures(&mut self, name: u64) -> Result<()> {
        let sql = "DELETE FROM sign_in_attempts WHERE name = ?1 AND succeeded = 0";
        execute(&self.connection, sql, [name.cast_signed()])?;
        Ok(())
    }
}
