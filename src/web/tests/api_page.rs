//! `docs/api.md`, made of the OpenAPI document. `FEEDGATE_BLESS=1 cargo test --lib api_page` rewrites it.

use super::test_pages::PAGES;
use crate::web::api::document;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

const HEAD: &str = "# API

The API does what the command line and the dashboard do, with the same rights; its JSON is that of `--json`. This page is made of the
program's own document, which `GET /openapi.json` gives as OpenAPI 3.1 with the form of every answer.

- A program sends a token of an account: `Authorization: Bearer fg_…` (`feedgate account token NAME` prints one). It needs no second
  factor. The session of a person who is signed in to the dashboard counts, too.
- A list is a page of at most 50 entries, named after what it lists, and `next`; that is the `cursor` of the next page, and `null` on
  the last one.
- What goes wrong is told as problem JSON (RFC 9457, `application/problem+json`) with a stable `code`, and in `problems` what is
  wrong, one sentence each: 401 without a token, 403 without the right, 404, 409 where something else is at it or it is not in the
  state for it, 422 with what is wrong. An account that sees only some integrations gets 404 for the others.
- If the daemon needs more than 20 seconds, the answer is 202 with the code `at_work`, and the daemon continues.

```sh
curl -H \"Authorization: Bearer $TOKEN\" https://feeds.example.com/api/v1/runs?open=true
curl -H \"Authorization: Bearer $TOKEN\" -T hr.csv https://feeds.example.com/api/v1/integrations/demographic-export/inbound/hr.csv
curl -H \"Authorization: Bearer $TOKEN\" -X POST https://feeds.example.com/api/v1/integrations/demographic-export/run?wait=true
```
";

#[test]
fn the_page_is_made_of_the_document() {
    let page = page(&document(&PAGES.lines));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md");
    if std::env::var_os("FEEDGATE_BLESS").is_some() {
        std::fs::write(&path, &page).expect("docs can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("docs/api.md");
    assert!(
        committed == page,
        "docs/api.md is out of date: run `FEEDGATE_BLESS=1 cargo test --lib api_page` and commit it"
    );
}

fn page(document: &Value) -> String {
    let mut page = HEAD.to_owned();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let _ = write!(page, "\n## `{} {path}`\n\n", method.to_uppercase());
            let _ = write!(page, "{}.", text(&operation["summary"]));
            if let Some(needs) = operation["description"].as_str() {
                let _ = write!(page, " {needs}");
            }
            page.push('\n');
            parameters(&mut page, operation);
            body(&mut page, operation, document);
            answers(&mut page, operation);
        }
    }
    page
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn parameters(page: &mut String, operation: &Value) {
    let all = operation["parameters"].as_array().expect("parameters");
    let in_query: Vec<&Value> = all.iter().filter(|p| p["in"] == "query").collect();
    if in_query.is_empty() {
        return;
    }
    page.push_str("\n| parameter | takes | |\n|---|---|---|\n");
    for parameter in in_query {
        let (name, about) = (text(&parameter["name"]), text(&parameter["description"]));
        let takes = takes(&parameter["schema"]);
        let _ = writeln!(page, "| `{name}` | {takes} | {about} |");
    }
}

/// Words that are listed; of more only the kind is told.
const MOST_WORDS: usize = 10;

fn takes(schema: &Value) -> String {
    let words = schema["enum"].as_array();
    match (words, text(&schema["format"]), text(&schema["type"])) {
        (Some(words), _, _) if words.len() <= MOST_WORDS => {
            let words: Vec<String> = words.iter().map(|w| format!("`{}`", text(w))).collect();
            words.join(", ")
        }
        (Some(words), _, _) => format!("a word such as `{}`", text(&words[0])),
        (None, "date", _) => "a date such as 2026-12-31".to_owned(),
        (None, _, "boolean") => "`true`, `false`".to_owned(),
        _ => "text".to_owned(),
    }
}

fn body(page: &mut String, operation: &Value, document: &Value) {
    let Some(content) = operation["requestBody"]["content"].as_object() else {
        return;
    };
    let name = |schema: &Value| text(&schema["$ref"]).rsplit('/').next().map(str::to_owned);
    for (kind, taken) in content {
        match kind.as_str() {
            "application/json" => {
                let name = name(&taken["schema"]).unwrap_or_default();
                let shape = &document["components"]["schemas"][&name];
                let required = shape["required"].as_array().expect("required");
                let keys = shape["properties"].as_object().expect("properties").keys();
                let keys: Vec<String> = keys
                    .map(|key| match required.iter().any(|r| r == key) {
                        true => format!("`{key}`"),
                        false => format!("`{key}` (may be left out)"),
                    })
                    .collect();
                match keys.is_empty() {
                    true => page.push_str("\nIt takes no body, or `{}`.\n"),
                    false => {
                        let _ = writeln!(page, "\nIt takes JSON: {}.", keys.join(", "));
                    }
                }
            }
            kind => {
                let _ = writeln!(page, "\nIt takes a file as `{kind}`.");
            }
        }
    }
}

fn answers(page: &mut String, operation: &Value) {
    let all = operation["responses"].as_object().expect("responses");
    let (good, wrong): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|(_, answer)| answer["content"]["application/problem+json"].is_null());
    page.push_str("\nAnswers: ");
    let shape = |answer: &Value| {
        let content = answer["content"].as_object();
        let content = content.and_then(|content| content.iter().next());
        let (kind, given) = content?;
        let schema = &given["schema"];
        let several = schema["anyOf"]
            .as_array()
            .map_or(vec![schema], |any| any.iter().collect());
        let names: Vec<String> = several
            .iter()
            .filter_map(|schema| match text(&schema["$ref"]) {
                "" => {
                    let item = text(&schema["items"]["$ref"]).rsplit('/').next()?;
                    (!item.is_empty()).then(|| format!("a list of `{item}`"))
                }
                named => Some(format!("`{}`", named.rsplit('/').next()?)),
            })
            .collect();
        Some(match names.is_empty() {
            true => format!("`{kind}`"),
            false => names.join(" or "),
        })
    };
    let good = good.iter().filter(|(status, _)| !status.starts_with('4'));
    let good: Vec<String> = good
        .map(|(status, answer)| {
            let shape = shape(answer).unwrap_or_default();
            format!("{status} {shape}")
        })
        .collect();
    let also: Vec<String> = wrong
        .iter()
        .filter(|(_, answer)| answer["content"].as_object().is_some_and(|c| c.len() > 1))
        .map(|(status, answer)| format!("{status} {}", shape(answer).unwrap_or_default()))
        .collect();
    let all: Vec<String> = good.into_iter().chain(also).collect();
    let _ = write!(page, "{}", all.join(" · "));
    let codes: Vec<&str> = wrong.iter().map(|(status, _)| status.as_str()).collect();
    let _ = writeln!(page, " · problems {}.", codes.join(", "));
}
