//! Endpoints: their states, what keeps integrations from fetching and sending, and the files that move.

pub(super) mod outbox;
pub(super) mod pulls;

use super::error::Result;
use super::row::{
    all, cell, damaged, execute, first, micros, moment, moment_if_any, offset, text, value, word,
};
use super::{EndpointTroubles, Endpoints, SqliteLedger};
use chrono::{DateTime, FixedOffset};
use rusqlite::Row;
use std::collections::BTreeMap;
use strum::{EnumString, IntoStaticStr};

/// The state of an endpoint; the word is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum EndpointState {
    /// The last attempt succeeded.
    Working,
    /// The last attempt failed; it is tried again.
    Failing,
    /// A person has to act before it is tried again.
    Stopped,
}

impl EndpointState {
    pub fn as_str(self) -> &'static str {
        self.into()
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

/// The part of an integration's work at an endpoint that has trouble; the word is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Part {
    /// Moving fetched files into inbound.
    Inbound,
    Pull,
    Push,
    /// Where to send to.
    Target,
}

/// A trouble of an integration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    pub integration: String,
    pub part: Part,
    /// A sentence without a full stop; file names in it are masked.
    pub why: String,
}

/// Troubles, and when each is tried again (with the site's offset, to the second).
pub(crate) type Troubles = BTreeMap<Trouble, Option<DateTime<FixedOffset>>>;

impl Endpoints for SqliteLedger {
    fn endpoint(&self, name: &str) -> Result<Option<EndpointRow>> {
        let sql =
            "SELECT state, since, since_offset, why, next_try, next_try_offset, last_contact, last_contact_offset,
             fingerprint, told FROM endpoints WHERE name = ?1";
        first(&self.connection, sql, [name], |row| read(name, row))
    }

    fn endpoints_with_work(&self) -> Result<Vec<String>> {
        all(
            &self.connection,
            "SELECT endpoint FROM outbox WHERE state <> 'sent'
             UNION SELECT endpoint FROM pulls WHERE state <> 'settled' ORDER BY 1",
            [],
            cell,
        )
    }

    fn arrived(&self, endpoint: &str) -> Result<usize> {
        let sql = "SELECT COUNT(*) FROM pulls WHERE endpoint = ?1 AND state = 'arrived'";
        let count: i64 = value(&self.connection, sql, [endpoint])?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    fn set_endpoint(&mut self, row: &EndpointRow) -> Result<()> {
        execute(
            &self.connection,
            "INSERT OR REPLACE INTO endpoints (name, state, since, since_offset, why, next_try, next_try_offset,
                last_contact, last_contact_offset, fingerprint, told)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            (
                &row.name,
                text(row.state),
                micros(&row.since),
                offset(&row.since),
                &row.why,
                row.next_try.as_ref().map(micros),
                row.next_try.as_ref().map(offset),
                row.last_contact.as_ref().map(micros),
                row.last_contact.as_ref().map(offset),
                &row.fingerprint,
                row.told.map(text),
            ),
        )?;
        Ok(())
    }
}

impl EndpointTroubles for SqliteLedger {
    fn troubles(&self, endpoint: &str) -> Result<Troubles> {
        let sql = "SELECT integration, part, why, next_try, next_try_offset FROM troubles WHERE endpoint = ?1";
        let troubles = all(&self.connection, sql, [endpoint], |row| {
            let trouble = Trouble {
                integration: row.get(0)?,
                part: word(row, 1, "the part of a trouble")?,
                why: row.get(2)?,
            };
            Ok((
                trouble,
                moment_if_any(row, [3, 4], "the time of a trouble")?,
            ))
        })?;
        Ok(troubles.into_iter().collect())
    }

    fn set_troubles(&mut self, endpoint: &str, troubles: &Troubles) -> Result<()> {
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "DELETE FROM troubles WHERE endpoint = ?1",
            [endpoint],
        )?;
        for (trouble, next) in troubles {
            execute(
                &transaction,
                "INSERT INTO troubles (endpoint, integration, part, why, next_try, next_try_offset)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    endpoint,
                    &trouble.integration,
                    text(trouble.part),
                    &trouble.why,
                    next.as_ref().map(micros),
                    next.as_ref().map(offset),
                ),
            )?;
        }
        Ok(transaction.commit()?)
    }
}

fn read(name: &str, row: &Row<'_>) -> Result<EndpointRow> {
    const TIME: &str = "the time of an endpoint";
    const STATE: &str = "the state of an endpoint";
    let told: Option<String> = row.get(9)?;
    Ok(EndpointRow {
        name: name.to_owned(),
        state: word(row, 0, STATE)?,
        since: moment(row, [1, 2], TIME)?,
        why: row.get(3)?,
        next_try: moment_if_any(row, [4, 5], TIME)?,
        last_contact: moment_if_any(row, [6, 7], TIME)?,
        fingerprint: row.get(8)?,
        told: told
            .map(|state| state.parse().map_err(|_| damaged(STATE)))
            .transpose()?,
    })
}
