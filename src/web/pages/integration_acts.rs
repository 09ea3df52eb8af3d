//! Pausing an integration, with a reason and an end, and resuming it.

use crate::operations::{self, typed_words};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pause.html", config = "src/web/askama.toml")]
struct PausePage {
    layout: Layout,
    integration: String,
    /// Whether a pause is to begin, or to end.
    begins: bool,
    /// The first day on which a pause may end.
    earliest: String,
}

#[derive(Deserialize)]
pub(super) struct PauseForm {
    #[serde(default)]
    why: String,
    /// A day; empty: until it is resumed.
    #[serde(default)]
    until: String,
}

#[derive(Deserialize)]
pub(super) struct ResumeForm {
    /// A day; empty: now.
    #[serde(default)]
    from: String,
}

pub(super) async fn pause_form(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
) -> Result<Response, Failure> {
    let layout = Layout::of(&app, &who, format!("Pause {integration}"))
        .await?
        .same_as(
            format!("feedgate pause {integration} --until 2026-12-01 --why \"…\""),
            format!("POST /api/v1/integrations/{integration}/pause"),
        );
    page(&app, layout, integration, true)
}

fn page(app: &App, layout: Layout, integration: String, begins: bool) -> Result<Response, Failure> {
    let site = app.site();
    site.integration(&integration)?;
    let tomorrow = site.today().succ_opt().unwrap_or(site.today());
    Ok(html(&PausePage {
        layout,
        integration,
        begins,
        earliest: tomorrow.to_string(),
    }))
}

pub(super) async fn pause(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Form(form): Form<PauseForm>,
) -> Result<Response, Failure> {
    let until = match form.until.trim() {
        "" => None,
        text => Some(typed_words::day_or_time(text).map_err(Failure::invalid)?),
    };
    let why = typed_words::reason(&form.why).map_err(Failure::invalid)?;
    let name = integration.clone();
    let paused = app
        .act(&who, move |site| {
            operations::pause(site, &name, until, Some(&why))
        })
        .await?;
    for pause in paused.all() {
        let end = match pause.until {
            Some(until) => until.format("%Y-%m-%d %H:%M").to_string(),
            None => "it is resumed".to_owned(),
        };
        let sentence = format!("{} is paused until {end}. Files wait.", pause.name);
        app.flashes().say(&who.session(), sentence);
    }
    Ok(Redirect::to(&format!("/integrations/{integration}")).into_response())
}

pub(super) async fn resume_form(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
) -> Result<Response, Failure> {
    let layout = Layout::of(&app, &who, format!("Resume {integration}"))
        .await?
        .same_as(
            format!("feedgate resume {integration}"),
            format!("POST /api/v1/integrations/{integration}/resume"),
        );
    page(&app, layout, integration, false)
}

pub(super) async fn resume(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Form(form): Form<ResumeForm>,
) -> Result<Response, Failure> {
    let from = match form.from.trim() {
        "" => None,
        text => Some(typed_words::day(text).map_err(Failure::invalid)?),
    };
    let name = integration.clone();
    let resumed = app
        .act(&who, move |site| operations::resume(site, &name, from))
        .await?;
    for resumed in resumed.all() {
        let sentence = match resumed.pause.as_ref().and_then(|pause| pause.until) {
            Some(until) => {
                let day = until.format("%Y-%m-%d");
                format!("{} resumes on {day}; until then files wait.", resumed.name)
            }
            None => format!("{} is resumed.", resumed.name),
        };
        app.flashes().say(&who.session(), sentence);
        if resumed.all_paused {
            app.flashes().say(&who.session(), operations::ALL_PAUSED);
        }
    }
    Ok(Redirect::to(&format!("/integrations/{integration}")).into_response())
}
