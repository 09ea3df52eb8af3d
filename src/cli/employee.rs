//! `feedgate employee ID`: what the roster and the runs know of one employee.

use super::table::{printed, table};
use super::{Context, Out, Stop};
use crate::compare::shown::{DEDUCTION, EMPLOYEE};
use crate::domain::keyed::Domain;
use crate::domain::masking::escape_control;
use crate::ledger::Ledger;
use crate::matching::roster::Employee;
use crate::spool;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// Arguments of `employee`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The subscriber ID.
    #[arg(value_name = "ID")]
    subscriber_id: String,
}

/// What is known of an employee.
#[derive(Debug, Default, Serialize)]
struct Known {
    rosters: Vec<Entry>,
    deductions: Vec<Deduction>,
}

/// An employee's entry in one roster.
#[derive(Debug, Serialize)]
struct Entry {
    roster: String,
    /// `active`, `left` or `test`.
    state: &'static str,
    /// The SSN, masked.
    ssn: Option<String>,
    /// Further fields by canonical name, as they were last accepted.
    fields: BTreeMap<&'static str, String>,
    /// The last run that accepted a record of this employee.
    last_run: Option<String>,
}

/// A deduction of the employee.
#[derive(Debug, Serialize)]
struct Deduction {
    integration: String,
    /// By canonical name, as they were last accepted.
    fields: BTreeMap<&'static str, String>,
    /// The last run that accepted it.
    last_run: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let (site, ledger) = context.site_and_ledger()?;
    let id = arguments.subscriber_id.trim();
    let mut known = Known::default();
    if let Some(key) = spool::read_key(&site.config.state())? {
        let subject = key.hash(Domain::Subscriber, id.as_bytes());
        let rosters: BTreeSet<&str> = site
            .config
            .integrations
            .iter()
            .map(|i| &*i.roster)
            .collect();
        for roster in rosters {
            if let Some((employee, fields)) = ledger.find_employee(roster, subject)? {
                known
                    .rosters
                    .push(entry(roster, &employee, fields, &ledger)?);
            }
        }
        for stored in ledger.deductions_of(id)? {
            known.deductions.push(Deduction {
                integration: stored.integration,
                fields: DEDUCTION.into_iter().zip(stored.fields).collect(),
                last_run: last_run(stored.state.run, &ledger)?,
            });
        }
    }
    if known.rosters.is_empty() && known.deductions.is_empty() {
        return Err(Stop::usage(
            "no roster and no deduction has this subscriber ID; upper and lower case matter",
        ));
    }
    if context.json {
        context.out.json(&known)?;
    } else {
        print(&known, context.out)?;
    }
    Ok(0)
}

fn entry(
    roster: &str,
    employee: &Employee,
    fields: Vec<String>,
    ledger: &Ledger,
) -> Result<Entry, Stop> {
    let mut fields: BTreeMap<&'static str, String> = EMPLOYEE.into_iter().zip(fields).collect();
    let last4 = fields
        .remove("ssn_last4")
        .filter(|digits| !digits.is_empty());
    Ok(Entry {
        roster: roster.to_owned(),
        state: if employee.is(Employee::TEST) {
            "test"
        } else if employee.is(Employee::LEFT) {
            "left"
        } else {
            "active"
        },
        ssn: last4.map(|digits| format!("***-**-{digits}")),
        fields,
        last_run: last_run(employee.run, ledger)?,
    })
}

fn last_run(number: u32, ledger: &Ledger) -> Result<Option<String>, Stop> {
    match number {
        0 => Ok(None),
        n => Ok(Some(ledger.reference(n)?.to_string())),
    }
}

/// What is shown of a deduction.
const SHOWN: [&str; 6] = [
    "deduction_code",
    "effective_date",
    "end_date",
    "employee_amount",
    "employer_amount",
    "action",
];

fn print(known: &Known, out: &mut Out) -> Result<(), Stop> {
    for entry in &known.rosters {
        let mut line = |name: &str, value: &str| -> Result<(), Stop> {
            if !value.is_empty() {
                writeln!(out, "{name:20}{}", escape_control(value))?;
            }
            Ok(())
        };
        line("roster", &entry.roster)?;
        line("state", entry.state)?;
        line("ssn", entry.ssn.as_deref().unwrap_or_default())?;
        for name in EMPLOYEE {
            line(name, entry.fields.get(name).map_or("", |v| v))?;
        }
        line(
            "last accepted by",
            entry.last_run.as_deref().unwrap_or_default(),
        )?;
        writeln!(out)?;
    }
    if known.deductions.is_empty() {
        writeln!(out, "No deductions.")?;
        return Ok(());
    }
    let headings = [
        "deduction",
        "from",
        "to",
        "employee",
        "employer",
        "action",
        "integration",
        "last accepted by",
    ];
    let mut rows = table(&headings, &[3, 4]);
    for deduction in &known.deductions {
        let fields = SHOWN.map(|f| escape_control(deduction.fields.get(f).map_or("", |v| v)));
        let last = deduction.last_run.clone().unwrap_or_default();
        rows.add_row(
            fields
                .into_iter()
                .chain([deduction.integration.clone(), last]),
        );
    }
    write!(out, "{}", printed(&mut rows))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Deduction, Entry, Known, print};
    use crate::cli::out::tests::Printed;
    use std::collections::BTreeMap;

    #[test]
    fn fields_that_are_empty_are_left_out() {
        let known = Known {
            rosters: vec![Entry {
                roster: "main".into(),
                state: "active",
                ssn: Some("***-**-3456".into()),
                fields: BTreeMap::from([
                    ("subscriber_id", "N10002".to_owned()),
                    ("username", String::new()),
                ]),
                last_run: Some("20261120-000001".into()),
            }],
            deductions: vec![Deduction {
                integration: "deduction-import".into(),
                fields: BTreeMap::from([
                    ("deduction_code", "MED01".to_owned()),
                    ("effective_date", "2026-10-01".to_owned()),
                ]),
                last_run: None,
            }],
        };
        let printed = Printed::default();
        print(&known, &mut printed.out()).expect("printed");
        let text = printed.text();
        assert!(text.contains("ssn                 ***-**-3456"), "{text}");
        assert!(!text.contains("username"), "{text}");
        assert!(text.contains("MED01      2026-10-01"), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
    }
}
