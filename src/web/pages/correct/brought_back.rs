//! A corrected rejects file that is brought back: what it changes, before anything runs.

use crate::operations::correction::{BroughtBack, bring_back as take};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::pages::run_acts::parse;
use crate::web::request::Who;
use crate::web::upload::NEXT_PART_WITHIN;
use askama::Template;
use axum::extract::multipart::Field;
use axum::extract::{Multipart, Path, State};
use axum::response::Response;
use tokio::time::timeout;

/// The largest file, in bytes. Larger ones are sent as files of their own.
const LARGEST_FILE: usize = 64 << 20;

#[derive(Template)]
#[template(path = "correct_brought_back.html", config = "src/web/askama.toml")]
struct BroughtBackPage {
    layout: Layout,
    reference: String,
    back: BroughtBack,
}

impl BroughtBackPage {
    /// How many differences are not listed.
    fn more(&self) -> usize {
        self.back.cells.saturating_sub(self.back.differences.len())
    }
}

/// Takes the differences of a file into the draft, and lists them.
pub(in super::super) async fn bring_back(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let wanted = parse(&reference)?;
    let broken = |_| broken_off();
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.file_name().is_some_and(|name| !name.is_empty()) {
            file = Some(whole(field).await?);
            break;
        }
    }
    let file = file.ok_or_else(|| Failure::invalid("Choose a file first."))?;
    let back = app
        .act(&who, move |site| take(site, &wanted, &file))
        .await?;
    let layout = Layout::of(&app, &who, "Brought back").await?;
    Ok(html(&BroughtBackPage {
        layout,
        reference,
        back,
    }))
}

async fn whole(mut field: Field<'_>) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        let part = timeout(NEXT_PART_WITHIN, field.chunk()).await;
        let part = part.map_err(|_| broken_off())?;
        let Some(part) = part.map_err(|_| broken_off())? else {
            return Ok(bytes);
        };
        if bytes.len() + part.len() > LARGEST_FILE {
            return Err(Failure::too_large());
        }
        bytes.extend_from_slice(&part);
    }
}

fn broken_off() -> Failure {
    Failure::invalid("The upload was broken off; nothing was taken.")
}
