//! What people ask for: requests to the daemon, one-off runs at a later time, and pauses.
//!
//! A request is waiting, then taken, then answered. One that is still waiting can be withdrawn; the command that made
//! it then does the work without the daemon. Of taking and withdrawing only one succeeds.

use super::error::Result;
use super::row::{all, cell, execute, first, micros, moment, moment_if_any, offset, seconds};
use super::{Event, EventAction, OneTimeRuns, Pauses, Requests, SqliteLedger, events};
use chrono::{DateTime, FixedOffset, Utc};

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

/// A run that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOff {
    /// Its number, never given twice.
    pub number: i64,
    /// The integration or set.
    pub name: String,
    /// Its time, with the site's offset, to the second.
    pub at: DateTime<FixedOffset>,
    /// Who asked for it.
    pub user: String,
    /// The request as JSON.
    pub body: String,
    /// When it was asked for.
    pub asked: DateTime<FixedOffset>,
}

/// A pause of one integration, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The integration; `None`: all of them.
    pub name: Option<String>,
    /// When it began, with the site's offset, to the second.
    pub since: DateTime<FixedOffset>,
    pub user: String,
    pub why: Option<String>,
    /// When it ends by itself; `None`: when a person resumes it.
    pub until: Option<DateTime<FixedOffset>>,
}

impl Pause {
    /// What events call it: the integration's name, or `all`.
    pub(crate) fn subject(name: Option<&str>) -> String {
        name.unwrap_or("all").to_owned()
    }
}

impl Requests for SqliteLedger {
    fn ask(&mut self, user: &str, body: &str, at: DateTime<FixedOffset>) -> Result<i64> {
        execute(
            &self.connection,
            "INSERT INTO requests (asked, asked_offset, user, body) VALUES (?1, ?2, ?3, ?4)",
            (micros(&at), offset(&at), user, body),
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    fn asked(&self) -> Result<Vec<Asked>> {
        let sql = "SELECT number, user, body, asked, asked_offset FROM requests WHERE state = 'waiting' ORDER BY number";
        all(&self.connection, sql, [], |row| {
            Ok(Asked {
                number: row.get(0)?,
                user: row.get(1)?,
                body: row.get(2)?,
                at: moment(row, [3, 4], "the time of a request")?,
            })
        })
    }

    fn take_request(&mut self, number: i64) -> Result<bool> {
        let taken = execute(
            &self.connection,
            "UPDATE requests SET state = 'taken' WHERE number = ?1 AND state = 'waiting'",
            [number],
        )?;
        Ok(taken == 1)
    }

    fn give_back(&mut self, number: i64) -> Result<()> {
        execute(
            &self.connection,
            "UPDATE requests SET state = 'waiting' WHERE number = ?1 AND state = 'taken'",
            [number],
        )?;
        Ok(())
    }

    fn answer(&mut self, number: i64, answer: &str) -> Result<()> {
        execute(
            &self.connection,
            "UPDATE requests SET state = 'answered', body = '', answer = ?2 WHERE number = ?1",
            (number, answer),
        )?;
        Ok(())
    }

    fn answer_to(&self, number: i64) -> Result<Option<String>> {
        let sql = "SELECT answer FROM requests WHERE number = ?1";
        Ok(first(&self.connection, sql, [number], cell)?.flatten())
    }

    fn withdraw(&mut self, number: i64) -> Result<bool> {
        let withdrawn = execute(
            &self.connection,
            "DELETE FROM requests WHERE number = ?1 AND state = 'waiting'",
            [number],
        )?;
        Ok(withdrawn == 1)
    }

    fn drop_taken(&mut self, answer: &str) -> Result<usize> {
        execute(
            &self.connection,
            "UPDATE requests SET state = 'answered', body = '', answer = ?1 WHERE state = 'taken'",
            [answer],
        )
    }

    fn forget_requests(&mut self, before: DateTime<Utc>) -> Result<usize> {
        execute(
            &self.connection,
            "DELETE FROM requests WHERE state = 'answered' AND asked < ?1",
            [micros(&before)],
        )
    }
}

impl OneTimeRuns for SqliteLedger {
    fn add_one_off(&mut self, new: &OneOff) -> Result<i64> {
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "INSERT INTO one_offs (name, at, at_offset, user, body, asked, asked_offset)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                &new.name,
                micros(&new.at),
                offset(&new.at),
                &new.user,
                &new.body,
                micros(&new.asked),
                offset(&new.asked),
            ),
        )?;
        let number = transaction.last_insert_rowid();
        let event = Event {
            at: new.asked,
            user: new.user.clone(),
            action: EventAction::RunLater,
            subject: new.name.clone(),
            why: Some(format!("one-off {number} at {}", seconds(&new.at))),
        };
        events::insert(&transaction, &event)?;
        transaction.commit()?;
        Ok(number)
    }

