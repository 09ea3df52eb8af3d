//! What the ledger keeps of an accepted record: its new state, and the few fields it shows.

use super::job::Job;
use super::record::Record;
use super::report;
use crate::compare::shown;
use crate::domain::{Action, Kind, Ssn, deduction as ded, demographic as demo};
use crate::format::show;
use crate::matching::deductions::DeductionState;
use crate::matching::roster::Employee;
use crate::validate::Value;
use chrono::Datelike;
use std::borrow::Cow;
use std::io::Write;

/// Fewer digits than these hold no SSN.
const SSN_DIGITS: usize = 9;

impl Record<'_> {
    /// Appends the state of an employee whose unchanged record came through another integration of the roster before:
    /// from now on it is this one whose full files have to hold the employee. Returns its row.
    pub fn take_over(&self, job: &Job<'_>, content: u64, out: &mut Vec<u8>) -> Option<u32> {
        if job.kind == Kind::Deduction {
            return None;
        }
        let (_, employee) = self.employee()?;
        (employee.origin != job.origin)
            .then(|| self.employee_state(job, content, employee.run, out))
    }

    /// Appends the record's new state for the ledger; returns the row it replaces, 0 for a new one.
    pub fn state(&self, job: &Job<'_>, content: u64, action: Action, out: &mut Vec<u8>) -> u32 {
        match job.kind {
            Kind::Demographic => self.employee_state(job, content, job.run, out),
            Kind::Deduction => self.deduction_state(job, content, action, out),
        }
    }

    fn employee_state(&self, job: &Job<'_>, content: u64, run: u32, out: &mut Vec<u8>) -> u32 {
        let v = &self.values;
        let days = |column: usize| v[column].date().map(|d| d.num_days_from_ce());
        let left = v[demo::EMPLOYMENT_STATUS].text() == Some("T");
        // A row of a test employee known by flag alone is replaced, not doubled.
        let id = self.stored.person.map_or(0, |(_, e)| e.id);
        let employee = Employee {
            id,
            run,
            subject: self.identity.subject.unwrap_or(0),
            content,
            ssn: self.ssn.unwrap_or(0),
            username: self.identity.username.unwrap_or(0),
            terminated: days(demo::TERMINATION_DATE)
                .filter(|_| left)
                .unwrap_or(Employee::OPEN),
            hired: days(demo::ORIGINAL_HIRE_DATE)
                .or(days(demo::HIRE_DATE))
                .unwrap_or(0),
            origin: job.origin,
            flags: if left { Employee::LEFT } else { 0 },
        };
        employee.store(out);
        let mut cell = Vec::new();
        for name in shown::EMPLOYEE {
            cell.clear();
            match crate::domain::column::place(Kind::Demographic, name) {
                Some(column) => kept(name, v[column], v[demo::SSN].ssn(), &mut cell),
                None => {
                    let last4 = v[demo::SSN].ssn().map(|s| s.serial());
                    let _ = last4.map(|n| write!(cell, "{n:04}"));
                }
            }
            shown::push(out, &cell);
        }
        id
    }

    fn deduction_state(
        &self,
        job: &Job<'_>,
        content: u64,
        action: Action,
        out: &mut Vec<u8>,
    ) -> u32 {
        let v = &self.values;
        let id = self.deduction().map_or(0, |d| d.id);
        let state = DeductionState {
            id,
            run: job.run,
            key: self.identity.group.unwrap_or(0),
            content,
            ends: v[ded::END_DATE]
                .date()
                .map_or(DeductionState::OPEN, |d| d.num_days_from_ce()),
        };
        state.store(out);
        let mut cell = Vec::new();
        for name in shown::DEDUCTION {
            cell.clear();
            match crate::domain::column::place(Kind::Deduction, name) {
                Some(ded::ACTION) | None => cell.extend_from_slice(action.as_str().as_bytes()),
                Some(column) => kept(name, v[column], v[ded::SSN].ssn(), &mut cell),
            }
            shown::push(out, &cell);
        }
        id
    }
}

/// The stored state of a test employee: ID and flag alone.
pub fn test_employee_state(
    job: &Job<'_>,
    known: Option<&Employee>,
    subject: u64,
    id_text: &[u8],
    out: &mut Vec<u8>,
) -> Option<u32> {
    if known.is_some_and(|e| e.is(Employee::TEST)) {
        return None;
    }
    let employee = Employee {
        id: known.map_or(0, |e| e.id),
        run: job.run,
        subject,
        terminated: Employee::OPEN,
        origin: job.origin,
        flags: Employee::TEST,
        ..Employee::default()
    };
    employee.store(out);
    for name in shown::EMPLOYEE {
        // Nobody has judged the ID: it may be an SSN.
        let id = if name == "subscriber_id" {
            show::hide_ssns(&String::from_utf8_lossy(id_text))
        } else {
            String::new()
        };
        shown::push(out, id.as_bytes());
    }
    Some(employee.id)
}

/// Appends a field as the ledger may keep it: an SSN that slipped into another column is masked.
fn kept(name: &str, value: Value<'_>, ssn: Option<Ssn>, out: &mut Vec<u8>) {
    let text = match value {
        Value::Text(text) | Value::Code(text) if name != "subscriber_id" => text,
        _ => return plain(value, out),
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let masked = match name {
        _ if digits < SSN_DIGITS => Cow::Borrowed(text),
        "username" | "employee_number" | "deduction_code" => {
            Cow::Owned(report::id_without_ssn(text, ssn))
        }
        _ => Cow::Owned(show::hide_ssns(text)),
    };
    out.extend_from_slice(masked.as_bytes());
}

fn plain(value: Value<'_>, out: &mut Vec<u8>) {
    let _ = match value {
        Value::Text(t) | Value::Code(t) => out.write_all(t.as_bytes()),
        Value::Date(d) => write!(out, "{d}"),
        Value::Cents(c) => write!(out, "{}", crate::domain::Cents::from(c)),
        Value::Ein(n) => write!(out, "{:02}-{:07}", n / 10_000_000, n % 10_000_000),
        _ => Ok(()),
    };
}
