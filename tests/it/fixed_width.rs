//! Fixed-width files: columns by position, counted in characters.

use crate::people::{Record, csv, deduction, people, person, ssn, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, default_config};

pub(crate) const PEOPLE: [(&str, usize); 9] = [
    ("subscriber_id", 10),
    ("username", 24),
    ("ssn", 11),
    ("first_name", 12),
    ("last_name", 12),
    ("birth_date", 10),
    ("hire_date", 10),
    ("employment_status", 1),
    ("job_title", 12),
];

pub(crate) const DEDUCTIONS: [(&str, usize); 7] = [
    ("subscriber_id", 10),
    ("username", 24),
    ("ssn", 11),
    ("deduction_code", 6),
    ("effective_date", 10),
    ("employee_amount", 9),
    ("employer_amount", 9),
];

pub(crate) fn layout(integration: &str, columns: &[(&str, usize)]) -> String {
    let mut toml = format!("[integration.{integration}.fixed_width]\n");
    let mut start = 1;
    for (name, length) in columns {
        let decimals = match name.ends_with("_amount") {
            true => ", decimals = 'explicit'",
            false => "",
        };
        toml += &format!("{name} = {{ start = {start}, length = {length}{decimals} }}\n");
        start += length;
    }
    toml
}

pub(crate) fn lines(columns: &[(&str, usize)], records: &[Record], end: &str) -> String {
    let cell =
        |record: &Record, (name, length): &(&str, usize)| format!("{:<length$}", record.get(name));
    let line = |record: &Record| columns.iter().map(|c| cell(record, c)).collect::<String>() + end;
    records.iter().map(line).collect()
}

fn site() -> Scenario {
    Scenario::new()
        .and_config(&layout(DEMOGRAPHIC, &PEOPLE))
        .and_config(&layout(DEDUCTION, &DEDUCTIONS))
}

#[test]
fn columns_are_cut_by_position() {
    for end in ["\n", "\r\n", "\r"] {
        let site = site();
        let records = [
            person(1),
            person(2)
                .with("first_name", "Zoë")
                .with("last_name", "Łukasz-Éire"),
            person(3),
        ];
        let outcome = site
            .inbound(DEMOGRAPHIC, "hr.txt", lines(&PEOPLE, &records, end))
            .run(DEMOGRAPHIC, &[]);
        outcome.completed().buckets([3, 0, 0, 0]);
        assert_eq!(outcome.column("first_name")[1], "Zoë");
        assert_eq!(outcome.column("last_name")[1], "Łukasz-Éire");
        assert_eq!(
            outcome.column("ssn"),
            [1, 2, 3].map(|n| ssn(n).replace('-', ""))
        );
        assert_eq!(outcome.column("job_title"), ["Analyst"; 3]);
    }
}

#[test]
fn quotes_and_delimiters_are_letters_like_others() {
    let site = site();
    let records = [
        person(1).with("last_name", "O\"Hara"),
        person(2).with("job_title", "Cook, night"),
    ];
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", lines(&PEOPLE, &records, "\n"))
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.column("last_name")[0], "O\"Hara");
    assert_eq!(outcome.column("job_title")[1], "Cook, night");
}

#[test]
fn windows_1252_counts_characters_not_bytes() {
    let site = site();
    let text = lines(
        &PEOPLE,
        &[person(1).with("first_name", "Zoë"), person(2)],
        "\n",
    );
    let bytes: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).expect("Latin-1"))
        .collect();
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", bytes)
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.codes(), ["ENCODING_ASSUMED"]);
    assert_eq!(outcome.column("first_name")[0], "Zoë");
}

#[test]
fn a_line_cut_off_behind_its_last_value_is_whole() {
    let site = site();
    let records = [person(1).without("job_title"), person(2)];
    let text = lines(&PEOPLE, &records, "\n");
    let trimmed: String = text
        .lines()
        .map(|l| l.trim_end().to_owned() + "\n")
        .collect();
    assert_ne!(text, trimmed);
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", trimmed)
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
}

