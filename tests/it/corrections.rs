//! What comes back as a correction: which rejected record each row belongs to, and what spreadsheets do to the rows.

use crate::people::{Record, csv, deduction, people, person, ssn, table};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use std::collections::BTreeSet;

/// An employee whose ID, username and number begin with zeros.
pub(crate) fn numbered(n: usize) -> Record {
    person(n)
        .with("subscriber_id", format!("00{}", 12_000 + n))
        .with("employee_number", format!("0{}", 700 + n))
        .with("username", format!("0{}", 40_000 + n))
}

/// The record as a spreadsheet saves it that takes numbers for numbers.
pub(crate) fn without_zeros(record: Record) -> Record {
    let cells = record.cells.iter().map(|(name, value)| {
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let value = match value.trim_start_matches('0') {
            _ if !digits => value.clone(),
            "" => "0".to_owned(),
            rest => rest.to_owned(),
        };
        (name.clone(), value)
    });
    Record {
        cells: cells.collect(),
    }
}

/// The numbers of a run's records that are still open.
pub(crate) fn open(site: &Scenario, run: &Outcome) -> Vec<u64> {
    let listed = site.feedgate(&["rejects", run.reference(), "--json"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let open = listed.summaries.iter().filter(|r| r["closed_by"].is_null());
    open.filter_map(|r| r["record"].as_u64()).collect()
}

pub(crate) fn correct(site: &Scenario, run: &Outcome, records: &[Record]) -> Outcome {
    site.send_people(&run.published_name("rejects"), records, &[])
}

pub(crate) fn column<'a>(
    rows: &'a [std::collections::BTreeMap<String, String>],
    name: &str,
) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str()).collect()
}

#[test]
fn leading_zeros_of_a_known_key_are_restored() {
    let site = Scenario::new();
    let records = [
        numbered(1).with("ssn", "000-12-3456"),
        numbered(2).with("zip_code", "1"),
        numbered(3),
    ];
    let run = site.send_people("hr.csv", &records, &[]);
    run.ended(3, "Completed with Errors").buckets([1, 0, 0, 2]);
    let fixed = [1, 2].map(|n| without_zeros(numbered(n)));
    let second = correct(&site, &run, &fixed);
    second.completed().buckets([2, 0, 0, 0]);
    let rows = second.rows();
    assert_eq!(column(&rows, "subscriber_id"), ["0012001", "0012002"]);
    assert_eq!(column(&rows, "employee_number"), ["0701", "0702"]);
    assert_eq!(column(&rows, "username"), ["040001", "040002"]);
    let told: BTreeSet<String> = second.errors().into_iter().map(|r| r.code).collect();
    assert_eq!(told, ["LEADING_ZEROS_RESTORED".to_owned()].into());
    assert!(open(&site, &run).is_empty());
}

#[test]
fn a_row_without_zeros_is_not_taken_for_somebody_elses() {
    let site = Scenario::new();
    // 12005 is another person, who is known, and 12006 one who is rejected too.
    let known = person(5).with("subscriber_id", "12005");
    let other = person(16)
        .with("subscriber_id", "12006")
        .with("zip_code", "1");
    let records = [
        known.clone(),
        numbered(5)
            .with("username", "five.five")
            .with("zip_code", "1"),
        numbered(6).with("zip_code", "1"),
        other,
    ];
    let known = known.with("ssn", ssn(55)).with("work_email", "");
    let run = site.send_people("hr.csv", &[&[known], &records[1..]].concat(), &[]);
    run.ended(3, "Completed with Errors").buckets([1, 0, 0, 3]);
    let fixed = [numbered(5).with("username", "five.five"), numbered(6)].map(without_zeros);
    let second = correct(&site, &run, &fixed);
    second.completed().buckets([2, 0, 0, 0]);
    assert_eq!(second.count("records_created"), 2);
    let rows = second.rows();
    assert_eq!(column(&rows, "subscriber_id"), ["0012005", "0012006"]);
    assert_eq!(open(&site, &run), [4]);
}

