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

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{changes, committed, ledger, new_run, summary};
    use crate::changeset::change::{Change, ChangeReader};
    use crate::domain::{Code, Finding, RunStatus, Severity};

    #[test]
    fn findings_come_back_in_order() {
        let (_folder, mut ledger) = ledger();
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::CompletedWithErrors, 1, 1);
        let finding = |record, field: &'static str, code, severity| Finding {
            record,
            line: record + 1,
            field: field.into(),
            code,
            severity,
        };
        let findings = [
            finding(2, "custom.badge", Code::TextTooLong, Severity::Error),
            finding(1, "", Code::Retro, Severity::Warning),
        ];
        let bytes = changes(&findings.clone().map(Change::Finding));
        let mut reader = ChangeReader::new(&bytes[..]);
        ledger
            .commit(run.number, &committed(&summary), Some(&mut reader), "main")
            .expect("committed");
        assert_eq!(ledger.findings(run.number).expect("findings"), findings);
    }
}
