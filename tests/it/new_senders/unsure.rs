//! What a file doesn't tell is no advice: it is a comment, for the sender to say, or isn't there at all.

use super::{configuration, text, validated};
use crate::people::{Record, csv, deduction, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

/// A site whose configuration ends with these lines.
fn site(config: &str) -> Scenario {
    Scenario::new().and_config(&format!("[identity]\nmatch = \"shape-only\"\n{config}"))
}

/// People with these values in a column.
fn people_with(column: &'static str, values: &[&str]) -> Vec<Record> {
    let people = (1..)
        .zip(values)
        .map(|(n, value)| person(n).with(column, *value));
    people.collect()
}

/// Deductions with these employee amounts, and employer amounts of nothing.
fn amounts(values: &[&str]) -> Vec<Record> {
    let of = |(n, value): (usize, &&str)| {
        let record = deduction(n).with("employer_amount", "");
        record.with("employee_amount", *value)
    };
    (1..).zip(values).map(of).collect()
}

fn advice(integration: &str, config: &str, records: &[Record]) -> String {
    configuration(&validated(&site(config), integration, &text(records))).to_owned()
}

/// The lines that count as they are.
fn keys(advice: &str) -> Vec<&str> {
    let lines = advice.lines();
    lines.filter(|line| !line.starts_with(['#', '['])).collect()
}

/// Runs a file once the advice is followed, with what stands in one comment.
fn followed(integration: &str, advice: &str, comment: &str, records: &[Record]) -> Outcome {
    let meant = advice.replace(&format!("# {comment}\n"), &format!("{comment}\n"));
    site(&meant)
        .inbound(integration, "first.csv", csv(records))
        .run(integration, &[])
}

fn written(outcome: &Outcome, column: &str) -> Vec<String> {
    outcome
        .rows()
        .iter()
        .map(|row| row[column].clone())
        .collect()
}

#[test]
fn a_date_that_two_orders_read_tells_of_neither() {
    for (dates, month_first, day_first) in [
        (
            ["01.12.2020", "01.11.2020", "01.01.2020"],
            "%m.%d.%Y",
            "%d.%m.%Y",
        ),
        (["01/12/84", "02/02/84", "01/01/84"], "%m/%d/%y", "%d/%m/%y"),
        (
            ["01-12-2020", "01-11-2020", "12-12-2020"],
            "%m-%d-%Y",
            "%d-%m-%Y",
        ),
    ] {
        let records = people_with("hire_date", &dates);
        let advice = advice(DEMOGRAPHIC, "", &records);
        assert_eq!(keys(&advice), [""; 0], "{advice}");
        let question = format!(
            "# \"{month_first}\" or \"{day_first}\": the sample doesn't tell, so ask the sender.\n"
        );
        assert!(advice.contains(&question), "{advice}");
        let outcome = followed(DEMOGRAPHIC, &advice, "", &records);
        assert_eq!(outcome.count("records_accepted"), 0, "{outcome:?}");
        for (form, first) in [(month_first, "-01-12"), (day_first, "-12-01")] {
            let key = format!("dates = [\"%Y-%m-%d\", \"{form}\"]");
            let outcome = followed(DEMOGRAPHIC, &advice, &key, &records);
            assert_eq!(
                outcome.count("records_accepted"),
                3,
                "{advice}\n{outcome:?}"
            );
            let written = written(&outcome, "hire_date");
            assert!(written[0].ends_with(first), "{form}: {written:?}");
        }
    }
}

#[test]
fn a_date_that_one_order_reads_tells_of_it_in_whichever_column_it_stands() {
    for (column, date) in [
        ("birth_date", "31.01.1980"),
        ("termination_date", "31.12.9999"),
        ("termination_date", "31.12.2100"),
    ] {
        let mut records = people_with("hire_date", &["01.12.2020", "01.11.2020", "01.01.2020"]);
        records[1] = records[1].clone().with(column, date);
        let advice = advice(DEMOGRAPHIC, "", &records);
        let key = "dates = [\"%d.%m.%Y\"]";
        let whole = "dates = [\"%Y-%m-%d\", \"%d.%m.%Y\"]";
        assert!(
            keys(&advice) == [key] || keys(&advice) == [whole],
            "{advice}"
        );
        let outcome = followed(DEMOGRAPHIC, &advice, "", &records);
        assert_eq!(outcome.count("records_accepted"), 3, "{outcome:?}");
        assert_eq!(written(&outcome, "hire_date")[0], "2020-12-01");
    }
    // Listed as no end, as it stands in the file.
    let mut records = people_with("hire_date", &["01.12.2020", "01.11.2020"]);
    records[0] = records[0].clone().with("termination_date", "31.12.2099");
    let listed = format!("[integration.{DEMOGRAPHIC}.format]\nopen_dates = [\"31.12.2099\"]\n");
    let found = advice(DEMOGRAPHIC, &listed, &records);
    assert_eq!(keys(&found), ["dates = [\"%Y-%m-%d\", \"%d.%m.%Y\"]"]);
    // Both orders.
    let records = people_with("hire_date", &["31.01.2020", "01.31.2020", "01.01.2020"]);
    let found = advice(DEMOGRAPHIC, "", &records);
    assert_eq!(keys(&found), [""; 0], "{found}");
    assert!(found.contains("ask the sender"), "{found}");
}

#[test]
fn a_date_that_a_form_of_the_integration_reads_may_be_meant_otherwise() {
    let ambiguous = "01/12/2020";
    let of = |dates: &[&str]| advice(DEMOGRAPHIC, "", &people_with("hire_date", dates));
    let day_first = "dates = [\"%Y-%m-%d\", \"%d/%m/%Y\"]";
    // Most have days that are no months.
    let dates = ["31/12/2020", "15/12/2020", ambiguous];
    let found = of(&dates);
    assert_eq!(keys(&found), [day_first], "{found}");
    let outcome = followed(DEMOGRAPHIC, &found, "", &people_with("hire_date", &dates));
    assert_eq!(written(&outcome, "hire_date")[2], "2020-12-01");
    // One has.
    let found = of(&["31/12/2020", ambiguous, ambiguous]);
    assert_eq!(keys(&found), [""; 0], "{found}");
    let question = "# \"%m/%d/%Y\" or \"%d/%m/%Y\": few dates tell, so ask the sender.\n";
    assert!(
        found.contains(&format!("{question}# {day_first}\n")),
        "{found}"
    );
    // One is a mistake among others.
    assert_eq!(
        of(&["31/12/2020", "12/31/2020", "12/15/2020", ambiguous]),
        ""
    );
    assert_eq!(of(&["31-DEC-2020", "12/31/2020", ambiguous]), "");
    // Most can't tell what the others say.
    let found = of(&["31/12/2020", "15/12/2020", "12/31/2020"]);
    assert_eq!(keys(&found), [""; 0], "{found}");
}

#[test]
fn five_digits_are_a_serial_number_or_a_year_and_a_day_of_it() {
    let of = |dates: &[&str]| advice(DEMOGRAPHIC, "", &people_with("hire_date", dates));
    // Days of our time by both.
    let both = of(&["45200", "45001", "44300"]);
    assert_eq!(keys(&both), [""; 0], "{both}");
    assert!(both.contains("# \"%serial\" or \"%y%j\": "), "{both}");
    let one = of(&["25334"]);
    assert_eq!(keys(&one), [""; 0], "{one}");
    for (dates, form, first) in [
        // Nobody was hired in 1969.
        (["25334", "24001", "19365"], "%y%j", "2025-11-30"),
        // No year has 400 days.
        (["43591", "45200", "45001"], "%serial", "2019-05-06"),
        // No serial number begins with 0.
        (["04001", "25334", "24001"], "%y%j", "2004-01-01"),
    ] {
        let records = people_with("hire_date", &dates);
        let found = advice(DEMOGRAPHIC, "", &records);
        let key = format!("dates = [\"%Y-%m-%d\", \"{form}\"]");
        assert_eq!(keys(&found), [key], "{found}");
        let outcome = followed(DEMOGRAPHIC, &found, "", &records);
        assert_eq!(written(&outcome, "hire_date")[0], first, "{outcome:?}");
    }
    // One that is no day of a year among days of years.
    let mangled = of(&["25734", "25334", "24001"]);
    assert_eq!(keys(&mangled), [""; 0], "{mangled}");
    // People are born in any year.
    let births = people_with("birth_date", &["25334", "24001", "19365"]);
    let found = advice(DEMOGRAPHIC, "", &births);
    assert_eq!(keys(&found), [""; 0], "{found}");
}

#[test]
fn single_amounts_in_another_form_change_nothing() {
    let format = |key: &str| format!("[integration.{DEDUCTION}.format]\n{key}\n");
    let comma = format("decimal_mark = ','");
    let implied = format("decimals = 'implied'");
    for (config, values) in [
        ("", &["45.00", "45.10", "12.345", "45"][..]),
        ("", &["45.00", "45.10", "12,34"]),
        ("", &["45", "46", "12,34"]),
        ("", &["45", "46", "0001E"]),
        ("", &["45.00", "45.10", "N", "-"]),
        (&comma, &["45,00", "45,10", "12.34"]),
        (&implied, &["0013875", "0013876", "0001.75", "0013877"]),
        // Either form refuses some.
        ("", &["45.00", "46.00", "47.00", "12,34", "13,34"]),
    ] {
        assert_eq!(
            advice(DEDUCTION, config, &amounts(values)),
            "",
            "{values:?}"
        );
    }
}

#[test]
fn amounts_that_could_be_others_are_for_the_sender_to_say() {
    for (values, key) in [
        // Thousands, or three decimals.
        (&["12.345", "13.345"][..], "decimal_mark = \",\""),
        // 12.500 would become twelve thousand.
        (&["1.234,50", "2.345,50", "12.500"], "decimal_mark = \",\""),
        // Dollars would become cents.
        (&["0000850", "000085}", "000095}"], "decimals = \"implied\""),
        // Whole dollars say nothing of decimals.
        (
            &["0", "0", "0", "0", "12,50", "12,60", "12,70"],
            "decimal_mark = \",\"",
        ),
        (
            &["1.00", "2.00", "3.00", "4.00", "-", "-", "-"],
            "dash_is_zero = true",
        ),
    ] {
        let found = advice(DEDUCTION, "", &amounts(values));
        assert_eq!(keys(&found), [""; 0], "{found}");
        assert!(found.contains(&format!("# {key}\n")), "{found}");
        assert!(found.contains("sk the sender"), "{found}");
    }
    // Nothing else is read differently.
    for (values, key, first) in [
        (
            &["1.234,50", "12.345", "0"][..],
            "decimal_mark = \",\"",
            "1234.50",
        ),
        (
            &["000085{", "000095{", ""],
            "decimals = \"implied\"",
            "8.50",
        ),
        (&["-", "-", "1.00"], "dash_is_zero = true", "0.00"),
    ] {
        let records = amounts(values);
        let found = advice(DEDUCTION, "", &records);
        assert_eq!(keys(&found), [key], "{found}");
        let outcome = followed(DEDUCTION, &found, "", &records);
        assert_eq!(
            written(&outcome, "employee_amount")[0],
            first,
            "{outcome:?}"
        );
    }
}

#[test]
fn a_single_amount_is_to_be_corrected() {
    let errors = |config: &str, values: &[&str]| {
        let site = site(config);
        let sent = site.inbound(DEDUCTION, "a.csv", csv(&amounts(values)));
        sent.run(DEDUCTION, &[]).errors()
    };
    let found = errors("", &["45.00", "12.345"]);
    assert_eq!(found[0].code, "AMOUNT_PRECISION");
    assert!(!found[0].how_to_fix.contains("format."), "{found:?}");
    let implied = format!("[integration.{DEDUCTION}.format]\ndecimals = 'implied'\n");
    let found = errors(&implied, &["0013875", "0001.75"]);
    let fix = &found[0].how_to_fix;
    assert!(fix.starts_with("Write the amount as digits alone"), "{fix}");
    assert!(
        fix.contains("Correct it, unless all amounts of this sender"),
        "{fix}"
    );
}

#[test]
fn a_column_that_may_hold_usernames_is_named() {
    let file = text(&[person(1), person(2)]);
    let other = file
        .replace("username", "OPRID")
        .replace("employee_number", "Rank");
    let outcome = validated(&site(""), DEMOGRAPHIC, &other);
    let found = configuration(&outcome);
    assert_eq!(keys(found), [""; 0], "{found}");
    assert!(found.contains("\"OPRID\""), "{found}");
    assert!(found.contains("# required = false\n"), "{found}");
    // Nothing could be one.
    let without: Vec<Record> = (1..=2).map(|n| person(n).without("username")).collect();
    let file = text(&without).replace("username", "Alias");
    let found = configuration(&validated(&site(""), DEMOGRAPHIC, &file)).to_owned();
    assert_eq!(keys(&found), ["required = false"], "{found}");
    let after = validated(&site(&found), DEMOGRAPHIC, &file);
    assert_eq!((after.code, configuration(&after)), (0, ""));
}

#[test]
fn an_id_may_be_the_number_of_the_employee() {
    let file = text(&[person(1), person(2)]);
    let numbers = file
        .replace("subscriber_id", "Emp ID")
        .replace("employee_number", "Emp No");
    let found = configuration(&validated(&site(""), DEMOGRAPHIC, &numbers)).to_owned();
    for column in ["employee_number", "subscriber_id"] {
        let line = format!("# {column} = which of: \"Emp ID\", \"Emp No\"\n");
        assert!(found.contains(&line), "{found}");
    }
    let other = file.replace("subscriber_id", "Kennung");
    let found = configuration(&validated(&site(""), DEMOGRAPHIC, &other)).to_owned();
    assert!(
        found.contains("# subscriber_id = which of: \"Kennung\", \"employee_number\"\n"),
        "{found}"
    );
}

#[test]
fn columns_are_asked_for_among_those_that_could_be_meant() {
    let names = [
        ("ssn", "Nummer"),
        ("birth_date", "Geboren"),
        ("last_name", "Nachname"),
        ("job_title", "Beruf"),
    ];
    let file = names
        .iter()
        .fold(text(&[person(1), person(2)]), |f, (own, other)| {
            f.replace(own, other)
        });
    let found = configuration(&validated(&site(""), DEMOGRAPHIC, &file)).to_owned();
    for line in [
        "# ssn = which of: \"Nummer\"",
        "# birth_date = which of: \"Geboren\"",
        "# last_name = which of: \"Nachname\", \"Beruf\"",
    ] {
        assert!(found.lines().any(|l| l == line), "{line}: {found}");
    }
    // Another word is another column; a letter is a mistake, unless the values are others.
    let file = text(&[person(1), person(2)]);
    let of = |own: &str, other: &str| {
        let file = file.replacen(own, other, 1);
        configuration(&validated(&site(""), DEMOGRAPHIC, &file)).to_owned()
    };
    let found = of("birth_date", "Birth Place");
    assert!(
        found.contains("# birth_date = which of: \"Birth Place\"\n"),
        "{found}"
    );
    assert_eq!(
        keys(&of("birth_date", "Brith Date")),
        ["birth_date = \"Brith Date\""]
    );
    let swapped = file
        .replacen("hire_date", "x", 1)
        .replacen("city", "Hire Datee", 1);
    let found = configuration(&validated(&site(""), DEMOGRAPHIC, &swapped)).to_owned();
    assert!(found.contains("# hire_date = which of: \"x\"\n"), "{found}");
    // Where none is like it, all are named.
    let people = [1, 2].map(|n| person(n).with("ssn", "applied for"));
    let file = text(&people)
        .replace("ssn", "Nummer")
        .replace("job_title", "Beruf");
    let found = configuration(&validated(&site(""), DEMOGRAPHIC, &file)).to_owned();
    assert!(
        found.contains("# ssn = which of: \"Nummer\", \"Beruf\"\n"),
        "{found}"
    );
}

#[test]
fn what_stands_for_nothing_is_not_unread() {
    let config = format!(
        "[integration.{DEMOGRAPHIC}.format]\nblanks = ['\\N']\nopen_dates = ['99999999']\n\
         trailer = {{ marker = \"T\", count = 2 }}\n\
         [integration.{DEMOGRAPHIC}.columns]\ncustom.shoes = \"Shoes\"\n"
    );
    let record = |n, end, salary, shoes| {
        let person = person(n).with("termination_date", end);
        person.with("annual_salary", salary).with("Shoes", shoes)
    };
    let records = [
        record(1, "00000000", "\\N", "42"),
        record(2, "99999999", "51000.50", "\\N"),
        record(3, "\\N", "NULL", "44"),
    ];
    let outcome = validated(&site(&config), DEMOGRAPHIC, &(text(&records) + "T,3\n"));
    let reading = &outcome.summary()["reading"];
    assert_eq!(
        (outcome.code, &reading["records"]),
        (0, &json!(3)),
        "{outcome:?}"
    );
    assert_eq!(configuration(&outcome), "");
    let of = |name: &str| -> Value {
        let columns = reading["columns"].as_array().expect("columns");
        let column = columns.iter().find(|c| c["column"] == name);
        let column = column.expect("a column");
        json!([column["values"], column["forms"], column["unread"]])
    };
    assert_eq!(of("termination_date"), json!([2, {"no date": 2}, 0]));
    assert_eq!(of("annual_salary"), json!([1, {"with decimals": 1}, 0]));
    assert_eq!(of("custom.shoes"), json!([2, {}, 0]));
}
