//! UTF-8 with other bytes among it (`ENCODING_MIXED`): the records with them are rejected, the others are read as UTF-8.

use super::people::{Record, csv, deduction, people, person};
use super::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::Value;

/// A file in which each `~` is the byte that Windows-1252 has for ñ.
fn mixed(records: &[Record]) -> Vec<u8> {
    latin(csv(records))
}

fn latin(text: Vec<u8>) -> Vec<u8> {
    let byte = |b: u8| if b == b'~' { 0xf1 } else { b };
    text.into_iter().map(byte).collect()
}

/// What a person sees who opens a file in a program that knows both encodings.
fn seen(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks();
    let text = |c: std::str::Utf8Chunk<'_>| {
        let other: String = c.invalid().iter().map(|b| char::from(*b)).collect();
        c.valid().to_owned() + &other
    };
    chunks.map(text).collect()
}

/// A dry run, then a run; both say the same.
fn run(site: &Scenario, integration: &str, name: &str, bytes: &[u8]) -> Outcome {
    std::fs::write(site.path(name), bytes).expect("file");
    let dry = site.feedgate(&["validate", name, "--integration", integration, "--json"]);
    let dry: Value = dry.summaries.into_iter().next().expect("JSON");
    let run = site.inbound(integration, name, bytes).run(integration, &[]);
    for key in ["status", "reason", "errors", "findings"] {
        assert_eq!(dry["summary"][key], run.summary()[key], "{key}: {run:?}");
    }
    run
}

fn codes(outcome: &Outcome) -> Vec<(Option<u64>, String, String)> {
    let rows = outcome.errors().into_iter();
    rows.map(|row| (row.line, row.field, row.code)).collect()
}

fn found(line: u64) -> (Option<u64>, String, String) {
    (Some(line), String::new(), "ENCODING_MIXED".to_owned())
}

fn named(n: usize, first: &str, last: &str) -> Record {
    person(n).with("first_name", first).with("last_name", last)
}

#[test]
fn good_utf8_stays_as_it_is_and_the_other_records_are_rejected() {
    let site = Scenario::new();
    let rows = [
        named(1, "José", "Muñoz"),
        named(2, "Ana", "Pe~a"),
        named(3, "Zoë", "O’Brien"),
    ];
    let outcome = run(&site, DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(codes(&outcome), [found(3)]);
    assert_eq!(outcome.column("first_name"), ["José", "Zoë"]);
    assert_eq!(outcome.column("last_name"), ["Muñoz", "O’Brien"]);
    assert_eq!(outcome.receipt()["encoding"], "UTF-8");
    // The rejects file has the record's own bytes.
    let sent = mixed(&rows);
    let row = sent.split(|b| *b == b'\n').nth(2).expect("a row");
    let rejects = outcome.rejects().expect("rejects");
    assert!(rejects.windows(row.len()).any(|part| part == row));
    let first = csv([&person(1)]);
    let header = first.split_inclusive(|b| *b == b'\n').next();
    assert!(rejects.starts_with(header.expect("a header")));
}

#[test]
fn ascii_with_some_windows_1252_stays_windows_1252() {
    let rows = [named(1, "Jose", "Mu~oz"), named(2, "Ana", "Pe~a")];
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.codes(), ["ENCODING_ASSUMED"]);
    assert_eq!(outcome.column("last_name"), ["Muñoz", "Peña"]);
    assert_eq!(outcome.receipt()["encoding"], "Windows-1252");
}

#[test]
fn a_declared_encoding_is_believed() {
    let rows = [named(1, "José", "Muñoz"), named(2, "Ana", "Pe~a")];
    let site = |encoding: &str| {
        Scenario::new().and_config(&format!(
            "[integration.demographic-export.format]\nencoding = '{encoding}'"
        ))
    };
    let outcome = run(&site("utf-8"), DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(codes(&outcome), [found(3)]);
    let outcome = run(&site("windows-1252"), DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.column("last_name"), ["MuÃ±oz", "Peña"]);
    // Nothing shows that any of it is UTF-8.
    let plain = [named(1, "Jose", "Munoz"), named(2, "Ana", "Pe~a")];
    let outcome = run(&site("utf-8"), DEMOGRAPHIC, "hr.csv", &mixed(&plain));
    outcome.ended(1, "Failed");
    assert_eq!(outcome.findings().get("ENCODING_INVALID"), Some(&1));
    // The mark shows it.
    let marked = ["\u{feff}".as_bytes(), &mixed(&plain)].concat();
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &marked);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(codes(&outcome), [found(3)]);
}

