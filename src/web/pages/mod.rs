//! The pages: what each is asked, which operation it calls, and what its template is given.

#![allow(
    clippy::unused_self,
    reason = "templates call methods of their page only"
)]

mod account_acts;
mod accounts;
mod column_map;
mod correct;
mod credentials;
mod employee_acts;
mod employees;
mod enrolment;
mod events;
mod explain;
mod files;
mod integration_acts;
mod integrations;
mod me;
mod open_enrollment;
mod own_factor;
mod run;
mod run_acts;
mod run_form;
mod runs;
mod schedules;
mod sign_in;

pub(super) use employee_acts::EmployeeQuery;
pub(super) use events::EventsQuery;
pub(super) use files::{FilesQuery, download};
pub(super) use run_acts::parse;
pub(super) use runs::RunsQuery;

use super::failure::Failure;
use super::guard::{Requires, SIGN_OUT};
use super::pictures::{Bar, Bars, DayShape, DayStrip};
use super::routes::Routes;
use crate::domain::Right;
use crate::operations::{DayEntry, DayOutcome, RunEntry};

const SEE: Requires = Requires::Right(Right::See);
const OPERATE: Requires = Requires::Right(Right::Operate);
const CORRECT: Requires = Requires::Right(Right::Correct);
const RELEASE: Requires = Requires::Right(Right::Release);
const ADMINISTER: Requires = Requires::Right(Right::Administer);

/// The routes of all pages.
pub(super) fn routes(table: Routes) -> Routes {
    correction_routes(enrollment_routes(account_routes(table)))
        .get("/sign-in", Requires::Nothing, sign_in::form)
        .post("/sign-in", Requires::Nothing, sign_in::sign_in)
        .get("/sign-in/{token}", Requires::Nothing, enrolment::form)
        .post("/sign-in/{token}", Requires::Nothing, enrolment::enrol)
        .post(SIGN_OUT, SEE, sign_in::sign_out)
        .get("/", SEE, integrations::list)
        .get("/integrations/{integration}", SEE, integrations::one)
        .post_file("/integrations/{integration}/upload", OPERATE, files::upload)
        .get("/integrations/{integration}/map", SEE, column_map::form)
        .post_file("/integrations/{integration}/map", SEE, column_map::show)
        .get("/schedules", SEE, schedules::list)
        .get("/files", SEE, files::list)
        .get("/runs/{reference}/files/{name}", SEE, files::download)
        .get(
            "/integrations/{integration}/pause",
            OPERATE,
            integration_acts::pause_form,
        )
        .post(
            "/integrations/{integration}/pause",
            OPERATE,
            integration_acts::pause,
        )
        .get(
            "/integrations/{integration}/resume",
            OPERATE,
            integration_acts::resume_form,
        )
        .post(
            "/integrations/{integration}/resume",
            OPERATE,
            integration_acts::resume,
        )
        .get("/integrations/{integration}/run", OPERATE, run_form::form)
        .post("/integrations/{integration}/run", OPERATE, run_form::run)
        .get("/runs", SEE, runs::list)
        .post("/runs/rerun", OPERATE, runs::rerun_many)
        .get("/runs/{reference}", SEE, run::show)
        .get("/runs/{reference}/rerun", OPERATE, run_acts::rerun_form)
        .post("/runs/{reference}/rerun", OPERATE, run_acts::rerun)
        .get("/runs/{reference}/release", RELEASE, run_acts::release_form)
        .post("/runs/{reference}/release", RELEASE, run_acts::release)
        .get("/runs/{reference}/refuse", RELEASE, run_acts::refuse_form)
        .post("/runs/{reference}/refuse", RELEASE, run_acts::refuse)
        .get("/employees", SEE, employees::list)
        .post("/employees/sync", CORRECT, employee_acts::sync)
        .post("/employees/level", CORRECT, employee_acts::level)
        .get("/employees/{roster}/{id}", SEE, employees::one)
        .get("/events", SEE, events::list)
        .get("/events/export", SEE, events::export)
        .get("/explain/{code}", SEE, explain::explain)
}

/// The routes of the Transaction Assistant.
fn correction_routes(table: Routes) -> Routes {
    table
        .get("/runs/{reference}/correct", SEE, correct::show)
        .post("/runs/{reference}/correct/save", CORRECT, correct::save)
        .post("/runs/{reference}/correct/check", CORRECT, correct::check)
        .post("/runs/{reference}/correct/revert", CORRECT, correct::revert)
        .post(
            "/runs/{reference}/correct/dismiss",
            CORRECT,
            correct::dismiss,
        )
        .post("/runs/{reference}/correct/reveal", CORRECT, correct::reveal)
        .post(
            "/runs/{reference}/correct/overwrite",
            CORRECT,
            correct::overwrite,
        )
        .post_file(
            "/runs/{reference}/correct/file",
            CORRECT,
            correct::bring_back,
        )
        .post(
            "/runs/{reference}/correct/resubmit",
            CORRECT,
            correct::resubmit,
        )
        .get(
            "/runs/{reference}/correct/resubmit",
            CORRECT,
            correct::confirm,
        )
        .post("/runs/{reference}/correct/submit", CORRECT, correct::submit)
}

