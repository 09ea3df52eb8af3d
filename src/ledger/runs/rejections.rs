//! Rejected records that wait for their correction.

use crate::changeset::shown::{self, KeptField};
use crate::ledger::error::Result;
use crate::ledger::rosters::{NameKind, known_number};
use crate::ledger::row::{all, cell, execute, integer};
use crate::ledger::{Event, Rejections, SqliteLedger, events};
use crate::matching::corrections::Sought;
use crate::matching::rejections::OpenRejection;
use crate::matching::traits::Trait;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// A rejected record and who corrected it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub rejection: OpenRejection,
    /// Number of the run that accepted its correction; its own run where a person dismissed it.
    pub closed_by: Option<u32>,
}

/// A rejected record and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedPerson {
    /// Number of the run that rejected it.
    pub run: u32,
    /// Number of the run's integration.
    pub integration: u16,
    /// The data record's number in its file, from 1.
    pub record: u64,
    /// The physical line where it started, from 1.
    pub line: u64,
    /// The subscriber ID as people may see it, encrypted; empty where it could not be read.
    pub id: KeptField,
    /// Number of the run that accepted its correction; its own run where a person dismissed it.
    pub closed_by: Option<u32>,
}

/// Where a rejected record is, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectedPlace {
    /// The row of the ledger.
    pub row: i64,
    /// The data record's number in its file, from 1.
    pub record: u64,
    /// The physical line where it started, from 1.
    pub line: u64,
    /// The keyed hash of the subscriber ID; `None` where it could not be read.
    pub subscriber: Option<u64>,
    /// Number of the run that accepted its correction; its own run where a person dismissed it.
    pub closed_by: Option<u32>,
}

impl Rejections for SqliteLedger {
    fn open_rejections(&self, integration: &str) -> Result<Vec<OpenRejection>> {
        all(
            &self.connection,
            "SELECT id, run, record, line, key, traits FROM rejections
             WHERE integration = ?1 AND closed_by IS NULL ORDER BY id",
            [known_number(
                &self.connection,
                NameKind::Integration,
                integration,
            )?],
            open,
        )
    }

    fn open_rejections_sought(
        &self,
        integration: &str,
        sought: &Sought,
    ) -> Result<Vec<OpenRejection>> {
        let sql = "SELECT id, run, record, line, key, traits FROM rejections
             WHERE integration = ?1 AND closed_by IS NULL ORDER BY id";
        let number = known_number(&self.connection, NameKind::Integration, integration)?;
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([number])?;
        let mut wanted = Vec::new();
        while let Some(row) = rows.next()? {
            let key: Option<i64> = row.get(4)?;
            let traits = row.get_ref(5)?.as_blob().unwrap_or_default();
            if sought.has(key.map(i64::cast_unsigned), Trait::read(traits)) {
                wanted.push(open(row)?);
            }
        }
        Ok(wanted)
    }

    fn rejections(&self, number: u32) -> Result<Vec<Rejection>> {
        let sql = "SELECT id, run, record, line, key, traits, closed_by FROM rejections WHERE run = ?1 ORDER BY id";
        all(&self.connection, sql, [number], |row| {
            Ok(Rejection {
                rejection: open(row)?,
                closed_by: row.get(6)?,
            })
        })
    }

    fn rejected_places(&self, number: u32, after: i64, limit: usize) -> Result<Vec<RejectedPlace>> {
        let sql = "SELECT id, record, line, person, closed_by FROM rejections WHERE run = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        all(&self.connection, sql, (number, after, limit), |row| {
            let person = row.get_ref(3)?.as_blob().unwrap_or_default();
            Ok(RejectedPlace {
                row: row.get(0)?,
                record: row.get::<_, i64>(1)?.cast_unsigned(),
                line: row.get::<_, i64>(2)?.cast_unsigned(),
                subscriber: shown::owner(person),
                closed_by: row.get(4)?,
            })
        })
    }

    fn rejections_by_end(&self, number: u32) -> Result<BTreeMap<Option<u32>, u64>> {
        let sql = "SELECT closed_by, count(*) FROM rejections WHERE run = ?1 GROUP BY closed_by";
        let counts = all(&self.connection, sql, [number], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        Ok(counts.into_iter().collect())
    }

    fn open_people(&self) -> Result<Vec<RejectedPerson>> {
        let sql = "SELECT run, record, line, person, closed_by, integration FROM rejections WHERE closed_by IS NULL ORDER BY run, id";
        all(&self.connection, sql, [], person)
    }

    fn rejections_of(&self, subscriber: u64) -> Result<Vec<RejectedPerson>> {
        let sql = "SELECT run, record, line, person, closed_by, integration FROM rejections WHERE substr(person, 1, ?1) = ?2
             ORDER BY run, id";
        let beginning = shown::begin_encrypted(subscriber);
        let length = integer(beginning.len(), "the length of a hash")?;
        all(&self.connection, sql, (length, beginning), person)
    }

    fn dismiss(&mut self, number: u32, records: &[u64], event: &Event) -> Result<usize> {
        let transaction = self.immediate()?;
        let mut closed = 0;
        for record in records {
            closed += execute(
                &transaction,
                "UPDATE rejections SET closed_by = ?1
                 WHERE run = ?1 AND record = ?2 AND closed_by IS NULL",
                (number, record.cast_signed()),
            )?;
        }
        let fewer = -integer(closed, "the number of records")?;
        opened(&transaction, &BTreeMap::from([(number, fewer)]))?;
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(closed)
    }
}

/// Adds to the open rejections of runs.
pub(super) fn opened(connection: &Connection, by_run: &BTreeMap<u32, i64>) -> Result<()> {
    let sql = "UPDATE runs SET open_rejections = open_rejections + ?2 WHERE number = ?1";
    for (run, more) in by_run.iter().filter(|(_, more)| **more != 0) {
        execute(connection, sql, (run, more))?;
    }
    Ok(())
}

/// Opens what a run has closed.
pub(super) fn open_again(connection: &Connection, number: u32) -> Result<()> {
    let sql = "UPDATE rejections SET closed_by = NULL WHERE closed_by = ?1 RETURNING run";
    let mut by_run = BTreeMap::new();
    for run in all(connection, sql, [number], cell)? {
        *by_run.entry(run).or_default() += 1;
    }
    opened(connection, &by_run)
}

fn person(row: &Row<'_>) -> Result<RejectedPerson> {
    let id: Vec<u8> = row.get(3)?;
    Ok(RejectedPerson {
        run: row.get(0)?,
        integration: row.get(5)?,
        record: row.get::<_, i64>(1)?.cast_unsigned(),
        line: row.get::<_, i64>(2)?.cast_unsigned(),
        id: shown::fields(&id).into_iter().next().unwrap_or_default(),
        closed_by: row.get(4)?,
    })
}

fn open(row: &Row<'_>) -> Result<OpenRejection> {
    let traits: Vec<u8> = row.get(5)?;
    Ok(OpenRejection {
        row: row.get(0)?,
        run: row.get(1)?,
        record: row.get::<_, i64>(2)?.cast_unsigned(),
        line: row.get::<_, i64>(3)?.cast_unsigned(),
        key: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        traits: Trait::read(&traits).collect(),
    })
}
