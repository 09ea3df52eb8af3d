//! The steps of a run before and after its commit.

use super::history::{numbered, unknown};
use super::row::{micros, offset, seconds};
use super::{Event, LedgerError, NewRun, RunRow, RunState, RunSteps, SqliteLedger, begin, events};
use crate::domain::RunStatus;
use chrono::{DateTime, FixedOffset};
use rusqlite::Connection;

impl RunSteps for SqliteLedger {
    fn begin(&mut self, new: &NewRun<'_>) -> Result<RunRow, LedgerError> {
        begin::begin(self, new)
    }

    fn set_source(&mut self, number: u32, size: u64, sha256: &str) -> Result<(), LedgerError> {
        let size = i64::try_from(size).map_err(|_| LedgerError::Limit {
            what: "the size of the source file",
            fix: "split the file",
        })?;
        let changed = without_waiting(&self.connection, |connection| {
            connection
                .prepare_cached("UPDATE runs SET size = ?2, sha256 = ?3 WHERE number = ?1")?
                .execute((number, size, sha256))
        })?;
        if changed == 1 {
            Ok(())
        } else {
            Err(unknown(number))
        }
    }

    fn close(&mut self, number: u32) -> Result<(), LedgerError> {
        let run = numbered(&self.connection, number)?;
        let state = match (run.state, run.status) {
            (RunState::Claimed, _) => return Err(wrong(run, "closed")),
            (RunState::Held | RunState::Closed, _) => return Ok(()),
            (RunState::Delivering, RunStatus::Held) => RunState::Held,
            (RunState::Delivering, _) => RunState::Closed,
        };
        without_waiting(&self.connection, |connection| {
            connection
                .prepare_cached("UPDATE runs SET state = ?2 WHERE number = ?1")?
                .execute((number, state.as_str()))
        })?;
        Ok(())
    }

    fn abandon(
        &mut self,
        number: u32,
        reason: &str,
        end: DateTime<FixedOffset>,
    ) -> Result<(), LedgerError> {
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
        let summary = serde_json::to_string(&summary).map_err(|_| LedgerError::Limit {
            what: "the run summary",
            fix: "report it as a bug",
        })?;
        self.connection
            .prepare_cached(
                "UPDATE runs SET state = ?2, status = ?3, ended = ?4, ended_offset = ?5, summary = ?6 WHERE number = ?1",
            )?
            .execute((
                number,
                RunState::Closed.as_str(),
                RunStatus::Failed.as_str(),
                micros(&end),
                offset(&end),
                summary,
            ))?;
        Ok(())
    }

    fn reopen(&mut self, number: u32, event: &Event) -> Result<RunRow, LedgerError> {
        let run = numbered(&self.connection, number)?;
        match run.state {
            RunState::Held => {}
            RunState::Claimed => return Ok(run),
            RunState::Delivering | RunState::Closed => return Err(wrong(run, "released")),
        }
        let transaction = self.immediate()?;
        events::insert(&transaction, event)?;
        transaction
            .prepare_cached(
                "UPDATE runs SET state = ?2, status = ?3, ended = NULL, ended_offset = NULL, publications = '[]', disposal = NULL
                 WHERE number = ?1",
            )?
            .execute((number, RunState::Claimed.as_str(), RunStatus::InProgress.as_str()))?;
        transaction.commit()?;
        numbered(&self.connection, number)
    }
}

/// Writes one row that becomes durable with the next commit, or is written again after a power failure.
fn without_waiting<T>(
    connection: &Connection,
    write: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, LedgerError> {
    let wait = |how| connection.pragma_update(None, "synchronous", how);
    wait("NORMAL")?;
    let written = write(connection);
    wait("FULL")?;
    Ok(written?)
}

pub(super) fn wrong(run: RunRow, act: &'static str) -> LedgerError {
    LedgerError::WrongState {
        reference: run.reference,
        state: run.state,
        act,
    }
}
