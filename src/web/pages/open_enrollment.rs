//! `/integrations/NAME/open-enrollment`: open enrollment on one page, step by step.

use super::credentials::not_taken;
use super::minute;
use crate::domain::Right;
use crate::operations::{
    self, Command, EnrollmentStage, OpenEnrollment, Site, Visible, typed_words,
};
use crate::status::WaitingFile;
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use std::cmp::Ordering;

/// Files that are listed; the rest is counted.
const FILES_LISTED: usize = 10;

#[derive(Template)]
#[template(path = "open_enrollment.html", config = "src/web/askama.toml")]
struct OpenEnrollmentPage {
    layout: Layout,
    now: OpenEnrollment,
    /// Whether who asks may take a step.
    may_act: bool,
    /// The first day on which the integration may go on.
    earliest: String,
    problems: Vec<String>,
    /// Files that wait in inbound.
    files: Vec<WaitingFile>,
    files_more: usize,
}

impl OpenEnrollmentPage {
    /// The word for a step, and its shape.
    fn mark(&self, step: EnrollmentStage) -> (&'static str, &'static str) {
        match self.now.stage.cmp(&step) {
            Ordering::Greater => ("done", "good"),
            Ordering::Equal => ("now", "late"),
            Ordering::Less => ("later", "plain"),
        }
    }

    fn is_at(&self, step: EnrollmentStage) -> bool {
        self.may_act && self.now.stage == step
    }

    fn address(&self) -> String {
        address(&self.now.integration)
    }

    fn has_begun(&self) -> bool {
        self.now.stage != EnrollmentStage::Begin
    }

    fn plan_year(&self) -> String {
        let year = self.now.plan_year;
        year.map(|day| day.to_string()).unwrap_or_default()
    }

    fn minute(moment: &str) -> String {
        minute(moment)
    }
}

fn address(integration: &str) -> String {
    format!("/integrations/{integration}/open-enrollment")
}

async fn page(
    app: &App,
    who: &Who,
    integration: &str,
    problems: Vec<String>,
) -> Result<OpenEnrollmentPage, Failure> {
    let (name, visible) = (integration.to_owned(), who.visible());
    let (now, inbox) = app
        .read(move |site| -> Result<_, Failure> {
            let now = operations::open_enrollment(site, &name, &visible)?;
            let status = operations::status(site, Some(&name), FILES_LISTED)?;
            let inbox = status.integrations.into_iter().next().map(|s| s.inbox);
            Ok((now, inbox.unwrap_or_default()))
        })
        .await?;
    let command = match now.stage {
        EnrollmentStage::Begin => format!("feedgate pause {integration} --why \"open enrollment\""),
        EnrollmentStage::Run => format!(
            "feedgate run {integration} --enrollment open --plan-year-start-date {} --delta false",
            now.plan_year.unwrap_or_default()
        ),
        _ => format!("feedgate resume {integration} --from DATE"),
    };
    let call = match now.stage {
        EnrollmentStage::Begin => "pause",
        EnrollmentStage::Run => "run",
        _ => "resume",
    };
    let today = app.site().today();
    let layout = Layout::of(app, who, format!("Open enrollment of {integration}")).await?;
    Ok(OpenEnrollmentPage {
        layout: layout.same_as(
            command,
            format!("POST /api/v1/integrations/{integration}/{call}"),
        ),
        now,
        may_act: who.may(Right::Operate),
        earliest: today.succ_opt().unwrap_or(today).to_string(),
        problems,
        files: inbox.files,
        files_more: inbox.files_more,
    })
}

pub(super) async fn show(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
) -> Result<Response, Failure> {
    Ok(html(&page(&app, &who, &integration, Vec::new()).await?))
}

/// Takes a step and leads back to the page, or says there why it was not taken.
async fn step(
    app: App,
    who: Who,
    integration: String,
    operation: impl FnOnce(&Site, &str, &Visible) -> Result<String, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    let (name, visible) = (integration.clone(), who.visible());
    let taken = app
        .act(&who, move |site| operation(site, &name, &visible))
        .await;
    answer(&app, &who, &integration, taken.map(|said| vec![said])).await
}

async fn answer(
    app: &App,
    who: &Who,
    integration: &str,
    taken: Result<Vec<String>, Failure>,
) -> Result<Response, Failure> {
    match taken {
        Ok(said) => {
            for sentence in said {
                app.flashes().say(&who.session(), sentence);
            }
            Ok(Redirect::to(&address(integration)).into_response())
        }
        Err(failure) if failure.code == "refused" => {
            let page = page(app, who, integration, failure.sentences).await?;
            Ok(not_taken(&page))
        }
        Err(failure) => Err(failure),
    }
}

/// A day in a form.
fn day(fields: &Fields, name: &str) -> Result<Option<NaiveDate>, Failure> {
    let given = fields.filled(name);
    let day = given.map(|text| typed_words::day(&text)).transpose();
    day.map_err(Failure::invalid)
}

pub(super) async fn begin(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    step(app, who, integration, move |site, name, visible| {
        let year = day(&fields, "plan_year")?;
        let year = year.ok_or_else(|| Failure::invalid("choose a plan year"))?;
        operations::begin_open_enrollment(site, name, year, visible)?;
        Ok(format!("{name} is paused. Files wait."))
    })
    .await
}

pub(super) async fn run(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let delta = fields.text("delta") == "true";
    let (name, visible) = (integration.clone(), who.visible());
    let request = app
        .read(move |site| operations::enrollment_run(site, &name, delta, &visible))
        .await;
    let done = match request {
        Ok(request) => app.command(&who, Command::Run(request)).await,
        Err(failure) => Err(failure),
    };
    let said = done.map(|done| match done {
        Some(done) if done.summaries.is_empty() && done.notes.is_empty() => {
            vec!["No file waits, so nothing was run.".to_owned()]
        }
        Some(done) => {
            let runs = done.summaries.iter();
            let runs = runs.map(|run| format!("{}: {}.", run.integration_reference_id, run.status));
            done.notes.iter().cloned().chain(runs).collect()
        }
        None => vec!["The daemon is at it. The run appears here.".to_owned()],
    });
    answer(&app, &who, &integration, said).await
}

pub(super) async fn ask(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    step(app, who, integration, move |site, name, visible| {
        operations::ask_carrier(site, name, fields.text("who"), visible)?;
        Ok("Noted. It stands here until the answer comes.".to_owned())
    })
    .await
}

pub(super) async fn note_answer(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    step(app, who, integration, move |site, name, visible| {
        operations::note_answer(site, name, fields.text("answer"), visible)?;
        Ok("Noted.".to_owned())
    })
    .await
}

pub(super) async fn end(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    step(app, who, integration, move |site, name, visible| {
        let from = day(&fields, "from")?;
        let resumed = operations::end_open_enrollment(site, name, from, visible)?;
        let until = resumed.and_then(|resumed| resumed.pause?.until);
        Ok(match until {
            Some(until) => format!(
                "{name} resumes on {}; until then files wait.",
                until.format("%Y-%m-%d")
            ),
            None => format!("{name} is not paused by its name any more."),
        })
    })
    .await
}
