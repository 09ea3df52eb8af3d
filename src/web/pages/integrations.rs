//! `/`: what waits for a person, then how each integration stands.

use super::{bars, minute, strip};
use crate::domain::Right;
use crate::operations::{
    self, IntegrationEntry, IntegrationList, NeededAct, OperationError, RunEntry, RunQuery,
    WaitingList, WaitingMatter,
};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "integrations.html", config = "src/web/askama.toml")]
struct IntegrationsPage {
    layout: Layout,
    waiting: WaitingList,
    tiles: Vec<Tile>,
    /// What ran last, where nothing waits for a person.
    last: Option<RunEntry>,
}

/// An integration on the page.
struct Tile {
    entry: IntegrationEntry,
    strip: String,
}

impl IntegrationsPage {
    /// The word and the address of the act that something needs, where who asks may do it here.
    fn act(&self, matter: &WaitingMatter) -> Option<(&'static str, String)> {
        let may = |right| self.layout.may(right);
        let run = |reference: &_, rest: &str| format!("/runs/{reference}{rest}");
        match &matter.act {
            NeededAct::Release { reference_id } if may(Right::Release) => {
                Some(("Release or refuse", run(reference_id, "")))
            }
            NeededAct::Correct { reference_id } if may(Right::Correct) => {
                Some(("Correct", run(reference_id, "/correct")))
            }
            NeededAct::Release { reference_id }
            | NeededAct::Correct { reference_id }
            | NeededAct::Look { reference_id } => Some(("Look", run(reference_id, ""))),
            NeededAct::ListRuns => {
                let integration = matter.integration.as_deref().unwrap_or_default();
                let address = format!("/runs?open=true&integration={integration}");
                Some(("List them", address))
            }
            NeededAct::LookAtEvents => Some(("Look at the events", "/events".to_owned())),
            NeededAct::RenameFile => {
                let integration = matter.integration.as_deref().unwrap_or_default();
                let address = format!("/files?integration={integration}&place=inbound");
                Some(("Look at the files", address))
            }
            NeededAct::Resume { name } if may(Right::Operate) && name != "all" => {
                Some(("Resume", format!("/integrations/{name}/resume")))
            }
            _ => None,
        }
    }

    fn since(&self, matter: &WaitingMatter) -> Option<String> {
        let since = matter.since?;
        Some(since.format("%Y-%m-%d %H:%M").to_string())
    }

    /// The sentence of a pause without the word that the mark before it says.
    fn without_word<'s>(&self, sentence: &'s str) -> &'s str {
        sentence.strip_prefix("paused ").unwrap_or(sentence)
    }

    fn minute(&self, moment: &str) -> String {
        minute(moment)
    }

    fn may_operate(&self) -> bool {
        self.layout.may(Right::Operate)
    }
}

pub(super) async fn list(State(app): State<App>, who: Who) -> Result<Response, Failure> {
    let visible = who.visible();
    let (waiting, list, last) = app
        .read(move |site| {
            let (waiting, list): (WaitingList, IntegrationList) =
                operations::front_page(site, &visible)?;
            let last = match waiting.waiting.is_empty() {
                true => operations::run_page(site, &RunQuery::default(), &visible)?
                    .runs
                    .into_iter()
                    .next(),
                false => None,
            };
            Ok::<_, OperationError>((waiting, list, last))
        })
        .await?;
    let layout = Layout::of(&app, &who, "Integrations")
        .await?
        .same_as("feedgate status", "GET /api/v1/integrations");
    let tile = |entry: IntegrationEntry| Tile {
        strip: strip(&entry.days),
        entry,
    };
    Ok(html(&IntegrationsPage {
        layout,
        waiting,
        tiles: list.integrations.into_iter().map(tile).collect(),
        last,
    }))
}

#[derive(Template)]
#[template(path = "integration.html", config = "src/web/askama.toml")]
struct IntegrationPage {
    layout: Layout,
    details: operations::IntegrationDetails,
    strip: String,
    bars: String,
    has_open_enrollment: bool,
}

impl IntegrationPage {
    fn may_operate(&self) -> bool {
        self.layout.may(Right::Operate)
    }

    /// The sentence of a pause without the word that the mark before it says.
    fn without_word<'s>(&self, sentence: &'s str) -> &'s str {
        sentence.strip_prefix("paused ").unwrap_or(sentence)
    }

    fn minute(&self, moment: &str) -> String {
        minute(moment)
    }

    fn is_paused(&self) -> bool {
        self.details.entry.now.paused.is_some()
    }
}

pub(super) async fn one(
    State(app): State<App>,
    who: Who,
    axum::extract::Path(integration): axum::extract::Path<String>,
) -> Result<Response, Failure> {
    let (name, visible) = (integration.clone(), who.visible());
    let details = app
        .read(move |site| operations::integration_details(site, &name, &visible))
        .await;
    let details = details.map_err(|failure| match failure.code {
        "refused" => Failure::not_found("There is no such integration."),
        _ => failure,
    })?;
    let layout = Layout::of(&app, &who, integration.clone()).await?.same_as(
        format!("feedgate status {integration}"),
        format!("GET /api/v1/integrations/{integration}"),
    );
    let site = app.site();
    let configured = site.integration(&integration)?;
    Ok(html(&IntegrationPage {
        layout,
        has_open_enrollment: operations::has_open_enrollment(&site, configured),
        strip: strip(&details.entry.days),
        bars: bars(&details.runs),
        details,
    }))
}
