//! Employees that a command names by their subscriber IDs or handles.

use super::employee::find;
use super::error::{OperationError, Result};
use super::visible::Visible;
use crate::config::Integration;
use crate::domain::Kind;
use crate::ledger::{Ledger, NameKind};
use crate::matching::roster::Employee;
use crate::site::Site;
use std::collections::BTreeMap;

/// The integrations of employees that may be seen, or the one of this name.
///
/// # Errors
/// There is none.
pub(super) fn of_employees<'s>(
    site: &'s Site,
    name: Option<&str>,
    visible: &Visible,
) -> Result<Vec<&'s Integration>> {
    if let Some(name) = name {
        visible.integration(site, name)?;
    }
    let all = visible.integrations(site);
    let wanted = all.filter(|i| i.kind == Kind::Demographic && name.is_none_or(|n| n == i.name));
    let wanted: Vec<&Integration> = wanted.collect();
    match wanted.is_empty() {
        true => Err(OperationError::usage(
            "there is no integration of employees of this name",
        )),
        false => Ok(wanted),
    }
}

/// The entries of the IDs in the rosters of some integrations, and the IDs that none of them has. Whom an integration brought
/// that may not be seen is not known either.
///
/// # Errors
/// The ledger can't be read.
pub(super) fn named_employees(
    site: &Site,
    ledger: &dyn Ledger,
    integrations: &[&Integration],
    ids: &[String],
    visible: &Visible,
) -> Result<(Vec<Employee>, Vec<String>)> {
    let mut rosters = BTreeMap::new();
    let mut origins = Vec::new();
    for of in integrations {
        origins.push(ledger.name_number(NameKind::Integration, &of.name)?);
        if !rosters.contains_key(&of.roster) {
            rosters.insert(of.roster.clone(), ledger.load_roster(&of.roster)?);
        }
    }
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for id in ids {
        let subject = find(site, id, ledger).ok().map(|(_, subject)| subject);
        let known = rosters.values().filter_map(|roster| roster.find(subject?));
        let seen = |employee: &Employee| visible.is_all() || origins.contains(&employee.origin);
        match known.map(|(_, employee)| *employee).filter(seen).last() {
            Some(employee) => found.push(employee),
            None => unknown.push(id.clone()),
        }
    }
    Ok((found, unknown))
}