/// The routes of the own account, and of those that an administrator manages.
fn account_routes(table: Routes) -> Routes {
    table
        .get("/me", SEE, me::show)
        .post("/me/sessions/end", SEE, me::end_session)
        .post("/me/password", SEE, me::change_password)
        .post("/me/second-factor", SEE, own_factor::begin)
        .post("/me/second-factor/confirm", SEE, own_factor::confirm)
        .post("/me/codes", SEE, own_factor::new_codes)
        .get("/accounts", ADMINISTER, accounts::list)
        .post("/accounts", ADMINISTER, account_acts::add)
        .get("/accounts/{account}", ADMINISTER, accounts::one)
        .post("/accounts/{account}", ADMINISTER, account_acts::change)
        .post(
            "/accounts/{account}/disable",
            ADMINISTER,
            account_acts::disable,
        )
        .post(
            "/accounts/{account}/enable",
            ADMINISTER,
            account_acts::enable,
        )
        .post(
            "/accounts/{account}/link",
            ADMINISTER,
            account_acts::new_link,
        )
        .post(
            "/accounts/{account}/reset-second-factor",
            ADMINISTER,
            account_acts::reset_second_factor,
        )
        .post(
            "/accounts/{account}/token",
            ADMINISTER,
            account_acts::new_token,
        )
        .post(
            "/accounts/{account}/revoke-token",
            ADMINISTER,
            account_acts::revoke_token,
        )
}

/// The routes of open enrollment: its page, and the steps.
fn enrollment_routes(table: Routes) -> Routes {
    table
        .get(
            "/integrations/{integration}/open-enrollment",
            SEE,
            open_enrollment::show,
        )
        .post(
            "/integrations/{integration}/open-enrollment/begin",
            OPERATE,
            open_enrollment::begin,
        )
        .post(
            "/integrations/{integration}/open-enrollment/run",
            OPERATE,
            open_enrollment::run,
        )
        .post(
            "/integrations/{integration}/open-enrollment/ask",
            OPERATE,
            open_enrollment::ask,
        )
        .post(
            "/integrations/{integration}/open-enrollment/answer",
            OPERATE,
            open_enrollment::note_answer,
        )
        .post(
            "/integrations/{integration}/open-enrollment/end",
            OPERATE,
            open_enrollment::end,
        )
}

/// The days of an integration as a picture.
fn strip(days: &[DayEntry]) -> String {
    let day = |entry: &DayEntry| {
        let runs = entry.runs.iter();
        let mut parts: Vec<String> = runs
            .map(|(status, count)| format!("{count} {status}"))
            .collect();
        if entry.late {
            parts.push("an expected file did not come".to_owned());
        }
        if entry.paused {
            parts.push("paused".to_owned());
        }
        if parts.is_empty() {
            parts.push("nothing ran".to_owned());
        }
        let shape = match entry.outcome {
            DayOutcome::Held => DayShape::Held,
            DayOutcome::Failed => DayShape::Failed,
            DayOutcome::Errors => DayShape::Errors,
            DayOutcome::Late => DayShape::Late,
            DayOutcome::Ok => DayShape::Good,
            DayOutcome::Paused => DayShape::Paused,
            DayOutcome::Nothing => DayShape::Nothing,
        };
        (format!("{}: {}", entry.day, parts.join(", ")), shape)
    };
    DayStrip(days.iter().map(day).collect()).to_string()
}

/// The records of runs as a picture; the runs come newest first.
fn bars(runs: &[RunEntry]) -> String {
    let bar = |entry: &RunEntry| Bar::of(&entry.run.summary);
    let bars: Vec<Bar> = runs.iter().rev().map(bar).collect();
    Bars(&bars).to_string()
}

/// A moment as a page shows it: `2026-11-20 05:30`, on the site's clock. Written with its offset it has the form of RFC 3339.
fn minute(moment: &str) -> String {
    let time = moment.get(11..16).unwrap_or_default();
    format!("{} {time}", moment.get(..10).unwrap_or(moment))
}

/// The answer to an address that no route has.
pub(super) async fn missing() -> Failure {
    Failure::not_found("There is no such page.")
}
