//! Syncing employees and setting their benefits level: those who are ticked, or all that the list's filter leaves. A page
//! asks first, with their number; if the number is another when the answer comes, it asks again.

use crate::domain::EmployeeState;
use crate::operations::{
    self, EmployeeCursor, EmployeeFilter, LevelResult, OperationError, SyncResult, typed_words,
};
use crate::web::app::{App, PageCaller};
use crate::web::failure::Failure;
use crate::web::fields::{Fields, query};
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::fmt::Write;

/// Which employees are asked for, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct EmployeeQuery {
    pub(super) state: Option<String>,
    pub(super) integration: Option<String>,
    pub(super) search: Option<String>,
    pub(super) cursor: Option<String>,
}

impl EmployeeQuery {
    pub(super) fn of(fields: &Fields) -> EmployeeQuery {
        EmployeeQuery {
            state: fields.filled("state"),
            integration: fields.filled("integration"),
            search: fields.filled("search"),
            cursor: None,
        }
    }

    /// The state that is asked for, if there is such a state.
    pub(super) fn state(&self) -> Option<EmployeeState> {
        let text = self.state.as_deref()?;
        typed_words::employee_state(text).ok()
    }

    /// As the operations take it, within what the account sees.
    ///
    /// # Errors
    /// There is no such state.
    pub(in crate::web) fn filter(&self, who: &Who) -> Result<EmployeeFilter, Failure> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let state = filled(&self.state)
            .map(|text| typed_words::employee_state(&text))
            .transpose()
            .map_err(Failure::invalid)?;
        Ok(EmployeeFilter {
            state,
            integration: filled(&self.integration),
            search: filled(&self.search),
            roster: None,
            only: who.user().authority.integrations.clone(),
        })
    }

    /// The place after which the page begins.
    ///
    /// # Errors
    /// It is no place of the list.
    pub(in crate::web) fn cursor(&self) -> Result<Option<EmployeeCursor>, Failure> {
        let text = self.cursor.as_deref().filter(|text| !text.is_empty());
        text.map(str::parse).transpose().map_err(Failure::invalid)
    }

    /// The filter in words.
    pub(super) fn words(&self) -> String {
        let mut words = match self.state() {
            Some(state) => format!("in the state {state}"),
            None => "in any state".to_owned(),
        };
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(integration) = filled(&self.integration) {
            let _ = write!(words, ", of {integration}");
        }
        if let Some(search) = filled(&self.search) {
            let _ = write!(words, ", found by “{search}”");
        }
        words
    }

    /// The address of the list in another state, or of its next page.
    pub(super) fn address(&self, state: Option<EmployeeState>, cursor: Option<&str>) -> String {
        let state = state.map(|state| state.as_str().to_lowercase().replace(' ', "-"));
        let fields = [
            ("state", state.as_deref().unwrap_or_default()),
            (
                "integration",
                self.integration.as_deref().unwrap_or_default(),
            ),
            ("search", self.search.as_deref().unwrap_or_default()),
            ("cursor", cursor.unwrap_or_default()),
        ];
        format!("/employees{}", query(&fields))
    }

    /// The command that lists the same.
    pub(super) fn command(&self) -> String {
        let mut line = "feedgate employees".to_owned();
        if let Some(state) = self.state() {
            let state = state.as_str().to_lowercase().replace(' ', "-");
            let _ = write!(line, " --state {state}");
        }
        if let Some(integration) = self.integration.as_ref().filter(|name| !name.is_empty()) {
            let _ = write!(line, " --integration {integration}");
        }
        if self.search.as_ref().is_some_and(|text| !text.is_empty()) {
            line.push_str(" --search \"…\"");
        }
        line
    }

    /// The call of the API that lists the same.
    pub(super) fn call(&self) -> String {
        format!("GET /api/v1{}", self.address(self.state(), None))
    }
}

#[derive(Template)]
#[template(path = "employee_act.html", config = "src/web/askama.toml")]
struct EmployeeActPage {
    layout: Layout,
    /// What will happen, in a sentence.
    says: String,
    /// Why it is asked again.
    again: Option<String>,
    fields: Vec<(String, String)>,
    count: usize,
    /// The level, of the page that sets one.
    level: Option<String>,
    button: &'static str,
    act: &'static str,
}

