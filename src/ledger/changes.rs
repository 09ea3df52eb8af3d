//! A run's changes, from their stream into the tables.

use super::LedgerError;
use super::compaction::keep_short;
use super::store::{Store, next_id};
use crate::changeset::block::{Block, EntryKind};
use crate::changeset::change::{Change, ChangeReader};
use crate::domain::Severity;
use crate::matching::roster::Version;
use rusqlite::Transaction;
use std::io;

/// Whose changes they are.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) run: u32,
    /// Number of the run's integration.
    pub(super) integration: u16,
    /// Number of the roster its employees belong to.
    pub(super) roster: u16,
}

/// Applies all changes, one at a time.
pub(super) fn apply(
    transaction: &Transaction<'_>,
    owner: Owner,
    changes: &mut ChangeReader<'_>,
) -> Result<(), LedgerError> {
    let mut employees = States::new(transaction, EntryKind::Employees, owner.roster);
    let mut deductions = States::new(transaction, EntryKind::Deductions, owner.integration);
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
            Change::Block { base, block } => match block.kind {
                EntryKind::Employees => employees.write(base, block)?,
                EntryKind::Deductions => deductions.write(base, block)?,
            },
            // A stream never holds them one by one.
            Change::Employee { .. } | Change::Deduction { .. } => return Err(damaged()),
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
    employees.end()?;
    deductions.end()
}

fn damaged() -> LedgerError {
    LedgerError::Changes(io::Error::from(io::ErrorKind::InvalidData))
}

/// Writes new states to one of the stores.
struct States<'t> {
    transaction: &'t Transaction<'t>,
    kind: EntryKind,
    owner: u16,
    /// The store and how many numbers it had given out before.
    store: Option<(Store, u32)>,
    base: Version,
    keys: Vec<u8>,
}

impl<'t> States<'t> {
    fn new(transaction: &'t Transaction<'t>, kind: EntryKind, owner: u16) -> States<'t> {
        States {
            transaction,
            kind,
            owner,
            store: None,
            base: Version::default(),
            keys: Vec::new(),
        }
    }

    /// Stores a block, giving new entries their numbers.
    ///
    /// The numbers in the block were found by their keys in the store of its base. If nothing was stored since, they
    /// still belong to those keys, so only the version is compared and not every key.
    fn write(&mut self, base: Version, block: Block<'_>) -> Result<(), LedgerError> {
        let (store, known) = match &mut self.store {
            Some(opened) => opened,
            none => {
                let store = Store::open(self.transaction, self.kind, self.owner)?;
                self.base = store.version();
                none.insert((store, store.ids))
            }
        };
        if base != self.base {
            return Err(LedgerError::Overtaken {
                table: match self.kind {
                    EntryKind::Employees => "roster",
                    EntryKind::Deductions => "deductions",
                },
            });
        }
        self.keys.clear();
        self.keys.extend_from_slice(block.keys);
        let mut last = store.ids;
        for number in self.kind.numbers_mut(&mut self.keys) {
            match u32::from_le_bytes(*number) {
                0 => {
                    last = next_id(last)?;
                    *number = last.to_le_bytes();
                }
                id if id > *known => return Err(damaged()),
                _ => {}
            }
        }
        let keys = &self.keys;
        store.append(self.transaction, Block { keys, ..block })
    }

    fn end(self) -> Result<(), LedgerError> {
        let Some((mut store, _)) = self.store else {
            return Ok(());
        };
        keep_short(self.transaction, &mut store)?;
        store.save(self.transaction)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::prelude::*;
    use super::super::scenario::{
        changes, changes_to, committed, employee, ledger, new_run, summary,
    };
    use super::super::{LedgerError, SqliteLedger};
    use crate::changeset::change::{Change, ChangeReader, ChangeWriter};
    use crate::domain::RunStatus;
    use std::io::{self, Read};

    fn commit(ledger: &mut SqliteLedger, all: impl Read) -> Result<(), LedgerError> {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let mut reader = ChangeReader::new(all);
        ledger.commit(run.number, &committed(&summary), Some(&mut reader), "main")
    }

    #[test]
    fn changes_to_what_is_no_more_roll_everything_back() {
        let (_folder, mut ledger) = ledger();
        let version = |ledger: &SqliteLedger| ledger.load_roster("main").expect("read").version();
        let change = |base, all: &[(u32, &[u8])]| {
            let all = all
                .iter()
                .map(|(id, state)| Change::Employee { id: *id, state });
            changes_to(base, &all.collect::<Vec<_>>())
        };
        let (state, newer) = (employee(5, "S5"), employee(5, "S5b"));
        let before = version(&ledger);
        let new = change(before, &[(0, &state)]);
        commit(&mut ledger, &new[..]).expect("new");
        let shown = |ledger: &SqliteLedger| ledger.employees_fields("main", &[1]).expect("row");
        // The same once more, a change to what another run read, and a number that was never given out.
        let base = version(&ledger);
        let overtaken = [new, change(before, &[(1, &newer)])];
        for bytes in overtaken {
            let refused = commit(&mut ledger, &bytes[..]).expect_err("refused");
            assert!(matches!(
                refused,
                LedgerError::Overtaken { table: "roster" }
            ));
        }
        let unknown = change(base, &[(1, &newer), (0, &state), (2, &state)]);
        let refused = commit(&mut ledger, &unknown[..]).expect_err("refused");
        assert!(matches!(refused, LedgerError::Changes(_)));
        assert_eq!(version(&ledger), base);
        assert_eq!(shown(&ledger), [["S5"]]);
        commit(&mut ledger, &change(base, &[(1, &newer)])[..]).expect("changed");
        assert_eq!(shown(&ledger), [["S5b"]]);
    }

    #[test]
    fn a_damaged_or_cut_stream_writes_nothing() {
        let (_folder, mut ledger) = ledger();
        let state = employee(5, "S5");
        let new = Change::Employee {
            id: 0,
            state: &state,
        };
        let whole = changes(std::slice::from_ref(&new));
        let twice = [&whole[..], &whole[..whole.len() - 1]].concat();
        let mut longer = whole.clone();
        longer[5 + 16] += 1;
        for bytes in [&twice[..], &whole[..20], &longer] {
            let refused = commit(&mut ledger, bytes).expect_err("refused");
            assert!(matches!(refused, LedgerError::Changes(_)), "{refused}");
        }
        let roster = ledger.load_roster("main").expect("read");
        assert!(roster.employees().is_empty());
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
            self.ready = io::Cursor::new(writer.finish()?);
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
        let roster = ledger.load_roster("main").expect("roster");
        assert_eq!(roster.employees().len(), 200_000);
        assert_eq!(roster.find(77).map(|(_, e)| e.id), Some(200_000 - 77));
    }
}