#[test]
fn what_is_wrong_with_the_record_besides_is_told_with_it() {
    let rows = [
        named(1, "José", "Muñoz"),
        named(2, "Ana", "Pe~a")
            .with("zip_code", "5370")
            .with("Notes", "ni~o"),
        person(3).with("Notes", "ni~a"),
    ];
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 2]);
    let zip = (Some(3), "zip_code".to_owned(), "ZIP_INVALID".to_owned());
    // A column that nobody reads is part of the record.
    assert_eq!(codes(&outcome), [found(3), zip, found(4)]);
    let errors = outcome.errors();
    assert_eq!(errors[0].subscriber_id, person(2).get("subscriber_id"));
    assert_eq!(
        [&errors[0].header, &errors[2].header],
        ["last_name, Notes", "Notes"]
    );
}

#[test]
fn rows_of_one_person_in_two_encodings_are_a_conflict() {
    let rows = [
        named(1, "José", "Muñoz"),
        named(2, "Ana", "Peña"),
        named(2, "Ana", "Pe~a"),
        named(3, "Ana", "Pe~a"),
        named(3, "Ana", "Pe~a"),
    ];
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 1, 3]);
    assert_eq!(outcome.findings().get("ENCODING_MIXED"), Some(&2));
    assert_eq!(outcome.findings().get("DUPLICATE_CONFLICT"), Some(&2));
    assert_eq!(outcome.findings().get("DUPLICATE_ROW"), Some(&1));
}

#[test]
fn bytes_in_titles_and_trailers_reject_nothing() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.format]\ntrailer = { marker = 'TRL', count = 2 }\nignore = ['Page *']",
    );
    let table = csv(&[named(1, "José", "Muñoz"), named(2, "Ana", "Lee")]);
    let text = [&b"A~o 2026\n"[..], &table, b"Page 1, a~o\nTRL,2,a~o\n"].concat();
    let outcome = run(&site, DEMOGRAPHIC, "hr.csv", &latin(text));
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.count("lines_set_aside"), 2);
}

#[test]
fn column_names_have_to_be_readable() {
    let rows = [named(1, "José", "Muñoz").with("A~o", "1")];
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    outcome.ended(1, "Failed");
    let reason = outcome.text("reason");
    assert!(
        reason.contains("ENCODING_INVALID") && reason.contains("line 1"),
        "{reason}"
    );
}

#[test]
fn a_file_that_ends_within_a_character_is_cut_off() {
    let mut text = csv(&[
        named(1, "José", "Muñoz"),
        person(2).with("job_title", "Caissiè"),
    ]);
    text.truncate(text.len() - 2);
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &text);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(codes(&outcome), [found(3)]);
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"");
    let outcome = run(&site, DEMOGRAPHIC, "hr.csv", &text);
    outcome.ended(1, "Failed");
    assert!(outcome.text("reason").contains("ends in the middle"));
}

