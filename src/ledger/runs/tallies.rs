//! What the runs of each integration did together: since the ledger was made, and by day.

use crate::domain::totals::Amounts;
use crate::domain::{RunStatus, RunSummary};
use crate::ledger::error::Result;
use crate::ledger::row::{all, damaged, execute, integer};
use crate::ledger::{RunTallies, SqliteLedger};
use chrono::{DateTime, NaiveDate};
use rusqlite::Connection;
use strum::{EnumString, IntoStaticStr};

/// The day of the tallies of all days.
const ALWAYS: i32 = -1;
/// The bounds of run times that are counted apart, in seconds.
pub(crate) const SECONDS: [u32; 9] = [1, 5, 15, 60, 300, 900, 3_600, 14_400, u32::MAX];

/// What is counted; the word is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Tallied {
    /// Runs, by the status that they ended with.
    Status,
    /// Records, by their bucket.
    Records,
    /// Findings, by their code.
    Findings,
    /// Employee amounts in cents, by bucket.
    Employee,
    /// Employer amounts in cents, by bucket.
    Employer,
    /// Runs, by the lowest of [`SECONDS`] that they did not exceed.
    Seconds,
    /// The seconds of all runs.
    Time,
}

/// A count of what the runs of an integration did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub(crate) integration: String,
    /// The day on which its runs began, in the site's time zone of then; `None`: all days.
    pub(crate) day: Option<NaiveDate>,
    pub(crate) what: Tallied,
    /// A status, bucket, code, or bound.
    pub(crate) word: String,
    pub(crate) count: i64,
}

impl RunTallies for SqliteLedger {
    fn tallies(&self, integration: &str, since: Option<NaiveDate>) -> Result<Vec<Tally>> {
        let sql = "SELECT day, what, word, count FROM tallies WHERE integration = ?1 AND day >= ?2 AND day <= ?3
             ORDER BY day, what, word";
        let (from, to) = match since {
            Some(since) => (since.to_epoch_days(), i32::MAX),
            None => (ALWAYS, ALWAYS),
        };
        all(&self.connection, sql, (integration, from, to), |row| {
            let (day, what): (i32, String) = (row.get(0)?, row.get(1)?);
            Ok(Tally {
                integration: integration.to_owned(),
                day: match day {
                    ALWAYS => None,
                    day => NaiveDate::from_epoch_days(day),
                },
                what: what.parse().map_err(|_| damaged("what is counted"))?,
                word: row.get(2)?,
                count: row.get(3)?,
            })
        })
    }

    fn tallied_integrations(&self) -> Result<Vec<String>> {
        let sql = "SELECT integration FROM tallies WHERE day = ?1 GROUP BY integration";
        all(&self.connection, sql, [ALWAYS], |row| Ok(row.get(0)?))
    }
}

/// Counts a run that ended or is held. What a held run did is counted when its hold has ended.
pub(super) fn count(
    connection: &Connection,
    integration: &str,
    summary: &RunSummary,
) -> Result<()> {
    let mut counts: Vec<(Tallied, &str, i64)> = vec![(Tallied::Status, summary.status.as_str(), 1)];
    if summary.status == RunStatus::Held {
        return add(connection, integration, ALWAYS, &counts);
    }
    let number = |count: u64| integer(count, "the number of records");
    if !summary.test {
        counts.extend([
            (
                Tallied::Records,
                "accepted",
                number(summary.records_accepted)?,
            ),
            (
                Tallied::Records,
                "unchanged",
                number(summary.records_unchanged)?,
            ),
            (
                Tallied::Records,
                "skipped",
                number(summary.records_skipped)?,
            ),
            (Tallied::Records, "rejected", number(summary.errors)?),
        ]);
        for (code, found) in &summary.findings {
            counts.push((Tallied::Findings, code, number(*found)?));
        }
        for (what, amounts) in [
            (Tallied::Employee, &summary.amounts.employee),
            (Tallied::Employer, &summary.amounts.employer),
        ] {
            counts.extend(cents(what, amounts)?);
        }
    }
    let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let began = moment(&summary.start_date);
    let seconds = summary.end_date.as_deref().and_then(moment).zip(began);
    let seconds = seconds.map_or(0, |(end, began)| (end - began).num_seconds().max(0));
    let bound = SECONDS.iter().find(|bound| seconds <= i64::from(**bound));
    let bound = bound.unwrap_or(&u32::MAX).to_string();
    counts.push((Tallied::Seconds, &bound, 1));
    counts.push((Tallied::Time, "", seconds));
    add(connection, integration, ALWAYS, &counts)?;
    match began {
        Some(began) => {
            counts.retain(|(what, ..)| !matches!(what, Tallied::Seconds | Tallied::Time));
            let day = began.date_naive().to_epoch_days();
            add(connection, integration, day, &counts)
        }
        None => Ok(()),
    }
}

fn cents(what: Tallied, amounts: &Amounts) -> Result<Vec<(Tallied, &'static str, i64)>> {
    let sums = [
        ("accepted", amounts.accepted),
        ("unchanged", amounts.unchanged),
        ("skipped", amounts.skipped),
        ("rejected", amounts.rejected),
    ];
    let sums = sums.into_iter();
    sums.map(|(word, cents)| Ok((what, word, integer(cents.0, "a sum of amounts")?)))
        .collect()
}

fn add(
    connection: &Connection,
    integration: &str,
    day: i32,
    counts: &[(Tallied, &str, i64)],
) -> Result<()> {
    for (what, word, count) in counts.iter().filter(|(.., count)| *count != 0) {
        let what: &str = what.into();
        execute(
            connection,
            "INSERT INTO tallies (integration, day, what, word, count) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
            (integration, day, what, word, count),
        )?;
    }
    Ok(())
}

/// Forgets what was counted by day before this one.
pub(super) fn forget_days(connection: &Connection, before: NaiveDate) -> Result<()> {
    let sql = "DELETE FROM tallies WHERE day > ?1 AND day < ?2";
    execute(connection, sql, (ALWAYS, before.to_epoch_days()))?;
    Ok(())
}
