//! The commit point: everything a run changes and its result, in one transaction.

use super::history::{numbered, unknown};
use super::steps::wrong;
use super::{lists, rejections, tallies};
use crate::changeset::change::ChangeReader;
use crate::domain::totals::Amounts;
use crate::domain::{Cents, Code, RunSummary};
use crate::ledger::error::{PATH, Result};
use crate::ledger::rosters::changes::{Owner, apply};
use crate::ledger::rosters::{NameKind, number_of};
use crate::ledger::row::{execute, integer, micros, offset, text};
use crate::ledger::transfers::outbox;
use crate::ledger::{
    Disposal, Event, LOG_PAGES, Outgoing, Publication, RunState, SqliteLedger, UnitOfWork,
};
use crate::ledger::{events, notices};
use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{Transaction, named_params};

#[derive(Clone, Copy, Debug)]
pub struct Committed<'a> {
    /// The run summary; its status becomes the run's.
    pub summary: &'a RunSummary,
    /// [`RunState::Delivering`] while files are to be published.
    pub state: RunState,
    /// When the newest of its records was changed, for later runs to look back at.
    pub watermark: Option<DateTime<Utc>>,
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
    ) -> Result<()> {
        let transaction = self.immediate()?;
        let (integration, again) = committable(&transaction, number)?;
        if let Some(changes) = changes {
            if again {
                forget(&transaction, number)?;
            }
            let owner = Owner {
                run: number,
                integration: number_of(&transaction, NameKind::Integration, &integration)?,
                roster: number_of(&transaction, NameKind::Roster, roster)?,
            };
            let opened = apply(&transaction, owner, changes)?;
            rejections::opened(&transaction, &opened)?;
        }
        lists::forget_codes(&transaction, number)?;
        write_result(&transaction, number, result)?;
        let summary = result.summary;
        lists::keep_codes(&transaction, number, summary)?;
        tallies::count(&transaction, &integration, summary)?;
        // What a person refused needs no one any more.
        lists::resolve(&transaction, number, result.event.is_some())?;
        let reason = summary.reason.as_deref();
        let at = ended(summary).map_or_else(Utc::now, |end| end.to_utc());
        notices::run_ended(&transaction, number, summary.status, reason, at)?;
        let reference = &result.summary.integration_reference_id;
        outbox::put(&transaction, number, reference, &integration, result.outbox)?;
        if let Some(event) = result.event {
            events::insert(&transaction, event)?;
        }
        // What a large commit leaves in the log is merged with the next write, when the run's files are published.
        transaction.pragma_update(None, "wal_autocheckpoint", 0)?;
        let committed = transaction.commit();
        self.connection
            .pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        Ok(committed?)
    }
}

/// The run's integration and whether it committed before.
fn committable(transaction: &Transaction<'_>, number: u32) -> Result<(String, bool)> {
    let run = numbered(transaction, number)?;
    match run.state {
        RunState::Claimed | RunState::Held => Ok((run.integration, run.summary.is_some())),
        RunState::Delivering | RunState::Closed => Err(wrong(run, "committed")),
    }
}

fn forget(transaction: &Transaction<'_>, number: u32) -> Result<()> {
    for sql in [
        "DELETE FROM findings WHERE run = ?1",
        "DELETE FROM rejections WHERE run = ?1",
        "UPDATE runs SET open_rejections = 0 WHERE number = ?1",
    ] {
        transaction.execute(sql, [number])?;
    }
    rejections::open_again(transaction, number)
}

fn write_result(transaction: &Transaction<'_>, number: u32, result: &Committed<'_>) -> Result<()> {
    let summary = result.summary;
    let ended = ended(summary);
    let [employee, employer] = [&summary.amounts.employee, &summary.amounts.employer].map(cents);
    let (employee, employer) = (employee?, employer?);
    let count = |records: u64| integer(records, "the number of records");
    let written = execute(
        transaction,
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
        named_params! {
            ":number": number,
            ":reference": summary.integration_reference_id.as_str(),
            ":status": summary.status.as_str(),
            ":state": text(result.state),
            ":ended": ended.as_ref().map(micros),
            ":ended_offset": ended.as_ref().map(offset),
            ":watermark": result.watermark.as_ref().map(micros),
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
        },
    )?;
    match written {
        1 => Ok(()),
        _ => Err(unknown(number)),
    }
}

fn ended(summary: &RunSummary) -> Option<DateTime<FixedOffset>> {
    let end = summary.end_date.as_deref();
    end.and_then(|end| DateTime::parse_from_rfc3339(end).ok())
}

fn cents(amounts: &Amounts) -> Result<[i64; 5]> {
    let mut all = [0; 5];
    let columns = [
        amounts.read,
        amounts.accepted,
        amounts.unchanged,
        amounts.skipped,
        amounts.rejected,
    ];
    for (place, Cents(sum)) in all.iter_mut().zip(columns) {
        *place = integer(sum, "a sum of amounts")?;
    }
    Ok(all)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    // Only a path that is not UTF-8 can fail here.
    serde_json::to_string(value).map_err(|_| PATH)
}
