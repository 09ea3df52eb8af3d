//! Receipts: what they list of what was found, their schema, and their form for people.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};

fn schema() -> Value {
    let printed = Scenario::new().feedgate(&["generate", "schema", "receipt"]);
    assert_eq!(printed.code, 0, "{printed:?}");
    serde_json::from_str(&printed.stdout).expect("JSON")
}

/// Whether a value is of a schema, as far as the schemas of receipts go: types, properties, items, words and limits.
fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => vec![name],
    };
    if !types.contains(&name) {
        return Err(format!("{value} is no {types:?}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    if let (Some(text), Some(pattern)) = (value.as_str(), schema["pattern"].as_str()) {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        if !pattern.is_match(text) {
            return Err(format!("{text} is not {pattern}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(item, &schema["items"])?;
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        if value.get(required.as_str().expect("a key")).is_none() {
            return Err(format!("{required} is missing"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let described = match schema["properties"].get(key) {
            Some(described) => described,
            None if schema["additionalProperties"].is_object() => &schema["additionalProperties"],
            None if schema["properties"].is_object() => {
                return Err(format!("{key} is not described"));
            }
            None => continue,
        };
        fits(inner, described).map_err(|e| format!("{key}: {e}"))?;
    }
    Ok(())
}

#[track_caller]
fn described(outcome: &Outcome) -> Value {
    let receipt = outcome.receipt();
    assert_eq!(fits(&receipt, &schema()), Ok(()));
    receipt
}

#[test]
fn findings_are_listed_by_line_field_and_code_without_values() {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2).with("ssn", "000-12-3456").with("city", ""),
        person(3)
            .with("first_name", "Test")
            .with("last_name", "Employee"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let receipt = described(&outcome);
    let listed = receipt["listed_findings"].as_array().expect("an array");
    let ssn =
        json!({ "line": 3, "record": 2, "field": "ssn", "code": "SSN_AREA", "severity": "error" });
    assert!(listed.contains(&ssn), "{receipt}");
    assert_eq!(receipt["more_findings"], 0);
    let text = receipt.to_string();
    assert!(
        !text.contains("000-12") && !text.contains("Miller"),
        "{text}"
    );
    // As many as the error file has, in its order.
    let rows = outcome.errors();
    assert_eq!(listed.len(), rows.len());
    for (finding, row) in listed.iter().zip(rows) {
        assert_eq!(finding["code"], row.code);
        assert_eq!(finding["line"].as_u64(), row.line);
        assert_eq!(finding["field"].as_str().unwrap_or_default(), row.field);
    }
}

#[test]
fn no_more_than_a_thousand_are_listed_and_the_rest_is_counted() {
    let site = Scenario::new();
    let wrong: Vec<_> = (1..=1_010).map(|n| person(n).with("ssn", "1")).collect();
    let receipt = described(&site.send_people("hr.csv", &wrong, &[]));
    let listed = receipt["listed_findings"].as_array().map(Vec::len);
    let found = receipt["findings"].as_object().expect("counts").values();
    let found: u64 = found.filter_map(Value::as_u64).sum();
    assert_eq!(listed, Some(1_000));
    assert_eq!(receipt["more_findings"], found - 1_000);
}

#[test]
fn every_kind_of_receipt_is_as_its_schema_says() {
    let site =
        Scenario::new().and_config("[integration.deduction-import.guards]\nmax_error_count = 0\n");
    let bad = site
        .inbound(DEMOGRAPHIC, "bad.csv", "x\n1\n")
        .run(DEMOGRAPHIC, &[]);
    let failed = described(&bad);
    assert_eq!(failed["listed_findings"][0]["code"], "COLUMN_MISSING");
    assert_eq!(failed["listed_findings"][0]["record"], Value::Null);
    described(site.send_people("hr.csv", &people(2), &[]).completed());
    let again = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(described(again.completed())["listed_findings"], json!([]));
    let held = site.send_deductions("ded.csv", &[deduction(1).with("ssn", "1")], &[]);
    described(held.ended(5, "Held"));
    let refused = site.feedgate(&["refuse", held.reference(), "--why", "wrong", "--json"]);
    let refused = described(&refused);
    let codes = refused["listed_findings"].as_array().expect("an array");
    assert!(!codes.is_empty(), "{refused}");
    site.send_deductions("ok.csv", &[deduction(2)], &[])
        .completed();
}

#[test]
fn an_integration_writes_its_receipts_for_people_as_well() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "receipts = [\"json\", \"text\"]")
        .and_keys(DEDUCTION, "receipts = [\"text\"]");
    let records = [person(1), person(2).with("ssn", "000-12-3456")];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let receipts: Vec<String> = site
        .outbound()
        .into_iter()
        .filter(|path| path.contains(".receipt."))
        .collect();
    let stem = format!(
        "outbound/demographic-export/receipts/hr.{}.receipt",
        outcome.reference()
    );
    assert_eq!(receipts, [format!("{stem}.json"), format!("{stem}.txt")]);
    let text = std::fs::read_to_string(site.path(&receipts[1])).expect("read");
    for line in [
        "Receipt of hr.csv",
        "Result    Completed with Errors",
        "          1 of 2 records rejected",
        "Records in the file                 2",
        "  taken                             1",
        "  not taken: something is wrong     1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(text.contains("  line 3, ssn: SSN_AREA (error). "), "{text}");
    assert!(!text.contains("000-12"), "{text}");
    // Words that are only ours.
    for word in [
        "roster",
        "subscriber",
        "accepted",
        "header",
        "delimiter",
        "integration",
    ] {
        assert!(!text.to_lowercase().contains(word), "{word}\n{text}");
    }
    site.send_deductions("ded.csv", &[deduction(1)], &[])
        .completed();
    let of_deductions = site.outbound().into_iter().filter(|p| p.contains("ded."));
    let names: Vec<String> = of_deductions.filter(|p| p.contains("receipt")).collect();
    assert!(
        names.len() == 1 && names[0].ends_with(".receipt.txt"),
        "{names:?}"
    );
}
