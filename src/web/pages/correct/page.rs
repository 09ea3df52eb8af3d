//! The page itself: groups by code, values that many records have, rows with their faulty cells, and the draft.

use super::form::{COUNT, EMPTY, FROM, SUGGESTED, TO};
use super::place::{PagePlace, at_row};
use super::rows::CorrectRow;
use super::saving::Problem;
use crate::domain::{Cause, Code, ReferenceId, Right, RunStatus, RunSummary};
use crate::operations::correction::{
    CodeGroup, DistinctValue, DistinctValues, DraftView, RejectionGroups, Remedy, ShownAct,
    ShownEntry, check_draft, distinct_values, draft, rejection_groups, rejections,
};
use crate::operations::{self, OperationError, RunFile, Site, Visible};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::in_path;
use crate::web::layout::{Layout, html};
use crate::web::pages::minute;
use crate::web::pages::run_acts::parse;
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;

/// The newest entries of the draft that are listed.
const ENTRIES_LISTED: usize = 50;

#[derive(Template)]
#[template(path = "correct.html", config = "src/web/askama.toml")]
struct CorrectPage {
    layout: Layout,
    run: RunSummary,
    place: PagePlace,
    groups: RejectionGroups,
    /// The code of the group that is shown, or of the only one.
    code: Option<Code>,
    values: Vec<DistinctValues>,
    rows: Vec<CorrectRow>,
    next: Option<String>,
    /// Why no values are shown.
    without_values: Option<String>,
    /// What holds the corrections that are shown, were they sent alone.
    stopped: Vec<String>,
    version: u64,
    draft: DraftView,
    files: Vec<RunFile>,
    problems: Vec<Problem>,
}

/// The page of a run that has nothing to correct.
#[derive(Template)]
#[template(path = "nothing_to_correct.html", config = "src/web/askama.toml")]
struct NothingToCorrectPage {
    layout: Layout,
    run: RunSummary,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "templates pass references"
)]
impl CorrectPage {
    fn reference(&self) -> &str {
        self.run.integration_reference_id.as_str()
    }

    fn may_correct(&self) -> bool {
        self.layout.may(Right::Correct) && self.without_values.is_none()
    }

    fn may_reveal(&self) -> bool {
        self.may_correct() && self.layout.may(Right::SeeValues)
    }

    fn is_shown(&self, group: &CodeGroup) -> bool {
        self.code == Some(group.code)
    }

    /// The address of the rows of one group, or of all.
    fn of_group(&self, code: Option<&Code>) -> String {
        let place = PagePlace {
            code: code.map(|code| code.as_str().to_owned()),
            ..PagePlace::default()
        };
        format!("{}#groups", place.address(self.reference()))
    }

    /// The group that is asked for, or all.
    fn listed_groups(&self) -> Vec<&CodeGroup> {
        let all = self.groups.groups.iter();
        all.filter(|group| self.place.code.is_none() || self.is_shown(group))
            .collect()
    }

    fn next_page(&self, next: &str) -> String {
        let place = PagePlace {
            after: Some(next.to_owned()),
            show: None,
            ..self.place.clone()
        };
        at_row(&place.address(self.reference()), None)
    }

    fn first_page(&self) -> Option<String> {
        self.place
            .after
            .as_deref()
            .filter(|after| !after.is_empty())?;
        Some(self.of_group(self.code.as_ref().filter(|_| self.place.code.is_some())))
    }

    fn columns(&self, group: &CodeGroup) -> String {
        let columns = group.columns.iter();
        let columns: Vec<String> = columns.map(|(name, of)| format!("{name} ({of})")).collect();
        columns.join(", ")
    }

    /// How many of a group are in the roster by now, and since when.
    fn in_roster(&self, group: &CodeGroup) -> Option<(u64, String)> {
        match &group.remedy {
            Some(Remedy::InRoster { records, since }) => Some((*records, minute(since))),
            _ => None,
        }
    }

    fn table(&self, group: &CodeGroup) -> Option<String> {
        match &group.remedy {
            Some(Remedy::CrossReference { table }) => Some(table.clone()),
            _ => None,
        }
    }

    fn date_choices(&self, group: &CodeGroup) -> Vec<String> {
        match &group.remedy {
            Some(Remedy::DateForms { choices }) => choices.clone(),
            _ => Vec::new(),
        }
    }

    /// Whether the records of a group may be right as they are, once its cause is mended.
    fn may_be_right(&self, group: &CodeGroup) -> bool {
        let elsewhere = matches!(group.cause, Cause::Configuration | Cause::Order);
        elsewhere && group.code != Code::SubscriberUnknown
    }

    fn field(&self, kind: &str, values: &DistinctValues, place: &usize) -> String {
        format!("{kind}{}.{place}", values.column)
    }

    fn from(&self, values: &DistinctValues, place: &usize) -> String {
        self.field(FROM, values, place)
    }

    fn count(&self, values: &DistinctValues, place: &usize) -> String {
        self.field(COUNT, values, place)
    }

    fn to(&self, values: &DistinctValues, place: &usize) -> String {
        self.field(TO, values, place)
    }

    fn empty(&self, values: &DistinctValues, place: &usize) -> String {
        self.field(EMPTY, values, place)
    }

    fn suggested(&self, values: &DistinctValues, place: &usize) -> String {
        self.field(SUGGESTED, values, place)
    }

    /// What a value is called where it can't be seen.
    fn called(&self, value: &DistinctValue) -> String {
        match value.value.trim().is_empty() {
            true => "(empty)".to_owned(),
            false => value.value.clone(),
        }
    }

    fn minute(&self, moment: &str) -> String {
        minute(moment)
    }

