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

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{
        PARAMETERS, committed, ledger, moment, new_run, summary, whole_run,
    };
    use super::super::{NewRun, RunRow, SqliteLedger};
    use super::{Baseline, RunFilter};
    use crate::domain::{Cents, Parameters, RunStatus, RunSummary};

    /// A run over a file with these bytes.
    fn over(ledger: &mut SqliteLedger, sha256: &str, set: impl FnOnce(&mut RunSummary)) -> RunRow {
        let run = ledger.begin(&new_run("hr")).expect("run");
        ledger.set_source(run.number, 9, sha256).expect("source");
        let mut summary = summary(&run, RunStatus::Completed, 1, 0);
        set(&mut summary);
        let none = None;
        ledger
            .commit(run.number, &committed(&summary), none, "main")
            .expect("committed");
        run
    }

    #[test]
    fn bytes_are_taken_once_but_not_by_failures_tests_and_duplicates() {
        let (_folder, mut ledger) = ledger();
        over(&mut ledger, "aa", |s| s.status = RunStatus::Failed);
        over(&mut ledger, "aa", |s| s.test = true);
        let pending = ledger.begin(&new_run("hr")).expect("run");
        ledger.set_source(pending.number, 9, "aa").expect("source");
        assert_eq!(ledger.taken("hr", "aa", None).expect("read"), None);
        let first = over(&mut ledger, "aa", |s| s.status = RunStatus::Held);
        over(&mut ledger, "aa", |s| {
            s.duplicate_of = Some(first.reference.clone());
            s.records_processed = 0;
            s.records_accepted = 0;
        });
        assert_eq!(
            ledger.taken("hr", "aa", None).expect("read"),
            Some(first.reference)
        );
        assert_eq!(ledger.taken("hr", "bb", None).expect("read"), None);
        assert_eq!(ledger.taken("other", "aa", None).expect("read"), None);
    }

    #[test]
    fn the_watermark_is_the_start_of_the_last_completed_run() {
        let (_folder, mut ledger) = ledger();
        assert_eq!(ledger.watermark("hr", u32::MAX).expect("none"), None);
        for (start, status) in [
            ("2026-11-20T05:00:00-05:00", RunStatus::Completed),
            ("2026-11-20T06:00:00-05:00", RunStatus::Completed),
            ("2026-11-20T07:00:00-05:00", RunStatus::CompletedWithErrors),
        ] {
            let new = NewRun {
                start: moment(start),
                ..new_run("hr")
            };
            whole_run(&mut ledger, &new, status);
        }
        let expected = moment("2026-11-20T06:00:00-05:00").to_utc();
        assert_eq!(
            ledger.watermark("hr", u32::MAX).expect("read"),
            Some(expected)
        );
        assert_eq!(ledger.watermark("other", u32::MAX).expect("none"), None);
    }

    #[test]
    fn the_baseline_is_the_last_file_with_records() {
        let (_folder, mut ledger) = ledger();
        assert_eq!(ledger.baseline("hr").expect("none"), None);
        over(&mut ledger, "aa", |s| {
            s.status = RunStatus::CompletedWithErrors;
            s.amounts.employee.read = Cents(1250);
            s.amounts.employee.accepted = Cents(1250);
        });
        over(&mut ledger, "bb", |s| s.status = RunStatus::Held);
        over(&mut ledger, "cc", |s| s.test = true);
        let baseline = Baseline {
            records_processed: 1,
            employee_cents: Cents(1250),
        };
        assert_eq!(ledger.baseline("hr").expect("read"), Some(baseline));
    }

    #[test]
    fn an_initial_import_takes_the_whole_file_or_a_given_start() {
        let (_folder, mut ledger) = ledger();
        let delta = Parameters {
            delta: true,
            ..PARAMETERS.clone()
        };
        let some = Parameters {
            include_employees: Some(vec!["7".into()]),
            ..PARAMETERS.clone()
        };
        let dated = Parameters {
            deduction_start_date: "2026-01-01".parse().ok(),
            ..delta.clone()
        };
        for (integration, parameters, status, done) in [
            ("a", &delta, RunStatus::Completed, false),
            ("b", &some, RunStatus::Completed, false),
            ("c", &*PARAMETERS, RunStatus::CompletedWithErrors, false),
            ("c", &*PARAMETERS, RunStatus::Completed, true),
            ("d", &dated, RunStatus::Completed, true),
        ] {
            let new = NewRun {
                parameters,
                ..new_run(integration)
            };
            whole_run(&mut ledger, &new, status);
            assert_eq!(
                ledger.initial_import_done(integration, None).expect("read"),
                done,
                "{integration}"
            );
            let other = "2026-01-01".parse().ok();
            let other = ledger.initial_import_done(integration, other);
            assert!(!other.expect("read"), "{integration}");
        }
    }

    #[test]
    fn runs_are_listed_newest_first_and_filtered() {
        let (_folder, mut ledger) = ledger();
        let first = whole_run(&mut ledger, &new_run("hr"), RunStatus::Completed);
        let later = NewRun {
            start: moment("2026-11-21T00:00:00-05:00"),
            ..new_run("med")
        };
        let second = whole_run(&mut ledger, &later, RunStatus::Failed);
        let third = ledger.begin(&new_run("hr")).expect("run");
        let numbers = |filter: &RunFilter, limit| -> Vec<u32> {
            let runs = ledger.runs(filter, limit).expect("read");
            runs.iter().map(|r| r.number).collect()
        };
        assert_eq!(
            numbers(&RunFilter::default(), 9),
            [third.number, second.number, first.number]
        );
        assert_eq!(numbers(&RunFilter::default(), 1), [third.number]);
        let hr = RunFilter {
            integration: Some("hr".into()),
            ..RunFilter::default()
        };
        assert_eq!(numbers(&hr, 9), [third.number, first.number]);
        let failed = RunFilter {
            status: Some(RunStatus::Failed),
            ..RunFilter::default()
        };
        assert_eq!(numbers(&failed, 9), [second.number]);
        let since = RunFilter {
            since: Some(later.start.to_utc()),
            ..RunFilter::default()
        };
        assert_eq!(numbers(&since, 9), [second.number]);
        let waiting = ledger.unfinished("hr").expect("read");
        assert_eq!(waiting, std::slice::from_ref(&third));
        assert_eq!(ledger.runs_not_ended().expect("read"), [third]);
    }
}
