//! The commit point: everything a run changes and its result, in one transaction.

use super::changes::{Owner, apply};
use super::history::unknown;
use super::owner_ids::{self, NameKind};
use super::row::{micros, offset};
use super::steps::wrong;
use super::{
    Disposal, Event, LedgerError, Outgoing, Publication, RunState, SqliteLedger, UnitOfWork,
    events, outbox,
};
use crate::changeset::change::ChangeReader;
use crate::domain::totals::Amounts;
use crate::domain::{Cents, Code, RunSummary};
use chrono::DateTime;
use rusqlite::{Transaction, named_params};

#[derive(Clone, Copy, Debug)]
pub struct Committed<'a> {
    /// The run summary; its status becomes the run's.
    pub summary: &'a RunSummary,
    /// [`RunState::Delivering`] while files are to be published.
    pub state: RunState,
    /// Whether a Completed run moves the watermark.
    pub watermark: bool,
    /// The files to publish, in order.
    pub publications: &'a [Publication],
    /// Those of them that are to be sent to an endpoint as well.
    pub outbox: &'a [Outgoing],
    /// Where the source file goes.
    pub disposal: Option<&'a Disposal>,
    /// What holds the run.
    pub hold: &'a [Code],
    /// The act of a person that ends the run so, if it was one.
    pub event: Option<&'a Event>,
}

impl UnitOfWork for SqliteLedger {
    fn commit(
        &mut self,
        number: u32,
        result: &Committed<'_>,
        changes: Option<&mut ChangeReader<'_>>,
        roster: &str,
    ) -> Result<(), LedgerError> {
        let transaction = self.immediate()?;
        let (integration, again) = committable(&transaction, number)?;
        if let Some(changes) = changes {
            if again {
                forget(&transaction, number)?;
            }
            let owner = Owner {
                run: number,
                integration: owner_ids::number(&transaction, NameKind::Integration, &integration)?,
                roster: owner_ids::number(&transaction, NameKind::Roster, roster)?,
            };
            apply(&transaction, owner, changes)?;
        }
        write_result(&transaction, number, result)?;
        let reference = &result.summary.integration_reference_id;
        outbox::put(&transaction, number, reference, &integration, result.outbox)?;
        if let Some(event) = result.event {
            events::insert(&transaction, event)?;
        }
        // What a large commit leaves in the log is merged with the next write, when the run's files are published.
        transaction.pragma_update(None, "wal_autocheckpoint", 0)?;
        let committed = transaction.commit();
        self.connection
            .pragma_update(None, "wal_autocheckpoint", super::LOG_PAGES)?;
        Ok(committed?)
    }
}

/// The run's integration and whether it committed before.
fn committable(transaction: &Transaction<'_>, number: u32) -> Result<(String, bool), LedgerError> {
    let mut statement = transaction.prepare_cached("SELECT * FROM runs WHERE number = ?1")?;
    let mut rows = statement.query([number])?;
    let run = super::RunRow::read(rows.next()?.ok_or_else(|| unknown(number))?)?;
    match run.state {
        RunState::Claimed | RunState::Held => Ok((run.integration, run.summary.is_some())),
        RunState::Delivering | RunState::Closed => Err(wrong(run, "committed")),
    }
}

fn forget(transaction: &Transaction<'_>, number: u32) -> Result<(), LedgerError> {
    for sql in [
        "DELETE FROM findings WHERE run = ?1",
        "DELETE FROM rejections WHERE run = ?1",
        "UPDATE rejections SET closed_by = NULL WHERE closed_by = ?1",
    ] {
        transaction.execute(sql, [number])?;
    }
    Ok(())
}

