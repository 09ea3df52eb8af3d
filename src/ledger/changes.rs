//! A run's changes, from their stream into the tables.

use super::LedgerError;
use crate::compare::change::{Change, ChangeReader};
use crate::domain::Severity;
use crate::matching::deductions::DeductionState;
use crate::matching::roster::Employee;
use rusqlite::{CachedStatement, Transaction};
use std::io::Read;

/// Whose changes they are.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    /// The run's number.
    pub(super) run: u32,
    /// Number of the run's integration.
    pub(super) integration: u16,
    /// Number of the roster its employees belong to.
    pub(super) roster: u16,
}

/// Applies all changes, one at a time.
pub(super) fn apply<R: Read>(
    transaction: &Transaction<'_>,
    owner: Owner,
    changes: &mut ChangeReader<R>,
) -> Result<(), LedgerError> {
    // The stored forms of both begin with the key hash.
    let mut employees = StateTable {
        name: "roster",
        owner: owner.roster,
        least: Employee::STORED,
        transaction,
        insert: transaction.prepare_cached("INSERT INTO roster (roster, state) VALUES (?1, ?2)")?,
        update: transaction.prepare_cached(
            "UPDATE roster SET state = ?1 WHERE id = ?2 AND roster = ?3 AND substr(state, 1, 8) = ?4",
        )?,
    };
    let mut deductions = StateTable {
        name: "deductions",
        owner: owner.integration,
        least: DeductionState::STORED,
        transaction,
        insert: transaction.prepare_cached("INSERT INTO deductions (integration, state) VALUES (?1, ?2)")?,
        update: transaction.prepare_cached(
            "UPDATE deductions SET state = ?1 WHERE id = ?2 AND integration = ?3 AND substr(state, 1, 8) = ?4",
        )?,
    };
    let mut reject = transaction.prepare_cached(
        "INSERT INTO rejections (run, integration, record, line, key, traits) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut close = transaction.prepare_cached(
        "UPDATE rejections SET closed_by = ?1 WHERE id = ?2 AND closed_by IS NULL",
    )?;
    let mut find = transaction.prepare_cached(
        "INSERT INTO findings (run, record, line, field, code, severity) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    while let Some(change) = changes.next_change().map_err(LedgerError::Changes)? {
        match change {
            Change::Employee { id, state } => employees.write(id, state)?,
            Change::Deduction { id, state } => deductions.write(id, state)?,
            Change::Rejection {
                record,
                line,
                key,
                traits,
            } => {
                reject.execute((
                    owner.run,
                    owner.integration,
                    record.cast_signed(),
                    line.cast_signed(),
                    key.map(u64::cast_signed),
                    traits,
                ))?;
            }
            Change::Closed(row) => {
                close.execute((owner.run, row))?;
            }
            Change::Finding(finding) => {
                find.execute((
                    owner.run,
                    finding.record.cast_signed(),
                    finding.line.cast_signed(),
                    &*finding.field,
                    finding.code.as_str(),
                    Severity::as_str(finding.severity),
                ))?;
            }
        }
    }
    Ok(())
}

/// One of the two big tables.
struct StateTable<'t> {
    name: &'static str,
    owner: u16,
    least: usize,
    transaction: &'t Transaction<'t>,
    insert: CachedStatement<'t>,
    update: CachedStatement<'t>,
}

