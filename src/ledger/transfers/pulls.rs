//! Files fetched from endpoints: `arrived` (durable in the work folder) → `ours` (in inbound, or taken from there) →
//! forgotten once they are deleted or moved on the server; `settled` instead where they are kept there.

use crate::ledger::error::Result;
use crate::ledger::row::{all, cell, execute, micros, word};
use crate::ledger::{Pulls, SqliteLedger};
use chrono::{DateTime, FixedOffset};
use rusqlite::named_params;
use std::collections::BTreeSet;
use strum::EnumString;

/// Where files are fetched from, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    pub integration: &'a str,
    pub endpoint: &'a str,
    /// The folder there, as configured.
    pub folder: &'a str,
}

/// A fetched file that is to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPull {
    /// Keyed hash of its name.
    pub key: u64,
    /// Its name as it may be shown.
    pub shown: String,
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed by the server's clock: Unix seconds.
    pub modified: i64,
    /// SHA-256 of its bytes, of a file that is kept on the server.
    pub sha256: Option<String>,
    /// Its name in the work folder.
    pub temporary: String,
    /// Whether its bytes were taken before under another name or at another time: it is not for inbound.
    pub known: bool,
}

/// The state of a fetched file that is not settled; the word is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum PullState {
    /// Durable in the work folder.
    Arrived,
    /// In inbound, or taken from there; still to be deleted or moved on the server.
    Ours,
}

/// A fetched file that is not settled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPull {
    /// Its number, never given twice.
    pub number: i64,
    /// The integration it was fetched for.
    pub integration: String,
    /// The folder it was fetched from.
    pub folder: String,
    pub name: String,
    /// Its name as it may be shown.
    pub shown: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed by the server's clock: Unix seconds.
    pub modified: i64,
    /// Its name in the work folder.
    pub temporary: String,
    pub state: PullState,
}

/// A file that is kept on the server, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPull {
    pub number: i64,
    /// Keyed hash of its name.
    pub key: u64,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed by the server's clock: Unix seconds.
    pub modified: i64,
    /// SHA-256 of its bytes.
    pub sha256: Option<String>,
    /// Whether it was listed the last time.
    pub listed: bool,
}

impl Pulls for SqliteLedger {
    fn files_arrived(
        &mut self,
        source: Source<'_>,
        files: &[NewPull],
        at: DateTime<FixedOffset>,
    ) -> Result<()> {
        let transaction = self.immediate()?;
        for file in files {
            execute(
                &transaction,
                "INSERT INTO pulls (integration, endpoint, folder, key, shown, name, size, modified, sha256,
                    temporary, state, at)
                 VALUES (:integration, :endpoint, :folder, :key, :shown, :name, :size, :modified, :sha256,
                    :temporary, :state, :at)",
                named_params! {
                    ":integration": source.integration,
                    ":endpoint": source.endpoint,
                    ":folder": source.folder,
                    ":key": file.key.cast_signed(),
                    ":shown": file.shown,
                    ":name": if file.known { "" } else { &file.name },
                    ":size": file.size.cast_signed(),
                    ":modified": file.modified,
                    ":sha256": file.sha256,
                    ":temporary": if file.known { "" } else { &file.temporary },
                    ":state": if file.known { "settled" } else { "arrived" },
                    ":at": micros(&at),
                },
            )?;
        }
        Ok(transaction.commit()?)
    }

    fn open_pulls(&self, endpoint: &str) -> Result<Vec<OpenPull>> {
        let sql = "SELECT number, integration, folder, name, shown, size, modified, temporary, state FROM pulls
             WHERE endpoint = ?1 AND state <> 'settled' ORDER BY number";
        all(&self.connection, sql, [endpoint], |row| {
            Ok(OpenPull {
                number: row.get(0)?,
                integration: row.get(1)?,
                folder: row.get(2)?,
                name: row.get(3)?,
                shown: row.get(4)?,
                size: row.get::<_, i64>(5)?.cast_unsigned(),
                modified: row.get(6)?,
                temporary: row.get(7)?,
                state: word(row, 8, "the state of a fetched file")?,
            })
        })
    }

    fn files_ours(&mut self, numbers: &[i64]) -> Result<()> {
        each_pull(
            self,
            numbers,
            "UPDATE pulls SET state = 'ours' WHERE number = ?1 AND state = 'arrived'",
        )
    }

    fn forget_pulls(&mut self, numbers: &[i64]) -> Result<()> {
        each_pull(self, numbers, "DELETE FROM pulls WHERE number = ?1")
    }

    fn keep_pulls(&mut self, numbers: &[i64]) -> Result<()> {
        each_pull(
            self,
            numbers,
            "UPDATE pulls SET state = 'settled', name = '', temporary = '' WHERE number = ?1",
        )
    }

    fn kept_pulls(&self, source: Source<'_>) -> Result<Vec<KeptPull>> {
        let sql = "SELECT number, key, size, modified, sha256, gone FROM pulls
             WHERE endpoint = ?1 AND integration = ?2 AND folder = ?3 AND state = 'settled' ORDER BY number";
        let place = (source.endpoint, source.integration, source.folder);
        all(&self.connection, sql, place, |row| {
            Ok(KeptPull {
                number: row.get(0)?,
                key: row.get::<_, i64>(1)?.cast_unsigned(),
                size: row.get::<_, i64>(2)?.cast_unsigned(),
                modified: row.get(3)?,
                sha256: row.get(4)?,
                listed: row.get::<_, Option<i64>>(5)?.is_none(),
            })
        })
    }

    fn note_listed(
        &mut self,
        source: Source<'_>,
        gone: &[i64],
        back: &[i64],
        at: DateTime<FixedOffset>,
        before: DateTime<FixedOffset>,
    ) -> Result<()> {
        let transaction = self.immediate()?;
        for (numbers, gone) in [(gone, Some(micros(&at))), (back, None)] {
            for number in numbers {
                execute(
                    &transaction,
                    "UPDATE pulls SET gone = ?2 WHERE number = ?1",
                    (number, gone),
                )?;
            }
        }
        execute(
            &transaction,
            "DELETE FROM pulls WHERE endpoint = ?1 AND integration = ?2 AND folder = ?3
             AND state = 'settled' AND gone < ?4",
            (
                source.endpoint,
                source.integration,
                source.folder,
                micros(&before),
            ),
        )?;
        Ok(transaction.commit()?)
    }

    fn temporaries(&self, endpoint: &str, integration: &str) -> Result<BTreeSet<String>> {
        let sql = "SELECT temporary FROM pulls WHERE endpoint = ?1 AND integration = ?2 AND state = 'arrived'";
        let names = all(&self.connection, sql, [endpoint, integration], cell)?;
        Ok(names.into_iter().collect())
    }
}

fn each_pull(ledger: &mut SqliteLedger, numbers: &[i64], sql: &str) -> Result<()> {
    let transaction = ledger.immediate()?;
    for number in numbers {
        execute(&transaction, sql, [number])?;
    }
    Ok(transaction.commit()?)
}
