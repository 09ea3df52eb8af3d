//! Dates as payroll systems, spreadsheets and mainframes write them, and moments in the output.

use crate::people::{Record, csv, deduction, people, person, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario};
use chrono::{Datelike, Months, NaiveDate};

fn with_format(integration: &str, keys: &str) -> Scenario {
    Scenario::new().and_config(&format!("[integration.{integration}.format]\n{keys}\n"))
}

/// A run over people with these dates of birth and of hire.
fn dated(keys: &str, rows: &[(&str, &str)]) -> Outcome {
    let record = |(n, (born, hired)): (usize, &(&str, &str))| {
        person(n).with("birth_date", born).with("hire_date", hired)
    };
    let records: Vec<Record> = (1..).zip(rows).map(record).collect();
    with_format(DEMOGRAPHIC, keys)
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[])
}

fn refused(errors: &[ErrorRow]) -> Vec<(Option<u64>, &str, &str)> {
    errors
        .iter()
        .map(|e| (e.record, e.field.as_str(), e.code.as_str()))
        .collect()
}

#[test]
fn every_token_is_read_in_every_column() {
    for (form, born, hired) in [
        ("%m/%d/%y", "3/2/84", "05/06/19"),
        ("%y%m%d", "840302", "190506"),
        ("%m%d%y", "030284", "050619"),
        ("%d-%b-%Y", "02-MAR-1984", "6-may-2019"),
        ("%d%b%y", "02MAR84", "06May19"),
        ("%B %d, %Y", "March 2, 1984", "MAY 06, 2019"),
        ("%m/%d/%Y %H:%M", "3/2/1984 0:00", "5/6/2019 13:05"),
        (
            "%m/%d/%Y %I:%M %p",
            "3/2/1984 12:00 AM",
            "05/06/2019 1:05 pm",
        ),
        (
            "%d-%b-%y %I.%M.%S %p",
            "02-MAR-84 12.00.00.000000 AM",
            "06-MAY-19 01.05.00 PM",
        ),
        ("%Y%j", "1984062", "2019126"),
        ("%serial", "30743", "43591.0"),
    ] {
        let run = dated(&format!("dates = ['{form}']"), &[(born, hired)]);
        run.completed();
        assert_eq!(run.column("birth_date"), ["1984-03-02"], "{form}");
        assert_eq!(run.column("hire_date"), ["2019-05-06"], "{form}");
    }
}

#[test]
fn births_of_two_digits_never_lie_ahead_and_the_pivot_decides_the_rest() {
    let ahead = (today().year() + 2) % 100;
    let born = format!("01/15/{ahead:02}");
    let run = dated("dates = ['%m/%d/%y']", &[(&born, "01/15/88")]);
    run.completed();
    assert_eq!(run.column("birth_date"), [format!("19{ahead:02}-01-15")]);
    // With four digits such a birth is refused as before.
    let born = format!("{}-01-15", today().year() + 2);
    let run = dated("", &[(&born, "2020-01-15")]);
    assert_eq!(
        refused(&run.errors())[0],
        (Some(1), "birth_date", "DATE_RANGE")
    );

    let run = dated(
        "dates = ['%m/%d/%y']\ncentury_pivot = 10",
        &[("07/11/57", "05/06/19")],
    );
    assert_eq!(
        refused(&run.errors()),
        [(Some(1), "hire_date", "DATE_ORDER")]
    );
}

#[test]
fn no_date_and_no_end_are_known_in_new_forms() {
    let keys = "dates = ['%d-%b-%y', '%m%d%y', '%serial']\nno_dates = ['01-JAN-00', '0']\nopen_dates = ['31-DEC-99']";
    let ends = [
        "000000",
        "01-jan-00",
        "0",
        "31-DEC-99",
        "2958465",
        "73415",
        "31-DEC-98",
    ];
    let records: Vec<Record> = (1..)
        .zip(ends)
        .map(|(n, end)| {
            person(n)
                .with("birth_date", "02-MAR-84")
                .with("hire_date", "43591")
                .with("termination_date", end)
        })
        .collect();
    let run = with_format(DEMOGRAPHIC, keys)
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    let errors = run.errors();
    // 31-DEC-98 is a day: an end before the hire.
    let codes = refused(&errors);
    assert_eq!(
        codes[0],
        (Some(7), "termination_date", "DATE_ORDER"),
        "{codes:?}"
    );
    assert_eq!(run.column("termination_date"), [""; 6]);
}

