//! Files taken from inbound into the queue: what is known of each.

use super::error::Result;
use super::row::{all, damaged, execute, first, integer, micros, moment, offset, value};
use super::transfers::outbox;
use super::{Arrivals, LedgerError, OutgoingReceipt, SqliteLedger};
use crate::domain::ArrivalId;
use chrono::{DateTime, FixedOffset, NaiveDate};
use rusqlite::{Connection, Row, Transaction};

/// A file that is about to be taken into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewArrival {
    /// Its name, as the ledger may keep it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A file that was taken into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivalRow {
    pub arrival: ArrivalId,
    pub integration: String,
    /// Its name as the ledger keeps it, masked.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Of one that was answered.
    pub sha256: Option<String>,
    pub at: DateTime<FixedOffset>,
    /// Whether its sender has a receipt that says it was received.
    pub answered: bool,
}

impl ArrivalRow {
    fn read(row: &Row<'_>) -> Result<ArrivalRow> {
        let arrival: String = row.get("arrival")?;
        Ok(ArrivalRow {
            arrival: ArrivalId::parse(&arrival).ok_or(damaged("an arrival"))?,
            integration: row.get("integration")?,
            name: row.get("name")?,
            size: row.get::<_, i64>("size")?.cast_unsigned(),
            sha256: row.get("sha256")?,
            at: moment(row, ["at", "at_offset"], "the time of an arrival")?,
            answered: row.get("answered")?,
        })
    }
}

impl Arrivals for SqliteLedger {
    fn arrive(
        &mut self,
        integration: &str,
        files: &[NewArrival],
        at: DateTime<FixedOffset>,
    ) -> Result<Vec<ArrivalId>> {
        let transaction = self.immediate()?;
        let mut given = Vec::with_capacity(files.len());
        let mut last = highest_arrival(&transaction)?;
        for file in files {
            let arrival = next(last.as_ref(), at.date_naive())?;
            insert(&transaction, &arrival, integration, file, at)?;
            last = Some(arrival.clone());
            given.push(arrival);
        }
        transaction.commit()?;
        Ok(given)
    }

    fn arrival(&self, arrival: &ArrivalId) -> Result<Option<ArrivalRow>> {
        let sql = "SELECT * FROM arrivals WHERE arrival = ?1";
        first(&self.connection, sql, [arrival.as_str()], ArrivalRow::read)
    }

    fn unanswered(&self, integration: &str) -> Result<Vec<ArrivalRow>> {
        let sql = "SELECT * FROM arrivals WHERE integration = ?1 AND answered = 0 AND run IS NULL ORDER BY number";
        all(&self.connection, sql, [integration], ArrivalRow::read)
    }

    fn answer_arrivals(
        &mut self,
        answered: &[(ArrivalId, String)],
        receipts: &[OutgoingReceipt<'_>],
    ) -> Result<()> {
        let transaction = self.immediate()?;
        for (arrival, sha256) in answered {
            execute(
                &transaction,
                "UPDATE arrivals SET answered = 1, sha256 = ?2 WHERE arrival = ?1",
                (arrival.as_str(), sha256),
            )?;
        }
        for receipt in receipts {
            outbox::put_receipt(&transaction, receipt)?;
        }
        Ok(transaction.commit()?)
    }

    fn forget_arrivals(&mut self, arrivals: &[ArrivalId]) -> Result<()> {
        if arrivals.is_empty() {
            return Ok(());
        }
        let transaction = self.immediate()?;
        for arrival in arrivals {
            execute(
                &transaction,
                "DELETE FROM arrivals WHERE arrival = ?1 AND run IS NULL",
                [arrival.as_str()],
            )?;
        }
        Ok(transaction.commit()?)
    }

    fn highest_arrival(&self) -> Result<Option<ArrivalId>> {
        highest_arrival(&self.connection)
    }
}

/// Writes the row of an arrival unless it is there.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    arrival: &ArrivalId,
    integration: &str,
    file: &NewArrival,
    at: DateTime<FixedOffset>,
) -> Result<()> {
    execute(
        transaction,
        "INSERT OR IGNORE INTO arrivals (arrival, integration, name, size, at, at_offset) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            arrival.as_str(),
            integration,
            &file.name,
            integer(file.size, "the size of a file")?,
            micros(&at),
            offset(&at),
        ),
    )?;
    Ok(())
}

fn highest_arrival(connection: &Connection) -> Result<Option<ArrivalId>> {
    let highest: Option<String> = value(connection, "SELECT MAX(arrival) FROM arrivals", [])?;
    let read = |text: String| ArrivalId::parse(&text).ok_or(damaged("the last arrival"));
    highest.map(read).transpose()
}

/// The ID after the last one. If the clock was set back, it keeps the day of the last one, so that IDs still sort by time.
fn next(last: Option<&ArrivalId>, today: NaiveDate) -> Result<ArrivalId> {
    let (day, number) = match last.and_then(ArrivalId::parts) {
        Some((day, number)) if day >= today => (day, number + 1),
        _ => (today, 1),
    };
    if number > ArrivalId::MOST {
        return Err(LedgerError::DayFull);
    }
    Ok(ArrivalId::new(day, number))
}
