//! `/runs/REF`: one run, why it ended as it did, what it was made of and what came of it.

use super::run_acts::{parameters_in_words, parse};
use crate::domain::masking::masked;
use crate::domain::totals::Amounts;
use crate::domain::{Right, RunStatus, RunSummary};
use crate::operations::{self, CodeCount, RunChain, RunDetails};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::pictures::Bar;
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::cmp::Reverse;

/// Rows of the list of what holds a file that are shown; the list itself is among the run's files.
const HELD_SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "run.html", config = "src/web/askama.toml")]
struct RunPage {
    layout: Layout,
    run: RunSummary,
    details: RunDetails,
    chain: RunChain,
    codes: Vec<CodeCount>,
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

    fn held(&self) -> &[operations::HeldEntry] {
        let all = &self.details.held;
        &all[..all.len().min(HELD_SHOWN)]
    }

    fn held_more(&self) -> usize {
        self.details.held.len().saturating_sub(HELD_SHOWN)
    }

    fn files(&self) -> String {
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
    let (details, chain) = app
        .read(move |site| {
            let details = operations::show(site, &wanted)?;
            let chain = operations::run_chain(site, &wanted, &visible)?;
            Ok::<_, operations::OperationError>((details, chain))
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
    }))
}
