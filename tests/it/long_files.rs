//! Long files are processed while their format is still being checked; the check of the whole file decides.

use crate::people::{csv, people};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

const RECORDS: usize = 9_000;

/// Longer than what a first look shows, with this in its last record.
fn long(odd: &[u8]) -> Vec<u8> {
    let mut all = people(RECORDS);
    let last = all.pop().expect("one").with("last_name", "@odd@");
    all.push(last);
    let text = csv(&all);
    assert!(text.len() > 5 << 18, "{} bytes", text.len());
    let at = text.windows(5).rposition(|w| w == b"@odd@").expect("there");
    [&text[..at], odd, &text[at + 5..]].concat()
}

/// A dry run and then a run over it.
fn both(site: &Scenario, name: &str, text: &[u8]) -> (Value, Outcome) {
    std::fs::write(site.path(name), text).expect("file");
    let dry = site.feedgate(&["validate", name, "--integration", DEMOGRAPHIC, "--json"]);
    let dry = dry.summaries.into_iter().next().expect("JSON");
    let run = site.inbound(DEMOGRAPHIC, name, text).run(DEMOGRAPHIC, &[]);
    for key in [
        "records_processed",
        "records_accepted",
        "errors",
        "findings",
        "status",
    ] {
        assert_eq!(dry["summary"][key], run.summary()[key], "{key}: {run:?}");
    }
    (dry, run)
}

#[test]
fn a_file_that_is_what_its_start_shows_is_taken_once() {
    let site = Scenario::new();
    let text = long("Núñez".as_bytes());
    let (_, first) = both(&site, "a.csv", &text);
    assert_eq!(first.count("records_accepted"), RECORDS as u64);
    assert_eq!(first.receipt()["encoding"], "UTF-8");
    let again = site
        .inbound(DEMOGRAPHIC, "b.csv", &text)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(again.text("duplicate_of"), first.reference());
    assert_eq!(
        (again.count("records_processed"), again.output()),
        (0, None)
    );
    assert_eq!(site.tree().iter().find(|p| p.starts_with("work/")), None);
}

#[test]
fn an_encoding_that_shows_at_the_end_is_that_of_the_whole() {
    let (_, run) = both(&Scenario::new(), "a.csv", &long(b"N\xfa\xf1ez"));
    assert_eq!(run.findings().get("ENCODING_ASSUMED"), Some(&1));
    let rows = run.rows();
    assert_eq!(rows.len(), RECORDS);
    assert_eq!(rows[RECORDS - 1]["last_name"], "Núñez");
}

#[test]
fn other_bytes_at_the_end_of_utf8_reject_their_record() {
    let (_, run) = both(&Scenario::new(), "a.csv", &long(b"N\xc3\xba\xf1ez"));
    assert_eq!(run.findings().get("ENCODING_MIXED"), Some(&1));
    assert_eq!(run.count("records_accepted"), RECORDS as u64 - 1);
}

#[test]
fn a_nul_byte_at_the_end_fails_the_whole() {
    let (dry, run) = both(&Scenario::new(), "a.csv", &long(b"N\0n"));
    assert_eq!(
        (run.status(), run.count("records_processed")),
        ("Failed", 0)
    );
    let line = RECORDS + 1;
    assert!(
        run.text("reason").contains(&format!("line {line}")),
        "{run:?}"
    );
    assert_eq!(run.output(), None);
    let finding =
        json!({"line": line, "record": 0, "field": "", "code": "NUL_BYTE", "severity": "error"});
    assert_eq!(dry["findings"], json!([finding]));
}
