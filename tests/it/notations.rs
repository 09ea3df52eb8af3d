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
    let format = format!("{DASH_IS_ZERO}\ndecimals = 'explicit'");
    let site = Scenario::new().and_config(&layout).and_config(&format);
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

/// A demographic file of text as it is sent, without the quoting that a writer adds.
fn guarded_people(rows: &[&str]) -> String {
    let header = "Employee ID,Employee Number,Login,SSN,First Name,Last Name,DOB,Hire Date,Status,Zip,State,Home Phone";
    format!("{header}\n{}\n", rows.join("\n"))
}

#[test]
fn guards_against_spreadsheets_are_taken_off_in_every_column() {
    let rows = [
        r#"="00123",="00123",mkowalski,="412551001",="MARTA",KOWALSKI,="1984-03-02",2019-05-06,="A",="02134",MA,="6175550100""#,
        r#""=""00124""","=""00124""",jbrandt,"=""412551002""",JOHN,"=""BRANDT, JR""",1979-07-11,2018-01-15,A,"=""02134""",MA,"=""6175550101""""#,
        "'00125,'00125,'rokline,'412551003,ROBERT,'t Hooft,'1990-12-01,2021-09-01,'A,'02134,'MA,'6175550102",
        // An apostrophe on both sides is no guard.
        "'00126',00126,awong,412551004,ANN,WONG,1990-12-01,2021-09-01,A,02134,MA,6175550103",
    ];
    let site = Scenario::new();
    let run = site
        .inbound(DEMOGRAPHIC, "guards.csv", guarded_people(&rows))
        .run(DEMOGRAPHIC, &[]);
    let errors = run.errors();
    assert_eq!(
        codes(&errors),
        [(Some(4), "subscriber_id", "SUBSCRIBER_ID_FORMAT")]
    );
    let columns = [
        "subscriber_id",
        "employee_number",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "employment_status",
        "zip_code",
        "state",
        "home_phone",
    ];
    let written: Vec<String> = run
        .rows()
        .iter()
        .map(|row| columns.map(|c| row[c].as_str()).join("|"))
        .collect();
    assert_eq!(
        written,
        [
            "00123|00123|mkowalski|412551001|MARTA|KOWALSKI|1984-03-02|A|02134|MA|6175550100",
            "00124|00124|jbrandt|412551002|JOHN|BRANDT, JR|1979-07-11|A|02134|MA|6175550101",
            "00125|00125|rokline|412551003|ROBERT|'t Hooft|1990-12-01|A|02134|MA|6175550102",
        ]
    );

    // Without the guards they are the same people.
    let bare = [
        "00123,00123,mkowalski,412551001,MARTA,KOWALSKI,1984-03-02,2019-05-06,A,02134,MA,6175550100",
        "00125,00125,rokline,412551003,ROBERT,'t Hooft,1990-12-01,2021-09-01,A,02134,MA,6175550102",
    ];
    let again = site
        .inbound(DEMOGRAPHIC, "bare.csv", guarded_people(&bare))
        .run(DEMOGRAPHIC, &[]);
    again.ended(0, "Completed");
    assert_eq!(again.count("records_unchanged"), 2);
}

#[test]
fn guarded_deductions_find_their_employees() {
    let site = Scenario::new().and_keys(
        DEDUCTION,
        "columns = { \"custom.reference\" = \"Reference\" }",
    );
    site.roster("people.csv", csv(&people(2)));
    let guard = |text: &str| format!("=\"{text}\"");
    let apostrophe = |text: &str| format!("'{text}");
    let dressed = |record: Record, dress: &dyn Fn(&str) -> String| {
        let columns = [
            "subscriber_id",
            "username",
            "ssn",
            "employee_amount",
            "effective_date",
        ];
        let each = |record: Record, column: &&str| {
            let value = dress(record.get(column));
            record.with(column, value)
        };
        let record = columns.iter().fold(record, each);
        record
            .with("end_date", dress(""))
            .with("Reference", dress("00700"))
    };
    let records = [
        dressed(deduction(1), &guard),
        dressed(deduction(2), &apostrophe),
    ];
    let run = site
        .inbound(DEDUCTION, "guarded.csv", csv(&records))
        .run(DEDUCTION, &[]);
    run.ended(0, "Completed");
    let references = written(&run, ["reference", "end_date"]);
    assert_eq!(references, [["00700", ""], ["00700", ""]]);
}

