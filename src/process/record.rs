//! One record on its way through validate → match → rules → compare.

use super::job::Job;
use crate::compare::action;
use crate::domain::column::shared;
use crate::domain::keyed::{Domain, KeyedHasher};
use crate::domain::{
    Action, Bucket, Code, Kind, Severity, SiteKey, deduction as ded, demographic as demo,
};
use crate::format::Fields;
use crate::matching::deductions::DeductionState;
use crate::matching::in_file::{Conflicts, Identity};
use crate::matching::person::{self, Hashes};
use crate::matching::roster::Employee;
use crate::rules::plan_year::PlanYear;
use crate::validate::field::{COLUMNS, Mark, Marks, On, Values};
use crate::validate::{FieldPlan, Value, deduction, demographic};
use chrono::{Datelike, NaiveDate};

/// The hash of a subscriber ID as sent.
pub fn subject_hash(key: &SiteKey, subscriber_id: &[u8]) -> Option<u64> {
    (!subscriber_id.is_empty()).then(|| key.hash(Domain::Subscriber, subscriber_id))
}

/// What is stored of a record's subscriber and key, each with its place; looked up once.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stored<'j> {
    /// The employee, even one who is known as a test employee only.
    pub person: Option<(usize, &'j Employee)>,
    /// The deduction.
    pub deduction: Option<(usize, &'j DeductionState)>,
}

impl Stored<'_> {
    /// Place and fingerprint of what a record of this kind is compared with.
    pub(crate) fn content(&self, kind: Kind) -> Option<(usize, u64)> {
        match kind {
            Kind::Demographic => self.person.map(|(place, e)| (place, e.content)),
            Kind::Deduction => self.deduction.map(|(place, d)| (place, d.content)),
        }
    }
}

/// A parsed record.
pub(crate) struct Record<'a> {
    /// Its values.
    pub values: Values<'a>,
    /// Its identities.
    pub identity: Identity,
    /// Hash of its SSN as the roster keeps it, if that is valid and anybody asks.
    pub ssn: Option<u64>,
    /// What is stored of it; nothing until whoever judges it has looked.
    pub stored: Stored<'a>,
}

impl<'a> Record<'a> {
    /// Parses every field and judges the fields together. `subject` is the hash of the subscriber ID as sent.
    pub(crate) fn read<'j: 'a>(
        job: &'j Job<'_>,
        plan: &FieldPlan<'j>,
        (bytes, fields): (&[u8], &Fields<'a>),
        subject: Option<u64>,
        marks: &mut Marks,
    ) -> Record<'a> {
        let mut record = Record {
            values: [Value::Blank; COLUMNS],
            identity: Identity::default(),
            ssn: None,
            stored: Stored::default(),
        };
        plan.read(bytes, fields, &mut record.values, marks);
        match job.kind {
            Kind::Demographic => demographic::check(job.plansource, &mut record.values, marks),
            Kind::Deduction => deduction::check(job.plansource, &mut record.values, marks),
        }
        record.identity = identity(job, subject, &record.values, marks);
        if job.known.roster.is_some() || !job.is_dry() {
            record.ssn = record.identity.ssn.map(|s| ssn_hash(&job.key, s));
        }
        record
    }

    /// Judges the record against the other rows of its file.
    pub(crate) fn check_conflicts(&self, kind: Kind, conflicts: &Conflicts, marks: &mut Marks) {
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
    pub(crate) fn match_and_rule(
        &self,
        job: &Job<'_>,
        run_year: Option<PlanYear>,
        marks: &mut Marks,
    ) {
        let id = &self.identity;
        let hashes = Hashes {
            subject: id.subject.unwrap_or(0),
            ssn: self.ssn,
            username: id.username,
        };
        let known = self.employee().map(|(_, e)| e);
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
                .last_accepted(job.kind)
                .is_some_and(|run| run >= parent && !job.repeats.contains(&run))
        {
            marks.record(Code::AlreadyAccepted);
        }
    }

    /// The number of the run that last accepted a record of this key.
    fn last_accepted(&self, kind: Kind) -> Option<u32> {
        match kind {
            Kind::Demographic => self.employee().map(|(_, e)| e.run),
            Kind::Deduction => self.deduction().map(|d| d.run),
        }
    }

    /// The employee the roster knows; one known as a test employee only is not known.
    pub(crate) fn employee(&self) -> Option<(usize, &'a Employee)> {
        self.stored.person.filter(|(_, e)| e.content != 0)
    }

    /// Whether the correction of this rejected record may have another key.
    pub(crate) fn key_in_doubt(&self, kind: Kind, marks: &Marks) -> bool {
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

    pub(super) fn deduction(&self) -> Option<&'a DeductionState> {
        self.stored.deduction.map(|(_, d)| d)
    }

    /// The bucket of a record without errors.
    pub(crate) fn compare(&self, job: &Job<'_>, content: u64) -> Bucket {
        let action = match job.kind {
            Kind::Demographic => {
                let status = self.values[demo::EMPLOYMENT_STATUS].text().unwrap_or(b"A");
                action::demographic(self.employee().map(|(_, e)| e), content, status)
            }
            Kind::Deduction => {
                action::deduction(self.deduction(), content, &self.values, job.zero_stops)
            }
        };
        match action {
            Some(action) => Bucket::Accepted(action),
            None if job.qualify_delta => Bucket::Unchanged,
            None => Bucket::Accepted(Action::None),
        }
    }

    /// Fills what a blank means, so that the output is complete and equal records are equal.
    pub(crate) fn fill_blanks(&mut self, job: &Job<'_>) {
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
                blank(&mut values[ded::FREQUENCY], Value::Code(b"PER_PAY"));
                blank(&mut values[ded::TEST_EMPLOYEE], Value::Flag(false));
                if let Some(year) = job.plan_years.of(values) {
                    blank(&mut values[ded::PLAN_YEAR_START], Value::Date(year.start));
                    blank(&mut values[ded::PLAN_YEAR_END], Value::Date(year.end));
                }
            }
        }
    }

    /// A rehire keeps the original hire date the roster knows.
    pub(crate) fn keep_original_hire(&mut self, action: Action) {
        if action != Action::Reactivate {
            return;
        }
        let hired = self.employee().map(|(_, e)| e.hired).filter(|d| *d != 0);
        if let Some(date) = hired.and_then(NaiveDate::from_num_days_from_ce_opt) {
            self.values[demo::ORIGINAL_HIRE_DATE] = Value::Date(date);
        }
    }
}

/// The hash of an SSN.
pub fn ssn_hash(key: &SiteKey, number: u32) -> u64 {
    key.hash(Domain::Ssn, &number.to_le_bytes()).max(1)
}

fn identity(job: &Job<'_>, subject: Option<u64>, values: &Values<'_>, marks: &Marks) -> Identity {
    let places = shared(job.kind);
    let usable = |column: usize| !rejected(marks, column);
    let subject = subject.filter(|_| usable(places.subscriber_id));
    let ssn = values[places.ssn]
        .ssn()
        .filter(|_| usable(places.ssn))
        .map(|s| s.number());
    let username = values[places.username]
        .text()
        .filter(|_| usable(places.username))
        .map(|name| job.key.hash_lower_case(Domain::Username, name).max(1));
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
    hasher.part(code);
    hasher.part(&effective.num_days_from_ce().to_le_bytes());
    hasher.part(&ein.to_le_bytes());
    Some(hasher.finish())
}
