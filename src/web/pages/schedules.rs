//! `/schedules`: when what runs, and which times will be passed over, with the reason.

use crate::operations::{self, ScheduleTimes};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "schedules.html", config = "src/web/askama.toml")]
struct SchedulesPage {
    layout: Layout,
    all: ScheduleTimes,
}

pub(super) async fn list(State(app): State<App>, who: Who) -> Result<Response, Failure> {
    let visible = who.visible();
    let all = app
        .read(move |site| operations::schedule_times(site, &visible))
        .await?;
    let layout = Layout::of(&app, &who, "Schedules")
        .await?
        .same_as("feedgate schedules", "GET /api/v1/schedules");
    Ok(html(&SchedulesPage { layout, all }))
}
