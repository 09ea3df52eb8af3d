//! The event log: who did what, when and why.

use super::error::Result;
use super::kept_moments;
use super::notices;
use super::row::{all, damaged, execute, micros, moment, offset, value};
use super::transfers::outbox;
use super::{EventAction, Events, OutgoingReceipt, SqliteLedger};
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use rusqlite::Connection;

/// What goes on is written down again after this time.
const ONCE_A: TimeDelta = TimeDelta::days(1);

/// One act of a person or of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, with the site's offset, to the second.
    pub at: DateTime<FixedOffset>,
    pub user: String,
    pub action: EventAction,
    /// To what: a reference ID, an integration, an employee's subscriber ID.
    pub subject: String,
    pub why: Option<String>,
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub subject: Option<String>,
    pub action: Option<EventAction>,
    /// Only of this user.
    pub user: Option<String>,
    /// Only at or after this moment.
    pub since: Option<DateTime<Utc>>,
}

impl Events for SqliteLedger {
    fn record_event(&mut self, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn record_event_once(&mut self, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let before = (
            &event.subject,
            event.action.to_string(),
            &event.why,
            micros(&(event.at - ONCE_A)),
        );
        if value(
            &transaction,
            "SELECT EXISTS (SELECT 1 FROM events WHERE subject = ?1 AND action = ?2 AND why IS ?3 AND at > ?4)",
            before,
        )? {
            return Ok(false);
        }
        insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }

    fn record_events_and_marks(
        &mut self,
        events: &[Event],
        marks: &[String],
        at: DateTime<Utc>,
        receipts: &[OutgoingReceipt<'_>],
    ) -> Result<()> {
        let transaction = self.immediate()?;
        for event in events {
            insert(&transaction, event)?;
        }
        for name in marks {
            kept_moments::keep(&transaction, name, at)?;
        }
        for receipt in receipts {
            outbox::put_receipt(&transaction, receipt)?;
        }
        Ok(transaction.commit()?)
    }

    fn events(&self, filter: &EventFilter, limit: usize) -> Result<Vec<Event>> {
        let sql =
            "SELECT at, at_offset, user, action, subject, why FROM events
             WHERE (?1 IS NULL OR subject = ?1) AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR user = ?3)
                AND (?4 IS NULL OR at >= ?4) ORDER BY id DESC LIMIT ?5";
        let wanted = (
            &filter.subject,
            filter.action.as_ref().map(EventAction::to_string),
            &filter.user,
            filter.since.as_ref().map(micros),
            i64::try_from(limit).unwrap_or(i64::MAX),
        );
        all(&self.connection, sql, wanted, |row| {
            Ok(Event {
                at: moment(row, [0, 1], "the time of an event")?,
                user: row.get(2)?,
                action: EventAction::parse(&row.get::<_, String>(3)?)
                    .ok_or(damaged("the action of an event"))?,
                subject: row.get(4)?,
                why: row.get(5)?,
            })
        })
    }
}

/// Writes an event within a transaction, and what people may have to be told of it.
pub(super) fn insert(connection: &Connection, event: &Event) -> Result<()> {
    execute(
        connection,
        "INSERT INTO events (at, at_offset, user, action, subject, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            micros(&event.at),
            offset(&event.at),
            &event.user,
            event.action.to_string(),
            &event.subject,
            &event.why,
        ),
    )?;
    match event.action.needs_people() {
        true => notices::event_written(connection, event.at.to_utc()),
        false => Ok(()),
    }
}
