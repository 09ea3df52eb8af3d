//! What requests of the API bring and what they get: JSON bodies, the runs of a command, and problems.

use crate::operations::typed_words::LONGEST_LINE;
use crate::operations::{Command, FileReading, Response as CommandResponse};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::request::Who;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::error::Category;
use std::fmt;
use std::marker::PhantomData;

/// An answer of the API, or why there is none.
pub(super) type Answer = Result<Response, Failure>;

/// A value as JSON.
pub(super) fn json<T: Serialize>(value: &T) -> Response {
    Json(value).into_response()
}

/// The JSON body of a request; none counts as an object without keys.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Sent<T>, Failure> {
        let is_json = is_json(request.headers());
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Failure::too_large())?;
        if body.is_empty() {
            return read(b"{}").map(Sent);
        }
        if !is_json {
            let sentence = "This takes JSON: send it with `Content-Type: application/json`.";
            return Err(of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
        }
        read(&body).map(Sent)
    }
}

/// Whether a request says that its body is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

/// Reads JSON. What is wrong is told with its place, and without the value that stands there.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let keyed = serde_json::from_slice::<Keyed<T>>(body);
    keyed.map(|Keyed(value)| value).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        if error.classify() != Category::Data {
            let sentence = format!("The body is no JSON: it breaks at {place}.");
            return Failure::new(StatusCode::BAD_REQUEST, "no_json", vec![sentence]);
        }
        let text = error.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        let why = match text.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            // It names the key, and the key is one of ours.
            None if text.starts_with("missing field") || text.starts_with("duplicate field") => {
                text.to_owned()
            }
            None => "the value can't be taken".to_owned(),
        };
        let sentence = format!("The body is not as it has to be at {place}: {why}.");
        Failure::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong_body",
            vec![sentence],
        )
    })
}

/// A value of an object with its keys. Without this, a list of the values in the order of the fields would be read, too.
pub(super) struct Keyed<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Keyed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Keyed<T>, D::Error> {
        deserializer.deserialize_map(KeyedVisitor(PhantomData))
    }
}

struct KeyedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for KeyedVisitor<T> {
    type Value = Keyed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Keyed<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Keyed)
    }
}

/// A text that stands in a JSON body, read as it is on the command line.
pub(super) fn typed<T>(
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, Failure> {
    let typed = text.map(read).transpose();
    typed.map_err(|why| Failure::invalid(format!("`{name}`: {why}.")))
}

/// A line that stands in a JSON body.
///
/// # Errors
/// It is empty or too long.
pub(super) fn line(name: &str, text: Option<String>) -> Result<Option<String>, Failure> {
    let fits = |text: &String| (1..=LONGEST_LINE).contains(&text.trim().chars().count());
    match text {
        Some(text) if !fits(&text) => Err(Failure::invalid(format!(
            "`{name}`: give a text of 1 to {LONGEST_LINE} characters, or leave it out."
        ))),
        text => Ok(text),
    }
}

/// Carries out a command that makes one run, and gives that run.
pub(super) async fn one_run(app: &App, who: &Who, command: Command) -> Answer {
    let done = app.command(who, command).await?;
    let done = done.ok_or_else(Failure::at_work)?;
    let runs = ended_runs(app, done).await?;
    let run = runs.into_iter().next();
    Ok(json(&run.ok_or_else(Failure::bug)?))
}

/// The runs of a command as the command line prints them.
pub(super) async fn ended_runs(app: &App, done: CommandResponse) -> Result<Vec<Value>, Failure> {
    app.read(move |site| -> Result<_, Failure> {
        let runs = done.runs(|run| FileReading::of_run(site, run));
        let values: Result<_, _> = runs.iter().map(serde_json::to_value).collect();
        values.map_err(|_| Failure::bug())
    })
    .await
}

/// What is refused because there is no such thing is told as that.
pub(super) fn missing(failure: Failure) -> Failure {
    match failure.code {
        "refused" => Failure {
            status: StatusCode::NOT_FOUND,
            code: "not_found",
            ..failure
        },
        _ => failure,
    }
}

/// The answer to an address that the API doesn't have.
pub(in crate::web) async fn nothing(Path(_): Path<String>) -> Failure {
    Failure::not_found("There is nothing at this address; /openapi.json lists what there is.")
}

/// Whether an address is for programs: what goes wrong there is told as problem JSON.
fn is_for_programs(path: &str) -> bool {
    let alone = ["/openapi.json", "/healthz", "/readyz", "/metrics", "/live"];
    path.starts_with("/api/") || alone.contains(&path)
}

/// Tells as problem JSON what no handler has told so: a wrong method, a body that breaks off, another site's request.
pub(in crate::web) async fn as_problems(request: Request, next: Next) -> Response {
    let applies = is_for_programs(request.uri().path());
    let head = *request.method() == Method::HEAD;
    let response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let told = kind.is_some_and(|kind| kind == PROBLEM || kind == "application/json");
    if !applies || !failed || head || told {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let mut problem = of_status(status, sentence(status)).problem();
    if let Some(allowed) = allowed {
        problem.headers_mut().insert(header::ALLOW, allowed);
    }
    problem
}

/// The media type of problems (RFC 9457).
pub(super) const PROBLEM: &str = "application/problem+json";

fn of_status(status: StatusCode, sentence: impl Into<String>) -> Failure {
    let code = match status {
        StatusCode::BAD_REQUEST => "bad_request",
        StatusCode::FORBIDDEN => "other_site",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::REQUEST_TIMEOUT => "too_slow",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        status if status.is_client_error() => "refused",
        _ => "bug",
    };
    Failure::new(status, code, vec![sentence.into()])
}

fn sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "The address or the body can't be read.",
        StatusCode::FORBIDDEN => "A page of another site sent this, so it is not taken.",
        StatusCode::NOT_FOUND => {
            "There is nothing at this address; /openapi.json lists what there is."
        }
        StatusCode::METHOD_NOT_ALLOWED => "This address does not take this method; see `Allow`.",
        StatusCode::REQUEST_TIMEOUT => "It took too long. What was begun goes on.",
        StatusCode::PAYLOAD_TOO_LARGE => "What was sent is too large, or was cut off.",
        status if status.is_client_error() => "The request can't be taken.",
        _ => {
            "Something is wrong in Feedgate itself. The daemon's log says where; please report it."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Reason {
        #[allow(dead_code)]
        why: String,
    }

    #[test]
    fn a_wrong_body_is_told_with_its_place_and_without_its_value() {
        for (body, status, says) in [
            ("{\"why\":", 400, "no JSON: it breaks at line 1, column 7"),
            ("{}", 422, "line 1, column 2: missing field `why`"),
            (
                "{\"why\": \"a\", \"why\": \"b\"}",
                422,
                "duplicate field `why`",
            ),
            ("{\"why\": 123456789}", 422, "column 17: expected a string"),
            ("{\"123-45-6789\": 1}", 422, "expected `why`"),
            ("[\"123-45-6789\"]", 422, "expected an object"),
        ] {
            let refused = read::<Reason>(body.as_bytes()).expect_err(body);
            let told = refused.sentences.concat();
            assert_eq!(refused.status.as_u16(), status, "{body}");
            assert!(told.contains(says), "{body}: {told}");
            assert!(!told.contains("6789"), "{told}");
        }
    }
}
