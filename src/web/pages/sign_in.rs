//! `/sign-in`: how a person gets a session with name, password and code, and `/sign-out`: how it ends.

use super::credentials::{not_taken, too_many};
use crate::operations::users::{self, BegunSession, CredentialProblem, SignIn, SignInForm};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::guard::policy;
use crate::web::layout::{Layout, html};
use crate::web::request::{Origin, Who};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// One sentence for a wrong password, a wrong code, an unknown name and an account that is shut out.
const REFUSED: &str = "Name, password or code is not right.";
const CODE_NEEDED: &str =
    "Your account has a second factor. Type the password again, and the code that the app shows.";
const LINK_NEEDED: &str = "This site asks for a second factor, and your account has none. Ask an administrator for a new link: by it you set one up.";

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/web/askama.toml")]
struct SignInPage {
    layout: Layout,
    /// The name as it was typed.
    name: String,
    /// The local address to which it leads.
    to: String,
    problem: Option<String>,
    code: CodeField,
}

/// What is said of the field for the code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CodeField {
    /// Accounts may have no second factor.
    Optional,
    /// All accounts have one.
    Expected,
    /// It was left empty, and this account has one.
    Missing,
}

#[derive(Deserialize)]
pub(super) struct SignInQuery {
    #[serde(default)]
    to: String,
}

/// The address to which a sign-in leads: a page of this server, and the first page in place of anything else.
pub(super) fn local_address(to: &str) -> &str {
    let plain = to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let own = to.starts_with('/') && !to.starts_with("//");
    let ways = ["/sign-in", "/sign-out"]
        .iter()
        .any(|way| to.starts_with(way));
    if plain && own && !ways { to } else { "/" }
}

fn page(app: &App, name: &str, to: &str, problem: Option<String>) -> SignInPage {
    let required = policy(&app.site()).second_factor_required;
    SignInPage {
        layout: Layout::outside(app, "Sign in"),
        name: name.to_owned(),
        to: local_address(to).to_owned(),
        problem,
        code: match required {
            true => CodeField::Expected,
            false => CodeField::Optional,
        },
    }
}

pub(super) async fn form(
    State(app): State<App>,
    who: Option<Extension<Who>>,
    Query(asked): Query<SignInQuery>,
) -> Response {
    match who {
        Some(_) => Redirect::to(local_address(&asked.to)).into_response(),
        None => html(&page(&app, "", &asked.to, None)),
    }
}

pub(super) async fn sign_in(
    State(app): State<App>,
    origin: Origin,
    fields: Fields,
) -> Result<Response, Failure> {
    let (name, to) = (fields.text("name").to_owned(), fields.text("to").to_owned());
    let outcome = app.anyone_acts(move |site| {
        let code = fields.filled("code");
        let form = SignInForm {
            name: fields.text("name"),
            password: fields.secret("password"),
            code: code.as_deref(),
            address: origin.address,
        };
        users::sign_in(site, &form, &policy(site))
    });
    let again = |problem: &str| page(&app, &name, &to, Some(problem.to_owned()));
    Ok(match outcome.await? {
        SignIn::Session(session) => signed_in(&session, origin, local_address(&to)),
        SignIn::CodeNeeded => not_taken(&SignInPage {
            code: CodeField::Missing,
            ..again(CODE_NEEDED)
        }),
        SignIn::LinkNeeded => not_taken(&again(LINK_NEEDED)),
        SignIn::Refused => not_taken(&again(REFUSED)),
        SignIn::TooMany { retry_after } => {
            let problem = CredentialProblem::TooMany { retry_after }.to_string();
            too_many(&again(&problem), retry_after)
        }
    })
}

/// Gives the browser its session and leads it on.
pub(super) fn signed_in(session: &BegunSession, origin: Origin, to: &str) -> Response {
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

#[cfg(test)]
mod tests {
    use super::local_address;

    #[test]
    fn a_sign_in_leads_to_pages_of_this_server_only() {
        for own in [
            "/",
            "/runs?open=true&code=SSN_AREA",
            "/runs/20261120-000001",
        ] {
            assert_eq!(local_address(own), own);
        }
        let others = [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a b",
            "runs",
            "/sign-in",
            "/sign-out",
            "/ä",
        ];
        for other in others {
            assert_eq!(local_address(other), "/", "{other}");
        }
    }
}