/// A run over people with these termination dates and original hire dates, all of whom are active.
fn dated(format: &str, rows: &[(&str, &str)]) -> Outcome {
    let record = |(n, (ends, original)): (usize, &(&str, &str))| {
        person(n)
            .with("termination_date", ends)
            .with("original_hire_date", original)
    };
    let records: Vec<Record> = (1..).zip(rows).map(record).collect();
    Scenario::new()
        .and_config(format)
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[])
}

#[test]
fn dates_of_zeros_are_blank_and_far_days_are_open() {
    let rows = [
        ("00000000", "0000-00-00"),
        ("0000/00/00", "00/00/0000"),
        ("4712-12-31", "0000-00-00 00:00:00"),
        ("12/31/4712", ""),
        ("99991231", "0000-00-01"),
        ("2099-12-31", ""),
        ("1900-01-01", ""),
        ("", "4712-12-31"),
    ];
    let run = dated("", &rows);
    let without = |record| {
        (
            Some(record),
            "termination_date",
            "TERMINATION_WITHOUT_STATUS",
        )
    };
    let errors = run.errors();
    let mut found = codes(&errors);
    found.retain(|(_, _, code)| *code != "DATE_ORDER");
    assert_eq!(
        found,
        [
            (Some(5), "original_hire_date", "DATE_INVALID"),
            without(6),
            without(7),
            (Some(8), "original_hire_date", "DATE_RANGE"),
        ]
    );
    assert_eq!(
        written(&run, ["termination_date", "original_hire_date"]),
        // A termination without its status is a warning.
        [["", ""], ["", ""], ["", ""], ["", ""], ["2099-12-31", ""]]
    );
    // A date that has to be there is missing.
    let hired = person(1).with("hire_date", "00000000");
    let run = Scenario::new()
        .inbound(DEMOGRAPHIC, "people.csv", csv(&[hired]))
        .run(DEMOGRAPHIC, &[]);
    let errors = run.errors();
    assert_eq!(codes(&errors), [(Some(1), "hire_date", "REQUIRED_MISSING")]);
}

#[test]
fn listed_days_mean_no_date_and_no_end_in_each_form() {
    let format = "[integration.demographic-export.format]\n\
                  no_dates = [1900-01-01, '99/99/9999']\nopen_dates = ['2099-12-31', 'ongoing']";
    let rows = [
        ("1900-01-01", "01/01/1900"),
        ("19000101", "99/99/9999"),
        ("2099-12-31", ""),
        ("12/31/2099", ""),
        ("Ongoing", ""),
        // The defaults still count.
        ("2100-12-31", "00000000"),
        ("2099-12-30", ""),
        ("", "ongoing"),
    ];
    let run = dated(format, &rows);
    let errors = run.errors();
    assert_eq!(
        codes(&errors),
        [
            (Some(7), "termination_date", "TERMINATION_WITHOUT_STATUS"),
            (Some(8), "original_hire_date", "DATE_INVALID"),
        ]
    );
    let written = written(&run, ["termination_date", "original_hire_date"]);
    let blank: [[String; 2]; 6] = Default::default();
    assert_eq!(written[..6], blank);
    assert_eq!(written[6..], [["2099-12-30", ""]]);
}

#[test]
fn ends_of_deductions_and_change_times_are_read_alike() {
    let site = Scenario::new();
    site.roster("people.csv", csv(&people(4)));
    let ends = ["00000000", "4712-12-31", "00/00/0000", "0"];
    let record = |(n, end): (usize, &&str)| {
        deduction(n)
            .with("end_date", end)
            .with("last_changed_at", "0000-00-00 00:00:00")
    };
    let records: Vec<Record> = (1..).zip(&ends).map(record).collect();
    let run = site
        .inbound(DEDUCTION, "ends.csv", csv(&records))
        .run(DEDUCTION, &[]);
    let errors = run.errors();
    assert_eq!(codes(&errors), [(Some(4), "end_date", "DATE_INVALID")]);
    let blank: [[String; 2]; 3] = Default::default();
    assert_eq!(written(&run, ["end_date", "last_changed_at"]), blank);
}
