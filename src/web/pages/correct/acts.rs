//! What is done on the page: saving, taking back, marking as not to be sent, checking one row, and showing one unmasked.

use super::conflict::conflict_page;
use super::form::CorrectForm;
use super::page::page;
use super::place::{PagePlace, at_row};
use super::saving::{self, Saving};
use crate::domain::Right;
use crate::operations::OperationError;
use crate::operations::correction::{
    DraftEdit, RecordCheck, RecordVerdict, RevealedRow, check as check_record, draft,
    reveal as reveal_row,
};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use crate::web::layout::{Layout, html};
use crate::web::pages::run_acts::parse;
use crate::web::request::Who;
use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;
use std::collections::BTreeMap;

/// Saves what stands in the fields, and more. `Err`: the page that says what was not saved.
pub(super) async fn saved(
    app: &App,
    who: &Who,
    reference: &str,
    form: CorrectForm,
) -> Result<Result<(PagePlace, Saving), Response>, Failure> {
    let wanted = parse(reference)?;
    let CorrectForm { seen, place, edits } = form;
    let mut saving = app
        .act(who, move |site| saving::save(site, &wanted, seen, edits))
        .await?;
    if !saving.conflicts.is_empty() {
        let said = format!("{} The rest of the page is saved.", saving.in_words());
        let said = (saving.cells > 0).then_some(said);
        let shown = conflict_page(app, who, reference, (&place, saving), said).await?;
        return Ok(Err(shown));
    }
    let problems = std::mem::take(&mut saving.problems);
    if !problems.is_empty() {
        if saving.cells > 0 {
            app.flashes().say(&who.session(), saving.in_words());
        }
        return Ok(Err(page(app, who, reference, place, problems).await?));
    }
    Ok(Ok((place, saving)))
}

/// Saves what stands in the fields, and comes back to the row.
pub(in super::super) async fn save(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let form = CorrectForm::of(&fields)?;
    let opened = fields.text("open").parse().ok();
    let at = fields.text("at").parse().ok().or(opened);
    let at = at.or(form.first_record());
    let (mut place, saving) = match saved(&app, &who, &reference, form).await? {
        Ok(done) => done,
        Err(shown) => return Ok(shown),
    };
    if saving.cells > 0 || opened.is_none() {
        app.flashes().say(&who.session(), saving.in_words());
    }
    place.show = opened.or(place.show);
    Ok(Redirect::to(&at_row(&place.address(&reference), at)).into_response())
}

/// Takes an entry of the draft back; what else stands in the fields is saved.
pub(in super::super) async fn revert(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let mut form = CorrectForm::of(&fields)?;
    let entry = fields.text("entry").parse();
    let entry = entry.map_err(|_| Failure::invalid("Say which change is taken back."))?;
    form.edits.push(DraftEdit::Revert { entry });
    let (place, _) = match saved(&app, &who, &reference, form).await? {
        Ok(done) => done,
        Err(shown) => return Ok(shown),
    };
    app.flashes().say(&who.session(), "Taken back.");
    let to = format!("{}#draft", place.address(&reference));
    Ok(Redirect::to(&to).into_response())
}

/// Marks the ticked records as not to be sent; what else stands in the fields is saved.
pub(in super::super) async fn dismiss(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let mut form = CorrectForm::of(&fields)?;
    let ticked = fields.all("tick");
    let records: Vec<u64> = ticked.iter().filter_map(|text| text.parse().ok()).collect();
    if records.is_empty() {
        return Err(Failure::invalid("Tick the records first."));
    }
    let said = match &records[..] {
        [one] => format!("Record {one} is marked as not to be sent."),
        many => format!("{} records are marked as not to be sent.", many.len()),
    };
    let at = records.first().copied();
    form.edits.push(DraftEdit::Dismiss {
        records,
        why: fields.text("why").to_owned(),
    });
    let (place, _) = match saved(&app, &who, &reference, form).await? {
        Ok(done) => done,
        Err(shown) => return Ok(shown),
    };
    let said = format!(
        "{said} They are dismissed when corrections are sent; until then this can be taken back."
    );
    app.flashes().say(&who.session(), said);
    Ok(Redirect::to(&at_row(&place.address(&reference), at)).into_response())
}

/// What the script is told of a row.
#[derive(Serialize)]
pub(in super::super) struct CheckAnswer {
    /// The version of the draft from now on.
    version: u64,
    /// Whether the values are in the draft.
    saved: bool,
    /// `accepted`, `rejected`, or `problem` where it could not be judged.
    verdict: &'static str,
    says: String,
}

