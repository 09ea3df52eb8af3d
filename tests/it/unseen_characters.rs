//! Spaces and dashes of other kinds and characters that nobody sees: read where their meaning is plain, named where it isn't,
//! and never in an output.

use crate::people::{Record, csv, deduction, people, person, ssn};
use crate::round_trip::name_of_rejects;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

/// No published output has an invisible character, or a space other than that of ASCII.
#[track_caller]
fn assert_plain(run: &Outcome) {
    let output = String::from_utf8(run.output().expect("an output")).expect("UTF-8");
    let unseen = [
        "\u{200b}", "\u{feff}", "\u{a0}", "\u{2003}", "\u{ad}", "\u{202a}",
    ];
    let found: Vec<&&str> = unseen.iter().filter(|c| output.contains(**c)).collect();
    assert!(found.is_empty(), "{found:?} in {output}");
}

fn dressed(n: usize) -> Record {
    person(n)
        .with(
            "subscriber_id",
            format!("\u{feff}{}\u{a0}", person(n).get("subscriber_id")),
        )
        .with("ssn", ssn(n).replace('-', "\u{2013}"))
        .with("last_name", "De\u{a0}La\u{2003}Cruz\u{200b}")
        .with("birth_date", "\u{200e}1980\u{2011}03\u{2212}02")
        .with("ein", "12\u{2012}3456789")
        .with("zip_code", "53703\u{2013}1234")
        .with("home_phone", "617\u{2011}555\u{2011}0100\u{202c}")
        .with("annual_salary", "$\u{a0}52,000.00")
        .with("work_email", "\u{200b}pat@example.com\u{ad}")
        .with("badge", "\u{202a}7\u{a0}A\u{202c}")
}

const BADGE: &str = "[integration.demographic-export.columns]\n\"custom.badge\" = \"Badge\"";

#[test]
fn what_is_meant_is_read_and_nothing_unseen_is_written() {
    let site = Scenario::new().and_config(BADGE);
    let run = site
        .inbound(DEMOGRAPHIC, "dressed.csv", csv(&[dressed(1), dressed(2)]))
        .run(DEMOGRAPHIC, &[]);
    run.ended(0, "Completed");
    assert!(run.errors().is_empty(), "{run:?}");
    assert_plain(&run);
    let row = &run.rows()[0];
    for (column, value) in [
        ("subscriber_id", person(1).get("subscriber_id")),
        ("ssn", &ssn(1).replace('-', "")),
        ("last_name", "De La Cruz"),
        ("birth_date", "1980-03-02"),
        ("ein", "12-3456789"),
        ("zip_code", "53703-1234"),
        ("home_phone", "617-555-0100"),
        ("annual_salary", "52000.00"),
        ("work_email", "pat@example.com"),
        ("badge", "7 A"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }

    // Written plainly they are the same people.
    let plain = |n: usize| {
        let mut record = dressed(n);
        for (_, cell) in &mut record.cells {
            let other = ['\u{2011}', '\u{2012}', '\u{2013}', '\u{2212}'];
            *cell = cell
                .replace(other, "-")
                .replace(['\u{a0}', '\u{2003}'], " ");
            let unseen = [
                '\u{200b}', '\u{feff}', '\u{ad}', '\u{200e}', '\u{202a}', '\u{202c}',
            ];
            *cell = cell.replace(unseen, "");
        }
        record
    };
    let again = site
        .inbound(DEMOGRAPHIC, "plain.csv", csv(&[plain(1), plain(2)]))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(again.count("records_unchanged"), 2, "{again:?}");
}

#[test]
fn headers_and_rows_of_blanks_are_read_through_such_characters() {
    let header = "\u{feff}Employee\u{a0}ID,=\"Login\",\u{200b}S\u{ad}SN,First\u{2003}Name,Last\u{2011}Name,'DOB,Hire Date\u{200e},\
        Status,Bad\u{200b}ge";
    let row = "E1,alee,\"899\u{2011}12\u{2011}1001\",Ann,Lee,1980-01-02,2020-02-03,A,7";
    let blank = "\u{a0},,\u{200b},,,,,\u{2003},";
    let site = Scenario::new().and_config(BADGE);
    let text = format!("{header}\n{row}\n{blank}\n");
    let run = site
        .inbound(DEMOGRAPHIC, "headers.csv", text)
        .run(DEMOGRAPHIC, &[]);
    run.ended(0, "Completed");
    assert_eq!(run.count("records_processed"), 1);
    assert_eq!(run.column("badge"), ["7"]);
}

#[test]
fn windows_1252_has_such_spaces_too() {
    let text = csv(&[person(1).with("last_name", "De\u{a0}La Cr\u{fc}z")]);
    let text = String::from_utf8(text).expect("UTF-8");
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin-1"))
        .collect();
    let site = Scenario::new();
    let run = site
        .inbound(DEMOGRAPHIC, "ansi.csv", bytes)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.column("last_name"), ["De La Crüz"]);
}

