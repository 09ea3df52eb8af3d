//! The `OpenAPI` document, made of the table of routes.

use super::exchange::PROBLEM;
use super::shapes::{REFERENCE, schema, schemas};
use crate::web::description::{Body, Content, Description};
use crate::web::guard::Requires;
use crate::web::routes::Line;
use serde_json::{Map, Value, json};

/// The version of the `OpenAPI` specification.
const OPENAPI: &str = "3.1.0";
/// The longest part of an address, in characters.
const LONGEST_PART: usize = 200;

/// The document of the routes that have a description.
pub(in crate::web) fn document(lines: &[Line]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for line in lines {
        let Some(description) = line.description else {
            continue;
        };
        let of_path = paths
            .entry(line.path.to_owned())
            .or_insert_with(|| json!({}));
        let method = line.method.as_str().to_lowercase();
        of_path[method] = operation(line, description);
    }
    json!({
        "openapi": OPENAPI,
        "info": {
            "title": "Feedgate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the command line and the dashboard do, for programs. JSON is that of `--json`. Lists are pages of at most 50; `next` of one is the `cursor` of the next. Whatever comes to nothing is told as problem JSON (RFC 9457) with a stable `code`.",
        },
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of an account: `feedgate account token NAME`.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "feedgate",
                    "description": "The session of a person who is signed in to the dashboard; behind TLS the cookie is `__Host-feedgate`.",
                },
            },
        },
    })
}

fn operation(line: &Line, description: &Description) -> Value {
    let mut operation = json!({
        "operationId": operation_id(line),
        "summary": description.summary,
        "parameters": parameters(line, description),
        "responses": responses(line, description),
    });
    match line.requires {
        Requires::Right(right) => {
            operation["description"] = json!(format!("Needs the right to {}.", right.words()));
        }
        Requires::LoopbackOrToken => {
            operation["description"] = json!("Open to this machine itself; others need a token.");
            operation["security"] = json!([{}, { "token": [] }, { "session": [] }]);
        }
        Requires::Nothing => operation["security"] = json!([]),
    }
    if let Some(body) = description.body {
        operation["requestBody"] = request_body(body);
    }
    operation
}

/// A name for the operation: the method and the fixed parts of the address.
fn operation_id(line: &Line) -> String {
    let parts = line.path.trim_start_matches("/api/v1").split(['/', '.']);
    let parts = parts
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_matches(['{', '}']));
    let parts: Vec<String> = parts.map(|part| part.replace('-', "_")).collect();
    format!(
        "{}_{}",
        line.method.as_str().to_lowercase(),
        parts.join("_")
    )
}

fn parameters(line: &Line, description: &Description) -> Vec<Value> {
    let in_path = line.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let mut schema = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_PART });
        if name == "reference" {
            schema = json!({ "type": "string", "pattern": REFERENCE });
        }
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let in_query = description.query.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": false,
            "description": parameter.about,
            "schema": parameter.takes.schema(),
        })
    });
    in_path.chain(in_query).collect()
}

fn request_body(body: Body) -> Value {
    let file = || json!({ "type": "string", "format": "binary" });
    let (content, required) = match body {
        Body::Json(name) => (
            json!({ "application/json": { "schema": schema(name) } }),
            true,
        ),
        Body::MaybeJson(name) => (
            json!({ "application/json": { "schema": schema(name) } }),
            false,
        ),
        Body::JsonOrFile(name) => (
            json!({
                "application/json": { "schema": schema(name) },
                "text/csv": { "schema": file() },
                "application/octet-stream": { "schema": file() },
            }),
            true,
        ),
        Body::File => (
            json!({ "application/octet-stream": { "schema": file() } }),
            true,
        ),
    };
    json!({ "content": content, "required": required })
}

fn responses(line: &Line, description: &Description) -> Value {
    let mut responses = Map::new();
    for (status, content) in description.answers {
        let entry = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": meaning(*status), "content": {} }));
        let (kind, schema) = match content {
            Content::Json(name) => ("application/json", schema(name)),
            Content::Problem => (PROBLEM, schema("Problem")),
            Content::File => (
                "application/octet-stream",
                json!({ "type": "string", "format": "binary" }),
            ),
            Content::Text(kind) => (*kind, json!({ "type": "string" })),
        };
        let known = entry["content"].get(kind).cloned();
        entry["content"][kind]["schema"] = match known {
            Some(known) => json!({ "anyOf": [known["schema"], schema] }),
            None => schema,
        };
    }
    for status in problems(line, description) {
        responses.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": meaning(status),
                "content": { PROBLEM: { "schema": schema("Problem") } },
            })
        });
    }
    // The server answers these before a route is known, and so without a problem.
    for status in [414, 431] {
        responses.insert(
            status.to_string(),
            json!({ "description": meaning(status) }),
        );
    }
    Value::Object(responses)
}

/// The statuses of what may go wrong.
fn problems(line: &Line, description: &Description) -> Vec<u16> {
    let mut all = vec![400, 408, 422, 500, 503];
    if matches!(line.requires, Requires::Right(_)) {
        all.extend([401, 403, 404]);
    }
    if line.requires == Requires::LoopbackOrToken {
        all.push(401);
    }
    if description.body.is_some() {
        all.extend([413, 415]);
    }
    if description.acts {
        all.extend([202, 403, 409]);
    }
    if matches!(description.body, Some(Body::File)) {
        all.push(507);
    }
    all.sort_unstable();
    all
}

fn meaning(status: u16) -> &'static str {
    match status {
        200 => "As asked for.",
        201 => "It is there now.",
        202 => "It was begun and goes on.",
        400 => "The address or the body can't be read.",
        401 => "There is no token and no session.",
        403 => "The account lacks the right, or a page of another site asks.",
        404 => "There is no such thing, or the account doesn't see it.",
        408 => "It took too long.",
        409 => "Something else is at it, or it is not in the state for this.",
        413 => "The body is too large.",
        414 => "The address is too long.",
        431 => "The address or the headers are too long.",
        415 => "The body is of another media type than is taken.",
        422 => "What was sent is wrong; the problems say what.",
        503 => "Not ready, or about to end.",
        507 => "The disk is too full.",
        _ => "Something went wrong in Feedgate.",
    }
}
