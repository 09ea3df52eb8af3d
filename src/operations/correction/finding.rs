//! A finding of a rejected record, as people read it.

use crate::format::clean::clean;
use crate::format::error_file::ListedFinding;
use serde::Serialize;

/// A finding of a rejected record, with what the error file says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RowFinding {
    /// The canonical or custom column; empty for the record as a whole.
    pub(crate) field: String,
    /// The sender's own header, or positions.
    pub(crate) header: String,
    pub(crate) code: String,
    pub(crate) severity: String,
    /// The value as it may be shown.
    pub(crate) value: String,
    pub(crate) message: String,
    pub(crate) how_to_fix: String,
}

impl From<ListedFinding> for RowFinding {
    fn from(listed: ListedFinding) -> RowFinding {
        // Error files guard values against spreadsheets; here none is run.
        let value = String::from_utf8_lossy(clean(listed.value.as_bytes())).into_owned();
        RowFinding {
            field: listed.field,
            header: listed.header,
            code: listed.code,
            severity: listed.severity,
            value,
            message: listed.message,
            how_to_fix: listed.how_to_fix,
        }
    }
}

impl RowFinding {
    /// Whether it rejects its record.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == crate::domain::Severity::Error.as_str()
    }
}
