//! The same records come to the same result in delimited and in fixed-width files.

use crate::people::{Record, again, csv, gone, people, person, ssn};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::Value;

const COLUMNS: [(&str, usize); 11] = [
    ("subscriber_id", 10),
    ("username", 24),
    ("ssn", 11),
    ("first_name", 12),
    ("last_name", 12),
    ("birth_date", 10),
    ("hire_date", 10),
    ("employment_status", 4),
    ("termination_date", 10),
    ("city", 12),
    ("job_title", 12),
];

/// A line that is no record.
fn footer(text: &str) -> Record {
    let cells = vec![(String::new(), text.to_owned())];
    Record { cells }
}

/// The text of a line that is no record.
fn footer_of(record: &Record) -> Option<&str> {
    let (name, text) = &record.cells[0];
    name.is_empty().then_some(text)
}

fn delimited(records: &[Record]) -> String {
    let line = |record: &Record| {
        let cells = COLUMNS.map(|(name, _)| (name.to_owned(), record.get(name).to_owned()));
        let text = csv(&[Record {
            cells: cells.into(),
        }]);
        let text = String::from_utf8(text).expect("UTF-8");
        let (_, row) = text.split_once('\n').expect("a header");
        footer_of(record).map_or(row.to_owned(), |text| format!("{text}\n"))
    };
    let header = COLUMNS.map(|(name, _)| name).join(",") + "\n";
    header + &records.iter().map(line).collect::<String>()
}

fn fixed_width(records: &[Record]) -> String {
    let line = |record: &Record| {
        let cell = |(name, width): &(&str, usize)| format!("{:<width$}", record.get(name));
        let row = || COLUMNS.iter().map(cell).collect::<String>();
        footer_of(record).map_or_else(row, str::to_owned) + "\n"
    };
    records.iter().map(line).collect()
}

fn layout() -> String {
    let mut toml = format!("[integration.{DEMOGRAPHIC}.fixed_width]\n");
    let mut start = 1;
    for (name, length) in COLUMNS {
        toml += &format!("{name} = {{ start = {start}, length = {length} }}\n");
        start += length;
    }
    toml
}

/// What a run came to, without what the layout changes: names, lines and headers.
fn result(outcome: &Outcome) -> Value {
    let keys = [
        "status",
        "records_processed",
        "records_accepted",
        "records_created",
        "records_updated",
        "records_deactivated",
        "records_unchanged",
        "skipped",
        "errors",
        "findings",
        "employees_processed",
        "lines_set_aside",
    ];
    let counts = keys.map(|key| outcome.summary()[key].clone());
    let errors = outcome.errors().into_iter();
    let errors = errors.map(|e| {
        (
            e.record,
            e.subscriber_id,
            e.field,
            e.code,
            e.severity,
            e.value,
        )
    });
    serde_json::to_value((counts, errors.collect::<Vec<_>>(), outcome.rows())).expect("JSON")
}

/// Sends files of these records in either layout; gives the outcomes of the last one, which have `code` among their findings.
#[track_caller]
fn same(code: &str, config: &str, files: &[Vec<Record>]) {
    let sites = [
        Scenario::new().and_config(config),
        Scenario::new().and_config(&(config.to_owned() + &layout())),
    ];
    let mut last = None;
    for (n, records) in files.iter().enumerate() {
        let texts = [delimited(records), fixed_width(records)];
        let run = |(site, text): (&Scenario, String)| {
            let name = format!("{n}.txt");
            site.inbound(DEMOGRAPHIC, &name, text).run(DEMOGRAPHIC, &[])
        };
        let [plain, fixed] = [0, 1].map(|i| run((&sites[i], texts[i].clone())));
        assert_eq!(result(&plain), result(&fixed), "{n}: {plain:?}\n{fixed:?}");
        last = Some(fixed);
    }
    let last = last.expect("a file");
    let told = last.codes().iter().any(|c| c == code) || last.skipped().contains_key(code);
    assert!(
        told || code.is_empty() && last.codes().is_empty(),
        "{last:?}"
    );
}

#[test]
fn rehires() {
    let files = [people(2), vec![gone(1)], vec![again(1)]];
    same("REHIRE_NEW_ID", "", &files);
    same("REHIRE_NEW_ID", "[identity]\nrehire = 'reject'\n", &files);
    let other = again(1)
        .with("first_name", "Una")
        .with("last_name", "Quist");
    same("SSN_IN_USE", "", &[people(2), vec![gone(1)], vec![other]]);
    let next = vec![gone(1), person(2), again(1)];
    same("", "", &[people(2), vec![gone(1)], vec![again(1)], next]);
}

#[test]
fn identity_moves() {
    let accept = "[identity.ssn]\nchange = 'accept'\n";
    let swapped = vec![person(1).with("ssn", ssn(2)), person(2).with("ssn", ssn(1))];
    same("", accept, &[swapped.clone(), people(2)]);
    same("SSN_IN_USE", accept, &[swapped.clone(), people(1)]);
    same("SSN_CHANGED", "", &[swapped, people(2)]);
    let shared = vec![person(1), person(2).with("ssn", ssn(1))];
    same("SSN_SHARED", accept, &[shared]);
}

#[test]
fn placeholders() {
    let accept = "[identity.ssn]\nplaceholders = 'accept'\n";
    let unknown = |n| person(n).with("ssn", ["000-00-0000", "999-99-9999"][n % 2]);
    let first = vec![unknown(1), unknown(2), unknown(3)];
    same("", accept, std::slice::from_ref(&first));
    same("", accept, &[first.clone(), people(3)]);
    same("SSN_PLACEHOLDER", "", &[first]);
    let blanked = vec![
        person(1).with("city", "None"),
        person(2).with("city", "Nonesuch"),
    ];
    same("PLACEHOLDER_BLANKED", "", &[blanked]);
    same(
        "SPREADSHEET_ERROR",
        "",
        &[vec![person(1).with("city", "#REF!")]],
    );
}

#[test]
fn rows_lines_and_words_that_are_left_out() {
    let rows = |rule: &str| format!("[integration.{DEMOGRAPHIC}.rows]\n{rule}\n");
    let dependent = person(1).with("job_title", "Child").with("ssn", "junk");
    let mixed = vec![person(1), dependent, person(2)];
    let skip = rows("skip = { job_title = ['CHILD'] }");
    same("row_filtered", &skip, std::slice::from_ref(&mixed));
    same(
        "row_filtered",
        &rows("only = { job_title = ['Analyst'] }"),
        std::slice::from_ref(&mixed),
    );
    same("SSN_NOT_DIGITS", "", &[mixed]);

    let format = |keys: &str| format!("[integration.{DEMOGRAPHIC}.format]\n{keys}\n");
    let ignore = format("ignore = ['(* rows affected)', 'Page *']");
    let pages = vec![
        footer("Page 1 of 1"),
        person(1),
        footer("(1 rows affected)"),
    ];
    same("", &ignore, &[pages]);
    // A person is never set aside.
    let page = person(1)
        .with("subscriber_id", "Page")
        .with("username", "page.one");
    same("", &ignore, &[vec![page]]);

    let words = format("blanks = ['NULL']\nno_dates = ['1900-01-01']\nopen_dates = ['2099-12-31']");
    let blank = |n| person(n).with("city", "null").with("job_title", "NULL");
    same(
        "",
        &words,
        &[vec![
            blank(1),
            blank(2).with("termination_date", "2099-12-31"),
        ]],
    );
    let required = vec![
        blank(1).with("last_name", "NULL"),
        blank(2).with("hire_date", "1900-01-01"),
    ];
    same("REQUIRED_MISSING", &words, &[required]);
}
