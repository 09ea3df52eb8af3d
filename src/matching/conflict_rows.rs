//! Which rows of a file are in conflict with which others, for messages.

use super::file_row::FileRow;
use std::collections::{BTreeSet, HashMap};

/// What the rows of a conflict share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shared {
    /// A key and an employer, with different content.
    Key(u64, u32),
    /// A subscriber with two primary employers.
    Primary(u64),
    Ssn(u32),
    Username(u64),
}

/// A row of a conflict: its line and its subscriber.
type Row = (u64, u64);

/// The rows of one conflict, in the order of the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RowsInConflict {
    /// The first of them.
    rows: Vec<Row>,
    /// How many there are.
    count: u64,
    /// Hashes of the columns of the first.
    columns: Vec<u32>,
    /// The columns in which any other differs from the first.
    pub(crate) differing: BTreeSet<usize>,
}

/// Most conflicts of a file whose rows are known.
const MOST: usize = 10_000;
/// Most rows that are known of a conflict, and most of them of one subscriber where subscribers are in conflict.
const ROWS: usize = 6;
const OF_ONE_SUBSCRIBER: usize = ROWS / 2;

impl RowsInConflict {
    fn add(&mut self, row: Row, between_subscribers: bool, columns: &[u32]) {
        self.count += 1;
        let same = self.rows.iter().filter(|r| r.1 == row.1).count();
        if self.rows.len() < ROWS && (!between_subscribers || same < OF_ONE_SUBSCRIBER) {
            self.rows.push(row);
        }
        if self.columns.is_empty() {
            self.columns = columns.to_vec();
        }
        for (index, (first, column)) in self.columns.iter().zip(columns).enumerate() {
            if first != column {
                self.differing.insert(index);
            }
        }
    }

    /// The lines of the other rows in conflict with a row, and whether there are more.
    pub(crate) fn others(&self, shared: Shared, line: u64, subscriber: u64) -> (Vec<u64>, bool) {
        let between = shared.is_between_subscribers();
        let other = |row: &&Row| row.0 != line && (!between || row.1 != subscriber);
        let lines = self.rows.iter().filter(other).map(|row| row.0);
        (lines.collect(), self.count > self.rows.len() as u64)
    }
}

impl Shared {
    fn is_between_subscribers(self) -> bool {
        matches!(self, Shared::Ssn(_) | Shared::Username(_))
    }
}

/// The rows of the conflicts of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ConflictRows(HashMap<Shared, RowsInConflict>);

impl ConflictRows {
    /// Adds a row to a conflict. `columns`: hashes of its columns, where contents are in conflict.
    pub(super) fn add(&mut self, shared: Shared, row: &FileRow, line: u64, columns: &[u32]) {
        if self.0.len() >= MOST && !self.0.contains_key(&shared) {
            return;
        }
        // Rows whose subscriber can't be read have one owner of their own.
        let subscriber = if row.identified {
            row.subscriber_hash
        } else {
            0
        };
        let row = (line, subscriber);
        let rows = self.0.entry(shared).or_default();
        rows.add(row, shared.is_between_subscribers(), columns);
    }

    /// The rows of a conflict, if they are known.
    pub(crate) fn of(&self, shared: Shared) -> Option<&RowsInConflict> {
        self.0.get(&shared)
    }
}
