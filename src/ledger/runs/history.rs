//! Queries of past runs.

use crate::domain::{Cents, Code, Finding, ReferenceId, Severity};
use crate::ledger::error::Result;
use crate::ledger::row::{all, cell, damaged, execute, first, instant, micros, value};
use crate::ledger::{Event, ImportedYears, LedgerError, RunHistory, RunRow, SqliteLedger, events};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, Row};
use std::borrow::Cow;

/// What a file is compared with: the last one that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Data records of the file.
    pub records_processed: u64,
    /// All readable employee amounts of the file.
    pub employee_cents: Cents,
    /// The canonical and custom columns of the file.
    pub columns: Vec<String>,
}

impl Baseline {
    /// Records and employee amount.
    pub(crate) fn size(&self) -> (u64, Cents) {
        (self.records_processed, self.employee_cents)
    }
}

/// First day of a plan year, and a run that imported records of it.
pub(crate) type ImportedYear = (NaiveDate, ReferenceId);

fn finding(row: &Row<'_>) -> Result<Finding> {
    let code: String = row.get(3)?;
    Ok(Finding {
        record: row.get::<_, i64>(0)?.cast_unsigned(),
        line: row.get::<_, i64>(1)?.cast_unsigned(),
        field: Cow::Owned(row.get(2)?),
        code: Code::parse(&code).ok_or(damaged("the code of a finding"))?,
        severity: match row.get(4)? {
            true => Severity::Error,
            false => Severity::Warning,
        },
    })
}

impl RunHistory for SqliteLedger {
    fn findings(&self, number: u32) -> Result<Vec<Finding>> {
        let sql = "SELECT record, line, field, code, severity = 'error' FROM findings WHERE run = ?1 ORDER BY id";
        all(&self.connection, sql, [number], finding)
    }

    fn findings_between(&self, number: u32, first: u64, last: u64) -> Result<Vec<Finding>> {
        let sql = "SELECT record, line, field, code, severity = 'error' FROM findings
             WHERE run = ?1 AND record BETWEEN ?2 AND ?3 ORDER BY id";
        let wanted = (number, first.cast_signed(), last.cast_signed());
        all(&self.connection, sql, wanted, finding)
    }

    fn each_error(&self, number: u32, visit: &mut dyn FnMut(u64, Code, &str)) -> Result<()> {
        let sql = "SELECT record, code, field FROM findings WHERE run = ?1 AND severity = 'error'";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([number])?;
        while let Some(row) = rows.next()? {
            let record = row.get::<_, i64>(0)?.cast_unsigned();
            let code = row.get_ref(1)?.as_str().ok().and_then(Code::parse);
            let code = code.ok_or(damaged("the code of a finding"))?;
            let field = row.get_ref(2)?.as_str();
            visit(
                record,
                code,
                field.map_err(|_| damaged("the field of a finding"))?,
            );
        }
        Ok(())
    }

    fn run(&self, reference: &ReferenceId) -> Result<Option<RunRow>> {
        let sql = "SELECT * FROM runs WHERE reference = ?1";
        first(&self.connection, sql, [reference.as_str()], RunRow::read)
    }

    fn reference(&self, number: u32) -> Result<ReferenceId> {
        let found = first(
            &self.connection,
            "SELECT reference FROM runs WHERE number = ?1
             UNION ALL SELECT reference FROM purged WHERE number = ?1",
            [number],
            reference,
        )?;
        found.ok_or_else(|| unknown(number))
    }

    fn unfinished(&self, integration: &str) -> Result<Vec<RunRow>> {
        all(
            &self.connection,
            "SELECT * FROM runs WHERE integration = ?1 AND state IN ('claimed', 'delivering') ORDER BY number",
            [integration],
            RunRow::read,
        )
    }

    fn runs_not_ended(&self) -> Result<Vec<RunRow>> {
        all(
            &self.connection,
            "SELECT * FROM runs WHERE state <> 'closed' ORDER BY number",
            [],
            RunRow::read,
        )
    }

    fn taken(
        &self,
        integration: &str,
        sha256: &str,
        parent: Option<&ReferenceId>,
    ) -> Result<Option<ReferenceId>> {
        first(
            &self.connection,
                "SELECT reference, number FROM runs WHERE integration = ?1 AND sha256 = ?2 AND test = 0
                    AND duplicate_of IS NULL AND status IN ('Completed', 'Completed with Errors', 'Held')
                    AND reference IS NOT ?3
                 UNION ALL
                 SELECT reference, number FROM purged WHERE integration = ?1 AND sha256 = ?2
                    AND reference IS NOT ?3
                 ORDER BY number DESC LIMIT 1",
            (integration, sha256, parent.map(ReferenceId::as_str)),
            reference,
        )
    }

    fn judged_bytes(&self, integration: &str, sha256: &str) -> Result<Vec<u32>> {
        all(
            &self.connection,
            "SELECT number FROM runs WHERE integration = ?1 AND sha256 = ?2 AND test = 0 AND duplicate_of IS NULL
                AND status IN ('Completed', 'Completed with Errors') ORDER BY number",
            (integration, sha256),
            |row| Ok(row.get(0)?),
        )
    }

