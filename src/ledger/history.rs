//! Queries of past runs.

use super::row::{damaged, micros};
use super::{LedgerError, RunHistory, RunRow, SqliteLedger, findings};
use crate::domain::{Cents, Finding, ReferenceId, RunStatus};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Params};

/// Which runs to list.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    /// Only of this integration.
    pub integration: Option<String>,
    /// Only with this status.
    pub status: Option<RunStatus>,
    /// Only begun at or after this moment.
    pub since: Option<DateTime<Utc>>,
}

/// What guards compare a file with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Data records of the file.
    pub records_processed: u64,
    /// All readable employee amounts of the file.
    pub employee_cents: Cents,
}

impl RunHistory for SqliteLedger {
    fn findings(&self, number: u32) -> Result<Vec<Finding>, LedgerError> {
        findings::findings(self, number)
    }

    fn run(&self, reference: &ReferenceId) -> Result<Option<RunRow>, LedgerError> {
        let found = read_runs(
            &self.connection,
            "SELECT * FROM runs WHERE reference = ?1",
            [reference.as_str()],
        )?;
        Ok(found.into_iter().next())
    }

    fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRow>, LedgerError> {
        read_runs(
            &self.connection,
            "SELECT * FROM runs WHERE (?1 IS NULL OR integration = ?1) AND (?2 IS NULL OR status = ?2)
                AND (?3 IS NULL OR started >= ?3) ORDER BY number DESC LIMIT ?4",
            (
                &filter.integration,
                filter.status.map(RunStatus::as_str),
                filter.since.as_ref().map(micros),
                i64::try_from(limit).unwrap_or(i64::MAX),
            ),
        )
    }

    fn reference(&self, number: u32) -> Result<ReferenceId, LedgerError> {
        let found: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT reference FROM runs WHERE number = ?1
                 UNION ALL SELECT reference FROM purged WHERE number = ?1",
            )?
            .query_row([number], |row| row.get(0))
            .optional()?;
        parsed(&found.ok_or_else(|| unknown(number))?)
    }

    fn unfinished(&self, integration: &str) -> Result<Vec<RunRow>, LedgerError> {
        read_runs(
            &self.connection,
            "SELECT * FROM runs WHERE integration = ?1 AND state IN ('claimed', 'delivering') ORDER BY number",
            [integration],
        )
    }

    fn runs_not_ended(&self) -> Result<Vec<RunRow>, LedgerError> {
        read_runs(
            &self.connection,
            "SELECT * FROM runs WHERE state IN ('claimed', 'delivering', 'held') ORDER BY number",
            [],
        )
    }

    fn taken(
        &self,
        integration: &str,
        sha256: &str,
        parent: Option<&ReferenceId>,
    ) -> Result<Option<ReferenceId>, LedgerError> {
        let found: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT reference, number FROM runs WHERE integration = ?1 AND sha256 = ?2 AND test = 0
                    AND duplicate_of IS NULL AND status IN ('Completed', 'Completed with Errors', 'Held')
                    AND reference IS NOT ?3
                 UNION ALL
                 SELECT reference, number FROM purged WHERE integration = ?1 AND sha256 = ?2
                    AND reference IS NOT ?3
                 ORDER BY number LIMIT 1",
            )?
            .query_row(
                (integration, sha256, parent.map(ReferenceId::as_str)),
                |row| row.get(0),
            )
            .optional()?;
        found.as_deref().map(parsed).transpose()
    }

    fn watermark(
        &self,
        integration: &str,
        before: u32,
    ) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let started: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT started FROM runs WHERE integration = ?1 AND number < ?2 AND watermark = 1
                    AND status = 'Completed' ORDER BY number DESC LIMIT 1",
            )?
            .query_row((integration, before), |row| row.get(0))
            .optional()?;
        started
            .map(|at| DateTime::from_timestamp_micros(at).ok_or(damaged("the start of a run")))
            .transpose()
    }

    fn baseline(&self, integration: &str) -> Result<Option<Baseline>, LedgerError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT processed, employee_in FROM runs WHERE integration = ?1 AND processed > 0 AND test = 0
                    AND resubmission_of IS NULL AND rerun_of IS NULL
                    AND whole_file
                    AND status IN ('Completed', 'Completed with Errors') ORDER BY number DESC LIMIT 1",
            )?
            .query_row([integration], |row| {
                Ok(Baseline {
                    records_processed: row.get::<_, i64>(0)?.cast_unsigned(),
                    employee_cents: Cents::from(row.get::<_, i64>(1)?),
                })
            })
            .optional()?)
    }

    fn initial_import_done(
        &self,
        integration: &str,
        plan_year: Option<NaiveDate>,
    ) -> Result<bool, LedgerError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM runs WHERE integration = ?1 AND processed > 0 AND test = 0
                    AND status = 'Completed' AND resubmission_of IS NULL AND whole_file
                    AND initial_import
                    AND plan_year IS ?2)",
            )?
            .query_row(
                (integration, plan_year.map(|day| day.to_string())),
                |row| row.get(0),
            )?)
    }
}

/// The run of this number.
pub(super) fn numbered(connection: &Connection, number: u32) -> Result<RunRow, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT * FROM runs WHERE number = ?1")?;
    let mut rows = statement.query([number])?;
    rows.next()?
        .map_or_else(|| Err(unknown(number)), RunRow::read)
}

/// The run of this reference ID, which must be there.
pub(super) fn require(
    ledger: &SqliteLedger,
    reference: &ReferenceId,
) -> Result<RunRow, LedgerError> {
    ledger
        .run(reference)?
        .ok_or_else(|| LedgerError::UnknownRun {
            run: reference.to_string(),
        })
}

pub(super) fn unknown(number: u32) -> LedgerError {
    LedgerError::UnknownRun {
        run: format!("number {number}"),
    }
}

fn read_runs(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<RunRow>, LedgerError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        runs.push(RunRow::read(row)?);
    }
    Ok(runs)
}

pub(super) fn parsed(reference: &str) -> Result<ReferenceId, LedgerError> {
    ReferenceId::parse(reference).ok_or(damaged("a reference ID"))
}
