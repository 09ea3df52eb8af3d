//! Open enrollment of an integration of deductions, step by step: its files wait while a person imports those of the new plan
//! year, the carrier looks at the outcome, and from a day on files go by themselves again.
//!
//! The steps call the operations that there are for them: `pause`, `run`, `resume`. Kept are only what nothing else tells: the
//! plan year, whose word is waited for, and what it was. Each step can be repeated after a crash.

use super::error::{OperationError, Result};
use super::history::{ListedRun, listed};
use super::pause::{PauseEntry, Resumed, pause, resume};
use super::visible::Visible;
use crate::config::Integration;
use crate::domain::masking::masked;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Enrollment, Kind, RunStatus};
use crate::ledger::{
    EnrollmentStep, EnrollmentStepKind, Event, EventAction, Ledger, Pause, RunFilter,
};
use crate::run::RunRequest;
use crate::site::Site;
use crate::status::to_the_second;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::Serialize;

/// Imports that are listed.
const RUNS_LISTED: usize = 20;
/// Runs of the integration among which they are looked for.
const RUNS_LOOKED_AT: usize = 500;
/// Characters of the longest note.
const LONGEST_NOTE: usize = 500;

/// How far the open enrollment of an integration is.
#[derive(Debug, Serialize)]
pub(crate) struct OpenEnrollment {
    pub(crate) integration: String,
    pub(crate) stage: EnrollmentStage,
    /// The first days of the plan years that it can be for.
    pub(crate) plan_years: Vec<NaiveDate>,
    /// The first day of the plan year that it is for.
    pub(crate) plan_year: Option<NaiveDate>,
    pub(crate) begun: Option<NotedStep>,
    /// The pause that lasts, if one does.
    pub(crate) pause: Option<PauseEntry>,
    /// Imports of the plan year since it began, the newest first.
    pub(crate) runs: Vec<ListedRun>,
    /// Whose word is waited for, and since when.
    pub(crate) asked: Option<NotedStep>,
    /// What the carrier said.
    pub(crate) answered: Option<NotedStep>,
}

/// What a person noted, who it was, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NotedStep {
    pub(crate) note: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) user: String,
}

/// The step that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnrollmentStage {
    /// It has not begun.
    Begin,
    /// The files of the plan year have to be imported.
    Run,
    /// The carrier has to be asked to look at them.
    Ask,
    /// The carrier has to answer.
    Wait,
    /// The integration can go on by itself.
    Resume,
}

/// How far the open enrollment of an integration is.
///
/// # Errors
/// There is no such integration, it may not be seen, it has no open enrollment, or the ledger can't be read.
pub(crate) fn open_enrollment(
    site: &Site,
    integration: &str,
    visible: &Visible,
) -> Result<OpenEnrollment> {
    let integration = enrolling(site, visible.integration(site, integration)?)?;
    let ledger = &*site.ledger_for_reading()?;
    let steps = ledger.enrollment_steps(&integration.name)?;
    let step = |kind| {
        steps
            .iter()
            .find(|step| step.kind == kind)
            .map(NotedStep::of)
    };
    let begun = step(EnrollmentStepKind::Begun);
    let plan_year = plan_year_of(&steps);
    let runs = match (&begun, plan_year) {
        (Some(begun), Some(year)) => imports(ledger, &integration.name, begun.at.to_utc(), year)?,
        _ => Vec::new(),
    };
    let (asked, answered) = (
        step(EnrollmentStepKind::Asked),
        step(EnrollmentStepKind::Answered),
    );
    let pause = lasting_pause(site, ledger, &integration.name)?;
    Ok(OpenEnrollment {
        integration: integration.name.clone(),
        stage: match (&begun, &asked, &answered) {
            (None, ..) => EnrollmentStage::Begin,
            (_, _, Some(_)) => EnrollmentStage::Resume,
            (_, Some(_), None) => EnrollmentStage::Wait,
            _ if runs.iter().any(is_imported) => EnrollmentStage::Ask,
            _ => EnrollmentStage::Run,
        },
        plan_years: plan_years(site),
        plan_year,
        begun,
        pause: pause.map(PauseEntry::from),
        runs,
        asked,
        answered,
    })
}

impl NotedStep {
    fn of(step: &EnrollmentStep) -> NotedStep {
        NotedStep {
            note: step.note.clone(),
            at: step.at,
            user: step.user.clone(),
        }
    }
}

