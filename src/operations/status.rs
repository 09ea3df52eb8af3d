//! The status of a site, and its schedules.

use super::error::Result;
use crate::config::NamedSchedule;
use crate::domain::parameters::GivenParameters;
use crate::intake::{runs_integration, schedule_next};
use crate::site::Site;
use crate::status::{Overview, overview, to_the_second_if_any};
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use serde_json::{Map, Value};

/// What runs, what is held, and why each file waits: of a site, or of one integration or set. At most `limit` files,
/// refused entries and held runs of each integration are listed; the rest is counted.
///
/// # Errors
/// There is no integration or set of this name; the ledger or the key can't be read.
pub(crate) fn status(site: &Site, name: Option<&str>, limit: usize) -> Result<Overview> {
    Ok(overview(site, name, limit)?)
}

/// The schedules that were asked for, in the order of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct ScheduleList {
    pub(crate) schedules: Vec<ScheduleEntry>,
    /// Whether a daemon runs: nothing else keeps schedules.
    #[serde(skip)]
    pub(crate) daemon_runs: bool,
}

/// A schedule of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ScheduleEntry {
    /// Whether it is told when no source file has come by its time.
    pub(crate) expect_file: bool,
    pub(crate) name: String,
    /// When it runs next; none if it never runs again.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) next_run: Option<DateTime<FixedOffset>>,
    /// The parameters of its runs that it gives.
    pub(crate) parameters: Map<String, Value>,
    /// The integration or set that it runs.
    pub(crate) run: String,
    /// The window that it keeps to.
    pub(crate) window: Option<String>,
}

/// The parameters that are given, by their names in the configuration.
fn given(parameters: &GivenParameters) -> Map<String, Value> {
    let all = serde_json::to_value(parameters).ok();
    let mut all = all
        .and_then(|all| all.as_object().cloned())
        .unwrap_or_default();
    all.retain(|_, value| !value.is_null());
    all
}

/// Lists the schedules, or those that run one integration, by itself or in a set.
///
/// # Errors
/// There is no such integration, or whether a daemon runs is unknown.
pub(crate) fn schedules(site: &Site, integration: Option<&str>) -> Result<ScheduleList> {
    if let Some(name) = integration {
        site.integration(name)?;
    }
    let all = site.config.schedules.iter();
    let wanted = all.filter(|s| integration.is_none_or(|name| runs_integration(site, s, name)));
    Ok(ScheduleList {
        schedules: wanted.map(|schedule| entry(site, schedule)).collect(),
        daemon_runs: site.daemon_runs()?,
    })
}

/// A schedule of the configuration, as lists show it.
pub(super) fn entry(site: &Site, schedule: &NamedSchedule) -> ScheduleEntry {
    ScheduleEntry {
        expect_file: schedule.expect_file,
        name: schedule.name.clone(),
        next_run: schedule_next(site, schedule),
        parameters: given(&schedule.parameters),
        run: schedule.run.clone(),
        window: schedule.window.clone(),
    }
}
