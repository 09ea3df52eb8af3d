//! The event log: who did what, when and why.

use super::row::{damaged, micros, moment, offset};
use super::{EventAction, Events, LedgerError, SqliteLedger};
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
    fn record_event(&mut self, event: &Event) -> Result<(), LedgerError> {
        insert(&self.connection, event)
    }

    fn record_event_once(&mut self, event: &Event) -> Result<bool, LedgerError> {
        let transaction = self.immediate()?;
        let known: bool = transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM events WHERE subject = ?1 AND action = ?2 AND why IS ?3
                    AND at > ?4)",
            )?
            .query_row(
                (
                    &event.subject,
                    event.action.to_string(),
                    &event.why,
                    micros(&(event.at - ONCE_A)),
                ),
                |row| row.get(0),
            )?;
        if known {
            return Ok(false);
        }
        insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }

    fn events(&self, filter: &EventFilter, limit: usize) -> Result<Vec<Event>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, at_offset, user, action, subject, why FROM events
             WHERE (?1 IS NULL OR subject = ?1) AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR user = ?3)
                AND (?4 IS NULL OR at >= ?4) ORDER BY id DESC LIMIT ?5",
        )?;
        let mut rows = statement.query((
            &filter.subject,
            filter.action.as_ref().map(EventAction::to_string),
            &filter.user,
            filter.since.as_ref().map(micros),
            i64::try_from(limit).unwrap_or(i64::MAX),
        ))?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(Event {
                at: moment(row, [0, 1], "the time of an event")?,
                user: row.get(2)?,
                action: EventAction::parse(&row.get::<_, String>(3)?)
                    .ok_or(damaged("the action of an event"))?,
                subject: row.get(4)?,
                why: row.get(5)?,
            });
        }
        Ok(events)
    }
}

/// Writes an event, on its own or within a transaction.
pub(super) fn insert(connection: &Connection, event: &Event) -> Result<(), LedgerError> {
    connection
        .prepare_cached(
            "INSERT INTO events (at, at_offset, user, action, subject, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            micros(&event.at),
            offset(&event.at),
            &event.user,
            event.action.to_string(),
            &event.subject,
            &event.why,
        ))?;
    Ok(())
}
