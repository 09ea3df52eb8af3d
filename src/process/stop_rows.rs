//! Rows that end deductions for a reason that no record of the file says: a new rate follows, or a full file lacks them.

use super::job::JobSpec;
use super::kind::RecordKind;
use super::merge::Merge;
use super::omission::decrypted;
use super::row;
use super::run_io::{Result, RunIo};
use super::shown_person::ShownPerson;
use crate::changeset::shown::{self, KeptField};
use crate::domain::masking::value::guarded;
use crate::domain::{Action, DeductionColumn as Column};
use crate::format::{Fields, Layout};
use crate::matching::deductions::{DeductionState, Deductions};
use crate::validate::field::ein_number;
use crate::validate::{Value, Values};
use chrono::{Datelike, NaiveDate};
use std::borrow::Cow;

/// What is known of a deduction.
const DEDUCTION: [(&str, Column); 3] = [
    ("subscriber_id", Column::SubscriberId),
    ("deduction_code", Column::DeductionCode),
    ("plan_name", Column::PlanName),
];

/// Deductions whose fields are asked for at once.
pub(super) const BATCH: usize = 4096;

/// What is known of the employee of a stored deduction.
const EMPLOYEE: [(&str, Column); 4] = [
    ("employee_number", Column::EmployeeNumber),
    ("username", Column::Username),
    ("first_name", Column::FirstName),
    ("last_name", Column::LastName),
];

/// A stored deduction with the fields kept of it, and of its employee where a roster knows one.
pub(super) struct KnownDeduction<'a> {
    pub(super) state: &'a DeductionState,
    pub(super) fields: Vec<KeptField>,
    pub(super) employee: Vec<KeptField>,
}

impl KnownDeduction<'_> {
    /// A field of the deduction as people may see it.
    pub(super) fn shown(&self, name: &str) -> &str {
        field(&shown::DEDUCTION, &self.fields, name).map_or("", KeptField::shown)
    }

    /// The employee, as far as one is known.
    pub(super) fn person(&self) -> ShownPerson {
        let id = self.shown("subscriber_id").to_owned();
        ShownPerson {
            subscriber_id: guarded(id.clone()),
            id,
            ..ShownPerson::kept(&self.employee)
        }
    }

    /// The deduction code and its first day.
    pub(super) fn subject(&self) -> String {
        let [code, from] = ["deduction_code", "effective_date"].map(|name| self.shown(name));
        format!("{code} from {from}")
    }

    /// The employee's amount, in cents.
    pub(super) fn amount(&self) -> i64 {
        let digits = self.shown("employee_amount").replace('.', "");
        digits.parse().unwrap_or(0)
    }

    /// A field as it was sent.
    fn sent<'f>(&self, job: &JobSpec<'_>, field: Option<&'f KeptField>) -> Result<Cow<'f, str>> {
        match field {
            Some(field) => decrypted(job, self.state.subscriber, field),
            None => Ok(Cow::Borrowed("")),
        }
    }
}

fn field<'f>(names: &[&str], fields: &'f [KeptField], name: &str) -> Option<&'f KeptField> {
    let place = names.iter().position(|n| *n == name);
    place.and_then(|at| fields.get(at))
}

/// The deductions at some positions, at most [`BATCH`].
pub(super) fn stored<'a>(
    job: &JobSpec<'a>,
    deductions: &'a Deductions,
    io: &dyn RunIo,
    positions: &[u32],
) -> Result<Vec<KnownDeduction<'a>>> {
    let states: Vec<&DeductionState> = positions
        .iter()
        .map(|p| deductions.at(*p as usize))
        .collect();
    let ids: Vec<u32> = states.iter().map(|s| s.id).collect();
    let employee = |state: &&DeductionState| {
        let found = job.known.roster?.find(state.subscriber)?;
        Some(found.1.id)
    };
    let employees: Vec<Option<u32>> = states.iter().map(employee).collect();
    let mut known: Vec<u32> = employees.iter().copied().flatten().collect();
    known.sort_unstable();
    known.dedup();
    let people = io.employees(&known)?;
    let person = |id: Option<u32>| {
        let at = id.and_then(|id| known.binary_search(&id).ok());
        at.map(|at| people[at].clone()).unwrap_or_default()
    };
    let fields = io.deductions(&ids)?;
    Ok(states
        .into_iter()
        .zip(fields)
        .zip(employees)
        .map(|((state, fields), employee)| KnownDeduction {
            state,
            fields,
            employee: person(employee),
        })
        .collect())
}

