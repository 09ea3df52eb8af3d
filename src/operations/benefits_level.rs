//! Choosing the benefits level of employees, one or many.

use super::dispatch::{Caller, dispatch};
use super::employee_list::{EmployeeFilter, entries_of};
use super::error::{OperationError, Result};
use super::named_employees::{named_employees, of_employees};
use super::visible::Visible;
use crate::changeset::shown::EMPLOYEE;
use crate::domain::ReferenceId;
use crate::ledger::{Event, EventAction, Ledger, NameKind};
use crate::matching::levels::level_hash;
use crate::matching::roster::Employee;
use crate::operations::Response;
use crate::run::Command;
use crate::site::Site;
use serde::Serialize;
use std::collections::BTreeMap;

/// The longest level, in characters.
const LONGEST: usize = 50;
/// Employees whose fields are read at once.
const BATCH: usize = 4096;

/// Who gets a level.
#[derive(Debug)]
pub(crate) struct LevelPlan {
    level: String,
    /// Who they are, by their rosters.
    employees: BTreeMap<String, Vec<Employee>>,
    /// Those named whom no roster knows.
    unknown: Vec<String>,
}

/// What became of it.
#[derive(Debug, Serialize)]
pub(crate) struct LevelResult {
    pub(crate) level: String,
    /// Who has the level from now on.
    pub(crate) set: u64,
    pub(crate) unknown: Vec<String>,
    /// The runs that sent them, where they were to be sent at once.
    pub(crate) integration_reference_ids: Vec<ReferenceId>,
    #[serde(skip)]
    pub(crate) response: Response,
}

/// The plan for some employees, by their subscriber IDs or handles, or for all that a filter leaves.
///
/// # Errors
/// The level can't be one; the ledger can't be read; those of the filter.
pub(crate) fn plan_level(
    site: &Site,
    level: &str,
    ids: &[String],
    filter: Option<&EmployeeFilter>,
    visible: &Visible,
) -> Result<LevelPlan> {
    let level = level.trim();
    let long = level.chars().count() > LONGEST;
    if level.is_empty() || long || level.chars().any(char::is_control) {
        return Err(OperationError::usage(format!(
            "the level has to be text of 1 to {LONGEST} characters"
        )));
    }
    let ledger = &*site.ledger_for_reading()?;
    let mut plan = LevelPlan {
        level: level.to_owned(),
        employees: BTreeMap::new(),
        unknown: Vec::new(),
    };
    let integrations = of_employees(site, filter.and_then(|f| f.integration.as_deref()), visible)?;
    let entries = match filter {
        Some(filter) => entries_of(site, ledger, filter)?,
        None => {
            let (found, unknown) = named_employees(site, ledger, &integrations, ids, visible)?;
            plan.unknown = unknown;
            found
        }
    };
    let mut rosters = BTreeMap::new();
    for of in &integrations {
        let number = ledger.name_number(NameKind::Integration, &of.name)?;
        rosters.insert(number, &of.roster);
    }
    for employee in entries {
        if let Some(roster) = rosters.get(&employee.origin) {
            let of = plan.employees.entry((*roster).clone()).or_default();
            of.push(employee);
        }
    }
    Ok(plan)
}

impl LevelPlan {
    /// How many get the level.
    pub(crate) fn count(&self) -> usize {
        self.employees.values().map(Vec::len).sum()
    }

    /// Notes the level; with `sync`, sends the employees at once, in the daemon or in this process.
    ///
    /// # Errors
    /// The ledger can't be written; as [`dispatch`].
    pub(crate) fn carry_out(
        self,
        site: &Site,
        sync: bool,
        caller: &dyn Caller,
    ) -> Result<LevelResult> {
        let mut result = LevelResult {
            set: self.count() as u64,
            level: self.level.clone(),
            unknown: self.unknown,
            integration_reference_ids: Vec::new(),
            response: Response::default(),
        };
        let mut ledger = site.ledger()?;
        let key = site.key()?;
        let place = EMPLOYEE.iter().position(|name| *name == "benefits_level");
        for (roster, employees) in &self.employees {
            let mut chosen = Vec::new();
            for some in employees.chunks(BATCH) {
                let ids: Vec<u32> = some.iter().map(|e| e.id).collect();
                for (employee, fields) in some.iter().zip(ledger.employees_fields(roster, &ids)?) {
                    let level = place.and_then(|place| fields.get(place));
                    let level = level.map_or("", |level| level.shown());
                    let file = level_hash(&key, level.as_bytes());
                    chosen.push((employee.subscriber_hash, file));
                }
            }
            ledger.choose_level(
                roster,
                &self.level,
                &chosen,
                &Event {
                    at: site.now(),
                    user: site.user().to_owned(),
                    action: EventAction::BenefitsLevelChosen,
                    subject: roster.clone(),
                    why: Some(format!("{} for {}", self.level, chosen.len())),
                },
            )?;
        }
        if sync {
            for command in commands(site, &*ledger, &self.employees)? {
                let response = dispatch(site, &command, caller)?;
                let runs = response.summaries.iter();
                let runs = runs.map(|run| run.integration_reference_id.clone());
                result.integration_reference_ids.extend(runs);
                result.response = response;
            }
        }
        Ok(result)
    }
}

/// What sends employees again, for each integration that they came through.
fn commands(
    site: &Site,
    ledger: &dyn Ledger,
    employees: &BTreeMap<String, Vec<Employee>>,
) -> Result<Vec<Command>> {
    let mut commands = Vec::new();
    for of in of_employees(site, None, &Visible::default())? {
        let number = ledger.name_number(NameKind::Integration, &of.name)?;
        let own = employees.get(&of.roster).into_iter().flatten();
        let own = own.filter(|employee| employee.origin == number);
        let subjects: Vec<u64> = own.map(|employee| employee.subscriber_hash).collect();
        if !subjects.is_empty() {
            commands.push(Command::Sync {
                integration: of.name.clone(),
                subjects,
                again: true,
            });
        }
    }
    Ok(commands)
}
