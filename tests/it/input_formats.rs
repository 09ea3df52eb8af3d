//! The same records in every supported encoding, dialect and spelling give byte-identical output.

use crate::people::{Record, csv, deduction, people, person, table, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

/// How characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    MarkedUtf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

/// How headers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Titles {
    Canonical,
    TitleCase,
    Dashed,
    Aliases,
}

/// A dialect.
#[derive(Clone, Debug)]
struct Dress {
    encoding: Encoding,
    titles: Titles,
    delimiter: char,
    line_end: &'static str,
    last_end: bool,
    quote_all: bool,
    blank_lines: bool,
    padded: bool,
    /// How values of the same meaning are written, by the column's place.
    forms: u64,
    /// Shuffles the columns.
    order: u64,
}

const PLAIN: Dress = Dress {
    encoding: Encoding::Utf8,
    titles: Titles::Canonical,
    delimiter: ',',
    line_end: "\n",
    last_end: true,
    quote_all: false,
    blank_lines: false,
    padded: false,
    forms: 0,
    order: 0,
};

fn dresses() -> impl Strategy<Value = Dress> {
    let encodings = vec![
        Encoding::Utf8,
        Encoding::MarkedUtf8,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Windows1252,
    ];
    let titles = vec![
        Titles::Canonical,
        Titles::TitleCase,
        Titles::Dashed,
        Titles::Aliases,
    ];
    let letters = (
        prop::sample::select(encodings),
        prop::sample::select(titles),
        prop::sample::select(vec![',', '|', '\t', ';']),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
    );
    (letters, any::<[bool; 4]>(), any::<u64>(), any::<u64>()).prop_map(
        |((encoding, titles, delimiter, line_end), flags, forms, order)| Dress {
            encoding,
            titles,
            delimiter,
            line_end,
            last_end: flags[0],
            quote_all: flags[1],
            blank_lines: flags[2],
            padded: flags[3],
            forms,
            order,
        },
    )
}

/// An alias the specification lists for a column.
fn alias(column: &str) -> &str {
    match column {
        "subscriber_id" => "Member Number",
        "employee_number" => "Payroll ID",
        "username" => "Login",
        "ssn" => "SS#",
        "first_name" => "Forenames",
        "last_name" => "Surname",
        "birth_date" => "D.O.B.",
        "gender" => "Sex",
        "address_1" => "Address Line 1",
        "zip_code" => "Postal Code",
        "work_email" => "E-Mail",
        "hire_date" => "Employment Start Date",
        "termination_date" => "Term Date",
        "employment_status" => "Employee Status",
        "annual_salary" => "Annual Pay",
        "ein" => "FEIN",
        "deduction_code" => "Benefit Lookup Code",
        "plan_name" => "Plan Code",
        "coverage_level" => "Coverage Option",
        "employee_amount" => "Subscriber Premium",
        "employer_amount" => "Org Premium",
        "effective_date" => "Change Effective Date",
        "end_date" => "Coverage Termination Date",
        other => other,
    }
}

impl Dress {
    fn title(&self, column: &str) -> String {
        let words = column.split('_');
        match self.titles {
            Titles::Canonical => column.to_owned(),
            Titles::TitleCase => {
                let capital = |w: &str| w[..1].to_uppercase() + &w[1..];
                words.map(capital).collect::<Vec<_>>().join(" ")
            }
            Titles::Dashed => words.map(str::to_uppercase).collect::<Vec<_>>().join("-"),
            Titles::Aliases => alias(column).to_owned(),
        }
    }

