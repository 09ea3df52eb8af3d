//! `/integrations/NAME/run`: a run by hand, with its parameters judged as on the command line.

use super::run_acts::follow;
use crate::config::Integration;
use crate::domain::Kind;
use crate::operations::{self, Command, ParameterTexts, RunRequest};
use crate::status::WaitingFile;
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

/// Files that are listed; the rest is counted.
const FILES_LISTED: usize = 10;

#[derive(Template)]
#[template(path = "run_form.html", config = "src/web/askama.toml")]
struct RunFormPage {
    layout: Layout,
    integration: String,
    is_deduction: bool,
    given: ParameterTexts,
    files: Vec<WaitingFile>,
    files_more: usize,
    /// What holds a file, one sentence each.
    guards: Vec<String>,
    /// What is wrong with the parameters.
    problems: Vec<String>,
}

pub(super) async fn form(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Query(given): Query<ParameterTexts>,
) -> Result<Response, Failure> {
    page(&app, &who, integration, given, Vec::new()).await
}

async fn page(
    app: &App,
    who: &Who,
    integration: String,
    given: ParameterTexts,
    problems: Vec<String>,
) -> Result<Response, Failure> {
    let site = app.site();
    let configured = site.integration(&integration)?;
    let name = integration.clone();
    let overview = app
        .read(move |site| operations::status(site, Some(&name), FILES_LISTED))
        .await?;
    let inbox = overview
        .integrations
        .into_iter()
        .next()
        .map(|now| now.inbox);
    let inbox = inbox.unwrap_or_default();
    let layout = Layout::of(app, who, format!("Run {integration}"))
        .await?
        .same_as(
            command_line(&integration, &given),
            format!("POST /api/v1/integrations/{integration}/run"),
        );
    Ok(html(&RunFormPage {
        layout,
        is_deduction: configured.kind == Kind::Deduction,
        guards: guards(configured),
        integration,
        given,
        files: inbox.files,
        files_more: inbox.files_more,
        problems,
    }))
}

/// The command that runs with these parameters.
fn command_line(integration: &str, given: &ParameterTexts) -> String {
    let mut line = format!("feedgate run {integration}");
    for (name, value) in given.options() {
        line.push_str(&format!(" --{name} {value}"));
    }
    line
}

/// What would hold a file of the integration.
fn guards(integration: &Integration) -> Vec<String> {
    let guards = &integration.guards;
    let limit = |what: &str, percent: Option<f64>, count: Option<u64>| {
        let percent = percent.map(|percent| format!("more than {percent} % {what}"));
        let count = count.map(|count| format!("more than {count} {what}"));
        let both: Vec<String> = percent.into_iter().chain(count).collect();
        (!both.is_empty()).then(|| format!("{}.", both.join(", or ")))
    };
    [
        limit(
            "rejected records",
            guards.errors.percent,
            guards.errors.count,
        ),
        limit(
            "terminations",
            guards.terminations.percent,
            guards.terminations.count,
        ),
        limit(
            "missing employees",
            guards.missing.percent,
            guards.missing.count,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) async fn run(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Form(given): Form<ParameterTexts>,
) -> Result<Response, Failure> {
    let given = given.without_empty();
    let site = app.site();
    let parameters = match given.read(&site) {
        Ok(parameters) => parameters,
        Err(problems) => return page(&app, &who, integration, given, problems).await,
    };
    let request = RunRequest {
        name: integration.clone(),
        given: parameters,
        ..RunRequest::default()
    };
    let done = match app.command(&who, Command::Run(request)).await {
        Err(failure) if failure.code == "refused" => {
            return page(&app, &who, integration, given, failure.sentences).await;
        }
        done => done?,
    };
    match done {
        Some(done) if done.summaries.is_empty() => {
            let nothing = "No file waits, so nothing was run.".to_owned();
            let notes = done.notes.into_iter().chain([nothing]);
            for note in notes {
                app.flashes().say(&who.session(), note);
            }
            Ok(Redirect::to(&format!("/integrations/{integration}")).into_response())
        }
        Some(done) => Ok(follow(&app, &who, "", Some(&done), "Run")),
        None => {
            let sentence = "The daemon is at it. The run appears here.";
            app.flashes().say(&who.session(), sentence);
            Ok(Redirect::to(&format!("/integrations/{integration}")).into_response())
        }
    }
}
