//! The rejects of fixed-width files as a table that people correct in a spreadsheet and send back.

use crate::fixed_width::{DEDUCTIONS, PEOPLE, layout, lines};
use crate::people::{Record, csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

type Row = BTreeMap<String, String>;

/// A site whose files of an integration have fixed columns, implied decimals and a control record before the data.
fn site(integration: &str, columns: &[(&str, usize)]) -> Scenario {
    let layout = layout(integration, columns).replace("explicit", "implied");
    let control = "header = { marker = \"HDR\" }";
    Scenario::new().and_config(&format!(
        "{layout}[integration.{integration}.format]\n{control}\n"
    ))
}

fn file(columns: &[(&str, usize)], records: &[Record]) -> String {
    format!("HDR FEED\n{}", lines(columns, records, "\n"))
}

/// The table of rejects beside the rejects file of a run.
fn table(site: &Scenario, run: &Outcome, name: &str) -> (PathBuf, Vec<Row>) {
    let files = run.summary()["error_files"]
        .as_array()
        .expect("files")
        .clone();
    let mut files = files.iter().filter_map(|file| file.as_str());
    let file = files.find(|file| file.ends_with(name));
    let path = site.path(file.unwrap_or_else(|| panic!("{run:?}")));
    let rows = read(&path, b',');
    (path, rows)
}

fn read(path: &Path, delimiter: u8) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader
        .delimiter(delimiter)
        .from_path(path)
        .expect("a table");
    let rows = reader
        .deserialize()
        .map(|row| row.expect("a well-formed row"));
    rows.collect()
}

/// The table as a spreadsheet saves it.
fn saved(rows: &[Row], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new();
    let mut writer = writer.delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(rows[0].keys()).expect("memory");
    for row in rows {
        writer.write_record(row.values()).expect("memory");
    }
    writer.into_inner().expect("memory")
}

#[test]
fn the_table_has_the_rejected_records_and_comes_back_as_their_correction() {
    for delimiter in *b",;\t" {
        let site = site(DEMOGRAPHIC, &PEOPLE);
        let records = [
            person(1).with("ssn", "123"),
            person(2),
            person(3)
                .with("first_name", "Zoë, \"Z\"")
                .with("hire_date", "soon"),
        ];
        let first = site
            .inbound(DEMOGRAPHIC, "hr.txt", file(&PEOPLE, &records))
            .run(DEMOGRAPHIC, &[]);
        first.buckets([1, 0, 0, 2]);
        let (path, mut rows) = table(&site, &first, ".rejects.csv");
        assert!(first.published_name("rejects").ends_with(".rejects.txt"));
        let places: Vec<_> = first.errors().iter().map(|e| e.row_in_rejects).collect();
        assert_eq!(places, [Some(2), Some(3)]);
        assert_eq!(rows[1]["first_name"], "Zoë, \"Z\"");
        assert_eq!(rows[1]["hire_date"], "soon");
        let names: Vec<_> = rows[0].keys().cloned().collect();
        let mut expected = PEOPLE.map(|(name, _)| name.to_owned());
        expected.sort();
        assert_eq!(names, expected);

        rows[0].insert("ssn".into(), person(1).get("ssn").into());
        let name = path.file_name().expect("a name").to_str().expect("UTF-8");
        let second = site
            .inbound(DEMOGRAPHIC, name, saved(&rows, delimiter))
            .run(DEMOGRAPHIC, &[]);
        second.buckets([1, 0, 0, 1]);
        assert_eq!(second.errors()[0].header, "hire_date");
        // What is still wrong is a table again, and its correction closes the rest.
        let again = second.published("rejects").expect("rejects");
        let mut rows = read(&again, delimiter);
        rows[0].insert("hire_date".into(), "2020-02-03".into());
        let file = site.path("again.csv");
        fs::write(&file, saved(&rows, b',')).expect("written");
        let third = site.feedgate(&[
            "resubmit",
            second.reference(),
            "--file",
            file.to_str().expect("UTF-8"),
            "--json",
        ]);
        third.buckets([1, 0, 0, 0]);
        let open = site.feedgate(&["rejects", "--csv"]).stdout;
        assert_eq!(open.lines().count(), 1, "{open}");
    }
}

#[test]
fn amounts_in_the_table_are_written_as_in_the_lines() {
    let site = site(DEDUCTION, &DEDUCTIONS);
    site.roster("hr.csv", csv(&people(2)));
    let records = [
        deduction(1)
            .with("employee_amount", "0000125{")
            .with("employer_amount", "00850")
            .with("effective_date", "soon"),
        deduction(2)
            .with("employee_amount", "00100")
            .with("employer_amount", "00200"),
    ];
    let first = site
        .inbound(DEDUCTION, "pay.csv", file(&DEDUCTIONS, &records))
        .run(DEDUCTION, &[]);
    first.buckets([1, 0, 0, 1]);
    let (_, mut rows) = table(&site, &first, ".rejects-table.csv");
    assert_eq!(rows[0]["employer_amount"], "00850");
    rows[0].insert(
        "effective_date".into(),
        deduction(1).get("effective_date").into(),
    );
    let name = first.published_name("rejects");
    let second = site
        .inbound(DEDUCTION, &name, saved(&rows, b','))
        .run(DEDUCTION, &[]);
    second.buckets([1, 0, 0, 0]);
    assert_eq!(second.column("employee_amount"), ["12.50"]);
    assert_eq!(second.column("employer_amount"), ["8.50"]);
}

#[test]
fn a_new_file_in_that_form_is_no_correction() {
    let site = site(DEMOGRAPHIC, &PEOPLE);
    let row = PEOPLE.map(|(name, _)| (name.to_owned(), person(1).get(name).to_owned()));
    let file = saved(&[Row::from(row)], b',');
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", file)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.rows().len(), 0, "{run:?}");
}
