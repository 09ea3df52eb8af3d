//! The findings of the record in hand.

use crate::domain::{Code, Severity};

/// What a mark is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The record as a whole.
    Record,
    /// A canonical column.
    Column(u8),
    /// A custom column, by its place in the layout.
    Custom(u16),
}

/// A finding of the record in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What was found.
    pub code: Code,
    /// Whether it rejects.
    pub severity: Severity,
    /// On what.
    pub on: On,
}

/// The findings of the record in hand.
#[derive(Debug, Default)]
pub struct Marks {
    /// In the order they were found.
    pub all: Vec<Mark>,
}

impl Marks {
    /// A finding of the code's own severity on a column.
    pub fn column(&mut self, column: usize, code: Code) {
        self.add(On::Column(column as u8), code, code.severity());
    }

    /// A finding of the code's own severity on the record.
    pub fn record(&mut self, code: Code) {
        self.add(On::Record, code, code.severity());
    }

    /// A finding.
    pub fn add(&mut self, on: On, code: Code, severity: Severity) {
        self.all.push(Mark { code, severity, on });
    }

    /// Whether the record is rejected.
    pub fn reject(&self) -> bool {
        self.all.iter().any(|m| m.severity == Severity::Error)
    }

    /// Whether a code was found on a column.
    pub fn has(&self, column: usize, code: Code) -> bool {
        let on = On::Column(column as u8);
        self.all.iter().any(|m| m.on == on && m.code == code)
    }
}
