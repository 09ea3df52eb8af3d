//! Rows with one fault each, in files whose columns have the sender's own names.

use crate::people::{Record, csv, deduction, gone, person, ssn, username};

/// The sender's own names of the columns.
const HEADERS: [(&str, &str); 12] = [
    ("subscriber_id", "Employee ID"),
    ("ssn", "Employee SSN"),
    ("birth_date", "Date of Birth"),
    ("hire_date", "Date of Hire"),
    ("termination_date", "Term Date"),
    ("employment_status", "Status"),
    ("annual_salary", "Salary"),
    ("zip_code", "Zip"),
    ("deduction_code", "Ded Code"),
    ("effective_date", "Start Date"),
    ("end_date", "Stop Date"),
    ("employee_amount", "EE Amount"),
];

/// A file with its columns named as the sender names them.
pub(super) fn own(records: &[Record]) -> Vec<u8> {
    let renamed = |record: &Record| {
        let mut record = record.clone();
        for (name, _) in &mut record.cells {
            if let Some((_, own)) = HEADERS.iter().find(|(column, _)| column == name) {
                *name = (*own).to_owned();
            }
        }
        record
    };
    csv(&records.iter().map(renamed).collect::<Vec<_>>())
}

/// Employees with one fault each, and what is wrong with them.
pub(super) fn employees() -> Vec<(&'static str, Record)> {
    let with = |what, n, column, value: &str| (what, person(n).with(column, value));
    vec![
        with("no last name", 1, "last_name", ""),
        with("a month as a word", 2, "hire_date", "02-MAR-2019"),
        with("a day that does not exist", 3, "hire_date", "2019-02-30"),
        with("a mistyped century", 4, "birth_date", "1888-04-12"),
        (
            "left before the first day",
            gone(5).with("termination_date", "2018-12-31"),
        ),
        with("a word for an amount", 6, "annual_salary", "n.a."),
        with("fractions of a cent", 7, "annual_salary", "41000.125"),
        with("a status that is not known", 8, "employment_status", "Z"),
        with("a long suffix", 9, "name_suffix", "Junior, Esquire"),
        with("no e-mail address", 10, "work_email", "dana(at)example.com"),
        with("a ZIP without its zero", 11, "zip_code", "2134"),
        with("ten digits", 12, "ssn", "000-12-34567"),
        with("letters in the SSN", 13, "ssn", "OOO-12-3456"),
        with("a hidden SSN", 14, "ssn", "***-**-1234"),
        with("an SSN that begins with 666", 15, "ssn", "666-12-3456"),
        with("a made-up SSN", 16, "ssn", "123-45-6789"),
        with("an SSN without its zeros", 17, "ssn", "1020000"),
        with("a blank in the ID", 18, "subscriber_id", "N 10042"),
        with("a number as 1.00E+05", 19, "employee_number", "1.00234E+05"),
        with("a spreadsheet's error", 20, "hire_date", "#REF!"),
        with("no day of leaving", 21, "employment_status", "T"),
        with(
            "a day of leaving, and still active",
            22,
            "termination_date",
            "2026-10-31",
        ),
        with("an EIN of seven digits", 23, "ein", "12-34567"),
        with("an unseen character", 24, "city", "Madi\u{200b}son"),
        with("one ID, two cities", 25, "city", "Monona"),
        with("one ID, two cities", 25, "city", "Verona"),
        with("one SSN for two", 26, "ssn", &ssn(27)),
        with("one SSN for two", 27, "ssn", &ssn(27)),
        with("one username for two", 28, "username", &username(29)),
        with("one username for two", 29, "username", &username(29)),
        with("", 30, "city", "Madison"),
        with("the same row again", 30, "city", "Madison"),
        with("somebody else's SSN", 31, "ssn", &ssn(101)),
        with("somebody else's username", 32, "username", &username(101)),
        with("another SSN than before", 102, "ssn", &ssn(33)),
    ]
}

/// Deductions with one fault each.
pub(super) fn deductions() -> Vec<(&'static str, Record)> {
    let with = |what, n, column, value: &str| (what, deduction(n).with(column, value));
    let other = deduction(107)
        .with("ssn", ssn(108))
        .with("username", username(108));
    vec![
        ("", deduction(101)),
        with("an amount with a letter", 102, "employee_amount", "12,5O"),
        with("an amount below zero", 103, "employee_amount", "(12.00)"),
        with("an ID that nobody has", 104, "subscriber_id", "N99999"),
        with("another SSN", 105, "ssn", &ssn(40)),
        with("another username", 106, "username", "jdoe99"),
        with(
            "a plan year that is over",
            101,
            "effective_date",
            "2019-02-01",
        ),
        ("SSN and username of another person", other),
        ("after the last day", deduction(109)),
    ]
}