#[test]
fn what_is_seen_is_said_and_the_form_that_reads_it_is_named() {
    let rows = [
        ("02-MAR-1984", "2019-05-06"),
        ("1984-03-02", "05/06/19"),
        ("30743", "2019-05-06"),
        ("1984-03-02", "5/6/2019 0:00"),
        ("1984-02-30", "2019-05-06"),
    ];
    let run = dated("dates = ['%Y-%m-%d', '%m/%d/%Y']", &rows);
    let errors = run.errors();
    let said: Vec<&str> = errors.iter().map(|e| e.message.as_str()).collect();
    let no = "This is not a date that can be read here";
    assert_eq!(
        said,
        [
            format!("{no}: it has a month as a word."),
            format!("{no}: it has two digits for the year."),
            format!("{no}: it is a serial number from a spreadsheet."),
            format!("{no}: it has a time of day."),
            format!("{no}."),
        ]
    );
    let forms = ["%d-%b-%Y", "%m/%d/%y", "%serial", "%m/%d/%Y %H:%M"];
    for (error, form) in errors.iter().zip(forms) {
        assert!(
            error.how_to_fix.contains(&format!("\"{form}\"")),
            "{error:?}"
        );
        // In the integration's own forms.
        assert!(
            error.how_to_fix.contains("2026-01-31 or 01/31/2026 for"),
            "{error:?}"
        );
        assert!(!error.how_to_fix.contains("20260131"), "{error:?}");
    }

    // The advice is followed: the forms are added, and the rejected rows are sent again as they are.
    let rejects = run.rejects().expect("a rejects file");
    let listed = format!("['%Y-%m-%d', '%m/%d/%Y', '{}']", forms.join("', '"));
    let site = with_format(DEMOGRAPHIC, "dates = ['%Y-%m-%d', '%m/%d/%Y']");
    let records: Vec<Record> = (1..)
        .zip(rows)
        .map(|(n, (born, hired))| person(n).with("birth_date", born).with("hire_date", hired))
        .collect();
    let first = site
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(first.rejects().expect("a rejects file"), rejects);
    let config = std::fs::read_to_string(site.path("feedgate.toml")).expect("readable");
    let config = config.replace("['%Y-%m-%d', '%m/%d/%Y']", &listed);
    let site = site.config(&config);
    std::fs::write(site.path("again.csv"), rejects).expect("written");
    let again = site.feedgate(&[
        "resubmit",
        first.reference(),
        "--file",
        "again.csv",
        "--json",
    ]);
    assert_eq!(
        refused(&again.errors()),
        [(Some(5), "birth_date", "DATE_INVALID")]
    );
}

#[test]
fn forms_that_contradict_each_other_take_no_date_in_doubt() {
    let run = dated(
        "dates = ['%m%d%y', '%y%m%d', '%Y-%m-%d']",
        &[("010203", "2019-05-06"), ("840302", "050619")],
    );
    let errors = run.errors();
    assert_eq!(
        refused(&errors),
        [
            (Some(1), "birth_date", "DATE_AMBIGUOUS"),
            (Some(2), "hire_date", "DATE_AMBIGUOUS"),
        ]
    );
    let fix = &errors[0].how_to_fix;
    assert!(fix.contains("strike \"%m%d%y\" or \"%y%m%d\""), "{fix}");
    assert!(fix.contains("(2026-01-31)"), "{fix}");
}

#[test]
fn deductions_have_the_same_forms() {
    let site = with_format(DEDUCTION, "dates = ['%m%d%y', '%d-%b-%Y']");
    site.roster("people.csv", csv(&people(2)));
    let effective: NaiveDate = deduction(1).get("effective_date").parse().expect("a date");
    let records = [
        deduction(1)
            .with("effective_date", effective.format("%m%d%y"))
            .with("end_date", "000000"),
        deduction(2)
            .with(
                "effective_date",
                effective.format("%d-%b-%Y").to_string().to_uppercase(),
            )
            .with("end_date", "31-DEC-4712"),
    ];
    let run = site
        .inbound(DEDUCTION, "deductions.csv", csv(&records))
        .run(DEDUCTION, &[]);
    run.completed();
    assert_eq!(
        run.column("effective_date"),
        [effective.to_string(), effective.to_string()]
    );
    assert_eq!(run.column("end_date"), ["", ""]);
}

#[test]
fn moments_are_written_as_they_were_sent_or_in_the_form_that_is_named() {
    let sent = [
        "2026-01-02",
        "2026-01-02T03:04:05.678-05:00",
        "2026-01-02 3:04:05",
        "01/02/2026",
        " 2026-01-02T03:04:05Z ",
        "",
    ];
    let records: Vec<Record> = (1..)
        .zip(sent)
        .map(|(n, moment)| person(n).with("last_changed_at", moment))
        .collect();
    let written = |output: &str| {
        let run = Scenario::new()
            .and_config(output)
            .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
            .run(DEMOGRAPHIC, &[]);
        run.completed();
        run.column("last_changed_at")
    };
    assert_eq!(written(""), sent.map(str::trim));
    let output = "[integration.demographic-export.output]\ntimestamps = '%Y-%m-%dT%H:%M:%S%z'";
    assert_eq!(
        written(output),
        [
            "2026-01-02T00:00:00",
            "2026-01-02T03:04:05-05:00",
            "2026-01-02T03:04:05",
            "2026-01-02T00:00:00",
            "2026-01-02T03:04:05Z",
            "",
        ]
    );
    let output = "[integration.demographic-export.output]\ntimestamps = '%m/%d/%Y'";
    assert_eq!(written(output)[1], "01/02/2026");
}

#[test]
fn hires_lie_behind_births_and_at_most_a_year_ahead() {
    let year = |months: u32, days: i64| {
        let day = today()
            .checked_add_months(Months::new(months))
            .expect("a date");
        (day + chrono::TimeDelta::days(days)).to_string()
    };
    let records = [
        person(1)
            .with("birth_date", "1990-06-02")
            .with("original_hire_date", "1990-06-01"),
        person(2)
            .with("birth_date", "1990-06-02")
            .with("original_hire_date", "1990-06-02"),
        person(3).with("hire_date", year(12, 0)),
        person(4).with("hire_date", year(12, 1)),
        person(5)
            .with("hire_date", year(12, 0))
            .with("original_hire_date", year(12, 1)),
    ];
    let run = Scenario::new()
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(
        refused(&run.errors()),
        [
            (Some(1), "original_hire_date", "DATE_ORDER"),
            (Some(4), "hire_date", "DATE_RANGE"),
            (Some(5), "original_hire_date", "DATE_RANGE"),
        ]
    );
}
