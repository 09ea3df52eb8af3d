//! What stands behind the last record and at the end of rows: filling, trailing delimiters, rows of nothing, and files
//! that were cut off.

use super::people::{csv, people, person};
use super::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use feedgate::internal::format::Encoding;
use serde_json::Value;

const TRAILER: &str =
    "[integration.demographic-export.format]\ntrailer = { marker = 'TRL', count = 2 }";

/// A dry run, then a run; both count the same.
fn run(site: &Scenario, name: &str, text: impl AsRef<[u8]>) -> Outcome {
    let text = text.as_ref();
    std::fs::write(site.path(name), text).expect("file");
    let dry = site.feedgate(&["validate", name, "--integration", DEMOGRAPHIC, "--json"]);
    let dry: Value = dry.summaries.into_iter().next().expect("JSON");
    let run = site.inbound(DEMOGRAPHIC, name, text).run(DEMOGRAPHIC, &[]);
    for key in [
        "status",
        "records_processed",
        "records_accepted",
        "findings",
    ] {
        assert_eq!(dry["summary"][key], run.summary()[key], "{key}: {run:?}");
    }
    run
}

#[test]
fn filling_behind_the_last_record_is_no_record() {
    for filling in ["\u{1a}", "\u{c}", "\0\0\0", " \r\n\u{1a}\0 \n", "\u{c}\r\n"] {
        let text = [csv(&people(2)), filling.into()].concat();
        run(&Scenario::new(), "a.csv", text)
            .completed()
            .buckets([2, 0, 0, 0]);
        let text = [csv(&people(2)), b"TRL,2\r\n".to_vec(), filling.into()].concat();
        let site = Scenario::new().and_config(TRAILER);
        run(&site, "a.csv", text).completed().buckets([2, 0, 0, 0]);
    }
    let mut text = csv(&people(2));
    text.pop();
    text.push(0x1a);
    run(&Scenario::new(), "a.csv", text)
        .completed()
        .buckets([2, 0, 0, 0]);
}

#[test]
fn filling_of_utf_16_is_no_record() {
    let text = String::from_utf8(csv(&people(2))).expect("UTF-8");
    for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
        let mut bytes = encoding.mark(true).to_vec();
        encoding.encode(&(text.clone() + "\u{1a}\0\0"), &mut bytes);
        run(&Scenario::new(), "a.csv", bytes)
            .completed()
            .buckets([2, 0, 0, 0]);
    }
}

#[test]
fn filling_behind_a_long_file_is_found_at_its_end() {
    let text = csv(&people(9_000));
    assert!(text.len() > 5 << 18);
    for filling in [&b"\x1a"[..], &[0; 4096]] {
        let text = [&text, filling].concat();
        run(&Scenario::new(), "a.csv", text)
            .completed()
            .buckets([9_000, 0, 0, 0]);
    }
}

#[test]
fn what_stands_within_the_text_is_no_filling() {
    let [first, second] = [csv([&person(1)]), csv([&person(2)])];
    let row = |file: &[u8]| {
        file.split_inclusive(|b| *b == b'\n')
            .nth(1)
            .map(<[u8]>::to_vec)
    };
    let second = row(&second).expect("a row");
    let text = [&first, &b"\0\n"[..], &second].concat();
    let found = run(&Scenario::new(), "a.csv", text);
    assert_eq!(found.status(), "Failed");
    assert_eq!(found.findings().get("NUL_BYTE"), Some(&1));
    // What was written before a power failure may end in the middle of a value.
    let cut = first.strip_suffix(b"\n").expect("a line end");
    let found = run(&Scenario::new(), "a.csv", [cut, &[0; 9]].concat());
    assert_eq!(found.findings().get("NUL_BYTE"), Some(&1));
    let text = [&first, &b"\x1a\n"[..], &second].concat();
    let found = run(&Scenario::new(), "a.csv", text);
    found
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
}
