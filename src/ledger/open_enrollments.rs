//! Open enrollments: which steps of them people have taken. What the steps did, pauses and runs say.

use super::error::Result;
use super::row::{all, execute, micros, moment, offset, text, word};
use super::{Event, OpenEnrollments, SqliteLedger, events};
use chrono::{DateTime, FixedOffset};
use strum::{EnumString, IntoStaticStr};

/// A step that a person noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrollmentStep {
    pub kind: EnrollmentStepKind,
    /// What was noted with it.
    pub note: String,
    /// When, with the site's offset.
    pub at: DateTime<FixedOffset>,
    pub user: String,
}

/// What a step is; the word that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum EnrollmentStepKind {
    /// It began; the note is the first day of the plan year.
    Begun,
    /// The carrier looks at what was imported; the note says who.
    Asked,
    /// What the carrier said.
    Answered,
}

impl OpenEnrollments for SqliteLedger {
    fn enrollment_steps(&self, integration: &str) -> Result<Vec<EnrollmentStep>> {
        let sql = "SELECT step, note, at, at_offset, user FROM open_enrollment_steps WHERE integration = ?1 ORDER BY at";
        all(&self.connection, sql, [integration], |row| {
            Ok(EnrollmentStep {
                kind: word(row, 0, "the step of an open enrollment")?,
                note: row.get(1)?,
                at: moment(row, [2, 3], "the time of a step of an open enrollment")?,
                user: row.get(4)?,
            })
        })
    }

    fn note_enrollment_step(
        &mut self,
        integration: &str,
        step: &EnrollmentStep,
        event: &Event,
    ) -> Result<()> {
        let transaction = self.immediate()?;
        if step.kind == EnrollmentStepKind::Asked {
            // Asked again, the carrier has not answered yet.
            execute(
                &transaction,
                "DELETE FROM open_enrollment_steps WHERE integration = ?1 AND step = ?2",
                (integration, text(EnrollmentStepKind::Answered)),
            )?;
        }
        execute(
            &transaction,
            "INSERT OR REPLACE INTO open_enrollment_steps (integration, step, note, at, at_offset, user)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                integration,
                text(step.kind),
                &step.note,
                micros(&step.at),
                offset(&step.at),
                &step.user,
            ),
        )?;
        events::insert(&transaction, event)?;
        Ok(transaction.commit()?)
    }

    fn end_open_enrollment(&mut self, integration: &str, event: &Event) -> Result<bool> {
        let transaction = self.immediate()?;
        let sql = "DELETE FROM open_enrollment_steps WHERE integration = ?1";
        if execute(&transaction, sql, [integration])? == 0 {
            return Ok(false);
        }
        events::insert(&transaction, event)?;
        transaction.commit()?;
        Ok(true)
    }
}