    /// Another way of writing the same value.
    fn value(&self, column: &str, value: &str, place: usize) -> String {
        let pick = |n: u64| (self.forms >> (place % 16 * 4)) % n;
        let date = value.parse::<NaiveDate>();
        let form = match (column, date) {
            (_, Ok(date)) => match pick(4) {
                0 => value.to_owned(),
                1 => date.format("%m/%d/%Y").to_string(),
                2 => date.format("%Y%m%d").to_string(),
                _ => date.format("%Y/%m/%d").to_string(),
            },
            ("ssn", _) => match pick(3) {
                0 => value.to_owned(),
                1 => value.replace('-', ""),
                _ => value.replace('-', " "),
            },
            ("annual_salary" | "employee_amount" | "employer_amount", _) if !value.is_empty() => {
                match pick(3) {
                    0 => value.to_owned(),
                    1 => format!("${value}"),
                    _ => value.trim_end_matches(".00").to_owned(),
                }
            }
            ("ein", _) if pick(2) == 1 => value.replace('-', ""),
            ("employment_status", _) if value == "A" => {
                ["A", "active", "AC", "FT"][pick(4) as usize].to_owned()
            }
            ("gender", _) if value == "F" => {
                ["F", "f", "Female", "FEMALE"][pick(4) as usize].to_owned()
            }
            ("end_date" | "termination_date", _) if value.is_empty() => {
                ["", "9999-12-31", "2100-12-31"][pick(3) as usize].to_owned()
            }
            _ => value.to_owned(),
        };
        if self.padded {
            format!(" {form} ")
        } else {
            form
        }
    }

    fn cell(&self, text: &str) -> String {
        let special = |c: char| c == self.delimiter || matches!(c, '"' | '\n' | '\r');
        if self.quote_all || text.contains(special) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    }

    /// The records in this format.
    fn file(&self, records: &[Record]) -> Vec<u8> {
        let (header, rows) = table(records);
        let mut columns: Vec<usize> = (0..header.len()).collect();
        let mut state = self.order;
        for i in (1..columns.len()).rev() {
            if state == 0 {
                break;
            }
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            columns.swap(i, (state >> 33) as usize % (i + 1));
        }
        let separator = self.delimiter.to_string();
        let titles = columns.iter().map(|i| self.cell(&self.title(&header[*i])));
        let mut text = titles.collect::<Vec<_>>().join(&separator);
        for row in &rows {
            text += self.line_end;
            if self.blank_lines {
                text += self.line_end;
            }
            let cells = columns
                .iter()
                .map(|i| self.cell(&self.value(&header[*i], &row[*i], *i)));
            text += &cells.collect::<Vec<_>>().join(&separator);
        }
        if self.last_end {
            text += self.line_end;
        }
        self.encode(&text)
    }

    fn encode(&self, text: &str) -> Vec<u8> {
        let mark = matches!(
            self.encoding,
            Encoding::MarkedUtf8 | Encoding::Utf16Le | Encoding::Utf16Be
        );
        let mark = if mark { "\u{feff}" } else { "" };
        self.encode_rest(&format!("{mark}{text}"))
    }

    /// Text that is not the start of the file.
    fn encode_rest(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 | Encoding::MarkedUtf8 => text.as_bytes().to_vec(),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Windows1252 => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect(),
        }
    }
}

/// Employees whose values are as awkward as they may be, and some who are wrong.
fn employees() -> Vec<Record> {
    vec![
        person(1).with("last_name", "Müller, genannt \"Élan\""),
        person(2).with("address_1", "1 Main St; Apt 4 | rear"),
        person(3)
            .with("address_1", "two\nlines")
            .with("work_email", ""),
        person(4).with("ssn", "666-12-3456").with("state", "XX"),
        person(5).with("job_title", "a\tb, c"),
        person(6)
            .with("first_name", "=Ana")
            .with("last_name", "O'Brien"),
        person(7)
            .with("birth_date", "")
            .with("city", "'s-Hertogenbosch"),
        person(7).with("birth_date", "").with("city", "Elsewhere"),
        person(8).with("gender", "F"),
    ]
}

fn deductions() -> Vec<Record> {
    vec![
        deduction(1),
        deduction(2).with("plan_name", "Größe \"XL\"; a|b, c\td"),
        deduction(3)
            .with("employee_amount", "1234.00")
            .with("employer_amount", ""),
        deduction(4).with("employee_amount", "12,5O"),
        deduction(5).with("end_date", today()),
        deduction(5).with("end_date", today()),
        deduction(99),
    ]
}

/// Everything about a run that must not depend on the input format.
#[derive(Debug, PartialEq)]
struct Essence {
    output: Option<Vec<u8>>,
    counts: Vec<Value>,
    /// Record, field and code.
    found: Vec<(u64, String, String)>,
}

