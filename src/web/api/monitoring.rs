//! What monitors and generators of clients ask: whether the server lives, whether the daemon does its work, metrics, and the
//! `OpenAPI` document.

use super::exchange::{Answer, json};
use super::metrics;
use crate::operations::{self, OperationError};
use crate::web::app::App;
use crate::web::description::{Content, Description};
use crate::web::failure::Failure;
use crate::web::request::Who;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json as value;

pub(super) const HEALTH: Description =
    Description::get("Whether the server lives", &[(200, Content::Json("Alive"))]);

pub(super) async fn health() -> Response {
    Json(value!({ "alive": true })).into_response()
}

pub(super) const READINESS: Description = Description::get(
    "Whether the daemon does its work: the ledger can be written, the inbound folders are looked into; says what is not so",
    &[
        (200, Content::Json("Readiness")),
        (503, Content::Json("Readiness")),
        (503, Content::Problem),
    ],
);

pub(super) async fn readiness(State(app): State<App>) -> Answer {
    let readiness = app.read(|site| Ok::<_, OperationError>(operations::readiness(site)));
    let readiness = readiness.await?;
    let status = match readiness.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = json(&readiness);
    *response.status_mut() = status;
    Ok(response)
}

pub(super) const METRICS: Description = Description::get(
    "Metrics in the text format of Prometheus; of those who send a token, of the integrations that the account sees",
    &[(200, Content::Text("application/openmetrics-text"))],
);

pub(super) async fn metrics(State(app): State<App>, who: Option<Who>) -> Answer {
    let mut all = app.read(operations::metrics).await?;
    if let Some(who) = who.filter(|who| !who.visible().is_all()) {
        all.integrations
            .retain(|integration| who.sees(&integration.name));
        all.endpoints.clear();
    }
    let text = metrics::text(all).map_err(|_| Failure::bug())?;
    Ok(([(header::CONTENT_TYPE, metrics::TEXT)], text).into_response())
}

pub(super) const DOCUMENT: Description = Description::get(
    "This document: the API in the form of OpenAPI 3.1",
    &[(200, Content::Json("Document"))],
);

pub(super) async fn document(State(app): State<App>) -> Answer {
    Ok(json(app.document()?))
}
