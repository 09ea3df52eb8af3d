//! Notations of values that exports and spreadsheets write: those without doubt are taken, the others are named.

use crate::people::{Record, csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario};

/// A roster of five and a run over deductions of theirs with these amounts, employee's and employer's.
fn amounts(keys: &str, format: &str, rows: &[(&str, &str)]) -> (Scenario, Outcome) {
    let site = Scenario::new().and_keys(DEDUCTION, keys).and_config(format);
    site.roster("people.csv", csv(&people(5)));
    let record = |(n, (employee, employer)): (usize, &(&str, &str))| {
        deduction(n)
            .with("employee_amount", employee)
            .with("employer_amount", employer)
    };
    let records: Vec<Record> = (1..).zip(rows).map(record).collect();
    let run = site
        .inbound(DEDUCTION, "amounts.csv", csv(&records))
        .run(DEDUCTION, &[]);
    (site, run)
}

const DASH_IS_ZERO: &str = "[integration.deduction-import.format]\ndash_is_zero = true";

/// The columns of the output file's rows.
fn written(run: &Outcome, columns: [&str; 2]) -> Vec<[String; 2]> {
    run.rows()
        .iter()
        .map(|row| columns.map(|column| row[column].clone()))
        .collect()
}

fn codes(errors: &[ErrorRow]) -> Vec<(Option<u64>, &str, &str)> {
    errors
        .iter()
        .map(|e| (e.record, e.field.as_str(), e.code.as_str()))
        .collect()
}

const AMOUNTS: [&str; 2] = ["employee_amount", "employer_amount"];

#[test]
fn zeros_beyond_two_decimals_are_taken_and_other_digits_are_not() {
    let rows = [
        ("125.0000", "410.5000"),
        ("12.3400", "0.0000"),
        ("5.", ".5"),
        ("1.2345", "0.00"),
        ("1,234.50000", "$.50"),
    ];
    let (_, run) = amounts("", "", &rows);
    run.ended(3, "Completed with Errors");
    assert_eq!(
        codes(&run.errors()),
        [(Some(4), "employee_amount", "AMOUNT_PRECISION")]
    );
    let want = [
        ["125.00", "410.50"],
        ["12.34", "0.00"],
        ["5.00", "0.50"],
        ["1234.50", "0.50"],
    ];
    assert_eq!(written(&run, AMOUNTS), want);
}

#[test]
fn accounting_formats_are_read_and_a_dash_is_zero_where_the_sender_says_so() {
    let rows = [
        (" $125.00 ", " $410.50 "),
        (" $ 12.34 ", " $-   "),
        (" $(4.50)", " $ -   "),
        ("1.20", "-"),
        ("1,234.50-", "-$4.50"),
    ];
    let (_, run) = amounts("allow_negative = true", DASH_IS_ZERO, &rows);
    run.ended(0, "Completed");
    let want = [
        ["125.00", "410.50"],
        ["12.34", "0.00"],
        ["-4.50", "0.00"],
        ["1.20", "0.00"],
        ["-1234.50", "-4.50"],
    ];
    assert_eq!(written(&run, AMOUNTS), want);

    // Without leave for negative amounts a dash is still zero.
    let (_, run) = amounts("", DASH_IS_ZERO, &rows);
    let negative = |record, field| (Some(record), field, "AMOUNT_NEGATIVE");
    assert_eq!(
        codes(&run.errors()),
        [
            negative(3, "employee_amount"),
            negative(5, "employee_amount"),
            negative(5, "employer_amount"),
        ]
    );
}

#[test]
fn a_dash_is_no_amount_otherwise_and_the_advice_names_the_key() {
    let rows = [("1.00", "$ -"), ("-", "1.00"), ("--", "1.00")];
    let (site, run) = amounts("", "", &rows);
    let errors = run.errors();
    let invalid = |record, field| (Some(record), field, "AMOUNT_INVALID");
    assert_eq!(
        codes(&errors),
        [
            invalid(1, "employer_amount"),
            invalid(2, "employee_amount"),
            invalid(3, "employee_amount"),
        ]
    );
    let named: Vec<bool> = errors
        .iter()
        .map(|e| e.how_to_fix.contains("format.dash_is_zero = true"))
        .collect();
    assert_eq!(named, [true, true, false]);

    // The advice is followed: the key is set and the rejected rows are sent again as they are.
    let rejects = run.rejects().expect("a rejects file");
    let site = site.and_config(DASH_IS_ZERO);
    std::fs::write(site.path("again.csv"), rejects).expect("written");
    let again = site.feedgate(&["resubmit", run.reference(), "--file", "again.csv", "--json"]);
    assert_eq!(again.code, 3, "{again:?}");
    let left = again.errors();
    assert_eq!(
        codes(&left),
        [(Some(3), "employee_amount", "AMOUNT_INVALID")]
    );
}

#[test]
fn salaries_and_fixed_columns_are_read_alike() {
    let site =
        Scenario::new().and_config("[integration.demographic-export.format]\ndash_is_zero = true");
    let records = [
        person(1).with("annual_salary", "$52,000.0000"),
        person(2).with("annual_salary", " $ - "),
        person(3).with("annual_salary", "52000.001"),
    ];
    let run = site
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(
        codes(&run.errors()),
        [(Some(3), "annual_salary", "AMOUNT_PRECISION")]
    );
    let columns = ["subscriber_id", "annual_salary"];
    let salaries: Vec<String> = written(&run, columns).into_iter().map(|[_, s]| s).collect();
    assert_eq!(salaries, ["52000.00", "0.00"]);

    let columns = [
        "subscriber_id",
        "username",
        "ssn",
        "deduction_code",
        "effective_date",
    ];
    let mut start = 1;
    let mut layout = "[integration.deduction-import.fixed_width]\n".to_owned();
    for column in columns.iter().chain(&AMOUNTS) {
        layout += &format!("{column} = {{ start = {start}, length = 24 }}\n");
        start += 24;
    }
    let site = Scenario::new().and_config(&layout).and_config(DASH_IS_ZERO);
    site.roster("people.csv", csv(&people(1)));
    let record = deduction(1)
        .with("employee_amount", "  $ 12.3400")
        .with("employer_amount", "$   -");
    let cell = |column: &&str| format!("{:<24}", record.get(column));
    let line: String = columns.iter().chain(&AMOUNTS).map(cell).collect();
    let run = site
        .inbound(DEDUCTION, "fixed.txt", line + "\n")
        .run(DEDUCTION, &[]);
    run.ended(0, "Completed");
    assert_eq!(written(&run, AMOUNTS), [["12.34", "0.00"]]);
}
