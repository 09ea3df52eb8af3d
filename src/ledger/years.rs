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

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{committed, ledger, moment, new_run, summary};
    use super::super::{NewRun, RunRow, SqliteLedger};
    use crate::domain::{RunStatus, RunSummary};
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// A run of this plan year; `began` and `ended` in New York.
    fn import(
        ledger: &mut SqliteLedger,
        year: &str,
        [began, ended]: [&str; 2],
        set: impl FnOnce(&mut RunSummary),
    ) -> RunRow {
        let new = NewRun {
            start: moment(began),
            ..new_run("pay")
        };
        let run = ledger.begin(&new).expect("run");
        let mut summary = summary(&run, RunStatus::Completed, 1, 0);
        summary.plan_year_start = Some(day(year));
        summary.end_date = Some(ended.to_owned());
        set(&mut summary);
        let none = None;
        ledger
            .commit(run.number, &committed(&summary), none, "main")
            .expect("committed");
        run
    }

    const NOON: [&str; 2] = ["2026-11-20T12:00:00-05:00", "2026-11-20T12:00:01-05:00"];

    #[test]
    fn the_latest_year_is_of_runs_that_took_records() {
        let (_folder, mut ledger) = ledger();
        assert_eq!(ledger.latest_year("pay", 0).expect("none"), None);
        let next = import(&mut ledger, "2027-01-01", NOON, |s| {
            s.status = RunStatus::CompletedWithErrors;
        });
        let this = import(&mut ledger, "2026-01-01", NOON, |_| ());
        import(&mut ledger, "2028-01-01", NOON, |s| {
            s.status = RunStatus::Held;
        });
        import(&mut ledger, "2028-01-01", NOON, |s| {
            s.status = RunStatus::Failed;
        });
        import(&mut ledger, "2028-01-01", NOON, |s| s.test = true);
        import(&mut ledger, "2028-01-01", NOON, |s| {
            s.records_accepted = 0;
            s.records_unchanged = 1;
        });
        let of = |besides| ledger.latest_year("pay", besides).expect("read");
        assert_eq!(of(0), Some((day("2027-01-01"), next.reference)));
        assert_eq!(of(next.number), Some((day("2026-01-01"), this.reference)));
        assert_eq!(ledger.latest_year("other", 0).expect("none"), None);
    }

    #[test]
    fn a_day_is_the_site_s_day_also_where_clocks_change() {
        let (_folder, mut ledger) = ledger();
        // The first of November has 25 hours in New York; in UTC the third run begins on the second.
        for (year, times) in [
            (
                "2025-01-01",
                ["2026-10-31T23:59:58-04:00", "2026-10-31T23:59:59-04:00"],
            ),
            (
                "2026-01-01",
                ["2026-11-01T00:00:00-04:00", "2026-11-01T00:00:01-04:00"],
            ),
            (
                "2027-01-01",
                ["2026-11-01T23:59:59-05:00", "2026-11-02T00:00:00-05:00"],
            ),
        ] {
            import(&mut ledger, year, times, |_| ());
        }
        let on = |text| -> Vec<String> {
            let years = ledger.years_on("pay", day(text)).expect("read");
            years.iter().map(|(year, _)| year.to_string()).collect()
        };
        assert_eq!(on("2026-10-31"), ["2025-01-01"]);
        assert_eq!(on("2026-11-01"), ["2026-01-01", "2027-01-01"]);
        // What ended after midnight was imported on the new day.
        assert_eq!(on("2026-11-02"), ["2027-01-01"]);
        assert!(on("2026-11-03").is_empty());
    }
}
