//! Sending corrections off: the page that says what would go, and the act, which is done once however often it is asked.

use super::acts::saved;
use super::form::CorrectForm;
use super::place::at_row;
use crate::domain::{Code, ReferenceId};
use crate::operations::correction::{
    AsTheyAre, Chosen, RecordCheck, RecordsAndAmounts, SubmissionPlan, SubmissionRequest,
    SubmissionState, Submitted, new_submission_id, plan_submission, submit as submit_corrections,
};
use crate::operations::{OperationError, Site, explain};
use crate::site::RunError;
use crate::web::app::{App, PageCaller};
use crate::web::failure::Failure;
use crate::web::fields::{Fields, query};
use crate::web::layout::{Layout, html};
use crate::web::pages::run_acts::parse;
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The word for those whose subscribers are in the roster by now.
const IN_ROSTER: &str = "in-roster";
/// The word for corrected records that would be accepted.
const ACCEPTED: &str = "accepted";
/// How long the same request, sent again, waits for the first one.
const SAME_PATIENCE: Duration = Duration::from_secs(20);
/// After how long it looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// What stands before the number of a record that goes as it is.
const RECORD: &str = "record-";
/// Records that would be rejected again that are listed.
const REJECTED_LISTED: usize = 20;

/// What is to be sent, as the address says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Sending {
    /// Which records go as they are: one of them, those of a code, or those whose subscribers are in the roster by now. Then
    /// none else go. Empty: the corrected ones go.
    unchanged: String,
}

impl Sending {
    /// As the operation takes it.
    ///
    /// # Errors
    /// There is no such code.
    fn request(&self, id: String, seen: u64, which: &str) -> Result<SubmissionRequest, Failure> {
        let code = |text: &str| -> Result<Code, Failure> {
            let found = explain(text).map(|found| found.code);
            found.map_err(|error| Failure::invalid(error.sentences().join(" ")))
        };
        let as_they_are = match self.unchanged.as_str() {
            "" => AsTheyAre::None,
            IN_ROSTER => AsTheyAre::InRoster,
            text => match text.strip_prefix(RECORD).map(str::parse) {
                Some(Ok(record)) => AsTheyAre::These(BTreeSet::from([record])),
                Some(Err(_)) => return Err(Failure::invalid("There is no such record.")),
                None => AsTheyAre::WithCode(code(text)?),
            },
        };
        let chosen = match (&as_they_are, which) {
            (AsTheyAre::None, ACCEPTED) => Chosen::WouldBeAccepted,
            (AsTheyAre::None, _) => Chosen::AllCorrected,
            _ => Chosen::These(BTreeSet::new()),
        };
        Ok(SubmissionRequest {
            id,
            seen,
            dismiss: as_they_are == AsTheyAre::None,
            chosen,
            as_they_are,
        })
    }
}

#[derive(Template)]
#[template(path = "correct_confirm.html", config = "src/web/askama.toml")]
struct ConfirmPage {
    layout: Layout,
    reference: String,
    sending: Sending,
    id: String,
    plan: SubmissionPlan,
}

