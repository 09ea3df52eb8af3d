//! The states of endpoints.

use super::row::{damaged, micros, moment, moment_if_any, offset};
use super::{Endpoints, LedgerError, SqliteLedger};
use chrono::{DateTime, FixedOffset};
use rusqlite::Row;

/// The state of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointState {
    /// The last attempt succeeded.
    Working,
    /// The last attempt failed; it is tried again.
    Failing,
    /// A person has to act before it is tried again.
    Stopped,
}

impl EndpointState {
    const ALL: [EndpointState; 3] = [
        EndpointState::Working,
        EndpointState::Failing,
        EndpointState::Stopped,
    ];

    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            EndpointState::Working => "working",
            EndpointState::Failing => "failing",
            EndpointState::Stopped => "stopped",
        }
    }
}

/// What is known of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointRow {
    pub name: String,
    /// How it is doing.
    pub state: EndpointState,
    /// Since when, with the site's offset, to the second.
    pub since: DateTime<FixedOffset>,
    /// Why it is not working.
    pub why: Option<String>,
    /// When it is tried again.
    pub next_try: Option<DateTime<FixedOffset>>,
    /// When it last answered.
    pub last_contact: Option<DateTime<FixedOffset>>,
    /// What a person changes to get a stopped one going, as it was when it stopped.
    pub fingerprint: Option<String>,
    /// The state that the event log tells of, and not yet the end of.
    pub told: Option<EndpointState>,
}

impl Endpoints for SqliteLedger {
    fn endpoint(&self, name: &str) -> Result<Option<EndpointRow>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT state, since, since_offset, why, next_try, next_try_offset, last_contact, last_contact_offset,
                fingerprint, told FROM endpoints WHERE name = ?1",
        )?;
        let mut rows = statement.query([name])?;
        rows.next()?.map(|row| read(name, row)).transpose()
    }

    fn endpoints_with_work(&self) -> Result<Vec<String>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT endpoint FROM outbox WHERE state <> 'sent'
             UNION SELECT endpoint FROM pulls WHERE state <> 'settled' ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn arrived(&self, endpoint: &str) -> Result<usize, LedgerError> {
        let count: i64 = self
            .connection
            .prepare_cached("SELECT COUNT(*) FROM pulls WHERE endpoint = ?1 AND state = 'arrived'")?
            .query_row([endpoint], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    fn set_endpoint(&mut self, row: &EndpointRow) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO endpoints (name, state, since, since_offset, why, next_try, next_try_offset,
                    last_contact, last_contact_offset, fingerprint, told)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                &row.name,
                row.state.as_str(),
                micros(&row.since),
                offset(&row.since),
                &row.why,
                row.next_try.as_ref().map(micros),
                row.next_try.as_ref().map(offset),
                row.last_contact.as_ref().map(micros),
                row.last_contact.as_ref().map(offset),
                &row.fingerprint,
                row.told.map(EndpointState::as_str),
            ))?;
        Ok(())
    }
}

fn read(name: &str, row: &Row<'_>) -> Result<EndpointRow, LedgerError> {
    const TIME: &str = "the time of an endpoint";
    let state = |word: String| {
        let state = EndpointState::ALL.into_iter().find(|s| s.as_str() == word);
        state.ok_or(damaged("the state of an endpoint"))
    };
    Ok(EndpointRow {
        name: name.to_owned(),
        state: state(row.get(0)?)?,
        since: moment(row, [1, 2], TIME)?,
        why: row.get(3)?,
        next_try: moment_if_any(row, [4, 5], TIME)?,
        last_contact: moment_if_any(row, [6, 7], TIME)?,
        fingerprint: row.get(8)?,
        told: row.get::<_, Option<String>>(9)?.map(state).transpose()?,
    })
}
