//! What the file holds and for how long, and the memory and space that it takes.

use super::super::ledger_suite::rosters::commit_states;
use super::super::ledger_suite::transfers::{SOURCE, new};
use super::super::ledger_suite::{changes, commit, committed, employee, moment, new_run, summary};
use super::*;
use crate::changeset::change::{Change, ChangeReader, ChangeWriter};
use crate::domain::RunStatus;
use crate::ledger::roles::{Requests, RunSteps, UnitOfWork};
use crate::ledger::roster_roles::Employees;
use crate::ledger::runs::purge::ROWS_AT_ONCE;
use crate::ledger::transfer_roles::Pulls;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{self, Read};

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
        .arg("ledger::tests::space::memory_over_200_000_new_employees")
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&alone.stdout);
    assert!(alone.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "run by the test above"]
fn memory_over_200_000_new_employees() {
    let folder = SqliteFolder::new();
    let mut ledger = folder.sqlite();
    let before = peak();
    let all = Endless {
        left: 200_000,
        ready: io::Cursor::default(),
    };
    let run = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&run, RunStatus::Completed, 1, 0);
    let mut changes = ChangeReader::new(all);
    ledger
        .commit(run.number, &committed(&summary), Some(&mut changes), "main")
        .expect("committed");
    let grown = peak() - before;
    // 90 MB of changes against a page cache of 16 MiB.
    assert!(grown < 32, "{grown} MiB");
    let roster = ledger.load_roster("main").expect("roster");
    assert_eq!(roster.employees().len(), 200_000);
    assert_eq!(roster.find(77).map(|(_, e)| e.id), Some(200_000 - 77));
}

#[test]
fn the_log_of_a_large_commit_is_merged_with_the_close() {
    let folder = SqliteFolder::new();
    let mut ledger = folder.sqlite();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&run, RunStatus::Completed, 1, 0);
    let state = employee(5, &"x".repeat(2_000));
    let change = Change::Employee {
        id: 0,
        state: &state,
    };
    let bytes = changes(&vec![change; 5_000]);
    let size = || {
        let file = std::fs::metadata(folder.path());
        file.expect("ledger").len()
    };
    commit(&mut ledger, run.number, &committed(&summary), &bytes).expect("committed");
    assert!(size() < 1 << 20, "{}", size());
    ledger.close(run.number).expect("closed");
    assert!(size() > 10_000_000, "{}", size());
}

#[test]
fn what_is_forgotten_is_no_longer_in_the_ledgers_file() {
    let folder = SqliteFolder::new();
    let mut ledger = folder.sqlite();
    let at = moment("2026-11-20T05:30:12-05:00");
    let files = [new(4_711_001, false), new(4_711_002, false)];
    ledger.files_arrived(SOURCE, &files, at).expect("written");
    let open = ledger.open_pulls("carrier").expect("read");
    ledger.keep_pulls(&[open[0].number]).expect("written");
    ledger.forget_pulls(&[open[1].number]).expect("written");
    let names = || {
        let all = std::fs::read_dir(folder.0.path())
            .expect("a folder")
            .flatten();
        let all: Vec<Vec<u8>> = all.filter_map(|e| std::fs::read(e.path()).ok()).collect();
        let all = String::from_utf8_lossy(&all.concat()).into_owned();
        all.matches("4711002.csv").count()
    };
    assert!(names() > 0, "in the log that is written ahead");
    drop(ledger);
    assert_eq!(names(), 0);
}

#[test]
fn names_of_settled_files_and_bodies_of_answered_requests_are_forgotten() {
    let folder = SqliteFolder::new();
    let mut ledger = folder.sqlite();
    let at = moment("2026-11-20T05:30:12-05:00");
    let files = [new(1, false), new(2, true)];
    ledger.files_arrived(SOURCE, &files, at).expect("written");
    let open = ledger.open_pulls("carrier").expect("read");
    ledger.keep_pulls(&[open[0].number]).expect("written");
    for answer in [true, false] {
        let number = ledger.ask("ada", "{}", at).expect("asked");
        match answer {
            true => ledger.answer(number, "done").expect("answered"),
            false => {
                assert!(ledger.take_request(number).expect("taken"));
                assert_eq!(ledger.drop_taken("ended").expect("one"), 1);
            }
        }
    }
    for sql in [
        "SELECT group_concat(name || temporary, '') FROM pulls",
        "SELECT group_concat(body, '') FROM requests",
    ] {
        let left: String = ledger
            .connection
            .query_row(sql, [], |row| row.get(0))
            .expect("rows");
        assert_eq!(left, "", "{sql}");
    }
}

