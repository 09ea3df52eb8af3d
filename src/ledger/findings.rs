//! Findings of a run.

use super::{LedgerError, SqliteLedger};
use crate::domain::{Code, Finding, Severity};
use std::borrow::Cow;

pub(super) fn findings(ledger: &SqliteLedger, number: u32) -> Result<Vec<Finding>, LedgerError> {
    let mut statement = ledger.connection.prepare_cached(
        "SELECT record, line, field, code, severity = 'error' FROM findings WHERE run = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([number])?;
    let mut findings = Vec::new();
    while let Some(row) = rows.next()? {
        let code: String = row.get(3)?;
        findings.push(Finding {
            record: row.get::<_, i64>(0)?.cast_unsigned(),
            line: row.get::<_, i64>(1)?.cast_unsigned(),
            field: Cow::Owned(row.get(2)?),
            code: Code::parse(&code).ok_or(LedgerError::Damaged {
                what: "the code of a finding",
            })?,
            severity: if row.get(4)? {
                Severity::Error
            } else {
                Severity::Warning
            },
        });
    }
    Ok(findings)
}