/// Judges one row with what stands in its fields, and with `save` keeps that in the draft.
pub(in super::super) async fn check(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Json<CheckAnswer>, Failure> {
    let wanted = parse(&reference)?;
    let form = CorrectForm::of(&fields)?;
    let record = fields.text("record").parse();
    let record: u64 = record.map_err(|_| Failure::invalid("Say which record is checked."))?;
    let keep = fields.is_set("save");
    let answer = app.act(&who, move |site| -> Result<_, OperationError> {
        let mut new = BTreeMap::new();
        let (mut saved, mut problem) = (false, None);
        if keep {
            let saving = saving::save(site, &wanted, form.seen, form.edits)?;
            let changed = saving.conflicts.first().map(|conflict| {
                format!(
                    "Not saved: {} has changed {} meanwhile. Press Save to see both values.",
                    conflict.saved_by, conflict.column
                )
            });
            let first = saving.problems.into_iter().next();
            problem = changed.or(first.map(|found| found.why));
            saved = problem.is_none();
        } else {
            let cells = form.edits.into_iter().filter_map(|edit| match edit {
                DraftEdit::Cell(cell) if cell.record == record => Some((cell.column, cell.value)),
                _ => None,
            });
            new = cells.collect();
        }
        let version = match saved {
            true => draft(site, &wanted)?.version,
            false => form.seen,
        };
        let answer = |verdict, says| CheckAnswer {
            version,
            saved,
            verdict,
            says,
        };
        if let Some(says) = problem {
            return Ok(answer("problem", says));
        }
        Ok(match check_record(site, &wanted, record, &new) {
            Ok(checked) => answer(word(&checked), in_words(&checked)),
            Err(error) => answer("problem", error.sentences().join(" ")),
        })
    });
    answer.await.map(Json)
}

fn word(checked: &RecordCheck) -> &'static str {
    match checked.verdict {
        RecordVerdict::Accepted { .. }
        | RecordVerdict::Unchanged
        | RecordVerdict::Skipped { .. } => "accepted",
        RecordVerdict::Rejected => "rejected",
        RecordVerdict::Stopped { .. } => "problem",
    }
}

fn in_words(checked: &RecordCheck) -> String {
    let mut says = match &checked.verdict {
        RecordVerdict::Accepted { action } => format!("Would be accepted as {action}."),
        RecordVerdict::Unchanged => "Would be unchanged: it is as it was accepted last.".to_owned(),
        RecordVerdict::Skipped { why } => format!("Would be skipped: {why}."),
        RecordVerdict::Stopped { why } => why.clone(),
        RecordVerdict::Rejected => {
            let errors = checked.findings.iter().filter(|found| found.is_error());
            let errors = errors.map(|found| match found.field.is_empty() {
                true => format!("{}: {}", found.code, found.message),
                false => format!("{}, {}: {}", found.field, found.code, found.message),
            });
            let errors: Vec<String> = errors.collect();
            format!("Still rejected. {}", errors.join(" "))
        }
    };
    if checked.together_with < checked.others {
        says += &format!(
            " Judged together with {} of {} other corrected records.",
            checked.together_with, checked.others
        );
    }
    says
}

/// A row with its values unmasked.
#[derive(Template)]
#[template(path = "correct_reveal.html", config = "src/web/askama.toml")]
struct RevealPage {
    layout: Layout,
    record: u64,
    row: RevealedRow,
    back: String,
}

/// Shows a row unmasked, after it is in the event log; what stands in the fields is saved.
pub(in super::super) async fn reveal(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    if !who.may(Right::SeeValues) {
        return Err(Failure::forbidden(format!(
            "This needs the right to {}.",
            Right::SeeValues.words()
        )));
    }
    let wanted = parse(&reference)?;
    let form = CorrectForm::of(&fields)?;
    let record = fields.text("reveal").parse();
    let record: u64 = record.map_err(|_| Failure::invalid("Say which record is shown."))?;
    let (place, _) = match saved(&app, &who, &reference, form).await? {
        Ok(done) => done,
        Err(shown) => return Ok(shown),
    };
    let user = who.user().clone();
    let row = app
        .act(&who, move |site| reveal_row(site, &user, &wanted, record))
        .await?;
    let layout = Layout::of(&app, &who, format!("Line {} of run {reference}", row.line)).await?;
    Ok(html(&RevealPage {
        layout,
        record,
        row,
        back: at_row(&place.address(&reference), Some(record)),
    }))
}