#[test]
fn a_line_that_is_too_long_is_rejected_and_the_rest_goes_on() {
    let site = site();
    let text = lines(&PEOPLE, &people(3), "\n");
    let text = text.replacen('\n', "overhang\n", 1);
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", text)
        .run(DEMOGRAPHIC, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(outcome.codes(), ["FIELD_COUNT"]);
    assert_eq!(outcome.errors()[0].line, Some(1));
}

#[test]
fn rejects_are_the_senders_own_lines_and_can_be_sent_back() {
    let site = site();
    let records = [person(1), person(2).with("ssn", "000-11-2222"), person(3)];
    let text = lines(&PEOPLE, &records, "\r\n");
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", &text)
        .run(DEMOGRAPHIC, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    let rejects = outcome.rejects().expect("a rejects file");
    let second = text.split_inclusive("\r\n").nth(1).expect("a line");
    assert_eq!(String::from_utf8_lossy(&rejects), second);
    assert_eq!(outcome.errors()[0].line, Some(2));
    let name = outcome.published("rejects").expect("published");
    let name = name
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert!(name.ends_with(".rejects.txt"), "{name}");
    let fixed = lines(&PEOPLE, &[person(2)], "\r\n");
    let again = site
        .inbound(DEMOGRAPHIC, &name, fixed)
        .run(DEMOGRAPHIC, &[]);
    again.completed().buckets([1, 0, 0, 0]);
    assert_eq!(again.text("resubmission_of"), outcome.reference());
    assert_eq!(again.column("subscriber_id"), [subscriber_id(2)]);
}

#[test]
fn trailers_have_positions_too() {
    let site = site().and_config(
        "[integration.deduction-import.format]\n\
         trailer = { marker = \"TRL\", count = { start = 4, length = 6 }, employee_amount = { start = 10, length = 12 } }\n",
    );
    let roster = lines(&PEOPLE, &people(2), "\n");
    site.inbound(DEMOGRAPHIC, "hr.txt", roster)
        .run(DEMOGRAPHIC, &[])
        .completed();
    let records = [
        deduction(1).with("employee_amount", "10.00"),
        deduction(2).with("employee_amount", "2.50"),
    ];
    let file = |count: u32, cents: u32| {
        lines(&DEDUCTIONS, &records, "\n") + &format!("TRL{count:06}{cents:012}\n")
    };
    for (i, (count, cents)) in [(3, 1250), (2, 1251)].into_iter().enumerate() {
        let bad = site
            .inbound(DEDUCTION, &format!("{i}.txt"), file(count, cents))
            .run(DEDUCTION, &[]);
        bad.ended(1, "Failed");
        assert_eq!(bad.codes(), ["CONTROL_TOTAL"]);
        assert_eq!(bad.output(), None);
    }
    let good = site
        .inbound(DEDUCTION, "good.txt", file(2, 1250))
        .run(DEDUCTION, &[]);
    good.completed().buckets([2, 0, 0, 0]);
    assert_eq!(good.summary()["amounts"]["employee"]["accepted"], "12.50");
}

#[test]
fn delimited_and_fixed_width_say_the_same() {
    let fixed = site();
    let fixed = fixed
        .inbound(DEMOGRAPHIC, "hr.txt", lines(&PEOPLE, &people(3), "\n"))
        .run(DEMOGRAPHIC, &[]);
    let keep = |record: &Record| Record {
        cells: PEOPLE
            .iter()
            .map(|(name, _)| ((*name).to_owned(), record.get(name).to_owned()))
            .collect(),
    };
    let records: Vec<Record> = people(3).iter().map(keep).collect();
    let delimited = Scenario::new();
    let delimited = delimited
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(fixed.output(), delimited.output());
}

#[test]
fn a_trailer_is_read_by_characters() {
    let config = default_config().replace(
        "kind  = \"deduction\"\n",
        "kind = \"deduction\"\nformat = { decimals = \"explicit\", trailer = { marker = \"TRL\", count = { start = 9, length = 4 } } }\n",
    ) + r"
[integration.deduction-import.fixed_width]
subscriber_id   = { start = 1, length = 10 }
username        = { start = 11, length = 20 }
ssn             = { start = 31, length = 11 }
deduction_code  = { start = 42, length = 6 }
employee_amount = { start = 48, length = 10 }
effective_date  = { start = 58, length = 10 }
";
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(1)));
    let of = |column: &str| deduction(1).get(column).to_owned();
    let row = format!(
        "{:10}{:20}{:11}{:6}{:>10}{:10}\nTRLCaf\u{e9} 0001\n",
        of("subscriber_id"),
        of("username"),
        of("ssn"),
        of("deduction_code"),
        of("employee_amount"),
        of("effective_date"),
    );
    let outcome = site.inbound(DEDUCTION, "pay.txt", row).run(DEDUCTION, &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn a_finding_names_the_positions_of_its_field() {
    let outcome = site()
        .inbound(
            DEMOGRAPHIC,
            "hr.txt",
            lines(&PEOPLE, &[person(1).with("employment_status", "?")], "\n"),
        )
        .run(DEMOGRAPHIC, &[]);
    let errors = outcome.errors();
    let place = (errors[0].field.as_str(), errors[0].header.as_str());
    assert_eq!(place, ("employment_status", "position 90"));
    let too_long = person(1).with("birth_date", "yesterday");
    let outcome = site()
        .inbound(DEMOGRAPHIC, "hr.txt", lines(&PEOPLE, &[too_long], "\n"))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.errors()[0].header, "positions 70-79");
}

#[test]
fn a_line_of_column_names_is_set_aside() {
    let heading = |columns: &[(&str, usize)]| {
        let cell = |(name, length): &(&str, usize)| format!("{name:<length$.length$}");
        columns.iter().map(cell).collect::<String>() + "\n"
    };
    // Most of them have room for their names.
    let outcome = site()
        .inbound(
            DEMOGRAPHIC,
            "hr.txt",
            heading(&PEOPLE).replace("subscriber", "Employee  ")
                + &lines(&PEOPLE, &people(2), "\n"),
        )
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.summary()["set_aside_lines"], serde_json::json!([1]));
    let mut moved = PEOPLE;
    moved.swap(3, 4);
    let text = heading(&moved) + &lines(&PEOPLE, &people(2), "\n");
    let outcome = site()
        .inbound(DEMOGRAPHIC, "hr.txt", text)
        .run(DEMOGRAPHIC, &[]);
    outcome.ended(1, "Failed");
    let reason = outcome.text("reason");
    assert!(
        reason.contains("last_name stands at positions 46-57"),
        "{reason}"
    );
}
