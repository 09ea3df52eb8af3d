//! `validate` says how the file of a new sender was read, and which configuration would take it as it is.

use crate::people::{csv, deduction, person, ssn, subscriber_id, username};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

fn validated(site: &Scenario, integration: &str, text: &str) -> Outcome {
    let path = site.path("sample.csv");
    std::fs::write(&path, text).expect("written");
    let path = path.to_str().expect("a path");
    site.feedgate(&["validate", path, "--integration", integration, "--json"])
}

fn configuration(outcome: &Outcome) -> &str {
    let reading = &outcome.summary()["reading"];
    reading["configuration"].as_str().expect("TOML")
}

/// Follows the advice once.
#[track_caller]
fn is_taken_when_the_advice_is_followed(integration: &str, text: &str) -> String {
    let site = Scenario::new().and_config("[identity]\nmatch = \"shape-only\"\n");
    let before = validated(&site, integration, text);
    assert_ne!(before.code, 0, "{before:?}");
    let advice = configuration(&before).to_owned();
    let site = site.and_config(&advice);
    let after = validated(&site, integration, text);
    assert_eq!(after.code, 0, "{advice}\n{after:?}");
    assert_eq!(configuration(&after), "", "{after:?}");
    advice
}

fn text(records: &[crate::people::Record]) -> String {
    String::from_utf8(csv(records)).expect("UTF-8")
}

#[test]
fn dates_in_other_forms() {
    for (form, birth, hire) in [
        ("%m/%d/%y", "03/02/84", "12/31/20"),
        ("%d-%b-%Y", "02-MAR-1984", "6-May-2019"),
        ("%d.%m.%Y", "31.03.1984", "06.05.2019"),
        ("%serial", "30743", "43591"),
    ] {
        let record = person(1).with("birth_date", birth).with("hire_date", hire);
        let advice = is_taken_when_the_advice_is_followed(DEMOGRAPHIC, &text(&[record]));
        let list = format!("dates = [\"{form}\"]");
        assert!(advice.contains(&list), "{advice}");
    }
}

#[test]
fn a_form_that_may_mean_two_days_is_for_the_sender_to_say() {
    let record = person(1)
        .with("birth_date", "03/02/84")
        .with("hire_date", "05/06/19");
    let advice = is_taken_when_the_advice_is_followed(DEMOGRAPHIC, &text(&[record]));
    let question = "# \"%m/%d/%y\" or \"%d/%m/%y\": the sample doesn't tell, so ask the sender.";
    assert!(advice.contains(question), "{advice}");
}

#[test]
fn amounts_in_other_forms() {
    let amounts = |employee, employer| {
        let record = deduction(1)
            .with("employee_amount", employee)
            .with("employer_amount", employer);
        text(&[record])
    };
    for (file, key) in [
        (amounts("1.234,50", "0,00"), "decimal_mark = \",\""),
        (amounts("12.50", "-"), "dash_is_zero = true"),
        (amounts("0085{", "0000{"), "decimals = \"implied\""),
    ] {
        let advice = is_taken_when_the_advice_is_followed(DEDUCTION, &file);
        assert!(advice.contains(key), "{advice}");
    }
}

#[test]
fn columns_with_other_names_and_left_out() {
    let file = text(&[person(1)])
        .replace("subscriber_id", "Subscribr ID")
        .replace("username", "portal");
    let advice = is_taken_when_the_advice_is_followed(DEMOGRAPHIC, &file);
    assert!(
        advice.contains("subscriber_id = \"Subscribr ID\""),
        "{advice}"
    );
    assert!(advice.contains("required = false"), "{advice}");
    // Nothing is guessed where no header looks like the column.
    let file = text(&[person(1)]).replace("last_name", "Apellido");
    let outcome = validated(&Scenario::new(), DEMOGRAPHIC, &file);
    assert_eq!(
        outcome.summary()["reading"]["missing"],
        json!(["last_name"])
    );
    assert!(configuration(&outcome).contains("# last_name = which of: \"Apellido\""));
}

#[test]
fn a_file_that_is_taken_as_it_is_needs_nothing() {
    let site = Scenario::new();
    let file = text(&[person(1), person(2).with("custom.shoes", "42")]);
    let outcome = validated(&site, DEMOGRAPHIC, &file);
    assert_eq!((outcome.code, configuration(&outcome)), (0, ""));
    let reading = &outcome.summary()["reading"];
    assert_eq!(reading["encoding"], "UTF-8");
    assert_eq!(reading["delimiter"], ",");
    assert_eq!(reading["records"], 2);
    let columns = reading["columns"].as_array().expect("columns");
    let of = |header: &str| {
        columns
            .iter()
            .find(|c| c["header"] == header)
            .expect("a column")
    };
    assert_eq!(of("custom.shoes")["column"], Value::Null);
    assert_eq!(of("birth_date")["forms"], json!({"%Y-%m-%d": 2}));
    // No value of a record is shown.
    let shown = reading.to_string();
    for value in [&subscriber_id(1), &username(1), &ssn(1), "Juniper", "41001"] {
        assert!(!shown.contains(value), "{shown}");
    }
}

#[test]
fn what_is_no_text_is_not_described() {
    let outcome = validated(&Scenario::new(), DEMOGRAPHIC, "PK\u{3}\u{4}");
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.summary()["reading"], Value::Null);
}