#[test]
fn fixed_width_columns_stay_where_they_are() {
    let columns = [
        ("subscriber_id", 10),
        ("username", 24),
        ("first_name", 12),
        ("last_name", 12),
        ("ssn", 11),
        ("birth_date", 10),
        ("hire_date", 10),
        ("employment_status", 1),
    ];
    let (mut layout, mut start) = (String::new(), 1);
    for (name, length) in columns {
        layout += &format!("{name} = {{ start = {start}, length = {length} }}\n");
        start += length;
    }
    let row = |record: &Record| {
        let cells = columns.map(|(name, length)| format!("{:<length$}", record.get(name)));
        cells.concat() + "\n"
    };
    let site = Scenario::new().and_config(&format!(
        "[integration.demographic-export.fixed_width]\n{layout}"
    ));
    let rows = [
        row(&named(1, "José", "O’Brien")),
        // The curly quote of Windows-1252 looks like the inside of a UTF-8 character.
        row(&named(2, "Jos~", "O^Brien").with("employment_status", "?")),
    ];
    let text = latin(rows.concat().into_bytes());
    let text: Vec<u8> = text
        .into_iter()
        .map(|b| if b == b'^' { 0x92 } else { b })
        .collect();
    let outcome = run(&site, DEMOGRAPHIC, "hr.txt", &text);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    let status = (
        Some(2),
        "employment_status".to_owned(),
        "CODE_UNKNOWN".to_owned(),
    );
    assert_eq!(codes(&outcome), [found(2), status]);
}

#[test]
fn deductions_too() {
    let site = Scenario::new();
    site.roster("roster.csv", csv(&people(3)));
    let rows = [
        deduction(1).with("plan_name", "Médical"),
        deduction(2).with("plan_name", "A~o"),
        deduction(3),
    ];
    let outcome = run(&site, DEDUCTION, "ded.csv", &mixed(&rows));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(codes(&outcome), [found(3)]);
    assert_eq!(
        outcome.summary()["amounts"]["employee"]["rejected"],
        "42.15"
    );
}

#[test]
fn corrections_are_utf8_like_their_file() {
    let site = Scenario::new();
    let rows = [
        named(1, "José", "Muñoz"),
        named(2, "Ana", "Pe~a"),
        named(3, "Eva", "Lee").with("zip_code", "5370"),
    ];
    let first = run(&site, DEMOGRAPHIC, "hr.csv", &mixed(&rows));
    first.buckets([1, 0, 0, 2]);
    let rejects = first.rejects().expect("rejects");
    let name = format!("hr.{}.rejects.csv", first.reference());
    // Sent back as they came, with no good UTF-8 left in them, the bytes mean no more than before.
    let second = run(&site, DEMOGRAPHIC, &name, &rejects);
    second
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 2]);
    assert_eq!(second.findings().get("ENCODING_MIXED"), Some(&1));
    assert_eq!(second.receipt()["encoding"], "UTF-8");
    // `rejects` writes them from the archive once more.
    let export = site.feedgate(&["rejects", first.reference(), "--out", "again.csv"]);
    assert_eq!(export.code, 0, "{export:?}");
    assert_eq!(
        std::fs::read(site.path("again.csv")).expect("file"),
        rejects
    );
    // The advice: the accents anew, and UTF-8.
    let right = seen(&second.rejects().expect("rejects")).replace(",5370,", ",53703,");
    let name = format!("hr.{}.rejects.csv", second.reference());
    let third = run(&site, DEMOGRAPHIC, &name, right.as_bytes());
    third.completed().buckets([2, 0, 0, 0]);
    assert_eq!(third.column("last_name"), ["Peña", "Lee"]);
    let shown = site.feedgate(&["rejects", second.reference(), "--json"]);
    assert!(!shown.stdout.contains("\"closed_by\": null"), "{shown:?}");
}

#[test]
fn the_operator_says_that_a_sender_writes_windows_1252() {
    // Two letters in a row that happen to be one in UTF-8.
    let text = |record: &Record| {
        let bytes = mixed(&[named(1, "Jose", "Mu~oz"), record.clone()]);
        let byte = |b: u8| if b == b'^' { vec![0xc9, 0x92] } else { vec![b] };
        bytes.into_iter().flat_map(byte).collect::<Vec<u8>>()
    };
    let file = text(&person(2).with("job_title", "CAF^S"));
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &file);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(codes(&outcome), [found(2)]);
    assert!(
        outcome.errors()[0]
            .how_to_fix
            .contains("format.encoding = \"windows-1252\"")
    );
    let site = Scenario::new()
        .and_config("[integration.demographic-export.format]\nencoding = 'windows-1252'");
    let outcome = run(&site, DEMOGRAPHIC, "hr.csv", &file);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.column("job_title")[1], "CAFÉ’S");
}

