//! From the error file and the rejects file back into inbound: following the advice of the error file gets every
//! record accepted.

use crate::codes;
use crate::people::{
    Record, csv, days_ago, deduction, person, plan_year, ssn, table, this_year, today, username,
};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario};
use feedgate::internal::domain::Code;
use serde_json::Value;
use std::collections::BTreeSet;

/// A row as it is sent, and as it should have been sent.
#[derive(Clone)]
struct Sent {
    wrong: Record,
    right: Record,
    /// A comma too many at its end.
    long: bool,
}

fn sent(wrong: Record, right: Record) -> Sent {
    Sent {
        wrong,
        right,
        long: false,
    }
}

/// Every record-level code that rejects an employee, in one file.
fn employees() -> Vec<Sent> {
    let mut rows: Vec<Sent> = codes::plain_cases(DEMOGRAPHIC)
        .into_iter()
        .enumerate()
        .map(|(i, case)| {
            let right = person(i + 1);
            sent(case.faulty(right.clone()), right)
        })
        .collect();
    let n = rows.len() + 1;
    let p = |i: usize| person(n + i);
    // In the roster are 2001 and 2002.
    rows.extend([
        sent(p(0).with("ssn", ssn(2001)), p(0)),
        sent(p(1).with("username", username(2001)), p(1)),
        sent(person(2002).with("ssn", ssn(2003)), person(2002)),
        sent(p(2).with("city", "Monona"), p(2).with("city", "Monona")),
        sent(p(2).with("city", "Verona"), p(2).with("city", "Monona")),
        sent(p(3).with("ssn", ssn(n + 4)), p(3)),
        sent(p(4), p(4)),
        sent(p(5).with("username", username(n + 6)), p(5)),
        sent(p(6), p(6)),
        sent(p(7), p(7).with("is_primary_ein", "yes")),
        sent(
            p(7).with("ein", "98-7654321"),
            p(7).with("ein", "98-7654321").with("is_primary_ein", "no"),
        ),
        Sent {
            long: true,
            ..sent(p(8), p(8))
        },
    ]);
    rows
}

/// Every record-level code that rejects a deduction, in one file.
fn deductions() -> Vec<Sent> {
    let cases = codes::plain_cases(DEDUCTION);
    let mut rows: Vec<Sent> = Vec::new();
    // The file's plan year is that of its first record.
    rows.push(sent(deduction(1), deduction(1)));
    for (i, case) in cases.iter().enumerate() {
        let right = deduction(i + 2);
        rows.push(sent(case.faulty(right.clone()), right));
    }
    let n = rows.len() + 1;
    let p = |i: usize| deduction(n + i);
    let next_year = format!("{}-02-01", this_year() + 1);
    let never = format!("{}-02-01", this_year() + 5);
    rows.extend([
        sent(p(0).with("plan_name", "One"), p(0).with("plan_name", "One")),
        sent(
            p(0).with("plan_name", "Other"),
            p(0).with("plan_name", "One"),
        ),
        sent(p(1).with("effective_date", &never), p(1)),
        sent(
            p(2).with("plan_year_start", plan_year().0)
                .with("effective_date", &next_year),
            p(2),
        ),
        sent(
            p(3).with("effective_date", &next_year),
            p(3).with("effective_date", &next_year),
        ),
        sent(p(4).with("ssn", ssn(n + 5)), p(4)),
        sent(
            p(5).with("deduction_code", "DEN01"),
            p(5).with("deduction_code", "DEN01"),
        ),
        Sent {
            long: true,
            ..sent(p(6), p(6))
        },
    ]);
    rows
}

