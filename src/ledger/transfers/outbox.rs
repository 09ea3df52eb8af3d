//! Published files that are to be sent to endpoints: `waiting` → `renaming` (its bytes are there under a temporary name)
//! → `sent`; besides these, `refused` (a person has to look, it is tried again later) and `given up`.

use crate::domain::{Published, ReferenceId};
use crate::ledger::error::Result;
use crate::ledger::row::{all, cell, execute, instant, micros, text, value, word};
use crate::ledger::{Outbox, SqliteLedger};
use chrono::{DateTime, FixedOffset, Utc};
use rusqlite::{Connection, Params, Row, Transaction, named_params};
use std::collections::BTreeSet;
use strum::{EnumString, IntoStaticStr};

/// A file that a run publishes and that is to be sent as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub what: Published,
    pub endpoint: String,
    pub folder: String,
    /// Its name in the site.
    pub published: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Whether an empty `.done` marker follows it.
    pub done_marker: bool,
    pub at: DateTime<FixedOffset>,
}

/// The number in the outbox for files that no run published.
pub(crate) const NO_RUN: u32 = 0;

/// A receipt that no run wrote and that is to be sent.
pub struct OutgoingReceipt<'a> {
    pub reference: &'a ReferenceId,
    pub integration: &'a str,
    pub file: Outgoing,
    /// It is not tried before this moment: its bytes are kept only once the ledger has its number.
    pub not_before: DateTime<FixedOffset>,
}

/// The state of a file in the outbox; the word is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum SendState {
    Waiting,
    /// Its bytes are on the server under a temporary name.
    Renaming,
    /// Another file has its name there, or its own bytes are gone; tried again later.
    Refused,
    /// Too old; a person may have it tried again.
    #[strum(serialize = "given up")]
    GivenUp,
    Sent,
}

impl SendState {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A file in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxFile {
    /// Its number, never given twice; its bytes lie under it in the work folder.
    pub number: i64,
    /// The run that published it.
    pub reference: String,
    pub integration: String,
    /// The folder on the server.
    pub folder: String,
    /// Its name in the site.
    pub published: String,
    /// Its name on the server.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Whether an empty `.done` marker follows it.
    pub done_marker: bool,
    pub state: SendState,
    /// When it was published.
    pub at: DateTime<Utc>,
    /// When it is tried again, if not at once.
    pub next_try: Option<DateTime<Utc>>,
    pub why: Option<String>,
}

impl Outbox for SqliteLedger {
    fn outbox_of(&self, run: u32) -> Result<Vec<OutboxFile>> {
        files(
            &self.connection,
            "run = ?1 AND state <> 'sent' ORDER BY number",
            [run],
        )
    }

    fn outbox(&self, endpoint: &str) -> Result<Vec<OutboxFile>> {
        files(
            &self.connection,
            "endpoint = ?1 AND state <> 'sent' AND NOT EXISTS
                (SELECT 1 FROM runs WHERE number = outbox.run AND state IN ('claimed', 'delivering'))
             ORDER BY run, number",
            [endpoint],
        )
    }

    fn unsent(&self) -> Result<Vec<i64>> {
        let sql = "SELECT number FROM outbox WHERE state <> 'sent' ORDER BY number";
        all(&self.connection, sql, [], cell)
    }

    fn unsent_outputs(&self) -> Result<Vec<(u32, SendState)>> {
        let sql = "SELECT run, state FROM outbox WHERE state <> 'sent' AND what = ?1 ORDER BY run";
        let output = [Published::Output.as_str()];
        all(&self.connection, sql, output, |row| {
            let state = word(row, 1, "the state of a file in the outbox")?;
            Ok((row.get(0)?, state))
        })
    }

    fn unsent_names(&self) -> Result<BTreeSet<String>> {
        let sql = "SELECT published FROM outbox WHERE state <> 'sent'";
        Ok(all(&self.connection, sql, [], cell)?.into_iter().collect())
    }

    fn set_send_state(&mut self, numbers: &[i64], state: SendState) -> Result<Vec<i64>> {
        let transaction = self.immediate()?;
        let mut moved = Vec::new();
        for number in numbers {
            let changed = execute(
                &transaction,
                "UPDATE outbox SET state = ?2, next_try = NULL, why = NULL WHERE number = ?1 AND state <> 'sent'",
                (number, text(state)),
            )?;
            if changed == 1 {
                moved.push(*number);
            }
        }
        transaction.commit()?;
        Ok(moved)
    }

    fn keep_unsent(
        &mut self,
        number: i64,
        state: SendState,
        why: &str,
        next_try: Option<DateTime<FixedOffset>>,
    ) -> Result<()> {
        execute(
            &self.connection,
            "UPDATE outbox SET state = ?2, why = ?3, next_try = ?4 WHERE number = ?1 AND state <> 'sent'",
            (number, text(state), why, next_try.as_ref().map(micros)),
        )?;
        Ok(())
    }

    fn try_again(&mut self, endpoint: &str, now: DateTime<FixedOffset>) -> Result<usize> {
        execute(
            &self.connection,
            "UPDATE outbox SET state = 'waiting', next_try = NULL, at = ?2
             WHERE endpoint = ?1 AND state IN ('waiting', 'refused', 'given up')",
            (endpoint, micros(&now)),
        )
    }

