//! `/files`: what lies in the folders of the site, and each file's way; upload into inbound, and download.

use super::run_acts::parse;
use crate::domain::{ReferenceId, Right};
use crate::operations::{self, FileEntry, FilePage, FileQuery, PLACES, QUEUE};
use crate::web::app::App;
use crate::web::download::attachment;
use crate::web::failure::Failure;
use crate::web::fields::{in_path, query};
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use crate::web::upload::{Incoming, receive};
use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Which files are asked for, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct FilesQuery {
    integration: Option<String>,
    place: Option<String>,
    cursor: Option<String>,
}

impl FilesQuery {
    pub(in crate::web) fn read(&self) -> Result<FileQuery, String> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let cursor = filled(&self.cursor).map(|text| text.parse());
        Ok(FileQuery {
            integration: filled(&self.integration),
            place: filled(&self.place),
            cursor: cursor.transpose().map_err(str::to_owned)?,
        })
    }

    fn address(&self, cursor: &str) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (integration, place) = (text(&self.integration), text(&self.place));
        let fields = [
            ("integration", integration.as_str()),
            ("place", place.as_str()),
            ("cursor", cursor),
        ];
        format!("/files{}", query(&fields))
    }
}

#[derive(Template)]
#[template(path = "files.html", config = "src/web/askama.toml")]
struct FilesPage {
    layout: Layout,
    page: FilePage,
    asked: FilesQuery,
    integrations: Vec<String>,
}

impl FilesPage {
    fn places(&self) -> Vec<&'static str> {
        let folders = PLACES.iter().map(|folder| folder.as_str());
        folders.chain([QUEUE]).collect()
    }

    fn may_upload(&self) -> bool {
        self.layout.may(Right::Operate)
    }

    /// Where a file is fetched, where a run lists it and who asks may.
    fn download(&self, entry: &FileEntry) -> Option<String> {
        let published = !matches!(entry.file.place, "inbound" | QUEUE | "archive" | "held");
        let name = entry.file.name.rsplit('/').next()?;
        let reference = reference_in(name)?;
        (published && self.layout.may(entry.right))
            .then(|| format!("/runs/{reference}/files/{}", in_path(name)))
    }

    fn size(&self, entry: &FileEntry) -> String {
        entry.file.size.map(in_units).unwrap_or_default()
    }

    fn next(&self) -> Option<String> {
        let next = self.page.next.as_ref()?.to_string();
        Some(self.asked.address(&next))
    }
}

/// The reference ID in the name of a published file.
fn reference_in(name: &str) -> Option<ReferenceId> {
    name.split('.').find_map(ReferenceId::parse)
}

/// A size in the largest unit that it fills.
fn in_units(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}

pub(super) async fn list(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<FilesQuery>,
) -> Result<Response, Failure> {
    let wanted = asked.read().map_err(Failure::invalid)?;
    let visible = who.visible();
    let page = app
        .read(move |site| operations::file_page(site, &wanted, &visible))
        .await?;
    let site = app.site();
    let integrations = site.config.integrations.iter().map(|i| i.name.clone());
    let call = asked.address("");
    let layout = Layout::of(&app, &who, "Files")
        .await?
        .same_as("feedgate files", format!("GET /api/v1{call}"));
    Ok(html(&FilesPage {
        layout,
        page,
        integrations: integrations.filter(|name| who.sees(name)).collect(),
        asked,
    }))
}

/// Takes a file from a form into an inbound folder.
pub(super) async fn upload(
    State(app): State<App>,
    who: Who,
    Path(integration): Path<String>,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let broken = |_| Failure::invalid("The upload was broken off; nothing was taken.");
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        if name.is_empty() {
            break;
        }
        let incoming = Incoming {
            integration: integration.clone(),
            name,
            size: None,
        };
        let taken = receive(&app, &who, incoming, field).await?;
        let sentence = format!(
            "{} is in inbound of {integration}, {}. What becomes of it is on this page.",
            taken.name,
            in_units(taken.size)
        );
        app.flashes().say(&who.session(), sentence);
        return Ok(Redirect::to(&format!("/integrations/{integration}")).into_response());
    }
    Err(Failure::invalid("Choose a file first."))
}

/// Sends a file of a run.
pub(in crate::web) async fn download(
    State(app): State<App>,
    who: Who,
    Path((reference, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let reference = parse(&reference)?;
    let (visible, wanted) = (who.visible(), reference.clone());
    let file = app
        .read(move |site| operations::run_file(site, &wanted, &name, &visible))
        .await?;
    if !who.may(file.right) {
        return Err(Failure::forbidden(format!(
            "Fetching this file needs the right to {}.",
            file.right.words()
        )));
    }
    let opened = app
        .act(&who, move |site| {
            operations::open_run_file(site, &reference, &file)
        })
        .await?;
    attachment(opened)
}

#[cfg(test)]
mod tests {
    use super::{in_units, reference_in};

    #[test]
    fn sizes_are_shown_in_the_largest_unit_that_they_fill() {
        let shown = [0, 1023, 1024, 5 << 20, 7 << 30].map(in_units);
        assert_eq!(shown, ["0 B", "1023 B", "1 KiB", "5 MiB", "7 GiB"]);
    }

    #[test]
    fn a_published_name_has_the_reference_of_its_run() {
        let found = reference_in("hr.north.20261130-000006.errors.csv");
        assert_eq!(found.expect("one").as_str(), "20261130-000006");
        assert!(reference_in("hr.csv").is_none());
    }
}
