//! `/me`: the own account, with its rights, sessions and password. The second factor is in [`super::own_factor`].

use super::accounts::rights_in_words;
use super::credentials::{new_password, not_taken, refused};
use crate::operations::users::{self, CurrentUser, ListedSession, SecondFactorSetup};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::guard::policy;
use crate::web::layout::{Layout, html};
use crate::web::request::{Origin, Who};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

/// The address of the page.
pub(super) const ME: &str = "/me";
const NO_SESSION: &str = "That session has ended before.";

#[derive(Template)]
#[template(path = "me.html", config = "src/web/askama.toml")]
pub(super) struct OwnPage {
    layout: Layout,
    user: CurrentUser,
    sessions: Vec<ListedSession>,
    codes_left: u32,
    /// The second factor that is shown and not confirmed.
    setup: Option<SecondFactorSetup>,
    /// Whether the site asks for a second factor.
    factor_required: bool,
    /// Whether the account has a password: those of a demonstration have none.
    has_password: bool,
    problem: Option<String>,
}

impl OwnPage {
    fn rights(&self) -> Vec<String> {
        rights_in_words(&self.user.authority)
    }

    /// Whether nothing else can be done before a second factor is set up.
    fn must_set_up(&self) -> bool {
        self.factor_required && self.has_password && !self.user.second_factor
    }
}

/// The page, with what was not taken of a form.
pub(super) async fn page(
    app: &App,
    who: &Who,
    problem: Option<String>,
) -> Result<OwnPage, Failure> {
    let user = who.user().clone();
    let (sessions, codes_left, setup) = app
        .read(move |site| -> Result<_, Failure> {
            let setup = match user.session {
                Some(_) => users::pending_second_factor(site, &user)?,
                None => None,
            };
            let left = users::one_time_codes_left(site, &user)?;
            Ok((users::sessions_of(site, &user, &policy(site))?, left, setup))
        })
        .await?;
    Ok(OwnPage {
        layout: Layout::of(app, who, "Your account").await?,
        user: who.user().clone(),
        sessions,
        codes_left,
        setup,
        factor_required: policy(&app.site()).second_factor_required,
        has_password: app.demo().is_none(),
        problem,
    })
}

pub(super) async fn show(State(app): State<App>, who: Who) -> Result<Response, Failure> {
    Ok(html(&page(&app, &who, None).await?))
}

/// Ends one session of the user, or all others.
pub(super) async fn end_session(
    State(app): State<App>,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    let user = who.user().clone();
    let ended = match fields.text("session").parse() {
        Ok(session) => {
            app.act(&who, move |site| {
                users::revoke_session(site, &user, session).map(usize::from)
            })
            .await?
        }
        Err(_) => {
            app.act(&who, move |site| {
                users::revoke_other_sessions(site, &user, &policy(site))
            })
            .await?
        }
    };
    let sentence = match ended {
        0 => NO_SESSION.to_owned(),
        1 => "1 session has ended.".to_owned(),
        n => format!("{n} sessions have ended."),
    };
    app.flashes().say(&who.session(), sentence);
    Ok(Redirect::to(ME).into_response())
}

pub(super) async fn change_password(
    State(app): State<App>,
    who: Who,
    origin: Origin,
    fields: Fields,
) -> Result<Response, Failure> {
    let password = match new_password(&fields) {
        Ok(password) => password,
        Err(problem) => {
            let again = page(&app, &who, Some(problem.to_owned())).await?;
            return Ok(not_taken(&again));
        }
    };
    let user = who.user().clone();
    let changed = app
        .act(&who, move |site| {
            let old = fields.secret("old");
            users::change_password(site, &user, old, &password, origin.address)
        })
        .await?;
    if let Err(problem) = changed {
        let again = page(&app, &who, Some(problem.to_string())).await?;
        return Ok(refused(&again, problem));
    }
    let sentence = "The password is changed. All other sessions have ended.";
    app.flashes().say(&who.session(), sentence);
    Ok(Redirect::to(ME).into_response())
}
