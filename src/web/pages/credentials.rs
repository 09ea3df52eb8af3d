//! What the pages have in common on which people type passwords and codes.

use crate::domain::SecretToken;
use crate::operations::users::CredentialProblem;
use crate::web::fields::Fields;
use crate::web::layout::{Layout, html};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use std::time::Duration;

/// One-time codes, on the only page that ever shows them.
#[derive(Template)]
#[template(path = "codes.html", config = "src/web/askama.toml")]
pub(super) struct CodesPage {
    pub(super) layout: Layout,
    pub(super) codes: Vec<SecretToken>,
    /// Where it goes on.
    pub(super) to: String,
}

/// A new password as a form has it, typed twice.
///
/// # Errors
/// The two differ.
pub(super) fn new_password(fields: &Fields) -> Result<String, &'static str> {
    let (first, again) = (fields.secret("password"), fields.secret("again"));
    match first == again {
        true => Ok(first.to_owned()),
        false => Err("The two passwords differ. Type the new password twice."),
    }
}

/// A page again, with what was not taken.
pub(super) fn not_taken(page: &impl Template) -> Response {
    let mut response = html(page);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// The same after a problem with what was typed.
pub(super) fn refused(page: &impl Template, problem: CredentialProblem) -> Response {
    match problem {
        CredentialProblem::TooMany { retry_after } => too_many(page, retry_after),
        CredentialProblem::Link => {
            let mut response = html(page);
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
        _ => not_taken(page),
    }
}

/// The same after too many attempts.
pub(super) fn too_many(page: &impl Template, retry_after: Duration) -> Response {
    let mut response = html(page);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let seconds = HeaderValue::from(retry_after.as_secs().max(1));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}
