//! Pauses: what of a site doesn't start by itself for now.

use super::row::{micros, moment, moment_if_any, offset, seconds};
use super::{Event, EventAction, LedgerError, Pauses, SqliteLedger, events};
use chrono::{DateTime, FixedOffset};

/// A pause of one integration, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The integration; `None`: all of them.
    pub name: Option<String>,
    /// When it began, with the site's offset, to the second.
    pub since: DateTime<FixedOffset>,
    pub user: String,
    pub why: Option<String>,
    /// When it ends by itself; `None`: when a person resumes it.
    pub until: Option<DateTime<FixedOffset>>,
}

impl Pause {
    /// What events call it: the integration's name, or `all`.
    fn subject(name: Option<&str>) -> String {
        name.unwrap_or("all").to_owned()
    }
}

impl Pauses for SqliteLedger {
    fn pause(&mut self, pause: &Pause) -> Result<(), LedgerError> {
        let limit = pause
            .until
            .as_ref()
            .map(|u| format!("until {}", seconds(u)));
        let transaction = self.immediate()?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO pauses (integration, since, since_offset, user, why, until, until_offset)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                pause.name.as_deref().unwrap_or_default(),
                micros(&pause.since),
                offset(&pause.since),
                &pause.user,
                &pause.why,
                pause.until.as_ref().map(micros),
                pause.until.as_ref().map(offset),
            ))?;
        let why = match (limit, &pause.why) {
            (Some(limit), Some(why)) => Some(format!("{limit}: {why}")),
            (limit, why) => limit.or_else(|| why.clone()),
        };
        let event = Event {
            at: pause.since,
            user: pause.user.clone(),
            action: EventAction::Pause,
            subject: Pause::subject(pause.name.as_deref()),
            why,
        };
        events::insert(&transaction, &event)?;
        Ok(transaction.commit()?)
    }

    fn resume(
        &mut self,
        name: Option<&str>,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool, LedgerError> {
        let sql = "DELETE FROM pauses WHERE integration = ?1 AND ?2 IS NULL AND ?3 IS NULL";
        change_pause(self, name, sql, None, user, at)
    }

    fn resume_from(
        &mut self,
        name: Option<&str>,
        from: DateTime<FixedOffset>,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool, LedgerError> {
        change_pause(
            self,
            name,
            "UPDATE pauses SET until = ?2, until_offset = ?3 WHERE integration = ?1",
            Some(&from),
            user,
            at,
        )
    }

    fn pauses(&self) -> Result<Vec<Pause>, LedgerError> {
        const TIME: &str = "the time of a pause";
        let mut statement = self.connection.prepare_cached(
            "SELECT integration, since, since_offset, user, why, until, until_offset FROM pauses ORDER BY integration",
        )?;
        let mut rows = statement.query([])?;
        let mut pauses = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            pauses.push(Pause {
                name: Some(name).filter(|n| !n.is_empty()),
                since: moment(row, [1, 2], TIME)?,
                user: row.get(3)?,
                why: row.get(4)?,
                until: moment_if_any(row, [5, 6], TIME)?,
            });
        }
        Ok(pauses)
    }
}

fn change_pause(
    ledger: &mut SqliteLedger,
    name: Option<&str>,
    sql: &str,
    from: Option<&DateTime<FixedOffset>>,
    user: &str,
    at: DateTime<FixedOffset>,
) -> Result<bool, LedgerError> {
    let transaction = ledger.immediate()?;
    let changed = transaction.prepare_cached(sql)?.execute((
        name.unwrap_or_default(),
        from.map(micros),
        from.map(offset),
    ))?;
    if changed == 0 {
        return Ok(false);
    }
    let event = Event {
        at,
        user: user.to_owned(),
        action: EventAction::Resume,
        subject: Pause::subject(name),
        why: from.map(|f| format!("from {}", seconds(f))),
    };
    events::insert(&transaction, &event)?;
    transaction.commit()?;
    Ok(true)
}
