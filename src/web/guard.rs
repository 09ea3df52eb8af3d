//! Who may go where: the check in front of every route.

use super::app::App;
use super::description::Description;
use super::failure::{Failure, SIGNED_OUT};
use super::failure_page::failure_page;
use super::fields::query;
use super::layout::Layout;
use super::request::{Origin, Who, activity, bearer, cookie, is_cross_site};
use crate::config::SecondFactor;
use crate::domain::{ReferenceId, Right};
use crate::operations::users::{self, Activity, SignInPolicy};
use crate::operations::{OperationError, Site};
use axum::extract::{RawPathParams, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

/// The address that pages ask by themselves; it keeps no session open.
pub(super) const LIVE: &str = "/live";
/// The page of one's own account, with what is below it.
const OWN_ACCOUNT: &str = "/me";
pub(super) const SIGN_OUT: &str = "/sign-out";
/// The stable word of who has to set up a second factor first.
const FACTOR_NEEDED: &str = "second_factor_needed";

/// What a route requires of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requires {
    /// Nothing: it is open to all.
    Nothing,
    /// A request from this machine itself, or a token.
    LoopbackOrToken,
    /// A session or a token, with this right.
    Right(Right),
}

/// Who reads the answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reader {
    /// A person: failures are pages, and without a session the sign-in page comes first.
    Person,
    /// A program: failures are problem JSON. Its query is held to the description.
    Program(Option<&'static Description>),
}

impl Reader {
    fn is_program(self) -> bool {
        matches!(self, Reader::Program(_))
    }
}

/// What the guard of a route goes by.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) app: App,
    pub(super) requires: Requires,
    pub(super) reader: Reader,
}

/// Lets a request through to its handler if who asks may.
pub(super) async fn guard(
    State(guard): State<Guard>,
    parameters: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let near = {
        let origin = request.extensions().get::<Origin>();
        origin.is_some_and(|origin| origin.address.is_loopback())
    };
    let activity = match path.as_str() {
        LIVE => Activity::Poll,
        _ => activity(request.headers()),
    };
    let who = match identify(&guard.app, Credential::of(&request), &path, activity).await {
        Ok(who) => who,
        Err(failure) => return answer(&guard, None, failure).await,
    };
    let query = request.uri().query().unwrap_or_default();
    let checked = match admitted(&guard, who.as_ref(), near, &parameters).await {
        Ok(()) => fits(&guard, who.as_ref(), query).await,
        refused => refused,
    };
    if let Err(failure) = checked {
        let is_page = !guard.reader.is_program();
        return match failure.code {
            SIGNED_OUT if is_page => to_sign_in(&request),
            FACTOR_NEEDED if is_page => Redirect::to(OWN_ACCOUNT).into_response(),
            _ => answer(&guard, who, failure).await,
        };
    }
    if let Some(who) = &who {
        request.extensions_mut().insert(who.clone());
    }
    let response = next.run(request).await;
    match response.extensions().get::<Failure>().cloned() {
        Some(failure) => answer(&guard, who, failure).await,
        None => response,
    }
}

/// What a request brings to show who asks.
enum Credential {
    /// The cookie of a session.
    Session(String),
    /// A token in the header.
    Token(String),
}

impl Credential {
    fn of(request: &Request) -> Option<Credential> {
        let headers = request.headers();
        if let Some(token) = bearer(headers) {
            return Some(Credential::Token(token.to_owned()));
        }
        let origin = request.extensions().get::<Origin>()?;
        let session = cookie(headers, origin.cookie_name())?;
        Some(Credential::Session(session.to_owned()))
    }
}

/// The user of a session or a token, if there is one.
async fn identify(
    app: &App,
    credential: Option<Credential>,
    path: &str,
    activity: Activity,
) -> Result<Option<Who>, Failure> {
    let Some(credential) = credential else {
        return Ok(None);
    };
    let user = app
        .read(move |site| {
            let ledger = &*site.ledger_for_reading()?;
            match credential {
                Credential::Token(token) => users::bearer(site, ledger, &token),
                Credential::Session(cookie) => {
                    users::session(site, ledger, &cookie, &policy(site), activity)
                }
            }
        })
        .await?;
    Ok(user.map(|user| Who::new(user, path, activity)))
}

/// How long sessions last, and whether a second factor is needed, by the configuration.
pub(super) fn policy(site: &Site) -> SignInPolicy {
    let web = &site.config.web;
    SignInPolicy {
        idle: web.session.idle,
        longest: web.session.longest,
        second_factor_required: web.second_factor == SecondFactor::Required,
    }
}

