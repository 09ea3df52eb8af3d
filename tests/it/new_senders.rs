//! `validate` and `run` say how the file of a new sender was read, and which configuration would take it as it is.

use crate::daemon::Daemon;
use crate::people::{Record, csv, deduction, people, person, ssn, subscriber_id, username};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

mod unsure;
mod without_names;

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

fn text(records: &[Record]) -> String {
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
        .replace("username", "nickname");
    let file = file.replace(&username(1), "N. N.");
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
fn columns_are_listed_whatever_is_wrong_with_them() {
    let site = Scenario::new();
    let reading = |file: &str| {
        let run = site
            .inbound(DEMOGRAPHIC, "hr.csv", file)
            .run(DEMOGRAPHIC, &[]);
        assert_eq!((run.code, run.status()), (1, "Failed"));
        let reading = validated(&site, DEMOGRAPHIC, file).summary()["reading"].clone();
        assert_eq!(run.summary()["reading"], reading, "{run:?}");
        reading
    };
    let file = text(&people(2));
    // Below titles.
    let titled = format!("Census Report\n\n{}", file.replace("last_name", "Apellido"));
    let found = reading(&titled);
    assert_eq!(found["missing"], json!(["last_name"]));
    assert_eq!(
        (&found["records"], &found["columns"][0]["column"]),
        (&json!(2), &json!("subscriber_id"))
    );
    // Two that may be the same.
    let double = file.replace("job_title", "Social Security Number");
    let found = reading(&double);
    let advice = found["configuration"].as_str().expect("TOML");
    assert!(
        advice.contains("# ssn = which of: \"ssn\", \"Social Security Number\""),
        "{advice}"
    );
    let columns = format!("[integration.{DEMOGRAPHIC}.columns]\nssn = \"ssn\"\n");
    let mapped = Scenario::new().and_config(&columns);
    assert_eq!(validated(&mapped, DEMOGRAPHIC, &double).code, 0);
    // None that is known.
    let (names, records) = file.split_once('\n').expect("a header");
    let letter = |n: u8| format!("Campo {}", char::from(b'A' + n));
    let strange: Vec<String> = (0..names.split(',').count() as u8).map(letter).collect();
    let found = reading(&format!("{}\n{records}", strange.join(",")));
    assert_eq!(
        found["columns"][7],
        json!({"header": "Campo H", "column": null, "values": 0, "forms": {}, "unread": 0})
    );
    assert_eq!(found["missing"].as_array().map(Vec::len), Some(8));
    // A column by which rows are taken.
    let rows =
        format!("[integration.{DEMOGRAPHIC}.rows]\nonly = {{ \"Record Type\" = [\"EE\"] }}\n");
    let outcome = validated(&Scenario::new().and_config(&rows), DEMOGRAPHIC, &file);
    assert_eq!((outcome.code, configuration(&outcome)), (1, ""));
}

#[test]
fn names_above_records_with_places_are_not_described_as_a_record() {
    let (names, _) = crate::people::table(&people(1));
    let places = names
        .iter()
        .zip(1..)
        .map(|(name, n)| format!("{name} = {n}\n"));
    let places: String = places.collect();
    let config = format!("[integration.{DEMOGRAPHIC}.positions]\n{places}");
    let site = Scenario::new().and_config(&config);
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", text(&people(2)))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!((run.code, configuration(&run)), (0, ""));
    let reading = &run.summary()["reading"];
    assert_eq!(reading["records"], 2);
    let columns = reading["columns"].as_array().expect("columns");
    assert!(columns.iter().all(|c| c["unread"] == 0), "{reading}");
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
    assert_eq!(
        reading["pass_through"],
        "[integration.demographic-export.columns]\n\"custom.shoes\" = \"custom.shoes\"\n"
    );
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

/// People whose dates are written in a form that no integration has by default.
fn oracle(numbers: impl IntoIterator<Item = usize>) -> Vec<Record> {
    let record = |n| {
        person(n)
            .with("birth_date", "02-MAR-1984")
            .with("hire_date", "06-MAY-2019")
    };
    numbers.into_iter().map(record).collect()
}

/// Nothing that was printed holds a value of these records.
#[track_caller]
fn holds_no_value(outcome: &Outcome, records: &[Record]) {
    for record in records {
        for column in ["ssn", "username", "birth_date", "address_1", "work_email"] {
            let value = record.get(column);
            assert!(!outcome.stdout.contains(value), "{column}: {outcome:?}");
        }
    }
}

#[test]
fn the_run_of_a_first_file_explains_itself_and_later_ones_do_not() {
    let site = Scenario::new();
    let first = site.send_people("first.csv", &people(2), &[]);
    assert_eq!((first.code, configuration(&first)), (0, ""));
    let reading = &first.summary()["reading"];
    assert_eq!(
        (&reading["records"], &reading["delimiter"]),
        (&json!(2), &json!(","))
    );
    assert_eq!(first.summary()["first_file"], true);
    holds_no_value(&first, &people(2));
    let again = site.send_people("first.csv", &people(2), &[]);
    assert_eq!(again.text("duplicate_of"), first.reference());
    let second = site.send_people("second.csv", &people(3), &[]);
    // One record in another form is a mistake of that record.
    let near_miss = [&people(3)[..], &oracle([4])].concat();
    let third = site.send_people("third.csv", &near_miss, &[]);
    assert_eq!(third.codes(), ["DATE_INVALID"]);
    // So are most of them, if it isn't for their forms.
    let other = people(3).into_iter().map(|p| p.with("ssn", "1"));
    let fourth = site.send_people("fourth.csv", &other.collect::<Vec<_>>(), &[]);
    assert_eq!(fourth.count("errors"), 3);
    for later in [again, second, third, fourth] {
        assert_eq!(later.summary().get("reading"), None, "{later:?}");
        assert_eq!(later.summary()["first_file"], false);
        let shown = site.feedgate(&["show", later.reference()]);
        assert!(!shown.stdout.contains("were read:"), "{shown:?}");
    }
}

#[test]
fn the_run_of_a_first_file_in_other_forms_says_what_takes_it() {
    let site = Scenario::new();
    let records = oracle(1..=2);
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&records))
        .feedgate(&["run", DEMOGRAPHIC]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    for said in [
        "How the first 2 records were read: UTF-8, fields separated by ,",
        "[integration.demographic-export.format]",
        "dates = [\"%d-%b-%Y\"]",
        "2 not read",
    ] {
        assert!(outcome.stdout.contains(said), "{said}: {outcome:?}");
    }
    holds_no_value(&outcome, &records);
    let runs = site.feedgate(&["runs", "--json"]);
    let reference = runs.summary()["integration_reference_id"].clone();
    let reference = reference.as_str().expect("text");
    let show = |site: &Scenario| site.feedgate(&["show", reference, "--json"]);
    let shown = show(&site);
    assert!(configuration(&shown).contains("%d-%b-%Y"), "{shown:?}");
    holds_no_value(&shown, &records);
    // It is read as the configuration is now.
    let site = site.and_config(configuration(&shown));
    assert_eq!(configuration(&show(&site)), "");
    let again = site.feedgate(&["rerun", reference, "--json"]);
    assert_eq!((again.code, again.summary().get("reading")), (0, None));
    std::fs::remove_dir_all(site.path("archive")).expect("removed");
    assert_eq!(show(&site).summary().get("reading"), None);
}

#[test]
fn a_known_sender_who_changes_the_export_is_explained_again() {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(20)));
    // Most dates, and they reject most records.
    let mixed = [&people(9)[..], &oracle(10..=20)].concat();
    let outcome = site.send_people("mixed.csv", &mixed, &[]);
    assert_eq!(outcome.count("errors"), 11, "{outcome:?}");
    assert!(
        configuration(&outcome).contains("\"%d-%b-%Y\""),
        "{outcome:?}"
    );
    holds_no_value(&outcome, &mixed);
    // A required column has another name.
    let file = text(&people(2)).replace("last_name", "Apellido");
    let outcome = site
        .inbound(DEMOGRAPHIC, "names.csv", &file)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!((outcome.code, outcome.status()), (1, "Failed"));
    assert_eq!(
        outcome.summary()["reading"]["missing"],
        json!(["last_name"])
    );
    assert!(configuration(&outcome).contains("# last_name = which of: \"Apellido\""));
    // A held file lies elsewhere.
    let site = site.and_config("[integration.demographic-export.guards]\nmax_error_percent = 10\n");
    let held = site.send_people("held.csv", &oracle(1..=20), &[]);
    assert_eq!(
        (held.status(), configuration(&held).is_empty()),
        ("Held", false)
    );
}

