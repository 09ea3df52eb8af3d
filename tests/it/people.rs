//! Invented people and deductions.

use chrono::{Datelike, Days, NaiveDate, Utc};

/// Today on the clock of the test sites, which are in New York.
pub(crate) fn today() -> NaiveDate {
    Utc::now()
        .with_timezone(&chrono_tz::America::New_York)
        .date_naive()
}

/// A day before today.
pub(crate) fn days_ago(days: u64) -> NaiveDate {
    today().checked_sub_days(Days::new(days)).expect("a date")
}

/// The plan year of today: the calendar year.
pub(crate) fn this_year() -> i32 {
    today().year()
}

/// First and last day of the plan year of today. Early in a year it reaches back, so that the last weeks are in it.
pub(crate) fn plan_year() -> (NaiveDate, NaiveDate) {
    let day = |month, day| NaiveDate::from_ymd_opt(this_year(), month, day).expect("a date");
    (day(1, 1).min(days_ago(100)), day(12, 31))
}

/// One record of a source file: columns and values in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Column name and value.
    pub cells: Vec<(String, String)>,
}

impl Record {
    pub(crate) fn of(cells: &[(&str, String)]) -> Record {
        let own = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        Record {
            cells: cells.iter().map(own).collect(),
        }
    }

    /// The record with another value in a column, which is added if the record has none such.
    pub(crate) fn with(mut self, column: &str, value: impl ToString) -> Record {
        match self.cells.iter_mut().find(|(name, _)| name == column) {
            Some((_, cell)) => *cell = value.to_string(),
            None => self.cells.push((column.to_owned(), value.to_string())),
        }
        self
    }

    /// The record with an empty field; its column stays in the header.
    pub(crate) fn without(self, column: &str) -> Record {
        self.with(column, "")
    }

    /// A value, empty where the record has no such column.
    pub(crate) fn get(&self, column: &str) -> &str {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        cell.map_or("", |(_, value)| value)
    }
}

const NAMES: [(&str, &str); 8] = [
    ("Dana", "Fisher"),
    ("Jan", "Miller"),
    ("Ruth", "Okafor"),
    ("Luis", "Ortega"),
    ("Mei", "Chen"),
    ("Omar", "Haddad"),
    ("Ivy", "Larsen"),
    ("Piotr", "Nowak"),
];

/// A valid SSN for every number under 40,000, written with dashes; no two are the same.
pub(crate) fn ssn(n: usize) -> String {
    let (area, group, serial) = (100 + n % 500, 10 + n / 500, 1000 + n * 37 % 9000);
    format!("{area:03}-{group:02}-{serial:04}")
}

/// The subscriber ID of a person.
pub(crate) fn subscriber_id(n: usize) -> String {
    format!("N{:05}", 10_000 + n)
}

/// The username of a person, built the way `PlanSource` builds them.
pub(crate) fn username(n: usize) -> String {
    let (first, last) = NAMES[n % NAMES.len()];
    let last: String = last.chars().take(6).collect();
    let initial = &first[..1];
    let name = format!("{initial}{last}{}_{n}", &ssn(n)[7..]);
    name.to_lowercase()
}

/// An employee without any fault.
pub(crate) fn person(n: usize) -> Record {
    let (first, last) = NAMES[n % NAMES.len()];
    let birth = NaiveDate::from_ymd_opt(1960 + (n % 40) as i32, 1 + (n % 12) as u32, 7);
    let hire = NaiveDate::from_ymd_opt(2019 + (n % 5) as i32, 3, 1 + (n % 28) as u32);
    Record::of(&[
        ("subscriber_id", subscriber_id(n)),
        ("employee_number", format!("{}", 5000 + n)),
        ("username", username(n)),
        ("ssn", ssn(n)),
        ("first_name", first.to_owned()),
        ("last_name", last.to_owned()),
        ("birth_date", birth.expect("a date").to_string()),
        ("gender", ["F", "M", "U", "X"][n % 4].to_owned()),
        ("address_1", format!("{} Juniper Way", 100 + n)),
        ("city", "Madison".to_owned()),
        ("state", "WI".to_owned()),
        ("zip_code", format!("{}", 53_700 + n % 100)),
        ("country", "US".to_owned()),
        ("work_email", format!("p{n}@example.com")),
        ("hire_date", hire.expect("a date").to_string()),
        ("termination_date", String::new()),
        ("employment_status", "A".to_owned()),
        ("annual_salary", format!("{}.00", 41_000 + n)),
        ("ein", "12-3456789".to_owned()),
        ("job_title", "Analyst".to_owned()),
    ])
}

/// An employee who has left.
pub(crate) fn gone(n: usize) -> Record {
    person(n)
        .with("hire_date", "2019-01-01")
        .with("employment_status", "T")
        .with("termination_date", days_ago(30))
}

/// The employee hired again, under another ID and with another username.
pub(crate) fn again(n: usize) -> Record {
    person(n)
        .with("subscriber_id", format!("R{n}"))
        .with("username", format!("again.{n}"))
        .with("hire_date", days_ago(3))
}

/// A deduction of person `n` without any fault, effective today.
pub(crate) fn deduction(n: usize) -> Record {
    let (first, last) = NAMES[n % NAMES.len()];
    Record::of(&[
        ("subscriber_id", subscriber_id(n)),
        ("username", username(n)),
        ("ssn", ssn(n)),
        ("first_name", first.to_owned()),
        ("last_name", last.to_owned()),
        ("deduction_code", "MED01".to_owned()),
        ("plan_name", "Medical Plus".to_owned()),
        ("coverage_level", "FAM".to_owned()),
        ("employee_amount", format!("{}.15", 40 + n % 50)),
        ("employer_amount", format!("{}.50", 120 + n % 50)),
        ("frequency", "PER_PAY".to_owned()),
        ("effective_date", today().to_string()),
        ("end_date", String::new()),
    ])
}

/// `count` employees, numbered from 1.
pub(crate) fn people(count: usize) -> Vec<Record> {
    (1..=count).map(person).collect()
}

/// A comma-delimited file of the records; its header names every column that any of them has.
pub(crate) fn csv<'r>(records: impl IntoIterator<Item = &'r Record>) -> Vec<u8> {
    delimited(records, b',')
}

/// The same with another sign between the columns.
pub(crate) fn delimited<'r>(
    records: impl IntoIterator<Item = &'r Record>,
    delimiter: u8,
) -> Vec<u8> {
    let (header, rows) = table(records);
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    for row in std::iter::once(&header).chain(&rows) {
        writer.write_record(row).expect("in memory");
    }
    writer.into_inner().expect("in memory")
}

/// The header of all records and their values in its order.
pub(crate) fn table<'r>(
    records: impl IntoIterator<Item = &'r Record>,
) -> (Vec<String>, Vec<Vec<String>>) {
    let records: Vec<&Record> = records.into_iter().collect();
    let mut header: Vec<String> = Vec::new();
    for (name, _) in records.iter().flat_map(|r| &r.cells) {
        if !header.contains(name) {
            header.push(name.clone());
        }
    }
    let mut rows = Vec::new();
    for record in records {
        rows.push(header.iter().map(|n| record.get(n).to_owned()).collect());
    }
    (header, rows)
}

#[test]
fn no_two_people_share_anything_that_identifies() {
    let all = people(600);
    for column in ["subscriber_id", "employee_number", "username", "ssn"] {
        let mut values: Vec<&str> = all.iter().map(|p| p.get(column)).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), all.len(), "{column}");
    }
}
