//! What is done with one run: judged again, released or refused. Each has a page of its own that says what will happen.

use crate::domain::{ReferenceId, RunSummary};
use crate::operations::typed_words;
use crate::operations::{self, Command, Response as CommandResponse};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// A page that asks before something is done with a run.
#[derive(Template)]
#[template(path = "run_act.html", config = "src/web/askama.toml")]
struct RunActPage {
    layout: Layout,
    run: RunSummary,
    /// What will happen, one sentence each.
    says: Vec<String>,
    /// Whether a reason has to be given.
    wants_why: bool,
    /// Whether further files of the plan year may be let pass.
    offers_year: bool,
    /// The word on the button.
    button: &'static str,
    /// The last part of the address that the form is sent to.
    act: &'static str,
}

/// What the form of such a page says.
#[derive(Deserialize)]
pub(super) struct ActForm {
    #[serde(default)]
    why: String,
    /// Whether further files of the plan year pass, too.
    #[serde(default)]
    for_year: Option<String>,
}

async fn run_of(app: &App, reference: &str) -> Result<RunSummary, Failure> {
    let reference = parse(reference)?;
    let run = app
        .read(move |site| operations::show(site, &reference))
        .await?;
    Ok(run.summary)
}

pub(in crate::web) fn parse(reference: &str) -> Result<ReferenceId, Failure> {
    let found = ReferenceId::parse(reference);
    found.ok_or_else(|| Failure::not_found("There is no such run."))
}

pub(super) async fn rerun_form(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
) -> Result<Response, Failure> {
    let run = run_of(&app, &reference).await?;
    let layout = Layout::of(&app, &who, format!("Run {reference} again"))
        .await?
        .same_as(
            format!("feedgate rerun {reference}"),
            format!("POST /api/v1/runs/{reference}/rerun"),
        );
    let says = vec![
        "The same source file is judged again, from the archive, with the parameters of that run and the rules of today."
            .to_owned(),
        format!("Its parameters: {}.", parameters_in_words(&run)),
    ];
    Ok(html(&RunActPage {
        layout,
        run,
        says,
        wants_why: false,
        offers_year: false,
        button: "Run again",
        act: "rerun",
    }))
}

/// The parameters of a run as the options of the command line.
pub(super) fn parameters_in_words(run: &RunSummary) -> String {
    let all = serde_json::to_value(&run.parameters).unwrap_or_default();
    let given = all.as_object().into_iter().flatten();
    let words: Vec<String> = given
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let value = value.to_string().replace('"', "");
            format!("{} {value}", name.replace('_', "-"))
        })
        .collect();
    words.join(", ")
}

pub(super) async fn rerun(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
) -> Result<Response, Failure> {
    let command = Command::Rerun {
        reference: parse(&reference)?,
    };
    let done = app.command(&who, command).await?;
    Ok(follow(
        &app,
        &who,
        &reference,
        done.as_ref(),
        "Judged again",
    ))
}

/// Leads to the run that an act made, or to the run it was about, with a sentence of what happened.
pub(super) fn follow(
    app: &App,
    who: &Who,
    about: &str,
    done: Option<&CommandResponse>,
    what: &str,
) -> Response {
    let Some(done) = done else {
        let sentence = "The daemon is at it. This page shows the run when it has ended.";
        app.flashes().say(&who.session(), sentence);
        return Redirect::to(&format!("/runs/{about}")).into_response();
    };
    for run in &done.summaries {
        let (reference, status) = (&run.integration_reference_id, run.status);
        let sentence = format!("{what}: run {reference} is {status}.");
        app.flashes().say(&who.session(), sentence);
    }
    for note in &done.notes {
        app.flashes().say(&who.session(), note.clone());
    }
    let last = done.summaries.last();
    let to = last.map_or(about, |run| run.integration_reference_id.as_str());
    Redirect::to(&format!("/runs/{to}")).into_response()
}

pub(super) async fn release_form(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
) -> Result<Response, Failure> {
    let run = run_of(&app, &reference).await?;
    let layout = Layout::of(&app, &who, format!("Release run {reference}"))
        .await?
        .same_as(
            format!("feedgate release {reference} --why \"…\""),
            format!("POST /api/v1/runs/{reference}/release"),
        );
    let mut says: Vec<String> = run
        .reason
        .iter()
        .map(|why| format!("Held: {why}."))
        .collect();
    says.push(
        "Its file goes on as it is: accepted records are written to the output, and rejected ones to the error file. Findings \
         on single records stay."
            .to_owned(),
    );
    let offers_year = run.plan_year_start.is_some();
    Ok(html(&RunActPage {
        layout,
        run,
        says,
        wants_why: true,
        offers_year,
        button: "Release",
        act: "release",
    }))
}

pub(super) async fn release(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, Failure> {
    let command = Command::Release {
        references: vec![parse(&reference)?],
        why: typed_words::reason(&form.why).map_err(Failure::invalid)?,
        for_year: form.for_year.is_some(),
    };
    let done = app.command(&who, command).await?;
    Ok(follow(&app, &who, &reference, done.as_ref(), "Released"))
}

pub(super) async fn refuse_form(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
) -> Result<Response, Failure> {
    let run = run_of(&app, &reference).await?;
    let layout = Layout::of(&app, &who, format!("Refuse run {reference}"))
        .await?
        .same_as(
            format!("feedgate refuse {reference} --why \"…\""),
            format!("POST /api/v1/runs/{reference}/refuse"),
        );
    let says = vec![
        "The run ends as Failed. Nothing of its file is taken, and its receipt tells the sender why.".to_owned(),
    ];
    Ok(html(&RunActPage {
        layout,
        run,
        says,
        wants_why: true,
        offers_year: false,
        button: "Refuse",
        act: "refuse",
    }))
}

pub(super) async fn refuse(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response, Failure> {
    let command = Command::Refuse {
        reference: parse(&reference)?,
        why: typed_words::reason(&form.why).map_err(Failure::invalid)?,
    };
    let done = app.command(&who, command).await?;
    Ok(follow(&app, &who, &reference, done.as_ref(), "Refused"))
}
