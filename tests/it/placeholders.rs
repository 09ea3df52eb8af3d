//! What spreadsheets and programs write in the place of a value: refused where a value is needed, blank where none is, and
//! kept in names.

use crate::people::{Record, csv, deduction, people, person};
use crate::round_trip::name_of_rejects;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario};

fn told(errors: &[ErrorRow]) -> Vec<(Option<u64>, &str, &str)> {
    errors
        .iter()
        .map(|e| (e.record, e.field.as_str(), e.code.as_str()))
        .collect()
}

fn run(site: &Scenario, records: &[Record]) -> Outcome {
    site.inbound(DEMOGRAPHIC, "people.csv", csv(records))
        .run(DEMOGRAPHIC, &[])
}

const BADGE: &str = "[integration.demographic-export.columns]\n\"custom.badge\" = \"Badge\"";

#[test]
fn words_for_nothing_are_blank_with_a_warning_where_a_column_may_be_empty() {
    let site = Scenario::new().and_config(BADGE);
    let sent = [
        person(1)
            .with("city", "None")
            .with("work_email", "N/A")
            .with("annual_salary", "nan")
            .with("badge", "NULL")
            .with("last_name", "Null"),
        person(2).with("badge", "#REF!"),
        person(3).with("badge", "NULL-7").with("city", "Nonesuch"),
        person(4)
            .with("badge", "none")
            .with("benefits_level", "NONE"),
    ];
    let first = run(&site, &sent);
    first.ended(3, "Completed with Errors");
    let errors = first.errors();
    assert_eq!(
        told(&errors),
        [
            (Some(1), "last_name", "NAME_LOOKS_EMPTY"),
            (Some(1), "city", "PLACEHOLDER_BLANKED"),
            (Some(1), "work_email", "PLACEHOLDER_BLANKED"),
            (Some(1), "annual_salary", "PLACEHOLDER_BLANKED"),
            (Some(1), "custom.badge", "PLACEHOLDER_BLANKED"),
            (Some(2), "custom.badge", "SPREADSHEET_ERROR"),
        ]
    );
    let rows = first.rows();
    let cells = ["last_name", "city", "work_email", "annual_salary", "badge"];
    assert_eq!(cells.map(|c| rows[0][c].as_str()), ["Null", "", "", "", ""]);
    assert_eq!(rows[1]["badge"], "NULL-7");
    let kept = ["badge", "benefits_level"].map(|c| rows[2][c].as_str());
    assert_eq!(kept, ["none", "NONE"]);

    // Sent as empty fields, they are the same.
    let blank = ["city", "work_email", "annual_salary", "badge"]
        .iter()
        .fold(sent[0].clone(), |record, column| record.without(column));
    let again = run(&site, &[blank]);
    assert_eq!(again.count("records_unchanged"), 1, "{again:?}");

    // The correction of the other is taken.
    let corrected = csv(&[person(2).with("badge", "12")]);
    let second = site
        .inbound(DEMOGRAPHIC, &name_of_rejects(&first), corrected)
        .run(DEMOGRAPHIC, &[]);
    second.ended(0, "Completed");
}

#[test]
fn listed_words_are_blank_in_every_column_without_a_warning() {
    let site = Scenario::new().and_config(BADGE).and_config(
        "[integration.demographic-export.format]\nblanks = ['NULL', 'not given', '#N/A', '0']",
    );
    let sent = [
        person(1)
            .with("city", "null")
            .with("middle_name", "Null")
            .with("badge", "Not Given")
            .with("employment_level", "#N/A")
            .with("annual_salary", "0"),
        person(2).with("ssn", "NULL"),
        person(3).with("city", "None"),
    ];
    let first = run(&site, &sent);
    assert_eq!(
        told(&first.errors()),
        [
            (Some(2), "ssn", "REQUIRED_MISSING"),
            (Some(3), "city", "PLACEHOLDER_BLANKED"),
        ]
    );
    let rows = first.rows();
    let cells = [
        "city",
        "middle_name",
        "badge",
        "employment_level",
        "annual_salary",
    ];
    assert_eq!(cells.map(|c| rows[0][c].as_str()), [""; 5]);
}

