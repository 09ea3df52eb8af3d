//! Small numbers that stand for the names of integrations and rosters in the big tables.

use super::{LedgerError, OwnerIds, SqliteLedger};
use rusqlite::{Connection, OptionalExtension};

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// An integration; its number is the origin of the employees it accepted.
    Integration,
    Roster,
}

impl NameKind {
    const fn as_str(self) -> &'static str {
        match self {
            NameKind::Integration => "integration",
            NameKind::Roster => "roster",
        }
    }
}

impl OwnerIds for SqliteLedger {
    fn name_number(&self, kind: NameKind, name: &str) -> Result<u16, LedgerError> {
        if self.read_only {
            return Ok(known(&self.connection, kind, name)?.unwrap_or(0));
        }
        number(&self.connection, kind, name)
    }
}

/// The number of a name that was used before.
pub(super) fn known(
    connection: &Connection,
    kind: NameKind,
    name: &str,
) -> Result<Option<u16>, LedgerError> {
    Ok(connection
        .prepare_cached("SELECT number FROM names WHERE kind = ?1 AND name = ?2")?
        .query_row((kind.as_str(), name), |row| row.get(0))
        .optional()?)
}

/// The number of a name, given out on first use.
pub(super) fn number(
    connection: &Connection,
    kind: NameKind,
    name: &str,
) -> Result<u16, LedgerError> {
    if let Some(number) = known(connection, kind, name)? {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT OR IGNORE INTO names (kind, name) VALUES (?1, ?2)")?
        .execute((kind.as_str(), name))?;
    known(connection, kind, name)?.ok_or(LedgerError::Limit {
        what: "the number of integrations and rosters",
        fix: "start a new site",
    })
}
