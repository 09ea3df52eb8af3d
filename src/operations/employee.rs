//! What the rosters and the deductions hold of one employee.

use super::error::{OperationError, Result};
use crate::changeset::shown::DEDUCTION as DEDUCTION_FIELDS;
pub(crate) use crate::changeset::shown::EMPLOYEE as EMPLOYEE_FIELDS;
use crate::domain::keyed_hash::HashedType;
use crate::ledger::Ledger;
use crate::matching::roster::Employee;
use crate::site::Site;
use crate::spool;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an employee.
#[derive(Debug, Default, Serialize)]
pub(crate) struct EmployeeDetails {
    pub(crate) rosters: Vec<RosterEntry>,
    pub(crate) deductions: Vec<DeductionEntry>,
}

/// An employee's entry in one roster.
#[derive(Debug, Serialize)]
pub(crate) struct RosterEntry {
    pub(crate) roster: String,
    /// `active`, `left` or `test`.
    pub(crate) state: &'static str,
    pub(crate) ssn: Option<String>,
    /// Further fields by canonical name, as they were last accepted.
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// The last run that accepted a record of this employee.
    pub(crate) last_run: Option<String>,
    /// Subscriber IDs that the employee had before leaving and being hired again.
    pub(crate) rehired_from: Vec<String>,
    /// Subscriber IDs under which the employee was hired again.
    pub(crate) rehired_as: Vec<String>,
}

/// A deduction of the employee.
#[derive(Debug, Serialize)]
pub(crate) struct DeductionEntry {
    pub(crate) integration: String,
    /// By canonical name, as they were last accepted.
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// The last run that accepted it.
    pub(crate) last_run: Option<String>,
}

/// Looks up an employee by subscriber ID.
///
/// # Errors
/// No roster and no deduction has this ID; the ledger or the key can't be read.
pub(crate) fn employee(site: &Site, subscriber_id: &str) -> Result<EmployeeDetails> {
    let ledger = site.ledger_for_reading()?;
    let id = subscriber_id.trim();
    let mut known = EmployeeDetails::default();
    if let Some(key) = spool::read_key(&site.config.state())? {
        let subject = key.hash(HashedType::Subscriber, id.as_bytes());
        let integrations = site.config.integrations.iter();
        let rosters: BTreeSet<&str> = integrations.map(|i| i.roster.as_str()).collect();
        for roster in rosters {
            if let Some((employee, fields)) = ledger.find_employee(roster, subject)? {
                let mut entry = roster_entry(roster, &employee, fields, &*ledger)?;
                let [before, after] = ledger.rehires(roster, subject)?;
                entry.rehired_from = subscriber_ids(roster, &before, &*ledger)?;
                entry.rehired_as = subscriber_ids(roster, &after, &*ledger)?;
                known.rosters.push(entry);
            }
        }
        for stored in ledger.deductions_of(id)? {
            known.deductions.push(DeductionEntry {
                integration: stored.integration,
                fields: DEDUCTION_FIELDS.into_iter().zip(stored.fields).collect(),
                last_run: last_run(stored.state.run, &*ledger)?,
            });
        }
    }
    if known.rosters.is_empty() && known.deductions.is_empty() {
        return Err(OperationError::usage(
            "no roster and no deduction has this subscriber ID; upper and lower case matter",
        ));
    }
    Ok(known)
}

fn roster_entry(
    roster: &str,
    employee: &Employee,
    fields: Vec<String>,
    ledger: &dyn Ledger,
) -> Result<RosterEntry> {
    let mut fields: BTreeMap<&'static str, String> =
        EMPLOYEE_FIELDS.into_iter().zip(fields).collect();
    let last4 = fields.remove("ssn_last4").filter(|last4| !last4.is_empty());
    Ok(RosterEntry {
        roster: roster.to_owned(),
        state: if employee.is(Employee::TEST) {
            "test"
        } else if employee.is(Employee::LEFT) {
            "left"
        } else {
            "active"
        },
        ssn: last4.map(|last4| format!("***-**-{last4}")),
        fields,
        last_run: last_run(employee.run, ledger)?,
        rehired_from: Vec::new(),
        rehired_as: Vec::new(),
    })
}

/// The subscriber IDs of entries, as they may be shown.
fn subscriber_ids(roster: &str, subjects: &[u64], ledger: &dyn Ledger) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for subject in subjects {
        let found = ledger.find_employee(roster, *subject)?;
        ids.extend(found.and_then(|(_, fields)| fields.into_iter().next()));
    }
    Ok(ids)
}

fn last_run(number: u32, ledger: &dyn Ledger) -> Result<Option<String>> {
    match number {
        0 => Ok(None),
        n => Ok(Some(ledger.reference(n)?.to_string())),
    }
}
