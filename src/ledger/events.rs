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

#[cfg(test)]
mod tests {
    use super::super::EventAction;
    use super::super::scenario::prelude::*;
    use super::super::scenario::{ledger, moment};
    use super::{Event, EventFilter};

    fn release() -> Event {
        Event {
            at: moment("2026-11-20T05:30:12-05:00"),
            user: "ada".into(),
            action: EventAction::Release,
            subject: "20261120-000001".into(),
            why: Some("the layoff is real".into()),
        }
    }

    #[test]
    fn the_newest_event_comes_first_and_a_filter_leaves_what_it_names() {
        let (_folder, mut ledger) = ledger();
        let first = release();
        let second = Event {
            at: moment("2026-11-20T23:59:00-05:00"),
            user: "bob".into(),
            action: EventAction::Pause,
            subject: "hr".into(),
            why: None,
        };
        for event in [&first, &second] {
            ledger.record_event(event).expect("written");
        }
        let listed = |filter: EventFilter, limit| ledger.events(&filter, limit).expect("read");
        let none = EventFilter::default;
        assert_eq!(listed(none(), 9), [second.clone(), first.clone()]);
        assert_eq!(listed(none(), 1), std::slice::from_ref(&second));
        for filter in [
            EventFilter {
                subject: Some("hr".into()),
                ..none()
            },
            EventFilter {
                action: Some(EventAction::Pause),
                ..none()
            },
            EventFilter {
                user: Some("bob".into()),
                ..none()
            },
            // Later than the text of the second event, but not later than its moment.
            EventFilter {
                since: Some(moment("2026-11-21T04:59:00+00:00").to_utc()),
                ..none()
            },
        ] {
            assert_eq!(listed(filter, 9), std::slice::from_ref(&second));
        }
    }

    #[test]
    fn an_event_that_is_told_once_is_told_again_for_another_reason_or_on_another_day() {
        let (_folder, mut ledger) = ledger();
        let mut event = release();
        assert!(ledger.record_event_once(&event).expect("written"));
        event.at = moment("2026-11-21T05:30:11-05:00");
        event.user = "bob".into();
        assert!(!ledger.record_event_once(&event).expect("known"));
        event.at = moment("2026-11-21T05:30:12-05:00");
        assert!(ledger.record_event_once(&event).expect("written"));
        event.why = None;
        assert!(ledger.record_event_once(&event).expect("written"));
        assert!(!ledger.record_event_once(&event).expect("known"));
        assert_eq!(
            ledger
                .events(&EventFilter::default(), 9)
                .expect("read")
                .len(),
            3
        );
    }
}
