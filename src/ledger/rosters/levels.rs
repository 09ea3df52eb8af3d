//! Benefits levels that people chose.

use super::{NameKind, known_number, number_of};
use crate::ledger::error::Result;
use crate::ledger::events;
use crate::ledger::row::{all, execute, first, micros, moment, offset};
use crate::ledger::{BenefitsLevels, Event, LevelChoice, SqliteLedger};
use crate::matching::levels::{ChosenLevel, ChosenLevels};
use rusqlite::Transaction;

impl BenefitsLevels for SqliteLedger {
    fn chosen_levels(&self, roster: &str) -> Result<ChosenLevels> {
        let roster = known_number(&self.connection, NameKind::Roster, roster)?;
        let sql = "SELECT subscriber, level, file FROM benefits_levels WHERE roster = ?1 AND over_by IS NULL";
        let found = all(&self.connection, sql, [roster], |row| {
            let chosen = ChosenLevel {
                level: row.get(1)?,
                file: row.get::<_, i64>(2)?.cast_unsigned(),
            };
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), chosen))
        })?;
        Ok(found.into_iter().collect())
    }

    fn choose_level(
        &mut self,
        roster: &str,
        level: &str,
        subscribers: &[(u64, u64)],
        event: &Event,
    ) -> Result<()> {
        let transaction = self.immediate()?;
        let roster = number_of(&transaction, NameKind::Roster, roster)?;
        for (subscriber, file) in subscribers {
            let subscriber = subscriber.cast_signed();
            // What the file had when the first choice was made that still holds.
            let before: Option<i64> = first(
                &transaction,
                "SELECT file FROM benefits_levels WHERE roster = ?1 AND subscriber = ?2 AND over_by IS NULL",
                (roster, subscriber),
                |row| Ok(row.get(0)?),
            )?;
            over(&transaction, (roster, 0), subscriber.cast_unsigned())?;
            execute(
                &transaction,
                "INSERT INTO benefits_levels (roster, subscriber, level, file, at, at_offset, user)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    roster,
                    subscriber,
                    level,
                    before.unwrap_or(file.cast_signed()),
                    micros(&event.at),
                    offset(&event.at),
                    &event.user,
                ),
            )?;
        }
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn level_choices(&self, roster: &str, subscriber: u64) -> Result<Vec<LevelChoice>> {
        let roster = known_number(&self.connection, NameKind::Roster, roster)?;
        let sql = "SELECT level, at, at_offset, user FROM benefits_levels
             WHERE roster = ?1 AND subscriber = ?2 ORDER BY number DESC";
        let wanted = (roster, subscriber.cast_signed());
        all(&self.connection, sql, wanted, |row| {
            Ok(LevelChoice {
                level: row.get(0)?,
                at: moment(row, [1, 2], "the time of a benefits level")?,
                user: row.get(3)?,
            })
        })
    }
}

/// A choice holds no longer, by a run, or by a later choice (0).
pub(super) fn over(
    transaction: &Transaction<'_>,
    (roster, run): (u16, u32),
    subscriber: u64,
) -> Result<()> {
    execute(
        transaction,
        "UPDATE benefits_levels SET over_by = ?3 WHERE roster = ?1 AND subscriber = ?2 AND over_by IS NULL",
        (roster, subscriber.cast_signed(), run),
    )?;
    Ok(())
}
