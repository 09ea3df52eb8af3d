//! The keys as a whole.

use super::mistakes;
use crate::config::key::{ListedKey, Presence};
use crate::config::{all_keys, schema};
use serde_json::json;
use std::collections::BTreeSet;
use toml::de::DeValue;

#[test]
fn every_key_is_listed_once_and_every_table_too() {
    let all = all_keys();
    let mut seen = BTreeSet::new();
    for key in &all {
        assert!(seen.insert(key.path()), "{} twice", key.path());
        let table = key.table.trim_end_matches(".*").trim_end_matches("[]");
        assert!(
            table.is_empty() || all.iter().any(|k| k.path() == table),
            "{} has no table",
            key.path()
        );
        assert!(key.key.doc.ends_with('.'), "{}", key.path());
    }
}

#[test]
fn the_schema_knows_what_the_keys_say() {
    let schema = schema();
    let integration = &schema["properties"]["integration"]["additionalProperties"];
    assert_eq!(integration["required"], json!(["kind"]));
    let kind = &integration["properties"]["kind"]["enum"];
    assert_eq!(*kind, json!(["demographic", "deduction", "accounts"]));
    let limits = &integration["properties"]["limits"]["properties"];
    assert_eq!(limits["max_records"]["default"], json!(50_000_000));
    let year = &schema["properties"]["plan_year"]["items"]["properties"]["start"];
    assert_eq!(year["format"], "date");
    let column = &integration["properties"]["output"]["properties"]["columns"]["items"];
    assert_eq!(column["anyOf"][1]["required"], json!(["from", "as"]));
}

#[test]
fn every_default_is_toml() {
    for key in all_keys() {
        if let Presence::Default(text) | Presence::Required(text) = key.key.presence {
            assert!(DeValue::parse(text).is_ok(), "{}", key.path());
        }
    }
}

/// A default that is not of the form of its key can't stand in for it.
#[test]
fn what_is_not_given_is_filled_in() {
    let all = mistakes(
        "[[plan_year]]\n[integration.x]\npull = {}\npush = {}\nfixed_width = { ssn = {} }\nprimary = {}\n\
         format = { header = {}, trailer = { count = {} } }\noutput = { columns = [{}] }\n\
         [set.s]\n[window.w]\n[schedule.s]\n[endpoint.e]\n[contact]\n[mail]\nauth = {}\n[[webhook]]\n[web]\ntls = {}\n",
    );
    for ListedKey { table, key } in all_keys() {
        let missing = format!(".{}: is missing; add it", key.name);
        let required = table != "site" && matches!(key.presence, Presence::Required(_));
        assert!(
            !required || all.iter().any(|m| m.contains(&missing)),
            "{missing}"
        );
    }
}
