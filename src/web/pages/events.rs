//! `/events`: who did what, when and why.

use crate::operations::{self, EventPage, EventQuery, typed_words};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::query;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// Which events are asked for, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct EventsQuery {
    action: Option<String>,
    subject: Option<String>,
    user: Option<String>,
    from: Option<String>,
    to: Option<String>,
    cursor: Option<String>,
}

impl EventsQuery {
    pub(in crate::web) fn read(&self) -> Result<EventQuery, String> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let day = |text: &Option<String>| filled(text).map(|text| typed_words::day(&text));
        let cursor = filled(&self.cursor).map(|text| text.parse());
        Ok(EventQuery {
            action: filled(&self.action),
            subject: filled(&self.subject),
            user: filled(&self.user),
            from: day(&self.from).transpose()?,
            to: day(&self.to).transpose()?,
            cursor: cursor.transpose().map_err(str::to_owned)?,
        })
    }

    fn address<'a>(&'a self, path: &str, cursor: &'a str) -> String {
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        let fields = [
            ("action", text(&self.action)),
            ("subject", text(&self.subject)),
            ("user", text(&self.user)),
            ("from", text(&self.from)),
            ("to", text(&self.to)),
            ("cursor", cursor),
        ];
        format!("{path}{}", query(&fields))
    }
}

#[derive(Template)]
#[template(path = "events.html", config = "src/web/askama.toml")]
struct EventsPage {
    layout: Layout,
    page: EventPage,
    asked: EventsQuery,
}

impl EventsPage {
    fn kinds(&self) -> Vec<&'static str> {
        operations::event_kinds().collect()
    }
}

pub(super) async fn list(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<EventsQuery>,
) -> Result<Response, Failure> {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let page = app
        .read(move |site| operations::event_page(site, &wanted, &visible))
        .await?;
    let layout = Layout::of(&app, &who, "Events")
        .await?
        .same_as("feedgate events", asked.address("GET /api/v1/events", ""));
    Ok(html(&EventsPage {
        layout,
        page,
        asked,
    }))
}

/// The events as JSON lines.
pub(super) async fn export(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<EventsQuery>,
) -> Result<Response, Failure> {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let lines = app
        .read(move |site| {
            let mut lines = Vec::new();
            operations::export_events(site, &wanted, &visible, |some| {
                lines.extend_from_slice(some);
                Ok::<(), operations::OperationError>(())
            })?;
            Ok::<_, operations::OperationError>(lines)
        })
        .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"events.jsonl\"",
        ),
    ];
    Ok((headers, lines).into_response())
}