/// Text in UTF-16, in which each `~` is the first half of a character and each `^` the second.
fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let unit = |unit: u16| match u8::try_from(unit) {
        Ok(b'~') => 0xd83d,
        Ok(b'^') => 0xde00,
        _ => unit,
    };
    text.encode_utf16().flat_map(|u| order(unit(u))).collect()
}

#[test]
fn half_a_character_of_utf16_rejects_its_record_alone() {
    let utf16 = "[integration.demographic-export.format]\nencoding = 'utf-16'\n";
    for (mark, order, config) in [
        (&b"\xff\xfe"[..], u16::to_le_bytes as fn(u16) -> [u8; 2], ""),
        (b"\xfe\xff", u16::to_be_bytes, ""),
        (b"", u16::to_le_bytes, utf16),
    ] {
        let site = Scenario::new().and_config(config);
        let rows = [
            named(1, "José", "Muñoz"),
            named(2, "Ana~", "Pe^a"),
            // Both halves make a character.
            named(3, "Zoë", "Lee").with("city", "Oslo ~^"),
            named(4, "~Ida", "Orr"),
        ];
        let text = String::from_utf8(csv(&rows)).expect("UTF-8");
        let file = [mark, &wide(&text, order)].concat();
        let outcome = run(&site, DEMOGRAPHIC, "hr.csv", &file);
        outcome
            .ended(3, "Completed with Errors")
            .buckets([2, 0, 0, 2]);
        assert_eq!(codes(&outcome), [found(3), found(5)]);
        assert_eq!(outcome.errors()[0].header, "first_name, last_name");
        assert_eq!(outcome.column("city"), ["Madison", "Oslo \u{1f600}"]);
        let encoding = outcome.receipt()["encoding"].clone();
        assert!(encoding.as_str().is_some_and(|e| e.starts_with("UTF-16")));
        // The rejects file has the bytes as they came.
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let rejected = [lines[0], lines[2], lines[4]].concat();
        let rejects = outcome.rejects().expect("rejects");
        assert_eq!(rejects, [mark, &wide(&rejected, order)].concat());
        // As they came they are rejected again, written anew they are taken, in UTF-16 and in UTF-8.
        let name = outcome.published_name("rejects");
        let again = run(&site, DEMOGRAPHIC, &name, &rejects);
        again.buckets([0, 0, 0, 2]);
        let anew = rejected.replace(['~', '^'], "n");
        let (first, second) = anew.split_at(anew.len() - lines[4].len());
        let first = [mark, &wide(first, order)].concat();
        run(&site, DEMOGRAPHIC, &name, &first).buckets([1, 0, 0, 0]);
        if config.is_empty() {
            let second = lines[0].to_owned() + second;
            run(&site, DEMOGRAPHIC, &name, second.as_bytes()).buckets([1, 0, 0, 0]);
        }
    }
}

#[test]
fn a_file_of_utf16_that_ends_within_a_character_is_cut_off() {
    let text = String::from_utf8(csv(&[person(1), person(2)])).expect("UTF-8");
    for (end, status) in [("~", "Failed"), ("^", "Completed with Errors")] {
        let site = Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'");
        let text = text.trim_end().to_owned() + end;
        let file = [b"\xff\xfe", &wide(&text, u16::to_le_bytes)[..]].concat();
        let outcome = run(&site, DEMOGRAPHIC, "hr.csv", &file);
        assert_eq!(outcome.status(), status, "{outcome:?}");
    }
    // Column names have to be readable.
    let names = wide(&text.replacen("ssn", "s~sn", 1), u16::to_le_bytes);
    let file = [b"\xff\xfe", &names[..]].concat();
    let outcome = run(&Scenario::new(), DEMOGRAPHIC, "hr.csv", &file);
    assert!(
        outcome
            .text("reason")
            .starts_with("ENCODING_INVALID (line 1)")
    );
}