fn essence(run: &Outcome) -> Essence {
    let keys = [
        "status",
        "records_processed",
        "records_accepted",
        "records_unchanged",
        "records_skipped",
        "skipped",
        "errors",
        "employees_processed",
        "amounts",
    ];
    let counts = keys.iter().map(|key| run.summary()[key].clone()).collect();
    let mut found: Vec<(u64, String, String)> = run
        .errors()
        .into_iter()
        // Only this format has to be guessed, which gives a warning.
        .filter(|row| row.code != "ENCODING_ASSUMED")
        .map(|row| (row.record.unwrap_or(0), row.field, row.code))
        .collect();
    found.sort_unstable();
    Essence {
        output: run.output(),
        counts,
        found,
    }
}

fn employees_in(dress: &Dress) -> Outcome {
    let file = dress.file(&employees());
    Scenario::new()
        .inbound(DEMOGRAPHIC, "hr.txt", file)
        .run(DEMOGRAPHIC, &[])
}

fn deductions_in(dress: &Dress) -> Outcome {
    let site = Scenario::new();
    site.roster("hr.csv", PLAIN.file(&people(9)));
    site.inbound(DEDUCTION, "ded.txt", dress.file(&deductions()))
        .run(DEDUCTION, &[])
}

#[test]
fn the_plain_dress_is_as_expected() {
    let run = employees_in(&PLAIN);
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(
        (run.count("records_accepted"), run.count("errors")),
        (6, 3),
        "{run:?}"
    );
    assert_eq!(run.rows()[0]["last_name"], "Müller, genannt \"Élan\"");
    assert_eq!(run.rows()[2]["address_1"], "two\nlines");
    let run = deductions_in(&PLAIN);
    assert_eq!(
        (run.count("records_accepted"), run.count("errors")),
        (4, 2),
        "{run:?}"
    );
    assert_eq!(run.count("records_skipped"), 1);
}

#[test]
fn each_piece_of_dress_alone() {
    let want = essence(&employees_in(&PLAIN));
    let mut pieces = Vec::new();
    for encoding in [
        Encoding::MarkedUtf8,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
        Encoding::Windows1252,
    ] {
        pieces.push(Dress { encoding, ..PLAIN });
    }
    for titles in [Titles::TitleCase, Titles::Dashed, Titles::Aliases] {
        pieces.push(Dress { titles, ..PLAIN });
    }
    for delimiter in ['|', '\t', ';'] {
        pieces.push(Dress { delimiter, ..PLAIN });
    }
    for line_end in ["\r\n", "\r"] {
        pieces.push(Dress { line_end, ..PLAIN });
    }
    pieces.extend([
        Dress {
            last_end: false,
            ..PLAIN
        },
        Dress {
            quote_all: true,
            ..PLAIN
        },
        Dress {
            blank_lines: true,
            ..PLAIN
        },
        Dress {
            padded: true,
            ..PLAIN
        },
        Dress { order: 7, ..PLAIN },
        Dress {
            forms: 0x1111_1111_1111_1111,
            ..PLAIN
        },
        Dress {
            forms: 0x2222_2222_2222_2222,
            ..PLAIN
        },
        Dress {
            forms: 0x3333_3333_3333_3333,
            ..PLAIN
        },
    ]);
    for dress in pieces {
        let run = employees_in(&dress);
        assert_eq!(essence(&run), want, "{dress:?}: {run:?}");
    }
}

/// A row of blank fields is a blank line, whatever parts its fields.
#[test]
fn a_row_of_nothing_is_no_record_in_any_dress() {
    let quoted = [false, true].into_iter();
    for (delimiter, quote_all) in [',', '|', '\t', ';']
        .into_iter()
        .flat_map(|d| quoted.clone().map(move |q| (d, q)))
    {
        let dress = Dress {
            delimiter,
            quote_all,
            ..PLAIN
        };
        let nothing = Record {
            cells: person(1)
                .cells
                .into_iter()
                .map(|(c, _)| (c, String::new()))
                .collect(),
        };
        let file = dress.file(&[person(1), nothing, person(2)]);
        let run = Scenario::new()
            .inbound(DEMOGRAPHIC, "hr.csv", file)
            .run(DEMOGRAPHIC, &[]);
        assert_eq!(run.count("records_processed"), 2, "{delimiter:?}: {run:?}");
        assert_eq!(run.count("errors"), 0, "{delimiter:?}: {run:?}");
    }
}

