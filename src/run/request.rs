//! Running an integration or a set over what waits.

use super::error::{Result, RunError};
use super::inbound::{Inbound, Now};
use super::member::Member;
use super::plan;
use super::site::Site;
use super::watch::Watch;
use crate::config::Integration;
use crate::domain::masking;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Enrollment, Kind, Parameters, RunStatus, RunSummary};
use crate::rules::parameters::problems;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// An integration or a set.
    pub name: String,
    /// One file instead of what waits in inbound.
    pub file: Option<PathBuf>,
    /// Parameters; what isn't given comes from the integration.
    pub given: GivenParameters,
    /// The run name.
    pub run_name: Option<String>,
    /// Wait until nobody else runs the integration.
    pub wait: bool,
    /// Nobody watches: what keeps unattended runs back keeps this one back.
    #[serde(default)]
    pub unattended: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Ended {
    /// The runs in their order.
    pub summaries: Vec<RunSummary>,
    /// Whether to show them as a list.
    pub many: bool,
    /// How many whole files were left for later.
    pub waiting: usize,
    /// How many files were left because they are still on their way.
    pub arriving: usize,
    /// How many files were left because they could not be claimed; their runs are Failed.
    pub stuck: usize,
    /// What kept the rest from happening, if not all could be done.
    pub failure: Option<RunError>,
    /// The exit code of all of them together.
    pub exit_code: u8,
}

/// Runs an integration or a set now, in the foreground.
///
/// # Errors
/// Before anything is touched: unknown names and bad parameters (all of them), a missing file, a busy integration.
/// What goes wrong later is [`Ended::failure`], beside the runs that ended before it.
pub fn run(site: &Site, request: &Request, watch: &dyn Watch) -> Result<Ended> {
    run_from(site, request, &Now, watch)
}

/// The same over what somebody else knows to wait in inbound.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_from(
    site: &Site,
    request: &Request,
    inbound: &dyn Inbound,
    watch: &dyn Watch,
) -> Result<Ended> {
    let plans = plans(site, request, site.today())?;
    let set = site.config.set(&request.name);
    let process = set.map(|s| s.name.as_str());
    let abort = set.is_some_and(|s| s.abort_on_failure);
    let file = request.file.as_deref().map(existing).transpose()?;
    let mut summaries = Vec::new();
    let mut failure = None;
    let mut left = false;
    let (mut waiting, mut arriving, mut stuck) = (0, 0, 0);
    for (integration, parameters) in plans {
        let member = Member {
            site,
            integration,
            parameters,
            process,
            run_name: request.run_name.as_deref(),
            unattended: request.unattended,
            inbound,
            watch,
        };
        let before = summaries.len();
        match member.run(file.as_deref(), request.wait, &mut summaries) {
            Ok(rest) => {
                left |= rest.waiting + rest.arriving > 0;
                waiting += rest.waiting;
                arriving += rest.arriving;
                stuck += rest.stuck;
            }
            // A set passes over what waits.
            Err(RunError::Waits(why)) if process.is_some() => {
                watch.note(&why);
                left = true;
            }
            Err(error) if summaries.is_empty() => return Err(error),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
        let failed = summaries[before..]
            .iter()
            .any(|s| s.status != RunStatus::Completed);
        if failed && abort {
            watch.note(&format!(
                "the set stops after {}: a run did not end Completed",
                integration.name
            ));
            break;
        }
    }
    let nothing = summaries.is_empty() && !left;
    let expected = nothing && site.config.expects_file(&request.name);
    if nothing {
        watch.note(&format!("{}: nothing to process", request.name));
    }
    let worst = summaries
        .iter()
        .map(|s| s.status)
        .chain(left.then_some(RunStatus::Scheduled))
        .max_by_key(|s| gravity(*s));
    let exit_code = match &failure {
        Some(error) => error.exit_code(),
        None if expected => 4,
        None => worst.map_or(0, RunStatus::exit_code),
    };
    Ok(Ended {
        many: process.is_some() || summaries.len() != 1,
        exit_code,
        waiting,
        arriving,
        stuck,
        failure,
        summaries,
    })
}

/// Whether a request could be run on a later day, as far as can be said now.
///
/// # Errors
/// Unknown names and bad parameters, all of them.
pub(crate) fn check(site: &Site, request: &Request, day: NaiveDate) -> Result<()> {
    plans(site, request, day).map(|_| ())
}

/// The integrations of a request with their complete parameters.
fn plans<'a>(
    site: &'a Site,
    request: &Request,
    day: NaiveDate,
) -> Result<Vec<(&'a Integration, Parameters)>> {
    let members = members(site, &request.name)?;
    if request.file.is_some() && site.config.set(&request.name).is_some() {
        return Err(RunError::usage(
            "--file goes with an integration, not with a set",
        ));
    }
    let mut wrong = Vec::new();
    let mut plans = Vec::new();
    for integration in members {
        let parameters = request.given.clone().or(&integration.parameters).complete();
        wrong.extend(parameter_problems(site, integration.kind, &parameters, day));
        plans.push((integration, parameters));
    }
    wrong.dedup();
    if wrong.is_empty() {
        Ok(plans)
    } else {
        Err(RunError::Usage(wrong))
    }
}

