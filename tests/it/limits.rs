//! Input limits: at the limit and one over it.

use crate::people::{Record, csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};

fn send(site: &Scenario, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    site.inbound(DEMOGRAPHIC, name, bytes).run(DEMOGRAPHIC, &[])
}

#[track_caller]
fn assert_failed(site: &Scenario, outcome: &Outcome, code: &str) {
    outcome.ended(1, "Failed");
    assert_eq!(outcome.codes(), [code], "{outcome:?}");
    assert_eq!(outcome.output(), None);
    assert_eq!(outcome.receipt()["status"], "Failed");
    assert!(!outcome.text("reason").is_empty());
    // The roster is unchanged, and the next file is accepted.
    let next = send(site, "after.csv", csv(&people(2)));
    next.completed();
    assert_eq!(next.column("action"), ["create", "create"]);
}

#[test]
fn field_of_64_kib() {
    let site = Scenario::new();
    let long = |n: usize, bytes: usize| person(n).with("Notes", "x".repeat(bytes));
    let records = [person(1), long(2, 65_536), long(3, 65_537), person(4)];
    let outcome = send(&site, "hr.csv", csv(&records));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([3, 0, 0, 1]);
    assert_eq!(outcome.codes(), ["FIELD_TOO_LONG"]);
    assert_eq!(outcome.errors()[0].record, Some(3));
    let row = outcome.error_file().expect("an error file");
    assert!(row.len() < 10_000, "the long value is not repeated");
}

/// A file whose second record has exactly this many bytes, without its line end.
fn record_of(bytes: usize) -> Vec<u8> {
    let fill = |extra: &[usize]| -> Vec<Record> {
        let mut record = person(2);
        for (i, n) in extra.iter().enumerate() {
            record = record.with(&format!("Notes {i}"), "y".repeat(*n));
        }
        vec![person(1), record, person(3)]
    };
    let length = |records: &[Record]| {
        let text = String::from_utf8(csv(records)).expect("ASCII");
        text.lines().nth(2).expect("a record").len()
    };
    let mut extra = vec![50_000; 20];
    let rest = bytes - length(&fill(&extra));
    let each = rest / 20;
    for n in &mut extra {
        *n += each;
    }
    extra[0] += rest - each * 20;
    let records = fill(&extra);
    assert_eq!(length(&records), bytes);
    csv(&records)
}

#[test]
fn record_of_1_mib() {
    let site = Scenario::new();
    send(&site, "at.csv", record_of(1 << 20))
        .completed()
        .buckets([3, 0, 0, 0]);
    let site = Scenario::new();
    let over = send(&site, "over.csv", record_of((1 << 20) + 1));
    assert_failed(&site, &over, "RECORD_TOO_LONG");
    assert!(
        over.text("reason").contains('3'),
        "the line: {}",
        over.text("reason")
    );
}

fn with_columns(count: usize) -> Vec<u8> {
    let mut record = person(1);
    let missing = count - record.cells.len();
    for i in 0..missing {
        record = record.with(&format!("Extra {i}"), i);
    }
    assert_eq!(record.cells.len(), count);
    csv(&[record])
}

#[test]
fn columns_up_to_1024() {
    let site = Scenario::new();
    send(&site, "at.csv", with_columns(1024))
        .completed()
        .buckets([1, 0, 0, 0]);
    let site = Scenario::new();
    let over = send(&site, "over.csv", with_columns(1025));
    assert_failed(&site, &over, "COLUMNS_TOO_MANY");
}

fn with_lines(lines: usize) -> Vec<u8> {
    let many = vec!["line"; lines].join("\n");
    csv(&[
        person(1).with("Notes", ""),
        person(2).with("Notes", many),
        person(3).with("Notes", ""),
    ])
}

#[test]
fn record_of_100_lines() {
    let site = Scenario::new();
    let at = send(&site, "at.csv", with_lines(100));
    at.completed().buckets([3, 0, 0, 0]);
    let site = Scenario::new();
    let over = send(&site, "over.csv", with_lines(101));
    assert_failed(&site, &over, "RECORD_TOO_MANY_LINES");
    assert!(
        over.text("reason").contains("line 3"),
        "where the quote opened: {}",
        over.text("reason")
    );
}