proptest! {
    #![proptest_config(Config {
        cases: 24,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn employees_in_every_dress(dress in dresses()) {
        let (want, run) = (employees_in(&PLAIN), employees_in(&dress));
        prop_assert_eq!(essence(&run), essence(&want), "{:?}: {:?}", dress, run);
    }

    #[test]
    fn another_dress_is_no_change(first in dresses(), second in dresses()) {
        let site = Scenario::new();
        let run = site.inbound(DEMOGRAPHIC, "one.txt", first.file(&employees())).run(DEMOGRAPHIC, &[]);
        // Other bytes, so that it is no duplicate.
        let again = [second.file(&employees()), second.encode_rest("\n\n\n")].concat();
        let next = site.inbound(DEMOGRAPHIC, "two.txt", again).run(DEMOGRAPHIC, &[]);
        prop_assert_eq!(next.count("records_accepted"), 0, "{:?} {:?}: {:?}", first, second, next);
        prop_assert_eq!(next.count("records_unchanged"), run.count("records_accepted"), "{:?}", next);
        prop_assert_eq!(next.count("errors"), run.count("errors"));
    }

    #[test]
    fn deductions_in_every_dress(dress in dresses()) {
        let (want, run) = (deductions_in(&PLAIN), deductions_in(&dress));
        prop_assert_eq!(essence(&run), essence(&want), "{:?}: {:?}", dress, run);
    }
}

#[test]
fn utf_16_without_its_mark_is_read_where_it_is_declared() {
    const DECLARED: &str = "[integration.demographic-export.format]\nencoding = 'utf-16'";
    let text = String::from_utf8(csv(&[
        person(1),
        person(2).with("last_name", "Łukasz-Éire"),
        person(3).with("ssn", "000-11-2222"),
    ]));
    let text = text.expect("UTF-8");
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide = |text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let (mark, plain) = (wide("\u{feff}"), wide(&text));
        let marked = [mark, plain.clone()].concat();
        let ended = [plain.clone(), wide("\u{1a}")].concat();
        for file in [&plain, &marked, &ended] {
            let site = Scenario::new().and_config(DECLARED);
            let run = site
                .inbound(DEMOGRAPHIC, "hr.csv", file)
                .run(DEMOGRAPHIC, &[]);
            run.ended(3, "Completed with Errors").buckets([2, 0, 0, 1]);
            assert_eq!(run.column("last_name")[1], "Łukasz-Éire");
            let order = if plain[0] == 0 {
                "UTF-16BE"
            } else {
                "UTF-16LE"
            };
            assert_eq!(run.receipt()["encoding"], order);
            // Rejects are the sender's own bytes and can be sent back.
            let rejects = run.rejects().expect("rejects");
            let header = text.lines().next().expect("a header");
            let last = text.lines().last().expect("a row");
            let expected = wide(&format!("{header}\n{last}\n"));
            assert!(rejects.ends_with(&expected));
            let name = run.published_name("rejects");
            let fixed = wide(&format!("{header}\n{last}\n").replace("000-11-2222", "611-45-9876"));
            let again = site
                .inbound(DEMOGRAPHIC, &name, fixed)
                .run(DEMOGRAPHIC, &[]);
            again.completed().buckets([1, 0, 0, 0]);
        }
        // Where nothing is declared it is not guessed.
        let run = Scenario::new()
            .inbound(DEMOGRAPHIC, "hr.csv", &plain)
            .run(DEMOGRAPHIC, &[]);
        assert_eq!(run.findings().get("NUL_BYTE"), Some(&1), "{run:?}");
    }
}

#[test]
fn a_long_file_of_utf_16_without_its_mark_is_read() {
    let site =
        Scenario::new().and_config("[integration.demographic-export.format]\nencoding = 'utf-16'");
    let text = String::from_utf8(csv(&people(5_000))).expect("UTF-8");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    std::fs::write(site.path("hr.csv"), &wide).expect("file");
    let dry = site.feedgate(&["validate", "hr.csv", "--integration", DEMOGRAPHIC, "--json"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", &wide)
        .run(DEMOGRAPHIC, &[]);
    run.completed().buckets([5_000, 0, 0, 0]);
}
