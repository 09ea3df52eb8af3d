//! The JSON that the API gives and takes: the names and kinds of its values, of which the document's schemas are made.

mod people;
mod requests;
mod runs;
mod site;

use crate::domain::{Code, EmployeeState, RunStatus};
use crate::operations::typed_words::LONGEST_LINE;
use serde_json::{Map, Value, json};

/// A shape: its name and its keys, each with the kind of its value. A kind is a word of [`plain`] or another shape; `?` stands
/// behind what may be null, `[…]` around lists, `{…}` around objects with any keys. A key with `?` need not be there.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) keys: &'static [(&'static str, &'static str)],
    /// The shapes whose keys it has, too.
    pub(super) also: &'static [&'static str],
}

const fn shape(name: &'static str, keys: &'static [(&'static str, &'static str)]) -> Shape {
    Shape {
        name,
        keys,
        also: &[],
    }
}

impl Shape {
    const fn with(self, also: &'static [&'static str]) -> Shape {
        Shape { also, ..self }
    }

    /// Whether a client sends it: then it has no other keys.
    fn is_sent(&self) -> bool {
        SENT.contains(&self.name)
    }
}

/// The shapes that clients send.
const SENT: [&str; 11] = [
    "Nothing",
    "Row",
    "RunRequest",
    "Pause",
    "Resume",
    "Release",
    "Reason",
    "Dismiss",
    "Rows",
    "Sync",
    "BenefitsLevel",
];

/// All shapes, in the order of the document.
pub(super) const SHAPES: &[&[Shape]] = &[
    ANSWERS,
    runs::RUNS,
    site::SITE,
    people::PEOPLE,
    requests::REQUESTS,
];

const ANSWERS: &[Shape] = &[
    shape(
        "Problem",
        &[
            ("type", "text"),
            ("title", "text"),
            ("status", "count"),
            ("code", "text"),
            ("detail", "text"),
            ("problems", "[text]"),
        ],
    ),
    shape(
        "Readiness",
        &[("ready", "flag"), ("faults", "[ReadinessFault]")],
    ),
    shape(
        "ReadinessFault",
        &[("what", "text"), ("integration", "text?"), ("why", "text")],
    ),
    shape("Alive", &[("alive", "flag")]),
    shape(
        "Document",
        &[("openapi", "text"), ("info", "object"), ("paths", "object")],
    ),
];

/// The JSON Schema of a kind of value that is no shape.
fn plain(kind: &str) -> Option<Value> {
    Some(match kind {
        "text" => json!({ "type": "string" }),
        "line" => json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_LINE }),
        "level" => json!({ "type": "string", "minLength": 1, "maxLength": 50 }),
        "flag" => json!({ "type": "boolean" }),
        "count" => json!({ "type": "integer", "minimum": 0 }),
        "record" => json!({ "type": "integer", "minimum": 1 }),
        "days" => json!({ "type": "integer", "minimum": 1, "maximum": 31 }),
        "amount" => json!({ "type": "string", "pattern": "^-?[0-9]+\\.[0-9]{2}$" }),
        "date" => json!({ "type": "string", "format": "date" }),
        "time" => json!({ "type": "string", "format": "date-time" }),
        "reference" => json!({ "type": "string", "pattern": REFERENCE }),
        "status" => json!({ "type": "string", "enum": RunStatus::ALL.map(RunStatus::as_str) }),
        "state" => {
            json!({ "type": "string", "enum": EmployeeState::ALL.map(EmployeeState::as_str) })
        }
        "code" => {
            let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
            json!({ "type": "string", "enum": codes })
        }
        "enrollment" => json!({ "type": "string", "enum": ["standard", "open", "life-event"] }),
        "object" => json!({ "type": "object" }),
        _ => return None,
    })
}

/// The form of reference IDs.
pub(super) const REFERENCE: &str = "^[0-9]{8}-[0-9]{6}$";

/// The JSON Schema of a kind of value.
pub(super) fn schema(kind: &str) -> Value {
    if let Some(kind) = kind.strip_suffix('?') {
        let mut schema = schema(kind);
        return match schema.get("type").cloned() {
            Some(of) if schema.get("enum").is_none() => {
                schema["type"] = json!([of, "null"]);
                schema
            }
            _ => json!({ "anyOf": [schema, { "type": "null" }] }),
        };
    }
    let within = |open: char, close: char| kind.strip_prefix(open)?.strip_suffix(close);
    if let Some(item) = within('[', ']') {
        return json!({ "type": "array", "items": schema(item) });
    }
    if let Some(value) = within('{', '}') {
        return json!({ "type": "object", "additionalProperties": schema(value) });
    }
    plain(kind).unwrap_or_else(|| json!({ "$ref": format!("#/components/schemas/{kind}") }))
}

/// The schemas of all shapes, by their names.
pub(super) fn schemas() -> Map<String, Value> {
    let all = SHAPES.iter().flat_map(|some| some.iter());
    all.map(|shape| (shape.name.to_owned(), of_shape(shape)))
        .collect()
}

fn of_shape(shape: &Shape) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, kind) in shape.keys {
        let name = key.trim_end_matches('?');
        if name == *key {
            required.push(name);
        }
        properties.insert(name.to_owned(), schema(kind));
    }
    let mut own = json!({ "type": "object", "properties": properties, "required": required });
    if shape.is_sent() {
        own["additionalProperties"] = json!(false);
    }
    if shape.also.is_empty() {
        return own;
    }
    let also = shape.also.iter().map(|name| schema(name));
    let all: Vec<Value> = also.chain([own]).collect();
    json!({ "allOf": all })
}