/// The fields that a page which asks has to send again.
fn kept(fields: &Fields) -> Vec<(String, String)> {
    let not_kept = ["count", "level"];
    let kept = fields.iter().filter(|(name, _)| !not_kept.contains(name));
    kept.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The number that who asks has seen, once the page has asked.
fn seen(fields: &Fields) -> Option<usize> {
    fields.text("count").parse().ok()
}

/// Whether all that match are meant, and not those who are ticked.
fn means_all(fields: &Fields) -> bool {
    fields.text("which") == "all"
}

/// Syncs employees who are not synced yet.
pub(super) async fn sync(
    State(app): State<App>,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    let asked = EmployeeQuery::of(&fields);
    let (all, seen) = (means_all(&fields), seen(&fields));
    let filter = EmployeeFilter {
        state: Some(EmployeeState::NotSyncing),
        ..asked.filter(&who)?
    };
    let ids = fields.all("ids");
    if !all && ids.is_empty() {
        return Err(Failure::invalid("Tick the employees first."));
    }
    let words = match all {
        true => EmployeeQuery {
            state: Some("not-syncing".to_owned()),
            ..asked.clone()
        }
        .words(),
        false => "ticked".to_owned(),
    };
    let visible = who.visible();
    let outcome = app
        .act(&who, move |site| -> Result<_, OperationError> {
            let plan = match all {
                true => operations::plan_sync_all(site, &filter)?,
                false => {
                    operations::plan_sync(site, &ids, filter.integration.as_deref(), &visible)?
                }
            };
            let count = plan.count();
            if seen != Some(count)
                || filter
                    .only
                    .is_some_and(|only| !only.contains(&plan.integration))
            {
                return Ok(Err(count));
            }
            let done = plan.carry_out(site, &PageCaller::default())?;
            Ok(Ok(done))
        })
        .await?;
    match outcome {
        Ok(done) => Ok(synced(&app, &who, &done)),
        Err(count) => {
            let layout = Layout::of(&app, &who, "Sync employees").await?.same_as(
                "feedgate sync --all-in-state not-syncing --yes",
                "POST /api/v1/employees/sync",
            );
            Ok(html(&EmployeeActPage {
                layout,
                says: format!(
                    "{count} employees {words} are sent to the benefits platform, in a run of their own."
                ),
                again: asked_again(seen, count),
                fields: kept(&fields),
                count,
                level: None,
                button: "Sync them",
                act: "sync",
            }))
        }
    }
}

fn asked_again(seen: Option<usize>, count: usize) -> Option<String> {
    let seen = seen.filter(|seen| *seen != count)?;
    Some(format!(
        "Their number changed from {seen} to {count} meanwhile, so nothing was done. Look again."
    ))
}

fn synced(app: &App, who: &Who, done: &SyncResult) -> Response {
    let say = |sentence: String| app.flashes().say(&who.session(), sentence);
    match &done.integration_reference_id {
        Some(run) => say(format!("Synced: {} (run {run}).", done.synced)),
        None => say("No one had to be synced.".to_owned()),
    }
    if done.waiting > 0 {
        say(format!(
            "{} of them have no record in the archive any more; they go out with the next file that has them.",
            done.waiting
        ));
    }
    if done.rejected > 0 {
        say(format!("{} of their records are rejected.", done.rejected));
    }
    for sentence in &done.response.failure {
        say(sentence.clone());
    }
    let to = match &done.integration_reference_id {
        Some(run) => format!("/runs/{run}"),
        None => "/employees".to_owned(),
    };
    Redirect::to(&to).into_response()
}

/// Sets the benefits level of employees.
pub(super) async fn level(
    State(app): State<App>,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    let asked = EmployeeQuery::of(&fields);
    let (all, seen) = (means_all(&fields), seen(&fields));
    let filter = asked.filter(&who)?;
    let level = fields.filled("level");
    let ids = fields.all("ids");
    if !all && ids.is_empty() {
        return Err(Failure::invalid("Tick the employees first."));
    }
    let words = match all {
        true => asked.words(),
        false => "ticked".to_owned(),
    };
    let (now, text) = (fields.is_set("now"), level.clone());
    let visible = who.visible();
    let outcome = app
        .act(&who, move |site| -> Result<_, OperationError> {
            // Only counted as long as there is no level.
            let level = text.as_deref().unwrap_or("-");
            let plan = operations::plan_level(site, level, &ids, all.then_some(&filter), &visible)?;
            let count = plan.count();
            if text.is_none() || seen != Some(count) {
                return Ok(Err(count));
            }
            Ok(Ok(plan.carry_out(site, now, &PageCaller::default())?))
        })
        .await?;
    match outcome {
        Ok(done) => Ok(level_set(&app, &who, &done)),
        Err(count) => {
            let layout = Layout::of(&app, &who, "Set the benefits level")
                .await?
                .same_as(
                    "feedgate benefits-level LEVEL --search \"…\" --yes",
                    "POST /api/v1/employees/benefits-level",
                );
            Ok(html(&EmployeeActPage {
                layout,
                says: format!(
                    "{count} employees {words} get this level. It goes out with the next record of each, and stays until the sender's own value changes."
                ),
                again: asked_again(seen, count),
                fields: kept(&fields),
                count,
                level: Some(level.unwrap_or_default()),
                button: "Set the level",
                act: "level",
            }))
        }
    }
}

fn level_set(app: &App, who: &Who, done: &LevelResult) -> Response {
    let say = |sentence: String| app.flashes().say(&who.session(), sentence);
    say(format!(
        "{} employees have the level {} now.",
        done.set, done.level
    ));
    for run in &done.integration_reference_ids {
        say(format!("Sent with run {run}."));
    }
    for sentence in &done.response.failure {
        say(sentence.clone());
    }
    Redirect::to("/employees").into_response()
}
