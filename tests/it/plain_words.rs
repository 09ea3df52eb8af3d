//! What HR and carriers read is in plain words: the commonest messages as they come out, and words that none has.

mod sent;

use crate::codes;
use crate::people::{Record, csv, days_ago, deduction, gone, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario, read_csv};
use feedgate::internal::domain::Code;
use feedgate::internal::domain::explanation::explain;
use sent::{deductions, employees, own};
use std::fmt::Write as _;
use std::path::Path;

/// Words that people outside of the office that runs Feedgate do not use.
const AVOIDED: [&str; 10] = [
    "roster",
    "rosters",
    "accepted",
    "header",
    "headers",
    "delimiter",
    "delimiters",
    "integration",
    "integrations",
    "cross-reference",
];

/// A site where people are known, one of whom has left.
fn site() -> Scenario {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "receipts = [\"json\", \"text\"]")
        .and_keys(DEDUCTION, "receipts = [\"json\", \"text\"]");
    let mut known: Vec<Record> = (101..109).map(person).collect();
    known.push(gone(109));
    site.roster("known.csv", csv(&known));
    site
}

fn send(site: &Scenario, to: &str, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    site.inbound(to, name, bytes).run(to, &[])
}

/// Everything that is said, as a list for people to read: by what was sent, where, which code, message and advice.
struct Said {
    text: String,
}

impl Said {
    fn title(&mut self, title: &str) {
        let _ = writeln!(self.text, "\n# {title}");
    }

    fn row(&mut self, what: &str, row: &ErrorRow) {
        let place = match (row.line, row.header.as_str()) {
            (None, _) => String::new(),
            (Some(line), "") => format!(", line {line}"),
            (Some(line), header) => format!(", line {line}, {header}"),
        };
        let ErrorRow {
            code,
            message,
            how_to_fix,
            ..
        } = row;
        let fix = plan_years_aside(how_to_fix);
        let _ = writeln!(self.text, "\n{what}: {code}{place}\n  {message}\n  {fix}");
    }

    /// The findings of a file whose rows have one fault each.
    fn rows(&mut self, run: &Outcome, whats: &[&str]) {
        let errors = run.errors();
        for (line, what) in (2..).zip(whats) {
            let mut told = 0;
            for row in errors.iter().filter(|row| row.line == Some(line)) {
                self.row(what, row);
                told += 1;
            }
            assert!(
                told > 0 || what.is_empty(),
                "{what}: nothing is said: {run:?}"
            );
        }
    }

    /// Sends rows with one fault each.
    fn sent(&mut self, site: &Scenario, to: &str, name: &str, rows: Vec<(&str, Record)>) {
        let (whats, records): (Vec<&str>, Vec<Record>) = rows.into_iter().unzip();
        self.rows(&send(site, to, name, own(&records)), &whats);
    }

    /// The first rows of the error file of a held file.
    fn held(&mut self, what: &str, run: &Outcome) {
        let errors = run.errors();
        let rows: Vec<&ErrorRow> = errors.iter().filter(|row| row.line.is_none()).collect();
        assert!(!rows.is_empty(), "{what}: {run:?}");
        rows.iter().for_each(|row| self.row(what, row));
    }

    /// The reason of a failed file, and the advice of its code.
    fn file(&mut self, what: &str, run: &Outcome) {
        let mut said = run.text("reason").to_owned();
        let code = said.split([' ', ':']).next().and_then(Code::parse);
        if let Some(code) = code {
            let _ = write!(said, "\n  {}", explain(code).fix);
        }
        let _ = writeln!(self.text, "\n{what}\n  {said}");
    }
}

/// Runs every case; what is said, and all texts for HR and carriers that came out.
fn all_said() -> (String, Vec<(String, String)>) {
    let mut said = Said {
        text: "The commonest messages, by what was sent.\n".to_owned(),
    };
    let mut sites = vec![rows_said(&mut said)];
    sites.extend(rows_of_other_sites_said(&mut said));
    sites.extend(files_said(&mut said));
    said.title("Answers and receipts");
    let texts: Vec<(String, String)> = sites.iter().flat_map(published).collect();
    for (name, text) in &texts {
        let pinned = [
            "hr.REF.receipt",
            "open.REF.answer",
            "people.",
            "left.REF.receipt",
        ];
        if pinned.iter().any(|beginning| name.starts_with(beginning)) {
            let _ = writeln!(said.text, "\n{name}\n{}", text.trim_end());
        }
    }
    (without_references(&said.text), texts)
}