    fn one_offs(&self) -> Result<Vec<OneOff>> {
        const TIME: &str = "the time of a one-off run";
        let sql = "SELECT number, name, at, at_offset, user, body, asked, asked_offset FROM one_offs ORDER BY at, number";
        all(&self.connection, sql, [], |row| {
            Ok(OneOff {
                number: row.get(0)?,
                name: row.get(1)?,
                at: moment(row, [2, 3], TIME)?,
                user: row.get(4)?,
                body: row.get(5)?,
                asked: moment(row, [6, 7], TIME)?,
            })
        })
    }

    fn end_one_off(
        &mut self,
        number: i64,
        what: &str,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM one_offs WHERE number = ?1 RETURNING name";
        let Some(subject) = first(&transaction, sql, [number], cell)? else {
            return Ok(false);
        };
        let event = Event {
            at,
            user: user.to_owned(),
            action: EventAction::OneOffEnded,
            subject,
            why: Some(format!("one-off {number}: {what}")),
        };
        events::insert(&transaction, &event)?;
        transaction.commit()?;
        Ok(true)
    }
}

impl Pauses for SqliteLedger {
    fn pause(&mut self, pause: &Pause) -> Result<()> {
        let limit = pause
            .until
            .as_ref()
            .map(|u| format!("until {}", seconds(u)));
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "INSERT OR REPLACE INTO pauses (integration, since, since_offset, user, why, until, until_offset)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                pause.name.as_deref().unwrap_or_default(),
                micros(&pause.since),
                offset(&pause.since),
                &pause.user,
                &pause.why,
                pause.until.as_ref().map(micros),
                pause.until.as_ref().map(offset),
            ),
        )?;
        let why = match (limit, &pause.why) {
            (Some(limit), Some(why)) => Some(format!("{limit}: {why}")),
            (limit, why) => limit.or_else(|| why.clone()),
        };
        let event = Event {
            at: pause.since,
            user: pause.user.clone(),
            action: EventAction::Pause,
            subject: Pause::subject(pause.name.as_deref()),
            why,
        };
        events::insert(&transaction, &event)?;
        Ok(transaction.commit()?)
    }

    fn resume(
        &mut self,
        name: Option<&str>,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool> {
        let sql = "DELETE FROM pauses WHERE integration = ?1 AND ?2 IS NULL AND ?3 IS NULL";
        change_pause(self, name, sql, None, user, at)
    }

    fn resume_from(
        &mut self,
        name: Option<&str>,
        from: DateTime<FixedOffset>,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool> {
        change_pause(
            self,
            name,
            "UPDATE pauses SET until = ?2, until_offset = ?3 WHERE integration = ?1",
            Some(&from),
            user,
            at,
        )
    }

    fn pauses(&self) -> Result<Vec<Pause>> {
        const TIME: &str = "the time of a pause";
        let sql = "SELECT integration, since, since_offset, user, why, until, until_offset FROM pauses ORDER BY integration";
        all(&self.connection, sql, [], |row| {
            let name: String = row.get(0)?;
            Ok(Pause {
                name: Some(name).filter(|n| !n.is_empty()),
                since: moment(row, [1, 2], TIME)?,
                user: row.get(3)?,
                why: row.get(4)?,
                until: moment_if_any(row, [5, 6], TIME)?,
            })
        })
    }
}

fn change_pause(
    ledger: &mut SqliteLedger,
    name: Option<&str>,
    sql: &str,
    from: Option<&DateTime<FixedOffset>>,
    user: &str,
    at: DateTime<FixedOffset>,
) -> Result<bool> {
    let transaction = ledger.immediate()?;
    let changed = (name.unwrap_or_default(), from.map(micros), from.map(offset));
    if execute(&transaction, sql, changed)? == 0 {
        return Ok(false);
    }
    let event = Event {
        at,
        user: user.to_owned(),
        action: EventAction::Resume,
        subject: Pause::subject(name),
        why: from.map(|f| format!("from {}", seconds(f))),
    };
    events::insert(&transaction, &event)?;
    transaction.commit()?;
    Ok(true)
}