fn file(rows: &[Sent]) -> Vec<u8> {
    let records: Vec<&Record> = rows.iter().map(|r| &r.wrong).collect();
    let (header, rows_of_cells) = table(records);
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    writer.write_record(&header).expect("in memory");
    for (cells, row) in rows_of_cells.iter().zip(rows) {
        let more = row.long.then(|| "more".to_owned());
        writer
            .write_record(cells.iter().chain(&more))
            .expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

/// Corrects one row of the rejects file as the error file advises.
/// `None`: the row is deleted. `Some(true)`: it goes into a file of its own.
fn correct(
    row: &mut Vec<String>,
    header: &[String],
    findings: &[&ErrorRow],
    right: &Record,
) -> Option<bool> {
    let mut apart = false;
    let set = |row: &mut Vec<String>, column: &str, value: &str| {
        if let Some(i) = header.iter().position(|h| h == column) {
            row[i] = value.to_owned();
        }
    };
    for finding in findings {
        assert!(!finding.how_to_fix.is_empty(), "{finding:?}");
        let code = Code::parse(&finding.code).expect("a code");
        match code {
            Code::FieldCount => {
                *row = header.iter().map(|h| right.get(h).to_owned()).collect();
            }
            // "Keep the row that is right and delete the wrong ones."
            Code::DuplicateConflict => {
                let is_right = header
                    .iter()
                    .zip(&*row)
                    .all(|(h, cell)| right.get(h) == cell);
                if !is_right {
                    return None;
                }
            }
            Code::PrimaryEinConflict => set(row, "is_primary_ein", right.get("is_primary_ein")),
            // "…or leave both parts empty."
            Code::AmountSplit => {
                set(row, "pretax_amount", "");
                set(row, "posttax_amount", "");
            }
            Code::IdentityMismatch => {
                for column in ["subscriber_id", "ssn", "username"] {
                    set(row, column, right.get(column));
                }
            }
            Code::TerminationDateMissing => set(row, "termination_date", &today().to_string()),
            // A deduction that begins while the employee is there.
            Code::EmployeeTerminated => set(row, "effective_date", &days_ago(10).to_string()),
            Code::DateOrder if finding.field == "termination_date" => {
                set(row, "termination_date", &today().to_string());
            }
            // "Move the record to a file that holds only its plan year."
            Code::PlanYearMixed => apart = true,
            _ => {
                assert!(!finding.field.is_empty(), "{finding:?} says not where");
                set(row, &finding.field, right.get(&finding.field));
            }
        }
    }
    Some(apart)
}

/// The corrected rows, and those that go into a file of their own.
fn corrected(run: &Outcome, rows: &[Sent]) -> [Vec<u8>; 2] {
    let errors = run.errors();
    let rejected: Vec<u64> = errors
        .iter()
        .filter(|r| r.severity == "error")
        .filter_map(|r| r.record)
        .collect::<BTreeSet<u64>>()
        .into_iter()
        .collect();
    let rejects = run.rejects().expect("a rejects file");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(&rejects[..]);
    let header: Vec<String> = reader
        .headers()
        .expect("a header")
        .iter()
        .map(str::to_owned)
        .collect();
    let mut files = [(); 2].map(|()| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).expect("in memory");
        writer
    });
    let found: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row")).collect();
    assert_eq!(found.len(), rejected.len(), "{run:?}");
    for (cells, number) in found.iter().zip(&rejected) {
        let mut row: Vec<String> = cells.iter().map(str::to_owned).collect();
        let findings: Vec<&ErrorRow> = errors
            .iter()
            .filter(|r| r.record == Some(*number) && r.severity == "error")
            .collect();
        let right = &rows[*number as usize - 1].right;
        if let Some(apart) = correct(&mut row, &header, &findings, right) {
            files[usize::from(apart)]
                .write_record(&row)
                .expect("in memory");
        }
    }
    files.map(|f| f.into_inner().expect("in memory"))
}