async fn admitted(
    guard: &Guard,
    who: Option<&Who>,
    near: bool,
    parameters: &RawPathParams,
) -> Result<(), Failure> {
    let right = match guard.requires {
        Requires::Nothing => return Ok(()),
        Requires::LoopbackOrToken => {
            return match near || who.is_some() {
                true => Ok(()),
                false => Err(Failure::signed_out()),
            };
        }
        Requires::Right(right) => right,
    };
    let who = who.ok_or_else(Failure::signed_out)?;
    if lacks_second_factor(guard, who) {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            FACTOR_NEEDED,
            vec![
                "This site asks for a second factor. Set it up first, on the page with your name."
                    .to_owned(),
            ],
        ));
    }
    if !who.may(right) {
        return Err(Failure::forbidden(format!(
            "This needs the right to {}. Your role is {}; an admin can change it.",
            right.words(),
            who.user().authority.role
        )));
    }
    for (name, value) in parameters {
        match name {
            "integration" if !who.sees(value) => {
                return Err(Failure::not_found("There is no such integration."));
            }
            "reference" => sees_run(guard, who, value).await?,
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a query that the description of the route doesn't have, and one of an integration that the account doesn't see.
async fn fits(guard: &Guard, who: Option<&Who>, query: &str) -> Result<(), Failure> {
    let Reader::Program(Some(description)) = guard.reader else {
        return Ok(());
    };
    let integration = description.check(query).map_err(Failure::invalid)?;
    let Some(name) = integration else {
        return Ok(());
    };
    let missing = || Failure::not_found("There is no such integration.");
    if who.is_some_and(|who| !who.sees(&name)) {
        return Err(missing());
    }
    let known = guard.app.read(move |site| -> Result<bool, OperationError> {
        // Its runs may be there still where it left the configuration.
        let configured = site.config.integration(&name).is_some();
        Ok(configured
            || site
                .ledger_for_reading()?
                .integrations_with_runs()?
                .contains(&name))
    });
    match known.await? {
        true => Ok(()),
        false => Err(missing()),
    }
}

/// Whether a person has to set up a second factor before anything else.
fn lacks_second_factor(guard: &Guard, who: &Who) -> bool {
    let required = guard.app.site().config.web.second_factor == SecondFactor::Required;
    let own = who.path() == OWN_ACCOUNT || who.path().starts_with("/me/");
    let own = own || who.path() == SIGN_OUT;
    let exempt = own || guard.app.demo().is_some();
    required && !exempt && who.user().session.is_some() && !who.user().second_factor
}

/// Refuses a run that is not there, or that belongs to an integration which the account doesn't see.
async fn sees_run(guard: &Guard, who: &Who, reference: &str) -> Result<(), Failure> {
    let missing = || Failure::not_found("There is no such run.");
    let reference = ReferenceId::parse(reference).ok_or_else(missing)?;
    let run = guard.app.read(move |site| site.find_run(&reference)).await;
    match run {
        Ok(run) if who.sees(&run.integration) => Ok(()),
        Ok(_) => Err(missing()),
        Err(failure) if failure.code == "refused" => Err(missing()),
        Err(failure) => Err(failure),
    }
}

async fn answer(guard: &Guard, who: Option<Who>, failure: Failure) -> Response {
    if guard.reader.is_program() {
        return failure.problem();
    }
    let layout = match &who {
        Some(who) => Layout::of(&guard.app, who, "").await.ok(),
        None => Some(Layout::outside(&guard.app, "")),
    };
    failure_page(&failure, layout)
}

/// Sends a browser to the sign-in page, which leads back. A link in a mail brings no cookie the first time, because the
/// cookie is for this site alone; the same address asked for once more from here brings it.
fn to_sign_in(request: &Request) -> Response {
    if request.method() == Method::GET && is_cross_site(request.headers()) {
        return ([(header::CACHE_CONTROL, "no-store")], Html(COME_AGAIN)).into_response();
    }
    let back = match (request.method(), request.uri().path_and_query()) {
        (&Method::GET, Some(asked)) => asked.as_str(),
        _ => "/",
    };
    Redirect::to(&format!("/sign-in{}", query(&[("to", back)]))).into_response()
}

const COME_AGAIN: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Feedgate</title>\
    <meta http-equiv=\"refresh\" content=\"0\"></head><body><p><a href=\"\">Continue</a></p></body></html>";
