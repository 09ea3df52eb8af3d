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