fn open_rejections(site: &Scenario, reference: &str) -> Vec<Value> {
    let listed = site.feedgate(&["rejects", reference, "--json"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let all = listed.summaries;
    all.into_iter()
        .filter(|r| r["closed_by"].is_null())
        .collect()
}

/// The name under which rejects go back.
pub(crate) fn name_of_rejects(run: &Outcome) -> String {
    let path = run.published("rejects").expect("a rejects file");
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Every row of the error file is whole, and every code that rejects a record is there.
fn check_error_file(run: &Outcome, rows: &[Sent], wanted: &BTreeSet<Code>) {
    let errors = run.errors();
    let found: BTreeSet<Code> = errors.iter().filter_map(|r| Code::parse(&r.code)).collect();
    let missing: Vec<&Code> = wanted.difference(&found).collect();
    assert!(missing.is_empty(), "not in the file: {missing:?}");
    for row in &errors {
        let about = format!("{row:?}");
        assert!(
            row.line.is_some_and(|l| l > 1) && row.record.is_some(),
            "{about}"
        );
        assert!(
            !row.message.is_empty() && !row.how_to_fix.is_empty(),
            "{about}"
        );
        let wrong = &rows[row.record.unwrap_or(1) as usize - 1].wrong;
        let sent = wrong.get(&row.field).trim();
        match row.field.as_str() {
            "" => assert!(row.value.is_empty(), "{about}"),
            "ssn" | "birth_date" | "username" => {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                let most = if row.field == "ssn" { 4 } else { 0 };
                assert!(digits(&row.value) <= most, "{about}");
                assert_eq!(row.value.is_empty(), sent.is_empty(), "{about}");
            }
            // What nobody sees isn't shown either.
            _ if sent.chars().count() < 40 && row.code != "CONTROL_CHARACTER" => {
                let plain = row.value.strip_prefix('\'').unwrap_or(&row.value);
                assert!(
                    plain == sent || row.value.contains("***"),
                    "{about} of {sent:?}"
                );
            }
            _ => {}
        }
    }
}

fn every_record_level_code(kind: &str) -> BTreeSet<Code> {
    use Code::*;
    let mut all: BTreeSet<Code> = codes::plain_cases(kind)
        .into_iter()
        .map(|c| c.code)
        .collect();
    all.extend([DuplicateConflict, SsnShared, FieldCount]);
    all.extend(if kind == DEMOGRAPHIC {
        vec![
            UsernameShared,
            PrimaryEinConflict,
            SsnInUse,
            UsernameInUse,
            SsnChanged,
        ]
    } else {
        vec![PlanYearUnknown, PlanYearOutside, PlanYearMixed]
    });
    all
}

/// The second run took the corrections of the first one and rejected none.
#[track_caller]
fn assert_all_corrected(second: &Outcome, run: &Outcome) {
    assert_eq!(
        second.text("resubmission_of"),
        run.reference(),
        "{second:?}"
    );
    let left: Vec<_> = second
        .errors()
        .into_iter()
        .filter(|r| r.severity == "error")
        .collect();
    assert_eq!((second.code, second.count("errors")), (0, 0), "{left:#?}");
}

#[test]
fn every_rejected_employee_gets_through_once_corrected() {
    let site = Scenario::new();
    site.roster("before.csv", csv(&[person(2001), person(2002)]));
    let rows = employees();
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", file(&rows))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 3, "{run:?}");
    check_error_file(&run, &rows, &every_record_level_code(DEMOGRAPHIC));
    assert!(!open_rejections(&site, run.reference()).is_empty());
    let [fixed, apart] = corrected(&run, &rows);
    assert_eq!(apart.iter().filter(|b| **b == b'\n').count(), 1);
    let second = site
        .inbound(DEMOGRAPHIC, &name_of_rejects(&run), fixed)
        .run(DEMOGRAPHIC, &[]);
    assert_all_corrected(&second, &run);
    let open = open_rejections(&site, run.reference());
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn every_rejected_deduction_gets_through_once_corrected() {
    let site = Scenario::new();
    let rows = deductions();
    let left = [
        ("employment_status", "T".to_owned()),
        ("hire_date", "2019-01-01".to_owned()),
        ("termination_date", days_ago(10).to_string()),
    ];
    let terminated = |n: usize| {
        rows.get(n - 1)
            .is_some_and(|r| r.wrong.get("effective_date") == days_ago(9).to_string())
    };
    let known = (1..=rows.len() + 10).map(|n| {
        let gone = terminated(n);
        left.iter()
            .filter(|_| gone)
            .fold(person(n), |p, (c, v)| p.with(c, v))
    });
    site.roster("hr.csv", csv(&known.collect::<Vec<_>>()));
    let run = site
        .inbound(DEDUCTION, "ded.csv", file(&rows))
        .run(DEDUCTION, &[]);
    assert_eq!(run.code, 3, "{run:?}");
    check_error_file(&run, &rows, &every_record_level_code(DEDUCTION));
    let [fixed, apart] = corrected(&run, &rows);
    let name = name_of_rejects(&run);
    for (name, bytes) in [
        (name.clone(), fixed),
        (name.replace(".csv", ".next-year.csv"), apart),
    ] {
        // Another year is for another day.
        let second = site
            .later(1)
            .inbound(DEDUCTION, &name, bytes)
            .run(DEDUCTION, &[]);
        assert_all_corrected(&second, &run);
    }
    let open = open_rejections(&site, run.reference());
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn what_was_accepted_meanwhile_is_refused() {
    let site = Scenario::new();
    let wrong = |n: usize| person(n).with("ssn", "666-12-3456");
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&[wrong(1), wrong(2)]))
        .run(DEMOGRAPHIC, &[]);
    let name = name_of_rejects(&run);
    // One is corrected, the other forgotten.
    let second = site
        .inbound(DEMOGRAPHIC, &name, csv(&[person(1), wrong(2)]))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(
        (second.count("records_created"), second.count("errors")),
        (1, 1),
        "{second:?}"
    );
    assert_eq!(open_rejections(&site, run.reference()).len(), 1);
    // The forgotten one is corrected, and the first sent along once more.
    let both = csv(&[person(1).with("city", "Monona"), person(2)]);
    let third = site.inbound(DEMOGRAPHIC, &name, both).run(DEMOGRAPHIC, &[]);
    assert_eq!(third.code, 3, "{third:?}");
    let errors = third.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        (errors[0].code.as_str(), errors[0].record),
        ("ALREADY_ACCEPTED", Some(1))
    );
    assert_eq!(third.count("records_created"), 1, "{third:?}");
    assert!(open_rejections(&site, run.reference()).is_empty());
    // A regular file may change it.
    let later = csv(&[person(1).with("city", "Monona")]);
    let fourth = site
        .inbound(DEMOGRAPHIC, "hr2.csv", later)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(
        (fourth.code, fourth.count("records_updated")),
        (0, 1),
        "{fourth:?}"
    );
}

#[test]
fn the_commands_do_the_same_as_the_folders() {
    let site = Scenario::new();
    let wrong = csv(&[person(1).with("ssn", "666-12-3456"), person(2)]);
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", wrong)
        .run(DEMOGRAPHIC, &[]);
    let written = site.feedgate(&["rejects", run.reference(), "--out", "again.csv"]);
    assert_eq!(written.code, 0, "{written:?}");
    let again = std::fs::read(site.path("again.csv")).expect("written");
    assert_eq!(Some(again), run.rejects());
    std::fs::write(site.path("fixed.csv"), csv(&[person(1)])).expect("written");
    let second = site.feedgate(&["resubmit", run.reference(), "--file", "fixed.csv", "--json"]);
    assert_eq!(
        (second.code, second.text("resubmission_of")),
        (0, run.reference()),
        "{second:?}"
    );
    assert_eq!(second.count("records_created"), 1);
    assert!(open_rejections(&site, run.reference()).is_empty());
}

#[test]
fn rows_of_another_encoding_get_through_once_their_accents_are_written_anew() {
    let rows = [
        (DEMOGRAPHIC, person(1), person(2)),
        (DEDUCTION, deduction(1), deduction(2)),
    ];
    for (integration, good, bad) in rows {
        let site = Scenario::new();
        if integration == DEDUCTION {
            site.roster("hr.csv", csv(&[person(1), person(2)]));
        }
        let records = [
            good.with("first_name", "Jos\u{e9}"),
            bad.with("first_name", "Pe@a"),
        ];
        let other_bytes = |text: Vec<u8>| -> Vec<u8> {
            text.iter()
                .map(|b| if *b == b'@' { 0xf1 } else { *b })
                .collect()
        };
        // No other cell has such a sign.
        let plain = |records: &[Record]| {
            let without = |r: &Record| r.clone().with("work_email", "");
            csv(&records.iter().map(without).collect::<Vec<_>>())
        };
        let run = site
            .inbound(integration, "mixed.csv", other_bytes(plain(&records)))
            .run(integration, &[]);
        assert_eq!(run.codes(), ["ENCODING_MIXED"], "{run:?}");
        assert_eq!((run.code, run.count("errors")), (3, 1));
        assert!(run.errors()[0].how_to_fix.contains("save it as UTF-8"));
        let rejects = run.rejects().expect("a rejects file");
        // Saved once more by the program that wrote them, they are what they were.
        let name = name_of_rejects(&run);
        let again = site
            .inbound(integration, &name, &rejects)
            .run(integration, &[]);
        assert_eq!(
            (again.code, again.codes()),
            (3, vec!["ENCODING_MIXED".to_owned()])
        );
        let anew = String::from_utf8_lossy(&rejects).replace('\u{fffd}', "\u{f1}");
        let second = site.inbound(integration, &name, anew).run(integration, &[]);
        assert_all_corrected(&second, &run);
        assert_eq!(second.column("first_name"), ["Pe\u{f1}a"]);
        assert!(open_rejections(&site, run.reference()).is_empty());
    }
}
