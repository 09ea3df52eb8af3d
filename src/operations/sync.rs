//! Syncing employees who are not synced yet: some, or all that a filter leaves.

use super::dispatch::{Caller, dispatch};
use super::employee_list::{EmployeeFilter, entries_of};
use super::error::{OperationError, Result};
use super::named_employees::{named_employees, of_employees};
use super::visible::Visible;
use crate::config::Integration;
use crate::domain::{EmployeeState, ReferenceId};
use crate::ledger::{Ledger, NameKind};
use crate::matching::roster::Employee;
use crate::operations::Response;
use crate::run::Command;
use crate::site::Site;
use serde::Serialize;
use std::collections::BTreeMap;

/// Who is to be synced.
#[derive(Debug)]
pub(crate) struct SyncPlan {
    pub(crate) integration: String,
    /// Keyed hashes of their subscriber IDs.
    subjects: Vec<u64>,
    /// How many of those named are synced already.
    already: u64,
    /// Those named whom no roster knows.
    unknown: Vec<String>,
}

/// What became of it.
#[derive(Debug, Serialize)]
pub(crate) struct SyncResult {
    /// The run that sent them; `None`: no one had to be sent.
    pub(crate) integration_reference_id: Option<ReferenceId>,
    pub(crate) synced: u64,
    pub(crate) already: u64,
    pub(crate) unknown: Vec<String>,
    /// Whose record is no longer in the archive: they go out with the next file that has them.
    pub(crate) waiting: u64,
    /// Whose record was rejected.
    pub(crate) rejected: u64,
    #[serde(skip)]
    pub(crate) response: Response,
}

impl SyncPlan {
    /// How many are to be synced.
    pub(crate) fn count(&self) -> usize {
        self.subjects.len()
    }

    /// The command that sends them.
    pub(super) fn into_command(self) -> Command {
        Command::Sync {
            integration: self.integration,
            subjects: self.subjects,
            again: false,
        }
    }

    /// Sends them, in the daemon or in this process.
    ///
    /// # Errors
    /// As [`dispatch`].
    pub(crate) fn carry_out(mut self, site: &Site, caller: &dyn Caller) -> Result<SyncResult> {
        let count = self.subjects.len() as u64;
        let mut result = SyncResult {
            integration_reference_id: None,
            synced: 0,
            already: self.already,
            unknown: std::mem::take(&mut self.unknown),
            waiting: 0,
            rejected: 0,
            response: Response::default(),
        };
        if count == 0 {
            return Ok(result);
        }
        result.response = dispatch(site, &self.into_command(), caller)?;
        if let Some(run) = result.response.summaries.first() {
            result.integration_reference_id = Some(run.integration_reference_id.clone());
            result.synced = count;
            result.waiting = count.saturating_sub(run.employees_processed);
            result.rejected = run.errors;
        }
        Ok(result)
    }
}

/// The plan for some employees, by their subscriber IDs or handles.
///
/// # Errors
/// They belong to several integrations and none is named; the ledger can't be read.
pub(crate) fn plan_sync(
    site: &Site,
    ids: &[String],
    integration: Option<&str>,
    visible: &Visible,
) -> Result<SyncPlan> {
    let ledger = &*site.ledger_for_reading()?;
    let integrations = of_employees(site, integration, visible)?;
    let (entries, unknown) = named_employees(site, ledger, &integrations, ids, visible)?;
    plan(ledger, &integrations, &entries, unknown)
}

/// The plan for everybody in a state whom a filter leaves.
///
/// # Errors
/// As [`plan_sync`], and those of the filter.
pub(crate) fn plan_sync_all(site: &Site, filter: &EmployeeFilter) -> Result<SyncPlan> {
    let ledger = &*site.ledger_for_reading()?;
    let integrations = of_employees(site, filter.integration.as_deref(), &filter.visible())?;
    let entries = entries_of(site, ledger, filter)?;
    let mut plan = plan(ledger, &integrations, &entries, Vec::new())?;
    // Of a state, those who are synced are none of those asked for.
    if filter.state == Some(EmployeeState::NotSyncing) {
        plan.already = 0;
    }
    Ok(plan)
}

fn plan(
    ledger: &dyn Ledger,
    integrations: &[&Integration],
    entries: &[Employee],
    unknown: Vec<String>,
) -> Result<SyncPlan> {
    let mut names = BTreeMap::new();
    for of in integrations {
        names.insert(
            ledger.name_number(NameKind::Integration, &of.name)?,
            &of.name,
        );
    }
    let all = entries.len() as u64;
    let mut by_integration: BTreeMap<&String, Vec<u64>> = BTreeMap::new();
    for employee in entries.iter().filter(|e| e.is(Employee::NOT_SYNCING)) {
        if let Some(name) = names.get(&employee.origin) {
            let of = by_integration.entry(name).or_default();
            of.push(employee.subscriber_hash);
        }
    }
    if by_integration.len() > 1 {
        let names: Vec<&str> = by_integration.keys().map(|name| name.as_str()).collect();
        return Err(OperationError::usage(format!(
            "these employees belong to several integrations ({}); name one with --integration",
            names.join(", ")
        )));
    }
    let (integration, subjects) = by_integration.pop_first().unwrap_or_else(|| {
        let first = integrations.first().map(|i| &i.name);
        (first.expect("there is one"), Vec::new())
    });
    Ok(SyncPlan {
        integration: integration.clone(),
        already: all - subjects.len() as u64,
        subjects,
        unknown,
    })
}
