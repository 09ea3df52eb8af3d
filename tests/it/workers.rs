//! The number of workers and the chunk size change neither the files, the summary nor the exit code.

use crate::people::{Record, csv, deduction, people, person, ssn, table, username};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// The fault of a row, chosen by its number; most rows have none.
fn row(kind: &str, n: usize, what: u8) -> Record {
    let plain = |n| {
        if kind == DEMOGRAPHIC {
            person(n)
        } else {
            deduction(n)
        }
    };
    let fine = plain(n);
    match what {
        // An exact copy of the row before, another row of the same key, another employee's SSN or username.
        0 => plain(n.max(2) - 1),
        1 => plain(n.max(2) - 1).with("last_name", "Else"),
        2 => fine.with("ssn", ssn(n + 1)),
        3 => fine.with("username", username(n + 1)),
        // Quotes where they belong and where they don't, line ends and commas within a field.
        4 => fine.with("first_name", "A \"nick\", Name"),
        5 => fine.with("job_title", "Line one\nLine two\r\nLine three"),
        6 => fine.with("address_1", "12\" Pipe Road"),
        7 => fine.with("first_name", "Zoë\u{a0}Ána"),
        8 => fine.with("ssn", "000-12-3456"),
        9 => fine.without("subscriber_id"),
        10 => fine.with("birth_date", "1980-02-30").with("state", "ZZ"),
        11 => fine.with("test_employee", "true"),
        12 => fine
            .with("employee_amount", "12.345")
            .with("annual_salary", "-1"),
        13 => fine.with("subscriber_id", format!("X{n}")),
        14 => fine.with("job_title", "x".repeat(900)),
        // A row of another kind, and the row of a second job.
        15 => fine
            .with("plan_name", "SKIP")
            .with("job_title", "skip")
            .with("ssn", "junk"),
        16 => plain(n.max(2) - 1).with("job_title", "Second"),
        // Dates and amounts in other forms, some of them in none that the integration has.
        17 => fine
            .with("birth_date", "02-MAR-84")
            .with("effective_date", "5-Nov-26"),
        18 => fine
            .with("birth_date", "3/2/1984 11:05 PM")
            .with("end_date", "46387"),
        19 => fine
            .with("hire_date", "19126")
            .with("effective_date", "26309"),
        20 => fine
            .with("employee_amount", "1.234,50")
            .with("annual_salary", "41.000,5"),
        21 => fine
            .with("employee_amount", "0085}")
            .with("annual_salary", "00850-"),
        22 => fine
            .with("employee_amount", "-")
            .with("annual_salary", "$ -"),
        // Words for nothing, where a column may be empty and where it may not.
        23 => fine
            .with("city", "n/a")
            .with("plan_name", "NULL")
            .with("end_date", "null"),
        24 => fine
            .with("last_name", "NULL")
            .with("effective_date", "NULL"),
        25 => fine
            .with("termination_date", "2099-12-31")
            .with("end_date", "2099-12-31"),
        26 => fine
            .with("hire_date", "1900-01-01")
            .with("end_date", "never"),
        // A line end or a comma within a value, without quotes around it; see `without_records`.
        30 => fine
            .with("first_name", "Line\u{1}end")
            .with("plan_name", "Line\u{1}end"),
        31 => fine
            .with("first_name", "A\u{2}B")
            .with("employee_amount", "1\u{2}234.50"),
        // Lines that are no records; see `without_records`.
        27..=29 => Record {
            cells: vec![("subscriber_id".to_owned(), format!("@{what}"))],
        },
        _ => fine,
    }
}

/// What the lines are that `row` marks.
fn without_records(text: &str, header: &str) -> String {
    let line = |line: &str| match line.get(..3) {
        Some("@27") => "(3 rows affected)\n".to_owned(),
        Some("@28") => "Page 3 of 9\n".to_owned(),
        Some("@29") => header.to_owned(),
        _ => line.to_owned(),
    };
    let text: String = text.split_inclusive('\n').map(line).collect();
    text.replace('\u{1}', "\n").replace('\u{2}', ",")
}

/// How the columns of a file are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    Named,
    Positions,
    FixedWidth,
}

/// How a file is written.
#[derive(Clone, Copy, Debug)]
struct Form {
    columns: Columns,
    quotes: &'static str,
    multiline: bool,
    /// Keys of the format that say how amounts are written.
    amounts: &'static str,
    last_end: bool,
    doubled: bool,
}

const IMPLIED: &str = "decimals = 'implied'\ndash_is_zero = true";
const COMMA: &str = "decimals = 'explicit'\ndecimal_mark = ','";
/// Characters of each column in fixed-width files.
const WIDTH: usize = 24;

