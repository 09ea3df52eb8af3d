//! The steps of a run before and after its commit.

use super::history::{numbered, unknown};
use super::{lists, tallies};
use crate::domain::file_name::without_numbers;
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::error::{PATH, Result};
use crate::ledger::row::{damaged, execute, integer, micros, offset, seconds, text};
use crate::ledger::site_record::highest_reference;
use crate::ledger::{Event, LedgerError, NewRun, RunRow, RunState, RunSteps, SqliteLedger};
use crate::ledger::{events, notices};
use chrono::{DateTime, FixedOffset};
use rusqlite::{Connection, Transaction, named_params};

impl RunSteps for SqliteLedger {
    fn begin(&mut self, new: &NewRun<'_>) -> Result<RunRow> {
        let parameters = serde_json::to_string(new.parameters).map_err(|_| LedgerError::Limit {
            what: "a run parameter",
            fix: "give other parameters",
        })?;
        let default_name = format!(
            "{} {}",
            new.integration,
            new.start.format("%Y-%m-%d %H:%M:%S")
        );
        let source_path = new
            .source_path
            .map(|p| p.to_str().ok_or(PATH))
            .transpose()?;
        let transaction = self.immediate()?;
        let reference = next_reference(&transaction, &new.start.format("%Y%m%d").to_string())?;
        execute(
            &transaction,
            "INSERT INTO runs (reference, integration, kind, run_name, process_name, user, status, state,
                started, started_offset, arrived, origin, source_path, source_name, parameters, resubmission_of, rerun_of,
                test, configuration, unattended, source)
             VALUES (:reference, :integration, :kind, :run_name, :process_name, :user, :status, :state,
                :started, :started_offset, :arrived, :origin, :source_path, :source_name, :parameters, :resubmission_of,
                :rerun_of, :test, :configuration, :unattended, :source)",
            named_params! {
                ":reference": reference.as_str(),
                ":integration": new.integration,
                ":kind": new.kind.as_str(),
                ":run_name": new.run_name.unwrap_or(&default_name),
                ":process_name": new.process_name,
                ":user": new.user,
                ":status": RunStatus::InProgress.as_str(),
                ":state": text(RunState::Claimed),
                ":started": micros(&new.start),
                ":started_offset": offset(&new.start),
                ":arrived": new.arrived.as_ref().map_or(micros(&new.start), micros),
                ":origin": text(new.origin),
                ":source_path": source_path,
                ":source_name": new.source_name,
                ":parameters": parameters,
                ":resubmission_of": new.resubmission_of.map(ReferenceId::as_str),
                ":rerun_of": new.rerun_of.map(ReferenceId::as_str),
                ":test": new.test,
                ":configuration": new.configuration_fingerprint,
                ":unattended": new.unattended,
                ":source": new.source_name.map(without_numbers),
            },
        )?;
        let number = transaction.last_insert_rowid();
        let number = u32::try_from(number).map_err(|_| LedgerError::Limit {
            what: "the number of runs",
            fix: "start a new site",
        })?;
        if let Some(arrival) = new.arrival {
            execute(
                &transaction,
                "UPDATE arrivals SET run = ?2 WHERE arrival = ?1",
                (arrival.as_str(), number),
            )?;
        }
        transaction.commit()?;
        numbered(&self.connection, number)
    }

    fn set_source(&mut self, number: u32, size: u64, sha256: &str) -> Result<()> {
        let size = integer(size, "the size of the source file")?;
        let changed = without_waiting(&self.connection, |connection| {
            execute(
                connection,
                "UPDATE runs SET size = ?2, sha256 = ?3 WHERE number = ?1",
                (number, size, sha256),
            )
        })?;
        match changed {
            1 => Ok(()),
            _ => Err(unknown(number)),
        }
    }

    fn close(&mut self, number: u32) -> Result<()> {
        let run = numbered(&self.connection, number)?;
        let state = match (run.state, run.status) {
            (RunState::Claimed, _) => return Err(wrong(run, "closed")),
            (RunState::Held | RunState::Closed, _) => return Ok(()),
            (RunState::Delivering, RunStatus::Held) => RunState::Held,
            (RunState::Delivering, _) => RunState::Closed,
        };
        without_waiting(&self.connection, |connection| {
            execute(
                connection,
                "UPDATE runs SET state = ?2 WHERE number = ?1",
                (number, text(state)),
            )
        })?;
        Ok(())
    }

    fn abandon(&mut self, number: u32, reason: &str, end: DateTime<FixedOffset>) -> Result<()> {
        let run = numbered(&self.connection, number)?;
        match (run.state, run.status) {
            (RunState::Claimed, _) => {}
            (RunState::Closed, RunStatus::Failed) => return Ok(()),
            _ => return Err(wrong(run, "abandoned")),
        }
        let mut summary = run.fresh_summary();
        summary.status = RunStatus::Failed;
        summary.reason = Some(reason.to_owned());
        summary.end_date = Some(seconds(&end));
        let written = serde_json::to_string(&summary).map_err(|_| LedgerError::Limit {
            what: "the run summary",
            fix: "report it as a bug",
        })?;
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "UPDATE runs SET state = ?2, status = ?3, ended = ?4, ended_offset = ?5, summary = ?6 WHERE number = ?1",
            (
                number,
                text(RunState::Closed),
                RunStatus::Failed.as_str(),
                micros(&end),
                offset(&end),
                written,
            ),
        )?;
        tallies::count(&transaction, &run.integration, &summary)?;
        lists::resolve(&transaction, number, false)?;
        notices::run_ended(
            &transaction,
            number,
            RunStatus::Failed,
            Some(reason),
            end.to_utc(),
        )?;
        Ok(transaction.commit()?)
    }

    fn reopen(&mut self, number: u32, event: &Event) -> Result<RunRow> {
        let run = numbered(&self.connection, number)?;
        match run.state {
            RunState::Held => {}
            RunState::Claimed => return Ok(run),
            RunState::Delivering | RunState::Closed => return Err(wrong(run, "released")),
        }
        let transaction = self.immediate()?;
        events::insert(&transaction, event)?;
        execute(
            &transaction,
            "UPDATE runs SET state = ?2, status = ?3, ended = NULL, ended_offset = NULL, publications = '[]', disposal = NULL
             WHERE number = ?1",
            (number, text(RunState::Claimed), RunStatus::InProgress.as_str()),
        )?;
        transaction.commit()?;
        numbered(&self.connection, number)
    }
}

/// The next reference ID, never one of a purged run. If the clock was set back, it keeps the date of the newest ID, so that IDs
/// still sort by time.
fn next_reference(transaction: &Transaction<'_>, today: &str) -> Result<ReferenceId> {
    let last = highest_reference(transaction)?;
    let (day, counter) = match last.as_deref().and_then(|l| l.split_once('-')) {
        Some((day, counter)) if day >= today => {
            let counter: u32 = counter
                .parse()
                .map_err(|_| damaged("the last reference ID"))?;
            (day, counter + 1)
        }
        _ => (today, 1),
    };
    if counter > 999_999 {
        return Err(LedgerError::DayFull);
    }
    Ok(ReferenceId::new(day, counter))
}

/// Writes one row that becomes durable with the next commit, or is written again after a power failure.
fn without_waiting<T>(
    connection: &Connection,
    write: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let wait = |how| connection.pragma_update(None, "synchronous", how);
    wait("NORMAL")?;
    let written = write(connection);
    wait("FULL")?;
    written
}

pub(super) fn wrong(run: RunRow, act: &'static str) -> LedgerError {
    LedgerError::WrongState {
        reference: run.reference,
        state: run.state,
        act,
    }
}