fn write_result(
    transaction: &Transaction<'_>,
    number: u32,
    result: &Committed<'_>,
) -> Result<(), LedgerError> {
    let summary = result.summary;
    let ended = summary
        .end_date
        .as_deref()
        .and_then(|end| DateTime::parse_from_rfc3339(end).ok());
    let [employee, employer] = [&summary.amounts.employee, &summary.amounts.employer].map(cents);
    let (employee, employer) = (employee?, employer?);
    let written = transaction
        .prepare_cached(
            "UPDATE runs SET status = :status, state = :state, ended = :ended, ended_offset = :ended_offset, watermark = :watermark,
                processed = :processed, accepted = :accepted, unchanged = :unchanged, skipped = :skipped,
                rejected = :rejected,
                employee_in = :employee_in, employee_accepted = :employee_accepted,
                employee_unchanged = :employee_unchanged, employee_skipped = :employee_skipped,
                employee_rejected = :employee_rejected,
                employer_in = :employer_in, employer_accepted = :employer_accepted,
                employer_unchanged = :employer_unchanged, employer_skipped = :employer_skipped,
                employer_rejected = :employer_rejected,
                summary = :summary, publications = :publications, disposal = :disposal, hold = :hold, test = :test
             WHERE number = :number AND reference = :reference",
        )?
        .execute(named_params! {
            ":number": number,
            ":reference": summary.integration_reference_id.as_str(),
            ":status": summary.status.as_str(),
            ":state": result.state.as_str(),
            ":ended": ended.as_ref().map(micros),
            ":ended_offset": ended.as_ref().map(offset),
            ":watermark": result.watermark,
            ":processed": count(summary.records_processed)?,
            ":accepted": count(summary.records_accepted)?,
            ":unchanged": count(summary.records_unchanged)?,
            ":skipped": count(summary.records_skipped)?,
            ":rejected": count(summary.errors)?,
            ":employee_in": employee[0],
            ":employee_accepted": employee[1],
            ":employee_unchanged": employee[2],
            ":employee_skipped": employee[3],
            ":employee_rejected": employee[4],
            ":employer_in": employer[0],
            ":employer_accepted": employer[1],
            ":employer_unchanged": employer[2],
            ":employer_skipped": employer[3],
            ":employer_rejected": employer[4],
            ":summary": json(summary)?,
            ":publications": json(&result.publications)?,
            ":disposal": result.disposal.map(json).transpose()?,
            ":hold": json(&result.hold)?,
            ":test": summary.test,
        })?;
    if written == 1 {
        Ok(())
    } else {
        Err(unknown(number))
    }
}

fn cents(amounts: &Amounts) -> Result<[i64; 5], LedgerError> {
    let mut all = [0; 5];
    let columns = [
        amounts.read,
        amounts.accepted,
        amounts.unchanged,
        amounts.skipped,
        amounts.rejected,
    ];
    for (place, Cents(sum)) in all.iter_mut().zip(columns) {
        *place = i64::try_from(sum).map_err(|_| LedgerError::Limit {
            what: "a sum of amounts",
            fix: "split the file",
        })?;
    }
    Ok(all)
}