/// Whether an integration has open enrollments: that of deductions on a site with plan years.
pub(crate) fn has_open_enrollment(site: &Site, integration: &Integration) -> bool {
    integration.kind == Kind::Deduction && !site.config.plan_years.is_empty()
}

fn enrolling<'s>(site: &Site, integration: &'s Integration) -> Result<&'s Integration> {
    match has_open_enrollment(site, integration) {
        true => Ok(integration),
        false => Err(OperationError::usage(format!(
            "{} has no open enrollment: that is for deductions, and needs a [[plan_year]] in the configuration",
            integration.name
        ))),
    }
}

/// The first days of the plan years that have not ended.
fn plan_years(site: &Site) -> Vec<NaiveDate> {
    let today = site.today();
    let years = site.config.plan_years.iter();
    let open = years.filter(|year| year.end >= today);
    open.map(|year| year.start).collect()
}

fn plan_year_of(steps: &[EnrollmentStep]) -> Option<NaiveDate> {
    let begun = steps.iter().find(|s| s.kind == EnrollmentStepKind::Begun)?;
    begun.note.parse().ok()
}

/// The runs of an integration that imported a plan year by hand since a moment.
fn imports(
    ledger: &dyn Ledger,
    integration: &str,
    since: DateTime<Utc>,
    year: NaiveDate,
) -> Result<Vec<ListedRun>> {
    let filter = RunFilter {
        integration: Some(integration.to_owned()),
        since: Some(since),
        ..RunFilter::default()
    };
    let runs = ledger.runs(&filter, RUNS_LOOKED_AT)?.into_iter();
    let imports = runs.map(listed).filter(|run| {
        let parameters = &run.summary.parameters;
        parameters.enrollment == Enrollment::Open && parameters.plan_year_start_date == Some(year)
    });
    Ok(imports.take(RUNS_LISTED).collect())
}

fn is_imported(run: &ListedRun) -> bool {
    let status = run.summary.status;
    matches!(
        status,
        RunStatus::Completed | RunStatus::CompletedWithErrors
    )
}

fn lasting_pause(site: &Site, ledger: &dyn Ledger, name: &str) -> Result<Option<Pause>> {
    let now = site.now();
    let lasts = |p: &Pause| p.until.is_none_or(|until| until > now);
    let mut pauses = ledger.pauses()?.into_iter();
    Ok(pauses.find(|p| p.name.as_deref() == Some(name) && lasts(p)))
}

/// The integration, and the plan year of its open enrollment, which has begun.
fn begun<'s>(
    site: &'s Site,
    integration: &str,
    visible: &Visible,
) -> Result<(&'s Integration, NaiveDate)> {
    let integration = enrolling(site, visible.integration(site, integration)?)?;
    let steps = site
        .ledger_for_reading()?
        .enrollment_steps(&integration.name)?;
    let year = plan_year_of(&steps).ok_or_else(|| {
        OperationError::usage(format!(
            "the open enrollment of {} has not begun, or has ended",
            integration.name
        ))
    })?;
    Ok((integration, year))
}

/// Begins the open enrollment for the plan year that begins on a day: the integration is paused until it ends.
///
/// # Errors
/// It has begun before, there is no such plan year, or as [`open_enrollment`].
pub(crate) fn begin_open_enrollment(
    site: &Site,
    integration: &str,
    plan_year: NaiveDate,
    visible: &Visible,
) -> Result<()> {
    let integration = enrolling(site, visible.integration(site, integration)?)?;
    let name = &integration.name;
    if !plan_years(site).contains(&plan_year) {
        return Err(OperationError::usage(format!(
            "no plan year that begins on {plan_year} is open; add a [[plan_year]] to the configuration"
        )));
    }
    let ledger = site.ledger_for_reading()?;
    if plan_year_of(&ledger.enrollment_steps(name)?).is_some() {
        return Err(OperationError::usage(format!(
            "the open enrollment of {name} has begun already"
        )));
    }
    // A pause without an end is as good, and has its own reason. The pause comes first: what is noted has it.
    if lasting_pause(site, &*ledger, name)?.is_none_or(|pause| pause.until.is_some()) {
        let why = format!("open enrollment for the plan year from {plan_year}");
        pause(site, name, None, Some(&why))?;
    }
    let said = format!("begun for the plan year from {plan_year}");
    note(
        site,
        name,
        EnrollmentStepKind::Begun,
        plan_year.to_string(),
        said,
    )
}

