//! Rejected records: the list, sending corrections, and dismissing what will not be corrected.

use super::exchange::{Answer, Keyed, Sent, ended_runs, is_json, json, read};
use super::lists::CURSOR;
use super::runs::reason;
use crate::domain::ReferenceId;
use crate::operations::correction::{
    self, RejectionFilter, RowToSubmit, RowsToSubmit, SubmissionState, Submitted,
};
use crate::operations::{self, Command, OperationError, Response as CommandResponse, typed_words};
use crate::web::app::{App, PageCaller};
use crate::web::description::{Body, Content, Description, QueryParameter, Takes};
use crate::web::failure::Failure;
use crate::web::pages::parse;
use crate::web::request::Who;
use axum::body::{Body as RequestBody, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;

/// The largest file or list of corrections, in bytes.
const LARGEST_CORRECTIONS: usize = 64 << 20;

#[derive(Deserialize)]
pub(super) struct RejectionsQuery {
    code: Option<String>,
    #[serde(default)]
    open: bool,
    cursor: Option<String>,
}

pub(super) const REJECTIONS: Description = Description::get(
    "The rejected records of a run with what was found; values are masked",
    &[(200, Content::Json("RejectionPage"))],
)
.query(&[
    QueryParameter {
        name: "code",
        takes: Takes::Code,
        about: "Only those with an error of this code.",
    },
    QueryParameter {
        name: "open",
        takes: Takes::Flag,
        about: "Whether only those are wanted that wait for their correction.",
    },
    CURSOR,
]);

pub(super) async fn rejections(
    State(app): State<App>,
    Path(reference): Path<String>,
    Query(asked): Query<RejectionsQuery>,
) -> Answer {
    let reference = parse(&reference)?;
    let code = asked.code.as_deref().map(typed_words::code).transpose();
    let filter = RejectionFilter {
        code: code.map_err(Failure::invalid)?,
        open_only: asked.open,
        after: asked.cursor,
    };
    let page = app.read(move |site| correction::rejections(site, &reference, &filter));
    Ok(json(&page.await?))
}

pub(super) const RESUBMIT: Description = Description::act(
    "Sends corrections of rejected records: new values of single records, or the corrected rejects file",
    Body::JsonOrFile("Rows"),
    &[(200, Content::Json("EndedRun")), (202, Content::Problem)],
);

/// The new values of single records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsBody {
    rows: Vec<Keyed<RowToSubmit>>,
}

impl RowsBody {
    fn rows(self) -> RowsToSubmit {
        let rows = self.rows.into_iter();
        RowsToSubmit {
            rows: rows.map(|Keyed(row)| row).collect(),
        }
    }
}

pub(super) async fn resubmit(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: RequestBody,
) -> Answer {
    let reference = parse(&reference)?;
    let body = to_bytes(body, LARGEST_CORRECTIONS).await;
    let body = body.map_err(|_| Failure::too_large())?;
    let rows = match is_json(&headers) {
        true => Some(read::<RowsBody>(&body)?.rows()),
        false if body.is_empty() => {
            return Err(Failure::invalid(
                "Send the corrected file, or its rows as JSON.",
            ));
        }
        false => None,
    };
    let submitted = app.act(&who, move |site| {
        let id = correction::new_submission_id()?;
        let caller = PageCaller::default();
        match &rows {
            Some(rows) => correction::submit_rows(site, &reference, (rows, &id), &caller),
            None => correction::submit_file(site, &reference, (&body, &id), &caller),
        }
    });
    linked_run(&app, submitted.await?).await
}

/// The run that corrections led to.
async fn linked_run(app: &App, submitted: Submitted) -> Answer {
    let run: ReferenceId = match (submitted.run, submitted.state) {
        (_, SubmissionState::UnderWay) => return Err(Failure::at_work()),
        (Some(run), _) => run,
        (None, _) => return Err(Failure::refused(submitted.failure)),
    };
    let details = app.read(move |site| operations::show(site, &run)).await?;
    let ended = CommandResponse {
        summaries: vec![details.summary],
        ..CommandResponse::default()
    };
    let runs = ended_runs(app, ended).await?;
    Ok(json(&runs.into_iter().next()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DismissBody {
    records: Vec<u64>,
    why: String,
}

pub(super) const DISMISS: Description = Description::act(
    "Closes rejected records that will not be corrected, and lists those of the run",
    Body::Json("Dismiss"),
    &[
        (200, Content::Json("[RejectedRecord]")),
        (202, Content::Problem),
    ],
);

pub(super) async fn dismiss(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Sent(body): Sent<DismissBody>,
) -> Answer {
    let reference = parse(&reference)?;
    if body.records.is_empty() {
        return Err(Failure::invalid("`records`: name the records."));
    }
    let command = Command::Dismiss {
        reference: reference.clone(),
        records: body.records,
        why: reason(&body.why)?,
    };
    let done = app.command(&who, command).await?;
    done.ok_or_else(Failure::at_work)?;
    let records = app.read(move |site| -> Result<_, OperationError> {
        operations::rejects(site, &reference, None)
    });
    Ok(json(&records.await?))
}
