//! Employees of the roster that a full file lacks, and those whose records are out of scope in any file.

use super::demographic::SHOWN;
use super::job::{JobSpec, Omission};
use super::kind::RecordKind;
use super::merge::Merge;
use super::presence::number_hash;
use super::row;
use super::run_io::{Result, RunIo};
use super::shown_person::ShownPerson;
use crate::changeset::shown::{self, KeptField};
use crate::domain::handle::Handle;
use crate::domain::{Action, Code, DemographicColumn as Column, Severity};
use crate::format::fault::FileFault;
use crate::format::{Fields, Layout};
use crate::matching::roster::Employee;
use crate::validate::field::ein_number;
use crate::validate::{Value, Values};
use chrono::Datelike;
use std::borrow::Cow;
use std::collections::HashSet;

/// Employees whose fields are asked for at once.
const BATCH: usize = 4096;

/// Reports or deactivates the employees whom the file lacks, in roster order.
///
/// Only employees whose last record came through the same integration count: a roster may have several senders.
pub(super) fn report<K: RecordKind>(
    job: &JobSpec<'_>,
    layout: &Layout,
    io: &dyn RunIo,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let (Some(omission), Some(roster)) = (job.omission, job.known.roster) else {
        return Ok(());
    };
    merge.outcome.expected = roster.active_of(job.origin);
    let seen = |position: usize| merge.seen.as_ref().is_some_and(|s| s.has(position));
    let missing: Vec<&Employee> = roster
        .employees()
        .iter()
        .enumerate()
        .filter(|(position, employee)| {
            let ours = employee.origin == job.origin && employee.content != 0;
            let sent = !employee.is(Employee::NOT_SYNCING) || omission == Omission::Report;
            ours && sent && employee.is_active() && !seen(*position)
        })
        .map(|(_, employee)| employee)
        .collect();
    if omission == Omission::Ignore && merge.numbers.is_empty() && merge.held.is_none() {
        merge.outcome.missing += missing.len() as u64;
        return Ok(());
    }
    for some in missing.chunks(BATCH) {
        let ids: Vec<u32> = some.iter().map(|e| e.id).collect();
        for (employee, shown) in some.iter().zip(io.employees(&ids)?) {
            if has_number(job, &merge.numbers, employee.subscriber_hash, &shown)? {
                continue;
            }
            merge.outcome.missing += 1;
            if let Some(held) = &mut merge.held {
                let ends = matches!(omission, Omission::Terminate | Omission::Stop);
                held.missing(|| ShownPerson::kept(&shown), None, ends);
            }
            match omission {
                Omission::Ignore => continue,
                Omission::Terminate | Omission::Stop => {
                    deactivate(job, layout, employee, &shown, merge)?;
                    continue;
                }
                Omission::Report => {}
            }
            let who = match shown.first().is_some_and(KeptField::is_encrypted) {
                true => format!(" ({})", Handle::of(employee.subscriber_hash)),
                false => String::new(),
            };
            let message = format!(
                "This employee{who} is known, but is not in the file, which should hold everybody."
            );
            let person = ShownPerson::kept(&shown);
            let about = Some((&person, message.as_str()));
            merge.file_finding(Code::EmployeeMissing, Severity::Warning, 0, about)?;
        }
    }
    Ok(())
}

/// Warns of the known employees who are no longer within the integration's scope.
pub(super) fn report_out_of_scope<K: RecordKind>(
    io: &dyn RunIo,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let left = merge.out_of_scope.left(&merge.duplicates);
    for some in left.chunks(BATCH) {
        let ids: Vec<u32> = some.iter().map(|skipped| skipped.id).collect();
        for (skipped, shown) in some.iter().zip(io.employees(&ids)?) {
            let (position, column) = (skipped.position, skipped.column);
            merge.warning(
                Code::LeftScope,
                position,
                column,
                &ShownPerson::kept(&shown),
            )?;
        }
    }
    Ok(())
}

/// Whether an employee's number, by the kept fields, is among those of records that were not taken.
pub(super) fn has_number(
    job: &JobSpec<'_>,
    numbers: &HashSet<u64>,
    subscriber_hash: u64,
    kept: &[KeptField],
) -> Result<bool> {
    let place = SHOWN
        .iter()
        .position(|c| *c == Some(Column::EmployeeNumber));
    let Some(number) = place.and_then(|place| kept.get(place)) else {
        return Ok(false);
    };
    let number = decrypted(job, subscriber_hash, number)?;
    Ok(!number.is_empty() && numbers.contains(&number_hash(&job.key, number.as_bytes())))
}

/// A kept field as it was sent. One that can't be decrypted ends the run: the receiver can do nothing with a masked ID.
pub(super) fn decrypted<'f>(
    job: &JobSpec<'_>,
    subscriber_hash: u64,
    field: &'f KeptField,
) -> Result<Cow<'f, str>> {
    let fault = |why| {
        let who = Handle::of(subscriber_hash);
        let detail = format!("an ID of {who} in the ledger can't be decrypted: {why}");
        FileFault::new(Code::StoredIdUnreadable, 0, detail)
    };
    Ok(field.value(&job.cipher).map_err(fault)?)
}

/// The employee's last accepted state with status T and the run date as termination date. Without an SSN: only its
/// last four digits are known here.
fn deactivate<K: RecordKind>(
    job: &JobSpec<'_>,
    layout: &Layout,
    employee: &Employee,
    fields: &[KeptField],
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let texts = fields
        .iter()
        .map(|field| decrypted(job, employee.subscriber_hash, field));
    let texts: Vec<Cow<'_, str>> = texts.collect::<Result<_>>()?;
    let mut values = Values::blank();
    for (column, text) in SHOWN.into_iter().zip(&texts) {
        let Some(column) = column.filter(|_| !text.is_empty()) else {
            continue;
        };
        let iso = || text.parse().ok();
        values[column] = match column {
            Column::HireDate | Column::OriginalHireDate => iso().map_or(Value::Blank, Value::Date),
            Column::Ein => ein_number(text.as_bytes()).map_or(Value::Blank, Value::Ein),
            _ => Value::Text(text.as_bytes()),
        };
    }
    values[Column::EmploymentStatus] = Value::Code(b"T");
    values[Column::TerminationDate] = Value::Date(job.fields.today);
    let mut out = Vec::new();
    let accounts = job.known.accounts;
    let account = accounts.map_or(&b""[..], |all| all.id_of(employee.subscriber_hash));
    row::push(
        job,
        layout,
        b"",
        &Fields::none(),
        &values,
        (Action::Deactivate, account),
        &mut out,
    );
    // The run that last accepted a record of the employee stays: this one had none.
    let state = Employee {
        terminated: job.fields.today.num_days_from_ce(),
        flags: employee.flags | Employee::LEFT,
        ..employee.with_other_content(&job.key)
    };
    let mut stored = Vec::new();
    state.store(&mut stored);
    for (name, field) in shown::EMPLOYEE.iter().zip(fields) {
        match *name {
            "employment_status" => shown::push(&mut stored, b"T"),
            "termination_date" => shown::push(&mut stored, job.fields.today.to_string().as_bytes()),
            _ => field.push(&mut stored),
        }
    }
    merge.omission(&out, employee.id, &stored)
}
