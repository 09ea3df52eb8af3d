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
        _ => fine,
    }
}

/// Rows that are left out, a preferred row, a constant, and for files without a header the positions of their columns.
fn settings(kind: &str, rows: &[Record], headless: bool) -> String {
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
    if headless {
        toml += &format!("[integration.{kind}.positions]\n");
        let (header, _) = table(rows);
        // A column that the kind has not is read by nobody.
        let known = |name: &&String| {
            person(1)
                .cells
                .iter()
                .chain(&deduction(1).cells)
                .any(|(n, _)| n == *name)
        };
        let own = if kind == DEMOGRAPHIC {
            person(1)
        } else {
            deduction(1)
        };
        let ours = |name: &&String| {
            own.cells.iter().any(|(n, _)| n == *name) || !known(name) && *name == "test_employee"
        };
        for (name, n) in header.iter().zip(1..).filter(|(name, _)| ours(name)) {
            toml += &format!("{name} = {n}\n");
        }
    }
    toml
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

proptest! {
    #![proptest_config(Config { cases: 6, max_shrink_iters: 20, failure_persistence: None, ..Config::default() })]

    #[test]
    fn workers_and_chunks_leave_no_trace(
        whats in prop::collection::vec(0u8..60, 300..500),
        demographic in any::<bool>(),
        known in 0usize..300,
        last_end in any::<bool>(),
        quotes in prop::sample::select(vec!["rfc4180", "literal", "none"]),
        doubled in any::<bool>(),
        headless in any::<bool>(),
    ) {
        let format = |kind| format!("[integration.{kind}.format]\nquotes = '{quotes}'\n");
        let site = Scenario::new().and_config(&[DEMOGRAPHIC, DEDUCTION].map(format).concat());
        site.roster("known.csv", csv(&people(known.max(1))));
        let kind = if demographic { DEMOGRAPHIC } else { DEDUCTION };
        let rows: Vec<Record> = whats.iter().enumerate().map(|(n, what)| row(kind, n + 1, *what)).collect();
        let mut bytes = csv(&rows);
        let site = site.and_config(&settings(kind, &rows, headless));
        if headless {
            bytes.drain(..=bytes.iter().position(|b| *b == b'\n').expect("a header"));
        }
        if !doubled {
            let text = String::from_utf8(bytes).expect("UTF-8");
            bytes = text.replace("\"\"", "\"").into_bytes();
        }
        if !last_end {
            bytes.pop();
        }
        std::fs::write(site.path("file.csv"), &bytes).expect("written");
        let one = judge(&site, kind, "file.csv", 1, 8 << 20);
        prop_assert!(matches!(one.code, Some(0 | 3)), "{:?}", one.said);
        prop_assert_eq!(one.files.len(), 3);
        for (workers, chunk) in [(1, 4 << 10), (2, 4 << 10), (4, 8 << 10), (3, 64 << 10), (2, 1 << 20)] {
            let other = judge(&site, kind, "file.csv", workers, chunk);
            prop_assert!(one == other, "{workers} workers, chunks of {chunk}");
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
