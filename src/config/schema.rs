//! The JSON Schema of the configuration, for editors that complete and check TOML by one.

use super::key::{Key, Presence, Type};
use super::keys;
use serde_json::{Map, Value as Json, json};

/// The JSON Schema (2020-12) of the configuration file.
pub(crate) fn schema() -> Json {
    let mut root = table("");
    root.insert(
        "$schema".into(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".into(), json!("feedgate.toml"));
    Json::Object(root)
}

/// The schema of a table by the pattern of its path.
fn table(pattern: &str) -> Map<String, Json> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in keys::children(pattern) {
        let name = key.split().1;
        properties.insert(name.to_owned(), described(key));
        if matches!(key.presence, Presence::Required(_)) {
            required.push(name);
        }
    }
    let mut out = Map::new();
    out.insert("type".into(), json!("object"));
    out.insert("properties".into(), Json::Object(properties));
    if !required.is_empty() {
        out.insert("required".into(), json!(required));
    }
    out.insert("additionalProperties".into(), json!(false));
    out
}

fn described(key: &Key) -> Json {
    let mut out = of(&key.ty, key.path);
    let doc = match key.only {
        Some(kind) => format!("{} ({} integrations)", key.doc, kind.as_str()),
        None => key.doc.to_owned(),
    };
    out.insert("description".into(), json!(doc));
    if let Presence::Default(text) = key.presence
        && !matches!(text, "{}" | "[]")
        && let Some(value) = plain(text)
    {
        out.insert("default".into(), value);
    }
    Json::Object(out)
}

fn of(ty: &Type, path: &str) -> Map<String, Json> {
    let schema = match ty {
        Type::Bool => json!({"type": "boolean"}),
        Type::Int(from, i64::MAX) => json!({"type": "integer", "minimum": from}),
        Type::Int(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        Type::Number(from, to) => json!({"type": "number", "minimum": from, "maximum": to}),
        Type::Date => json!({"type": "string", "format": "date"}),
        Type::Moment => json!({"type": "string"}),
        Type::Text(_) => json!({"type": "string"}),
        Type::Words(words, also) => {
            let all = [*words, *also].concat();
            json!({"enum": all})
        }
        Type::CommaList => json!({"anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ]}),
        Type::List(inner) => json!({"type": "array", "items": of(inner, &entry(path))}),
        Type::Filled(inner) => {
            json!({"type": "array", "items": of(inner, &entry(path)), "minItems": 1})
        }
        Type::Either(types) => {
            let all: Vec<Json> = types.iter().map(|t| of(t, path).into()).collect();
            json!({"anyOf": all})
        }
        Type::Table => return table(path),
        Type::Tables => json!({"type": "array", "items": table(&entry(path))}),
        Type::Named(_) => json!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
            "additionalProperties": table(&format!("{path}.*")),
        }),
        Type::Map(_, inner) => json!({
            "type": "object",
            "additionalProperties": of(inner, &format!("{path}.*")),
        }),
        Type::Columns(inner) => {
            let one = of(inner, &format!("{path}.*"));
            json!({
                "type": "object",
                "properties": {"custom": {"type": "object", "additionalProperties": one}},
                "additionalProperties": one,
            })
        }
    };
    match schema {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn entry(path: &str) -> String {
    format!("{path}[]")
}

/// A default, which is TOML, as JSON.
fn plain(text: &str) -> Option<Json> {
    let table: toml::Table = toml::from_str(&format!("v = {text}")).ok()?;
    serde_json::to_value(table.get("v")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_what_the_keys_say() {
        let schema = schema();
        let integration = &schema["properties"]["integration"]["additionalProperties"];
        assert_eq!(integration["required"], json!(["kind"]));
        let kind = &integration["properties"]["kind"]["enum"];
        assert_eq!(*kind, json!(["demographic", "deduction"]));
        let limits = &integration["properties"]["limits"]["properties"];
        assert_eq!(limits["max_records"]["default"], json!(50_000_000));
        let year = &schema["properties"]["plan_year"]["items"]["properties"]["start"];
        assert_eq!(year["format"], "date");
        let column = &integration["properties"]["output"]["properties"]["columns"]["items"];
        assert_eq!(column["anyOf"][1]["required"], json!(["from", "as"]));
    }

    #[test]
    fn every_default_is_toml() {
        for key in keys::all() {
            if let Presence::Default(text) | Presence::Required(text) = key.presence {
                assert!(plain(text).is_some(), "{}", key.path);
            }
        }
    }
}
