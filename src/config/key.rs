//! What the program knows about a key of the configuration besides how to read it: for hints, the JSON Schema and the
//! reference page.

use crate::domain::Kind;
use serde_json::{Map, Value as Json, json};

/// One key of a table.
pub struct Key {
    pub name: &'static str,
    pub(super) describe: fn() -> Description,
    pub presence: Presence,
    /// The kind of integration it is for, unless it is for both.
    pub only: Option<Kind>,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// Whether a key must be given.
#[derive(Clone, Copy, Debug)]
pub enum Presence {
    /// It must; with an example, in TOML.
    Required(&'static str),
    /// This TOML value is used if it is not given.
    Default(&'static str),
    /// If it is not given, what it sets is off or absent.
    Optional,
}

/// The description of a form of values.
pub(super) struct Description {
    /// What to write, in words.
    pub(super) words: String,
    pub(super) schema: Json,
    /// Whether a value must be in quotes.
    pub(super) quoted: bool,
    pub(super) inner: Option<InnerKeys>,
}

/// The keys of tables inside a value.
pub(super) struct InnerKeys {
    /// From the path of the value to that of such a table: nothing, `.*` (a name the user chooses) or `[]` (an entry).
    pub(super) step: &'static str,
    pub(super) keys: Vec<Key>,
}

pub(super) trait Described {
    fn describe(&self) -> Description;
}

/// A key with its path.
pub struct ListedKey {
    /// The path of its table; empty for the top of the file.
    pub table: String,
    pub key: Key,
}

impl Description {
    pub(super) fn new(words: impl Into<String>, schema: Json) -> Description {
        Description {
            words: words.into(),
            schema,
            quoted: false,
            inner: None,
        }
    }

    pub(super) fn with_keys(self, step: &'static str, keys: Vec<Key>) -> Description {
        let inner = Some(InnerKeys { step, keys });
        Description { inner, ..self }
    }
}

impl Key {
    /// What to write as its value, in words.
    pub fn value(&self) -> String {
        (self.describe)().words
    }

    fn schema(&self) -> Json {
        let mut out = (self.describe)().schema;
        let doc = match self.only {
            Some(kind) => format!("{} ({} integrations)", self.doc, kind.as_str()),
            None => self.doc.to_owned(),
        };
        out["description"] = json!(doc);
        if let Presence::Default(text) = self.presence
            && !matches!(text, "{}" | "[]")
        {
            let default: toml::Table =
                toml::from_str(&format!("value = {text}")).expect("defaults are TOML");
            out["default"] = json!(default["value"]);
        }
        out
    }
}

impl ListedKey {
    pub fn path(&self) -> String {
        join(&self.table, self.key.name)
    }
}

/// Adds keys and those inside of their values, with their paths. `*` in a path stands for a name the user chooses,
/// `[]` for an entry of a list.
pub(super) fn list(table: &str, keys: Vec<Key>, out: &mut Vec<ListedKey>) {
    for key in keys {
        let path = join(table, key.name);
        let inner = (key.describe)().inner;
        out.push(ListedKey {
            table: table.to_owned(),
            key,
        });
        if let Some(InnerKeys { step, keys }) = inner {
            list(&format!("{path}{step}"), keys, out);
        }
    }
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    format!("{path}.{name}")
}

/// The JSON Schema of a table.
pub(super) fn table_schema(keys: &[Key]) -> Json {
    let properties: Map<String, Json> = keys
        .iter()
        .map(|key| (key.name.to_owned(), key.schema()))
        .collect();
    let required: Vec<&str> = keys
        .iter()
        .filter(|key| matches!(key.presence, Presence::Required(_)))
        .map(|key| key.name)
        .collect();
    let mut out = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    out
}
