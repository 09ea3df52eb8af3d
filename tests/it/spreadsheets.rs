//! Rejects files that come back as a spreadsheet has saved them.

use crate::corrections::{column, correct, numbered, open, without_zeros};
use crate::people::{Record, csv, deduction, delimited, person, today, username};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use std::collections::BTreeSet;

/// A record as a spreadsheet saves it: numbers without leading zeros, dates as they are shown in the United States,
/// amounts as money.
fn as_saved(record: &Record, money: &[&str]) -> Record {
    let mut saved = without_zeros(record.clone());
    for (name, value) in &mut saved.cells {
        if let Ok(date) = value.parse::<chrono::NaiveDate>() {
            *value = date.format("%-m/%-d/%Y").to_string();
        }
        if money.contains(&name.as_str()) && !value.is_empty() {
            let (dollars, cents) = value.split_once('.').expect("cents");
            let (thousands, rest) = dollars.split_at(dollars.len().saturating_sub(3));
            let comma = if thousands.is_empty() { "" } else { "," };
            *value = format!("${thousands}{comma}{rest}.{cents}");
        }
    }
    saved
}

#[test]
fn dates_of_spreadsheets_are_read_in_corrections_alone() {
    let site = Scenario::new()
        .and_config("[integration.demographic-export.format]\ndates = [\"%Y-%m-%d\"]\n");
    let moment = "2026-01-05T10:00:00";
    let right = person(1)
        .with("birth_date", "1968-02-07")
        .with("last_changed_at", moment);
    let wrong = right.clone().with("zip_code", "1");
    let run = site.send_people("hr.csv", &[wrong], &[]);
    let saved = as_saved(&right, &["annual_salary"])
        .with("birth_date", "2/7/68")
        .with("last_changed_at", "1/5/2026 10:00");
    let regular = site.send_people("other.csv", std::slice::from_ref(&saved), &[]);
    assert_eq!(regular.codes(), ["DATE_INVALID"]);
    let second = correct(&site, &run, &[saved]);
    second.completed().buckets([1, 0, 0, 0]);
    let row = &second.rows()[0];
    for column in ["birth_date", "hire_date", "last_changed_at"] {
        assert_eq!(row[column], right.get(column), "{column}");
    }
}

#[test]
fn where_the_day_comes_first_dates_are_not_read_the_other_way_round() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.format]\ndates = [\"%d.%m.%Y\", \"%Y-%m-%d\"]\n",
    );
    let run = site.send_people("hr.csv", &[person(1).with("zip_code", "1")], &[]);
    let second = correct(&site, &run, &[person(1).with("birth_date", "3/4/1970")]);
    assert_eq!(second.codes(), ["DATE_INVALID"], "{second:?}");
}

/// Sends what a spreadsheet makes of a run's rejects, corrected as in `right`, and checks that every row is either taken
/// under the ID that it had, or refused with an answer.
fn round_trip(site: &Scenario, run: &Outcome, right: &[Record], money: &[&str]) -> Outcome {
    let saved: Vec<Record> = right.iter().map(|r| as_saved(r, money)).collect();
    let name = run.published_name("rejects");
    let integration = run.text("integration_name").to_owned();
    let second = site
        .inbound(&integration, &name, csv(&saved))
        .run(&integration, &[]);
    let rejected: BTreeSet<String> = right
        .iter()
        .map(|r| r.get("subscriber_id").to_owned())
        .collect();
    for row in second.rows() {
        assert!(
            rejected.contains(&row["subscriber_id"]),
            "nobody else: {row:?}"
        );
    }
    let told: BTreeSet<u64> = second
        .errors()
        .iter()
        .filter_map(|r| {
            assert!(!r.message.is_empty() && !r.how_to_fix.is_empty(), "{r:?}");
            r.record.filter(|_| r.severity == "error")
        })
        .collect();
    let taken = second.count("records_accepted");
    assert_eq!(taken + told.len() as u64, right.len() as u64, "{second:?}");
    second
}