/// The rows that one site judges.
fn rows_said(said: &mut Said) -> Scenario {
    said.title("Rows of employees");
    let site = site();
    said.sent(&site, DEMOGRAPHIC, "hr.csv", employees());
    let two = as_text(&people(2));
    let odd = two.replacen("Madison", "\"Madi\"son", 1);
    let odd = format!("{},more\n", odd.trim_end());
    let run = send(&site, DEMOGRAPHIC, "shape.csv", odd);
    said.rows(&run, &["text behind a quote", "a value too many"]);
    let cut = &two[..two.rfind(",WI").expect("a state")];
    let run = send(&site, DEMOGRAPHIC, "cut.csv", cut);
    said.rows(&run, &["", "a file that was cut off"]);
    said.title("Corrections");
    let [first, second, third] = corrections(&site);
    said.rows(&first, &["a row that was never rejected"]);
    said.rows(&second, &["a row that was taken since"]);
    said.rows(&third, &["a row that has got a mark"]);
    said.title("Rows of deductions");
    said.sent(&site, DEDUCTION, "ded.csv", deductions());
    site
}

/// Rows that are faulty by what the configuration says.
fn rows_of_other_sites_said(said: &mut Said) -> Vec<Scenario> {
    let retro = "retro_days = 30\nretro_reject_days = 30";
    let dates = "format = { dates = [\"%m/%d/%Y\", \"%d/%m/%Y\", \"%Y-%m-%d\"] }";
    let mut judged = |what, keys: &str, record: Record| {
        let site = site().and_keys(DEDUCTION, keys);
        said.sent(&site, DEDUCTION, "ded.csv", vec![(what, record)]);
        site
    };
    let from = |day: &str| deduction(101).with("effective_date", day);
    let past = days_ago(80).to_string();
    vec![
        judged("a change far in the past", retro, from(&past)),
        judged(
            "a date that can be read in two ways",
            dates,
            from("03/04/2026"),
        ),
        judged(
            "an employer of another site",
            "eins = [\"98-7654321\"]",
            from(&past).with("ein", "12-3456789"),
        ),
    ]
}

/// Files that are refused or held as a whole.
fn files_said(said: &mut Said) -> Vec<Scenario> {
    said.title("Files");
    let refusing = site();
    let one = as_text(&people(1));
    let headless = one.lines().nth(1).expect("a row").to_owned();
    for (what, name, text) in [
        ("an empty file", "empty.csv", String::new()),
        (
            "a workbook under another name",
            "book.csv",
            "PK\x03\x04\x14\0\x06\0xl/workbook.xml".to_owned(),
        ),
        (
            "a mistyped column name",
            "names.csv",
            one.replace("Employee SSN", "Emplyee SSN"),
        ),
        ("no column names", "rows.csv", headless),
        (
            "a quote that is never closed",
            "quote.csv",
            format!("{one}N1,\"open\n"),
        ),
    ] {
        said.file(what, &send(&refusing, DEMOGRAPHIC, name, text));
    }
    send(&refusing, DEMOGRAPHIC, "people.doc", "anything");
    let guards = "guards = { max_error_count = 1, max_termination_count = 1 }";
    let holding = site().and_keys(DEMOGRAPHIC, guards);
    let faulty: Vec<Record> = (1..4).map(|n| person(n).with("last_name", "")).collect();
    let left: Vec<Record> = (101..104).map(gone).collect();
    for (what, name, records) in [
        ("many faults at once", "many.csv", faulty),
        ("many who left at once", "left.csv", left),
    ] {
        said.held(what, &send(&holding, DEMOGRAPHIC, name, own(&records)));
    }
    vec![refusing, holding]
}

fn as_text(records: &[Record]) -> String {
    String::from_utf8(own(records)).expect("UTF-8")
}

/// Files of corrections: the first has a row that was never rejected, the second one that was taken with the first, the third
/// one that is marked to be left out.
fn corrections(site: &Scenario) -> [Outcome; 3] {
    let wrong = [60, 61].map(|n| person(n).with("hire_date", "soon"));
    let run = send(site, DEMOGRAPHIC, "open.csv", own(&wrong));
    let name = format!("open.{}.rejects.csv", run.reference());
    let first = send(site, DEMOGRAPHIC, &name, own(&[person(62), person(60)]));
    let again = person(60).with("city", "Verona");
    let second = send(site, DEMOGRAPHIC, &name, own(&[again]));
    let marked = person(61).with("exclude_from_batch_import", "yes");
    let third = send(site, DEMOGRAPHIC, &name, own(&[marked]));
    [first, second, third]
}

/// What lies in the outbound folders for people to read: by the name of the file, without what is different every time.
fn published(site: &Scenario) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for path in site.outbound() {
        let Some(kind) = [
            "errors.csv",
            "held.csv",
            "answer.txt",
            "receipt.txt",
            "receipt.json",
        ]
        .into_iter()
        .find(|kind| path.ends_with(kind)) else {
            continue;
        };
        let bytes = std::fs::read(site.path(&path)).expect("readable");
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        let text = match kind {
            "errors.csv" => {
                let rows: Vec<ErrorRow> = read_csv(&bytes);
                let told = |row: &ErrorRow| format!("{} {}\n", row.message, row.how_to_fix);
                rows.iter().map(told).collect()
            }
            "held.csv" => text
                .lines()
                .skip(1)
                .map(|line| format!("{line}\n"))
                .collect(),
            "receipt.json" => {
                let receipt: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                receipt["reason"].as_str().unwrap_or_default().to_owned()
            }
            _ => {
                let varies = |line: &&str| {
                    !["Time ", "Size ", "SHA-256 "]
                        .iter()
                        .any(|w| line.starts_with(w))
                };
                text.lines()
                    .filter(varies)
                    .map(|line| format!("{line}\n"))
                    .collect()
            }
        };
        let name = Path::new(&path)
            .file_name()
            .expect("a name")
            .to_string_lossy();
        let named_by_letters = name.starts_with("people.");
        let name = match named_by_letters {
            true => "people.doc, which is not taken".to_owned(),
            false => without_references(&name),
        };
        all.push((name, without_references(&text)));
    }
    all.sort();
    all
}

