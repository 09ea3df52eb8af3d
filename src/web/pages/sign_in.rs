//! `/sign-in`: how a person gets a session, and `/sign-out`: how it ends.

use crate::operations::users::{self, BegunSession};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::guard::policy;
use crate::web::request::{Origin, Who};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

/// Signs in by a link of a demonstration.
pub(super) async fn by_demo_link(
    State(app): State<App>,
    origin: Origin,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let demo = app.clone();
    let session = app
        .read(move |site| match demo.demo() {
            Some(links) => links.sign_in(site, &token, origin.address, &policy(site)),
            None => Ok(None),
        })
        .await?;
    match session {
        Some(session) => Ok(signed_in(&session, origin, "/")),
        None => Err(Failure::not_found(
            "This link was used, or its demonstration has ended.",
        )),
    }
}

/// Gives the browser its session and leads it on.
fn signed_in(session: &BegunSession, origin: Origin, to: &str) -> Response {
    let cookie = origin.set_cookie(Some(session.cookie.reveal()));
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

pub(super) async fn sign_out(
    State(app): State<App>,
    who: Who,
    origin: Origin,
) -> Result<Response, Failure> {
    let user = who.user().clone();
    app.act(&who, move |site| users::sign_out(site, &user))
        .await?;
    let cookie = origin.set_cookie(None);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}
