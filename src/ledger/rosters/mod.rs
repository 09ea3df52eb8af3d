//! Rosters and deductions: what a run changes of them, and the blocks that they are stored in. Small numbers stand for
//! the names of integrations and rosters in the big tables.

mod accounts;
pub(super) mod changes;
mod compaction;
pub(super) mod deductions;
pub(super) mod edits;
mod employees;
mod levels;
mod selections;
mod shown_fields;
pub(super) mod store;
pub(super) mod trails;

use super::error::Result;
use super::row::{all, cell, execute, first, text};
use super::{LedgerError, OwnerIds, SqliteLedger};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;
use strum::IntoStaticStr;

/// What a number stands for; the word is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum NameKind {
    /// An integration; its number is the origin of the employees it accepted.
    Integration,
    Roster,
}

impl OwnerIds for SqliteLedger {
    fn name_number(&self, kind: NameKind, name: &str) -> Result<u16> {
        match self.read_only {
            true => known_number(&self.connection, kind, name),
            false => number_of(&self.connection, kind, name),
        }
    }

    fn names(&self, kind: NameKind) -> Result<BTreeMap<u16, String>> {
        let sql = "SELECT number, name FROM names WHERE kind = ?1";
        let named = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let names = all(&self.connection, sql, [text(kind)], named)?;
        Ok(names.into_iter().collect())
    }
}

/// The number of a name that was used before, otherwise 0.
pub(super) fn known_number(connection: &Connection, kind: NameKind, name: &str) -> Result<u16> {
    let sql = "SELECT number FROM names WHERE kind = ?1 AND name = ?2";
    Ok(first(connection, sql, (text(kind), name), cell)?.unwrap_or(0))
}

/// The number of a name, given out on first use.
pub(super) fn number_of(connection: &Connection, kind: NameKind, name: &str) -> Result<u16> {
    let number = known_number(connection, kind, name)?;
    if number > 0 {
        return Ok(number);
    }
    let add = "INSERT OR IGNORE INTO names (kind, name) VALUES (?1, ?2)";
    execute(connection, add, (text(kind), name))?;
    match known_number(connection, kind, name)? {
        0 => Err(LedgerError::Limit {
            what: "the number of integrations and rosters",
            fix: "start a new site",
        }),
        number => Ok(number),
    }
}
