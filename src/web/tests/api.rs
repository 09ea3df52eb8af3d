//! The API: its document, the form of its answers, pages of lists, limited accounts, and what it does.

use super::test_pages::{Answer, TestPages};
use crate::domain::{Authority, Role};
use crate::operations::{add_account, new_token};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A site of its own: these tests change something in it.
static API: LazyLock<Api> = LazyLock::new(Api::new);

struct Api {
    pages: TestPages,
    admin: String,
    /// Of an operator who sees one integration.
    limited: String,
}

/// The integration that the limited account sees.
const SEEN: &str = "demographic-export";

impl Api {
    fn new() -> Api {
        let pages = TestPages::new();
        let token = |name: &str, role, integrations| {
            let authority = Authority {
                role,
                see_values: role == Role::Admin,
                integrations,
            };
            add_account(&pages.site, name, &authority).expect("an account");
            let made = new_token(&pages.site, name, None).expect("a token");
            made.token.reveal().to_owned()
        };
        Api {
            admin: token("boss", Role::Admin, None),
            limited: token("north", Role::Operator, Some([SEEN.to_owned()].into())),
            pages,
        }
    }

    fn ask(&self, token: &str, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        self.ask_as(token, (method, path), "application/json", body)
    }

    fn ask_as(
        &self,
        token: &str,
        (method, path): (Method, &str),
        kind: &'static str,
        body: impl Into<Body>,
    ) -> Answer {
        let (mut head, _) = self.pages.request(None, &method, path).into_parts();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
        head.headers.insert(header::AUTHORIZATION, bearer);
        head.headers
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        self.pages.ask(Request::from_parts(head, body.into()))
    }

    fn get(&self, token: &str, path: &str) -> Value {
        let answer = self.ask(token, Method::GET, path, Body::empty());
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// The last run of an integration that has open rejections.
    fn run_with_rejections(&self, integration: &str) -> String {
        let path = format!("/api/v1/runs?open=true&integration={integration}");
        let runs = self.get(&self.admin, &path);
        let runs = runs["runs"].as_array().expect("runs");
        let run = runs.iter().find(|run| run["open_rejections"] != 0);
        let reference = &run.expect("one with rejections")["integration_reference_id"];
        reference.as_str().expect("a reference").to_owned()
    }

    fn document(&self) -> Value {
        self.get(&self.admin, "/openapi.json")
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// The code of a problem, whose form is checked.
    fn problem(&self) -> String {
        let kind = self.headers.get(header::CONTENT_TYPE).expect("a kind");
        assert_eq!(kind, "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        for key in ["type", "title", "detail"] {
            assert!(problem[key].is_string(), "{key}: {}", self.text);
        }
        let sentences = problem["problems"].as_array().expect("sentences");
        assert!(!sentences.is_empty());
        problem["code"].as_str().expect("a code").to_owned()
    }
}

#[test]
fn every_route_of_the_api_is_in_the_document_and_nothing_else() {
    let document = API.document();
    let lines = API.pages.lines.iter();
    let of_programs = lines.filter(|line| {
        let alone = ["/healthz", "/readyz", "/metrics", "/openapi.json"];
        line.path.starts_with("/api/") || alone.contains(&line.path)
    });
    let routes: BTreeSet<(String, String)> = of_programs
        .map(|line| (line.path.to_owned(), line.method.as_str().to_lowercase()))
        .collect();
    let mut told = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            told.insert((path.clone(), method.clone()));
        }
    }
    assert_eq!(told, routes);
    assert!(routes.len() > 25);
    let ids = document["paths"].as_object().expect("paths").values();
    let ids = ids.flat_map(|methods| methods.as_object().expect("methods").values());
    let ids: Vec<&str> = ids.filter_map(|of| of["operationId"].as_str()).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len());
}

