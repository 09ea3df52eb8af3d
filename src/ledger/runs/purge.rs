//! Purging of old runs: their rows, findings and rejections go, their numbers, reference IDs and content hashes stay.

use super::history::reference;
use super::{lists, tallies};
use crate::domain::ReferenceId;
use crate::ledger::error::Result;
use crate::ledger::rosters::trails::forget_until;
use crate::ledger::row::{all, cell, execute, micros, value};
use crate::ledger::{RunRetention, SqliteLedger};
use chrono::{DateTime, FixedOffset};
use rusqlite::{Connection, Transaction};
use std::collections::BTreeSet;

/// Rows that one transaction deletes. It is short, so that other processes need not wait long.
pub(in crate::ledger) const ROWS_AT_ONCE: usize = 5_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub runs: usize,
    pub findings: usize,
    /// Their rejected records, open or not.
    pub rejections: usize,
}

/// Runs that later runs look back at, by number.
const NEEDED: &str = "
    -- the watermark, and the one before each run that is still under way; SQLite takes the number from the row that has
    -- the maximum
    SELECT number FROM (SELECT number, MAX(watermark) FROM runs WHERE watermark IS NOT NULL GROUP BY integration)
    UNION
    SELECT number FROM (SELECT w.number, MAX(w.watermark) FROM runs u JOIN runs w ON w.integration = u.integration
        AND w.number < u.number AND w.watermark IS NOT NULL WHERE u.state <> 'closed' GROUP BY u.number)
    UNION -- what guards compare with
    SELECT MAX(number) FROM runs WHERE processed > 0 AND test = 0 AND resubmission_of IS NULL AND rerun_of IS NULL
        AND summary ->> 'split_from' IS NULL AND whole_file AND status IN ('Completed', 'Completed with Errors')
        GROUP BY integration
    UNION -- the initial import of each plan year
    SELECT MAX(number) FROM runs WHERE processed > 0 AND test = 0 AND status = 'Completed' AND resubmission_of IS NULL
        AND whole_file
        AND initial_import
        GROUP BY integration, plan_year
    UNION -- the last of each plan year, which orders them
    SELECT MAX(number) FROM runs WHERE kind = 'deduction' AND accepted > 0 AND test = 0
        AND status IN ('Completed', 'Completed with Errors') GROUP BY integration, plan_year
    UNION -- what a run under way corrects or repeats
    SELECT p.number FROM runs u JOIN runs p ON p.reference IN (u.resubmission_of, u.rerun_of) WHERE u.state <> 'closed'";

impl RunRetention for SqliteLedger {
    fn purge_runs(&mut self, before: DateTime<FixedOffset>, limit: usize) -> Result<Purged> {
        let sql = format!(
            "SELECT number FROM runs WHERE started < ?1 AND state = 'closed' AND number NOT IN ({NEEDED})
             ORDER BY number LIMIT ?2"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let old: Vec<u32> = all(&self.connection, &sql, (micros(&before), limit), cell)?;
        let mut purged = Purged::default();
        let last = old.last().copied();
        let mut old = old.into_iter();
        let mut next = old.next();
        while next.is_some() {
            let transaction = self.immediate()?;
            let mut room = ROWS_AT_ONCE;
            while let Some(number) = next
                && room > 0
            {
                if purge(&transaction, number, &mut room, &mut purged)? {
                    next = old.next();
                }
            }
            transaction.commit()?;
        }
        if let Some(last) = last {
            let transaction = self.immediate()?;
            forget_until(&transaction, last)?;
            transaction.commit()?;
        }
        tallies::forget_days(&self.connection, before.date_naive())?;
        purge_arrivals(&self.connection, &before)?;
        Ok(purged)
    }

    fn purged_run_took(&self, integration: &str, reference: &ReferenceId) -> Result<bool> {
        value(
            &self.connection,
            "SELECT EXISTS (SELECT 1 FROM purged WHERE reference = ?1 AND integration = ?2
             AND sha256 IS NOT NULL)",
            (reference.as_str(), integration),
        )
    }

    fn open_runs(&self) -> Result<BTreeSet<ReferenceId>> {
        let sql = "SELECT reference FROM runs WHERE state <> 'closed'";
        Ok(all(&self.connection, sql, [], reference)?
            .into_iter()
            .collect())
    }
}

/// The newest row stays: IDs go on above it.
fn purge_arrivals(connection: &Connection, before: &DateTime<FixedOffset>) -> Result<()> {
    let most = i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX);
    let sql = "DELETE FROM arrivals WHERE number IN (SELECT number FROM arrivals WHERE at < ?1
        AND number < (SELECT MAX(number) FROM arrivals) ORDER BY number LIMIT ?2)";
    while execute(connection, sql, (micros(before), most))? == ROWS_AT_ONCE {}
    Ok(())
}

/// Purges a run as far as there is room. `true`: nothing of it is left to purge.
fn purge(
    transaction: &Transaction<'_>,
    number: u32,
    room: &mut usize,
    purged: &mut Purged,
) -> Result<bool> {
    // Its correction or repetition may have begun since it was chosen.
    if value(
        transaction,
        "SELECT EXISTS (SELECT 1 FROM runs u JOIN runs p ON p.reference IN (u.resubmission_of, u.rerun_of)
         WHERE u.state IN ('claimed', 'delivering') AND p.number = ?1)",
        [number],
    )? {
        return Ok(true);
    }
    for (table, count) in [
        ("findings", &mut purged.findings),
        ("rejections", &mut purged.rejections),
    ] {
        let sql = format!(
            "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE run = ?1 LIMIT ?2)"
        );
        let most = i64::try_from(*room).unwrap_or(i64::MAX);
        let gone = execute(transaction, &sql, (number, most))?;
        *count += gone;
        *room = room.saturating_sub(gone);
        if *room == 0 {
            return Ok(false);
        }
    }
    lists::forget_codes(transaction, number)?;
    execute(
        transaction,
        "INSERT INTO purged (number, reference, integration, sha256)
         SELECT number, reference, integration, iif(test = 0 AND duplicate_of IS NULL
            AND status IN ('Completed', 'Completed with Errors'), sha256, NULL)
         FROM runs WHERE number = ?1",
        [number],
    )?;
    let gone = execute(transaction, "DELETE FROM runs WHERE number = ?1", [number])?;
    purged.runs += gone;
    *room = room.saturating_sub(gone);
    Ok(true)
}
