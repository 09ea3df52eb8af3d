//! Statements, and conversion between columns and types.

use super::LedgerError;
use super::error::Result;
use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, Params, Row, RowIndex};
use std::str::FromStr;

/// Runs a statement that writes. Returns how many rows it changed.
pub(super) fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// All rows of a query.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// All rows of a query that has only some of these parameters.
pub(super) fn all_of_some<T>(
    connection: &Connection,
    sql: &str,
    params: &[(&str, &dyn ToSql)],
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    for (name, value) in params {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The first row of a query.
pub(super) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// The first column of a query that always gives a row.
pub(super) fn value<T: FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<T> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params, |row| row.get(0))?)
}

/// The first column of a row.
pub(super) fn cell<T: FromSql>(row: &Row<'_>) -> Result<T> {
    Ok(row.get(0)?)
}

/// A count or a size as its column keeps it.
pub(super) fn integer(value: impl TryInto<i64>, what: &'static str) -> Result<i64> {
    value.try_into().map_err(|_| LedgerError::Limit {
        what,
        fix: "split the file",
    })
}

/// The word that a column has of a value.
pub(super) fn text(value: impl Into<&'static str>) -> &'static str {
    value.into()
}

/// The value that a column has the word of.
pub(super) fn word<T: FromStr>(
    row: &Row<'_>,
    column: impl RowIndex,
    what: &'static str,
) -> Result<T> {
    let word: String = row.get(column)?;
    word.parse().map_err(|_| damaged(what))
}

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
pub(super) fn instant(micros: i64, what: &'static str) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or(damaged(what))
}

/// Reads a moment and its offset.
pub(super) fn moment(
    row: &Row<'_>,
    columns: [impl RowIndex; 2],
    what: &'static str,
) -> Result<DateTime<FixedOffset>> {
    moment_if_any(row, columns, what)?.ok_or(damaged(what))
}

/// Reads a moment that may be missing, and its offset.
pub(super) fn moment_if_any(
    row: &Row<'_>,
    [at, offset]: [impl RowIndex; 2],
    what: &'static str,
) -> Result<Option<DateTime<FixedOffset>>> {
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