    /// The newest entries of the draft, newest first.
    fn entries(&self) -> Vec<&ShownEntry> {
        self.draft
            .entries
            .iter()
            .rev()
            .take(ENTRIES_LISTED)
            .collect()
    }

    fn more_entries(&self) -> usize {
        self.draft.entries.len().saturating_sub(ENTRIES_LISTED)
    }

    /// What an entry changes.
    fn says(&self, entry: &ShownEntry) -> String {
        let called = |text: &str| match text.is_empty() {
            true => "(empty)".to_owned(),
            false => format!("“{text}”"),
        };
        match &entry.act {
            ShownAct::Edit {
                record,
                column,
                value,
            } => {
                format!("Record {record}, {column}: {}", called(value.text()))
            }
            ShownAct::Replace {
                column,
                from,
                to,
                records,
            } => format!(
                "{column}: {} in the place of {} in {records} records",
                called(to.text()),
                called(from.text())
            ),
            ShownAct::Upload { cells } => {
                format!("{cells} cells from a corrected rejects file")
            }
            ShownAct::Dismiss { records, why } => match &records[..] {
                [record] => format!("Record {record} is not to be sent: {why}"),
                records => format!("{} records are not to be sent: {why}", records.len()),
            },
        }
    }

    /// The rejects files that are there, each with the address that it is fetched from.
    fn rejects(&self) -> Vec<(String, &str)> {
        let all = self.files.iter();
        let there = all.filter(|file| file.what.starts_with("rejects") && file.size.is_some());
        let may = there.filter(|file| self.layout.may(file.right));
        let reference = self.reference();
        may.map(|file| {
            let address = format!("/runs/{reference}/files/{}", in_path(&file.name));
            (address, file.name.as_str())
        })
        .collect()
    }
}

pub(in super::super) async fn show(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Query(place): Query<PagePlace>,
) -> Result<Response, Failure> {
    page(&app, &who, &reference, place, Vec::new()).await
}

/// The page, with what of the form that led here was not saved.
pub(super) async fn page(
    app: &App,
    who: &Who,
    reference: &str,
    place: PagePlace,
    problems: Vec<Problem>,
) -> Result<Response, Failure> {
    let wanted = parse(reference)?;
    let asked = place.code()?;
    let (visible, at) = (who.visible(), place.clone());
    let shown = app
        .read(move |site| Shown::of(site, &wanted, (&at, asked), &visible))
        .await?;
    let layout = Layout::of(app, who, format!("Correct run {reference}"))
        .await?
        .same_as(
            format!("feedgate rejects {reference}"),
            format!("GET /api/v1/runs/{reference}/rejections"),
        );
    let Shown {
        run,
        found: Some(found),
    } = shown
    else {
        let run = shown.run;
        return Ok(html(&NothingToCorrectPage { layout, run }));
    };
    let refused = !problems.is_empty();
    let response = html(&CorrectPage {
        layout,
        run,
        place,
        groups: found.groups,
        code: found.code,
        values: found.values,
        rows: found.rows,
        next: found.next,
        without_values: found.without_values,
        stopped: found.stopped,
        version: found.version,
        draft: found.draft,
        files: found.files,
        problems,
    });
    Ok(match refused {
        true => (StatusCode::UNPROCESSABLE_ENTITY, response).into_response(),
        false => response,
    })
}

/// What the page shows of a run.
struct Shown {
    run: RunSummary,
    /// None where the run has nothing that can be corrected.
    found: Option<FoundRecords>,
}

struct FoundRecords {
    groups: RejectionGroups,
    code: Option<Code>,
    values: Vec<DistinctValues>,
    rows: Vec<CorrectRow>,
    next: Option<String>,
    without_values: Option<String>,
    stopped: Vec<String>,
    version: u64,
    draft: DraftView,
    files: Vec<RunFile>,
}

impl Shown {
    fn of(
        site: &Site,
        reference: &ReferenceId,
        (place, asked): (&PagePlace, Option<Code>),
        visible: &Visible,
    ) -> Result<Shown, OperationError> {
        let run = operations::show(site, reference)?.summary;
        if run.status != RunStatus::CompletedWithErrors {
            return Ok(Shown { run, found: None });
        }
        let groups = rejection_groups(site, reference)?;
        // Where all have one cause, its values are shown at once.
        let code = asked.or(match &groups.groups[..] {
            [only] => Some(only.code),
            _ => None,
        });
        let page = rejections(site, reference, &place.filter(asked))?;
        let readable = page.without_values.is_none() && !page.rejections.is_empty();
        let group = groups.groups.iter().find(|group| Some(group.code) == code);
        let values = match group.filter(|_| readable) {
            Some(group) => {
                let columns: Vec<String> = group.columns.keys().cloned().collect();
                distinct_values(site, reference, group.code, &columns)?
            }
            None => Vec::new(),
        };
        let changed = page.rejections.iter().filter(|row| {
            let mut cells = row.cells.iter();
            cells.any(|cell| cell.changed.is_some()) && row.not_to_be_sent.is_none()
        });
        let changed: BTreeSet<u64> = changed.map(|row| row.record).collect();
        let check = match changed.is_empty() {
            true => None,
            false => Some(check_draft(site, reference, Some(&changed))?),
        };
        let rows = page.rejections.into_iter().map(|row| {
            let open = place.show == Some(row.record);
            CorrectRow::of(row, check.as_ref(), open)
        });
        let found = FoundRecords {
            rows: rows.collect(),
            groups,
            code,
            values,
            next: page.next,
            without_values: page.without_values,
            stopped: check.map(|check| check.stopped).unwrap_or_default(),
            version: page.version,
            draft: draft(site, reference)?,
            files: operations::run_files(site, reference, visible)?.files,
        };
        let found = Some(found);
        Ok(Shown { run, found })
    }
}
