//! Files that fail as a whole: the run is Failed with the code, there is a receipt but no output, the roster is
//! unchanged, and the next file runs.

use crate::people::{csv, deduction, people};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use feedgate::internal::domain::Code;

/// A bad file and one that is nearly as bad.
pub(crate) struct Fault {
    /// The code the run ends with.
    pub code: Code,
    what: &'static str,
    integration: &'static str,
    config: &'static str,
    bad: Vec<u8>,
    near: Vec<u8>,
    /// A number of a line that the reason has to name.
    line: Option<u64>,
}

fn fault(
    code: Code,
    what: &'static str,
    bad: impl Into<Vec<u8>>,
    near: impl Into<Vec<u8>>,
) -> Fault {
    Fault {
        code,
        what,
        integration: DEMOGRAPHIC,
        config: "",
        bad: bad.into(),
        near: near.into(),
        line: None,
    }
}

impl Fault {
    fn config(mut self, toml: &'static str) -> Fault {
        self.config = toml;
        self
    }

    fn line(mut self, line: u64) -> Fault {
        self.line = Some(line);
        self
    }

    fn deductions(mut self) -> Fault {
        self.integration = DEDUCTION;
        self
    }
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn text(records: usize) -> String {
    String::from_utf8(csv(&people(records))).expect("UTF-8")
}

/// Two people, and the job title of the second replaced by these bytes.
fn with_title(title: &[u8]) -> Vec<u8> {
    let whole = text(2);
    let (head, _) = whole.rsplit_once("Analyst").expect("a job title");
    joined(&[head.as_bytes(), title, b"\n"])
}

/// The header of [`text`] with another name for a column.
fn renamed(column: &str, name: &str) -> String {
    text(2).replacen(column, name, 1)
}

/// One person's 20 columns, and that many unknown ones.
fn widened(more: usize, cell: &str) -> String {
    let one = text(1);
    let (header, row) = one.trim_end().split_once('\n').expect("two lines");
    let titles: String = (0..more).map(|i| format!(",extra{i}")).collect();
    let cells = format!(",{cell}").repeat(more);
    format!("{header}{titles}\n{row}{cells}\n")
}

/// Every fault of a file.
pub(crate) fn faults() -> Vec<Fault> {
    [contents(), quotes(), headers(), limits(), trailers()]
        .into_iter()
        .flatten()
        .collect()
}

fn contents() -> Vec<Fault> {
    let good = text(2);
    let random: Vec<u8> = (0..4096u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    let nul = good.replace("Analyst", "Ana\0lyst");
    let header = good.split_inclusive('\n').next().unwrap_or_default();
    let latin = with_title(b"Ing\xe9nieur");
    let utf8 = "[integration.demographic-export.format]\nencoding = 'utf-8'";
    vec![
        fault(Code::FileEmpty, "no bytes", "", header),
        fault(Code::FileEmpty, "blank lines", "\n\r\n  \n", header),
        fault(
            Code::FileEmpty,
            "a byte order mark",
            "\u{feff}",
            format!("\u{feff}{header}"),
        ),
        fault(
            Code::FileBinary,
            "a workbook",
            joined(&[b"PK\x03\x04\x14\0\x06\0", &random]),
            good.clone(),
        ),
        fault(Code::FileBinary, "random bytes", random, good.clone()),
        fault(
            Code::FileBinary,
            "a PDF",
            "%PDF-1.7\n%\u{e2}\u{e3}\n1 0 obj\n",
            good.clone(),
        ),
        fault(Code::NulByte, "a NUL", nul, good.clone()).line(2),
        fault(
            Code::NulByte,
            "UTF-16 without its mark",
            wide(&good),
            joined(&[b"\xff\xfe", &wide(&good)]),
        ),
        fault(
            Code::EncodingInvalid,
            "Windows-1252 for UTF-8",
            latin,
            with_title("Ingénieur".as_bytes()),
        )
        .config(utf8),
        fault(
            Code::EncodingInvalid,
            "half a UTF-16 character",
            joined(&[b"\xff\xfe", &wide(&good), b"1"]),
            joined(&[b"\xff\xfe", &wide(&good)]),
        ),
    ]
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn quotes() -> Vec<Fault> {
    let lines = |n: usize| "\n".repeat(n);
    let quoted = |inner: String| with_title(format!("\"{inner}\"").as_bytes());
    let closed = text(2).replacen("101 Juniper Way", "\"101 Juniper Way\"", 1);
    vec![
        fault(
            Code::QuoteUnclosed,
            "an open quote",
            with_title(b"\"Analyst"),
            with_title(b"\"Analyst\""),
        )
        .line(3),
        fault(
            Code::QuoteUnclosed,
            "an open quote in the first of two records",
            text(2).replacen("101 Juniper", "\"101 Juniper", 1),
            closed,
        )
        .line(2),
        fault(
            Code::QuoteRunaway,
            "a quote that closes in the next record",
            text(2)
                .replacen("101 Juniper", "\"101 Juniper", 1)
                .replacen("102 Juniper Way", "\"102 Juniper Way\"", 1),
            text(2)
                .replacen("101 Juniper Way", "\"101\nJuniper Way\"", 1)
                .replacen("102 Juniper Way", "\"102 Juniper Way\"", 1),
        )
        .line(2),
        fault(
            Code::RecordTooManyLines,
            "a quote over 101 lines",
            quoted(lines(100)),
            quoted(lines(99)),
        )
        .line(3),
        fault(
            Code::RecordTooManyLines,
            "a quote that closes 300 records later",
            text(400)
                .replacen("103 Juniper", "\"103 Juniper", 1)
                .replacen("450 Juniper Way", "450 Juniper Way\"", 1),
            text(400),
        )
        .line(4),
        fault(
            Code::RecordTooLong,
            "2 MiB without a line end",
            with_title("x".repeat(2 << 20).as_bytes()),
            text(2),
        )
        .line(3),
        fault(
            Code::RecordTooLong,
            "17 fields of 64 KiB",
            widened(17, &"x".repeat(64 << 10)),
            widened(15, &"x".repeat(64 << 10)),
        )
        .line(2),
    ]
}

fn headers() -> Vec<Fault> {
    vec![
        fault(
            Code::ColumnMissing,
            "no ssn",
            renamed("ssn", "number"),
            renamed("ssn", "SS#"),
        )
        .line(1),
        fault(
            Code::ColumnMissing,
            "a near miss",
            renamed("subscriber_id", "Subscribr ID"),
            renamed("subscriber_id", "Subscriber-ID"),
        ),
        fault(
            Code::ColumnMissing,
            "no header",
            text(2)
                .split_once('\n')
                .map(|(_, rows)| rows.to_owned())
                .unwrap_or_default(),
            text(2),
        ),
        fault(
            Code::ColumnDuplicate,
            "an alias beside its column",
            renamed("job_title", "Member ID"),
            renamed("job_title", "Title"),
        ),
        fault(
            Code::ColumnDuplicate,
            "the same column twice",
            renamed("job_title", "SSN"),
            renamed("job_title", "Grade"),
        ),
        fault(
            Code::ColumnsTooMany,
            "1,025 columns",
            widened(1005, ""),
            widened(1004, ""),
        ),
    ]
}

fn limits() -> Vec<Fault> {
    let limit = "[integration.demographic-export.limits]\nmax_records = 2\nmax_file_bytes = 700";
    let small = |n: usize| {
        let mut file = String::from(
            "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n",
        );
        for p in people(n) {
            file += &format!(
                "{},{},{},A,B,1980-01-01,2020-01-01,A\n",
                p.get("subscriber_id"),
                p.get("username"),
                p.get("ssn")
            );
        }
        file
    };
    let padded = |bytes: usize| format!("{}{}", small(1), "\n".repeat(bytes - small(1).len()));
    vec![
        fault(
            Code::RecordsTooMany,
            "three records for two",
            small(3),
            small(2),
        )
        .config(limit),
        fault(
            Code::FileTooLarge,
            "701 bytes for 700",
            padded(701),
            padded(700),
        )
        .config(limit),
    ]
}

fn trailers() -> Vec<Fault> {
    let format = "[integration.deduction-import.format]\n\
        trailer = { marker = 'TRL', count = 2, employee_amount = 3, employer_amount = 4 }";
    let shape = "[identity]\nmatch = 'shape-only'\n";
    let config: &'static str = Box::leak(format!("{shape}{format}").into_boxed_str());
    let rows = csv(&[
        deduction(1)
            .with("employee_amount", "100.10")
            .with("employer_amount", "50"),
        deduction(2)
            .with("employee_amount", "0.05")
            .with("employer_amount", ""),
    ]);
    let with = |trailer: &str| joined(&[&rows, trailer.as_bytes()]);
    let good = || with("TRL,2,10015,5000\n");
    let all = [
        fault(Code::ControlTotal, "no trailer", with(""), good()),
        fault(
            Code::ControlTotal,
            "another count",
            with("TRL,3,10015,5000\n"),
            good(),
        ),
        fault(
            Code::ControlTotal,
            "another employee amount",
            with("TRL,2,10016,5000\n"),
            good(),
        ),
        fault(
            Code::ControlTotal,
            "another employer amount",
            with("TRL,2,10015,4999\n"),
            good(),
        ),
        fault(
            Code::ControlTotal,
            "no number",
            with("TRL,two,10015,5000\n"),
            good(),
        ),
        fault(
            Code::ControlTotal,
            "a record after the trailer",
            joined(&[
                &good(),
                csv(&[deduction(3)])
                    .splitn(2, |b| *b == b'\n')
                    .nth(1)
                    .unwrap_or_default(),
            ]),
            with("TRL,2,10015,5000"),
        ),
        fault(
            Code::ControlTotal,
            "two trailers",
            joined(&[&good(), b"TRL,2,10015,5000\n"]),
            good(),
        ),
    ];
    all.into_iter()
        .map(|f| f.deductions().config(config))
        .collect()
}

#[test]
fn each_fails_with_its_code_and_changes_nothing() {
    let mut wrong = Vec::new();
    for fault in faults() {
        let site = site_of(&fault);
        let before = site.outbound();
        let run = site
            .inbound(fault.integration, "bad.csv", &fault.bad)
            .run(fault.integration, &[]);
        let what = format!("{} ({})", fault.code, fault.what);
        let code = fault.code.as_str();
        if run.code != 1 || run.status() != "Failed" {
            wrong.push(format!("{what} does not fail: {run:?}"));
            continue;
        }
        let receipt = run.receipt();
        let named = |json: &serde_json::Value| {
            let reason = json["reason"].as_str().unwrap_or_default();
            json["findings"][code] == 1 || reason.contains(code)
        };
        if !named(run.summary()) || !named(&receipt) {
            wrong.push(format!("{what} is not named: {run:?}"));
        }
        let reason = run.text("reason");
        if reason.is_empty() || fault.line.is_some_and(|l| !reason.contains(&l.to_string())) {
            wrong.push(format!("{what} has the reason {reason:?}"));
        }
        if run.output().is_some() || !run.summary()["output_file"].is_null() {
            wrong.push(format!("{what} writes an output"));
        }
        let counted = fault.code == Code::ControlTotal;
        if !counted && run.count("records_processed") != 0 {
            wrong.push(format!("{what} counts records: {run:?}"));
        }
        let new: Vec<String> = site
            .outbound()
            .into_iter()
            .filter(|f| !before.contains(f))
            .collect();
        let expected = |f: &String| f.contains("/receipts/") || (counted && f.contains("/errors/"));
        if !new.iter().all(expected) {
            wrong.push(format!("{what} wrote {new:?}"));
        }
        // Nothing was taken: all are new to the next file.
        let good = if fault.integration == DEMOGRAPHIC {
            csv(&people(2))
        } else {
            fault.near.clone()
        };
        let next = site
            .inbound(fault.integration, "good.csv", &good)
            .run(fault.integration, &[]);
        let all_new = next.count("records_created") == next.count("records_processed");
        if next.code != 0 || !all_new || next.output().is_none() {
            wrong.push(format!("after {what}: {next:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn near_misses_are_taken() {
    for fault in faults() {
        let site = site_of(&fault);
        let run = site
            .inbound(fault.integration, "near.csv", &fault.near)
            .run(fault.integration, &[]);
        assert_eq!(run.code, 0, "near {} ({}): {run:?}", fault.code, fault.what);
    }
}

fn site_of(fault: &Fault) -> Scenario {
    Scenario::new().and_config(fault.config)
}

#[test]
fn a_guessed_encoding_is_warned_of_and_the_names_are_right() {
    let site = Scenario::new();
    let latin = with_title(b"Ing\xe9nieur");
    let run = site
        .inbound(DEMOGRAPHIC, "latin.csv", latin)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.findings().get("ENCODING_ASSUMED"), Some(&1), "{run:?}");
    assert_eq!(run.count("warnings"), 1);
    assert_eq!(run.rows()[1]["job_title"], "Ingénieur");
    let near = with_title("Ingénieur".as_bytes());
    let run = Scenario::new()
        .inbound(DEMOGRAPHIC, "utf8.csv", near)
        .run(DEMOGRAPHIC, &[]);
    assert!(run.findings().is_empty(), "{run:?}");
    let fixed = "[integration.demographic-export.format]\nencoding = 'windows-1252'";
    let site = Scenario::new().and_config(fixed);
    let run = site
        .inbound(DEMOGRAPHIC, "latin.csv", with_title(b"Ing\xe9nieur"))
        .run(DEMOGRAPHIC, &[]);
    assert!(run.findings().is_empty(), "{run:?}");
}

#[test]
fn a_near_miss_of_a_column_name_is_named() {
    let site = Scenario::new();
    let file = renamed("subscriber_id", "Subscribr ID");
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", file)
        .run(DEMOGRAPHIC, &[]);
    let reason = run.text("reason");
    assert!(
        reason.contains("Subscribr ID") && reason.contains("subscriber_id"),
        "{reason}"
    );
}

#[test]
fn columns_nobody_knows_are_named_in_the_receipt() {
    let site = Scenario::new();
    let file = renamed("job_title", "Shoe Size");
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", file)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.receipt()["unknown_columns"],
        serde_json::json!(["Shoe Size"])
    );
}
