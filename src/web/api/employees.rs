//! Employees: the list, one of them, syncing, and the benefits level.

use super::exchange::{Answer, Sent, json, line, missing, typed};
use super::lists::{CURSOR, INTEGRATION};
use crate::domain::EmployeeState;
use crate::operations::{
    self, EmployeeFilter, LevelResult, OperationError, Response as CommandResponse, SyncResult,
    typed_words,
};
use crate::web::app::{App, PageCaller, after_command};
use crate::web::description::{Body, Content, Description, QueryParameter, Takes};
use crate::web::failure::Failure;
use crate::web::pages::EmployeeQuery;
use crate::web::request::Who;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::json as value;

/// Employees that are named in one request.
const MOST_NAMED: usize = 1_000;

pub(super) const LIST: Description = Description::get(
    "Employees in their states",
    &[(200, Content::Json("EmployeePage"))],
)
.query(&[
    QueryParameter {
        name: "state",
        takes: Takes::State,
        about: "Only in this state.",
    },
    INTEGRATION,
    QueryParameter {
        name: "search",
        takes: Takes::Text,
        about: "Only those with these beginnings of words in their ID, number, username, name or e-mail address.",
    },
    CURSOR,
]);

pub(super) async fn list(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<EmployeeQuery>,
) -> Answer {
    let filter = asked.filter(&who)?;
    let after = asked.cursor()?;
    let page = app.read(move |site| operations::employees(site, &filter, after.as_ref()));
    Ok(json(&page.await?))
}

pub(super) const ONE: Description = Description::get(
    "One employee, with history and rejected records",
    &[(200, Content::Json("EmployeeDetails"))],
);

pub(super) async fn one(
    State(app): State<App>,
    who: Who,
    Path((roster, id)): Path<(String, String)>,
) -> Answer {
    let visible = who.visible();
    let found =
        app.read(move |site| operations::employee_of_roster(site, (&roster, &id), &visible));
    let found = found.await.map_err(missing)?;
    let found = found.ok_or_else(|| Failure::not_found("There is no such employee."))?;
    Ok(json(&found))
}

/// Whom an act is about, as a body says it.
struct NamedEmployees {
    ids: Vec<String>,
    all: bool,
    search: Option<String>,
    integration: Option<String>,
}

impl NamedEmployees {
    /// # Errors
    /// Both or neither are given, too many are named, or the integration is not seen.
    fn checked(self, app: &App, who: &Who, other: &str) -> Result<NamedEmployees, Failure> {
        if self.all != self.ids.is_empty() {
            return Err(Failure::invalid(format!("Give either `ids` or `{other}`.")));
        }
        if self.ids.len() > MOST_NAMED {
            return Err(Failure::invalid(format!(
                "`ids`: at most {MOST_NAMED} employees are named at once."
            )));
        }
        if let Some(name) = &self.integration
            && (!who.sees(name) || app.site().integration(name).is_err())
        {
            return Err(Failure::not_found("There is no such integration."));
        }
        Ok(self)
    }

    fn filter(&self, who: &Who, state: Option<EmployeeState>) -> EmployeeFilter {
        EmployeeFilter {
            state,
            integration: self.integration.clone(),
            search: self.search.clone(),
            roster: None,
            only: who.user().authority.integrations.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyncBody {
    #[serde(default)]
    ids: Vec<String>,
    all_in_state: Option<String>,
    search: Option<String>,
    integration: Option<String>,
    #[serde(default)]
    yes: bool,
}

pub(super) const SYNC: Description = Description::act(
    "Syncs employees who are not synced yet: some, or with `yes` all in a state; without it only their number is told",
    Body::Json("Sync"),
    &[
        (200, Content::Json("SyncResult")),
        (200, Content::Json("WouldSync")),
        (202, Content::Problem),
    ],
);

pub(super) async fn sync(State(app): State<App>, who: Who, Sent(body): Sent<SyncBody>) -> Answer {
    let state = typed(
        "all_in_state",
        body.all_in_state.as_deref(),
        typed_words::employee_state,
    )?;
    let named = NamedEmployees {
        ids: body.ids,
        all: state.is_some(),
        search: line("search", body.search)?,
        integration: line("integration", body.integration)?,
    };
    let named = named.checked(&app, &who, "all_in_state")?;
    let filter = named.filter(&who, state);
    let (visible, only_told) = (who.visible(), named.all && !body.yes);
    let done: Result<SyncResult, usize> = app
        .act(&who, move |site| -> Result<_, OperationError> {
            let integration = named.integration.as_deref();
            let plan = match named.all {
                true => operations::plan_sync_all(site, &filter)?,
                false => operations::plan_sync(site, &named.ids, integration, &visible)?,
            };
            if only_told {
                return Ok(Err(plan.count()));
            }
            plan.carry_out(site, &PageCaller::default()).map(Ok)
        })
        .await?;
    match done {
        Ok(done) => told(&done, &done.response),
        Err(count) => Ok(json(&value!({ "would_sync": count }))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelBody {
    level: String,
    #[serde(default)]
    ids: Vec<String>,
    search: Option<String>,
    integration: Option<String>,
    #[serde(default)]
    yes: bool,
    #[serde(default)]
    sync: bool,
}

pub(super) const LEVEL: Description = Description::act(
    "Chooses the benefits level of employees: of some, or with `yes` of all whom a search finds; without it only their number is told",
    Body::Json("BenefitsLevel"),
    &[
        (200, Content::Json("LevelResult")),
        (200, Content::Json("WouldSet")),
        (202, Content::Problem),
    ],
);

pub(super) async fn level(State(app): State<App>, who: Who, Sent(body): Sent<LevelBody>) -> Answer {
    let named = NamedEmployees {
        ids: body.ids,
        all: body.search.is_some(),
        search: line("search", body.search)?,
        integration: line("integration", body.integration)?,
    };
    let named = named.checked(&app, &who, "search")?;
    let filter = named.filter(&who, None);
    let visible = who.visible();
    let done: Result<LevelResult, usize> = app
        .act(&who, move |site| -> Result<_, OperationError> {
            let filter = named.all.then_some(&filter);
            let plan = operations::plan_level(site, &body.level, &named.ids, filter, &visible)?;
            if named.all && !body.yes {
                return Ok(Err(plan.count()));
            }
            plan.carry_out(site, body.sync, &PageCaller::default())
                .map(Ok)
        })
        .await?;
    match done {
        Ok(done) => told(&done, &done.response),
        Err(count) => Ok(json(&value!({ "would_set": count }))),
    }
}

/// What was done, unless a run of it came to nothing.
fn told<T: serde::Serialize>(done: &T, response: &CommandResponse) -> Answer {
    after_command(response.clone())?;
    Ok(json(done))
}
