//! Runs: the list, one of them, its files, and what is done with it.

use super::exchange::{Answer, Sent, json, missing, one_run, typed};
use super::lists::{CURSOR, FROM, INTEGRATION, TO};
use crate::domain::{ReferenceId, Right, RunStatus};
use crate::operations::{self, Command, typed_words};
use crate::web::app::App;
use crate::web::description::{Body, Content, Description, QueryParameter, Takes};
use crate::web::failure::Failure;
use crate::web::pages::{RunsQuery, download, parse};
use crate::web::request::Who;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

pub(super) const LIST: Description = Description::get(
    "Runs, newest first",
    &[(200, Content::Json("RunPage"))],
)
.query(&[
    INTEGRATION,
    QueryParameter {
        name: "status",
        takes: Takes::Status,
        about: "Only with this status.",
    },
    QueryParameter {
        name: "open",
        takes: Takes::Flag,
        about: "Whether only those are wanted that need a person: Held, with open rejections, or Failed without a later success.",
    },
    QueryParameter {
        name: "code",
        takes: Takes::Code,
        about: "Only those that found this.",
    },
    FROM,
    TO,
    CURSOR,
]);

pub(super) async fn list(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<RunsQuery>,
) -> Answer {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let page = app.read(move |site| operations::run_page(site, &wanted, &visible));
    Ok(json(&page.await?))
}

pub(super) const ONE: Description = Description::get(
    "One run; who and what holds it only for those who may fetch that list",
    &[(200, Content::Json("RunDetails"))],
);

pub(super) async fn one(State(app): State<App>, who: Who, Path(reference): Path<String>) -> Answer {
    let reference = parse(&reference)?;
    let shown = app.read(move |site| operations::show(site, &reference));
    let mut details = shown.await?;
    if !who.may(Right::Correct) {
        details.held.clear();
    }
    Ok(json(&details))
}

pub(super) const RERUN: Description = Description::act(
    "Judges the same source file again, with the parameters of that run and the rules of today",
    Body::MaybeJson("Nothing"),
    &[(200, Content::Json("EndedRun")), (202, Content::Problem)],
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoBody {}

pub(super) async fn rerun(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Sent(NoBody {}): Sent<NoBody>,
) -> Answer {
    let reference = parse(&reference)?;
    one_run(&app, &who, Command::Rerun { reference }).await
}

/// The reason of an act.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonBody {
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseBody {
    why: String,
    #[serde(default)]
    for_year: bool,
}

pub(super) fn reason(why: &str) -> Result<String, Failure> {
    let why = typed("why", Some(why), typed_words::reason)?;
    Ok(why.unwrap_or_default())
}

/// The held run of a reference ID.
///
/// # Errors
/// It is not Held.
async fn held(app: &App, reference: &str) -> Result<ReferenceId, Failure> {
    let reference = parse(reference)?;
    let wanted = reference.clone();
    let run = app.read(move |site| site.find_run(&wanted)).await?;
    match run.status {
        RunStatus::Held => Ok(reference),
        status => Err(Failure::conflict(format!(
            "Run {reference} is {status}, not Held."
        ))),
    }
}

pub(super) const RELEASE: Description = Description::act(
    "Lets a held run go on as it is",
    Body::Json("Release"),
    &[(200, Content::Json("EndedRun")), (202, Content::Problem)],
);

pub(super) async fn release(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Sent(body): Sent<ReleaseBody>,
) -> Answer {
    let why = reason(&body.why)?;
    let command = Command::Release {
        references: vec![held(&app, &reference).await?],
        why,
        for_year: body.for_year,
    };
    one_run(&app, &who, command).await
}

pub(super) const REFUSE: Description = Description::act(
    "Ends a held run as Failed; its receipt says why",
    Body::Json("Reason"),
    &[(200, Content::Json("EndedRun")), (202, Content::Problem)],
);

pub(super) async fn refuse(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Sent(body): Sent<ReasonBody>,
) -> Answer {
    let why = reason(&body.why)?;
    let command = Command::Refuse {
        reference: held(&app, &reference).await?,
        why,
    };
    one_run(&app, &who, command).await
}

pub(super) const FILES: Description =
    Description::get("The files of a run", &[(200, Content::Json("RunFiles"))]);

pub(super) async fn files(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
) -> Answer {
    let reference = parse(&reference)?;
    let visible = who.visible();
    let files = app.read(move |site| operations::run_files(site, &reference, &visible));
    Ok(json(&files.await?))
}

pub(super) const FILE: Description = Description::get(
    "A file of a run, as it was published; which right it needs depends on the file",
    &[(200, Content::File)],
);

pub(super) async fn file(app: State<App>, who: Who, path: Path<(String, String)>) -> Answer {
    download(app, who, path).await.map_err(missing)
}
