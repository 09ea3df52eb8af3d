//! Cells that were changed twice from the same version: both values, and the choice.

use super::form::CELL;
use super::place::{PagePlace, at_row};
use super::saving::{Saving, save};
use crate::operations::correction::{
    CellChange, CellConflict, CellText, DraftEdit, ShownCell, draft,
};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::layout::{Layout, html};
use crate::web::pages::minute;
use crate::web::pages::run_acts::parse;
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "correct_conflict.html", config = "src/web/askama.toml")]
struct ConflictPage {
    layout: Layout,
    reference: String,
    place: PagePlace,
    /// The version that has the values that are shown here.
    version: u64,
    conflicts: Vec<CellConflict>,
    /// What else of the form was done.
    said: Option<String>,
    problems: Vec<String>,
}

impl ConflictPage {
    fn minute(&self, moment: &str) -> String {
        minute(moment)
    }

    fn name(&self, conflict: &CellConflict) -> String {
        format!("{CELL}{}.{}", conflict.record, conflict.column)
    }

    /// One's own value, unless it is hidden: then it is typed again.
    fn own(&self, conflict: &CellConflict) -> Option<String> {
        match &conflict.yours {
            ShownCell::Plain { text } => Some(text.clone()),
            ShownCell::Sensitive { .. } => None,
        }
    }

    fn back(&self) -> String {
        self.place.address(&self.reference)
    }
}

/// The page that shows both values.
pub(super) async fn conflict_page(
    app: &App,
    who: &Who,
    reference: &str,
    (place, saving): (&PagePlace, Saving),
    said: Option<String>,
) -> Result<Response, Failure> {
    let wanted = parse(reference)?;
    let version = app.read(move |site| draft(site, &wanted)).await?.version;
    let layout = Layout::of(app, who, "Changed twice").await?;
    let problems = saving.problems.into_iter().map(|problem| problem.why);
    let page = html(&ConflictPage {
        layout,
        reference: reference.to_owned(),
        place: place.clone(),
        version,
        conflicts: saving.conflicts,
        said,
        problems: problems.collect(),
    });
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// Saves one's own values in the place of those that the page showed.
pub(in super::super) async fn overwrite(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let wanted = parse(&reference)?;
    let place = PagePlace::of(&fields);
    let mut edits = Vec::new();
    for (name, value) in fields.iter() {
        let cell = name.strip_prefix(CELL).and_then(|of| of.split_once('.'));
        let Some((record, column)) = cell else {
            continue;
        };
        let record = record.parse();
        let record: u64 = record.map_err(|_| Failure::invalid("There is no such record."))?;
        let hidden = !fields.is_set(&format!("own.{record}.{column}"));
        let keeps = match hidden {
            true => value.trim().is_empty(),
            false => fields.text(&format!("take.{record}.{column}")) != "own",
        };
        if !keeps {
            edits.push(DraftEdit::Cell(CellChange {
                record,
                column: column.to_owned(),
                value: CellText::new(value),
            }));
        }
    }
    let at = edits.iter().find_map(|edit| match edit {
        DraftEdit::Cell(cell) => Some(cell.record),
        _ => None,
    });
    // Who has changed a cell once more since this page was shown is not overwritten either.
    let seen = fields.text("seen").parse().unwrap_or_default();
    let saving = app
        .act(&who, move |site| save(site, &wanted, seen, edits))
        .await?;
    if !saving.conflicts.is_empty() {
        return conflict_page(&app, &who, &reference, (&place, saving), None).await;
    }
    for problem in &saving.problems {
        app.flashes().say(&who.session(), problem.why.clone());
    }
    app.flashes().say(&who.session(), saving.in_words());
    Ok(Redirect::to(&at_row(&place.address(&reference), at)).into_response())
}
