//! What the ledger keeps of an accepted record: its new state, and the few fields it shows.

use super::job::Job;
use super::record::Record;
use crate::compare::shown;
use crate::domain::masking::value::{hide_ssns, id_without_ssn, may_hold_ssn};
use crate::domain::{Action, Kind, Ssn, deduction as ded, demographic as demo};
use crate::format::digits;
use crate::matching::deductions::DeductionState;
use crate::matching::roster::Employee;
use crate::validate::Value;
use chrono::Datelike;

/// The columns of [`shown::EMPLOYEE`]; the end of the SSN is none.
const EMPLOYEE_COLUMNS: [Option<usize>; shown::EMPLOYEE.len()] = [
    Some(demo::SUBSCRIBER_ID),
    Some(demo::USERNAME),
    None,
    Some(demo::EMPLOYEE_NUMBER),
    Some(demo::FIRST_NAME),
    Some(demo::LAST_NAME),
    Some(demo::EMPLOYMENT_STATUS),
    Some(demo::HIRE_DATE),
    Some(demo::ORIGINAL_HIRE_DATE),
    Some(demo::TERMINATION_DATE),
    Some(demo::EIN),
    Some(demo::WORK_EMAIL),
    Some(demo::BENEFITS_LEVEL),
];

/// The columns of [`shown::DEDUCTION`]; the action is not the sender's.
const DEDUCTION_COLUMNS: [Option<usize>; shown::DEDUCTION.len()] = [
    Some(ded::SUBSCRIBER_ID),
    Some(ded::DEDUCTION_CODE),
    Some(ded::EFFECTIVE_DATE),
    Some(ded::END_DATE),
    Some(ded::EIN),
    Some(ded::EMPLOYEE_AMOUNT),
    Some(ded::EMPLOYER_AMOUNT),
    None,
];

impl Record<'_> {
    /// Appends the state of an employee whose unchanged record came through another integration of the roster before:
    /// from now on it is this one whose full files have to hold the employee. Returns its row.
    pub(crate) fn take_over(&self, job: &Job<'_>, content: u64, out: &mut Vec<u8>) -> Option<u32> {
        if job.kind == Kind::Deduction {
            return None;
        }
        let (_, employee) = self.employee()?;
        (employee.origin != job.origin)
            .then(|| self.employee_state(job, content, employee.run, out))
    }

    /// Appends the record's new state for the ledger; returns the row it replaces, 0 for a new one.
    pub(crate) fn state(
        &self,
        job: &Job<'_>,
        content: u64,
        action: Action,
        out: &mut Vec<u8>,
    ) -> u32 {
        match job.kind {
            Kind::Demographic => self.employee_state(job, content, job.run_number(), out),
            Kind::Deduction => self.deduction_state(job, content, action, out),
        }
    }

    fn employee_state(&self, job: &Job<'_>, content: u64, run: u32, out: &mut Vec<u8>) -> u32 {
        let v = &self.values;
        let days = |column: usize| v[column].date().map(|d| d.num_days_from_ce());
        let left = v[demo::EMPLOYMENT_STATUS].text() == Some(b"T");
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
        for (name, column) in shown::EMPLOYEE.into_iter().zip(EMPLOYEE_COLUMNS) {
            match column {
                Some(column) => kept(name, v[column], v[demo::SSN].ssn(), out),
                None => {
                    if let Some(ssn) = v[demo::SSN].ssn() {
                        digits::push_four(out, ssn.serial());
                    }
                    shown::end(out);
                }
            }
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
            run: job.run_number(),
            key: self.identity.group.unwrap_or(0),
            content,
            ends: v[ded::END_DATE]
                .date()
                .map_or(DeductionState::OPEN, |d| d.num_days_from_ce()),
        };
        state.store(out);
        for (name, column) in shown::DEDUCTION.into_iter().zip(DEDUCTION_COLUMNS) {
            match column {
                Some(column) => kept(name, v[column], v[ded::SSN].ssn(), out),
                None => shown::push(out, action.as_str().as_bytes()),
            }
        }
        id
    }
}

/// The stored state of a test employee: ID and flag alone.
pub(crate) fn test_employee_state(
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
        run: job.run_number(),
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
            hide_ssns(&String::from_utf8_lossy(id_text))
        } else {
            String::new()
        };
        shown::push(out, id.as_bytes());
    }
    Some(employee.id)
}

/// Appends a field as the ledger may keep it: an SSN that slipped into another column is masked.
fn kept(name: &str, value: Value<'_>, ssn: Option<Ssn>, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) | Value::Code(text) if name != "subscriber_id" && may_hold_ssn(text) => {
            let text = String::from_utf8_lossy(text);
            let masked = match name {
                "username" | "employee_number" | "deduction_code" => id_without_ssn(&text, ssn),
                _ => hide_ssns(&text),
            };
            return shown::push(out, masked.as_bytes());
        }
        // No control character stands in it, so no separator.
        Value::Text(text) => out.extend_from_slice(text),
        Value::Code(code) => return shown::push(out, code),
        Value::Date(date) => digits::push_date(out, date),
        Value::Cents(cents) => digits::push_cents(out, cents),
        Value::Ein(number) => digits::push_ein(out, number),
        _ => {}
    }
    shown::end(out);
}

#[cfg(test)]
mod tests {
    use super::{DEDUCTION_COLUMNS, EMPLOYEE_COLUMNS, kept};
    use crate::compare::shown;
    use crate::domain::column::place;
    use crate::domain::{Kind, Ssn, deduction as ded};
    use crate::validate::Value;

    #[test]
    fn every_shown_field_comes_from_the_column_of_its_name() {
        let of = |kind, names: &[&str]| -> Vec<Option<usize>> {
            names.iter().map(|name| place(kind, name)).collect()
        };
        assert_eq!(of(Kind::Demographic, &shown::EMPLOYEE), EMPLOYEE_COLUMNS);
        let deduction = of(Kind::Deduction, &shown::DEDUCTION);
        // The action is ours, not the sender's.
        let ours = deduction.iter().map(|c| c.filter(|c| *c != ded::ACTION));
        assert_eq!(ours.collect::<Vec<_>>(), DEDUCTION_COLUMNS);
    }

    #[test]
    fn an_ssn_in_another_column_is_masked() {
        let own = Ssn::new(521_341_234);
        let keep = |name, text: &str| {
            let mut out = Vec::new();
            kept(name, Value::Text(text.as_bytes()), own, &mut out);
            shown::fields(&out)
        };
        assert_eq!(keep("first_name", "521-34-1234"), ["***-**-1234"]);
        assert_eq!(keep("username", "521341234"), ["***-**-1234"]);
        assert_eq!(keep("username", "521341235"), ["521341235"]);
        assert_eq!(keep("last_name", "Lee 52134123"), ["Lee 52134123"]);
    }
}
