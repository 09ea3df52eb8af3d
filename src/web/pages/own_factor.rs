//! `/me/second-factor` and `/me/codes`: a person sets up a second factor, replaces it, or gets new one-time codes.

use super::credentials::{CodesPage, refused};
use super::me::{ME, page};
use crate::domain::SecretToken;
use crate::operations::users::{self, CredentialProblem};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::layout::{Layout, html};
use crate::web::request::{Origin, Who};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

/// Makes the secret of a second factor, which the page then shows until it is confirmed.
pub(super) async fn begin(
    State(app): State<App>,
    who: Who,
    origin: Origin,
    fields: Fields,
) -> Result<Response, Failure> {
    let user = who.user().clone();
    let begun = app
        .act(&who, move |site| {
            users::begin_second_factor(site, &user, fields.secret("proof"), origin.address)
        })
        .await?;
    match begun {
        Ok(_) => Ok(Redirect::to(ME).into_response()),
        Err(problem) => again(&app, &who, problem).await,
    }
}

/// Takes the first code of the second factor that is shown.
pub(super) async fn confirm(
    State(app): State<App>,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    let user = who.user().clone();
    let codes = app.act(&who, move |site| {
        users::confirm_second_factor(site, &user, fields.text("code"))
    });
    let codes = codes.await?;
    shown_once(&app, &who, codes).await
}

/// Makes new one-time codes.
pub(super) async fn new_codes(
    State(app): State<App>,
    who: Who,
    origin: Origin,
    fields: Fields,
) -> Result<Response, Failure> {
    let user = who.user().clone();
    let codes = app.act(&who, move |site| {
        users::new_one_time_codes(site, &user, fields.text("code"), origin.address)
    });
    let codes = codes.await?;
    shown_once(&app, &who, codes).await
}

async fn shown_once(
    app: &App,
    who: &Who,
    codes: Result<Vec<SecretToken>, CredentialProblem>,
) -> Result<Response, Failure> {
    match codes {
        Ok(codes) => Ok(html(&CodesPage {
            layout: Layout::of(app, who, "Your one-time codes").await?,
            codes,
            to: ME.to_owned(),
        })),
        Err(problem) => again(app, who, problem).await,
    }
}

async fn again(app: &App, who: &Who, problem: CredentialProblem) -> Result<Response, Failure> {
    let page = page(app, who, Some(problem.to_string())).await?;
    Ok(refused(&page, problem))
}
