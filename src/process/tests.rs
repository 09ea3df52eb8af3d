//! The rows of a file against each other and against the roster: whatever the workers and chunks, what plain maps say.

use super::JobSpec;
use super::job::Known;
use super::record::{ssn_hash, subscriber_hash};
use crate::changeset::change::{Change, ChangeReader};
use crate::domain::keyed_hash::HashedType;
use crate::domain::{Code, Kind};
use crate::matching::identity_moves::RehirePolicy;
use crate::matching::roster::{Employee, Roster};
use crate::validate::FieldRules;
use crate::validate::date::DateForm;
use crate::validate::pattern::Pattern;
use crate::validate::ssn::{Policy, SsnRules};
use judging::KEY;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

#[path = "../../tests/support/judging.rs"]
mod judging;
mod lines;
mod mixed;

/// Subscriber, SSN, username, EIN, city: small numbers, so that much is shared.
type Drawn = (u32, u32, u32, u32, u32);

fn ssn(n: u32) -> u32 {
    521_341_230 + n
}

fn file(rows: &[Drawn]) -> String {
    let mut text =
        "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,\
                    ein,address_1,city,state,zip\n"
            .to_owned();
    for (subject, number, username, ein, city) in rows {
        let number = ssn(*number);
        text += &format!(
            "S{subject},user{username},{number},Ann,Lee,1980-01-02,2020-02-03,A,10-000000{ein},1 Elm St,\
             Town{city},WI,53703\n"
        );
    }
    text
}

fn job(roster: &Roster, workers: usize, chunk_bytes: usize) -> JobSpec<'_> {
    let mut job = job_of(Kind::Demographic, roster);
    job.reading.chunk_bytes = chunk_bytes;
    job.workers = workers;
    job
}

fn job_of(kind: Kind, roster: &Roster) -> JobSpec<'_> {
    let fields = FieldRules {
        subscriber_id: Pattern::compile(".+").expect("a pattern"),
        username: Pattern::compile(".+").expect("a pattern"),
        ssn: SsnRules {
            placeholders: Policy::Warn,
            itin: Policy::Warn,
            restore_leading_zeros: false,
        },
        dates: DateForm::compile("%Y-%m-%d").into_iter().collect(),
        moments: Vec::new(),
        no_dates: Default::default(),
        open_dates: Default::default(),
        today: judging::today(),
        eins: Vec::new(),
        cross: Vec::new(),
        not_required: Vec::new(),
        allow_negative: false,
        dash_is_zero: false,
        amounts: Default::default(),
    };
    let known = Known {
        roster: Some(roster),
        deductions: None,
        ssn_change: Policy::Warn,
        rehire: RehirePolicy::Accept,
    };
    judging::job(kind, fields, known)
}

/// Everything a run tells, comparable.
fn run(roster: &Roster, text: &str, workers: usize, chunk: usize) -> ([Vec<u8>; 4], String) {
    let job = job(roster, workers, chunk);
    let (outcome, files) = judging::run(&job, text.as_bytes()).expect("judged");
    (files.0, format!("{outcome:?}"))
}

fn findings(changes: &[u8]) -> BTreeSet<(u64, &'static str)> {
    let mut reader = ChangeReader::new(changes);
    let mut found = BTreeSet::new();
    while let Some(change) = reader.next_change().expect("whole") {
        if let Change::Finding(finding) = change {
            found.insert((finding.record, finding.code.as_str()));
        }
    }
    found
}

/// What plain maps say of the rows: all are taken for accepted first, then all but those that are rejected, until nothing
/// changes.
fn expected(rows: &[Drawn], roster: &[Drawn]) -> BTreeSet<(u64, &'static str)> {
    let mut rejected = HashSet::new();
    loop {
        let found = expected_without(&rejected, rows, roster);
        // A copy is skipped: its first row counts.
        let kept = |(_, code): &&(u64, &str)| *code != Code::SsnChanged.as_str();
        let next: HashSet<u64> = found
            .iter()
            .filter(kept)
            .map(|(number, _)| *number)
            .collect();
        if next == rejected {
            return found;
        }
        rejected = next;
    }
}