    fn retarget(
        &mut self,
        endpoint: &str,
        integration: &str,
        to: (&str, &str),
    ) -> Result<Vec<OutboxFile>> {
        const WHICH: &str =
            "endpoint = ?1 AND integration = ?2 AND state IN ('waiting', 'refused', 'given up')
             AND (endpoint <> ?3 OR folder <> ?4)";
        let which = (endpoint, integration, to.0, to.1);
        let moved = files(&self.connection, WHICH, which)?;
        if moved.is_empty() {
            return Ok(moved);
        }
        // Only what was read is moved: a run may add to it meanwhile.
        let transaction = self.immediate()?;
        for file in &moved {
            execute(
                &transaction,
                "UPDATE outbox SET endpoint = ?2, folder = ?3, next_try = NULL,
                    state = CASE state WHEN 'given up' THEN state ELSE 'waiting' END
                 WHERE number = ?1 AND state IN ('waiting', 'refused', 'given up')",
                (file.number, to.0, to.1),
            )?;
        }
        transaction.commit()?;
        Ok(moved)
    }

    fn purge_outbox(&mut self, before: DateTime<FixedOffset>) -> Result<usize> {
        execute(
            &self.connection,
            "DELETE FROM outbox WHERE at < ?1 AND state IN ('sent', 'given up')",
            [micros(&before)],
        )
    }
}

fn files(connection: &Connection, which: &str, params: impl Params) -> Result<Vec<OutboxFile>> {
    let sql = format!(
        "SELECT number, reference, integration, folder, published, name, size, sha256, done_marker, state, at,
         next_try, why FROM outbox WHERE {which}"
    );
    all(connection, &sql, params, read)
}

fn read(row: &Row<'_>) -> Result<OutboxFile> {
    const TIME: &str = "the time of a file in the outbox";
    Ok(OutboxFile {
        number: row.get(0)?,
        reference: row.get(1)?,
        integration: row.get(2)?,
        folder: row.get(3)?,
        published: row.get(4)?,
        name: row.get(5)?,
        size: row.get::<_, i64>(6)?.cast_unsigned(),
        sha256: row.get(7)?,
        done_marker: row.get(8)?,
        state: word(row, 9, "the state of a file in the outbox")?,
        at: instant(row.get(10)?, TIME)?,
        next_try: row
            .get::<_, Option<i64>>(11)?
            .map(|at| instant(at, TIME))
            .transpose()?,
        why: row.get(12)?,
    })
}

/// Puts a run's files into the outbox, in the transaction that commits the run.
///
/// An earlier version of a file of the same run that isn't there yet is forgotten. One that is, or may be, stays as it
/// is on the server, and the later one gets a name of its own: what was sent is never replaced.
pub(in crate::ledger) fn put(
    transaction: &Transaction<'_>,
    run: u32,
    reference: &ReferenceId,
    integration: &str,
    files: &[Outgoing],
) -> Result<()> {
    for file in files {
        execute(
            transaction,
            "DELETE FROM outbox WHERE run = ?1 AND published = ?2
             AND state IN ('waiting', 'refused', 'given up')",
            (run, &file.published),
        )?;
        let earlier: i64 = value(
            transaction,
            "SELECT COUNT(*) FROM outbox WHERE run = ?1 AND published = ?2",
            (run, &file.published),
        )?;
        execute(
            transaction,
            "INSERT INTO outbox (run, reference, integration, what, endpoint, folder, published, name, size,
                sha256, done_marker, state, at)
             VALUES (:run, :reference, :integration, :what, :endpoint, :folder, :published, :name, :size,
                :sha256, :done_marker, 'waiting', :at)",
            named_params! {
                ":run": run,
                ":reference": reference.as_str(),
                ":integration": integration,
                ":what": file.what.as_str(),
                ":endpoint": file.endpoint,
                ":folder": file.folder,
                ":published": file.published,
                ":name": numbered(&file.published, earlier),
                ":size": file.size.cast_signed(),
                ":sha256": file.sha256,
                ":done_marker": file.done_marker,
                ":at": micros(&file.at),
            },
        )?;
    }
    Ok(())
}

/// Puts a receipt that no run wrote into the outbox.
pub(in crate::ledger) fn put_receipt(
    transaction: &Transaction<'_>,
    receipt: &OutgoingReceipt<'_>,
) -> Result<()> {
    let file = std::slice::from_ref(&receipt.file);
    put(
        transaction,
        NO_RUN,
        receipt.reference,
        receipt.integration,
        file,
    )?;
    execute(
        transaction,
        "UPDATE outbox SET next_try = ?3 WHERE run = ?1 AND published = ?2 AND state = 'waiting'",
        (NO_RUN, &receipt.file.published, micros(&receipt.not_before)),
    )?;
    Ok(())
}

/// The name of a version, by the number of earlier ones.
fn numbered(name: &str, earlier: i64) -> String {
    match (earlier, name.rsplit_once('.')) {
        (0, _) => name.to_owned(),
        (n, Some((stem, extension))) => format!("{stem}.{}.{extension}", n + 1),
        (n, None) => format!("{name}.{}", n + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn a_later_version_has_its_number_before_the_extension() {
        assert_eq!(numbered("a.csv", 0), "a.csv");
        assert_eq!(numbered("a.receipt.json", 1), "a.receipt.2.json");
        assert_eq!(numbered("plain", 2), "plain.3");
    }
}