#[test]
fn the_suite_purges_a_run_of_more_rows_than_one_transaction_deletes() {
    assert!(ROWS_AT_ONCE as u64 <= super::super::ledger_suite::retention::MANY);
}

/// What one commit brings: how many new ones, and which of the others change.
fn commits() -> impl Strategy<Value = Vec<(usize, Vec<prop::sample::Index>)>> {
    let size = prop_oneof![4 => 0..9usize, 2 => 0..200usize, 1 => 900..2_500usize];
    let changed = prop_oneof![4 => 0..9usize, 1 => 0..2_500usize];
    let changed = changed.prop_flat_map(|n| prop::collection::vec(any::<prop::sample::Index>(), n));
    prop::collection::vec((size, changed), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_store_holds_what_a_plain_table_would(commits in commits()) {
        let folder = SqliteFolder::new();
        let mut ledger = folder.sqlite();
        let mut table: BTreeMap<u32, (u64, String)> = BTreeMap::new();
        let mut kept = ledger.load_roster("main").expect("roster");
        for (turn, (new, changed)) in commits.into_iter().enumerate() {
            let mut states = Vec::new();
            let known = table.len();
            for index in changed.iter().filter(|_| known > 0) {
                let id = u32::try_from(index.index(known)).expect("few") + 1;
                let subject = table[&id].0;
                let shown = format!("S{subject}.{turn}");
                states.push((id, employee(subject, &shown)));
                table.insert(id, (subject, shown));
            }
            for _ in 0..new {
                let id = u32::try_from(table.len()).expect("few") + 1;
                let subject = u64::from(id) * 1_000;
                states.push((0, employee(subject, &format!("S{subject}"))));
                table.insert(id, (subject, format!("S{subject}")));
            }
            commit_states(&mut ledger, "main", kept.version(), &states).expect("committed");
            ledger.refresh_roster("main", &mut kept).expect("refreshed");
        }
        let fresh = ledger.load_roster("main").expect("roster");
        prop_assert_eq!(fresh.version(), kept.version());
        prop_assert_eq!(fresh.employees(), kept.employees());
        let subjects: Vec<_> = fresh.employees().iter().map(|e| (e.id, e.subscriber_hash)).collect();
        let want: Vec<_> = table.iter().map(|(id, (subject, _))| (*id, *subject)).collect();
        prop_assert_eq!(subjects, want);
        let ids: Vec<u32> = table.keys().rev().copied().collect();
        let fields = ledger.employees_fields("main", &ids).expect("fields");
        let want: Vec<_> = table.values().rev().map(|(_, shown)| vec![shown.clone()]).collect();
        prop_assert_eq!(fields, want);
        if let Some((id, (subject, shown))) = table.iter().nth(table.len() / 2) {
            let (found, fields) = ledger.find_employee("main", *subject).expect("read").expect("there");
            prop_assert_eq!(found.id, *id);
            prop_assert_eq!(fields, vec![shown.clone()]);
        }
        let sizes = "SELECT COUNT(*), COALESCE(SUM(entries), 0) FROM blocks";
        let (blocks, entries): (u32, u32) =
            ledger.connection.query_row(sizes, [], |r| Ok((r.get(0)?, r.get(1)?))).expect("read");
        let stored: u32 = ledger.connection
            .query_row("SELECT COALESCE(SUM(entries), 0) FROM stores", [], |r| r.get(0)).expect("read");
        prop_assert_eq!(entries, stored);
        let live = u32::try_from(table.len()).expect("few");
        prop_assert!(entries <= live * 3 / 2 + 2_000, "{} for {}", entries, live);
        prop_assert!(blocks <= entries / 1_000 + 3 * 8 + 30, "{} blocks of {} entries", blocks, entries);
    }
}