#[test]
fn employees_whose_rejects_a_spreadsheet_has_saved() {
    let site = Scenario::new();
    let faults: [(&str, &str); 6] = [
        ("ssn", "000-12-3456"),
        ("hire_date", "soon"),
        ("zip_code", "1"),
        ("employment_status", "?"),
        ("subscriber_id", "bad id!"),
        ("annual_salary", "much"),
    ];
    let right: Vec<Record> = (1..=6)
        .map(|n| numbered(n).with("ssn", format!("0{}", 10_341_230 + n)))
        .collect();
    // A spreadsheet takes the zero of this ZIP code, and nobody can know that from the file.
    let right: Vec<Record> = right
        .into_iter()
        .enumerate()
        .map(|(i, r)| match i {
            1 => r.with("zip_code", "02134").with("state", "MA"),
            _ => r,
        })
        .collect();
    let wrong = right
        .iter()
        .zip(faults)
        .map(|(r, (column, value))| r.clone().with(column, value));
    let wrong: Vec<Record> = wrong.collect();
    // Who has these IDs without zeros is somebody else, and known.
    let others = [
        person(31).with("subscriber_id", "12001"),
        person(32).with("subscriber_id", "12003"),
    ];
    let run = site.send_people("hr.csv", &[&wrong[..], &others].concat(), &[]);
    run.ended(3, "Completed with Errors").buckets([2, 0, 0, 6]);
    let second = round_trip(&site, &run, &right, &["annual_salary"]);
    assert_eq!(
        second.count("records_created"),
        second.count("records_accepted")
    );
    let codes = second.findings();
    assert!(codes.contains_key("LEADING_ZEROS_RESTORED"), "{codes:?}");
    assert_eq!(codes.get("ZIP_INVALID"), Some(&1), "{codes:?}");
    // Where SSN or ID were wrong, nobody knows which zeros a spreadsheet has taken from the right ones.
    for code in ["SSN_LEADING_ZERO_LOST", "NOT_REJECTED"] {
        assert_eq!(codes.get(code), Some(&1), "{codes:?}");
    }
    assert_eq!(open(&site, &run), [1, 2, 5]);
}

#[test]
fn deductions_whose_rejects_a_spreadsheet_has_saved() {
    let site = Scenario::new();
    let people: Vec<Record> = (1..=4)
        .map(|n| numbered(n).with("ssn", format!("0{}", 10_341_230 + n)))
        .collect();
    let strangers = [
        person(31).with("subscriber_id", "12001"),
        person(32).with("subscriber_id", "12002"),
    ];
    site.roster("hr.csv", csv(&[&people[..], &strangers].concat()));
    let right: Vec<Record> = people
        .iter()
        .map(|p| {
            let own = ["subscriber_id", "username", "ssn"];
            let row = own
                .iter()
                .fold(deduction(1), |row, c| row.with(c, p.get(c)));
            row.with("deduction_code", "0042")
                .with("employee_amount", "1234.50")
        })
        .collect();
    let faults = [
        ("employee_amount", "x"),
        ("effective_date", "soon"),
        ("frequency", "??"),
        ("coverage_level", "??"),
    ];
    let wrong = right
        .iter()
        .zip(faults)
        .map(|(r, (column, value))| r.clone().with(column, value));
    let run = site.send_deductions("ded.csv", &wrong.collect::<Vec<_>>(), &[]);
    run.ended(3, "Completed with Errors").buckets([0, 0, 0, 4]);
    let second = round_trip(&site, &run, &right, &["employee_amount", "employer_amount"]);
    second.completed().buckets([4, 0, 0, 0]);
    let rows = second.rows();
    assert_eq!(column(&rows, "deduction_code"), ["0042"; 4]);
    assert_eq!(column(&rows, "employee_amount"), ["1234.50"; 4]);
    assert_eq!(
        column(&rows, "effective_date"),
        [&today().to_string()[..]; 4]
    );
    assert!(open(&site, &run).is_empty());
    assert_eq!(rows[2]["ssn"].replace('-', ""), people[2].get("ssn"));
    assert_ne!(username(1), rows[0]["username"]);
}