#[test]
fn deductions_find_their_employees_by_them() {
    let site = Scenario::new();
    site.roster("people.csv", csv(&people(2)));
    let record = deduction(1);
    let dressed = record
        .clone()
        .with(
            "subscriber_id",
            format!("{}\u{200b}", record.get("subscriber_id")),
        )
        .with("ssn", ssn(1).replace('-', "\u{a0}"))
        .with("employee_amount", "$\u{a0}46.15\u{a0}")
        .with(
            "effective_date",
            record.get("effective_date").replace('-', "\u{2011}"),
        );
    let run = site
        .inbound(DEDUCTION, "deductions.csv", csv(&[dressed, deduction(2)]))
        .run(DEDUCTION, &[]);
    run.ended(0, "Completed");
    assert_plain(&run);
    assert_eq!(run.column("employee_amount")[0], "46.15");
    let again = site
        .inbound(
            DEDUCTION,
            "plain.csv",
            csv(&[record.with("employee_amount", "46.15")]),
        )
        .run(DEDUCTION, &[]);
    assert_eq!(again.count("records_unchanged"), 1, "{again:?}");
}

#[test]
fn fixed_columns_are_cut_before_spaces_become_plain() {
    let layout = "[integration.demographic-export.fixed_width]\n\
        subscriber_id = { start = 1, length = 6 }\nusername = { start = 7, length = 6 }\n\
        ssn = { start = 13, length = 11 }\nfirst_name = { start = 24, length = 6 }\n\
        last_name = { start = 30, length = 12 }\nbirth_date = { start = 42, length = 10 }\n\
        hire_date = { start = 52, length = 10 }\nemployment_status = { start = 62, length = 1 }\n";
    let line = "E1\u{a0}\u{a0}\u{a0}\u{a0}alee  899\u{2011}12\u{2011}1001Zo\u{eb}   De\u{a0}La\u{a0}Cruz  \
        1980\u{2013}01\u{2013}022020-02-03A";
    let inside = "E2    blee  899-12-1002A\u{200b}nn  Lee         1980-01-022020-02-03A";
    let run = Scenario::new()
        .and_config(layout)
        .inbound(
            DEMOGRAPHIC,
            "fixed.txt",
            format!("{line}\n\u{a0}\n{inside}\n"),
        )
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.column("last_name"), ["De La Cruz"]);
    assert_eq!(run.column("ssn"), ["899121001"]);
    let errors = run.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        (errors[0].line, errors[0].code.as_str()),
        (Some(3), "CONTROL_CHARACTER")
    );
}