/// The integration of this name, or the members of this set in their order.
pub(super) fn members<'a>(site: &'a Site, name: &str) -> Result<Vec<&'a Integration>> {
    match site.config.set(name) {
        Some(set) => set
            .integrations
            .iter()
            .map(|m| site.integration(m))
            .collect(),
        None => Ok(vec![known(site, name)?]),
    }
}

/// Which of several outcomes a caller has to hear of first.
fn gravity(status: RunStatus) -> u8 {
    match status {
        RunStatus::Completed => 0,
        RunStatus::CompletedWithErrors => 1,
        RunStatus::Scheduled => 2,
        RunStatus::Held => 3,
        RunStatus::InProgress => 4,
        RunStatus::Failed | RunStatus::ScheduledButDeleted => 5,
    }
}

fn known<'a>(site: &'a Site, name: &str) -> Result<&'a Integration> {
    site.integration(name).map_err(|_| {
        let integrations = site.config.integrations.iter().map(|i| i.name.as_str());
        let sets = site.config.sets.iter().map(|s| s.name.as_str());
        let names: Vec<&str> = integrations.chain(sets).collect();
        RunError::usage(format!(
            "there is no integration or set `{name}`; the configuration has {}",
            names.join(", ")
        ))
    })
}

/// Everything wrong with the parameters of a run of this kind on this day.
pub(super) fn parameter_problems(
    site: &Site,
    kind: Kind,
    parameters: &Parameters,
    day: NaiveDate,
) -> Vec<String> {
    let years = plan::plan_years(&site.config);
    let mut checked = parameters.clone();
    if kind == Kind::Demographic {
        checked.plan_year_start_date = None;
        checked.enrollment = Enrollment::Standard;
    }
    problems(&checked, &years, day)
}

fn existing(file: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(file).map_err(|e| {
        RunError::Nothing(format!(
            "{}: {e}; nothing was processed",
            masking::shown(file)
        ))
    })
}

/// Whether a run that ended so took or rejected records.
pub(super) fn judged(status: RunStatus) -> bool {
    matches!(
        status,
        RunStatus::Completed | RunStatus::CompletedWithErrors
    )
}

/// The parameters of a run's corrections: its own, without the limits that its records have passed already.
pub(super) fn corrections(site: &Site, parent: &Parameters) -> Parameters {
    let life_event = parent.enrollment == Enrollment::LifeEvent;
    let start = parent.plan_year_start_date;
    Parameters {
        delta: false,
        lookback_days: None,
        include_employees: None,
        plan_year_start_date: if life_event {
            start.map(|_| site.today())
        } else {
            start
        },
        ..parent.clone()
    }
}
