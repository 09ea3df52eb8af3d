//! Conversion between columns and types.

use super::LedgerError;
use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use rusqlite::{Row, RowIndex};

pub(super) const fn damaged(what: &'static str) -> LedgerError {
    LedgerError::Damaged { what }
}

/// A moment as its column keeps it: cut to the second.
pub(super) fn micros<Z: TimeZone>(moment: &DateTime<Z>) -> i64 {
    moment.timestamp() * 1_000_000
}

/// The column beside a moment that is shown.
pub(super) fn offset(moment: &DateTime<FixedOffset>) -> i32 {
    moment.offset().local_minus_utc()
}

/// The moment that a column keeps without an offset.
pub(super) fn instant(micros: i64, what: &'static str) -> Result<DateTime<Utc>, LedgerError> {
    DateTime::from_timestamp_micros(micros).ok_or(damaged(what))
}

/// Reads a moment and its offset.
pub(super) fn moment(
    row: &Row<'_>,
    columns: [impl RowIndex; 2],
    what: &'static str,
) -> Result<DateTime<FixedOffset>, LedgerError> {
    moment_if_any(row, columns, what)?.ok_or(damaged(what))
}

/// Reads a moment that may be missing, and its offset.
pub(super) fn moment_if_any(
    row: &Row<'_>,
    [at, offset]: [impl RowIndex; 2],
    what: &'static str,
) -> Result<Option<DateTime<FixedOffset>>, LedgerError> {
    let (at, offset): (Option<i64>, Option<i32>) = (row.get(at)?, row.get(offset)?);
    let (Some(at), Some(offset)) = (at, offset) else {
        return Ok(None);
    };
    let offset = FixedOffset::east_opt(offset);
    match (DateTime::from_timestamp_micros(at), offset) {
        (Some(at), Some(offset)) => Ok(Some(at.with_timezone(&offset))),
        _ => Err(damaged(what)),
    }
}

/// A moment as summaries and events say it: RFC 3339 with offset, to the second.
pub(super) fn seconds(moment: &DateTime<FixedOffset>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}
