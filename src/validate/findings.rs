//! What was found wrong with the record that is being judged.

use crate::domain::column::ColumnIndex;
use crate::domain::{Code, Severity};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The record as a whole.
    Record,
    Column(ColumnIndex),
    /// A custom column, by its position in the layout.
    Custom(u16),
}

/// A finding in a record whose place in the file the caller knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFinding {
    pub code: Code,
    /// Whether it rejects the record. A site may soften the severity that the code has by itself.
    pub severity: Severity,
    pub target: Target,
}

/// The findings of one record.
#[derive(Debug, Default)]
pub struct Findings {
    /// In the order they were made.
    pub all: Vec<RecordFinding>,
}

impl Findings {
    /// Adds a finding about a column, of the code's own severity.
    pub fn column(&mut self, column: impl Into<ColumnIndex>, code: Code) {
        self.add(Target::Column(column.into()), code, code.severity());
    }

    /// Adds a finding about the record, of the code's own severity.
    pub fn record(&mut self, code: Code) {
        self.add(Target::Record, code, code.severity());
    }

    pub fn add(&mut self, target: Target, code: Code, severity: Severity) {
        self.all.push(RecordFinding {
            code,
            severity,
            target,
        });
    }

    /// Takes back the findings of a code.
    pub(crate) fn take_back(&mut self, code: Code) {
        self.all.retain(|f| f.code != code);
    }

    /// Whether the record is rejected.
    pub fn reject(&self) -> bool {
        self.all.iter().any(|f| f.severity == Severity::Error)
    }

    /// Whether nothing rejects the record but that its SSN or username is another employee's, which other records of the file
    /// may change.
    pub(crate) fn only_in_use(&self) -> bool {
        const IN_USE: [Code; 3] = [Code::SsnInUse, Code::UsernameInUse, Code::RehireNewId];
        let other = |f: &RecordFinding| f.severity == Severity::Error && !IN_USE.contains(&f.code);
        !self.all.iter().any(other)
    }

    /// Whether a column has a finding that rejects the record.
    pub fn reject_column(&self, column: impl Into<ColumnIndex>) -> bool {
        let target = Target::Column(column.into());
        let rejects = |f: &RecordFinding| f.target == target && f.severity == Severity::Error;
        self.all.iter().any(rejects)
    }
}
