//! What is done with accounts: added, changed, shut out and let in again; links and tokens, each shown once.

use super::accounts::{account_page, address, list_page};
use super::credentials::not_taken;
use crate::domain::{Authority, Role};
use crate::operations::users;
use crate::operations::{OperationError, Site};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

/// A link or a token, on the only page that ever shows it.
#[derive(Template)]
#[template(path = "secret.html", config = "src/web/askama.toml")]
struct SecretPage {
    layout: Layout,
    /// What it is and who is to get it, one sentence each.
    says: Vec<String>,
    secret: String,
    /// Where it goes on.
    to: String,
}

/// What the form says of what an account may do.
fn authority(fields: &Fields) -> Result<Authority, &'static str> {
    let role: Role = fields.text("role").parse().map_err(|_| "Choose a role.")?;
    let only = fields.all("integration");
    let limited = fields.text("limited") == "yes";
    if limited && only.is_empty() {
        return Err("Choose the integrations that the account sees, or all.");
    }
    Ok(Authority {
        role,
        see_values: fields.is_set("see_values"),
        integrations: limited.then(|| only.into_iter().collect()),
    })
}

/// The sentences of a refusal; other failures are passed on.
fn sentences(failure: Failure) -> Result<Vec<String>, Failure> {
    match failure.code {
        "refused" => Ok(failure.sentences),
        _ => Err(failure),
    }
}

pub(super) async fn add(
    State(app): State<App>,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    let name = fields.text("name").to_owned();
    let chosen = authority(&fields).map_err(Failure::invalid)?;
    let (new, given) = (name.clone(), chosen.clone());
    let made = app
        .act(&who, move |site| users::add_account(site, &new, &given))
        .await;
    match made {
        Ok(made) => link_page(&app, &who, "Account added", &made).await,
        Err(failure) => {
            let problems = sentences(failure)?;
            let page = list_page(&app, &who, name, chosen, problems).await?;
            Ok(not_taken(&page))
        }
    }
}

async fn link_page(
    app: &App,
    who: &Who,
    title: &str,
    made: &users::MadeLink,
) -> Result<Response, Failure> {
    let until = made.until.format("%Y-%m-%d %H:%M");
    Ok(html(&SecretPage {
        layout: Layout::of(app, who, title).await?,
        says: vec![
            format!(
                "Give this link to the person of the account {} alone. It is shown this once.",
                made.account
            ),
            format!("The person chooses a password by it. It can be used once, until {until}."),
        ],
        secret: made.link.clone(),
        to: address(&made.account),
    }))
}

pub(super) async fn change(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let chosen = authority(&fields).map_err(Failure::invalid)?;
    let (name, given) = (account.clone(), chosen.clone());
    let changed = app.act(&who, move |site| {
        users::set_authority(site, &name, &given).map(|()| "Changed. It counts at once.")
    });
    let changed = changed.await;
    done(&app, &who, &account, Some(chosen), changed).await
}

/// Says what was done on the account's page, or there again why it was not.
async fn done(
    app: &App,
    who: &Who,
    account: &str,
    chosen: Option<Authority>,
    done: Result<&'static str, Failure>,
) -> Result<Response, Failure> {
    match done {
        Ok(sentence) => {
            app.flashes().say(&who.session(), sentence);
            Ok(Redirect::to(&address(account)).into_response())
        }
        Err(failure) => {
            let problems = sentences(failure)?;
            let page = account_page(app, who, account, chosen, problems).await?;
            Ok(not_taken(&page))
        }
    }
}

/// Does something with an account and says one of two sentences.
async fn act(
    app: App,
    who: Who,
    account: String,
    operation: impl FnOnce(&Site, &str) -> Result<&'static str, OperationError> + Send + 'static,
) -> Result<Response, Failure> {
    let name = account.clone();
    let result = app.act(&who, move |site| operation(site, &name)).await;
    done(&app, &who, &account, None, result).await
}

pub(super) async fn disable(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
) -> Result<Response, Failure> {
    act(app, who, account, |site, name| {
        Ok(match users::disable_account(site, name)? {
            true => "Disabled. Its sessions have ended; its link and its tokens are not taken.",
            false => "It was disabled before.",
        })
    })
    .await
}

pub(super) async fn enable(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
) -> Result<Response, Failure> {
    act(app, who, account, |site, name| {
        Ok(match users::enable_account(site, name)? {
            true => "Enabled, with its password, second factor and tokens.",
            false => "It was not disabled.",
        })
    })
    .await
}

pub(super) async fn revoke_token(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    act(app, who, account, move |site, name| {
        users::revoke_token(site, name, fields.text("token"))?;
        Ok("The token is revoked. It is not taken from now on.")
    })
    .await
}

/// Shows a new link, or on the account's page why there is none.
async fn new_link_by(
    app: App,
    who: Who,
    account: String,
    title: &str,
    operation: fn(&Site, &str) -> Result<users::MadeLink, OperationError>,
) -> Result<Response, Failure> {
    let name = account.clone();
    match app.act(&who, move |site| operation(site, &name)).await {
        Ok(made) => link_page(&app, &who, title, &made).await,
        Err(failure) => done(&app, &who, &account, None, Err(failure)).await,
    }
}

pub(super) async fn new_link(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
) -> Result<Response, Failure> {
    new_link_by(app, who, account, "New link", users::new_link).await
}

pub(super) async fn reset_second_factor(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
) -> Result<Response, Failure> {
    let title = "Second factor void";
    new_link_by(app, who, account, title, users::reset_second_factor).await
}

pub(super) async fn new_token(
    State(app): State<App>,
    who: Who,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (name, label) = (account.clone(), fields.filled("label"));
    let made = app
        .act(&who, move |site| {
            users::new_token(site, &name, label.as_deref())
        })
        .await;
    let made = match made {
        Ok(made) => made,
        Err(failure) => return done(&app, &who, &account, None, Err(failure)).await,
    };
    Ok(html(&SecretPage {
        layout: Layout::of(&app, &who, "New token").await?,
        says: vec![
            format!("Token {} of the account {}. It is shown this once.", made.label, made.account),
            "A program sends it with each request: Authorization: Bearer, then the token. It may do what the account may do."
                .to_owned(),
        ],
        secret: made.token.reveal().to_owned(),
        to: address(&account),
    }))
}
