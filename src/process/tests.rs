//! The rows of a file against each other and against the roster: whatever the workers and chunks, what plain maps say.

use super::JobSpec;
use super::job::{Known, Omission};
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

mod corrections;
#[path = "../../tests/support/judging.rs"]
mod judging;
mod lines;
mod linking;
mod mixed;
mod shapes;
mod texts;

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
        edited_dates: Vec::new(),
        moments: Vec::new(),
        blanks: Default::default(),
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
        accounts: None,
        levels: None,
        ssn_change: Policy::Warn,
        rehire: RehirePolicy::Accept,
        corrections: None,
        reopened: None,
    };
    judging::job(kind, fields, known)
}

/// Everything a run tells, comparable.
fn run(roster: &Roster, text: &str, workers: usize, chunk: usize) -> ([Vec<u8>; 5], String) {
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

/// How many of the roster's people a full file lacks, and of how many rejected records it is in doubt whose they are. A
/// record of town 9 is rejected.
fn missing(rows: &[Drawn], roster: &[Drawn]) -> (u64, u64) {
    let findings = expected(rows, roster);
    // Those of a copy are those of the row it is a copy of.
    let codes = |row: &Drawn| -> Vec<Code> {
        let first = rows.iter().position(|r| r == row).map(|i| i as u64 + 1);
        let of = findings.iter().filter(|f| Some(f.0) == first);
        of.filter_map(|f| Code::parse(f.1)).collect()
    };
    let (mut present, mut in_doubt) = (HashSet::new(), 0);
    for row in rows {
        let (subject, ssn, username, _, city) = row;
        let codes = codes(row);
        let rejected = *city == 9 || codes.iter().any(|c| *c != Code::SsnChanged);
        let mut people: BTreeSet<u32> = BTreeSet::new();
        let all = roster.iter().map(|r| r.0);
        people.extend(all.filter(|r| r == subject));
        if rejected {
            let by_others: BTreeSet<u32> = roster
                .iter()
                .filter(|r| r.1 == *ssn || r.2 == *username)
                .map(|r| r.0)
                .collect();
            let contested = [Code::DuplicateConflict, Code::PrimaryEinConflict];
            let contested = codes.iter().any(|c| contested.contains(c));
            let by_id_alone = by_others.is_empty() && !people.is_empty();
            people.extend(by_others);
            in_doubt += u64::from(people.len() > 1 || (by_id_alone && contested));
        }
        present.extend(people);
    }
    (
        roster.iter().filter(|r| !present.contains(&r.0)).count() as u64,
        in_doubt,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nobody_is_missing_whom_a_rejected_record_points_to(
        people in proptest::collection::vec(drawn(), 0..6),
        rows in proptest::collection::vec((drawn(), proptest::bool::weighted(0.4)), 0..10),
    ) {
        let [mut subjects, mut ssns, mut usernames] = [(); 3].map(|()| HashSet::new());
        let people: Vec<Drawn> = people
            .into_iter()
            .filter(|p| subjects.insert(p.0) & ssns.insert(p.1) & usernames.insert(p.2))
            .collect();
        let rows: Vec<Drawn> = rows
            .into_iter()
            .map(|((s, n, u, e, c), bad)| (s, n, u, e, if bad { 9 } else { c }))
            .collect();
        // What a rejected record would give up stays taken, which the model of moves doesn't know.
        let gives_up = |row: &Drawn| {
            let mut owners = people.iter().filter(|p| p.0 != row.0 && (p.1 == row.1 || p.2 == row.2));
            owners.any(|p| rows.iter().any(|r| r.0 == p.0 && r.4 == 9))
        };
        prop_assume!(!rows.iter().any(gives_up));
        let roster = roster_of(&people);
        let text = file(&rows).replace("Town9,WI,53703", "Town9,WI,1");
        for (workers, chunk) in [(1, 1 << 20), (2, 333)] {
            let mut job = job(&roster, workers, chunk);
            (job.omission, job.origin) = (Some(Omission::Report), 0);
            let (outcome, _) = judging::run(&job, text.as_bytes()).expect("judged");
            prop_assert_eq!((outcome.missing, outcome.in_doubt), missing(&rows, &people));
        }
    }
}

/// What a sender says of an employee: subscriber, year of hire, year of the original hire, whether still there, city.
type Told = (u32, u32, Option<u32>, bool, u32);

fn told(rows: &[Told]) -> String {
    let mut text =
        "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,original_hire_date,\
                    employment_status,termination_date,ein,address_1,city,state,zip\n"
            .to_owned();
    for (subject, hired, original, there, city) in rows {
        let original = original.map_or(String::new(), |year| format!("{year}-02-03"));
        let status = if *there { "A," } else { "T,2026-03-04" };
        text += &format!(
            "S{subject},user{subject},{},Ann,Lee,1980-01-02,{hired}-02-03,{original},{status},10-0000001,1 Elm St,Town{city},WI,53703\n",
            ssn(*subject)
        );
    }
    text
}

/// Puts the changes of a run into the roster as a ledger does.
fn store(roster: &mut Roster, changes: &[u8]) {
    let mut reader = ChangeReader::new(changes);
    while let Some(change) = reader.next_change().expect("whole") {
        let Change::Block { block, .. } = change else {
            continue;
        };
        for (id, stored, _) in block.entries().expect("whole") {
            let new = u32::try_from(roster.employees().len()).expect("few") + 1;
            let id = if id == 0 { new } else { id };
            let (employee, _) = Employee::load(id, stored).expect("whole");
            roster.put(employee);
        }
    }
}

/// The output rows of a file by subscriber.
fn written(
    roster: &Roster,
    rows: &[Told],
    qualify_delta: bool,
) -> (HashMap<String, csv::StringRecord>, Vec<u8>) {
    let mut job = job(roster, 1, 1 << 20);
    job.qualify_delta = qualify_delta;
    let (_, files) = judging::run(&job, told(rows).as_bytes()).expect("judged");
    let [output, _, _, changes, _] = files.0;
    let mut reader = csv::Reader::from_reader(&output[..]);
    let rows = reader.records().map(|row| row.expect("a row"));
    (rows.map(|row| (row[0].to_owned(), row)).collect(), changes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    /// Whatever came before, a record that says nothing new is written as it was written last, and changes nothing: what
    /// was filled in stays.
    #[test]
    fn a_record_without_change_is_written_as_before_and_stores_nothing(
        files in proptest::collection::vec(
            proptest::collection::btree_map(
                1u32..3,
                (2010u32..2013, proptest::option::weighted(0.2, 2005u32..2011), any::<bool>(), 0u32..2),
                1..3,
            ),
            1..9,
        ),
    ) {
        let mut roster = Roster::default();
        let mut last = HashMap::new();
        for file in files {
            let rows: Vec<Told> = file.into_iter().map(|(s, (h, o, t, c))| (s, h, o, t, c)).collect();
            let (new, changes) = written(&roster, &rows, true);
            store(&mut roster, &changes);
            last.extend(new);
            let before = roster.employees().to_vec();
            let (again, changes) = written(&roster, &rows, false);
            store(&mut roster, &changes);
            prop_assert_eq!(roster.employees(), &before[..]);
            prop_assert_eq!(again.len(), rows.len());
            for (subject, row) in again {
                prop_assert_eq!(Some(&row), last.get(&subject));
            }
        }
    }
}