    fn watermark(
        &self,
        integration: &str,
        before: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        first(
            &self.connection,
            "SELECT watermark FROM runs WHERE integration = ?1 AND watermark <= ?3 AND number < ?2
             ORDER BY watermark DESC LIMIT 1",
            (integration, before, micros(&now)),
            |row| instant(row.get(0)?, "a watermark"),
        )
    }

    fn baseline(
        &self,
        integration: &str,
        plan_year: Option<NaiveDate>,
    ) -> Result<Option<Baseline>> {
        first(
            &self.connection,
                "SELECT processed, employee_in, summary ->> 'columns_read' FROM runs WHERE integration = ?1 AND processed > 0 AND test = 0
                 AND resubmission_of IS NULL AND rerun_of IS NULL AND summary ->> 'split_from' IS NULL
                 AND whole_file AND (?2 IS NULL OR plan_year = ?2)
                 AND status IN ('Completed', 'Completed with Errors') ORDER BY number DESC LIMIT 1",
            (integration, plan_year.map(|day| day.to_string())),
            |row| {
                Ok(Baseline {
                    records_processed: row.get::<_, i64>(0)?.cast_unsigned(),
                    employee_cents: Cents::from(row.get::<_, i64>(1)?),
                    columns: columns(row.get(2)?),
                })
            },
        )
    }

    fn initial_import_done(&self, integration: &str, plan_year: Option<NaiveDate>) -> Result<bool> {
        value(
            &self.connection,
                "SELECT EXISTS (SELECT 1 FROM runs WHERE integration = ?1 AND processed > 0 AND test = 0
                 AND status = 'Completed' AND resubmission_of IS NULL AND whole_file
                 AND initial_import
                 AND plan_year IS ?2)",
            (integration, plan_year.map(|day| day.to_string())),
        )
    }
}

/// The columns that a summary lists; older summaries list none.
fn columns(json: Option<String>) -> Vec<String> {
    let listed = json.and_then(|json| serde_json::from_str(&json).ok());
    listed.unwrap_or_default()
}

impl ImportedYears for SqliteLedger {
    fn imported_years(&self, integrations: &[&str], besides: u32) -> Result<Vec<ImportedYear>> {
        // SQLite takes the other columns from the row that has the maximum.
        all(
            &self.connection,
            "SELECT plan_year, reference, MAX(number) FROM runs
             WHERE integration IN (SELECT value FROM json_each(?1)) AND number <> ?2 AND processed > 0 AND test = 0 AND accepted > 0
                AND status IN ('Completed', 'Completed with Errors') AND plan_year IS NOT NULL
             GROUP BY plan_year ORDER BY plan_year",
            (list(integrations), besides),
            imported,
        )
    }

    fn years_on(&self, integrations: &[&str], day: NaiveDate) -> Result<Vec<ImportedYear>> {
        all(&self.connection, "SELECT plan_year, reference FROM runs
             WHERE integration IN (SELECT value FROM json_each(?1)) AND processed > 0 AND test = 0 AND accepted > 0
                AND status IN ('Completed', 'Completed with Errors') AND plan_year IS NOT NULL
                AND ?2 IN ((started / 1000000 + started_offset) / 86400, (ended / 1000000 + ended_offset) / 86400)
             ORDER BY number",
            (list(integrations), day.to_epoch_days()),
            imported,
        )
    }

    fn let_year_pass(&mut self, roster: &str, year: NaiveDate, event: &Event) -> Result<()> {
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "INSERT OR IGNORE INTO passing_years (roster, year) VALUES (?1, ?2)",
            (roster, year.to_string()),
        )?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn passing_years(&self, roster: &str) -> Result<Vec<NaiveDate>> {
        let sql = "SELECT year FROM passing_years WHERE roster = ?1 ORDER BY year";
        all(&self.connection, sql, [roster], |row| {
            let year: String = cell(row)?;
            year.parse().map_err(|_| damaged("a plan year"))
        })
    }
}

/// Names as queries take them.
fn list(names: &[&str]) -> String {
    serde_json::json!(names).to_string()
}

/// A plan year and the reference ID of a run.
fn imported(row: &Row<'_>) -> Result<ImportedYear> {
    let (year, reference): (String, String) = (row.get(0)?, row.get(1)?);
    Ok((
        year.parse().map_err(|_| damaged("a plan year"))?,
        ReferenceId::parse(&reference).ok_or(damaged("a reference ID"))?,
    ))
}

/// The run of this number.
pub(super) fn numbered(connection: &Connection, number: u32) -> Result<RunRow> {
    let sql = "SELECT * FROM runs WHERE number = ?1";
    let found = first(connection, sql, [number], RunRow::read)?;
    found.ok_or_else(|| unknown(number))
}

pub(super) fn unknown(number: u32) -> LedgerError {
    LedgerError::UnknownRun {
        run: format!("number {number}"),
    }
}

/// The reference ID that a row begins with.
pub(super) fn reference(row: &Row<'_>) -> Result<ReferenceId> {
    let text: String = cell(row)?;
    ReferenceId::parse(&text).ok_or(damaged("a reference ID"))
}
