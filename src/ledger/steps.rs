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

#[cfg(test)]
mod tests {
    use super::super::history;
    use super::super::scenario::prelude::*;
    use super::super::scenario::{committed, ledger, moment, new_run, summary};
    use super::super::{Committed, Event, EventAction, EventFilter, LedgerError, RunState};
    use crate::domain::{Code, RunStatus};

    #[test]
    fn a_held_run_waits_is_released_and_ends() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        assert!(matches!(
            ledger.close(run.number),
            Err(LedgerError::WrongState { .. })
        ));
        ledger.set_source(run.number, 12, "ab").expect("source");
        let held = summary(&run, RunStatus::Held, 0, 0);
        let commit = Committed {
            hold: &[Code::GuardErrors],
            ..committed(&held)
        };
        let none = || None;
        ledger
            .commit(run.number, &commit, none(), "main")
            .expect("held");
        for _ in 0..2 {
            ledger.close(run.number).expect("delivered");
        }
        assert_eq!(
            history::numbered(&ledger.connection, run.number)
                .expect("run")
                .state,
            RunState::Held
        );
        assert!(ledger.unfinished("hr").expect("none").is_empty());

        let event = Event {
            at: moment("2026-11-20T05:31:00-05:00"),
            user: "ada".into(),
            action: EventAction::Release,
            subject: run.reference.to_string(),
            why: Some("seen".into()),
        };
        for _ in 0..2 {
            let again = ledger.reopen(run.number, &event).expect("released");
            assert_eq!(
                (again.state, again.status),
                (RunState::Claimed, RunStatus::InProgress)
            );
            assert_eq!(
                (again.hold, again.size),
                (vec![Code::GuardErrors], Some(12))
            );
        }
        assert_eq!(ledger.unfinished("hr").expect("one").len(), 1);
        let done = summary(&run, RunStatus::Completed, 2, 0);
        ledger
            .commit(run.number, &committed(&done), none(), "main")
            .expect("done");
        ledger.close(run.number).expect("closed");
        let run = history::numbered(&ledger.connection, run.number).expect("run");
        assert_eq!(
            (run.state, run.status),
            (RunState::Closed, RunStatus::Completed)
        );
        assert!(run.hold.is_empty());
        assert!(ledger.reopen(run.number, &event).is_err());
        let told = ledger.events(&EventFilter::default(), 9).expect("read");
        assert_eq!(told, [event]);
    }

    #[test]
    fn an_abandoned_run_is_failed_with_its_reason() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        let end = moment("2026-11-20T05:31:00-05:00");
        for _ in 0..2 {
            ledger
                .abandon(run.number, "the file vanished", end)
                .expect("abandoned");
        }
        let run = history::numbered(&ledger.connection, run.number).expect("run");
        assert_eq!(
            (run.state, run.status),
            (RunState::Closed, RunStatus::Failed)
        );
        let reason = run.summary.and_then(|s| s.reason);
        assert_eq!(reason.as_deref(), Some("the file vanished"));
        assert!(matches!(
            ledger.abandon(9, "", end),
            Err(LedgerError::UnknownRun { .. })
        ));
    }
}
