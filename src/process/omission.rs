//! Employees of the roster that a full file lacks.

use super::desk::{Desk, Result};
use super::job::{Job, Omission};
use super::row;
use super::settle::Settle;
use crate::compare::shown;
use crate::domain::column::place;
use crate::domain::keyed::Domain;
use crate::domain::masking::value::guarded;
use crate::domain::{Action, Code, Kind, Severity, demographic as d};
use crate::format::{Fields, Layout};
use crate::matching::roster::Employee;
use crate::validate::Value;
use crate::validate::field::{COLUMNS, ein_number};
use chrono::Datelike;

/// Employees whose fields are asked for at once.
const AT_ONCE: usize = 4096;

/// Reports or deactivates whom the file lacks, in roster order.
///
/// Only employees whose last record came through the same integration count: a roster may have several senders.
pub(crate) fn settle(
    job: &Job<'_>,
    layout: &Layout,
    desk: &dyn Desk,
    pass: &mut Settle<'_>,
) -> Result<()> {
    let (Some(omission), Some(roster)) = (job.omission, job.known.roster) else {
        return Ok(());
    };
    let seen = |place: usize| pass.seen.as_ref().is_some_and(|s| s.has(place));
    let missing: Vec<&Employee> = roster
        .employees()
        .iter()
        .enumerate()
        .filter(|(place, employee)| {
            let ours = employee.origin == job.origin && employee.content != 0;
            ours && employee.is_active() && !seen(*place)
        })
        .map(|(_, employee)| employee)
        .collect();
    pass.outcome.missing += missing.len() as u64;
    if omission == Omission::Ignore {
        return Ok(());
    }
    for some in missing.chunks(AT_ONCE) {
        let ids: Vec<u32> = some.iter().map(|e| e.id).collect();
        for (employee, shown) in some.iter().zip(desk.employees(&ids)?) {
            if omission == Omission::Terminate {
                deactivate(job, layout, employee, &shown, pass)?;
                continue;
            }
            let id = shown.first().map_or("", String::as_str);
            let id = guarded(id.to_owned());
            let message = "The roster knows this employee; the full file does not.";
            pass.file_finding(
                Code::EmployeeMissing,
                Severity::Warning,
                0,
                Some((&id, message)),
            )?;
        }
    }
    Ok(())
}

/// The employee's last accepted state with status T and the run date as termination date. Without an SSN: only its
/// last four digits are known here.
fn deactivate(
    job: &Job<'_>,
    layout: &Layout,
    employee: &Employee,
    fields: &[String],
    pass: &mut Settle<'_>,
) -> Result<()> {
    let mut values = [Value::Blank; COLUMNS];
    for (name, text) in shown::EMPLOYEE.iter().zip(fields) {
        let Some(column) = place(Kind::Demographic, name).filter(|_| !text.is_empty()) else {
            continue;
        };
        let iso = || text.parse().ok();
        values[column] = match column {
            d::HIRE_DATE | d::ORIGINAL_HIRE_DATE => iso().map_or(Value::Blank, Value::Date),
            d::EIN => ein_number(text.as_bytes()).map_or(Value::Blank, Value::Ein),
            _ => Value::Text(text.as_bytes()),
        };
    }
    values[d::EMPLOYMENT_STATUS] = Value::Code(b"T");
    values[d::TERMINATION_DATE] = Value::Date(job.fields.today);
    let mut out = Vec::new();
    row::push(
        job,
        layout,
        (b"", &Fields::none()),
        &values,
        Action::Deactivate,
        &mut out,
    );
    // The run that last accepted a record of the employee stays: this one had none.
    let state = Employee {
        // Other content than before, so that the same record coming back is a rehire and not unchanged.
        content: job
            .key
            .hash(Domain::Content, &employee.content.to_le_bytes())
            .max(1),
        terminated: job.fields.today.num_days_from_ce(),
        flags: Employee::LEFT,
        ..*employee
    };
    let mut stored = Vec::new();
    state.store(&mut stored);
    for (name, text) in shown::EMPLOYEE.iter().zip(fields) {
        match *name {
            "employment_status" => shown::push(&mut stored, b"T"),
            "termination_date" => shown::push(&mut stored, job.fields.today.to_string().as_bytes()),
            _ => shown::push(&mut stored, text.as_bytes()),
        }
    }
    pass.omission(&out, employee.id, &stored)
}