impl StateTable<'_> {
    fn write(&mut self, id: u32, state: &[u8]) -> Result<(), LedgerError> {
        if state.len() < self.least {
            let short = std::io::Error::from(std::io::ErrorKind::InvalidData);
            return Err(LedgerError::Changes(short));
        }
        if id == 0 {
            self.insert.execute((self.owner, state))?;
            if self.transaction.last_insert_rowid() > i64::from(u32::MAX) {
                return Err(LedgerError::Limit {
                    what: "the number of stored keys",
                    fix: "start a new site",
                });
            }
            return Ok(());
        }
        match self.update.execute((state, id, self.owner, &state[..8]))? {
            1 => Ok(()),
            _ => Err(LedgerError::OtherKey {
                table: self.name,
                row: id,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{changes, committed, employee, ledger, new_run, summary};
    use super::super::{Ledger, LedgerError};
    use crate::compare::change::{Change, ChangeReader, ChangeWriter};
    use crate::domain::RunStatus;
    use std::io::{self, Read};

    fn commit(ledger: &mut Ledger, all: impl Read) -> Result<(), LedgerError> {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let mut reader = ChangeReader::new(all);
        ledger.commit(run.number, &committed(&summary), Some(&mut reader), "main")
    }

    #[test]
    fn a_row_of_another_key_rolls_everything_back() {
        let (_folder, mut ledger) = ledger();
        let state = employee(5, "S5");
        let bytes = changes(&[Change::Employee {
            id: 0,
            state: &state,
        }]);
        commit(&mut ledger, &bytes[..]).expect("new");
        let other = employee(6, "S6");
        let newer = employee(5, "S5b");
        for (id, state) in [(1, &other), (2, &state)] {
            let bytes = changes(&[
                Change::Employee {
                    id: 1,
                    state: &newer,
                },
                Change::Employee { id, state },
            ]);
            let refused = commit(&mut ledger, &bytes[..]).expect_err("refused");
            assert!(matches!(refused, LedgerError::OtherKey { row, .. } if row == id));
            assert_eq!(
                ledger.employee_fields(1).expect("row"),
                Some(vec!["S5".into()])
            );
        }
        let bytes = changes(&[Change::Employee {
            id: 1,
            state: &newer,
        }]);
        commit(&mut ledger, &bytes[..]).expect("same key");
        assert_eq!(
            ledger.employee_fields(1).expect("row"),
            Some(vec!["S5b".into()])
        );
    }

    #[test]
    fn a_damaged_or_cut_stream_writes_nothing() {
        let (_folder, mut ledger) = ledger();
        let state = employee(5, "S5");
        let mut bytes = changes(&[Change::Employee {
            id: 0,
            state: &state,
        }]);
        bytes.extend_from_slice(&changes(&[Change::Employee {
            id: 0,
            state: b"short",
        }]));
        for bytes in [&bytes[..], &bytes[..20]] {
            let refused = commit(&mut ledger, bytes).expect_err("refused");
            assert!(matches!(refused, LedgerError::Changes(_)), "{refused}");
        }
        assert_eq!(ledger.employee_fields(1).expect("none"), None);
    }

    /// Makes changes as they are read, so that the test itself holds none.
    struct Endless {
        left: u64,
        ready: io::Cursor<Vec<u8>>,
    }

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.ready.read(buffer)?;
            if n > 0 || self.left == 0 {
                return Ok(n);
            }
            let mut writer = ChangeWriter::new(Vec::new());
            for _ in 0..self.left.min(100) {
                self.left -= 1;
                let state = employee(self.left, &"x".repeat(400));
                writer.write(&Change::Employee {
                    id: 0,
                    state: &state,
                })?;
            }
            self.ready = io::Cursor::new(writer.into_inner());
            self.ready.read(buffer)
        }
    }

    /// Peak memory of this process in MiB.
    fn peak() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("proc");
        let line = status
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .expect("peak");
        let kib = line
            .split_whitespace()
            .nth(1)
            .and_then(|n| n.parse::<u64>().ok());
        kib.expect("number") / 1024
    }

    #[test]
    fn memory_stays_flat_over_200_000_new_employees() {
        // The peak is the whole process's, so the measurement runs in a process of its own.
        let this = std::env::current_exe().expect("test binary");
        let alone = std::process::Command::new(this)
            .args(["--exact", "--ignored", "--test-threads=1"])
            .arg("ledger::changes::tests::memory_over_200_000_new_employees")
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
    }

    #[test]
    #[ignore = "run by the test above"]
    fn memory_over_200_000_new_employees() {
        let (_folder, mut ledger) = ledger();
        let before = peak();
        let all = Endless {
            left: 200_000,
            ready: io::Cursor::default(),
        };
        commit(&mut ledger, all).expect("committed");
        let grown = peak() - before;
        // 90 MB of changes against a page cache of 16 MiB.
        assert!(grown < 32, "{grown} MiB");
        let roster = ledger.load_roster("main", true).expect("roster");
        assert_eq!(roster.employees().len(), 200_000);
        assert_eq!(roster.find(77).map(|(_, e)| e.id), Some(200_000 - 77));
    }
}
