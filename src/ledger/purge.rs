//! Purging of old runs: their rows, findings and rejections go, their numbers, reference IDs and content hashes stay.

use super::history::parsed;
use super::row::micros;
use super::{LedgerError, RunRetention, SqliteLedger};
use crate::domain::ReferenceId;
use chrono::{DateTime, FixedOffset};
use rusqlite::{Connection, Transaction};
use std::collections::BTreeSet;

/// Rows that one transaction deletes. It is short, so that other processes need not wait long.
const ROWS_AT_ONCE: usize = 5_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub runs: usize,
    pub findings: usize,
    /// Their rejected records, open or not.
    pub rejections: usize,
}

/// Runs that later runs look back at, by number.
const NEEDED: &str = "
    -- the watermark, and the one before each run that is still under way
    SELECT MAX(number) AS number FROM runs WHERE watermark = 1 AND status = 'Completed' GROUP BY integration
    UNION
    SELECT MAX(w.number) FROM runs u JOIN runs w ON w.integration = u.integration AND w.number < u.number
        AND w.watermark = 1 AND w.status = 'Completed' WHERE u.state <> 'closed' GROUP BY u.number
    UNION -- what guards compare with
    SELECT MAX(number) FROM runs WHERE processed > 0 AND test = 0 AND resubmission_of IS NULL AND rerun_of IS NULL
        AND whole_file AND status IN ('Completed', 'Completed with Errors')
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
    fn purge_runs(
        &mut self,
        before: DateTime<FixedOffset>,
        limit: usize,
    ) -> Result<Purged, LedgerError> {
        let old = purgeable(&self.connection, before, limit)?;
        let mut purged = Purged::default();
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
        Ok(purged)
    }

    fn purged_run_took(
        &self,
        integration: &str,
        reference: &ReferenceId,
    ) -> Result<bool, LedgerError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM purged WHERE reference = ?1 AND integration = ?2
                    AND sha256 IS NOT NULL)",
            )?
            .query_row((reference.as_str(), integration), |row| row.get(0))?)
    }

    fn open_runs(&self) -> Result<BTreeSet<ReferenceId>, LedgerError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT reference FROM runs WHERE state <> 'closed'")?;
        let mut rows = statement.query([])?;
        let mut open = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let reference = row.get_ref(0)?.as_str().unwrap_or_default();
            open.insert(parsed(reference)?);
        }
        Ok(open)
    }
}

