//! Known employees whose records are no longer within an integration's scope: they are skipped, so the receiver keeps what
//! it was told last.

use super::job::JobSpec;
use super::kind::RecordKind;
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::domain::{Position, SkipReason};
use crate::matching::bits::BitSet;
use crate::matching::duplicates::Duplicates;
use crate::matching::file_row::FileRow;

/// The employees of the roster who have a record out of scope and, so far, none within.
#[derive(Default)]
pub(super) struct OutOfScope {
    /// Their positions in the roster, once there is one.
    noted: Option<BitSet>,
    records: Vec<Skipped>,
}

/// The first such record of an employee.
pub(super) struct Skipped {
    /// The employee's number in the roster.
    pub(super) id: u32,
    /// The employee's position in the roster.
    person: u32,
    pub(super) position: Position,
    /// The column that puts it out of scope, unless it is one of the sender's own.
    pub(super) column: Option<ColumnIndex>,
}

impl OutOfScope {
    /// Adds a skipped record, if it is out of scope and of an active employee whom the receiver was told of. `own`: a row that
    /// was left out by a column of the sender is the employee's. `rows` are the rows of the file so far.
    pub(super) fn add<K: RecordKind>(
        &mut self,
        job: &JobSpec<'_>,
        row: &FileRow,
        own: bool,
        reason: SkipReason,
        position: Position,
        rows: &Duplicates<'_>,
    ) {
        let column = match reason {
            SkipReason::Excluded => K::Column::EXCLUDED,
            SkipReason::NonPrimaryEin => K::Column::PRIMARY_EIN,
            SkipReason::StatusFiltered => K::Column::STATUS,
            SkipReason::RowFiltered if own => None,
            _ => return,
        };
        let Some(roster) = job.known.roster.filter(|_| row.known || own) else {
            return;
        };
        if !K::FILLS_ROSTER {
            return;
        }
        let person = row.person as usize;
        let employees = roster.employees();
        let employee = &employees[person];
        if !employee.is_active() || rows.has_row_of(person) {
            return;
        }
        let noted = self
            .noted
            .get_or_insert_with(|| BitSet::new(employees.len()));
        if noted.set(person) {
            self.records.push(Skipped {
                id: employee.id,
                person: row.person,
                position,
                column: column.map(Into::into),
            });
        }
    }

    /// At the end of a file: those who have no record within scope in all of it. One of a second job is skipped beside that of
    /// the first.
    pub(super) fn left(&mut self, rows: &Duplicates<'_>) -> Vec<Skipped> {
        let mut left = std::mem::take(&mut self.records);
        left.retain(|skipped| !rows.has_row_of(skipped.person as usize));
        left
    }
}
