//! Which site a ledger belongs to, what it has ever given out, its copy for a backup, and what it takes over of runs that
//! it doesn't know: it is older than the site's folders, or new beside them.

use super::error::Result;
use super::row::{damaged, execute, first, micros, offset, seconds, text, value};
use super::{
    Event, LedgerError, NewArrival, RunHistory, RunState, SendState, SiteRecord, SqliteLedger,
    arrivals, events, notices, users,
};
use crate::domain::{ArrivalId, ReferenceId, RunStatus};
use chrono::{DateTime, FixedOffset};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, Transaction};
use std::path::Path;

/// Which site a ledger belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteIdentity {
    /// Letters and digits drawn by lot.
    pub identity: String,
    /// Its keyed hash: of another key it is another.
    pub key_check: u64,
}

/// A run that the ledger doesn't know, as its archived source file shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRun {
    pub reference: ReferenceId,
    pub integration: String,
    /// SHA-256 of the source file, of a run that may have taken it.
    pub sha256: Option<String>,
}

/// What a ledger takes over from the site's folders.
#[derive(Clone, Debug)]
pub struct Adopted<'a> {
    /// Reference IDs go on above it.
    pub highest: Option<&'a ReferenceId>,
    /// Files in the queue that it doesn't know, by integration.
    pub queued: &'a [(String, ArrivalId, NewArrival)],
    /// Runs that it doesn't know. Their bytes are known from now on.
    pub lost: &'a [LostRun],
    /// Runs that have not ended for it, although their files show that they have, or are gone. They end Failed.
    pub ended: &'a [u32],
    /// Why these runs end.
    pub reason: &'a str,
    /// Numbers of files to send whose bytes are gone: they were sent.
    pub sent: &'a [i64],
    /// What is written into the event log.
    pub event: &'a Event,
}

/// Why runs end in a test copy.
const COPIED: &str = "this run had not ended when the site was copied for tests; it goes on in the original site only";

/// The highest reference ID ever given, or found by a recovery.
pub(super) fn highest_reference(connection: &Connection) -> Result<Option<String>> {
    value(
        connection,
        "SELECT MAX(reference) FROM (SELECT MAX(reference) AS reference FROM runs
         UNION ALL SELECT MAX(reference) FROM purged
         UNION ALL SELECT highest_reference FROM site)",
        [],
    )
}

impl SiteRecord for SqliteLedger {
    fn identity(&self) -> Result<Option<SiteIdentity>> {
        let sql = "SELECT identity, key_check FROM site";
        first(&self.connection, sql, [], |row| {
            Ok(SiteIdentity {
                identity: row.get(0)?,
                key_check: row.get::<_, i64>(1)?.cast_unsigned(),
            })
        })
    }

    fn set_identity(&mut self, identity: &SiteIdentity) -> Result<SiteIdentity> {
        execute(
            &self.connection,
            "INSERT OR IGNORE INTO site (id, identity, key_check) VALUES (1, ?1, ?2)",
            (&identity.identity, identity.key_check.cast_signed()),
        )?;
        self.identity()?.ok_or(damaged("the site"))
    }

    fn highest_reference(&self) -> Result<Option<ReferenceId>> {
        let highest = highest_reference(&self.connection)?;
        let read = |text: String| ReferenceId::parse(&text).ok_or(damaged("the last reference ID"));
        highest.map(read).transpose()
    }

    fn knows(&self, reference: &ReferenceId) -> Result<bool> {
        knows(&self.connection, reference)
    }

    fn adopt(&mut self, adopted: &Adopted<'_>) -> Result<()> {
        let transaction = self.immediate()?;
        for lost in adopted.lost {
            know(&transaction, lost)?;
        }
        for number in adopted.ended {
            end(&transaction, *number, adopted.reason, &adopted.event.at)?;
        }
        for number in adopted.sent {
            execute(
                &transaction,
                "UPDATE outbox SET state = ?2, next_try = NULL WHERE number = ?1",
                (number, text(SendState::Sent)),
            )?;
        }
        if let Some(highest) = adopted.highest {
            execute(
                &transaction,
                "UPDATE site SET highest_reference = max(coalesce(highest_reference, ''), ?1)",
                [highest.as_str()],
            )?;
        }
        for (integration, arrival, file) in adopted.queued {
            arrivals::insert(&transaction, arrival, integration, file, adopted.event.at)?;
        }
        // What was asked for before may have been done since.
        execute(
            &transaction,
            "UPDATE requests SET state = 'answered', body = '' WHERE state <> 'answered'",
            [],
        )?;
        notices::forget_untold(&transaction)?;
        users::forget_sessions(&transaction)?;
        events::insert(&transaction, adopted.event)?;
        Ok(transaction.commit()?)
    }