impl ConfirmPage {
    fn parts(&self) -> [(&'static str, &RecordsAndAmounts); 3] {
        let plan = &self.plan;
        [
            ("Sent", &plan.going),
            ("Dismissed", &plan.dismissed),
            ("Left open", &plan.staying),
        ]
    }

    fn with_amounts(&self) -> bool {
        let none = RecordsAndAmounts::default();
        self.parts()
            .iter()
            .any(|(_, part)| part.employee != none.employee || part.employer != none.employer)
    }

    fn rejected(&self) -> &[RecordCheck] {
        let all = &self.plan.check.rejected;
        &all[..all.len().min(REJECTED_LISTED)]
    }

    /// How many would be accepted, where some of the corrected ones would not.
    fn accepted_ones(&self) -> Option<u64> {
        let rejected = self.plan.check.rejected.len() as u64;
        let rest = self.plan.going.records.saturating_sub(rejected);
        (rejected > 0 && rest > 0 && self.sending.unchanged.is_empty()).then_some(rest)
    }

    fn why(&self, check: &RecordCheck) -> String {
        let errors = check.findings.iter().filter(|found| found.is_error());
        let errors: Vec<String> = errors
            .map(|found| format!("{}: {}", found.code, found.message))
            .collect();
        errors.join(" ")
    }
}

/// Saves what stands in the fields, and goes to the page that asks.
pub(in super::super) async fn resubmit(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let form = CorrectForm::of(&fields)?;
    if let Err(shown) = saved(&app, &who, &reference, form).await? {
        return Ok(shown);
    }
    let unchanged = query(&[("unchanged", fields.text("unchanged"))]);
    let to = format!("/runs/{reference}/correct/resubmit{unchanged}");
    Ok(Redirect::to(&to).into_response())
}

/// Says what would be sent, and asks.
pub(in super::super) async fn confirm(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    Query(sending): Query<Sending>,
) -> Result<Response, Failure> {
    let wanted = parse(&reference)?;
    let id = new_submission_id()?;
    let request = sending.request(id.clone(), 0, "")?;
    let plan = app
        .read(move |site| plan_submission(site, &wanted, &request))
        .await?;
    let layout = Layout::of(
        &app,
        &who,
        format!("Resubmit corrections of run {reference}"),
    )
    .await?
    .same_as(
        format!("feedgate resubmit {reference} --file FILE"),
        format!("POST /api/v1/runs/{reference}/resubmit"),
    );
    Ok(html(&ConfirmPage {
        layout,
        reference,
        sending,
        id,
        plan,
    }))
}

/// Sends the corrections off, and follows to their run.
pub(in super::super) async fn submit(
    State(app): State<App>,
    who: Who,
    Path(reference): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let wanted = parse(&reference)?;
    let sending = Sending {
        unchanged: fields.text("unchanged").to_owned(),
    };
    let seen = fields.text("seen").parse().unwrap_or_default();
    let request = sending.request(fields.text("id").to_owned(), seen, fields.text("which"))?;
    let done = app
        .act(&who, move |site| until_done(site, &wanted, &request))
        .await?;
    let say = |sentence: String| app.flashes().say(&who.session(), sentence);
    let page = format!("/runs/{reference}/correct");
    let again = query(&[("unchanged", &sending.unchanged)]);
    let to = match (&done.state, &done.run) {
        (SubmissionState::DraftChanged, _) => {
            say("The draft was changed meanwhile, so nothing was sent. Look again.".to_owned());
            format!("{page}/resubmit{again}")
        }
        (SubmissionState::UnderWay, None) => {
            say("The daemon is at it. This page shows what is left when it is done.".to_owned());
            at_row(&page, None)
        }
        (SubmissionState::UnderWay | SubmissionState::Done, Some(run)) => {
            say(format!(
                "Sent as run {run}. Of run {reference}: {}.",
                done.proof.in_words()
            ));
            format!("/runs/{run}")
        }
        (SubmissionState::Done, None) => {
            say(format!("Done: {}.", done.proof.in_words()));
            page
        }
        (SubmissionState::Refused, _) => {
            say("Nothing was sent.".to_owned());
            page
        }
    };
    done.failure.into_iter().for_each(say);
    done.notes.into_iter().for_each(say);
    Ok(Redirect::to(&to).into_response())
}

/// Sends corrections off. Where others are being sent, or the same request came before, its end is waited for.
fn until_done(
    site: &Site,
    reference: &ReferenceId,
    request: &SubmissionRequest,
) -> Result<Submitted, OperationError> {
    let until = Instant::now() + SAME_PATIENCE;
    loop {
        let done = submit_corrections(site, reference, request, &PageCaller::default());
        let under_way = match &done {
            Ok(done) => done.state == SubmissionState::UnderWay,
            Err(OperationError::Run(RunError::Busy(_))) => true,
            Err(_) => false,
        };
        if !under_way || Instant::now() >= until {
            return done;
        }
        sleep(LOOK_AGAIN);
    }
}