#[test]
fn a_file_without_column_names_shows_nothing_of_its_records() {
    let file = text(&people(2));
    let (_, records) = file.split_once('\n').expect("a header");
    // A word by which a column is called makes no record a header.
    for records in [records.to_owned(), records.replace("Madison", "City")] {
        let site = Scenario::new();
        let run = site
            .inbound(DEMOGRAPHIC, "hr.csv", &records)
            .run(DEMOGRAPHIC, &[]);
        assert_eq!((run.code, run.status()), (1, "Failed"));
        for outcome in [run, validated(&site, DEMOGRAPHIC, &records)] {
            let reading = outcome.summary().get("reading");
            assert!(reading.is_none_or(Value::is_null), "{outcome:?}");
            holds_no_value(&outcome, &people(2));
        }
    }
}

#[test]
fn each_run_of_a_set_explains_its_own_file() {
    let config = "[set.all]\nintegrations = [\"demographic-export\", \"deduction-import\"]\n\
                  abort_on_failure = false\n";
    let site = Scenario::new().and_config(config);
    site.roster("hr.csv", csv(&people(1)));
    site.inbound(DEMOGRAPHIC, "hr2.csv", csv(&people(2)));
    let amount = deduction(1).with("employee_amount", "1.234,50");
    site.inbound(DEDUCTION, "ded.csv", csv(&[amount]));
    let outcome = site.run("all", &[]);
    let [people, deductions] = &outcome.summaries[..] else {
        panic!("{outcome:?}");
    };
    assert_eq!(people.get("reading"), None);
    let advice = deductions["reading"]["configuration"].as_str();
    assert!(
        advice.is_some_and(|a| a.contains("decimal_mark")),
        "{outcome:?}"
    );
}

#[test]
fn the_log_of_the_daemon_names_the_command() {
    let site = Scenario::new();
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&oracle(1..=2)));
    daemon.await_log("says how the file was read");
    site.inbound(DEMOGRAPHIC, "hr2.csv", csv(&people(3)));
    daemon.await_logs("run ended", 2);
    // A command that the daemon carries out prints the same.
    let records = oracle(4..=6);
    let asked = site.inbound(DEMOGRAPHIC, "hr3.csv", csv(&records));
    daemon.await_logs("run ended", 3);
    let runs = asked.feedgate(&["runs", "--json"]);
    let newest = runs.summaries[0]["integration_reference_id"].as_str();
    let again = site.feedgate(&["rerun", newest.expect("text"), "--json"]);
    assert!(configuration(&again).contains("%d-%b-%Y"), "{again:?}");
    holds_no_value(&again, &records);
    let log = daemon.stop();
    let told = log.lines().filter(|line| line.contains("says how"));
    let told: Vec<&str> = told.collect();
    assert_eq!(told.len(), 3, "{log}");
    let reference = runs.summaries[2]["integration_reference_id"].as_str();
    let command = format!("`feedgate show {}`", reference.expect("text"));
    assert!(told[0].contains(&command), "{told:?}");
}