/// What of a value does not fit a schema, with its place.
fn misfits(value: &Value, schema: &Value, document: &Value, place: &str) -> Vec<String> {
    let inner =
        |value: &Value, schema: &Value, place: &str| misfits(value, schema, document, place);
    if let Some(name) = schema["$ref"].as_str() {
        let found = document.pointer(name.trim_start_matches('#'));
        return inner(value, found.expect(name), place);
    }
    let mut wrong = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        wrong.extend(inner(value, part, place));
    }
    if let Some(any) = schema["anyOf"].as_array()
        && !any.iter().any(|one| inner(value, one, place).is_empty())
    {
        wrong.push(format!("{place} fits none"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = &schema["type"];
    if !kinds.is_null()
        && kinds != kind
        && !kinds
            .as_array()
            .is_some_and(|all| all.contains(&json!(kind)))
    {
        wrong.push(format!("{place} is {kind}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong.push(format!("{place} is another word"));
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        if value.is_object() && value.get(key.as_str().expect("a key")).is_none() {
            wrong.push(format!("{place} has no {key}"));
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let place = format!("{place}.{key}");
        match &schema["properties"][key] {
            Value::Null if schema["additionalProperties"].is_object() => {
                wrong.extend(inner(value, &schema["additionalProperties"], &place));
            }
            Value::Null => {}
            property => wrong.extend(inner(value, property, &place)),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        wrong.extend(inner(item, &schema["items"], &format!("{place}[]")));
    }
    wrong
}

#[test]
fn answers_have_the_form_that_the_document_tells() {
    let document = API.document();
    let run = API.run_with_rejections(SEEN);
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if schema.is_null() || path == "/readyz" {
            continue;
        }
        let address = path
            .replace("{integration}", SEEN)
            .replace("{reference}", &run)
            .replace("{code}", "SSN_AREA")
            .replace("{roster}", "main")
            .replace("{id}", "N10001");
        let value = API.get(&API.admin, &address);
        assert_eq!(misfits(&value, schema, &document, ""), [""; 0], "{address}");
        seen += 1;
    }
    assert!(seen > 14, "{seen}");
}

#[test]
fn what_goes_wrong_is_a_problem_with_a_code() {
    let run = API.run_with_rejections(SEEN);
    let release = format!("/api/v1/runs/{run}/release");
    let get = |path: &str| API.ask(&API.admin, Method::GET, path, Body::empty());
    let post = |path: &str, body: &'static str| API.ask(&API.admin, Method::POST, path, body);
    for (answer, status, code) in [
        (get("/api/v1/nothing"), 404, "not_found"),
        (get("/api/v1/runs/20200101-000001"), 404, "not_found"),
        (get("/api/v1/runs?colour=red"), 422, "refused"),
        (get("/api/v1/runs?integration=none"), 404, "not_found"),
        (get("/api/v1/runs?cursor=none"), 422, "refused"),
        (get("/api/v1/findings/NONE"), 404, "not_found"),
        (get("/api/v1/employees/main/NOBODY"), 404, "not_found"),
        (get("/api/v1/integrations/%FF"), 400, "bad_request"),
        (post("/api/v1/runs", "{}"), 405, "method_not_allowed"),
        (post(&release, "{\"why\":"), 400, "no_json"),
        (post(&release, "{}"), 422, "wrong_body"),
        (post(&release, "{\"why\":\"\"}"), 422, "refused"),
        (post(&release, "{\"why\":\"good\"}"), 409, "conflict"),
        (
            API.ask_as(&API.admin, (Method::POST, &release), "text/plain", "good"),
            415,
            "unsupported_media_type",
        ),
        (
            API.ask(&API.limited, Method::GET, "/api/v1/accounts", ""),
            403,
            "forbidden",
        ),
        (
            API.ask("fg_wrong", Method::GET, "/api/v1/runs", ""),
            401,
            "signed_out",
        ),
    ] {
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
        assert_eq!(answer.problem(), code, "{}", answer.text);
    }
    let allowed = post("/api/v1/runs", "{}").headers;
    assert_eq!(allowed.get(header::ALLOW).expect("a header"), "GET,HEAD");
    let large = format!("{{\"why\":\"{}\"}}", "x".repeat(5 << 20));
    let answer = API.ask(&API.admin, Method::POST, &release, large);
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.problem(), "too_large");
}

#[test]
fn a_list_is_read_page_by_page_without_gaps_or_repeats() {
    let counts = API.get(&API.admin, "/api/v1/employees")["counts"].clone();
    let all: u64 = counts
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    let mut found = BTreeSet::new();
    let mut listed = 0;
    let mut path = "/api/v1/employees".to_owned();
    loop {
        let page = API.get(&API.admin, &path);
        let employees = page["employees"].as_array().expect("employees");
        assert!(employees.len() <= 50);
        listed += employees.len() as u64;
        found.extend(employees.iter().map(Value::to_string));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        assert_eq!(employees.len(), 50);
        path = format!("/api/v1/employees?cursor={next}");
    }
    assert!(all > 100);
    assert_eq!((listed, found.len() as u64), (all, all));
}

/// The integrations that a value names.
fn named(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| named(one, found)),
        Value::Object(keys) => {
            for (key, value) in keys {
                if ["integration", "integration_name"].contains(&key.as_str()) {
                    found.extend(value.as_str().map(str::to_owned));
                }
                named(value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_limited_account_sees_its_own_integrations_in_every_list() {
    for list in [
        "runs",
        "files",
        "employees",
        "events",
        "notices",
        "schedules",
        "integrations",
    ] {
        let page = API.get(&API.limited, &format!("/api/v1/{list}"));
        let mut found = BTreeSet::new();
        named(&page, &mut found);
        found.remove(SEEN);
        assert!(found.is_empty(), "{list}: {found:?}");
        assert!(
            !page.to_string().contains("deduction-import"),
            "{list}: {page}"
        );
    }
    let other = API.run_with_rejections("deduction-import");
    for path in [
        "/api/v1/integrations/deduction-import".to_owned(),
        "/api/v1/runs?integration=deduction-import".to_owned(),
        "/api/v1/files?integration=deduction-import".to_owned(),
        format!("/api/v1/runs/{other}"),
        format!("/api/v1/runs/{other}/rejections"),
        format!("/api/v1/runs/{other}/files"),
    ] {
        let answer = API.ask(&API.limited, Method::GET, &path, Body::empty());
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let run = "/api/v1/integrations/deduction-import/run";
    let answer = API.ask(&API.limited, Method::POST, run, "{}");
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[test]
fn a_file_is_sent_and_run() {
    let runs = "/api/v1/integrations/deduction-import/run";
    let none = API.ask(&API.admin, Method::POST, runs, "");
    assert_eq!(none.status, StatusCode::ACCEPTED);
    assert_eq!(
        none.json(),
        json!({ "requested": 0, "integration_reference_ids": [] })
    );
    let file = "/api/v1/integrations/deduction-import/inbound/carrier-med-sent.csv";
    let rows = "employee_number,deduction_code\n1,2\n";
    let put = || API.ask_as(&API.admin, (Method::PUT, file), "text/csv", rows);
    let taken = put();
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.text);
    assert_eq!(taken.json()["size"], rows.len());
    let again = put();
    assert_eq!((again.status.as_u16(), &*again.problem()), (409, "waits"));
    let wrong = API.ask(&API.admin, Method::POST, runs, "{\"lookback_days\": 99}");
    assert_eq!(wrong.problem(), "refused", "{}", wrong.text);
    let waited = format!("{runs}?wait=true");
    let ended = API.ask(
        &API.admin,
        Method::POST,
        &waited,
        "{\"run_name\":\"by hand\"}",
    );
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text);
    let ended = ended.json();
    assert_eq!(ended[0]["integration_run_name"], "by hand");
    assert_eq!(ended[0]["source_files"], json!(["carrier-med-sent.csv"]));
    assert_eq!(ended[0]["user"], "boss");
    assert_eq!(ended.as_array().map(Vec::len), Some(1));
}

#[test]
fn rejected_records_are_corrected_and_dismissed() {
    let run = API.run_with_rejections("plant-demographics");
    let rejections = API.get(
        &API.admin,
        &format!("/api/v1/runs/{run}/rejections?open=true"),
    );
    let records = rejections["rejections"].as_array().expect("rejections");
    let ssn = records.iter().find(|record| {
        let found = record["findings"].as_array().expect("findings");
        found.len() == 1 && found[0]["field"] == "ssn"
    });
    let record = ssn.unwrap_or(&records[0])["record"]
        .as_u64()
        .expect("a number");
    let rows = json!({ "rows": [{ "record": record, "set": { "ssn": "521-34-0005" } }] });
    let path = format!("/api/v1/runs/{run}/resubmit");
    let sent = API.ask(&API.admin, Method::POST, &path, rows.to_string());
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
    assert_eq!(sent.json()["resubmission_of"], run);
    let unknown = API.ask(&API.admin, Method::POST, &path, "{\"rows\":[[1,{}]]}");
    assert_eq!(unknown.problem(), "wrong_body");
    let left = API.get(
        &API.admin,
        &format!("/api/v1/runs/{run}/rejections?open=true"),
    );
    let Some(last) = left["rejections"].as_array().expect("rejections").last() else {
        return;
    };
    let body = json!({ "records": [last["record"]], "why": "a test person" });
    let dismiss = format!("/api/v1/runs/{run}/dismiss");
    let done = API.ask(&API.admin, Method::POST, &dismiss, body.to_string());
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let all = done.json();
    let mut all = all.as_array().expect("records").iter();
    let own = all.find(|record| record["record"] == last["record"]);
    assert_eq!(own.expect("it is listed")["closed_by"], run);
}

#[test]
fn monitors_are_told_what_is_not_ready_and_what_is_counted() {
    let alive = API
        .pages
        .ask(API.pages.request(None, &Method::GET, "/healthz"));
    assert_eq!(alive.json(), json!({ "alive": true }));
    // No daemon of this process looks into the folders.
    let ready = API
        .pages
        .ask(API.pages.request(None, &Method::GET, "/readyz"));
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json()["faults"][0]["what"], "inbound");
    let metrics = API
        .pages
        .ask(API.pages.request(None, &Method::GET, "/metrics"));
    let line =
        "feedgate_runs_total{integration=\"demographic-export\",status=\"Completed with Errors\"}";
    assert!(metrics.text.contains(line), "{}", metrics.text);
    let mut far = API.pages.request(None, &Method::GET, "/metrics");
    far.extensions_mut().insert(crate::web::request::Origin {
        address: "192.0.2.1".parse().expect("an address"),
        secure: false,
    });
    assert_eq!(API.pages.ask(far).problem(), "signed_out");
    let own = API.ask(&API.limited, Method::GET, "/metrics", "");
    assert!(own.text.contains(SEEN) && !own.text.contains("deduction-import"));
}

#[test]
fn a_file_of_a_run_is_fetched_whole_whatever_the_client_takes() {
    let run = API.run_with_rejections(SEEN);
    let files = API.get(&API.admin, &format!("/api/v1/runs/{run}/files"));
    let file = &files["files"][0];
    let name = file["name"].as_str().expect("a name");
    let path = format!("/api/v1/runs/{run}/files/{name}");
    let whole = API.ask(&API.admin, Method::GET, &path, "");
    assert_eq!(whole.text.len() as u64, file["size"], "{path}");
    let mut packed = API.pages.request(Some(Role::Admin), &Method::GET, &path);
    let gzip = HeaderValue::from_static("gzip");
    packed.headers_mut().insert(header::ACCEPT_ENCODING, gzip);
    let packed = API.pages.ask(packed);
    // Files are not compressed: they are large, and their length is told.
    assert!(packed.headers.get(header::CONTENT_ENCODING).is_none());
    assert_eq!(packed.text, whole.text);
    let missing = API.ask(&API.admin, Method::GET, &format!("{path}.none"), "");
    assert_eq!(missing.problem(), "not_found");
}
