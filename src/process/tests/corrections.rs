//! Corrections, however their rows are changed: nobody is made but who was rejected.

use super::{job_of, judging, ssn};
use crate::changeset::change::{Change, ChangeReader};
use crate::domain::{Kind, ReferenceId};
use crate::matching::corrections::Corrections;
use crate::matching::rejections::{OpenRejection, OpenRejections};
use crate::matching::roster::{Employee, Roster};
use crate::matching::traits::Trait;
use crate::validate::pattern::Pattern;
use proptest::prelude::*;

/// IDs of which some are others without their leading zeros.
const IDS: [&str; 6] = ["12", "012", "0012", "7", "07", "113"];
/// The run that rejects records; see [`judging::run`].
const RUN: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Ssn,
    Zip,
    Id,
}

/// Whose value a correction has in a column.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Own,
    WithoutZeros,
    Other(usize),
    New,
}

impl Sent {
    /// The value, as that of each person is.
    fn of(self, person: usize, people: usize, value: impl Fn(usize) -> String) -> String {
        match self {
            Sent::Own => value(person),
            Sent::WithoutZeros => value(person).trim_start_matches('0').to_owned(),
            Sent::Other(other) => value(other % people),
            Sent::New => value(people + 20 + person),
        }
    }
}

fn id(person: usize) -> String {
    let known = IDS.get(person).copied();
    known.map_or_else(|| format!("99{person}"), str::to_owned)
}

fn ssn_text(person: usize) -> String {
    ssn(u32::try_from(person).expect("small")).to_string()
}

fn username(person: usize) -> String {
    format!("user{person}")
}

fn name(person: usize) -> String {
    format!("Lee{}", ["a", "b"][person % 2])
}

/// A file of rows of ID, SSN, username and ZIP code, and the names of these people.
fn file(rows: &[(usize, [String; 4])]) -> String {
    let mut text = "subscriber_id,ssn,username,zip,first_name,last_name,birth_date,hire_date,employment_status,\
                    address_1,city,state\n"
        .to_owned();
    for (person, cells) in rows {
        text += &format!(
            "{},Ann,{},1980-01-02,2020-02-03,A,1 Elm St,{person},WI\n",
            cells.join(","),
            name(*person)
        );
    }
    text
}

/// What a run has left: who is known, and what is open.
fn after(changes: &[u8]) -> (Roster, Vec<OpenRejection>) {
    let mut reader = ChangeReader::new(changes);
    let (mut people, mut open) = (Vec::new(), Vec::new());
    while let Some(change) = reader.next_change().expect("whole") {
        match change {
            Change::Block { block, .. } => {
                let states = block.kind.keys(block.keys).expect("whole");
                people.extend(states.filter_map(|(_, s)| Some(Employee::load(0, s)?.0)));
            }
            Change::Rejection {
                record,
                line,
                key,
                traits,
                ..
            } => open.push(OpenRejection {
                row: record.cast_signed(),
                run: RUN,
                record,
                line,
                key,
                traits: Trait::read(traits).collect(),
            }),
            _ => {}
        }
    }
    let mut roster = Roster::new(people.len());
    for (id, person) in (1..).zip(people) {
        roster.put(Employee { id, ..person });
    }
    (roster, open)
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        5 => Just(Sent::Own),
        2 => Just(Sent::WithoutZeros),
        2 => (0usize..6).prop_map(Sent::Other),
        1 => Just(Sent::New),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        2 => Just(Fault::None),
        2 => Just(Fault::Ssn),
        2 => Just(Fault::Zip),
        1 => Just(Fault::Id),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nobody_is_made_but_who_was_rejected(
        faults in proptest::collection::vec(fault(), 1..7),
        corrections in proptest::collection::vec((0usize..6, sent(), sent(), sent()), 1..7),
    ) {
        let pattern = || Pattern::compile("[0-9]+").expect("a pattern");
        let people = faults.len();
        let wrong: Vec<(usize, [String; 4])> = faults.iter().enumerate().map(|(person, fault)| {
            let mut cells = [id(person), ssn_text(person), username(person), "53703".to_owned()];
            match fault {
                Fault::None => {}
                Fault::Ssn => cells[1] = "000123456".to_owned(),
                Fault::Zip => cells[3] = "1".to_owned(),
                Fault::Id => cells[0] = "bad id".to_owned(),
            }
            (person, cells)
        }).collect();
        let nobody = Roster::default();
        let mut job = job_of(Kind::Demographic, &nobody);
        job.fields.subscriber_id = pattern();
        let (_, files) = judging::run(&job, file(&wrong).as_bytes()).expect("judged");
        let (roster, open) = after(&files.0[3]);

        let rows: Vec<(usize, [String; 4])> = corrections.iter().map(|(person, i, s, u)| {
            let person = person % people;
            (person, [
                i.of(person, people, id),
                s.of(person, people, ssn_text),
                u.of(person, people, username),
                "53703".to_owned(),
            ])
        }).collect();
        let run = vec![(RUN, ReferenceId::new("20261120", RUN))];
        let known = Corrections::new(run, open.clone(), Vec::new());
        let mut job = job_of(Kind::Demographic, &roster);
        job.fields.subscriber_id = pattern();
        job.known.corrections = Some(&known);
        job.corrects = Some(RUN);
        let mut rejections = OpenRejections::new(open, &[]);
        let (_, files) = judging::run_with(&job, file(&rows).as_bytes(), &mut rejections).expect("judged");

        let mut written = csv::Reader::from_reader(&files.0[0][..]);
        let headers = written.headers().expect("titles").clone();
        let at = |name: &str| headers.iter().position(|h| h == name).expect("a column");
        let mut of_ids_in_doubt = 0;
        for row in written.records() {
            let row = row.expect("whole");
            let owner = (0..people).find(|p| row[at("subscriber_id")] == id(*p));
            match owner {
                Some(owner) if matches!(faults[owner], Fault::Ssn | Fault::Zip) => {
                    let same = row[at("ssn")].replace('-', "") == ssn_text(owner)
                        || row[at("username")] == username(owner)
                        || row[at("last_name")] == name(owner);
                    prop_assert!(same, "{row:?} has nothing of {owner}");
                }
                owner => {
                    prop_assert!(owner.is_none_or(|o| faults[o] == Fault::Id), "{row:?} was accepted before");
                    // Whose row it is, is what it says of the person: the SSN, and more than that.
                    let is_of = |p: usize| faults[p] == Fault::Id
                        && row[at("ssn")].replace('-', "") == ssn_text(p)
                        && (row[at("username")] == username(p) || row[at("last_name")] == name(p));
                    prop_assert!((0..people).any(is_of), "{row:?} makes somebody else");
                    of_ids_in_doubt += 1;
                }
            }
        }
        let in_doubt = faults.iter().filter(|f| **f == Fault::Id).count();
        prop_assert!(of_ids_in_doubt <= in_doubt, "more rows than were rejected");
    }
}
