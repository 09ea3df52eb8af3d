//! Error files tell HR which row of the rejects file is meant, and whom it is about.

use crate::people::{Record, csv, deduction, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario};

/// The rows of a rejects file as a spreadsheet shows them, without a line that names the delimiter.
fn spreadsheet(outcome: &Outcome, delimiter: u8) -> Vec<String> {
    let bytes = outcome.rejects().expect("rejects");
    let bytes = bytes.strip_prefix(b"sep=;\n").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes);
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| row.iter().collect::<Vec<_>>().join("|"))
        .collect()
}

/// Every row of the error file about a rejected record names the row of the rejects file that has its ID.
fn rows_are_right(outcome: &Outcome, delimiter: u8) -> Vec<(u64, String)> {
    let shown = spreadsheet(outcome, delimiter);
    let rows = |row: ErrorRow| {
        let number = row.row_in_rejects?;
        let cells = &shown[usize::try_from(number).expect("small") - 1];
        assert!(cells.contains(&row.subscriber_id), "{row:?} {cells}");
        Some((number, row.subscriber_id))
    };
    outcome.errors().into_iter().filter_map(rows).collect()
}

fn faulty(n: usize) -> Record {
    person(n).with("zip_code", "1")
}

#[test]
fn rows_of_the_rejects_file_are_numbered_as_in_a_spreadsheet() {
    let records = [
        person(1),
        faulty(2).with("job_title", "two\nlines"),
        person(3).with("first_name", "Test"),
        faulty(4).with("hire_date", "soon"),
        person(5),
        faulty(6),
    ];
    let text = String::from_utf8(csv(&records)).expect("UTF-8");
    let semicolons = text.replace(',', ";");
    for (source, delimiter) in [
        (text.clone(), b','),
        (format!("Report of employees\n\n{text}"), b','),
        (format!("sep=;\n{semicolons}"), b';'),
    ] {
        let site = Scenario::new();
        let outcome = site
            .inbound(DEMOGRAPHIC, "hr.csv", source)
            .run(DEMOGRAPHIC, &[]);
        outcome.ended(3, "Completed with Errors");
        let row = |row, n| (row, subscriber_id(n));
        let expected = [row(2, 2), row(3, 4), row(3, 4), row(4, 6)];
        assert_eq!(rows_are_right(&outcome, delimiter), expected);
        // A warning about a record that was taken has no row there.
        let warned = outcome.errors().into_iter();
        let warned: Vec<_> = warned.filter(|e| e.severity == "warning").collect();
        assert!(!warned.is_empty(), "{outcome:?}");
        assert!(warned.iter().all(|e| e.row_in_rejects.is_none()));
    }
}

#[test]
fn conflicts_of_a_second_pass_and_control_records_keep_the_numbers_right() {
    let site = Scenario::new().and_config(
        "[integration.deduction-import.format]\nheader = { marker = \"HDR\", count = 2 }\n",
    );
    site.roster("hr.csv", csv(&people(4)));
    let records = [
        deduction(1).with("employee_amount", "1.00"),
        deduction(2).with("employee_amount", "x"),
        deduction(3),
        deduction(1).with("employee_amount", "2.00"),
    ];
    let text = String::from_utf8(csv(&records)).expect("UTF-8");
    let outcome = site
        .inbound(DEDUCTION, "ded.csv", format!("HDR,4\n{text}"))
        .run(DEDUCTION, &[]);
    outcome.ended(3, "Completed with Errors");
    // The control record is row 1, the header row 2.
    let row = |row, n| (row, subscriber_id(n));
    assert_eq!(
        rows_are_right(&outcome, b','),
        [row(3, 1), row(4, 2), row(5, 1)]
    );
}

