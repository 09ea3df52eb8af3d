//! `/runs`: past runs, newest first, with the reason of each; and running several of them again.

use super::minute;
use super::run_acts::parse;
use crate::domain::masking::masked;
use crate::domain::{Right, RunStatus, RunSummary};
use crate::operations::{self, Command, RunEntry, RunPage, RunQuery, typed_words};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::{Fields, query};
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::fmt::Write;

/// Runs that are judged again by one act.
const MOST_AT_ONCE: usize = 200;

/// Which runs are asked for, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct RunsQuery {
    integration: Option<String>,
    status: Option<String>,
    open: Option<String>,
    code: Option<String>,
    from: Option<String>,
    to: Option<String>,
    cursor: Option<String>,
}

impl RunsQuery {
    pub(in crate::web) fn read(&self) -> Result<RunQuery, String> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let day = |text: &Option<String>| filled(text).map(|text| typed_words::day(&text));
        let status = filled(&self.status);
        let status = status.map(|text| typed_words::run_status(&text));
        Ok(RunQuery {
            integration: filled(&self.integration),
            status: status.transpose()?,
            open: self.is_open(),
            code: filled(&self.code)
                .map(|text| typed_words::code(&text))
                .transpose()?,
            from: day(&self.from).transpose()?,
            to: day(&self.to).transpose()?,
            cursor: filled(&self.cursor)
                .map(|text| text.parse())
                .transpose()
                .map_err(str::to_owned)?,
        })
    }

    fn is_open(&self) -> bool {
        self.open.as_deref() == Some("true")
    }

    fn fields<'a>(&'a self, cursor: &'a str) -> [(&'static str, &'a str); 7] {
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        [
            ("integration", text(&self.integration)),
            ("status", text(&self.status)),
            ("open", text(&self.open)),
            ("code", text(&self.code)),
            ("from", text(&self.from)),
            ("to", text(&self.to)),
            ("cursor", cursor),
        ]
    }

    fn address(&self, cursor: &str) -> String {
        format!("/runs{}", query(&self.fields(cursor)))
    }

    /// The filter in words.
    fn words(&self) -> String {
        let mut words = match self.is_open() {
            true => "that need a person".to_owned(),
            false => String::new(),
        };
        let asked = self.fields("");
        for (name, value) in asked
            .iter()
            .filter(|(name, value)| *name != "open" && !value.is_empty())
        {
            let _ = match *name {
                "integration" => write!(words, " of {value}"),
                "status" => write!(words, " with status {value}"),
                "code" => write!(words, " with {value}"),
                name => write!(words, " {name} {value}"),
            };
        }
        words.trim().to_owned()
    }
}

#[derive(Template)]
#[template(path = "runs.html", config = "src/web/askama.toml")]
struct RunsPage {
    layout: Layout,
    page: RunPage,
    asked: RunsQuery,
    integrations: Vec<String>,
    may_operate: bool,
}

impl RunsPage {
    fn statuses(&self) -> [RunStatus; RunStatus::ALL.len()] {
        RunStatus::ALL
    }

    /// The source files of a run, as they may be shown.
    fn file(&self, run: &RunSummary) -> String {
        masked(&run.source_files.join(", "))
    }

    fn began(&self, entry: &RunEntry) -> String {
        minute(&entry.run.summary.start_date)
    }
}

pub(super) async fn list(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<RunsQuery>,
) -> Result<Response, Failure> {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let page = app
        .read(move |site| operations::run_page(site, &wanted, &visible))
        .await?;
    let site = app.site();
    let integrations = site.config.integrations.iter().map(|i| i.name.clone());
    let call = asked.address("");
    let layout = Layout::of(&app, &who, "Runs")
        .await?
        .same_as("feedgate runs", format!("GET /api/v1{call}"));
    Ok(html(&RunsPage {
        layout,
        page,
        integrations: integrations.filter(|name| who.sees(name)).collect(),
        may_operate: who.may(Right::Operate),
        asked,
    }))
}

#[derive(Template)]
#[template(path = "rerun_many.html", config = "src/web/askama.toml")]
struct RerunManyPage {
    layout: Layout,
    runs: Vec<String>,
}

/// Asks before several runs are judged again, then does it. One that can't be is told, and the others go on.
pub(super) async fn rerun_many(
    State(app): State<App>,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    let runs = fields.all("runs");
    if runs.is_empty() {
        return Err(Failure::invalid("Tick the runs first."));
    }
    if runs.len() > MOST_AT_ONCE {
        return Err(Failure::invalid(format!(
            "At most {MOST_AT_ONCE} runs are judged again at once."
        )));
    }
    let mut references = Vec::new();
    for run in &runs {
        let reference = parse(run)?;
        let wanted = reference.clone();
        let found = app.read(move |site| site.find_run(&wanted)).await?;
        if !who.sees(&found.integration) {
            return Err(Failure::not_found("There is no such run."));
        }
        references.push(reference);
    }
    if !fields.is_set("sure") {
        let title = format!("Run {} files again", runs.len());
        let layout = Layout::of(&app, &who, title)
            .await?
            .same_as("feedgate rerun REF", "POST /api/v1/runs/{ref}/rerun");
        return Ok(html(&RerunManyPage { layout, runs }));
    }
    // The oldest first, as its file came first.
    references.sort();
    for reference in references {
        let about = reference.to_string();
        let sentence = match app.command(&who, Command::Rerun { reference }).await {
            Ok(Some(done)) => done.summaries.last().map(|run| {
                let (made, status) = (&run.integration_reference_id, run.status);
                format!("{about} was judged again: run {made} is {status}.")
            }),
            Ok(None) => Some(format!("{about}: the daemon is at it.")),
            Err(failure) => Some(format!("{about}: {}", failure.sentences.join(" "))),
        };
        if let Some(sentence) = sentence {
            app.flashes().say(&who.session(), sentence);
        }
    }
    Ok(Redirect::to("/runs").into_response())
}