#[test]
fn an_id_that_was_right_stays_as_it_was() {
    let site = Scenario::new();
    let records = [person(1), person(2).with("zip_code", "1")];
    let run = site.send_people("hr.csv", &records, &[]);
    let moved = person(2).with("subscriber_id", "N77777");
    let second = correct(&site, &run, &[moved, person(3)]);
    second
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    assert_eq!(second.codes(), ["NOT_REJECTED"]);
    let errors = second.errors();
    let meant = format!("record 2 of run {}", run.reference());
    assert!(errors[0].message.contains(&meant), "{errors:?}");
    assert!(!errors[1].message.contains("record"), "{errors:?}");
    assert_eq!(open(&site, &run), [2]);
    // What is not taken waits for nothing, and its row can be corrected under either name.
    assert!(open(&site, &second).is_empty());
    let third = correct(&site, &second, &[person(2)]);
    third.completed().buckets([1, 0, 0, 0]);
    assert!(open(&site, &run).is_empty());
}

#[test]
fn a_sorted_column_of_ids_makes_nobody() {
    let site = Scenario::new();
    let wrong: Vec<Record> = (1..=3).map(|n| person(n).with("zip_code", "1")).collect();
    let run = site.send_people("hr.csv", &wrong, &[]);
    let moved = |n: usize| person(n).with("subscriber_id", person(n % 3 + 1).get("subscriber_id"));
    let second = correct(&site, &run, &[moved(1), moved(2), moved(3)]);
    second
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 3]);
    assert_eq!(second.codes(), ["NOT_REJECTED"]);
    assert_eq!(open(&site, &run), [1, 2, 3]);
}

#[test]
fn an_id_that_was_in_doubt_may_change_for_one_row_only() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1).with("subscriber_id", "bad id!")], &[]);
    let two = [
        person(1).with("ssn", ssn(8)).with("username", "one.one"),
        person(1)
            .with("subscriber_id", "N77777")
            .with("employee_number", "1"),
    ];
    let second = correct(&site, &run, &two);
    second
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(second.codes(), ["NOT_REJECTED"]);
    assert_eq!(second.count("records_created"), 1);
    assert!(open(&site, &run).is_empty());
}

#[test]
fn of_a_deduction_changes_only_the_part_of_the_key_that_was_wrong() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let run = site.send_deductions(
        "ded.csv",
        &[
            deduction(1).with("effective_date", "soon"),
            deduction(2).with("employee_amount", "x"),
        ],
        &[],
    );
    run.ended(3, "Completed with Errors").buckets([0, 0, 0, 2]);
    let name = run.published_name("rejects");
    let dental = |n: usize| deduction(n).with("deduction_code", "DEN01");
    let second = site.send_deductions(&name, &[dental(1), dental(2)], &[]);
    second
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    assert_eq!(second.codes(), ["NOT_REJECTED"]);
    let third = site.send_deductions(&name, &[deduction(1), deduction(2)], &[]);
    third.completed().buckets([2, 0, 0, 0]);
    assert!(open(&site, &run).is_empty());
}

#[test]
fn a_correction_that_is_judged_again_belongs_to_the_same_rejections() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1).with("zip_code", "1"), person(2)], &[]);
    let second = correct(&site, &run, &[person(1)]);
    second.completed();
    let again = site.feedgate(&["rerun", second.reference(), "--json"]);
    again.completed().buckets([0, 1, 0, 0]);
}

#[test]
fn validate_tells_what_belongs_to_no_rejection() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1).with("zip_code", "1")], &[]);
    let name = run.published_name("rejects");
    std::fs::write(site.path(&name), csv(&[person(3)])).expect("written");
    let tried = site.feedgate(&["validate", &name, "--integration", DEMOGRAPHIC, "--json"]);
    assert!(tried.stdout.contains("NOT_REJECTED"), "{tried:?}");
}

#[test]
fn of_bytes_that_were_judged_before_only_what_is_open_is_judged_again() {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2).with("ein", "98-7654321"),
        person(3).with("zip_code", "1"),
    ];
    let site = site.and_keys(
        DEMOGRAPHIC,
        "eins = [\"12-3456789\"]\ncontent = \"full\"\nomission = \"terminate\"",
    );
    let run = site.send_people("hr.csv", &records, &[]);
    run.ended(3, "Completed with Errors").buckets([1, 0, 0, 2]);
    // Meanwhile the first one has moved.
    let moved = [person(1).with("city", "Verona"), person(9)];
    site.send_people("new.csv", &moved, &["--include-employees", "5001,5009"]);
    let config = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site = site.config(&config.replace("eins = [", "eins = [\"98-7654321\", "));
    let again = site.send_people("hr.csv", &records, &[]);
    again
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 1, 1]);
    assert_eq!(again.summary()["skipped"]["already_judged"], 1);
    assert_eq!(again.count("records_created"), 1, "{again:?}");
    assert!(again.text("reason").contains("judged before"), "{again:?}");
    assert_eq!(open(&site, &run), [3]);
    // The next time only the last one is judged.
    let third = site.send_people("hr.csv", &records, &[]);
    third
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 2, 1]);
}