#[test]
fn file_size_of_the_integration() {
    let bytes = csv(&people(3));
    let limit = |n: usize| {
        Scenario::new().and_config(&format!(
            "[integration.demographic-export.limits]\nmax_file_bytes = {n}\n"
        ))
    };
    send(&limit(bytes.len()), "at.csv", &bytes)
        .completed()
        .buckets([3, 0, 0, 0]);
    let site = limit(bytes.len() - 1);
    let over = send(&site, "over.csv", &bytes);
    assert_failed(&site, &over, "FILE_TOO_LARGE");
}

#[test]
fn record_count_of_the_integration() {
    let limit =
        || Scenario::new().and_config("[integration.demographic-export.limits]\nmax_records = 3\n");
    send(&limit(), "at.csv", csv(&people(3)))
        .completed()
        .buckets([3, 0, 0, 0]);
    let site = limit();
    let over = send(&site, "over.csv", csv(&people(4)));
    assert_failed(&site, &over, "RECORDS_TOO_MANY");
}

#[test]
fn listed_findings_are_cut_and_counts_stay_full() {
    let bad = |count: usize| -> Vec<Record> {
        people(count)
            .into_iter()
            .map(|p| p.with("zip_code", "1"))
            .collect()
    };
    let limit = || {
        Scenario::new()
            .and_config("[integration.demographic-export.limits]\nmax_listed_findings = 5\n")
    };
    let at = send(&limit(), "at.csv", csv(&bad(5)));
    assert_eq!(at.errors().len(), 5);
    assert!(at.errors().iter().all(|e| e.code == "ZIP_INVALID"));
    let over = send(&limit(), "over.csv", csv(&bad(9)));
    over.ended(3, "Completed with Errors").buckets([0, 0, 0, 9]);
    assert_eq!(over.findings()["ZIP_INVALID"], 9);
    let text = String::from_utf8(over.error_file().expect("an error file")).expect("UTF-8");
    let last = text.trim_end().lines().last().expect("a row");
    assert!(
        last.contains('5') && last.contains('9'),
        "the cut is stated: {last}"
    );
    assert_eq!(text.matches("ZIP_INVALID").count(), 5, "{text}");
    let rejects = over.rejects().expect("a rejects file");
    assert_eq!(
        rejects
            .split(|b| *b == b'\n')
            .filter(|l| !l.is_empty())
            .count(),
        10,
        "all of them, and the header"
    );
}

#[test]
fn name_of_200_bytes() {
    let site = Scenario::new();
    let name = format!("{}.csv", "n".repeat(196));
    let at = send(&site, &name, csv(&people(1)));
    at.completed();
    assert!(at.published("receipt").is_some());
}

#[test]
fn texts_are_counted_in_characters() {
    let site = Scenario::new();
    let records = [
        person(1).with("first_name", "é".repeat(35)),
        person(2).with("first_name", "é".repeat(36)),
        person(3).with("name_suffix", "n".repeat(10)),
        person(4).with("name_suffix", "n".repeat(11)),
        person(5).with("subscriber_id", "S".repeat(50)),
        person(6).with("subscriber_id", "S".repeat(51)),
        person(7).with("username", "u".repeat(64)),
        person(8).with("username", "u".repeat(65)),
        person(9).with("username", "abc"),
        person(10).with("username", "ab"),
    ];
    let outcome = send(&site, "hr.csv", csv(&records));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([5, 0, 0, 5]);
    let expected = [
        ("SUBSCRIBER_ID_FORMAT", 1),
        ("TEXT_TOO_LONG", 2),
        ("USERNAME_FORMAT", 2),
    ];
    assert_eq!(
        outcome.findings(),
        expected.map(|(c, n)| (c.to_owned(), n)).into()
    );
}

#[test]
fn one_person_at_very_many_employers_takes_no_time() {
    let site = Scenario::new();
    let head = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,ein\n";
    let mut file = String::from(head);
    for n in 0..60_000 {
        let row = "S1,user1x,521-34-0001,Ann,Lee,1990-01-01,2020-01-01,A";
        file += &format!("{row},12-{n:07}\n");
    }
    let began = std::time::Instant::now();
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", file)
        .run(DEMOGRAPHIC, &[]);
    outcome.ended(3, "Completed with Errors");
    assert_eq!(outcome.findings()["PRIMARY_EIN_CONFLICT"], 60_000);
    // With quadratic time this took minutes.
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}
