//! `/runs/REF`: one run, why it ended as it did, what it was made of and what came of it.

use super::minute;
use super::run_acts::{parameters_in_words, parse};
use crate::domain::masking::masked;
use crate::domain::totals::Amounts;
use crate::domain::{Right, RunStatus, RunSummary};
use crate::operations::{
    self, CodeCount, FileNumbers, HeldComparison, OperationError, RunChain, RunDetails, RunFile,
};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::in_path;
use crate::web::layout::{Layout, html};
use crate::web::pictures::Bar;
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::cmp::Reverse;

#[derive(Template)]
#[template(path = "run.html", config = "src/web/askama.toml")]
struct RunPage {
    layout: Layout,
    run: RunSummary,
    details: RunDetails,
    chain: RunChain,
    codes: Vec<CodeCount>,
    files: Vec<RunFile>,
    /// Beside the last file that was taken, where it is Held.
    compared: Option<HeldComparison>,
}

impl RunPage {
    fn may(&self, right: Right) -> bool {
        self.layout.may(right)
    }

    fn may_operate(&self) -> bool {
        self.may(Right::Operate)
    }

    fn may_release(&self) -> bool {
        self.may(Right::Release) && self.run.status == RunStatus::Held
    }

    fn may_correct(&self) -> bool {
        self.may(Right::Correct) && self.details.open_rejections > 0
    }

    fn may_fetch(&self, file: &RunFile) -> bool {
        self.may(file.right)
    }

    /// Where a file of the run is fetched, where who asks may and it is there.
    fn download(&self, file: &RunFile) -> Option<String> {
        let reference = &self.run.integration_reference_id;
        let there = file.size.is_some() && self.may_fetch(file);
        there.then(|| format!("/runs/{reference}/files/{}", in_path(&file.name)))
    }

    /// The numbers of a held file beside those of the last one that was taken.
    fn numbers(&self, compared: &HeldComparison) -> Vec<(&'static str, String, String)> {
        type Number = (&'static str, fn(&FileNumbers) -> String);
        let all: [Number; 11] = [
            ("Records", |of| of.records_processed.to_string()),
            ("Accepted", |of| of.records_accepted.to_string()),
            ("Created or added", |of| of.records_created.to_string()),
            ("Updated or changed", |of| of.records_updated.to_string()),
            ("Deactivated or stopped", |of| {
                of.records_deactivated.to_string()
            }),
            ("Missing employees", |of| of.employees_missing.to_string()),
            ("Deactivated because missing", |of| {
                of.deactivated_by_omission.to_string()
            }),
            ("Stopped because missing", |of| {
                of.stopped_by_omission.to_string()
            }),
            ("Rejected", |of| of.errors.to_string()),
            ("Employee amounts", |of| {
                of.amounts.employee.read.to_string()
            }),
            ("Employer amounts", |of| {
                of.amounts.employer.read.to_string()
            }),
        ];
        let row = |(name, number): Number| {
            let last = compared.last.as_ref().map(number).unwrap_or_default();
            (name, number(&compared.held), last)
        };
        all.into_iter().map(row).collect()
    }

    fn minute(&self, moment: &str) -> String {
        minute(moment)
    }

    fn source(&self) -> String {
        masked(&self.run.source_files.join(", "))
    }

    fn parameters(&self) -> String {
        parameters_in_words(&self.run)
    }

    fn records(&self) -> Bar {
        Bar::of(&self.run)
    }

    /// The amounts by what became of their records, where the run has any.
    fn amounts(&self) -> Vec<(&'static str, Amounts)> {
        let all = [
            ("Employee", self.run.amounts.employee),
            ("Employer", self.run.amounts.employer),
        ];
        let any = all
            .into_iter()
            .filter(|(_, amounts)| *amounts != Amounts::default());
        any.collect()
    }
}

pub(super) async fn show(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
) -> Result<Response, Failure> {
    let wanted = parse(&reference)?;
    let visible = who.visible();
    let (details, chain, files, compared) = app
        .read(move |site| {
            let details = operations::show(site, &wanted)?;
            let chain = operations::run_chain(site, &wanted, &visible)?;
            let files = operations::run_files(site, &wanted, &visible)?.files;
            let compared = match details.summary.status {
                RunStatus::Held => Some(operations::held_comparison(site, &wanted, &visible)?),
                _ => None,
            };
            Ok::<_, OperationError>((details, chain, files, compared))
        })
        .await?;
    let layout = Layout::of(&app, &who, format!("Run {reference}"))
        .await?
        .same_as(
            format!("feedgate show {reference}"),
            format!("GET /api/v1/runs/{reference}"),
        );
    let run = details.summary.clone();
    let found = run.findings.iter();
    let mut codes: Vec<CodeCount> = found
        .map(|(code, findings)| CodeCount {
            code: code.clone(),
            findings: *findings,
        })
        .collect();
    codes.sort_by_key(|code| Reverse(code.findings));
    Ok(html(&RunPage {
        layout,
        run,
        details,
        chain,
        codes,
        files,
        compared,
    }))
}