#[test]
fn inside_a_value_the_character_and_its_place_are_named_and_the_correction_is_taken() {
    let site = Scenario::new().and_config(BADGE);
    let sent = [
        person(1).with("first_name", "DEE\u{200b}X"),
        person(2).with("badge", "7\u{7}A"),
        person(3).with("username", "p\u{430}t.lee"),
        person(4).with("ssn", "5２１-34-1234"),
    ];
    let run = site
        .inbound(DEMOGRAPHIC, "inside.csv", csv(&sent))
        .run(DEMOGRAPHIC, &[]);
    run.ended(3, "Completed with Errors");
    let errors = run.errors();
    let told: Vec<(&str, &str)> = errors
        .iter()
        .map(|e| (e.code.as_str(), e.message.as_str()))
        .collect();
    for (row, (code, part)) in told.iter().zip([
        (
            "CONTROL_CHARACTER",
            "It is the zero-width space U+200B after character 3.",
        ),
        (
            "CONTROL_CHARACTER",
            "It is the bell U+0007 after character 1.",
        ),
        (
            "USERNAME_FORMAT",
            "Character 2 is the Cyrillic letter U+0430, which only looks like a.",
        ),
        (
            "SSN_NOT_DIGITS",
            "Character 2 is a digit of another script.",
        ),
    ]) {
        assert!(row.0 == code && row.1.ends_with(part), "{row:?}");
    }
    // What nobody sees is not shown, and no part of a number.
    assert_eq!(errors[0].value, "DEEX");
    assert_eq!(errors[3].value, "***-**-1234");
    // The rejects file has what was sent; corrected, it is taken.
    let rejects = String::from_utf8(run.rejects().expect("rejects")).expect("UTF-8");
    assert!(rejects.contains("DEE\u{200b}X"));
    let right = (1..=4).map(person).collect::<Vec<_>>();
    let second = site
        .inbound(DEMOGRAPHIC, &name_of_rejects(&run), csv(&right))
        .run(DEMOGRAPHIC, &[]);
    second.ended(0, "Completed");
    assert_eq!(second.count("records_created"), 4);
}

#[test]
fn such_characters_in_the_configuration_are_refused_or_read() {
    let refused = |toml: &str| {
        let checked = Scenario::new().and_config(toml).feedgate(&["check"]);
        (checked.code, checked.stdout + &checked.stderr)
    };
    let (code, said) =
        refused("[integration.demographic-export.codes.city]\n\"Mad\u{a0}ison\" = \"Madison\"");
    assert!(
        code == 2 && said.contains("holds the no-break space U+00A0"),
        "{said}"
    );
    let (code, said) =
        refused("[integration.demographic-export.columns]\nusername = \"Log\u{200b}in\"");
    assert!(
        code == 2 && said.contains("holds the zero-width space U+200B"),
        "{said}"
    );
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "eins = ['12\u{2013}3456789']");
    let run = site
        .inbound(
            DEMOGRAPHIC,
            "hr.csv",
            csv(&[person(1).with("ein", "12-3456789")]),
        )
        .run(DEMOGRAPHIC, &[]);
    run.ended(0, "Completed");
}

#[test]
fn a_letter_that_was_lost_before_the_file_was_made_is_told_in_every_column() {
    let lost = "Nu\u{fffd}ez";
    let columns = [
        "last_name",
        "subscriber_id",
        "username",
        "work_email",
        "city",
        "state",
        "employment_status",
        "birth_date",
        "zip_code",
        "badge",
    ];
    let records: Vec<_> = (1..)
        .zip(columns)
        .map(|(n, column)| person(n).with(column, lost))
        .collect();
    let site = Scenario::new().and_config(BADGE);
    let run = site
        .inbound(DEMOGRAPHIC, "lost.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    run.ended(3, "Completed with Errors")
        .buckets([0, 0, 0, columns.len() as u64]);
    for error in run.errors() {
        assert_eq!(error.code, "CONTROL_CHARACTER", "{error:?}");
        assert!(
            error.message.contains(
                "the replacement character U+FFFD after character 2. It stands for a letter"
            ),
            "{error:?}"
        );
    }
    // What a letter was replaced by may be a real one, and a letter of another script is one.
    let fine = [
        person(1).with("last_name", "Nu?ez"),
        person(2).with("last_name", "Nu\u{f1}ez"),
        person(3).with("last_name", "\u{ff2e}u"),
    ];
    site.inbound(DEMOGRAPHIC, "kept.csv", csv(&fine))
        .run(DEMOGRAPHIC, &[])
        .completed();
}
