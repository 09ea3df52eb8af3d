//! Lists of the site: files, schedules, events, notices, accounts; and what finding codes mean.

use super::exchange::{Answer, json, missing};
use crate::operations;
use crate::web::app::App;
use crate::web::description::{Content, Description, QueryParameter, Takes};
use crate::web::failure::Failure;
use crate::web::pages::{EventsQuery, FilesQuery};
use crate::web::request::Who;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

/// Only of one integration.
pub(super) const INTEGRATION: QueryParameter = QueryParameter {
    name: "integration",
    takes: Takes::Integration,
    about: "Only of this integration.",
};
/// Where the page begins.
pub(super) const CURSOR: QueryParameter = QueryParameter {
    name: "cursor",
    takes: Takes::Cursor,
    about: "`next` of the page before.",
};
/// Only from a day on.
pub(super) const FROM: QueryParameter = QueryParameter {
    name: "from",
    takes: Takes::Date,
    about: "On or after this day on the site's clock.",
};
/// Only up to a day.
pub(super) const TO: QueryParameter = QueryParameter {
    name: "to",
    takes: Takes::Date,
    about: "On or before this day on the site's clock.",
};

pub(super) const FILES: Description = Description::get(
    "The files in the folders of the integrations, each with its way in words",
    &[(200, Content::Json("FilePage"))],
)
.query(&[
    INTEGRATION,
    QueryParameter {
        name: "place",
        takes: Takes::Place,
        about: "Only in this folder, or in the queue.",
    },
    CURSOR,
]);

pub(super) async fn files(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<FilesQuery>,
) -> Answer {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let page = app.read(move |site| operations::file_page(site, &wanted, &visible));
    Ok(json(&page.await?))
}

pub(super) const SCHEDULES: Description = Description::get(
    "The schedules with their next times, and the runs that were asked for once",
    &[(200, Content::Json("ScheduleTimes"))],
);

pub(super) async fn schedules(State(app): State<App>, who: Who) -> Answer {
    let visible = who.visible();
    let times = app.read(move |site| operations::schedule_times(site, &visible));
    Ok(json(&times.await?))
}

pub(super) const EVENTS: Description = Description::get(
    "The event log, newest first: who did what, when and why",
    &[(200, Content::Json("EventPage"))],
)
.query(&[
    QueryParameter {
        name: "action",
        takes: Takes::Action,
        about: "Only of this kind.",
    },
    QueryParameter {
        name: "subject",
        takes: Takes::Text,
        about: "Only about this: a reference ID, an integration, a set, an endpoint, `all`.",
    },
    QueryParameter {
        name: "user",
        takes: Takes::Text,
        about: "Only by this user.",
    },
    FROM,
    TO,
    CURSOR,
]);

pub(super) async fn events(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<EventsQuery>,
) -> Answer {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let page = app.read(move |site| operations::event_page(site, &wanted, &visible));
    Ok(json(&page.await?))
}

/// Where a page begins, as the address says it.
#[derive(Deserialize)]
pub(super) struct PageQuery {
    cursor: Option<String>,
}

pub(super) const NOTICES: Description = Description::get(
    "What people are told: what waits to be sent, then what was sent, newest first",
    &[(200, Content::Json("NoticePage"))],
)
.query(&[CURSOR]);

pub(super) async fn notices(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<PageQuery>,
) -> Answer {
    let visible = who.visible();
    let page =
        app.read(move |site| operations::notice_page(site, asked.cursor.as_deref(), &visible));
    Ok(json(&page.await?))
}

pub(super) const FINDING: Description = Description::get(
    "What a finding code means, and what to do",
    &[(200, Content::Json("CodeExplanation"))],
);

pub(super) async fn finding(Path(code): Path<String>) -> Answer {
    let explained = operations::explain(&code);
    let explained = explained.map_err(|error| missing(Failure::from(error)))?;
    Ok(json(&explained))
}

pub(super) const ACCOUNTS: Description = Description::get(
    "The accounts and the names of their tokens",
    &[(200, Content::Json("AccountList"))],
);

pub(super) async fn accounts(State(app): State<App>) -> Answer {
    Ok(json(&app.read(operations::accounts).await?))
}
