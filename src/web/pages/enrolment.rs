//! `/sign-in/TOKEN`: a person uses a link to choose a password, sets up a second factor, and is signed in.

use super::credentials::{CodesPage, new_password, not_taken, refused};
use super::sign_in::signed_in;
use crate::operations::users::{
    self, ChosenCredentials, CredentialProblem, Enrolment, SecondFactorSetup,
};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::guard::policy;
use crate::web::layout::{Layout, html};
use crate::web::request::Origin;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "enrolment.html", config = "src/web/askama.toml")]
struct EnrolmentPage {
    layout: Layout,
    person: Enrolment,
    /// What is needed to set up a second factor; `None`: the person has one.
    setup: Option<SecondFactorSetup>,
    /// Whether a code is needed in any case.
    code_needed: bool,
    problem: Option<String>,
}

impl EnrolmentPage {
    /// What the account may do, one phrase each.
    fn rights(&self) -> Vec<String> {
        super::accounts::rights_in_words(&self.person.authority)
    }
}

fn used_up() -> Failure {
    Failure::not_found(CredentialProblem::Link.to_string())
}

/// Signs in by a link of a demonstration, or shows the page of a link to enrol by.
pub(super) async fn form(
    State(app): State<App>,
    origin: Origin,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let (demo, link) = (app.clone(), token.clone());
    let session = app
        .anyone_acts(move |site| match demo.demo() {
            Some(links) => links.sign_in(site, &link, origin.address, &policy(site)),
            None => Ok(None),
        })
        .await?;
    match session {
        Some(session) => Ok(signed_in(&session, origin, "/")),
        None => Ok(html(&page(&app, &token, None).await?)),
    }
}

async fn page(app: &App, token: &str, problem: Option<String>) -> Result<EnrolmentPage, Failure> {
    let token = token.to_owned();
    let (person, setup) = app
        .anyone_acts(move |site| -> Result<_, Failure> {
            let person = users::enrolment(site, &token)?;
            Ok((person, users::setup_of_enrolment(site, &token)?))
        })
        .await?;
    let person = person.ok_or_else(used_up)?;
    let title = match person.enrolled {
        true => format!("A new password for {}", person.name),
        false => format!("Welcome, {}", person.name),
    };
    let required = policy(&app.site()).second_factor_required;
    Ok(EnrolmentPage {
        layout: Layout::outside(app, title),
        code_needed: required || setup.is_none(),
        person,
        setup,
        problem,
    })
}

pub(super) async fn enrol(
    State(app): State<App>,
    origin: Origin,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let password = match new_password(&fields) {
        Ok(password) => password,
        Err(problem) => {
            let again = page(&app, &token, Some(problem.to_owned())).await?;
            return Ok(not_taken(&again));
        }
    };
    let link = token.clone();
    let enrolled = app
        .anyone_acts(move |site| {
            let chosen = ChosenCredentials {
                password: &password,
                code: fields.text("code"),
                address: origin.address,
            };
            users::enrol(site, &link, &chosen, &policy(site))
        })
        .await?;
    match enrolled {
        Err(CredentialProblem::Link) => Err(used_up()),
        Err(problem) => {
            let again = page(&app, &token, Some(problem.to_string())).await?;
            Ok(refused(&again, problem))
        }
        Ok(enrolled) if enrolled.one_time_codes.is_empty() => {
            Ok(signed_in(&enrolled.session, origin, "/"))
        }
        Ok(enrolled) => {
            let cookie = origin.set_cookie(Some(enrolled.session.cookie.reveal()));
            let page = CodesPage {
                layout: Layout::outside(&app, format!("One-time codes of {}", enrolled.name)),
                codes: enrolled.one_time_codes,
                to: "/".to_owned(),
            };
            Ok(([(header::SET_COOKIE, cookie)], html(&page)).into_response())
        }
    }
}
