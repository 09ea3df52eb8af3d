//! Which plan years an integration has imported, and when.

use super::row::damaged;
use super::{ImportedYears, LedgerError, SqliteLedger};
use crate::domain::ReferenceId;
use chrono::NaiveDate;
use rusqlite::{Connection, Params, Row};

/// First day of a plan year, and a run that imported records of it.
pub(crate) type ImportedYear = (NaiveDate, ReferenceId);

impl ImportedYears for SqliteLedger {
    fn latest_year(
        &self,
        integration: &str,
        besides: u32,
    ) -> Result<Option<ImportedYear>, LedgerError> {
        let found = read_years(
            &self.connection,
            "SELECT plan_year, reference FROM runs
             WHERE integration = ?1 AND number <> ?2 AND processed > 0 AND test = 0 AND accepted > 0
                AND status IN ('Completed', 'Completed with Errors') AND plan_year IS NOT NULL
             ORDER BY plan_year DESC, number DESC LIMIT 1",
            (integration, besides),
        )?;
        Ok(found.into_iter().next())
    }

    fn years_on(
        &self,
        integration: &str,
        day: NaiveDate,
    ) -> Result<Vec<ImportedYear>, LedgerError> {
        read_years(&self.connection, "SELECT plan_year, reference FROM runs
             WHERE integration = ?1 AND processed > 0 AND test = 0 AND accepted > 0
                AND status IN ('Completed', 'Completed with Errors') AND plan_year IS NOT NULL
                AND ?2 IN ((started / 1000000 + started_offset) / 86400, (ended / 1000000 + ended_offset) / 86400)
             ORDER BY number",
            (integration, day.to_epoch_days()),
        )
    }
}

fn read_years(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<ImportedYear>, LedgerError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(imported(row)?);
    }
    Ok(found)
}

fn imported(row: &Row<'_>) -> Result<ImportedYear, LedgerError> {
    let (year, reference): (String, String) = (row.get(0)?, row.get(1)?);
    Ok((
        year.parse().map_err(|_| damaged("a plan year"))?,
        ReferenceId::parse(&reference).ok_or(damaged("a reference ID"))?,
    ))
}
