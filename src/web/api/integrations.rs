//! Integrations: how they stand, running, pausing and resuming them, and sending files to them.

use super::exchange::{Answer, Sent, ended_runs, json, line, missing, typed};
use crate::domain::Enrollment;
use crate::domain::parameters::GivenParameters;
use crate::operations::{self, Command, Requested, RequestedRuns, RunRequest, typed_words};
use crate::web::app::App;
use crate::web::description::{Body, Content, Description, QueryParameter, Takes};
use crate::web::failure::Failure;
use crate::web::request::Who;
use crate::web::upload::{Incoming, receive};
use axum::Json;
use axum::body::Body as RequestBody;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use chrono::NaiveDate;
use serde::Deserialize;

pub(super) const LIST: Description = Description::get(
    "The integrations: how each stands, what waits, and its last 30 days",
    &[(200, Content::Json("IntegrationList"))],
);

pub(super) async fn list(State(app): State<App>, who: Who) -> Answer {
    let visible = who.visible();
    let list = app.read(move |site| operations::integrations(site, &visible));
    Ok(json(&list.await?))
}

pub(super) const ONE: Description = Description::get(
    "One integration, with its last runs, its schedules and its folders",
    &[(200, Content::Json("IntegrationDetails"))],
);

pub(super) async fn one(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
) -> Answer {
    let visible = who.visible();
    let details =
        app.read(move |site| operations::integration_details(site, &integration, &visible));
    Ok(json(&details.await.map_err(missing)?))
}

/// The name of an integration or a set, or `all` where that is taken.
///
/// # Errors
/// There is none of this name.
fn known(app: &App, name: &str, all: bool) -> Result<(), Failure> {
    if all && name == "all" {
        return Ok(());
    }
    let members = app.site().members(name).map(drop);
    members.map_err(|error| missing(Failure::from(error)))
}

/// The parameters of a run.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RunBody {
    delta: Option<bool>,
    qualify_delta: Option<bool>,
    lookback_days: Option<u32>,
    include_employees: Option<Vec<String>>,
    plan_year_start_date: Option<NaiveDate>,
    enrollment: Option<Enrollment>,
    deduction_start_date: Option<NaiveDate>,
    run_name: Option<String>,
}

impl RunBody {
    fn request(self, name: String) -> Result<RunRequest, Failure> {
        Ok(RunRequest {
            name,
            given: GivenParameters {
                delta: self.delta,
                qualify_delta: self.qualify_delta,
                lookback_days: self.lookback_days,
                include_employees: self.include_employees,
                plan_year_start_date: self.plan_year_start_date,
                enrollment: self.enrollment,
                deduction_start_date: self.deduction_start_date,
            },
            run_name: line("run_name", self.run_name)?,
            ..RunRequest::default()
        })
    }
}

/// Whether the end of the runs is waited for, as the address says it.
#[derive(Deserialize)]
pub(super) struct RunQuery {
    #[serde(default)]
    wait: bool,
}

pub(super) const RUN: Description = Description::act(
    "Runs the files that wait, of an integration or a set",
    Body::MaybeJson("RunRequest"),
    &[
        (200, Content::Json("[EndedRun]")),
        (202, Content::Json("RequestedRuns")),
        (202, Content::Problem),
    ],
)
.query(&[QueryParameter {
    name: "wait",
    takes: Takes::Flag,
    about: "Whether to answer when the runs have ended, with their summaries (200), and not when the first has begun (202).",
}])
.taking_long();

pub(super) async fn run(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Query(asked): Query<RunQuery>,
    Sent(body): Sent<RunBody>,
) -> Answer {
    known(&app, &integration, false)?;
    let request = body.request(integration)?;
    if asked.wait {
        let done = app.command_to_its_end(&who, Command::Run(request)).await?;
        let done = done.ok_or_else(Failure::at_work)?;
        return Ok(json(&ended_runs(&app, done).await?));
    }
    let runs = match app.request_runs(&who, request).await? {
        Requested::UnderWay(runs) => runs,
        Requested::Ended(response) => RequestedRuns::of(&response),
    };
    Ok((StatusCode::ACCEPTED, Json(runs)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseBody {
    until: Option<String>,
    why: Option<String>,
}

pub(super) const PAUSE: Description = Description::act(
    "Pauses an integration, those of a set, or `all`: nothing starts by itself, files wait",
    Body::MaybeJson("Pause"),
    &[
        (200, Content::Json("PauseEntry")),
        (200, Content::Json("[PauseEntry]")),
    ],
);

pub(super) async fn pause(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Sent(body): Sent<PauseBody>,
) -> Answer {
    known(&app, &integration, true)?;
    let until = typed("until", body.until.as_deref(), typed_words::day_or_time)?;
    let why = typed("why", body.why.as_deref(), typed_words::reason)?;
    let paused = app.act(&who, move |site| {
        operations::pause(site, &integration, until, why.as_deref())
    });
    Ok(json(&paused.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResumeBody {
    from: Option<NaiveDate>,
}

pub(super) const RESUME: Description = Description::act(
    "Ends a pause now, or when a day begins on the site's clock",
    Body::MaybeJson("Resume"),
    &[
        (200, Content::Json("Resumed")),
        (200, Content::Json("[Resumed]")),
    ],
);

pub(super) async fn resume(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    Sent(body): Sent<ResumeBody>,
) -> Answer {
    known(&app, &integration, true)?;
    let resumed = app.act(&who, move |site| {
        operations::resume(site, &integration, body.from)
    });
    Ok(json(&resumed.await?))
}

pub(super) const UPLOAD: Description = Description::act(
    "Sends a file to an integration, exactly as over SFTP",
    Body::File,
    &[(201, Content::Json("UploadedFile"))],
);

pub(super) async fn upload(
    State(app): State<App>,
    who: Who,
    Path((integration, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: RequestBody,
) -> Answer {
    let integration = {
        let site = app.site();
        let found = site.integration(&integration);
        let found = found.map_err(|error| missing(Failure::from(error)))?;
        found.name.clone()
    };
    let size = headers.get(header::CONTENT_LENGTH);
    let size = size.and_then(|size| size.to_str().ok()?.parse().ok());
    let incoming = Incoming {
        integration,
        name,
        size,
    };
    let taken = receive(&app, &who, incoming, body.into_data_stream()).await?;
    Ok((StatusCode::CREATED, Json(taken)).into_response())
}
