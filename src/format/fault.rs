//! A fault of a file as a whole.

use crate::domain::Code;
use std::io;

/// Limits of reading, each with its code, and of what is told.
pub(crate) mod limit {
    /// Longest field in bytes (`FIELD_TOO_LONG`, rejects the record).
    pub const FIELD_BYTES: usize = 64 << 10;
    /// Longest record in bytes (`RECORD_TOO_LONG`).
    pub(crate) const RECORD_BYTES: usize = 1 << 20;
    /// Most physical lines of one record (`RECORD_TOO_MANY_LINES`).
    pub(crate) const RECORD_LINES: usize = 100;
    /// Most columns of a file (`COLUMNS_TOO_MANY`).
    pub(crate) const COLUMNS: usize = 1024;
    /// Lines that aren't blank among which the column names are looked for (`COLUMN_MISSING`).
    pub(crate) const HEADER_LINES: usize = 30;
    /// Findings that a receipt lists; the others are counted.
    pub(crate) const RECEIPT_FINDINGS: usize = 1_000;
    /// Most people and deductions that a list of what holds a file names for each reason.
    pub(crate) const HELD_ROWS: usize = 1_000;
}

/// Why a file can't be judged. The detail names lines, columns and limits, never a record value.
#[derive(Debug, thiserror::Error)]
#[error("{code} at line {line}: {detail}")]
pub struct FileFault {
    /// The code of the fault.
    pub code: Code,
    /// The physical line, from 1; 0 where no line can be named.
    pub line: u64,
    /// One sentence for people.
    pub detail: String,
}

impl FileFault {
    /// A fault at a line.
    pub fn new(code: Code, line: u64, detail: impl Into<String>) -> FileFault {
        FileFault {
            code,
            line,
            detail: detail.into(),
        }
    }
}

/// Why reading stopped: the file is bad, or its disk is.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file as a whole is bad.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The file could not be read or a result could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}
