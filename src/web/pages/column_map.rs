//! `/integrations/NAME/map`: what the columns of a sample are read as, and the configuration for the rest.

use super::credentials::not_taken;
use crate::domain::masking::{escape_control, masked};
use crate::operations::{self, ColumnMap};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use std::time::Duration;
use tokio::time::timeout;

/// The largest sample, in bytes. It stands in memory while it is looked at, and is kept nowhere.
const LARGEST_SAMPLE: usize = 4 << 20;
/// How long a sample may take to arrive.
const SAMPLE_WITHIN: Duration = Duration::from_secs(60);

#[derive(Template)]
#[template(path = "column_map.html", config = "src/web/askama.toml")]
struct ColumnMapPage {
    layout: Layout,
    integration: String,
    map: Option<ColumnMap>,
    problems: Vec<String>,
}

impl ColumnMapPage {
    /// What a sender wrote, without signs that change how a page reads, and masked.
    fn plain(text: &str) -> String {
        escape_control(&masked(text))
    }
}

async fn page(app: &App, who: &Who, integration: &str) -> Result<ColumnMapPage, Failure> {
    app.site().integration(integration)?;
    let layout = Layout::of(app, who, format!("Map the columns of {integration}")).await?;
    let command = format!("feedgate map FILE --integration {integration}");
    Ok(ColumnMapPage {
        // The API takes no samples.
        layout: Layout {
            command: Some(command),
            ..layout
        },
        integration: integration.to_owned(),
        map: None,
        problems: Vec::new(),
    })
}

pub(super) async fn form(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
) -> Result<Response, Failure> {
    Ok(html(&page(&app, &who, &integration).await?))
}

pub(super) async fn show(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    form: Multipart,
) -> Result<Response, Failure> {
    let sample = timeout(SAMPLE_WITHIN, sample(form)).await;
    let sample = sample.unwrap_or_else(|_| Err(Failure::too_large()))?;
    let mut page = page(&app, &who, &integration).await?;
    let visible = who.visible();
    let map = app
        .read(move |site| operations::map_sample(site, &integration, &sample, &visible))
        .await;
    match map {
        Ok(map) => {
            page.map = Some(map);
            Ok(html(&page))
        }
        Err(failure) if failure.code == "refused" => {
            page.problems = failure.sentences;
            Ok(not_taken(&page))
        }
        Err(failure) => Err(failure),
    }
}

/// The bytes of the file in the form.
async fn sample(mut form: Multipart) -> Result<Vec<u8>, Failure> {
    let broken = |_: MultipartError| Failure::invalid("The upload was broken off.");
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.file_name().is_none_or(str::is_empty) {
            continue;
        }
        let mut sample = Vec::new();
        while let Some(part) = field.chunk().await.map_err(broken)? {
            if sample.len() + part.len() > LARGEST_SAMPLE {
                let mut failure = Failure::too_large();
                failure.sentences = vec![format!(
                    "A sample has at most {} MiB. The header and some rows are enough.",
                    LARGEST_SAMPLE >> 20
                )];
                return Err(failure);
            }
            sample.extend_from_slice(&part);
        }
        return Ok(sample);
    }
    Err(Failure::invalid("Choose a file first."))
}
