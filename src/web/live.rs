//! `/live`: a small answer that pages ask for again and again. Its tag changes when something has changed that pages show.

use super::app::App;
use super::failure::Failure;
use crate::operations;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

pub(super) async fn live(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let changes = app.read(operations::changes).await?;
    // Another start of the daemon may have other pages.
    let tag = format!("\"{:x}-{changes:x}\"", app.since().timestamp());
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known == tag.as_str());
    let status = match same {
        true => StatusCode::NOT_MODIFIED,
        false => StatusCode::NO_CONTENT,
    };
    let tag = HeaderValue::from_str(&tag).map_err(|_| Failure::bug())?;
    Ok((status, [(header::ETAG, tag)]).into_response())
}
