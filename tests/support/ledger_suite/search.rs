//! Employees are found by words, whatever has become of them and of the index.

use super::rosters::commit_states;
use super::*;
use crate::changeset::search_words::each_term;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

/// What happens to a roster between two searches.
#[derive(Clone, Debug)]
enum Step {
    /// A run accepts these: each by its place among those known, beyond them as a new one, with names.
    Commit(Vec<(prop::sample::Index, [usize; 2])>),
    /// A run accepts everybody with this last name.
    RenameAll(usize),
    Remove(prop::sample::Index),
    /// The index is brought so many steps nearer.
    Extend(usize),
}

const NAMES: [&str; 8] = [
    "Ada",
    "adam",
    "Bea",
    "O'Neil-Smith",
    "Zoë",
    "van Dyk",
    "",
    "b",
];

/// Subscriber and stored fields by number.
type Known = BTreeMap<u32, (u64, Vec<u8>)>;

fn state(subject: u64, names: [usize; 2]) -> Vec<u8> {
    let mut state = super::employee(subject, &format!("S-{subject}"));
    let [first, last] = names.map(|name| NAMES[name]);
    let email = format!("{first}.{last}@x{}.org", subject % 3);
    let fields = [
        "user",
        "4321",
        "0012",
        first,
        last,
        "A",
        "2020-01-31",
        "",
        "",
        "",
        &email,
        "",
    ];
    for field in fields {
        shown::push(&mut state, field.as_bytes());
    }
    state
}

fn step() -> impl Strategy<Value = Step> {
    let names = prop::array::uniform2(0..NAMES.len());
    let changed = (any::<prop::sample::Index>(), names);
    prop_oneof![
        8 => prop::collection::vec(changed, 1..9).prop_map(Step::Commit),
        1 => (0..NAMES.len()).prop_map(Step::RenameAll),
        2 => any::<prop::sample::Index>().prop_map(Step::Remove),
        6 => (1..9usize).prop_map(Step::Extend),
    ]
}

fn commit(ledger: &mut dyn Ledger, known: &mut Known, changed: &[(Option<u32>, u64, [usize; 2])]) {
    let base = ledger.load_roster("main").expect("roster").version();
    let states: Vec<_> = changed
        .iter()
        .map(|(id, subject, names)| (id.unwrap_or(0), state(*subject, *names)))
        .collect();
    commit_states(ledger, "main", base, &states).expect("committed");
    let mut next = known.keys().last().copied().unwrap_or(0);
    for ((id, subject, _), (_, state)) in changed.iter().zip(states) {
        let id = id.unwrap_or_else(|| {
            next += 1;
            next
        });
        let (_, fields) = Employee::load(id, &state).expect("a state");
        known.insert(id, (*subject, fields.to_vec()));
    }
}

fn take(ledger: &mut dyn Ledger, known: &mut Known, step: &Step) {
    match step {
        Step::Commit(changed) => {
            let mut all = BTreeMap::new();
            let mut last = known.keys().last().copied().unwrap_or(0);
            for (at, names) in changed {
                let place = at.index(known.len() + 5);
                let old = known
                    .iter()
                    .nth(place)
                    .map(|(id, (subject, _))| (*id, *subject));
                let old = old.filter(|(_, subject)| *subject != 0);
                let (id, subject) = match old {
                    Some((id, subject)) => (Some(id), subject),
                    None => {
                        last += 1;
                        (None, 100 * u64::from(last))
                    }
                };
                all.insert(subject, (id, subject, *names));
            }
            let all: Vec<_> = all.into_values().collect();
            commit(ledger, known, &all);
        }
        Step::RenameAll(name) => {
            let here = known.iter().filter(|(_, (subject, _))| *subject != 0);
            let all: Vec<_> = here
                .map(|(id, (subject, _))| (Some(*id), *subject, [0, *name]))
                .collect();
            if !all.is_empty() {
                commit(ledger, known, &all);
            }
        }
        Step::Remove(at) if !known.is_empty() => {
            let (id, (subject, _)) = known.iter().nth(at.index(known.len())).expect("one");
            let (id, subject) = (*id, *subject);
            let edit = RosterEdit {
                roster: "main",
                subject,
                into: None,
            };
            let event = Event {
                at: moment("2026-11-20T05:30:00-05:00"),
                user: "ada".into(),
                action: EventAction::EmployeeRemoved,
                subject: "~aaaaaaaa".into(),
                why: None,
            };
            let removed = subject != 0 && ledger.remove_employee(&edit, &event).expect("removed");
            assert_eq!(removed, subject != 0);
            known.insert(id, (0, Vec::new()));
        }
        Step::Remove(_) => {}
        Step::Extend(times) => {
            for _ in 0..*times {
                if !ledger.extend_index("main").expect("extended") {
                    assert!(!ledger.is_index_behind("main").expect("read"));
                }
            }
        }
    }
}

fn check(ledger: &dyn Ledger, known: &Known) {
    for text in [
        "a", "ada", "bea zo", "o'neil", "smith", "12", "x1", "s-100", "b@x", "4321", "dyk van",
    ] {
        let words = SearchWords::of(text).expect("words");
        let found = ledger.search_employees("main", &words).expect("read");
        let found: Vec<u32> = found.positions().map(|at| at as u32).collect();
        let has = |fields: &[u8]| {
            let mut terms = Vec::new();
            each_term(fields, |term| terms.push(term.to_owned()));
            words.match_all(&terms)
        };
        let expected = known
            .iter()
            .filter(|(_, (subject, fields))| *subject != 0 && has(fields));
        let expected: Vec<u32> = expected.map(|(id, _)| *id).collect();
        assert_eq!(found, expected, "{text}");
    }
}

pub(in crate::ledger) fn what_is_found_is_what_reading_everybody_finds(backend: &dyn Backend) {
    let mut runner = TestRunner::new(Config {
        cases: 24,
        ..Config::default()
    });
    let history = prop::collection::vec(step(), 1..40);
    let outcome = runner.run(&history, |steps| {
        let backend = backend.another();
        let mut ledger = backend.open();
        let mut known = Known::new();
        for step in &steps {
            take(&mut *ledger, &mut known, step);
            check(&*ledger, &known);
        }
        let mut left = 200;
        while ledger.extend_index("main").expect("extended") {
            left -= 1;
            assert!(left > 0, "no end");
        }
        check(&*backend.open_for_reading(), &known);
        Ok(())
    });
    outcome.expect("the same");
}

pub(in crate::ledger) fn a_rewritten_roster_is_indexed_once_more(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let mut known = Known::new();
    let new: Vec<_> = (1..=400)
        .map(|n| (None, n * 100, [n as usize % 8, 1]))
        .collect();
    commit(&mut *ledger, &mut known, &new);
    assert!(ledger.is_index_behind("main").expect("read"));
    // Most of the entries are superseded, so that the roster is rewritten.
    for name in 0..8 {
        take(&mut *ledger, &mut known, &Step::RenameAll(name));
        take(&mut *ledger, &mut known, &Step::Extend(50));
        check(&*ledger, &known);
    }
    assert!(!ledger.is_index_behind("main").expect("read"));
    assert!(!ledger.is_index_behind("none").expect("read"));
    assert!(!ledger.extend_index("none").expect("nothing"));
}
