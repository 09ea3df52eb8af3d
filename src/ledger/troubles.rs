//! Why integrations can't fetch from an endpoint or send to it, as of their last attempts.

use super::row::{micros, moment_if_any, offset};
use super::{EndpointTroubles, LedgerError, SqliteLedger};
use chrono::{DateTime, FixedOffset};
use std::collections::BTreeMap;

/// The part of an integration's work at an endpoint that has trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Moving fetched files into inbound.
    Inbound,
    Pull,
    Push,
    /// Where to send to.
    Target,
}

impl Part {
    const ALL: [Part; 4] = [Part::Inbound, Part::Pull, Part::Push, Part::Target];

    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Inbound => "inbound",
            Part::Pull => "pull",
            Part::Push => "push",
            Part::Target => "target",
        }
    }
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

impl EndpointTroubles for SqliteLedger {
    fn troubles(&self, endpoint: &str) -> Result<Troubles, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT integration, part, why, next_try, next_try_offset FROM troubles WHERE endpoint = ?1",
        )?;
        let mut rows = statement.query([endpoint])?;
        let mut troubles = Troubles::new();
        while let Some(row) = rows.next()? {
            let word: String = row.get(1)?;
            let part = Part::ALL.into_iter().find(|p| p.as_str() == word);
            let trouble = Trouble {
                integration: row.get(0)?,
                part: part.ok_or(LedgerError::Damaged {
                    what: "the part of a trouble",
                })?,
                why: row.get(2)?,
            };
            let next = moment_if_any(row, [3, 4], "the time of a trouble")?;
            troubles.insert(trouble, next);
        }
        Ok(troubles)
    }

    fn set_troubles(&mut self, endpoint: &str, troubles: &Troubles) -> Result<(), LedgerError> {
        let transaction = self.immediate()?;
        transaction
            .prepare_cached("DELETE FROM troubles WHERE endpoint = ?1")?
            .execute([endpoint])?;
        for (trouble, next) in troubles {
            transaction
                .prepare_cached(
                    "INSERT INTO troubles (endpoint, integration, part, why, next_try, next_try_offset)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute((
                    endpoint,
                    &trouble.integration,
                    trouble.part.as_str(),
                    &trouble.why,
                    next.as_ref().map(micros),
                    next.as_ref().map(offset),
                ))?;
        }
        Ok(transaction.commit()?)
    }
}