/// The run that imports what waits for the plan year of the open enrollment.
///
/// # Errors
/// It has not begun, or as [`open_enrollment`].
pub(crate) fn enrollment_run(
    site: &Site,
    integration: &str,
    delta: bool,
    visible: &Visible,
) -> Result<RunRequest> {
    let (integration, year) = begun(site, integration, visible)?;
    Ok(RunRequest {
        name: integration.name.clone(),
        given: GivenParameters {
            delta: Some(delta),
            enrollment: Some(Enrollment::Open),
            plan_year_start_date: Some(year),
            ..GivenParameters::default()
        },
        ..RunRequest::default()
    })
}

/// Notes that the carrier, or who else has to agree, looks at what was imported.
///
/// # Errors
/// Nothing was imported yet, the note can't be one, or as [`enrollment_run`].
pub(crate) fn ask_carrier(
    site: &Site,
    integration: &str,
    who: &str,
    visible: &Visible,
) -> Result<()> {
    let name = &begun(site, integration, visible)?.0.name;
    if open_enrollment(site, name, visible)?.stage < EnrollmentStage::Ask {
        return Err(OperationError::usage(format!(
            "nothing was imported yet for the open enrollment of {name}; run it first"
        )));
    }
    let who = read_note(who)?;
    let said = format!("waiting for {who}");
    note(site, name, EnrollmentStepKind::Asked, who, said)
}

/// Notes what the carrier said.
///
/// # Errors
/// No carrier was asked, the note can't be one, or as [`enrollment_run`].
pub(crate) fn note_answer(
    site: &Site,
    integration: &str,
    answer: &str,
    visible: &Visible,
) -> Result<()> {
    let name = &begun(site, integration, visible)?.0.name;
    if open_enrollment(site, name, visible)?.stage < EnrollmentStage::Wait {
        return Err(OperationError::usage(
            "note first whose answer is waited for",
        ));
    }
    let answer = read_note(answer)?;
    let said = format!("answer: {answer}");
    note(site, name, EnrollmentStepKind::Answered, answer, said)
}

/// Ends the open enrollment: files go by themselves from a day on, or at once.
///
/// # Errors
/// The day has begun, or as [`enrollment_run`].
pub(crate) fn end_open_enrollment(
    site: &Site,
    integration: &str,
    from: Option<NaiveDate>,
    visible: &Visible,
) -> Result<Option<Resumed>> {
    let name = &begun(site, integration, visible)?.0.name;
    let paused = lasting_pause(site, &*site.ledger_for_reading()?, name)?.is_some();
    // It may have been resumed in another way, or by this before a crash.
    let resumed = paused.then(|| resume(site, name, from)).transpose()?;
    let said = match from {
        Some(day) => format!("ended; files go by themselves from {day}"),
        None => "ended; files go by themselves".to_owned(),
    };
    let ended = event(site, name, said);
    site.ledger()?.end_open_enrollment(name, &ended)?;
    Ok(resumed.and_then(|resumed| resumed.all().first().cloned()))
}

fn note(
    site: &Site,
    integration: &str,
    kind: EnrollmentStepKind,
    note: String,
    said: String,
) -> Result<()> {
    let step = EnrollmentStep {
        kind,
        note,
        at: site.now(),
        user: site.user().to_owned(),
    };
    let event = event(site, integration, said);
    let mut ledger = site.ledger()?;
    Ok(ledger.note_enrollment_step(integration, &step, &event)?)
}

fn event(site: &Site, integration: &str, said: String) -> Event {
    Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: EventAction::OpenEnrollment,
        subject: integration.to_owned(),
        why: Some(said),
    }
}

/// A note as a person typed it; what looks like a number of a person is masked.
fn read_note(text: &str) -> Result<String> {
    let text = text.trim();
    let long = text.chars().count() > LONGEST_NOTE;
    if text.is_empty() || long || text.chars().any(char::is_control) {
        return Err(OperationError::usage(format!(
            "write one line of at most {LONGEST_NOTE} characters"
        )));
    }
    Ok(masked(text))
}
