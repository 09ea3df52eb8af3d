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

const HEADER: &str = "Employee ID|Login|SSN|First Name|Last Name|DOB|Hire Date|Status|City";
const ROWS: [&str; 3] = [
    "E1001|mrios|899121001|MARIA|RIOS|1984-03-02|2019-05-06|A|Madison",
    "E1002|jsmith|899121002|JOHN|SMITH|1979-07-11|2018-01-15|A|Chicago",
    "E1003|bkline|899121003|ROBERT|KLINE|1990-12-01|2021-09-01|A|Madison",
];

fn pipes(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

#[test]
fn delimiters_at_the_end_of_rows_or_header_are_no_fields() {
    let plain = pipes(&[HEADER, ROWS[0], ROWS[1]]);
    for (header, row) in [
        ("", "|"),
        ("", "| ||"),
        ("|", ""),
        ("||", "|||"),
        ("", "|\"\""),
    ] {
        let [first, second] = [ROWS[0], ROWS[1]].map(|r| format!("{r}{row}"));
        let text = pipes(&[&format!("{HEADER}{header}"), &first, &second]);
        let found = run(&Scenario::new(), "a.csv", &text);
        found.completed().buckets([2, 0, 0, 0]);
        assert!(found.findings().is_empty(), "{found:?}");
        let expected = run(&Scenario::new(), "a.csv", &plain);
        assert_eq!(found.output(), expected.output());
    }
}

#[test]
fn rows_of_delimiters_are_no_records() {
    for ghost in ["||||||||", " | |\t|", "\"\"|\"\"|\"\"", "|"] {
        let text = pipes(&[ghost, HEADER, ROWS[0], ghost, ROWS[1], ghost, ghost]);
        for text in [text.as_str(), text.trim_end_matches("\r\n")] {
            let found = run(&Scenario::new(), "a.csv", text);
            found.completed().buckets([2, 0, 0, 0]);
            assert!(found.findings().is_empty(), "{found:?}");
        }
    }
    let text = pipes(&[HEADER, ROWS[0], "||||||||Madison"]);
    run(&Scenario::new(), "a.csv", text)
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
}

#[test]
fn last_fields_that_are_left_out_are_empty() {
    let short =
        |row: &str, fields: usize| row.split('|').take(fields).collect::<Vec<_>>().join("|");
    let text = pipes(&[HEADER, &short(ROWS[0], 8), &short(ROWS[1], 7), "E1003"]);
    let found = run(&Scenario::new(), "a.csv", text);
    found
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 2]);
    assert_eq!(found.column("city"), [""]);
    let errors = found.errors();
    assert_eq!(errors[0].code, "REQUIRED_MISSING");
    assert_eq!(errors[0].field, "employment_status");
    assert!(errors[1..].iter().all(|e| e.code == "REQUIRED_MISSING"));
    assert!(errors[1..].iter().all(|e| e.subscriber_id == "E1003"));
}

#[test]
fn a_value_too_many_is_rejected_as_it_came_and_names_the_person() {
    let surplus = "E1002|jsmith|899121002|JOHN|SMITH|1979-07-11|2018-01-15|A|Chicago|IL|";
    let text = pipes(&[HEADER, ROWS[0], surplus]);
    let found = run(&Scenario::new(), "a.csv", text);
    found
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(found.codes(), ["FIELD_COUNT"]);
    assert_eq!(found.errors()[0].subscriber_id, "E1002");
    let rejects = String::from_utf8(found.rejects().expect("rejects")).expect("UTF-8");
    assert_eq!(rejects, pipes(&[HEADER, surplus]));
    // A value beyond the last named column is one too many whatever the header has there.
    let text = pipes(&[&format!("{HEADER}||"), ROWS[0], surplus]);
    assert_eq!(
        run(&Scenario::new(), "a.csv", text).codes(),
        ["FIELD_COUNT"]
    );
    // Where columns are shifted before the ID, the value in its place identifies no one.
    let header = "Name|Employee ID|Login|SSN|First Name|Last Name|DOB|Hire Date|Status";
    let row = "KLINE|ROBERT|E1003|bkline|899121003|ROBERT|KLINE|1990-12-01|2021-09-01|A";
    let found = run(&Scenario::new(), "a.csv", pipes(&[header, row]));
    assert_eq!(found.codes(), ["FIELD_COUNT"]);
    assert_eq!(found.errors()[0].subscriber_id, "");
}