impl Form {
    /// The record with its amounts written as the form says.
    fn amounts(self, mut record: Record) -> Record {
        let mark = match self.amounts {
            IMPLIED => "",
            COMMA => ",",
            _ => return record,
        };
        for (name, cell) in &mut record.cells {
            let plain = cell.len() > 3 && cell.chars().all(|c| c.is_ascii_digit() || c == '.');
            if plain && (name.ends_with("_amount") || name == "annual_salary") {
                *cell = cell.replace('.', mark);
            }
        }
        record
    }

    /// The file of these records.
    fn file(self, rows: &[Record]) -> Vec<u8> {
        let (header, cells) = table(rows);
        let text = match self.columns {
            Columns::FixedWidth => {
                let cell = |cell: &String| format!("{:<WIDTH$.WIDTH$}", cell);
                let line = |row: &Vec<String>| row.iter().map(cell).collect::<String>() + "\n";
                without_records(&cells.iter().map(line).collect::<String>(), " \n")
            }
            Columns::Named | Columns::Positions => {
                let text = String::from_utf8(csv(rows)).expect("UTF-8");
                let (names, records) = text.split_once('\n').expect("a header");
                match self.columns {
                    Columns::Named => format!(
                        "{names}\n{}",
                        without_records(records, &format!("{names}\n"))
                    ),
                    _ => without_records(records, &format!("{}\n", ",".repeat(header.len()))),
                }
            }
        };
        let text = match self.doubled {
            true => text,
            false => text.replace("\"\"", "\""),
        };
        let end = usize::from(!self.last_end);
        text.as_bytes()[..text.len() - end].to_vec()
    }

    fn format(self, kind: &str) -> String {
        let mut keys = "ignore = ['(* rows affected)', 'Page *']\nblanks = ['NULL']\nno_dates = ['1900-01-01', 'never']\n\
                        open_dates = ['2099-12-31']\ndates = ['%Y-%m-%d', '%d-%b-%y', '%m/%d/%Y %I:%M %p', '%y%j', '%serial']\n"
            .to_owned();
        if self.columns != Columns::FixedWidth {
            keys += &format!("quotes = '{}'\n", self.quotes);
            keys += &format!("multiline = {}\n", self.multiline && self.quotes != "none");
        }
        format!("[integration.{kind}.format]\n{keys}{}\n", self.amounts)
    }
}

/// Rows that are left out, a preferred row, a constant, how values are written, and where columns stand that have no names.
fn settings(kind: &str, rows: &[Record], form: Form) -> String {
    let column = match kind {
        DEMOGRAPHIC => "job_title",
        _ => "plan_name",
    };
    let mut toml = format!(
        "[integration.{kind}.rows]\nskip = {{ {column} = [\"Skip\"] }}\n[integration.{kind}.constants]\n\
         last_changed_at = \"2026-01-31\"\n"
    );
    if kind == DEMOGRAPHIC {
        toml += &format!(
            "[integration.{kind}.primary]\ncolumn = \"job_title\"\nprefer = [\"Analyst\"]\n"
        );
    }
    toml += &form.format(kind);
    let of_kind = match kind {
        DEMOGRAPHIC => person(1),
        _ => deduction(1),
    };
    // A column that the kind has not is read by nobody.
    let ours = |name: &&String| of_kind.cells.iter().any(|(n, _)| n == *name);
    let (header, _) = table(rows);
    let places = header.iter().zip(1..).filter(|(name, _)| ours(name));
    let place: fn((&String, usize)) -> String = match form.columns {
        Columns::Named => return toml,
        Columns::Positions => {
            toml += &format!("[integration.{kind}.positions]\n");
            |(name, n)| format!("{name} = {n}\n")
        }
        Columns::FixedWidth => {
            toml += &format!("[integration.{kind}.fixed_width]\n");
            |(name, n)| {
                let start = (n - 1) * WIDTH + 1;
                format!("{name} = {{ start = {start}, length = {WIDTH} }}\n")
            }
        }
    };
    toml + &places.map(place).collect::<String>()
}

/// What a dry run left and said.
#[derive(Debug, PartialEq, Eq)]
struct Judgement {
    code: Option<i32>,
    said: Value,
    files: BTreeMap<String, Vec<u8>>,
}

fn judge(site: &Scenario, kind: &str, file: &str, workers: usize, chunk: usize) -> Judgement {
    let out = site.path("judged");
    let done = Command::new(env!("CARGO_BIN_EXE_feedgate"))
        .args(["validate", "--integration", kind, "--json", "--out"])
        .arg(&out)
        .arg(site.path(file))
        .current_dir(site.root())
        .env("FEEDGATE_WORKERS", workers.to_string())
        .env("FEEDGATE_CHUNK_BYTES", chunk.to_string())
        .output()
        .expect("the program starts");
    let mut said: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let summary = said["summary"].as_object_mut().expect("a summary");
    summary.retain(|key, _| !key.ends_with("_date"));
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&out).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        files.insert(name.into_owned(), std::fs::read(&path).expect("a file"));
    }
    std::fs::remove_dir_all(&out).expect("removed");
    Judgement {
        code: done.status.code(),
        said,
        files,
    }
}

