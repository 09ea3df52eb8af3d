//! One record on its way through validate → match → rules → compare.

use super::job::Job;
use super::report;
use crate::compare::{action, shown};
use crate::domain::column::shared;
use crate::domain::keyed::{Domain, KeyedHasher};
use crate::domain::{
    Action, Bucket, Code, Kind, Severity, SiteKey, Ssn, deduction as ded, demographic as demo,
};
use crate::format::{Fields, Layout, show};
use crate::matching::deductions::DeductionState;
use crate::matching::in_file::{Conflicts, Identity};
use crate::matching::person::{self, Hashes};
use crate::matching::roster::{Employee, Roster};
use crate::rules::plan_year::PlanYear;
use crate::validate::field::{Mark, Marks, On, Values};
use crate::validate::text::clean;
use crate::validate::{Value, deduction, demographic};
use chrono::{Datelike, NaiveDate};
use std::borrow::Cow;
use std::io::Write;

/// The hash of a subscriber ID as sent.
pub fn subject_hash(key: &SiteKey, subscriber_id: &[u8]) -> Option<u64> {
    (!subscriber_id.is_empty()).then(|| key.hash(Domain::Subscriber, subscriber_id))
}

/// A parsed record.
pub struct Record<'a> {
    /// Its values.
    pub values: Values<'a>,
    /// Its identities.
    pub identity: Identity,
}