#[test]
fn files_without_a_header_begin_with_row_one() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.positions]\nsubscriber_id = 1\nusername = 2\nssn = 3\nfirst_name = 4\n\
         last_name = 5\nbirth_date = 6\nhire_date = 7\nemployment_status = 8\n",
    );
    let line = |n: usize, status: &str| {
        let p = person(n);
        let cells = ["subscriber_id", "username", "ssn", "first_name"].map(|c| p.get(c).to_owned());
        let more = ["last_name", "birth_date", "hire_date"].map(|c| p.get(c).to_owned());
        format!("{},{},{status}\n", cells.join(","), more.join(","))
    };
    let text = [line(1, "A"), line(2, "?"), line(3, "A"), line(4, "?")].concat();
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", text)
        .run(DEMOGRAPHIC, &[]);
    let row = |row, n| (row, subscriber_id(n));
    assert_eq!(rows_are_right(&outcome, b','), [row(1, 2), row(2, 4)]);
}

#[test]
fn people_are_named_as_they_were_sent() {
    let records = [
        faulty(1)
            .with("first_name", "Zoë")
            .with("last_name", " Grün "),
        faulty(2).with("first_name", "=1+1"),
        faulty(3).with("first_name", ""),
        faulty(4).with("last_name", "521-34-1234"),
    ];
    let outcome = Scenario::new().send_people("hr.csv", &records, &[]);
    let rows = outcome.errors();
    let zips = rows.iter().filter(|row| row.code == "ZIP_INVALID");
    let names: Vec<&str> = zips.map(|row| row.name.as_str()).collect();
    let last = |n: usize| person(n).get("last_name").to_owned();
    let first = person(4).get("first_name").to_owned();
    assert_eq!(
        names,
        [
            "Zoë Grün".to_owned(),
            format!("'=1+1 {}", last(2)),
            last(3),
            format!("{first} ***-**-1234"),
        ]
    );
}

#[test]
fn a_record_with_a_field_too_many_is_named_where_its_id_can_be_read() {
    let text = String::from_utf8(csv(&people(2))).expect("UTF-8");
    let mut lines = text.lines();
    let (header, first) = (
        lines.next().expect("header"),
        lines.next().expect("a record"),
    );
    let surplus = format!("{header}\n{first},and more\n");
    let outcome = Scenario::new()
        .inbound(DEMOGRAPHIC, "hr.csv", surplus)
        .run(DEMOGRAPHIC, &[]);
    let row = &outcome.errors()[0];
    let p = person(1);
    let name = format!("{} {}", p.get("first_name"), p.get("last_name"));
    assert_eq!(
        (
            row.code.as_str(),
            row.name.as_str(),
            row.subscriber_id.as_str(),
            row.row_in_rejects
        ),
        (
            "FIELD_COUNT",
            name.as_str(),
            p.get("subscriber_id"),
            Some(2)
        )
    );
    // Shifted by one: what stands under the names are the SSN and a name.
    let shifted = first.replacen(',', ",x,", 1);
    let outcome = Scenario::new()
        .inbound(DEMOGRAPHIC, "hr.csv", format!("{header}\n{shifted}\n"))
        .run(DEMOGRAPHIC, &[]);
    let row = &outcome.errors()[0];
    assert_eq!(
        (row.code.as_str(), row.name.as_str()),
        ("FIELD_COUNT", ""),
        "{row:?}"
    );
}

#[test]
fn employees_and_deductions_that_a_full_file_lacks_are_named() {
    let name = format!(
        "{} {}",
        person(1).get("first_name"),
        person(1).get("last_name")
    );
    let full = Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'");
    full.roster("all.csv", csv(&people(3)));
    let less = full.send_people("less.csv", &[person(2), person(3)], &[]);
    let row = &less.errors()[0];
    assert_eq!(
        (row.code.as_str(), row.name.as_str()),
        ("EMPLOYEE_MISSING", name.as_str())
    );
    let full = Scenario::new().and_keys(DEDUCTION, "content = 'full'");
    full.roster("all.csv", csv(&people(3)));
    let all = [1, 2, 3].map(deduction);
    full.send_deductions("ded.csv", &all, &[]).completed();
    let less = full.send_deductions("less.csv", &all[1..], &[]);
    let row = &less.errors()[0];
    assert_eq!(
        (row.code.as_str(), row.name.as_str()),
        ("DEDUCTION_MISSING", name.as_str())
    );
}
