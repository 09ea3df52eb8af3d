//! A coded remark on a record or a file, without any record value.

use super::{Code, Severity};
use serde::Serialize;
use std::borrow::Cow;

/// A finding as the ledger keeps it and as JSON shows it: what, where, how bad; never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub code: Code,
    /// The canonical column (or `custom.…`), empty for a finding on the whole record or file.
    pub field: Cow<'static, str>,
    /// The physical line where the record starts, from 1; 0 where there is none.
    pub line: u64,
    /// The data record's number, from 1; 0 for a finding on the file.
    pub record: u64,
    pub severity: Severity,
}

/// Where a record is in its file; 0 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The physical line where the record starts, from 1.
    pub(crate) line: u64,
    /// The data record's number, from 1.
    pub(crate) record: u64,
}