#[test]
fn a_rejects_file_is_judged_anew_once_the_cause_is_gone() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let records = [
        deduction(1).with("employee_amount", "x"),
        deduction(2),
        deduction(3),
    ];
    let run = site.send_deductions("ded.csv", &records, &[]);
    run.ended(3, "Completed with Errors").buckets([0, 0, 0, 3]);
    let name = run.published_name("rejects");
    let fixed = [deduction(1), deduction(2), deduction(3)];
    let second = site.send_deductions(&name, &fixed, &[]);
    second
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 2]);
    assert_eq!(second.codes(), ["SUBSCRIBER_UNKNOWN"]);
    site.send_people("new.csv", &[person(2)], &[]).completed();
    let third = site.send_deductions(&name, &fixed, &[]);
    third
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 1, 1]);
    assert!(third.summary()["duplicate_of"].is_null(), "{third:?}");
    site.send_people("new3.csv", &[person(3)], &[]).completed();
    let fourth = site.send_deductions(&name, &fixed, &[]);
    fourth.completed().buckets([1, 0, 2, 0]);
    assert!(open(&site, &run).is_empty() && open(&site, &second).is_empty());
    let fifth = site.send_deductions(&name, &fixed, &[]);
    assert_eq!(fifth.text("duplicate_of"), fourth.reference());
}

#[test]
fn a_correction_that_is_skipped_is_told_and_stays_open() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1).with("zip_code", "1"), person(2)], &[]);
    let marked = person(1).with("exclude_from_batch_import", "yes");
    let second = correct(&site, &run, &[marked]);
    second.completed().buckets([0, 0, 1, 0]);
    let errors = second.errors();
    assert_eq!(errors[0].code, "CORRECTION_SKIPPED");
    assert!(
        errors[0].message.contains("marked to be left out"),
        "{errors:?}"
    );
    assert_eq!(errors[0].subscriber_id, person(1).get("subscriber_id"));
    assert_eq!(open(&site, &run), [1]);
}

#[test]
fn a_mark_in_a_correction_makes_nobody_a_test_employee() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1).with("zip_code", "1")], &[]);
    let marked = person(1).with("test_employee", "yes");
    correct(&site, &run, &[marked])
        .completed()
        .buckets([0, 0, 1, 0]);
    correct(&site, &run, &[person(1)])
        .completed()
        .buckets([1, 0, 0, 0]);
}

#[test]
fn a_row_with_a_field_too_many_comes_back_as_a_rectangle() {
    for delimiter in [',', ';', '\t'] {
        let site = Scenario::new();
        let (header, rows) = table([&person(1), &person(2)]);
        let line = |cells: &[String], more: &str| cells.join(&delimiter.to_string()) + more + "\n";
        let extra = format!("{delimiter}Y");
        let file = line(&header, "") + &line(&rows[0], &extra) + &line(&rows[1], "");
        let run = site
            .inbound(DEMOGRAPHIC, "hr.csv", file)
            .run(DEMOGRAPHIC, &[]);
        run.ended(3, "Completed with Errors").buckets([1, 0, 0, 1]);
        assert_eq!(run.codes(), ["FIELD_COUNT"]);
        // A spreadsheet saves a column without a name.
        let name = run.published_name("rejects");
        let unnamed = delimiter.to_string();
        let saved = line(&header, &unnamed) + &line(&rows[0], &extra);
        let second = site
            .inbound(DEMOGRAPHIC, &name, saved)
            .run(DEMOGRAPHIC, &[]);
        second
            .ended(3, "Completed with Errors")
            .buckets([0, 0, 0, 1]);
        assert_eq!(second.codes(), ["FIELD_COUNT"], "{delimiter:?}");
        let fixed = line(&header, &unnamed) + &line(&rows[0], &unnamed);
        let third = site
            .inbound(DEMOGRAPHIC, &name, fixed)
            .run(DEMOGRAPHIC, &[]);
        third.completed().buckets([1, 0, 0, 0]);
        assert!(open(&site, &run).is_empty());
    }
}