#[test]
fn a_number_of_more_digits_than_a_spreadsheet_keeps_is_refused_where_it_is_another_one() {
    let site = Scenario::new();
    let long = |n: usize, number: &str| person(n).with("employee_number", number);
    let right = [
        long(1, "1234567890123456"),
        long(2, "1234567890123460"),
        long(3, "123456789012345"),
    ];
    let wrong = right.clone().map(|r| r.with("zip_code", "1"));
    let run = site.send_people("hr.csv", &wrong, &[]);
    let saved = [
        long(1, "1234567890123460"),
        right[1].clone(),
        long(3, "123456789012346"),
    ];
    let second = correct(&site, &run, &saved);
    second
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(second.codes(), ["SPREADSHEET_NUMBER"]);
    assert_eq!(second.errors()[0].field, "employee_number");
    assert_eq!(open(&site, &run), [1]);
    let third = correct(&site, &second, &right[..1]);
    third.completed().buckets([1, 0, 0, 0]);
    assert!(open(&site, &run).is_empty());
}

#[test]
fn an_id_that_became_that_of_a_known_employee_is_none_that_was_taken_before() {
    let site = Scenario::new();
    // A spreadsheet reads 1E5 as 100000.
    let right = person(1).with("subscriber_id", "1E5");
    let known = person(2).with("subscriber_id", "100000");
    let wrong = right.clone().with("zip_code", "1");
    let run = site.send_people("hr.csv", &[wrong, known.clone()], &[]);
    let saved = right.clone().with("subscriber_id", "100000");
    let second = correct(&site, &run, &[saved]);
    assert_eq!(second.codes(), ["NOT_REJECTED"]);
    let meant = format!("record 1 of run {}", run.reference());
    assert!(second.errors()[0].message.contains(&meant), "{second:?}");
    let taken = correct(&site, &run, &[known]);
    assert_eq!(taken.codes(), ["ALREADY_ACCEPTED"]);
    assert_eq!(open(&site, &run), [1]);
    correct(&site, &run, &[right]).completed();

    // Another deduction of the same person is one that was taken before.
    let codes = ["DEN01", "MED01"];
    let [taken, open] = codes.map(|code| deduction(2).with("deduction_code", code));
    let [taken, open] = [taken, open].map(|r| r.with("subscriber_id", "100000"));
    let wrong = open.with("employee_amount", "much");
    let run = site.send_deductions("ded.csv", &[taken.clone(), wrong], &[]);
    run.ended(3, "Completed with Errors");
    let again = site.send_deductions(&run.published_name("rejects"), &[taken], &[]);
    assert_eq!(again.codes(), ["ALREADY_ACCEPTED"]);
}

#[test]
fn a_correction_may_have_the_sign_between_columns_that_a_spreadsheet_saves_with() {
    let site =
        Scenario::new().and_config("[integration.demographic-export.format]\ndelimiter = \"|\"\n");
    let wrong = delimited(&[person(1).with("zip_code", "1"), person(2)], b'|');
    let first = site
        .inbound(DEMOGRAPHIC, "hr.csv", wrong)
        .run(DEMOGRAPHIC, &[]);
    first.buckets([1, 0, 0, 1]);
    for (n, delimiter) in [(1, b','), (2, b';'), (3, b'|')] {
        let name = first.published_name("rejects");
        let corrected = delimited(
            &[person(1).with("first_name", format!("Ann {n}"))],
            delimiter,
        );
        let second = site
            .inbound(DEMOGRAPHIC, &name, corrected)
            .run(DEMOGRAPHIC, &[]);
        match n {
            1 => drop(second.completed().buckets([1, 0, 0, 0])),
            _ => assert_eq!(second.codes(), ["ALREADY_ACCEPTED"], "{second:?}"),
        }
    }
    // A regular file keeps to the sign of its sender.
    let other = site.inbound(DEMOGRAPHIC, "other.csv", csv(&[person(3)]));
    assert_eq!(other.run(DEMOGRAPHIC, &[]).status(), "Failed");
}
