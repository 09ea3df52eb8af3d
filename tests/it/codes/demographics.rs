//! Fields of employees.

use super::record::{Case, Site, changes, value};
use crate::people::{days_ago, today};
use feedgate::internal::domain::Code;

/// The table.
pub(super) fn cases() -> Vec<Case> {
    [
        required(),
        dates(),
        texts(),
        unseen(),
        spreadsheets(),
        lists(),
        numbers(),
        status(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn required() -> Vec<Case> {
    let columns = [
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
        "employment_status",
    ];
    let mut cases: Vec<Case> = columns
        .iter()
        .map(|c| changes(Code::RequiredMissing, c, &[(c, "")], &[("middle_name", "")]))
        .collect();
    cases.push(changes(
        Code::RequiredMissing,
        "last_name",
        &[("last_name", "  ")],
        &[("last_name", " Lee ")],
    ));
    cases
}

fn dates() -> Vec<Case> {
    let tomorrow = today().succ_opt().expect("a date").to_string();
    let now = today().to_string();
    let hire = [("hire_date", "2020-06-01")];
    let with_hire = |column: &'static str, date: &'static str| [hire[0], (column, date)];
    vec![
        value(Code::DateInvalid, "birth_date", "1981-02-29", "1980-02-29"),
        value(Code::DateInvalid, "hire_date", "31.01.2020", "20200131"),
        value(Code::DateInvalid, "hire_date", "43831", "1/5/2020"),
        value(Code::DateInvalid, "hire_date", "Jan 5 2020", "01/05/2020"),
        value(Code::DateInvalid, "hire_date", "1/5/20", "2020/01/05"),
        value(
            Code::DateInvalid,
            "hire_date",
            "2020-13-01",
            "2020-01-05T08:30:00",
        ),
        value(Code::DateInvalid, "hire_date", "2020-1-5", "2020-01-05"),
        value(
            Code::DateInvalid,
            "termination_date",
            "9999-99-99",
            "9999-12-31",
        ),
        value(
            Code::DateInvalid,
            "last_changed_at",
            "yesterday",
            "2026-01-02T03:04:05-05:00",
        ),
        value(
            Code::DateAmbiguous,
            "birth_date",
            "03/04/1980",
            "03/13/1980",
        )
        .on(Site::TwoDateForms),
        value(
            Code::DateAmbiguous,
            "birth_date",
            "12/11/1980",
            "11/11/1980",
        )
        .on(Site::TwoDateForms),
        changes(
            Code::DateOrder,
            "termination_date",
            &[
                hire[0],
                ("termination_date", "2020-05-31"),
                ("employment_status", "T"),
            ],
            &[
                hire[0],
                ("termination_date", "2020-06-01"),
                ("employment_status", "T"),
            ],
        ),
        changes(
            Code::DateOrder,
            "hire_date",
            &[("birth_date", "1990-06-02"), ("hire_date", "1990-06-01")],
            &[("birth_date", "1990-06-01"), ("hire_date", "1990-06-01")],
        ),
        changes(
            Code::DateOrder,
            "original_hire_date",
            &with_hire("original_hire_date", "2020-06-02"),
            &with_hire("original_hire_date", "2020-06-01"),
        ),
        changes(
            Code::DateOrder,
            "original_hire_date",
            &[
                ("birth_date", "1990-06-02"),
                ("original_hire_date", "1990-06-01"),
            ],
            &[
                ("birth_date", "1990-06-01"),
                ("original_hire_date", "1990-06-01"),
            ],
        ),
        value(Code::DateRange, "hire_date", "2199-01-05", "2020-01-05"),
        value(Code::DateRange, "birth_date", "1899-12-31", "1900-01-01"),
        changes(
            Code::DateRange,
            "birth_date",
            &[("birth_date", &tomorrow), ("hire_date", &now)],
            &[("birth_date", &now), ("hire_date", &now)],
        ),
    ]
}

fn texts() -> Vec<Case> {
    let long = |n: usize| "é".repeat(n);
    let limit = |field, most| value(Code::TextTooLong, field, &long(most + 1), &long(most));
    let field = 64 << 10;
    vec![
        limit("first_name", 35),
        limit("middle_name", 25),
        limit("last_name", 60),
        limit("name_suffix", 10),
        value(
            Code::FieldTooLong,
            "job_title",
            &"x".repeat(field + 1),
            &"x".repeat(field),
        )
        .instead(&[Code::TextTooLong]),
        value(
            Code::EmailInvalid,
            "work_email",
            "dana.fisher(at)example.com",
            "dana+x@mail.example.com",
        ),
        value(
            Code::EmailInvalid,
            "home_email",
            "dana@example",
            "dana@example.org",
        ),
        value(
            Code::EmailInvalid,
            "services_email",
            "a@example.com; b@example.com",
            "a@example.com",
        ),
        value(
            Code::ControlCharacter,
            "address_1",
            "12\u{7}Main St",
            "12 Main Št",
        ),
        value(Code::ControlCharacter, "last_name", "Lee\u{202e}eeL", "Leé"),
        value(
            Code::ControlCharacter,
            "city",
            "Mad\u{1b}[2Jison",
            "Fond du Lac",
        ),
        value(Code::NameLooksTest, "first_name", "Test", "Testa").warns(),
        value(Code::NameLooksTest, "last_name", "TEST", "Tester-Boone").warns(),
    ]
}

/// Characters that nobody sees or that look like others; at the edges, and where their meaning is plain, they do no harm.
fn unseen() -> Vec<Case> {
    let within = |field, bad, near| value(Code::ControlCharacter, field, bad, near);
    vec![
        within("first_name", "DE\u{200b}E", "\u{200b}DEE\u{200b}"),
        within("middle_name", "J\u{200d}P", "J\u{2019}").instead(&[]),
        within(
            "ssn",
            "899-12\u{200b}-1004",
            "\u{202a}899\u{2011}12\u{2013}1004\u{202c}",
        ),
        within("subscriber_id", "Z\u{feff}1", "\u{feff}Z1\u{a0}"),
        within(
            "hire_date",
            "2020-01\u{200e}-05",
            "\u{200e}2020\u{2013}01\u{2212}05",
        ),
        within(
            "work_email",
            "pat\u{ad}@example.com",
            "pat@example.com\u{200b}",
        ),
        within("state", "W\u{2060}I", "WI\u{2060}"),
        value(
            Code::EmailInvalid,
            "home_email",
            "p\u{430}t@example.com",
            "jos\u{e9}@example.com",
        ),
        value(
            Code::SsnNotDigits,
            "ssn",
            "８99121007",
            "899\u{a0}12\u{a0}1007",
        ),
        value(
            Code::SubscriberIdFormat,
            "subscriber_id",
            "\u{415}1001",
            "E1001",
        ),
    ]
}

/// What spreadsheets and programs write in the place of a value or a number.
fn spreadsheets() -> Vec<Case> {
    let number = |field, bad, near| value(Code::SpreadsheetNumber, field, bad, near);
    let error = |field, bad, near| value(Code::SpreadsheetError, field, bad, near);
    let blanked = |field, bad, near| value(Code::PlaceholderBlanked, field, bad, near).warns();
    let named = |field, bad, near| value(Code::NameLooksEmpty, field, bad, near).warns();
    vec![
        number("subscriber_id", "1201.0", "1201.0A"),
        number("username", "120100.00", "1201.0.1"),
        number("employee_number", "1201.0", "1201.5"),
        number("manager_id", "1.201E+05", "1201.0-1"),
        number("home_phone", "6175550100.0", "617.555.0100"),
        number("zip_code", "2134.0", "02134"),
        changes(
            Code::SpreadsheetNumber,
            "zip_code",
            &[("country", "Canada"), ("zip_code", "2134.0")],
            &[("country", "Canada"), ("zip_code", "K1A 0B1")],
        ),
        number("ssn", "899121008.0", "899121008"),
        number("ein", "123456789.0", "12-3456789"),
        error("ssn", "#########", "899121009"),
        error("subscriber_id", "NULL", "NAN123"),
        error("username", "None", "None1"),
        error("hire_date", "nan", "2020-01-05"),
        error("employment_status", "n/a", "A"),
        error("ein", "N/A", "12-3456789"),
        error("last_name", "#NAME?", "O#Neil"),
        error("address_2", "#######", "#12"),
        error("city", "#REF!", "#1 City"),
        error("work_email", "#N/A", "a#b@example.com"),
        error("annual_salary", "#DIV/0!", "52000"),
        blanked("city", "None", "Nonesuch"),
        blanked("work_email", " N/A ", "n@example.com"),
        blanked("annual_salary", "nan", "0"),
        blanked("original_hire_date", "NULL", ""),
        blanked("department", "=\"NaN\"", "Nan Elmoth"),
        named("last_name", "Null", "Nulla"),
        named("first_name", "Nan", "Nancy"),
        named("middle_name", "None", "Noné"),
    ]
}

fn lists() -> Vec<Case> {
    let unknown = |field, bad, near| value(Code::CodeUnknown, field, bad, near);
    vec![
        unknown("gender", "Q", "female"),
        unknown("marital_status", "Z", "M"),
        unknown("state", "WX", "wi"),
        unknown("state", "Puerto Rico", "PR"),
        changes(
            Code::CodeUnknown,
            "state",
            &[("state", "ON"), ("country", "USA")],
            &[
                ("state", "ON"),
                ("country", "Canada"),
                ("zip_code", "K1A 0B1"),
            ],
        ),
        unknown("employment_status", "Z", "On Leave"),
        unknown("employment_status", "AX", "AO"),
        unknown("employment_level", "Half", "full-time"),
        unknown("pay_type", "DAILY", "hourly"),
        unknown("pay_frequency", "18", "26"),
        unknown("is_primary_ein", "maybe", "Y"),
        unknown("create_benefits_record", "2", "1"),
    ]
}

fn numbers() -> Vec<Case> {
    let salary = |code, bad, near| value(code, "annual_salary", bad, near);
    vec![
        salary(Code::AmountInvalid, "12,5O", "$41,000.50"),
        salary(Code::AmountInvalid, "tbd", "0"),
        salary(Code::AmountInvalid, "12.50 EUR", "12.5"),
        salary(Code::AmountInvalid, "1,23", "1,234"),
        salary(Code::AmountPrecision, "41000.123", "41000.12"),
        salary(Code::AmountPrecision, "41000.125", "41,000.12"),
        salary(Code::SpreadsheetNumber, "4.1E+04", "41000"),
        value(
            Code::SpreadsheetNumber,
            "employee_number",
            "1.00234E+05",
            "E100234",
        ),
        value(
            Code::SpreadsheetNumber,
            "subscriber_id",
            "1.0E+05",
            "1.0E-05",
        ),
        value(
            Code::SpreadsheetNumber,
            "zip_code",
            "5.37E+04",
            "53704-1234",
        ),
        value(Code::ZipInvalid, "zip_code", "2134", "02134"),
        value(Code::ZipInvalid, "zip_code", "02134-12", "02134-1234"),
        value(Code::ZipInvalid, "zip_code", "O2134", "021341234"),
        changes(
            Code::ZipInvalid,
            "zip_code",
            &[("zip_code", "K1A 0B1")],
            &[("zip_code", "K1A 0B1"), ("country", "Canada")],
        ),
        value(Code::EinInvalid, "ein", "12-34567", "12-3456780"),
        value(Code::EinInvalid, "ein", "1-23456789", "123456780"),
        value(Code::EinForeign, "ein", "98-7654321", "123456789").on(Site::OneEmployer),
    ]
}

fn status() -> Vec<Case> {
    let (left, hire) = (days_ago(9).to_string(), ("hire_date", "2019-01-01"));
    let ended = |status| {
        [
            hire,
            ("employment_status", status),
            ("termination_date", left.as_str()),
        ]
    };
    vec![
        changes(
            Code::TerminationDateMissing,
            "termination_date",
            &[("employment_status", "T")],
            &ended("T"),
        ),
        changes(
            Code::TerminationDateMissing,
            "termination_date",
            &[
                ("employment_status", "TE"),
                ("termination_date", "9999-12-31"),
            ],
            &ended("TE"),
        ),
        changes(
            Code::TerminationWithoutStatus,
            "termination_date",
            &ended("A"),
            &[
                ("employment_status", "A"),
                ("termination_date", "2100-12-31"),
            ],
        )
        .warns(),
        changes(
            Code::TerminationWithoutStatus,
            "termination_date",
            &ended("L"),
            &ended("T"),
        )
        .warns(),
    ]
}