fn count(records: u64) -> Result<i64, LedgerError> {
    i64::try_from(records).map_err(|_| LedgerError::Limit {
        what: "the number of records",
        fix: "split the file",
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, LedgerError> {
    // Only a path that is not UTF-8 can fail here.
    serde_json::to_string(value).map_err(|_| super::error::PATH)
}

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{changes, committed, employee, ledger, new_run, summary};
    use super::super::{Disposal, history};
    use super::*;
    use crate::changeset::change::Change;
    use crate::domain::Published;
    use crate::domain::{Finding, RunStatus, Severity};

    #[test]
    fn the_result_is_read_back_whole() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        let mut summary = summary(&run, RunStatus::CompletedWithErrors, 6, 1);
        summary.amounts.employee.read = Cents(-250);
        summary.amounts.employee.rejected = Cents(-250);
        let publications = [Publication {
            what: Published::Receipt,
            from: "work/1/receipt".into(),
            to: "outbound/hr/receipts/a.receipt.json".into(),
            replace: true,
            done_marker: false,
        }];
        let disposal = Disposal::Archive("archive/hr/a.csv".into());
        let result = Committed {
            publications: &publications,
            disposal: Some(&disposal),
            hold: &[Code::GuardRows, Code::GuardAmount],
            ..committed(&summary)
        };
        let none = None;
        ledger
            .commit(run.number, &result, none, "main")
            .expect("committed");
        let row = history::numbered(&ledger.connection, run.number).expect("there");
        assert_eq!(row.summary.as_ref(), Some(&summary));
        assert_eq!(row.publications, publications);
        assert_eq!(row.disposal, Some(disposal.clone()));
        assert_eq!(row.hold, [Code::GuardRows, Code::GuardAmount]);
        assert_eq!(
            (row.state, row.status),
            (RunState::Delivering, RunStatus::CompletedWithErrors)
        );
        let again = ledger.commit(run.number, &result, None, "main");
        assert!(matches!(again, Err(LedgerError::WrongState { .. })));
    }

    #[test]
    fn nothing_is_written_when_the_sums_do_not_close() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        let mut broken = summary(&run, RunStatus::Completed, 2, 0);
        broken.records_accepted = 1;
        let bytes = changes(&[Change::Employee {
            id: 0,
            state: &employee(5, "S5"),
        }]);
        let mut reader = ChangeReader::new(&bytes[..]);
        let refused = ledger.commit(run.number, &committed(&broken), Some(&mut reader), "main");
        assert!(matches!(refused, Err(LedgerError::SumLaw)), "{refused:?}");
        assert_eq!(
            ledger
                .load_roster("main")
                .expect("roster")
                .employees()
                .len(),
            0
        );
        assert_eq!(
            history::numbered(&ledger.connection, run.number)
                .expect("run")
                .state,
            RunState::Claimed
        );
    }

    #[test]
    fn a_second_commit_of_a_released_run_replaces_the_first() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        let finding = Finding {
            record: 1,
            line: 2,
            field: "ssn".into(),
            code: Code::SsnArea,
            severity: Severity::Error,
        };
        let rejection = Change::Rejection {
            record: 1,
            line: 2,
            key: None,
            traits: &[],
        };
        let bytes = changes(&[Change::Finding(finding), rejection]);
        for status in [RunStatus::Held, RunStatus::CompletedWithErrors] {
            let summary = summary(&run, status, 3, 1);
            let mut reader = ChangeReader::new(&bytes[..]);
            ledger
                .commit(run.number, &committed(&summary), Some(&mut reader), "main")
                .expect("committed");
            ledger.close(run.number).expect("closed");
            assert_eq!(ledger.findings(run.number).expect("findings").len(), 1);
            assert_eq!(ledger.rejections(run.number).expect("rejections").len(), 1);
        }
    }

    #[test]
    fn the_log_of_a_large_commit_is_merged_with_the_close() {
        let (folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let state = employee(5, &"x".repeat(2_000));
        let change = Change::Employee {
            id: 0,
            state: &state,
        };
        let bytes = changes(&vec![change; 5_000]);
        let size = || {
            let file = std::fs::metadata(folder.path().join("ledger.db"));
            file.expect("ledger").len()
        };
        let mut reader = ChangeReader::new(&bytes[..]);
        ledger
            .commit(run.number, &committed(&summary), Some(&mut reader), "main")
            .expect("committed");
        assert!(size() < 1 << 20, "{}", size());
        ledger.close(run.number).expect("closed");
        assert!(size() > 10_000_000, "{}", size());
    }

    #[test]
    fn another_runs_summary_is_refused() {
        let (_folder, mut ledger) = ledger();
        let first = ledger.begin(&new_run("hr")).expect("run");
        let second = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&first, RunStatus::Completed, 1, 0);
        let none = None;
        assert!(
            ledger
                .commit(second.number, &committed(&summary), none, "main")
                .is_err()
        );
    }
}