#[test]
fn a_finding_is_let_pass_on_one_record_and_the_decision_is_logged() {
    let site = Scenario::new();
    site.roster("before.csv", csv(&people(3)));
    let changed = |n: usize| person(n).with("ssn", ssn(n + 50));
    let records = [person(1), changed(2), changed(3)];
    let run = site.send_people("hr.csv", &records, &[]);
    run.ended(3, "Completed with Errors");
    assert_eq!(run.codes(), ["SSN_CHANGED"]);
    std::fs::write(site.path("same.csv"), csv(&records[1..])).expect("written");
    let resubmit = |more: &[&str]| {
        let command = ["resubmit", run.reference(), "--file", "same.csv", "--json"];
        site.feedgate(&[&command, more].concat())
    };
    let why = ["--why", "card seen"];
    for (finding, code) in [("SSN_CHANGED:1", 2), ("SSN_AREA:2", 2), ("SSN_CHANGED", 2)] {
        let refused = resubmit(&[&["--accept", finding], &why[..]].concat());
        assert_eq!(refused.code, code, "{refused:?}");
    }
    assert_eq!(resubmit(&["--accept", "SSN_CHANGED:2"]).code, 2);
    let second = resubmit(&[&["--accept", "SSN_CHANGED:2"], &why[..]].concat());
    second
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(second.count("records_updated"), 1);
    assert_eq!(open(&site, &run), [3]);
    let events = site.feedgate(&["events"]).stdout;
    assert!(events.contains("accept finding SSN_CHANGED:2"), "{events}");
    assert!(events.contains("card seen"), "{events}");
    // The roster has the new number, and the decision was about that file alone.
    site.send_people("later.csv", &[changed(2)], &[])
        .completed();
    let again = correct(&site, &run, &[changed(3)]);
    assert_eq!(again.codes(), ["SSN_CHANGED"]);
}

#[test]
fn a_value_in_a_column_that_was_inserted_without_a_name_is_told() {
    let site = Scenario::new();
    let wrong = [
        person(1).with("zip_code", "1"),
        person(2).with("zip_code", "1"),
    ];
    let first = site.send_people("hr.csv", &wrong, &[]);
    let rejects = String::from_utf8(first.rejects().expect("rejects")).expect("UTF-8");
    // A column is inserted behind the first one, and one row has a value in it.
    let inserted = |line: &str, value: &str| line.replacen(',', &format!(",{value},"), 1) + "\n";
    let mut lines = rejects.lines();
    let saved = inserted(lines.next().expect("names"), "")
        + &inserted(&lines.next().expect("a row").replace(",1,", ",02134,"), "x")
        + &inserted(&lines.next().expect("a row").replace(",1,", ",02134,"), "");
    let name = first.published_name("rejects");
    let second = site
        .inbound(DEMOGRAPHIC, &name, saved)
        .run(DEMOGRAPHIC, &[]);
    second.buckets([1, 0, 0, 1]);
    let told = &second.errors()[0];
    assert_eq!((&*told.code, told.row_in_rejects), ("FIELD_COUNT", Some(2)));
    assert!(
        told.message.contains("column 2, which has no name"),
        "{told:?}"
    );
    // A file whose own header has a column without a name keeps it in its corrections.
    let index = |records: &[Record]| {
        let text = String::from_utf8(csv(records)).expect("UTF-8");
        let lines = text.lines().enumerate();
        let lines = lines.map(|(n, line)| match n {
            0 => format!(",{line}\n"),
            n => format!("{n},{line}\n"),
        });
        lines.collect::<String>()
    };
    let third = site.inbound(
        DEMOGRAPHIC,
        "index.csv",
        index(&[person(3).with("zip_code", "1")]),
    );
    let third = third.run(DEMOGRAPHIC, &[]);
    third.buckets([0, 0, 0, 1]);
    let name = third.published_name("rejects");
    let fourth = site
        .inbound(DEMOGRAPHIC, &name, index(&[person(3)]))
        .run(DEMOGRAPHIC, &[]);
    fourth.completed().buckets([1, 0, 0, 0]);
}