/// The first record whole, the second up to here, without a line end.
fn cut_after(part: &str) -> String {
    let (kept, _) = ROWS[1].split_once(part).expect("a part of it");
    pipes(&[HEADER, ROWS[0]]) + kept + part
}

#[test]
fn a_record_in_which_the_file_ends_is_rejected() {
    for (part, id) in [
        ("2018-0", "E1002"),
        ("|A", "E1002"),
        ("E1002|", "E1002"),
        ("E10", ""),
    ] {
        let text = cut_after(part);
        let found = run(&Scenario::new(), "a.csv", &text);
        found
            .ended(3, "Completed with Errors")
            .buckets([1, 0, 0, 1]);
        assert_eq!(found.codes(), ["FIELD_COUNT"]);
        let error = &found.errors()[0];
        assert!(
            error
                .message
                .contains("The file ends in the middle of this row.")
        );
        assert_eq!((error.line, error.subscriber_id.as_str()), (Some(3), id));
        // The same bytes again say no more than before.
        let rejects = found.rejects().expect("rejects");
        assert_eq!(rejects.last(), text.as_bytes().last());
    }
    for whole in [cut_after("|A") + "\n", pipes(&ROWS).trim_end().to_owned()] {
        let text = match whole.starts_with(HEADER) {
            true => whole,
            false => format!("{HEADER}\n{whole}"),
        };
        run(&Scenario::new(), "a.csv", text).completed();
    }
}

#[test]
fn the_rejects_of_a_cut_record_are_judged_like_it_until_it_is_completed() {
    let site = Scenario::new();
    let first = run(&site, "a.csv", cut_after("|A"));
    let name = first.published_name("rejects");
    let untouched = first.rejects().expect("rejects");
    let again = site
        .inbound(DEMOGRAPHIC, &name, untouched)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(again.codes(), ["FIELD_COUNT"]);
    let fixed = pipes(&[HEADER, ROWS[1]]);
    let fixed = site
        .inbound(DEMOGRAPHIC, &name, fixed)
        .run(DEMOGRAPHIC, &[]);
    fixed.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn a_full_file_that_was_cut_off_fails() {
    for part in ["2018-0", "|A", "E10"] {
        let site =
            Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'\nomission = 'terminate'");
        let before = run(&site, "a.csv", pipes(&[HEADER, ROWS[0], ROWS[1], ROWS[2]]));
        before.completed().buckets([3, 0, 0, 0]);
        let found = run(&site, "b.csv", cut_after(part));
        assert_eq!((found.code, found.status()), (1, "Failed"));
        let reason = found.text("reason");
        assert!(
            reason.contains("FIELD_COUNT") && reason.contains("line 3"),
            "{reason}"
        );
        assert_eq!((found.output(), found.rejects()), (None, None));
        let employee = site.feedgate(&["employee", "E1003"]);
        assert!(employee.stdout.contains("active"), "{employee:?}");
    }
    // A line end says that the last fields were left out.
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'");
    run(&site, "a.csv", cut_after("|A") + "\r\n").completed();
}

#[test]
fn a_fixed_width_line_in_which_the_file_ends_is_rejected() {
    let config = "[integration.demographic-export.fixed_width]\n\
        subscriber_id = { start = 1, length = 6 }\nusername = { start = 7, length = 8 }\n\
        ssn = { start = 15, length = 9 }\nfirst_name = { start = 24, length = 8 }\n\
        last_name = { start = 32, length = 8 }\nbirth_date = { start = 40, length = 10 }\n\
        hire_date = { start = 50, length = 10 }\nemployment_status = { start = 60, length = 1 }\n\
        city = { start = 61, length = 10 }\n";
    let line = |row: &str| {
        let widths = [6, 8, 9, 8, 8, 10, 10, 1, 10];
        let cells = row.split('|').zip(widths);
        cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect::<String>()
    };
    let [first, second] = [ROWS[0], ROWS[1]].map(line);
    let judged = |end: &str| {
        let site = Scenario::new().and_config(config);
        run(&site, "a.txt", format!("{first}\n{end}"))
    };
    for kept in [60, 41, 3] {
        let found = judged(&second[..kept]);
        assert_eq!(found.codes(), ["FIELD_COUNT"], "{kept}");
        found.buckets([1, 0, 0, 1]);
    }
    judged(&format!("{}\n", &second[..60]))
        .completed()
        .buckets([2, 0, 0, 0]);
    judged(&format!("{}\x1a", second.trim_end()))
        .completed()
        .buckets([2, 0, 0, 0]);
}
