//! What the columns of a sender's file are taken for, with masked samples, and the configuration for the rest.

use crate::people::{csv, deduction, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};
use std::fs;

const FILE: &str = "\
Subscribr ID,username,Social,first_name,Last Name,DOB,hire_date,Status,Shoe Size,work_email\n\
S000002,adal1234,521-34-1234,Ada,Lovelace,1984-03-02,2020-03-02,Active,38,ada@example.com\n\
S000003,grah1235,521-34-1235,Grace,Hopper,1985-04-02,2021-03-02,L,39,grace@example.com\n";

fn map(site: &Scenario, integration: &str, bytes: impl AsRef<[u8]>, json: bool) -> Outcome {
    let file = site.path("sent.csv");
    fs::write(&file, bytes).expect("written");
    let file = file.to_str().expect("UTF-8");
    let mut arguments = vec!["map", file, "--integration", integration];
    arguments.extend(json.then_some("--json"));
    let before = site.tree();
    let told = site.feedgate(&arguments);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(site.tree(), before, "it writes nothing");
    told
}

fn column<'m>(map: &'m Value, header: &str) -> &'m Value {
    let columns = map["columns"].as_array().expect("columns");
    let mut columns = columns.iter();
    let found = columns.find(|column| column["header"] == header);
    found.unwrap_or_else(|| panic!("{header}: {map:#}"))
}

#[test]
fn each_column_says_what_it_is_and_why() {
    let site = Scenario::new()
        .and_config("[integration.demographic-export.columns]\nfirst_name = \"first_name\"\n");
    let told = map(&site, DEMOGRAPHIC, FILE, true);
    let map = &told.summaries[0];
    let social = json!({
        "header": "Social", "column": "ssn", "by": "alias",
        "samples": ["***-**-1234", "***-**-1235"],
    });
    let near = json!({
        "header": "Subscribr ID", "column": null, "by": "near_miss", "suggestion": "subscriber_id",
        "samples": ["S0…02", "S0…03"],
    });
    assert_eq!(column(map, "Social"), &social);
    assert_eq!(column(map, "Subscribr ID"), &near);
    assert_eq!(column(map, "username")["by"], "canonical_name");
    assert_eq!(column(map, "first_name")["by"], "configuration");
    assert_eq!(column(map, "DOB")["samples"], json!(["****-**-**"]));
    assert_eq!(column(map, "Status")["samples"], json!(["Active", "L"]));
    // A suggestion is none before a person has taken it.
    assert_eq!(map["missing"], json!(["subscriber_id"]));
    assert_eq!(map["ignored"], json!(["Shoe Size"]));
    assert_eq!(map["statuses"], Value::Null);
    for value in ["521-34", "Ada", "Lovelace", "1984", "ada@", "S000002"] {
        assert!(!told.stdout.contains(value), "{value}: {told:?}");
    }
}

#[test]
fn what_it_prints_takes_the_file() {
    let site = Scenario::new();
    let told = map(&site, DEMOGRAPHIC, FILE, true);
    let toml = told.summaries[0]["toml"].as_str().expect("a text");
    assert!(toml.contains("subscriber_id = \"Subscribr ID\""), "{toml}");
    assert!(
        toml.contains("\"custom.shoe_size\" = \"Shoe Size\""),
        "{toml}"
    );
    let site = site.and_config(toml);
    let run = site
        .inbound(DEMOGRAPHIC, "sent.csv", FILE)
        .run(DEMOGRAPHIC, &[]);
    run.completed().buckets([2, 0, 0, 0]);
    assert_eq!(run.column("shoe_size"), ["38", "39"]);
    let again = map(&site, DEMOGRAPHIC, FILE, true);
    assert_eq!(again.summaries[0]["toml"], "");
    assert_eq!(
        column(&again.summaries[0], "Shoe Size")["column"],
        "custom.shoe_size"
    );
    let filtered = site.and_keys(DEMOGRAPHIC, "statuses = [\"A\"]");
    let said = map(&filtered, DEMOGRAPHIC, FILE, false).stdout;
    assert!(said.contains("statuses that are taken: A."), "{said}");
}

#[test]
fn deductions_and_files_without_names_are_mapped_too() {
    let site = Scenario::new();
    let told = map(&site, DEDUCTION, csv(&[deduction(1)]), true);
    assert_eq!(told.summaries[0]["missing"], json!([]));
    assert_eq!(
        column(&told.summaries[0], "employee_amount")["by"],
        "canonical_name"
    );
    let positions = "[integration.demographic-export.positions]\nsubscriber_id = 1\nusername = 2\nssn = 3\n\
        first_name = 4\nlast_name = 5\nbirth_date = 6\nhire_date = 7\nemployment_status = 8\n";
    let site = Scenario::new().and_config(positions);
    let p = person(1);
    let names = [
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
        "employment_status",
    ];
    let line = names.map(|name| p.get(name)).join(",");
    let told = map(&site, DEMOGRAPHIC, line + "\n", true);
    let third = column(&told.summaries[0], "column 3");
    assert_eq!(
        (&third["column"], &third["by"]),
        (&json!("ssn"), &json!("configuration"))
    );
    let missing = site.feedgate(&["map", "nowhere.csv", "--integration", DEMOGRAPHIC]);
    assert_ne!(missing.code, 0, "{missing:?}");
}
