//! Records whose SSN, subscriber ID or employer says nothing of who they are about.

use crate::people::{Record, csv, deduction, people, person, ssn, subscriber_id, username};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

const PLACEHOLDERS: &str = "[identity]\nssn = { placeholders = 'accept' }\n";

/// Record number, field and code of each finding.
fn found(outcome: &Outcome) -> Vec<String> {
    let rows = outcome.errors();
    let row =
        |r: &crate::scenario::ErrorRow| format!("{} {} {}", r.record.unwrap_or(0), r.field, r.code);
    rows.iter().map(row).collect()
}

#[test]
fn any_number_of_employees_may_have_the_same_placeholder() {
    let site = Scenario::new().and_config(PLACEHOLDERS);
    let numbers = [
        "000-00-0000",
        "000000000",
        "999-99-9999",
        "999 99 9999",
        "123-45-6789",
        "012-34-5678",
        "666666666",
        "111111111",
    ];
    let of = |n: usize| person(n + 1).with("ssn", numbers[n % numbers.len()]);
    let records: Vec<Record> = (0..16).map(of).collect();
    let first = site.send_people("hr.csv", &records, &[]);
    first.completed().buckets([16, 0, 0, 0]);
    assert_eq!(first.column("ssn")[..2], ["000000000", "000000000"]);
    let reversed: Vec<Record> = records.into_iter().rev().collect();
    site.send_people("again.csv", &reversed, &[])
        .completed()
        .buckets([0, 16, 0, 0]);
    // A deduction can have the number or the placeholder: neither is compared.
    let sent = deduction(1).with("ssn", "999999999");
    site.send_deductions("ded.csv", &[sent, deduction(2)], &[])
        .completed()
        .buckets([2, 0, 0, 0]);
    // The number comes later; from then on it is that of the employee.
    site.send_people("card.csv", &[person(1)], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
    let other = site.send_people("other.csv", &[person(2).with("ssn", ssn(1))], &[]);
    assert_eq!(found(&other), ["1 ssn SSN_IN_USE"]);
    let changed = site.send_people("changed.csv", &[person(1).with("ssn", ssn(99))], &[]);
    assert_eq!(found(&changed), ["1 ssn SSN_CHANGED"]);
}

#[test]
fn a_placeholder_in_place_of_a_known_number_is_told_and_the_number_stays_known() {
    let site = Scenario::new().and_config(PLACEHOLDERS);
    site.roster("hr.csv", csv(&people(2)));
    let lost = site.send_people("lost.csv", &[person(1).with("ssn", "999999999")], &[]);
    lost.completed().buckets([1, 0, 0, 0]);
    assert_eq!(found(&lost), ["1 ssn SSN_PLACEHOLDER"]);
    let other = site.send_people("other.csv", &[person(3).with("ssn", ssn(1))], &[]);
    assert_eq!(found(&other), ["1 ssn SSN_IN_USE"]);
    let mistyped = site.send_people("typo.csv", &[person(1).with("ssn", ssn(9))], &[]);
    assert_eq!(found(&mistyped), ["1 ssn SSN_CHANGED"]);
    let back = site.send_people("back.csv", &[person(1)], &[]);
    back.completed().buckets([1, 0, 0, 0]);
    assert_eq!(found(&back), [""; 0]);
}

#[test]
fn what_only_looks_like_a_placeholder_is_compared() {
    let lenient = "[identity]\nssn = { placeholders = 'accept', itin = 'accept' }\n";
    let site = Scenario::new().and_config(lenient);
    let records = [
        person(1).with("ssn", "123-45-6788"),
        person(2).with("ssn", "123-45-6788"),
        person(3).with("ssn", "900-70-0001"),
        person(4).with("ssn", "900-70-0001"),
        person(5).with("ssn", "000-00-0001"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let expected = [
        "1 ssn SSN_SHARED",
        "2 ssn SSN_SHARED",
        "3 ssn SSN_SHARED",
        "4 ssn SSN_SHARED",
        "5 ssn SSN_AREA",
        "5 ssn SSN_GROUP",
    ];
    assert_eq!(found(&outcome), expected);
}

#[test]
fn the_advice_for_a_word_in_place_of_a_number_names_what_the_site_takes() {
    let advice = |config: &str| {
        let site = Scenario::new().and_config(config);
        let word = person(1).with("ssn", "APPLIED FOR");
        let outcome = site.send_people("hr.csv", &[word, person(2).without("ssn")], &[]);
        let rows = outcome.errors();
        rows.iter()
            .map(|r| r.how_to_fix.clone())
            .collect::<Vec<_>>()
    };
    assert!(advice("").iter().all(|a| !a.contains("000-00-0000")));
    assert!(
        advice(PLACEHOLDERS)
            .iter()
            .all(|a| a.contains("000-00-0000"))
    );
}

#[test]
fn a_record_whose_id_cant_be_read_gets_that_finding_alone() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let bad = |id: &str| person(1).with("subscriber_id", id).with("city", "Verona");
    let outcome = site.send_people("bad.csv", &[bad(""), bad("N 10001"), bad("N#1")], &[]);
    let expected = [
        "1 subscriber_id REQUIRED_MISSING",
        "2 subscriber_id SUBSCRIBER_ID_FORMAT",
        "3 subscriber_id SUBSCRIBER_ID_FORMAT",
    ];
    assert_eq!(found(&outcome), expected);
    let bad = deduction(1).with("subscriber_id", "N 10001");
    let outcome = site.send_deductions("ded.csv", &[bad, deduction(2)], &[]);
    assert_eq!(found(&outcome), ["1 subscriber_id SUBSCRIBER_ID_FORMAT"]);
    // With an ID that can be read, the number is somebody else's.
    let other = person(1).with("subscriber_id", "N20001");
    let outcome = site.send_people("other.csv", &[other], &[]);
    assert_eq!(
        found(&outcome),
        ["1 ssn SSN_IN_USE", "1 username USERNAME_IN_USE"]
    );
}

#[test]
fn a_record_whose_id_cant_be_read_takes_part_in_looking_for_shared_identities() {
    let bad = |n: usize| person(n).with("subscriber_id", "N 1");
    let records = [
        person(1),
        bad(9).with("ssn", ssn(1)),
        person(2),
        bad(8).with("username", username(2).to_uppercase()),
        // Two of them may be the same person.
        bad(7),
        bad(7).with("city", "Verona"),
        person(3),
    ];
    let expected = [
        "1 ssn SSN_SHARED",
        "2 subscriber_id SUBSCRIBER_ID_FORMAT",
        "3 username USERNAME_SHARED",
        "4 subscriber_id SUBSCRIBER_ID_FORMAT",
        "5 subscriber_id SUBSCRIBER_ID_FORMAT",
        "6 subscriber_id SUBSCRIBER_ID_FORMAT",
    ];
    // The same for a first load and for people whom the roster knows.
    for known in [false, true] {
        let site = Scenario::new();
        if known {
            site.roster("hr.csv", csv(&people(3)));
        }
        let outcome = site.send_people("shared.csv", &records, &[]);
        assert_eq!(found(&outcome), expected);
    }
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let bad = deduction(2)
        .with("subscriber_id", "N 1")
        .with("ssn", ssn(1))
        .with("username", "nobody.else");
    let outcome = site.send_deductions("ded.csv", &[deduction(1), bad], &[]);
    // A person has many deductions, and is not two because of one whose ID can't be read.
    assert_eq!(found(&outcome), ["2 subscriber_id SUBSCRIBER_ID_FORMAT"]);
}

fn one_employer() -> Scenario {
    let keys = "eins = ['12-3456789', '12-3456780']";
    Scenario::new()
        .and_keys(DEMOGRAPHIC, keys)
        .and_keys(DEDUCTION, keys)
}

#[test]
fn records_of_other_employers_disturb_no_others() {
    const FOREIGN: &str = "98-7654321";
    let foreign = |n: usize| person(n).with("ein", FOREIGN);
    let site = one_employer();
    let records = [
        person(1),
        foreign(1),
        foreign(2),
        person(2).without("ein"),
        // Works for both, under another ID there.
        person(3),
        foreign(3).with("subscriber_id", "F3"),
        foreign(4).with("username", username(1)),
        foreign(4).with("city", "Verona"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let expected = [2, 3, 6, 7, 8].map(|n| format!("{n} ein EIN_FOREIGN"));
    assert_eq!(found(&outcome), expected);
    assert_eq!(
        outcome.column("subscriber_id"),
        [1, 2, 3].map(subscriber_id)
    );
    // Nor do they meet the roster.
    let outcome = site.send_people("next.csv", &[foreign(9).with("ssn", ssn(1))], &[]);
    assert_eq!(found(&outcome), ["1 ein EIN_FOREIGN"]);
    let foreign = |n: usize| deduction(n).with("ein", FOREIGN);
    let records = [
        deduction(1),
        foreign(1).with("employee_amount", "1.00"),
        foreign(20),
        deduction(2).with("ein", "12-3456780"),
        deduction(2),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    assert_eq!(found(&outcome), ["2 ein EIN_FOREIGN", "3 ein EIN_FOREIGN"]);
    outcome.buckets([3, 0, 0, 2]);
}

#[test]
fn two_of_our_employers_are_still_a_conflict() {
    let site = one_employer();
    let records = [person(1), person(1).with("ein", "12-3456780")];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let expected = ["1 ein PRIMARY_EIN_CONFLICT", "2 ein PRIMARY_EIN_CONFLICT"];
    assert_eq!(found(&outcome), expected);
}

#[test]
fn an_employer_that_cant_be_read_is_not_a_blank_one() {
    let site = Scenario::new();
    let mistyped = |n: usize| person(n).with("ein", "12-34567");
    let records = [
        person(1).without("ein"),
        mistyped(1),
        mistyped(2),
        // It may well be one of ours: its number counts.
        mistyped(9).with("ssn", ssn(3)),
        person(3),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let expected = [
        "2 ein EIN_INVALID",
        "3 ein EIN_INVALID",
        "4 ein EIN_INVALID",
        "4 ssn SSN_SHARED",
        "5 ssn SSN_SHARED",
    ];
    assert_eq!(found(&outcome), expected);
    // Its correction is known again.
    let name = crate::round_trip::name_of_rejects(&outcome);
    let corrected = site
        .inbound(DEMOGRAPHIC, &name, csv(&[person(2), person(3), person(9)]))
        .run(DEMOGRAPHIC, &[]);
    corrected.completed().buckets([3, 0, 0, 0]);
    let listed = site.feedgate(&["rejects", outcome.reference(), "--json"]);
    let open = listed.summaries.iter().filter(|r| r["closed_by"].is_null());
    assert_eq!(open.count(), 1, "{listed:?}");

    let mistyped = deduction(1).with("ein", "12-34567");
    let records = [deduction(1), mistyped.with("employee_amount", "1.00")];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    assert_eq!(found(&outcome), ["2 ein EIN_INVALID"]);
}