fn purgeable(
    connection: &Connection,
    before: DateTime<FixedOffset>,
    limit: usize,
) -> Result<Vec<u32>, LedgerError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT number FROM runs WHERE started < ?1 AND state = 'closed' AND number NOT IN ({NEEDED})
         ORDER BY number LIMIT ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map((micros(&before), limit), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Purges a run as far as there is room. `true`: nothing of it is left to purge.
fn purge(
    transaction: &Transaction<'_>,
    number: u32,
    room: &mut usize,
    purged: &mut Purged,
) -> Result<bool, LedgerError> {
    // Its correction or repetition may have begun since it was chosen.
    let needed: bool = transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM runs u JOIN runs p ON p.reference IN (u.resubmission_of, u.rerun_of)
             WHERE u.state IN ('claimed', 'delivering') AND p.number = ?1)",
        )?
        .query_row([number], |row| row.get(0))?;
    if needed {
        return Ok(true);
    }
    for (table, count) in [
        ("findings", &mut purged.findings),
        ("rejections", &mut purged.rejections),
    ] {
        let gone = transaction
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE run = ?1 LIMIT ?2)"
            ))?
            .execute((number, i64::try_from(*room).unwrap_or(i64::MAX)))?;
        *count += gone;
        *room = room.saturating_sub(gone);
        if *room == 0 {
            return Ok(false);
        }
    }
    transaction
        .prepare_cached(
            "INSERT INTO purged (number, reference, integration, sha256)
             SELECT number, reference, integration, iif(test = 0 AND duplicate_of IS NULL
                AND status IN ('Completed', 'Completed with Errors'), sha256, NULL)
             FROM runs WHERE number = ?1",
        )?
        .execute([number])?;
    let gone = transaction
        .prepare_cached("DELETE FROM runs WHERE number = ?1")?
        .execute([number])?;
    purged.runs += gone;
    *room = room.saturating_sub(gone);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{
        PARAMETERS, changes, committed, ledger, moment, new_run, summary, whole_run,
    };
    use super::super::{NewRun, RunRow, SqliteLedger, history};
    use super::{Purged, ROWS_AT_ONCE};
    use crate::changeset::change::{Change, ChangeReader};
    use crate::domain::{Code, Finding, Kind, Parameters, RunStatus, RunSummary, Severity};
    use chrono::{DateTime, FixedOffset};
    use std::sync::LazyLock;

    /// The day from which on runs are kept.
    fn limit() -> DateTime<FixedOffset> {
        moment("2026-11-20T00:00:00-05:00")
    }

    /// Parameters of a run that nothing looks back at but watermark and baseline.
    static DELTA: LazyLock<Parameters> = LazyLock::new(|| Parameters {
        delta: true,
        ..PARAMETERS.clone()
    });

    fn on(start: &str) -> NewRun<'static> {
        NewRun {
            start: moment(start),
            parameters: &DELTA,
            ..new_run("hr")
        }
    }

    fn over(
        ledger: &mut SqliteLedger,
        new: &NewRun<'_>,
        status: RunStatus,
        all: &[Change<'_>],
        set: impl FnOnce(&mut RunSummary),
    ) -> RunRow {
        let run = ledger.begin(new).expect("run");
        let hash = format!("hash of {}", run.number);
        ledger.set_source(run.number, 9, &hash).expect("source");
        let mut summary = summary(&run, status, 1, 1);
        set(&mut summary);
        let bytes = changes(all);
        let mut reader = ChangeReader::new(&bytes[..]);
        ledger
            .commit(run.number, &committed(&summary), Some(&mut reader), "main")
            .expect("committed");
        ledger.close(run.number).expect("closed");
        history::require(ledger, &run.reference).expect("there")
    }

    fn finding(record: u64) -> Change<'static> {
        Change::Finding(Finding {
            record,
            line: record + 1,
            field: "ssn".into(),
            code: Code::SsnArea,
            severity: Severity::Error,
        })
    }

    const REJECTION: Change<'static> = Change::Rejection {
        record: 1,
        line: 2,
        key: Some(7),
        traits: &[],
    };

    #[test]
    fn an_old_run_goes_with_its_rows_but_its_number_name_and_bytes_stay_known() {
        let (_folder, mut ledger) = ledger();
        let old = over(
            &mut ledger,
            &on("2026-11-19T23:59:59-05:00"),
            RunStatus::CompletedWithErrors,
            &[finding(1), finding(2), REJECTION],
            |_| {},
        );
        let new = whole_run(
            &mut ledger,
            &on("2026-11-20T00:00:00-05:00"),
            RunStatus::Completed,
        );
        let purged = ledger.purge_runs(limit(), 10).expect("purged");
        let expected = Purged {
            runs: 1,
            findings: 2,
            rejections: 1,
        };
        assert_eq!(purged, expected);
        assert_eq!(
            ledger.purge_runs(limit(), 10).expect("nothing"),
            Purged::default()
        );

        assert_eq!(ledger.run(&old.reference).expect("read"), None);
        assert!(ledger.run(&new.reference).expect("read").is_some());
        assert_eq!(ledger.reference(old.number).expect("kept"), old.reference);
        assert!(ledger.findings(old.number).expect("read").is_empty());
        assert!(ledger.open_rejections("hr").expect("read").is_empty());
        let taken = |sha256: &str| ledger.taken("hr", sha256, None).expect("read");
        assert_eq!(taken("hash of 1"), Some(old.reference.clone()));
        assert_eq!(taken("hash of 9"), None);
        for (integration, run, took) in [
            ("hr", &old, true),
            ("med", &old, false),
            ("hr", &new, false),
        ] {
            let known = ledger.purged_run_took(integration, &run.reference);
            assert_eq!(known.expect("read"), took, "{integration}");
        }
        let again = ledger.taken("hr", "hash of 1", Some(&old.reference));
        assert_eq!(again.expect("read"), None);
        assert_eq!(ledger.taken("med", "hash of 1", None).expect("read"), None);
    }

    #[test]
    fn what_took_nothing_is_not_taken_after_the_purge_either() {
        let (_folder, mut ledger) = ledger();
        for (status, test) in [(RunStatus::Failed, false), (RunStatus::Completed, true)] {
            let new = on("2026-11-01T00:00:00-05:00");
            let run = over(&mut ledger, &new, status, &[], |s| s.test = test);
            ledger
                .connection
                .execute("UPDATE runs SET watermark = 0", [])
                .expect("no watermark");
            assert_eq!(ledger.purge_runs(limit(), 10).expect("purged").runs, 1);
            let hash = format!("hash of {}", run.number);
            assert_eq!(ledger.taken("hr", &hash, None).expect("read"), None);
            assert!(!ledger.purged_run_took("hr", &run.reference).expect("read"));
        }
    }

    #[test]
    fn a_reference_id_is_never_given_twice() {
        let (_folder, mut ledger) = ledger();
        let day = on("2026-11-19T08:00:00-05:00");
        whole_run(&mut ledger, &day, RunStatus::Failed);
        whole_run(&mut ledger, &day, RunStatus::Failed);
        assert_eq!(ledger.purge_runs(limit(), 10).expect("purged").runs, 2);
        let next = ledger.begin(&day).expect("run");
        assert_eq!(next.reference.as_str(), "20261119-000003");
        assert_eq!(next.number, 3);
    }

    #[test]
    fn what_later_runs_look_back_at_stays() {
        let (_folder, mut ledger) = ledger();
        let day = on("2026-11-01T08:00:00-05:00");
        let whole = NewRun {
            parameters: &PARAMETERS,
            ..day.clone()
        };
        let deduction = NewRun {
            integration: "med",
            kind: Kind::Deduction,
            ..day.clone()
        };
        let year = |start: &str| {
            let start = start.parse().ok();
            move |s: &mut RunSummary| s.plan_year_start = start
        };
        use RunStatus::{Completed, CompletedWithErrors, Held};
        let initial = over(&mut ledger, &whole, Completed, &[], |_| {});
        over(&mut ledger, &day, Completed, &[], |_| {});
        let before_held = over(&mut ledger, &day, Completed, &[], |_| {});
        let held = over(&mut ledger, &day, Held, &[], |_| {});
        over(&mut ledger, &day, Completed, &[], |_| {});
        let watermark = over(&mut ledger, &day, Completed, &[], |s| {
            s.records_processed = 0;
            s.records_accepted = 0;
            s.records_created = 0;
            s.errors = 0;
        });
        let parent = over(&mut ledger, &day, CompletedWithErrors, &[], |_| {});
        let baseline = over(&mut ledger, &day, CompletedWithErrors, &[], |_| {});
        let mut years = Vec::new();
        for start in ["2025-01-01", "2025-01-01", "2026-01-01"] {
            years.push(over(
                &mut ledger,
                &deduction,
                CompletedWithErrors,
                &[],
                year(start),
            ));
        }
        // It imported nothing of its year; only guards look back at it.
        let nothing = over(&mut ledger, &deduction, CompletedWithErrors, &[], |s| {
            year("2026-01-01")(s);
            s.records_accepted = 0;
            s.records_created = 0;
            s.errors = 2;
        });
        let correcting = NewRun {
            resubmission_of: Some(&parent.reference),
            ..day.clone()
        };
        let under_way = ledger.begin(&correcting).expect("run");
        let open = ledger.open_runs().expect("read");
        assert!(
            open.into_iter()
                .eq([held.reference.clone(), under_way.reference.clone()])
        );

        let purged = ledger.purge_runs(limit(), usize::MAX).expect("purged");
        assert_eq!(purged.runs, 3);
        let kept = [
            &initial,
            &before_held,
            &held,
            &watermark,
            &parent,
            &baseline,
            &years[1],
            &years[2],
            &nothing,
            &under_way,
        ];
        let left = ledger
            .runs(&super::super::RunFilter::default(), 99)
            .expect("runs");
        let mut left: Vec<u32> = left.iter().map(|r| r.number).collect();
        left.reverse();
        assert_eq!(left, kept.map(|r| r.number));
        assert!(ledger.initial_import_done("hr", None).expect("read"));
        assert!(ledger.baseline("med").expect("read").is_some());
    }

    #[test]
    fn a_run_with_more_rows_than_a_transaction_takes_goes_all_the_same() {
        let (_folder, mut ledger) = ledger();
        let many: Vec<Change<'_>> = (1..=ROWS_AT_ONCE as u64 + 1).map(finding).collect();
        let day = on("2026-11-01T08:00:00-05:00");
        let failed = RunStatus::Failed;
        over(&mut ledger, &day, failed, &many, |_| {});
        for _ in 0..3 {
            over(&mut ledger, &day, failed, &[finding(1), REJECTION], |_| {});
        }
        let purged = ledger.purge_runs(limit(), 2).expect("purged");
        assert_eq!((purged.runs, purged.findings), (2, ROWS_AT_ONCE + 2));
        let purged = ledger.purge_runs(limit(), 9).expect("purged");
        assert_eq!((purged.runs, purged.rejections), (2, 2));
    }
}
