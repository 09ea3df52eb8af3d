//! The event log: who did what, when and why.

use super::run::seconds;
use super::{Ledger, LedgerError};
use chrono::{DateTime, FixedOffset};
use rusqlite::Connection;

/// One act of a person or of the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, with the site's offset, to the second.
    pub at: DateTime<FixedOffset>,
    /// Who.
    pub user: String,
    /// What was done (`release`, `pause`, …).
    pub action: String,
    /// To what: a reference ID, an integration, an employee's subscriber ID.
    pub subject: String,
    /// The reason given.
    pub why: Option<String>,
}

impl Ledger {
    /// Writes an event.
    pub fn record_event(&mut self, event: &Event) -> Result<(), LedgerError> {
        insert(&self.connection, event)
    }
}

/// Writes an event, on its own or within a transaction.
pub(super) fn insert(connection: &Connection, event: &Event) -> Result<(), LedgerError> {
    connection
        .prepare_cached(
            "INSERT INTO events (at, user, action, subject, why) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((
            seconds(&event.at),
            &event.user,
            &event.action,
            &event.subject,
            &event.why,
        ))?;
    Ok(())
}

impl Ledger {
    /// The last events, newest first.
    pub fn events(&self, limit: usize) -> Result<Vec<Event>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, user, action, subject, why FROM events ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            let at: String = row.get(0)?;
            events.push(Event {
                at: DateTime::parse_from_rfc3339(&at).map_err(|_| LedgerError::Damaged {
                    what: "the time of an event",
                })?,
                user: row.get(1)?,
                action: row.get(2)?,
                subject: row.get(3)?,
                why: row.get(4)?,
            });
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{ledger, moment};
    use super::Event;

    #[test]
    fn the_newest_event_comes_first() {
        let (_folder, mut ledger) = ledger();
        let mut event = Event {
            at: moment("2026-11-20T05:30:12-05:00"),
            user: "ada".into(),
            action: "release".into(),
            subject: "20261120-000001".into(),
            why: Some("the layoff is real".into()),
        };
        ledger.record_event(&event).expect("written");
        event.why = None;
        ledger.record_event(&event).expect("written");
        let events = ledger.events(9).expect("read");
        assert_eq!(events.len(), 2);
        assert_eq!(events[0], event);
        assert_eq!(ledger.events(1).expect("read"), [event]);
    }
}