fn forms() -> impl Strategy<Value = Form> {
    let columns = [
        Columns::Named,
        Columns::Named,
        Columns::Positions,
        Columns::FixedWidth,
    ];
    let amounts = ["decimals = 'explicit'", IMPLIED, COMMA];
    (
        prop::sample::select(columns.to_vec()),
        prop::sample::select(vec!["rfc4180", "literal", "none"]),
        any::<bool>(),
        prop::sample::select(amounts.to_vec()),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(columns, quotes, multiline, amounts, last_end, doubled)| Form {
                columns,
                quotes,
                multiline,
                amounts,
                last_end,
                doubled,
            },
        )
}

proptest! {
    #![proptest_config(Config { cases: 10, max_shrink_iters: 20, failure_persistence: None, ..Config::default() })]

    #[test]
    fn workers_and_chunks_leave_no_trace(
        whats in prop::collection::vec(0u8..80, 300..500),
        demographic in any::<bool>(),
        known in 0usize..300,
        form in forms(),
    ) {
        let site = Scenario::new();
        site.roster("known.csv", csv(&people(known.max(1))));
        let kind = if demographic { DEMOGRAPHIC } else { DEDUCTION };
        let rows = whats.iter().enumerate().map(|(n, what)| form.amounts(row(kind, n + 1, *what)));
        let mut rows: Vec<Record> = rows.collect();
        if form.multiline && form.quotes != "none" {
            // Such lines would be a fault of the file.
            let places = rows.iter_mut().filter(|row| row.get("job_title") == "x".repeat(900));
            places.for_each(|row| *row = row.clone().with("job_title", format!("a\nb{}\nc", ",".repeat(40))));
        }
        let site = site.and_config(&settings(kind, &rows, form));
        std::fs::write(site.path("file.csv"), form.file(&rows)).expect("written");
        let one = judge(&site, kind, "file.csv", 1, 8 << 20);
        prop_assert!(matches!(one.code, Some(0 | 3)), "{form:?} {:?}", one.said);
        // Rejects of fixed-width lines are a table as well.
        let table = usize::from(matches!(form.columns, Columns::FixedWidth));
        prop_assert_eq!(one.files.len(), 3 + table);
        for (workers, chunk) in [(1, 4 << 10), (2, 4 << 10), (4, 8 << 10), (3, 64 << 10), (2, 1 << 20)] {
            let other = judge(&site, kind, "file.csv", workers, chunk);
            prop_assert!(one == other, "{workers} workers, chunks of {chunk}, {form:?}");
        }
    }
}

#[test]
fn a_fault_is_the_same_one_wherever_chunks_are_cut() {
    let site = Scenario::new();
    let fine = csv(&people(400));
    let half = fine.len() / 2;
    let cut = half
        + fine[half..]
            .iter()
            .position(|b| *b == b'\n')
            .expect("a line end")
        + 1;
    for (name, wrong) in [
        ("unclosed", &b"\"open,"[..]),
        ("encoding", b"\xff\xfe\xc3,"),
        ("nul", b"a\0b,"),
        ("marked", b"\"a\nb,\"c,"),
        ("lines", b"\"a\n,,,,,,,,,,,,,,,,,,\","),
        ("both", b"\",,,,,,,,,,,,,,,,,,,,\n\",\"\n\"x,"),
    ] {
        let bytes = [&fine[..cut], wrong, &fine[cut..]].concat();
        std::fs::write(site.path(name), bytes).expect("written");
        let said = |workers, chunk| {
            let judged = Command::new(env!("CARGO_BIN_EXE_feedgate"))
                .args(["validate", "--integration", DEMOGRAPHIC, "--json", name])
                .current_dir(site.root())
                .env("FEEDGATE_WORKERS", workers)
                .env("FEEDGATE_CHUNK_BYTES", chunk)
                .output()
                .expect("the program starts");
            let said: Value = serde_json::from_slice(&judged.stdout).expect("JSON");
            (
                judged.status.code(),
                said["summary"]["reason"].to_string(),
                said["findings"].to_string(),
            )
        };
        let one = said("1", "8388608");
        assert!(one.0 == Some(1) || name == "encoding", "{name}: {one:?}");
        for (workers, chunk) in [("1", "4096"), ("2", "4096"), ("4", "16384")] {
            assert_eq!(
                said(workers, chunk),
                one,
                "{name}, {workers} workers, chunks of {chunk}"
            );
        }
    }
}