#[test]
fn a_word_that_a_table_a_list_or_the_dates_know_is_no_word_for_nothing() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.codes]\nemployment_level = { \"N/A\" = \"P\" }\n\
         [integration.demographic-export.format]\nno_dates = ['NULL']",
    );
    let sent = [person(1)
        .with("employment_level", "N/A")
        .with("original_hire_date", "NULL")];
    let first = run(&site, &sent);
    first.ended(0, "Completed");
    assert!(first.errors().is_empty(), "{first:?}");
    assert_eq!(first.column("employment_level"), ["P"]);
}

#[test]
fn numbers_of_people_and_codes_are_not_rewritten() {
    let site = Scenario::new();
    site.roster("people.csv", csv(&people(3)));
    let sent = [
        deduction(1).with("deduction_code", "401.0"),
        deduction(2).with("subscriber_id", "1201.0"),
        deduction(3)
            .with("deduction_code", "#######")
            .with("ein", "nan"),
    ];
    let first = site
        .inbound(DEDUCTION, "deductions.csv", csv(&sent))
        .run(DEDUCTION, &[]);
    assert_eq!(
        told(&first.errors()),
        [
            (Some(1), "deduction_code", "SPREADSHEET_NUMBER"),
            (Some(2), "subscriber_id", "SPREADSHEET_NUMBER"),
            (Some(3), "deduction_code", "SPREADSHEET_ERROR"),
            (Some(3), "ein", "SPREADSHEET_ERROR"),
        ]
    );
    // A pattern that takes anything takes no such numbers.
    let lax = Scenario::new().and_config(
        "[identity]\nsubscriber_id = { pattern = '.+' }\nusername = { pattern = '.+' }",
    );
    let sent = [
        person(1).with("subscriber_id", "1.201E+05"),
        person(2).with("username", "1201.0"),
        person(3).with("subscriber_id", "1201.05"),
    ];
    let errors = run(&lax, &sent).errors();
    assert_eq!(
        told(&errors),
        [
            (Some(1), "subscriber_id", "SPREADSHEET_NUMBER"),
            (Some(2), "username", "SPREADSHEET_NUMBER"),
        ]
    );
}

#[test]
fn a_person_number_of_nothing_selects_by_the_subscriber() {
    let site = Scenario::new();
    let sent = [
        person(1).with("employee_number", "NULL"),
        person(2).with("employee_number", "NULL"),
    ];
    let id = person(1).get("subscriber_id").to_owned();
    let run = site
        .inbound(DEMOGRAPHIC, "people.csv", csv(&sent))
        .run(DEMOGRAPHIC, &["--include-employees", &id]);
    assert_eq!(run.column("subscriber_id"), [id]);
}

#[test]
fn fixed_columns_filled_with_number_signs_are_errors() {
    let layout = "[integration.demographic-export.fixed_width]\n\
        subscriber_id = { start = 1, length = 6 }\nusername = { start = 7, length = 6 }\n\
        ssn = { start = 13, length = 9 }\nfirst_name = { start = 22, length = 6 }\n\
        last_name = { start = 28, length = 6 }\nbirth_date = { start = 34, length = 10 }\n\
        hire_date = { start = 44, length = 10 }\nemployment_status = { start = 54, length = 1 }\n\
        city = { start = 55, length = 6 }\n";
    let lines = "E1    alee  899121001Ann   Lee   1980-01-02##########ANone  \n\
        E2    blee  899121002Bea   Lee   1980-01-022020-02-03ANULL  \n";
    let run = Scenario::new()
        .and_config(layout)
        .inbound(DEMOGRAPHIC, "fixed.txt", lines)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(
        told(&run.errors()),
        [
            (Some(1), "city", "PLACEHOLDER_BLANKED"),
            (Some(1), "hire_date", "SPREADSHEET_ERROR"),
            (Some(2), "city", "PLACEHOLDER_BLANKED"),
        ]
    );
    assert_eq!(run.column("city"), [""]);
}
