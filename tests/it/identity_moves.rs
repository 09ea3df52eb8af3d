//! SSNs and usernames that move from one employee to another within a file.

use crate::people::{Record, csv, deduction, people, person, ssn, username};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};

fn site(change: &str, known: &[Record]) -> Scenario {
    let site = Scenario::new().and_config(&format!("[identity.ssn]\nchange = '{change}'\n"));
    site.roster("hr.csv", csv(known));
    site
}

/// Subscriber and code of each error.
fn errors(outcome: &Outcome) -> Vec<(String, String)> {
    let rows = outcome.errors().into_iter();
    let mut all: Vec<_> = rows
        .filter(|r| r.severity == "error")
        .map(|r| (r.subscriber_id, r.code))
        .collect();
    all.sort();
    all
}

fn error(n: usize, code: &str) -> (String, String) {
    (crate::people::subscriber_id(n), code.to_owned())
}

#[test]
fn two_employees_whose_ssns_were_swapped_are_put_right_by_one_file() {
    let swapped = [person(1).with("ssn", ssn(2)), person(2).with("ssn", ssn(1))];
    let right = site("accept", &swapped);
    let both = right.send_people("both.csv", &people(2), &[]);
    both.completed().buckets([2, 0, 0, 0]);
    assert_eq!(errors(&both), []);
    right
        .send_deductions("ded.csv", &[deduction(1), deduction(2)], &[])
        .completed()
        .buckets([2, 0, 0, 0]);
    // One alone still takes what is the other's.
    let alone = site("accept", &swapped);
    let outcome = alone.send_people("one.csv", &[person(1)], &[]);
    assert_eq!(errors(&outcome), [error(1, "SSN_IN_USE")]);
    // The policy for changed SSNs applies to each; a rejected record gives nothing up.
    let strict = site("reject", &swapped);
    let outcome = strict.send_people("both.csv", &people(2), &[]);
    let expected = [
        error(1, "SSN_CHANGED"),
        error(1, "SSN_IN_USE"),
        error(2, "SSN_CHANGED"),
        error(2, "SSN_IN_USE"),
    ];
    assert_eq!(errors(&outcome), expected);
}

/// Each takes the number of the next, the last a new one.
fn chain(length: usize) -> Vec<Record> {
    let taking = |n: usize| person(n).with("ssn", ssn(if n < length { n + 1 } else { 900 }));
    (1..=length).map(taking).collect()
}

#[test]
fn a_chain_holds_as_long_as_every_record_of_it_is_accepted() {
    for reversed in [false, true] {
        let order = |mut records: Vec<Record>| {
            if reversed {
                records.reverse();
            }
            records
        };
        let whole = site("accept", &people(6));
        let outcome = whole.send_people("chain.csv", &order(chain(6)), &[]);
        outcome.completed().buckets([6, 0, 0, 0]);

        let broken = site("accept", &people(6));
        let mut records = chain(6);
        records[3] = records[3].clone().with("zip_code", "53");
        let outcome = broken.send_people("chain.csv", &order(records), &[]);
        let expected = [
            error(1, "SSN_IN_USE"),
            error(2, "SSN_IN_USE"),
            error(3, "SSN_IN_USE"),
            error(4, "ZIP_INVALID"),
        ];
        assert_eq!(errors(&outcome), expected);
        outcome.buckets([2, 0, 0, 4]);
        // The corrected rows move the rest.
        let name = crate::round_trip::name_of_rejects(&outcome);
        let corrected = broken
            .inbound(DEMOGRAPHIC, &name, csv(&order(chain(6)[..4].to_vec())))
            .run(DEMOGRAPHIC, &[]);
        corrected.completed().buckets([4, 0, 0, 0]);
    }
}

#[test]
fn usernames_move_like_ssns_and_new_employees_take_what_is_given_up() {
    let known = site("reject", &people(3));
    let records = [
        person(1).with("username", username(2)),
        person(2).with("username", username(1)),
        person(3).with("username", "a.new.name"),
        person(4).with("username", username(3).to_uppercase()),
    ];
    let outcome = known.send_people("names.csv", &records, &[]);
    outcome.completed().buckets([4, 0, 0, 0]);
    // Who is skipped gives nothing up, and nobody gets what is kept.
    let known = site("reject", &people(3));
    let records = [
        person(1)
            .with("username", "a.new.name")
            .with("exclude_from_batch_import", "yes"),
        person(4).with("username", username(1)),
        person(2),
        person(5).with("username", username(2)),
    ];
    let outcome = known.send_people("kept.csv", &records, &[]);
    let expected = [
        error(2, "USERNAME_SHARED"),
        error(4, "USERNAME_IN_USE"),
        error(5, "USERNAME_IN_USE"),
        error(5, "USERNAME_SHARED"),
    ];
    assert_eq!(errors(&outcome), expected);
}

#[test]
fn one_record_can_wait_for_two_others() {
    // The third takes the SSN of the first and the username of the second.
    let third = person(3).with("ssn", ssn(1)).with("username", username(2));
    let first = person(1).with("ssn", ssn(901));
    let second = person(2).with("username", "a.new.name");
    let known = site("accept", &people(3));
    let records = [third.clone(), first.clone(), second.clone()];
    known
        .send_people("three.csv", &records, &[])
        .completed()
        .buckets([3, 0, 0, 0]);
    let known = site("accept", &people(3));
    let records = [third, first, second.with("birth_date", "soon")];
    let outcome = known.send_people("three.csv", &records, &[]);
    let expected = [error(2, "DATE_INVALID"), error(3, "USERNAME_IN_USE")];
    assert_eq!(errors(&outcome), expected);
}
