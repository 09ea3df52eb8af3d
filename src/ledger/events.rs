//! The event log: who did what, when and why.

use super::error::Result;
use super::kept_moments;
use super::notices;
use super::row::{all_of_some, damaged, execute, micros, moment, offset, value};
use super::transfers::outbox;
use super::{EventAction, Events, OutgoingReceipt, SqliteLedger};
use crate::domain::ReferenceId;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use rusqlite::{Connection, ToSql};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

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
    /// Only of actions of this kind: [`EventAction::kinds`].
    pub kind: Option<&'static str>,
    /// Only of this user.
    pub user: Option<String>,
    /// Only about these integrations and their runs.
    pub only: Option<BTreeSet<String>>,
    /// Only at or after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Only before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Only those that come after this place in the list.
    pub after: Option<EventPlace>,
}

/// The place of an event in lists: by its time, then by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    at: i64,
    id: i64,
}

impl fmt::Display for EventPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.id)
    }
}

impl FromStr for EventPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<EventPlace, &'static str> {
        const ADVICE: &str = "take it from `next` of the page before";
        let (at, id) = text.split_once('.').ok_or(ADVICE)?;
        Ok(EventPlace {
            at: at.parse().map_err(|_| ADVICE)?,
            id: id.parse().map_err(|_| ADVICE)?,
        })
    }
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
        let page = self.placed_events(filter, limit)?;
        Ok(page.into_iter().map(|(_, event)| event).collect())
    }

    fn placed_events(
        &self,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<(EventPlace, Event)>> {
        let concerns = match &filter.only {
            Some(only) => only.iter().map(Some).collect(),
            None => vec![None],
        };
        let mut found = Vec::new();
        for of in concerns {
            found.extend(some_events(&self.connection, filter, of, limit)?);
        }
        found.sort_unstable_by_key(|(place, _)| Reverse(*place));
        found.truncate(limit);
        Ok(found)
    }
}

/// The newest events that are wanted, of everything or about one integration.
fn some_events(
    connection: &Connection,
    filter: &EventFilter,
    concerns: Option<&String>,
    limit: usize,
) -> Result<Vec<(EventPlace, Event)>> {
    let mut wanted = vec![
        "at >= :since",
        "at < :until",
        "at <= :at",
        "(at, id) < (:at, :id)",
    ];
    let mut also = |given: bool, term| wanted.extend(given.then_some(term));
    also(concerns.is_some(), "concerns = :concerns");
    // Without an action, they are in order only by what they concern.
    let in_order = filter.action.is_none() && filter.kind.is_none();
    let run = filter
        .subject
        .as_ref()
        .and_then(|subject| ReferenceId::parse(subject));
    also(
        filter.subject.is_some(),
        match in_order && run.is_none() {
            true => "+subject = :subject AND concerns = :subject",
            false => "subject = :subject",
        },
    );
    also(filter.action.is_some(), "action = :action");
    // Some actions have a list behind their words.
    also(
        filter.kind.is_some(),
        match filter.kind {
            Some(kind) if kind.ends_with(' ') => "action >= :kind AND action < :kind || 'a'",
            _ => "action = :kind",
        },
    );
    also(filter.user.is_some(), "user = :user");
    let sql = format!(
        "SELECT at, at_offset, user, action, subject, why, id FROM events WHERE {}
         ORDER BY at DESC, id DESC LIMIT :limit",
        wanted.join(" AND ")
    );
    let after = filter.after;
    let parameters: [(&str, &dyn ToSql); 10] = [
        (":since", &filter.since.as_ref().map_or(i64::MIN, micros)),
        (":until", &filter.until.as_ref().map_or(i64::MAX, micros)),
        (":at", &after.map_or(i64::MAX, |place| place.at)),
        (":id", &after.map_or(i64::MAX, |place| place.id)),
        (":limit", &i64::try_from(limit).unwrap_or(i64::MAX)),
        (":concerns", &concerns),
        (":subject", &filter.subject),
        (
            ":action",
            &filter.action.as_ref().map(EventAction::to_string),
        ),
        (":kind", &filter.kind),
        (":user", &filter.user),
    ];
    all_of_some(connection, &sql, &parameters, |row| {
        let event = Event {
            at: moment(row, [0, 1], "the time of an event")?,
            user: row.get(2)?,
            action: EventAction::parse(&row.get::<_, String>(3)?)
                .ok_or(damaged("the action of an event"))?,
            subject: row.get(4)?,
            why: row.get(5)?,
        };
        let (at, id) = (row.get(0)?, row.get(6)?);
        Ok((EventPlace { at, id }, event))
    })
}

/// Writes an event within a transaction, and what people may have to be told of it.
pub(super) fn insert(connection: &Connection, event: &Event) -> Result<()> {
    execute(
        connection,
        "INSERT INTO events (at, at_offset, user, action, subject, why, concerns) VALUES (?1, ?2, ?3, ?4, ?5, ?6,
            COALESCE((SELECT integration FROM runs WHERE reference = ?5),
                (SELECT integration FROM purged WHERE reference = ?5), ?5))",
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
