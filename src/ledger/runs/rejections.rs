//! Rejected records that wait for their correction.

use crate::ledger::error::Result;
use crate::ledger::rosters::{NameKind, known_number};
use crate::ledger::row::{all, execute};
use crate::ledger::{Event, Rejections, SqliteLedger, events};
use crate::matching::rejections::OpenRejection;
use crate::matching::traits::Trait;
use rusqlite::Row;

/// A rejected record and who corrected it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub rejection: OpenRejection,
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

    fn rejections(&self, number: u32) -> Result<Vec<Rejection>> {
        let sql = "SELECT id, run, record, line, key, traits, closed_by FROM rejections WHERE run = ?1 ORDER BY id";
        all(&self.connection, sql, [number], |row| {
            Ok(Rejection {
                rejection: open(row)?,
                closed_by: row.get(6)?,
            })
        })
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
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(closed)
    }
}

fn open(row: &Row<'_>) -> Result<OpenRejection> {
    let traits: Vec<u8> = row.get(5)?;
    Ok(OpenRejection {
        row: row.get(0)?,
        run: row.get(1)?,
        record: row.get::<_, i64>(2)?.cast_unsigned(),
        line: row.get::<_, i64>(3)?.cast_unsigned(),
        key: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        traits: Trait::read(&traits),
    })
}