/// Advice without the plan years of the site, which are other ones every year.
fn plan_years_aside(fix: &str) -> String {
    let years = ["Plan years here: ", "The plan year is "];
    let found = years
        .iter()
        .find_map(|words| fix.split_once(words).map(|(before, _)| (before, words)));
    found.map_or_else(
        || fix.to_owned(),
        |(before, words)| format!("{before}{words}…"),
    )
}

/// A text with `REF` in the place of the numbers of runs.
fn without_references(text: &str) -> String {
    let is_reference = |part: &str| {
        let digits = |range| {
            part.get(range)
                .is_some_and(|d: &str| d.bytes().all(|b| b.is_ascii_digit()))
        };
        part.len() >= 15 && digits(0..8) && part.as_bytes()[8] == b'-' && digits(9..15)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if is_reference(rest) {
            out += "REF";
            rest = &rest[15..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The words of a text that are avoided. Column names such as `subscriber_id` are no words, and neither are codes.
fn avoided(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let words: Vec<&str> = text
        .split(|c| !is_part(c))
        .map(|w| w.trim_matches(['.', '-']))
        .collect();
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let next = words.get(i + 1).copied().unwrap_or_default();
        let plain = word.to_lowercase();
        let column = matches!(next, "ID" | "IDs");
        if AVOIDED.contains(&&*plain)
            || plain.starts_with("subscriber") && !plain.contains('_') && !column
        {
            found.push(format!("{word} {next}"));
        }
    }
    found
}

#[test]
fn the_commonest_messages_are_these() {
    let (said, texts) = all_said();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/plain_words/messages.txt");
    if std::env::var_os("FEEDGATE_BLESS").is_some() {
        std::fs::write(&path, &said).expect("the list can be written");
    }
    let pinned = std::fs::read_to_string(&path).expect("the list");
    let changed: Vec<(&str, &str)> = pinned
        .lines()
        .zip(said.lines())
        .filter(|(a, b)| a != b)
        .collect();
    assert!(
        pinned == said,
        "other texts than in {}: look at them, then write it with FEEDGATE_BLESS=1: {changed:#?}",
        path.display()
    );
    let mut wrong: Vec<String> = Vec::new();
    for (name, text) in &texts {
        wrong.extend(
            avoided(text)
                .into_iter()
                .map(|word| format!("{name}: {word}")),
        );
    }
    assert_eq!(wrong, [""; 0]);
    let kinds = ["errors.csv", "held.csv", "answer.txt", "receipt.txt"];
    assert!(
        kinds
            .iter()
            .all(|kind| texts.iter().any(|(name, _)| name.ends_with(kind)))
    );
}

#[test]
fn no_code_has_a_message_or_advice_in_words_of_the_trade() {
    let mut wrong: Vec<String> = Vec::new();
    for code in Code::ALL {
        let explanation = explain(*code);
        for text in [explanation.message, explanation.fix] {
            wrong.extend(
                avoided(text)
                    .into_iter()
                    .map(|word| format!("{code}: {word}")),
            );
        }
    }
    assert_eq!(wrong, [""; 0]);
    for (text, found) in [
        ("The roster's subscribers.", 2),
        ("Accepted: a cross-reference table", 2),
        ("subscriber_id, the subscriber ID and ALREADY_ACCEPTED", 0),
        ("format.delimiter", 0),
    ] {
        assert_eq!(avoided(text).len(), found, "{text}");
    }
}

#[test]
fn no_faulty_record_is_answered_in_words_of_the_trade() {
    let mut wrong: Vec<String> = Vec::new();
    for (kind, right) in [
        (DEMOGRAPHIC, person as fn(usize) -> Record),
        (DEDUCTION, deduction),
    ] {
        let site = self::site();
        let cases = codes::plain_cases(kind);
        let rows = cases
            .iter()
            .enumerate()
            .map(|(i, case)| case.faulty(right(i + 200)));
        let run = send(&site, kind, "all.csv", csv(&rows.collect::<Vec<_>>()));
        assert!(run.errors().len() >= cases.len(), "{run:?}");
        for (name, text) in published(&site) {
            wrong.extend(
                avoided(&text)
                    .into_iter()
                    .map(|word| format!("{name}: {word}")),
            );
        }
    }
    assert_eq!(wrong, [""; 0]);
}
