//! Runs asked for once, at a later time.

use super::row::{micros, moment, offset, seconds};
use super::{Event, EventAction, LedgerError, OneTimeRuns, SqliteLedger, events};
use chrono::{DateTime, FixedOffset};
use rusqlite::OptionalExtension;

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

impl OneTimeRuns for SqliteLedger {
    fn add_one_off(&mut self, new: &OneOff) -> Result<i64, LedgerError> {
        let transaction = self.immediate()?;
        transaction
            .prepare_cached(
                "INSERT INTO one_offs (name, at, at_offset, user, body, asked, asked_offset)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                &new.name,
                micros(&new.at),
                offset(&new.at),
                &new.user,
                &new.body,
                micros(&new.asked),
                offset(&new.asked),
            ))?;
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

    fn one_offs(&self) -> Result<Vec<OneOff>, LedgerError> {
        const TIME: &str = "the time of a one-off run";
        let mut statement = self.connection.prepare_cached(
            "SELECT number, name, at, at_offset, user, body, asked, asked_offset FROM one_offs ORDER BY at, number",
        )?;
        let mut rows = statement.query([])?;
        let mut waiting = Vec::new();
        while let Some(row) = rows.next()? {
            waiting.push(OneOff {
                number: row.get(0)?,
                name: row.get(1)?,
                at: moment(row, [2, 3], TIME)?,
                user: row.get(4)?,
                body: row.get(5)?,
                asked: moment(row, [6, 7], TIME)?,
            });
        }
        Ok(waiting)
    }

    fn end_one_off(
        &mut self,
        number: i64,
        what: &str,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool, LedgerError> {
        let transaction = self.immediate()?;
        let name: Option<String> = transaction
            .prepare_cached("DELETE FROM one_offs WHERE number = ?1 RETURNING name")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        let Some(subject) = name else {
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