/// The findings, where SSNs and usernames are judged by the roster after the file without some of its rows.
fn expected_without(
    rejected: &HashSet<u64>,
    rows: &[Drawn],
    roster: &[Drawn],
) -> BTreeSet<(u64, &'static str)> {
    let mut accepted = (1u64..)
        .zip(rows)
        .filter(|(number, _)| !rejected.contains(number));
    let accepted: Vec<&Drawn> = accepted.by_ref().map(|(_, row)| row).collect();
    let after = |known: &Drawn| {
        let row = accepted.iter().find(|row| row.0 == known.0);
        row.map_or((known.1, known.2), |row| (row.1, row.2))
    };
    let mut first: HashMap<(u32, u32), Drawn> = HashMap::new();
    let mut conflicts = HashSet::new();
    let mut eins: HashMap<u32, HashSet<u32>> = HashMap::new();
    let mut ssns: HashMap<u32, HashSet<u32>> = HashMap::new();
    let mut usernames: HashMap<u32, HashSet<u32>> = HashMap::new();
    for row in rows {
        let (subject, ssn, username, ein, _) = *row;
        if first.entry((subject, ein)).or_insert(*row) != row {
            conflicts.insert((subject, ein));
        }
        eins.entry(subject).or_default().insert(ein);
        ssns.entry(ssn).or_default().insert(subject);
        usernames.entry(username).or_default().insert(subject);
    }
    let mut found = BTreeSet::new();
    let mut seen = HashSet::new();
    for (number, row) in (1..).zip(rows) {
        let (subject, ssn, username, ein, _) = *row;
        let conflict = conflicts.contains(&(subject, ein));
        if !seen.insert(*row) && !conflict {
            found.insert((number, Code::DuplicateRow.as_str()));
            continue;
        }
        let others = || roster.iter().filter(|r| r.0 != subject);
        let own = roster.iter().find(|r| r.0 == subject);
        for (holds, code) in [
            (conflict, Code::DuplicateConflict),
            (eins[&subject].len() > 1, Code::PrimaryEinConflict),
            (ssns[&ssn].len() > 1, Code::SsnShared),
            (usernames[&username].len() > 1, Code::UsernameShared),
            (
                others().any(|r| r.1 == ssn && after(r).0 == ssn),
                Code::SsnInUse,
            ),
            (
                others().any(|r| r.2 == username && after(r).1 == username),
                Code::UsernameInUse,
            ),
            (own.is_some_and(|r| r.1 != ssn), Code::SsnChanged),
        ] {
            if holds {
                found.insert((number, code.as_str()));
            }
        }
    }
    found
}

/// The roster after a file of these rows was accepted, one row each.
fn roster_of(people: &[Drawn]) -> Roster {
    let (files, _) = run(&Roster::default(), &file(people), 1, 1 << 20);
    let mut reader = ChangeReader::new(&files[3][..]);
    let mut contents = Vec::new();
    while let Some(change) = reader.next_change().expect("whole") {
        if let Change::Block { block, .. } = change {
            let states = block.kind.keys(block.keys).expect("whole");
            contents.extend(
                states
                    .filter_map(|(_, s)| Employee::load(0, s))
                    .map(|(e, _)| e),
            );
        }
    }
    let mut roster = Roster::new(people.len());
    for (id, (subject, number, username, _, _)) in (1..).zip(people) {
        let subscriber_hash =
            subscriber_hash(&KEY, format!("S{subject}").as_bytes()).expect("not empty");
        let name = format!("user{username}");
        // People who shared something were not accepted: they have another content.
        let accepted = contents
            .iter()
            .find(|e| e.subscriber_hash == subscriber_hash);
        roster.put(Employee {
            id,
            subscriber_hash,
            content: accepted.map_or(1, |e| e.content),
            ssn: ssn_hash(&KEY, ssn(*number)),
            username: KEY.hash_lower_case(HashedType::Username, name.as_bytes()),
            terminated: Employee::OPEN,
            ..Employee::default()
        });
    }
    roster
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let free = (1u32..7, 1u32..8, 1u32..8, 1u32..3, 0u32..2);
    // Mostly a person says what belongs to that person.
    let own = (1u32..7, 0u32..9).prop_map(|(s, c)| (s, s, s, 1, u32::from(c == 0)));
    // Some have what belongs to the next, as after a column was shifted.
    let shifted = (1u32..7, any::<bool>(), any::<bool>()).prop_map(|(s, ssn, name)| {
        let next = |shifted: bool| if shifted { s % 6 + 1 } else { s };
        (s, next(ssn), next(name), 1, 0)
    });
    prop_oneof![1 => free, 3 => own, 2 => shifted]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn the_same_for_any_workers_and_chunks_and_as_plain_maps_say(
        people in proptest::collection::vec(drawn(), 0..6),
        rows in proptest::collection::vec(drawn(), 0..25),
    ) {
        let mut subjects = HashSet::new();
        let people: Vec<Drawn> = people.into_iter().filter(|p| subjects.insert(p.0)).collect();
        let roster = roster_of(&people);
        let text = file(&rows);
        let (files, outcome) = run(&roster, &text, 1, 1 << 20);
        prop_assert_eq!(findings(&files[3]), expected(&rows, &people));
        let distinct: HashSet<u32> = rows.iter().map(|r| r.0).collect();
        let told = format!(" employees: {},", distinct.len());
        prop_assert!(outcome.contains(&told), "{outcome}");
        for (workers, chunk) in [(1, 200), (2, 200), (2, 1024), (4, 333)] {
            let again = run(&roster, &text, workers, chunk);
            prop_assert_eq!(&again.0, &files);
            prop_assert_eq!(&again.1, &outcome);
        }
    }
}