impl<'a> Record<'a> {
    /// Parses every field and judges the fields together.
    pub fn read(
        job: &'a Job<'_>,
        layout: &Layout,
        fields: &Fields<'a>,
        marks: &mut Marks,
    ) -> Record<'a> {
        let mut values = job.fields.record(job.kind, layout, fields, marks);
        match job.kind {
            Kind::Demographic => demographic::check(job.plansource, &mut values, marks),
            Kind::Deduction => deduction::check(job.plansource, &mut values, marks),
        }
        let identity = identity(job, layout, fields, &values, marks);
        Record { values, identity }
    }

    /// Judges the record against the other rows of its file.
    pub fn check_conflicts(&self, kind: Kind, conflicts: &Conflicts, marks: &mut Marks) {
        if conflicts.is_empty() {
            return;
        }
        let (places, id) = (shared(kind), &self.identity);
        if id
            .group
            .is_some_and(|g| conflicts.keys.contains(&(g, id.part)))
        {
            marks.record(Code::DuplicateConflict);
        }
        if id.subject.is_some() {
            if id.ssn.is_some_and(|s| conflicts.ssns.contains(&s)) {
                marks.column(places.ssn, Code::SsnShared);
            }
            if id
                .username
                .is_some_and(|u| conflicts.usernames.contains(&u))
            {
                marks.column(places.username, Code::UsernameShared);
            }
        }
        let primaries =
            kind == Kind::Demographic && id.group.is_some_and(|g| conflicts.primaries.contains(&g));
        if primaries {
            marks.column(places.ein, Code::PrimaryEinConflict);
        }
    }

    /// Judges the record against roster, plan years and last accepted state.
    pub fn match_and_rule(&self, job: &Job<'_>, run_year: Option<PlanYear>, marks: &mut Marks) {
        let id = &self.identity;
        let hashes = Hashes {
            subject: id.subject.unwrap_or(0),
            ssn: id.ssn.map(|s| ssn_hash(&job.key, s)),
            username: id.username,
        };
        let known = self.employee(job).map(|(_, e)| e);
        match (job.kind, job.known.roster) {
            (Kind::Demographic, Some(roster)) => {
                person::demographic(roster, known, &hashes, job.known.ssn_change, marks);
            }
            (Kind::Deduction, Some(_)) if id.subject.is_some() => {
                let effective = self.values[ded::EFFECTIVE_DATE].date();
                person::deduction(known, &hashes, effective, marks);
            }
            _ => {}
        }
        if job.kind == Kind::Deduction {
            job.plan_years.check(run_year, &self.values, marks);
        }
        if let Some(parent) = job.corrects
            && self
                .last_accepted(job)
                .is_some_and(|run| run >= parent && !job.repeats.contains(&run))
        {
            marks.record(Code::AlreadyAccepted);
        }
    }

    /// The number of the run that last accepted a record of this key.
    fn last_accepted(&self, job: &Job<'_>) -> Option<u32> {
        match job.kind {
            Kind::Demographic => self.employee(job).map(|(_, e)| e.run),
            Kind::Deduction => self.deduction(job).map(|d| d.run),
        }
    }

    /// The employee the roster knows; one known as a test employee only is not known.
    pub fn employee<'j>(&self, job: &'j Job<'_>) -> Option<(usize, &'j Employee)> {
        let found = job.known.roster?.find(self.identity.subject?)?;
        (found.1.content != 0).then_some(found)
    }

    /// Appends the state of an employee whose unchanged record came through another integration of the roster before:
    /// from now on it is this one whose full files have to hold the employee. Returns its row.
    pub fn take_over(&self, job: &Job<'_>, content: u64, out: &mut Vec<u8>) -> Option<u32> {
        if job.kind == Kind::Deduction {
            return None;
        }
        let (_, employee) = self.employee(job)?;
        (employee.origin != job.origin)
            .then(|| self.employee_state(job, content, employee.run, out))
    }

    /// Whether the correction of this rejected record may have another key.
    pub fn key_in_doubt(&self, kind: Kind, marks: &Marks) -> bool {
        let places = shared(kind);
        let mut key = vec![places.subscriber_id, places.username, places.ssn];
        if kind == Kind::Deduction {
            key.extend([places.ein, ded::DEDUCTION_CODE, ded::EFFECTIVE_DATE]);
        }
        let on_key = |m: &Mark| match m.on {
            On::Record => true,
            On::Column(column) => key.contains(&usize::from(column)),
            On::Custom(_) => false,
        };
        let rejects = |m: &&Mark| m.severity == Severity::Error;
        self.identity.group.is_none() || marks.all.iter().filter(rejects).any(on_key)
    }

    fn deduction<'j>(&self, job: &'j Job<'_>) -> Option<&'j DeductionState> {
        job.known.deductions?.find(self.identity.group?)
    }

    /// The bucket of a record without errors.
    pub fn compare(&self, job: &Job<'_>, content: u64) -> Bucket {
        let action = match job.kind {
            Kind::Demographic => {
                let status = self.values[demo::EMPLOYMENT_STATUS].text().unwrap_or("A");
                action::demographic(self.employee(job).map(|(_, e)| e), content, status)
            }
            Kind::Deduction => {
                action::deduction(self.deduction(job), content, &self.values, job.zero_stops)
            }
        };
        match action {
            Some(action) => Bucket::Accepted(action),
            None if job.qualify_delta => Bucket::Unchanged,
            None => Bucket::Accepted(Action::None),
        }
    }

    /// Fills what a blank means, so that the output is complete and equal records are equal.
    pub fn fill_blanks(&mut self, job: &Job<'_>) {
        let values = &mut self.values;
        let blank = |v: &mut Value<'a>, meaning: Value<'a>| {
            if v.is_blank() {
                *v = meaning;
            }
        };
        match job.kind {
            Kind::Demographic => {
                blank(&mut values[demo::IS_PRIMARY_EIN], Value::Flag(true));
                for column in [
                    demo::TEST_EMPLOYEE,
                    demo::EXCLUDE_FROM_BATCH_IMPORT,
                    demo::CREATE_BENEFITS_RECORD,
                ] {
                    blank(&mut values[column], Value::Flag(false));
                }
            }
            Kind::Deduction => {
                blank(&mut values[ded::FREQUENCY], Value::Code("PER_PAY"));
                blank(&mut values[ded::TEST_EMPLOYEE], Value::Flag(false));
                if let Some(year) = job.plan_years.of(values) {
                    blank(&mut values[ded::PLAN_YEAR_START], Value::Date(year.start));
                    blank(&mut values[ded::PLAN_YEAR_END], Value::Date(year.end));
                }
            }
        }
    }

    /// A rehire keeps the original hire date the roster knows.
    pub fn keep_original_hire(&mut self, job: &Job<'_>, action: Action) {
        if action != Action::Reactivate {
            return;
        }
        let hired = self.employee(job).map(|(_, e)| e.hired).filter(|d| *d != 0);
        if let Some(date) = hired.and_then(NaiveDate::from_num_days_from_ce_opt) {
            self.values[demo::ORIGINAL_HIRE_DATE] = Value::Date(date);
        }
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
        let row = job.known.roster.zip(self.identity.subject);
        let id = row.and_then(|(r, s)| r.find(s)).map_or(0, |(_, e)| e.id);
        let employee = Employee {
            id,
            run,
            subject: self.identity.subject.unwrap_or(0),
            content,
            ssn: self.identity.ssn.map_or(0, |s| ssn_hash(&job.key, s)),
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
        let id = self.deduction(job).map_or(0, |d| d.id);
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
    roster: Option<&Roster>,
    subject: u64,
    id_text: &[u8],
    out: &mut Vec<u8>,
) -> Option<u32> {
    let known = roster.and_then(|r| r.find(subject)).map(|(_, e)| *e);
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

/// The hash of an SSN.
pub fn ssn_hash(key: &SiteKey, number: u32) -> u64 {
    key.hash(Domain::Ssn, &number.to_le_bytes()).max(1)
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

/// Fewer digits than these hold no SSN.
const SSN_DIGITS: usize = 9;

fn plain(value: Value<'_>, out: &mut Vec<u8>) {
    let _ = match value {
        Value::Text(t) | Value::Code(t) => out.write_all(t.as_bytes()),
        Value::Date(d) => write!(out, "{d}"),
        Value::Cents(c) => write!(out, "{}", crate::domain::Cents::from(c)),
        Value::Ein(n) => write!(out, "{:02}-{:07}", n / 10_000_000, n % 10_000_000),
        _ => Ok(()),
    };
}

fn identity(
    job: &Job<'_>,
    layout: &Layout,
    fields: &Fields<'_>,
    values: &Values<'_>,
    marks: &Marks,
) -> Identity {
    let places = shared(job.kind);
    let usable = |column: usize| !rejected(marks, column);
    let subscriber_id = clean(layout.get(fields, places.subscriber_id));
    let subject = subject_hash(&job.key, subscriber_id).filter(|_| usable(places.subscriber_id));
    let ssn = values[places.ssn]
        .ssn()
        .filter(|_| usable(places.ssn))
        .map(|s| s.number());
    let username = values[places.username]
        .text()
        .filter(|_| usable(places.username))
        .map(|name| {
            job.key
                .hash(Domain::Username, name.to_lowercase().as_bytes())
                .max(1)
        });
    let ein = match values[places.ein] {
        Value::Ein(number) => number,
        _ => 0,
    };
    let group = match job.kind {
        Kind::Demographic => subject,
        Kind::Deduction => subject.and_then(|s| deduction_key(&job.key, s, values, ein)),
    };
    Identity {
        subject,
        group,
        part: if job.kind == Kind::Demographic {
            ein
        } else {
            0
        },
        ssn,
        username,
    }
}

/// Whether a column has a finding that rejects.
fn rejected(marks: &Marks, column: usize) -> bool {
    let on = On::Column(column as u8);
    marks
        .all
        .iter()
        .any(|m| m.on == on && m.severity == Severity::Error)
}

/// Subscriber, deduction code, effective date and EIN: what makes two deductions the same.
fn deduction_key(key: &SiteKey, subject: u64, values: &Values<'_>, ein: u32) -> Option<u64> {
    let code = values[ded::DEDUCTION_CODE].text()?;
    let effective = values[ded::EFFECTIVE_DATE].date()?;
    let mut hasher: KeyedHasher = key.hasher(Domain::Key);
    hasher.part(&subject.to_le_bytes());
    hasher.part(code.as_bytes());
    hasher.part(&effective.num_days_from_ce().to_le_bytes());
    hasher.part(&ein.to_le_bytes());
    Some(hasher.finish())
}
