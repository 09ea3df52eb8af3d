//! The file: how it is made and opened, and what is refused.

use super::super::ledger_suite::new_run;
use super::super::{LedgerError, SqliteLedger};
use super::*;
use crate::ledger::roles::{RunHistory, RunSteps};
use crate::ledger::roster_roles::Employees;
use crate::ledger::transfer_roles::Outbox;
use std::os::unix::fs::MetadataExt;

#[test]
fn opened_twice_and_private() {
    let folder = SqliteFolder::new();
    let path = folder.path();
    let mut first = SqliteLedger::open(&path).expect("made");
    let second = SqliteLedger::open(&path).expect("opened beside");
    let run = first.begin(&new_run("hr")).expect("run");
    let seen = second.run(&run.reference).expect("read").expect("there");
    assert_eq!(seen.number, run.number);
    let mode = std::fs::metadata(&path).expect("file").mode();
    assert_eq!(mode & 0o777, 0o600);
    let page = second
        .connection
        .pragma_query_value(None, "page_size", |r| r.get::<_, u32>(0));
    assert_eq!(page.expect("read"), crate::ledger::PAGE);
}

#[test]
fn one_that_comes_and_goes_takes_nobodys_lock_away() {
    let folder = SqliteFolder::new();
    let path = folder.path();
    let stays = SqliteLedger::open(&path).expect("made");
    assert!(stays.outbox("nobody").expect("read").is_empty());
    let inode = format!(":{} ", std::fs::metadata(&path).expect("file").ino());
    let locks = || {
        let all = std::fs::read_to_string("/proc/locks").ok()?;
        Some(all.lines().filter(|l| l.contains(&inode)).count())
    };
    let before = locks();
    if before.is_none() {
        crate::skipped::skip("the system doesn't show its locks");
    }
    for open in [SqliteLedger::open, SqliteLedger::open_read_only] {
        drop(open(&path).expect("opened beside"));
        assert_eq!(locks(), before);
    }
    assert_ne!(before, Some(0));
}

#[test]
fn reading_only_makes_no_file_and_leaves_none_beside_the_ledger() {
    let folder = SqliteFolder::new();
    let path = folder.path();
    let mut none = SqliteLedger::open_read_only(&path).expect("empty");
    assert!(none.load_roster("main").expect("roster").is_empty());
    assert!(none.begin(&new_run("hr")).is_err());
    drop(none);
    assert!(!path.exists());

    let reference = {
        let mut ledger = SqliteLedger::open(&path).expect("made");
        ledger.begin(&new_run("hr")).expect("run").reference
    };
    let mut reader = SqliteLedger::open_read_only(&path).expect("opened");
    assert!(reader.run(&reference).expect("read").is_some());
    assert!(reader.begin(&new_run("hr")).is_err());
    drop(reader);
    let left: Vec<_> = std::fs::read_dir(folder.0.path())
        .expect("folder")
        .map(|e| e.expect("entry").file_name())
        .collect();
    assert_eq!(left, ["ledger.db"]);
}

#[test]
fn newer_older_and_foreign_files_are_refused_with_advice() {
    let folder = SqliteFolder::new();
    let path = folder.path();
    let set = |version: u32| {
        let ledger = rusqlite::Connection::open(&path).expect("open");
        ledger
            .pragma_update(None, "user_version", version)
            .expect("set");
    };
    drop(SqliteLedger::open(&path).expect("made"));
    set(99);
    let newer = SqliteLedger::open(&path).err().expect("refused");
    assert!(matches!(newer, LedgerError::Newer { found: 99, .. }));
    assert!(newer.to_string().contains("install the Feedgate"));
    assert!(SqliteLedger::open_read_only(&path).is_err());
    set(0);
    let older = SqliteLedger::open_read_only(&path).err().expect("refused");
    assert!(matches!(older, LedgerError::Older { .. }));

    let foreign = folder.0.path().join("foreign.db");
    std::fs::write(
        &foreign,
        "a text that is long enough to be no ledger".repeat(9),
    )
    .expect("write");
    let refused = SqliteLedger::open(&foreign).err().expect("refused");
    assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
    let nowhere = SqliteLedger::open(&folder.0.path().join("no/such/ledger.db"));
    assert!(matches!(nowhere.err(), Some(LedgerError::Open { .. })));
}

#[test]
fn a_full_day_is_refused() {
    let folder = SqliteFolder::new();
    let mut ledger = folder.sqlite();
    ledger.begin(&new_run("hr")).expect("run");
    ledger
        .connection
        .execute("UPDATE runs SET reference = '20261120-999999'", [])
        .expect("set");
    let refused = ledger.begin(&new_run("hr"));
    assert!(matches!(refused, Err(LedgerError::DayFull)));
}

#[test]
fn the_words_of_states_are_those_that_ledgers_hold() {
    use crate::ledger::row::text;
    use crate::ledger::{EndpointState, NameKind, Origin, Part, PullState, RunState, SendState};
    use {EndpointState as At, NameKind as Name, RunState as Run, SendState as Send};

    let runs = ["claimed", "delivering", "held", "closed"];
    let states = [Run::Claimed, Run::Delivering, Run::Held, Run::Closed];
    assert_eq!(states.map(text), runs);
    assert_eq!(runs.map(|word| word.parse()), states.map(Ok));
    let origins = ["inbound", "file", "archive", "none"];
    let all = [Origin::Inbound, Origin::File, Origin::Archive, Origin::None];
    assert_eq!(all.map(text), origins);
    assert_eq!(origins.map(|word| word.parse()), all.map(Ok));
    let sends = ["waiting", "renaming", "refused", "given up", "sent"];
    let states = [
        Send::Waiting,
        Send::Renaming,
        Send::Refused,
        Send::GivenUp,
        Send::Sent,
    ];
    assert_eq!(states.map(text), sends);
    assert_eq!(sends.map(|word| word.parse()), states.map(Ok));
    let endpoints = ["working", "failing", "stopped"];
    let states = [At::Working, At::Failing, At::Stopped];
    assert_eq!(states.map(text), endpoints);
    assert_eq!(endpoints.map(|word| word.parse()), states.map(Ok));
    let parts = ["inbound", "pull", "push", "target"];
    let all = [Part::Inbound, Part::Pull, Part::Push, Part::Target];
    assert_eq!(all.map(text), parts);
    assert_eq!(parts.map(|word| word.parse()), all.map(Ok));
    assert_eq!(
        [Name::Integration, Name::Roster].map(text),
        ["integration", "roster"]
    );
    let pulls = ["arrived", "ours"].map(|word| word.parse());
    assert_eq!(pulls, [PullState::Arrived, PullState::Ours].map(Ok));
}