/// Appends the row that ends a stored deduction. It has no SSN: only the last four digits are known here.
pub(super) fn push_stored(
    job: &JobSpec<'_>,
    layout: &Layout,
    stored: &KnownDeduction<'_>,
    end: NaiveDate,
    out: &mut Vec<u8>,
) -> Result<()> {
    let of_employee = EMPLOYEE.map(|(name, column)| {
        let kept = field(&shown::EMPLOYEE, &stored.employee, name);
        (column, kept)
    });
    let own = DEDUCTION.map(|(name, column)| {
        let kept = field(&shown::DEDUCTION, &stored.fields, name);
        (column, kept)
    });
    let mut texts = Vec::new();
    for (column, kept) in of_employee.into_iter().chain(own) {
        texts.push((column, stored.sent(job, kept)?));
    }
    let mut values = Values::blank();
    for (column, text) in &texts {
        if !text.is_empty() {
            values[*column] = Value::Text(text.as_bytes());
        }
    }
    let ein = ein_number(stored.shown("ein").as_bytes());
    values[Column::Ein] = ein.map_or(Value::Blank, Value::Ein);
    let effective = NaiveDate::from_num_days_from_ce_opt(stored.state.effective);
    values[Column::EffectiveDate] = effective.map_or(Value::Blank, Value::Date);
    if let Some(year) = job.plan_years.of(&values) {
        values[Column::PlanYearStart] = Value::Date(year.start);
        values[Column::PlanYearEnd] = Value::Date(year.end);
    }
    push(job, layout, values, end, out);
    Ok(())
}

/// Appends the row that ends the deduction of some values.
pub(super) fn push(
    job: &JobSpec<'_>,
    layout: &Layout,
    mut values: Values<'_, Column>,
    end: NaiveDate,
    out: &mut Vec<u8>,
) {
    values[Column::EmployeeAmount] = Value::Cents(0);
    values[Column::EmployerAmount] = Value::Cents(0);
    values[Column::EndDate] = Value::Date(end);
    values[Column::Action] = Value::Code(b"STOP");
    let none = Fields::none();
    row::push(job, layout, b"", &none, &values, (Action::Stop, b""), out);
}

/// Stores the last days that records say of other deductions, and writes the rows of those that a new rate ends.
pub(super) fn write_effects<K: RecordKind>(
    job: &JobSpec<'_>,
    layout: &Layout,
    io: &dyn RunIo,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let Some(deductions) = job.known.deductions else {
        return Ok(());
    };
    let mut ended = std::mem::take(&mut merge.series.effects.ended);
    ended.sort_unstable();
    ended.dedup_by_key(|ended| ended.position);
    for some in ended.chunks(BATCH) {
        let positions: Vec<u32> = some.iter().map(|ended| ended.position).collect();
        for (stored, ended) in stored(job, deductions, io, &positions)?.iter().zip(some) {
            let stopped = u8::from(ended.stopped) * DeductionState::STOPPED;
            let state = DeductionState {
                ends: ended.last,
                flags: stored.state.flags & !DeductionState::STOPPED | stopped,
                ..*stored.state
            };
            merge.store_state(state.id, &with_fields(state, &stored.fields))?;
            let end = NaiveDate::from_num_days_from_ce_opt(ended.last);
            if let Some(end) = end.filter(|_| ended.superseded && job.write_ends) {
                let mut out = Vec::new();
                push_stored(job, layout, stored, end, &mut out)?;
                merge.write_row(&out)?;
            }
        }
    }
    Ok(())
}

/// A state with its shown fields, as the ledger takes them.
pub(super) fn with_fields(state: DeductionState, fields: &[KeptField]) -> Vec<u8> {
    let mut out = Vec::new();
    state.store(&mut out);
    for field in fields {
        field.push(&mut out);
    }
    out
}

/// The days of a date as states count them.
pub(super) fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce()
}
