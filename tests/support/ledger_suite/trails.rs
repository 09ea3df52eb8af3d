//! What runs did to employees, and which columns they changed.

use super::*;
use crate::changeset::trail::{custom_number, without_prints};
use crate::domain::Action;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

/// Prints of two canonical columns and a custom one, 0 where a column is empty; `None`: no record came.
type Prints = Option<[u16; 3]>;

fn stored(prints: Prints) -> Vec<u8> {
    let Some([first, second, custom]) = prints else {
        return without_prints(Action::Deactivate).to_vec();
    };
    let mut out = without_prints(Action::Update).to_vec();
    let filled = u64::from(first > 0) | u64::from(second > 0) << 1;
    out.extend_from_slice(&filled.to_le_bytes());
    for print in [first, second].into_iter().filter(|print| *print > 0) {
        out.extend_from_slice(&print.to_le_bytes());
    }
    if custom > 0 {
        out.extend_from_slice(&custom_number("custom.badge").to_le_bytes());
        out.extend_from_slice(&custom.to_le_bytes());
    }
    out
}

/// A run that does this to employees by their numbers; those beyond `known` are new. Returns its number.
fn run(ledger: &mut dyn Ledger, day: i64, known: &mut u32, done: &BTreeMap<u32, Prints>) -> u32 {
    let start = moment("2026-01-01T05:30:00-05:00") + TimeDelta::days(day);
    let run = ledger
        .begin(&NewRun {
            start,
            ..new_run("hr")
        })
        .expect("run");
    let base = ledger.load_roster("main").expect("roster").version();
    let mut writer = ChangeWriter::new(Vec::new()).based_on(base);
    let name = Change::CustomColumn("custom.badge");
    writer.write(&name).expect("memory");
    for (number, prints) in done {
        let id = if number <= known { *number } else { 0 };
        *known = (*known).max(*number);
        let state = employee(u64::from(*number) * 10, "S");
        let change = Change::Employee { id, state: &state };
        writer
            .write_with_trail(&change, &stored(*prints))
            .expect("memory");
    }
    let bytes = writer.finish().expect("memory");
    let summary = summary(&run, RunStatus::Completed, 1, 0);
    let mut changes = ChangeReader::new(&bytes[..]);
    ledger
        .commit(run.number, &committed(&summary), Some(&mut changes), "main")
        .expect("committed");
    ledger.close(run.number).expect("closed");
    run.number
}

/// Run and columns of each step, by what all runs did.
fn expected(all: &[(u32, BTreeMap<u32, Prints>)], number: u32) -> Vec<(u32, Vec<String>)> {
    let columns = Kind::Demographic.columns();
    let names = [columns[0].name, columns[1].name, "custom.badge"];
    let mut before: Prints = None;
    let mut steps = Vec::new();
    for (run, done) in all {
        let Some(prints) = done.get(&number) else {
            continue;
        };
        let mut changed = Vec::new();
        if let (Some(before), Some(now)) = (before, prints) {
            let pairs = before.into_iter().zip(*now).zip(names);
            changed.extend(
                pairs
                    .filter(|((a, b), _)| a != b)
                    .map(|(_, name)| name.to_owned()),
            );
        }
        before = prints.or(before);
        steps.push((*run, changed));
    }
    steps
}

fn found(ledger: &dyn Ledger, number: u32) -> Vec<(u32, Vec<String>)> {
    let roster = ledger.load_roster("main").expect("roster");
    let (_, employee) = roster.find(u64::from(number) * 10).expect("known");
    let steps = ledger.trail_of("main", employee).expect("read");
    steps
        .into_iter()
        .map(|step| (step.run, step.columns))
        .collect()
}

pub(in crate::ledger) fn the_columns_that_changed_are_told_also_after_a_purge(
    backend: &dyn Backend,
) {
    let mut runner = TestRunner::new(Config {
        cases: 24,
        ..Config::default()
    });
    let prints = prop::option::weighted(0.8, prop::array::uniform3(0..3u16));
    let done = prop::collection::btree_map(1..30u32, prints, 1..20);
    let history = (
        prop::collection::vec(done, 1..12),
        any::<prop::sample::Index>(),
    );
    let outcome = runner.run(&history, |(runs, until)| {
        let backend = backend.another();
        let mut ledger = backend.open();
        let (mut known, mut all) = (0, Vec::new());
        for (day, done) in (0..).zip(&runs) {
            let dense = without_gaps(done, known);
            all.push((run(&mut *ledger, day, &mut known, &dense), dense));
        }
        for number in 1..=known {
            prop_assert_eq!(found(&*ledger, number), expected(&all, number));
        }
        let day = until.index(runs.len() + 1) as i64;
        let before = moment("2026-01-01T05:30:00-05:00") + TimeDelta::days(day);
        ledger.purge_runs(before, 100).expect("purged");
        let gone = |run: u32| {
            let reference = ledger.reference(run).expect("known");
            ledger.run(&reference).expect("read").is_none()
        };
        let last = all
            .iter()
            .map(|(run, _)| *run)
            .filter(|run| gone(*run))
            .max();
        let kept = |steps: Vec<(u32, Vec<String>)>| -> Vec<(u32, Vec<String>)> {
            let newer = |(run, _): &(u32, _)| last.is_none_or(|last| *run > last);
            steps.into_iter().filter(newer).collect()
        };
        for number in 1..=known {
            let told = found(&*ledger, number);
            prop_assert_eq!(kept(told), kept(expected(&all, number)));
        }
        Ok(())
    });
    outcome.expect("the same");
}

/// New numbers follow each other.
fn without_gaps(done: &BTreeMap<u32, Prints>, old: u32) -> BTreeMap<u32, Prints> {
    let mut next = old;
    let mut all = BTreeMap::new();
    for (number, prints) in done {
        let number = if *number <= old {
            *number
        } else {
            next += 1;
            next
        };
        all.insert(number, *prints);
    }
    all
}

pub(in crate::ledger) fn old_entries_go_but_for_the_last_of_each_employee(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let mut known = 0;
    let mut runs = Vec::new();
    for day in 0..20 {
        let value = 1 + u16::try_from(day).expect("small");
        let done = (1..=50)
            .map(|number| (number, Some([value, 1, 0])))
            .collect();
        runs.push(run(&mut *ledger, day, &mut known, &done));
    }
    assert_eq!(found(&*ledger, 7).len(), 20);
    let before = moment("2026-01-01T05:30:00-05:00") + TimeDelta::days(18);
    ledger.purge_runs(before, 100).expect("purged");
    let first = Kind::Demographic.columns()[0].name.to_owned();
    for number in [1, 7, 50] {
        let told = found(&*ledger, number);
        let [base, newer @ ..] = &told[..] else {
            panic!("nothing");
        };
        assert!(base.0 <= runs[17] && base.1.is_empty(), "{told:?}");
        let expected = [runs[18], runs[19]].map(|run| (run, vec![first.clone()]));
        assert_eq!(newer, expected);
    }
    assert_eq!(
        ledger.trail_of("none", &Employee::default()).expect("read"),
        []
    );
}