    fn become_copy(&mut self, identity: &SiteIdentity, event: &Event) -> Result<()> {
        let open = self.runs_not_ended()?;
        let transaction = self.immediate()?;
        for run in open {
            end(&transaction, run.number, COPIED, &event.at)?;
        }
        transaction.execute_batch(
            "DELETE FROM requests; DELETE FROM one_offs; DELETE FROM arrivals; DELETE FROM pulls; DELETE FROM outbox;
             DELETE FROM endpoints; DELETE FROM troubles; DELETE FROM occurrences; DELETE FROM notices; DELETE FROM messages;
             DELETE FROM api_tokens; DELETE FROM sign_in_attempts;",
        )?;
        users::forget_sessions(&transaction)?;
        execute(
            &transaction,
            "UPDATE site SET identity = ?1, key_check = ?2",
            (&identity.identity, identity.key_check.cast_signed()),
        )?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn back_up(&self, to: &Path) -> Result<()> {
        super::make(to)?;
        let mut copy = Connection::open(to).map_err(|e| super::cannot_open(to, e))?;
        let backup = Backup::new(&self.connection, &mut copy)?;
        // All pages in one step: one moment of the ledger, whatever others write meanwhile.
        match backup.step(-1)? {
            StepResult::Done => {}
            _ => return Err(LedgerError::Busy),
        }
        drop(backup);
        copy.close().map_err(|(_, error)| error.into())
    }
}

fn knows(connection: &Connection, reference: &ReferenceId) -> Result<bool> {
    value(
        connection,
        "SELECT EXISTS (SELECT 1 FROM purged WHERE reference = ?1 UNION ALL SELECT 1 FROM runs WHERE reference = ?1)",
        [reference.as_str()],
    )
}

/// Remembers a run as if it had been purged, under a number that no run has or gets.
fn know(transaction: &Transaction<'_>, lost: &LostRun) -> Result<()> {
    if knows(transaction, &lost.reference)? {
        return Ok(());
    }
    let last: i64 = value(
        transaction,
        "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'runs'",
        [],
    )?;
    execute(
        transaction,
        "INSERT INTO purged (number, reference, integration, sha256) VALUES (?1, ?2, ?3, ?4)",
        (
            last + 1,
            lost.reference.as_str(),
            &lost.integration,
            &lost.sha256,
        ),
    )?;
    let counted = execute(
        transaction,
        "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'runs'",
        [last + 1],
    )?;
    if counted == 0 {
        execute(
            transaction,
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?1)",
            [last + 1],
        )?;
    }
    Ok(())
}

/// Ends a run whose files are gone. One that was committed keeps its result.
fn end(
    transaction: &Transaction<'_>,
    number: u32,
    reason: &str,
    at: &DateTime<FixedOffset>,
) -> Result<()> {
    execute(
        transaction,
        "UPDATE runs SET state = ?2 WHERE number = ?1 AND state = ?3 AND status <> ?4",
        (
            number,
            text(RunState::Closed),
            text(RunState::Delivering),
            RunStatus::Held.as_str(),
        ),
    )?;
    let sql = "SELECT * FROM runs WHERE number = ?1 AND state <> ?2";
    let open = first(
        transaction,
        sql,
        (number, text(RunState::Closed)),
        super::RunRow::read,
    )?;
    let Some(run) = open else { return Ok(()) };
    let mut summary = run.summary.clone().unwrap_or_else(|| run.fresh_summary());
    summary.status = RunStatus::Failed;
    summary.reason = Some(reason.to_owned());
    summary.end_date = Some(seconds(at));
    let summary = serde_json::to_string(&summary).map_err(|_| damaged("the run summary"))?;
    execute(
        transaction,
        "UPDATE runs SET state = ?2, status = ?3, ended = ?4, ended_offset = ?5, summary = ?6 WHERE number = ?1",
        (
            number,
            text(RunState::Closed),
            RunStatus::Failed.as_str(),
            micros(at),
            offset(at),
            summary,
        ),
    )?;
    Ok(())
}
