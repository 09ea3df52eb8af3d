//! The event log: who did what, when and why; and moments that have to survive a restart.

use super::error::Result;
use super::row::{all, damaged, execute, first, instant, micros, moment, offset, value};
use super::transfers::outbox;
use super::{Cursors, EventAction, Events, OutgoingReceipt, SqliteLedger};
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use rusqlite::Connection;

/// What goes on is written down again after this time.
const ONCE_A: TimeDelta = TimeDelta::days(1);
/// What is said of a mark that can't be read.
const MARK: &str = "the time of a mark";

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
        insert(&self.connection, event)
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
            keep(&transaction, name, at)?;
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

/// Writes an event, on its own or within a transaction.
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
    Ok(())
}

/// Keeps a moment under a name, on its own or within a transaction.
fn keep(connection: &Connection, name: &str, at: DateTime<Utc>) -> Result<()> {
    execute(
        connection,
        "INSERT OR REPLACE INTO marks (name, at) VALUES (?1, ?2)",
        (name, at.timestamp_micros()),
    )?;
    Ok(())
}

impl Cursors for SqliteLedger {
    fn mark(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT at FROM marks WHERE name = ?1";
        first(&self.connection, sql, [name], |row| {
            instant(row.get(0)?, MARK)
        })
    }

    fn set_mark(&mut self, name: &str, at: DateTime<Utc>) -> Result<()> {
        keep(&self.connection, name, at)
    }

    fn marks(&self) -> Result<Vec<(String, DateTime<Utc>)>> {
        let sql = "SELECT name, at FROM marks ORDER BY name";
        all(&self.connection, sql, [], |row| {
            Ok((row.get(0)?, instant(row.get(1)?, MARK)?))
        })
    }

    fn remove_mark(&mut self, name: &str) -> Result<bool> {
        let removed = execute(
            &self.connection,
            "DELETE FROM marks WHERE name = ?1",
            [name],
        )?;
        Ok(removed == 1)
    }
}
