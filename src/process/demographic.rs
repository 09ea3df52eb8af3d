//! Demographic records: who the employees are. They make up the roster.

use super::job::{FileContext, JobSpec, Known, RunIdentity};
use super::kind::{RecordKind, ValuesOf};
use super::linking;
use super::record::{Record, StoredState};
use super::state::{Owner, ssn_of_id};
use crate::changeset::change::Change;
use crate::changeset::shown;
use crate::compare::action;
use crate::compare::hire_date::{FirstHired, first_hired};
use crate::domain::{Action, Code, DemographicColumn as Column, Kind, Severity};
use crate::format::{Fields, digits};
use crate::matching::accounts::LinkClaim;
use crate::matching::file_row::{RowKey, RowKeys};
use crate::matching::identity_moves::Identity;
use crate::matching::levels::level_hash;
use crate::matching::names::Names;
use crate::matching::person;
use crate::matching::roster::{Employee, Roster, Version};
use crate::matching::traits::Part;
use crate::select::is_gone;
use crate::validate::findings::Target;
use crate::validate::identity::IdentityChecks;
use crate::validate::{Findings, Value, demographic};
use chrono::{Datelike, NaiveDate};

/// The columns of [`shown::EMPLOYEE`]. The last digits of the SSN have no column of their own.
pub(super) const SHOWN: [Option<Column>; shown::EMPLOYEE.len()] = [
    Some(Column::SubscriberId),
    Some(Column::Username),
    None,
    Some(Column::EmployeeNumber),
    Some(Column::FirstName),
    Some(Column::LastName),
    Some(Column::EmploymentStatus),
    Some(Column::HireDate),
    Some(Column::OriginalHireDate),
    Some(Column::TerminationDate),
    Some(Column::Ein),
    Some(Column::WorkEmail),
    Some(Column::BenefitsLevel),
];

pub(super) struct Demographic;

impl RecordKind for Demographic {
    const KIND: Kind = Kind::Demographic;
    type Column = Column;
    const ROW_KEY: RowKey = RowKey::Subscriber;
    const KEY_PARTS: &'static [(Column, Part)] = &[];
    const AMOUNTS: Option<[Column; 2]> = None;

    fn version(known: &Known<'_>) -> Option<Version> {
        known.roster.map(Roster::version)
    }

    fn check(checks: IdentityChecks, values: &mut ValuesOf<'_, Self>, findings: &mut Findings) {
        demographic::check(checks, values, findings);
    }

    fn keys(
        _: FileContext<'_>,
        _: &Fields<'_>,
        subscriber_hash: Option<u64>,
        ein: u32,
        _: &ValuesOf<'_, Self>,
    ) -> RowKeys {
        RowKeys {
            key_hash: subscriber_hash,
            ein,
            series: 0,
        }
    }

    fn compared_with(stored: &StoredState<'_>) -> Option<(usize, u64)> {
        stored.person.map(|(position, e)| (position, e.content))
    }

    fn last_accepted(stored: &StoredState<'_>) -> Option<u32> {
        stored.employee().map(|e| e.run)
    }

    fn version_of(stored: &StoredState<'_>) -> u32 {
        stored.employee().map_or(0, |e| e.changed)
    }

    fn check_known(
        record: &Record<'_, Self>,
        context: FileContext<'_>,
        findings: &mut Findings,
    ) -> Vec<(Identity, u32)> {
        let FileContext { job, conflicts, .. } = context;
        let known = &job.known;
        // Whose SSN it is can't be asked without knowing whose record it is.
        let (Some(subscriber), Some(roster)) = (record.identity.subscriber_hash, known.roster)
        else {
            return Vec::new();
        };
        let (employee, hashes) = (record.stored.employee(), record.hashes());
        let (change, moves) = (known.ssn_change, &conflicts.moves);
        let claims = person::demographic(roster, employee, &hashes, change, moves, findings);
        let target = Target::Column(Column::Ssn.into());
        if moves.rehired.contains(&subscriber) {
            findings.add(target, Code::RehireNewId, known.rehire.severity());
        }
        let placeholder = record.ssn_hash.is_none() && record.values[Column::Ssn].ssn().is_some();
        let told =
            |findings: &Findings| findings.all.iter().any(|f| f.code == Code::SsnPlaceholder);
        // A placeholder takes the place of a number that the roster knows, and keeps.
        if placeholder && employee.is_some_and(|e| e.ssn != 0) && !told(findings) {
            findings.add(target, Code::SsnPlaceholder, Severity::Warning);
        }
        claims
    }

    fn has_left(values: &ValuesOf<'_, Self>) -> bool {
        values[Column::EmploymentStatus].text() == Some(b"T")
    }

    fn choose_level<'a>(record: &mut Record<'a, Self>, job: &'a JobSpec<'_>) {
        let subscriber = record.identity.subscriber_hash;
        let (Some(levels), Some(subscriber)) = (job.known.levels, subscriber) else {
            return;
        };
        let Some(chosen) = levels.get(&subscriber) else {
            return;
        };
        let value = &mut record.values[Column::BenefitsLevel];
        let sent = value.text().unwrap_or_default();
        match level_hash(&job.key, sent) == chosen.file {
            true => *value = Value::Text(chosen.level.as_bytes()),
            false => record.level_over = true,
        }
    }

    fn waits_for_sync(record: &Record<'_, Self>, job: &JobSpec<'_>) -> bool {
        let known = record.stored.employee();
        let synced = known.is_some_and(|e| !e.is(Employee::NOT_SYNCING));
        let selected = record.stored.person.is_some_and(|(_, e)| e.is_selected());
        let asks = record.values[Column::CreateBenefitsRecord] == Value::Flag(true);
        job.manual_enrolment && !synced && !selected && !asks
    }

    fn ended(values: &ValuesOf<'_, Self>) -> i32 {
        let ended = values[Column::TerminationDate].date();
        ended.map_or(0, |d| d.num_days_from_ce())
    }

    fn names(job: &JobSpec<'_>, values: &ValuesOf<'_, Self>) -> Names {
        let name = |column| values[column].text().unwrap_or_default();
        Names::of(&job.key, name(Column::FirstName), name(Column::LastName))
    }

    fn find_account(
        record: &mut Record<'_, Self>,
        context: FileContext<'_>,
        found: (u64, &[(Identity, u32)], &mut Findings),
        claims: &mut Vec<LinkClaim>,
    ) -> bool {
        linking::find_account(record, context, found, claims)
    }

    fn action(record: &Record<'_, Self>, job: &JobSpec<'_>, content: u64) -> Option<Action> {
        let known = record.stored.employee();
        // For the receiver, one who was never synced is new.
        let known = known.filter(|e| !e.is(Employee::NOT_SYNCING));
        match action::demographic(known, content, leaves(record, job)) {
            Some(Action::Create) if record.account.position.is_some() => Some(Action::Link),
            action => action,
        }
    }

    fn fill_blanks(_: &JobSpec<'_>, values: &mut ValuesOf<'_, Self>) {
        values.fill(Column::IsPrimaryEin, Value::Flag(true));
        for column in [
            Column::TestEmployee,
            Column::ExcludeFromBatchImport,
            Column::CreateBenefitsRecord,
        ] {
            values.fill(column, Value::Flag(false));
        }
    }

    /// Who came back keeps the original hire date the roster knows.
    fn complete(record: &mut Record<'_, Self>, job: &JobSpec<'_>) {
        let original = original_hire_date(record, hired(record, job));
        record.values[Column::OriginalHireDate] = original;
    }

    fn push_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        run: &RunIdentity,
        content: u64,
        _: Action,
        passed_on: u8,
        out: &mut Vec<u8>,
    ) -> u32 {
        let version = record.version(job);
        push_employee(record, job, content, (run.number, version), passed_on, out)
    }

    /// An employee whose unchanged record came through another integration of the roster before: from now on the full
    /// files of this one have to hold the employee. And one whose record says that it is a newer version.
    fn push_unchanged_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        content: u64,
        passed_on: u8,
        out: &mut Vec<u8>,
    ) -> Option<u32> {
        let employee = record.stored.employee()?;
        let version = record.version(job).max(employee.changed);
        let differs = employee.origin != job.origin
            || !employee.is_all(passed_on)
            || version != employee.changed;
        let run = (employee.run, version);
        differs.then(|| push_employee(record, job, content, run, passed_on, out))
    }

    fn change(id: u32, state: &[u8]) -> Change<'_> {
        Change::Employee { id, state }
    }
}

/// Whether the employee leaves by this record: terminated, or retired where the integration doesn't take the retired.
fn leaves(record: &Record<'_, Demographic>, job: &JobSpec<'_>) -> bool {
    let status = record.values[Column::EmploymentStatus].text();
    match status.unwrap_or(b"A") {
        b"T" => true,
        status => is_gone(status) && !job.selection.takes_status(status),
    }
}

fn days(value: Value<'_>) -> Option<i32> {
    value.date().map(|d| d.num_days_from_ce())
}

fn hired(record: &Record<'_, Demographic>, job: &JobSpec<'_>) -> FirstHired {
    let known = record.stored.employee();
    let comes_back = known.is_some_and(|e| e.is(Employee::LEFT)) && !leaves(record, job);
    let [original, hired] =
        [Column::OriginalHireDate, Column::HireDate].map(|c| days(record.values[c]));
    first_hired(known, original, hired, comes_back)
}

/// The original hire date to write and to keep.
fn original_hire_date<'a>(record: &Record<'a, Demographic>, hired: FirstHired) -> Value<'a> {
    let filled = hired.filled.and_then(NaiveDate::from_num_days_from_ce_opt);
    filled.map_or(record.values[Column::OriginalHireDate], Value::Date)
}

fn push_employee(
    record: &Record<'_, Demographic>,
    job: &JobSpec<'_>,
    content: u64,
    (run, changed): (u32, u32),
    passed_on: u8,
    out: &mut Vec<u8>,
) -> u32 {
    let values = &record.values;
    let left = leaves(record, job);
    let first = hired(record, job);
    // A row of a test employee known by flag alone is replaced, not doubled. What a record leaves out of its identity
    // stays known: a placeholder or a blank must not set a number or a name free for others.
    let known = record.stored.person.map(|(_, e)| *e).unwrap_or_default();
    let id = known.id;
    let id_text = values[Column::SubscriberId].text().unwrap_or_default();
    let ssn = values[Column::Ssn].ssn();
    let id_as_ssn = ssn_of_id(job, id_text, ssn, Some(&known));
    let encrypted = id_as_ssn.map_or(0, |_| Employee::ID_IS_SSN);
    let terminated = days(values[Column::TerminationDate]).filter(|_| left);
    let left = if left { Employee::LEFT | passed_on } else { 0 };
    let waits = match Demographic::waits_for_sync(record, job) {
        true => Employee::NOT_SYNCING,
        false => 0,
    };
    let mut employee = Employee {
        id,
        run,
        subscriber_hash: record.identity.subscriber_hash.unwrap_or(0),
        content,
        ssn: record.ssn_hash.unwrap_or(known.ssn),
        username: record.identity.username_hash.unwrap_or(known.username),
        terminated: terminated.unwrap_or(Employee::OPEN),
        hired: first.day,
        origin: job.origin,
        flags: first.flags | left | encrypted | waits,
        filled: record.filled,
        changed,
    };
    employee.keep_passed_on(&known);
    employee.store(out);
    let owner = Owner {
        cipher: &job.cipher,
        subscriber_hash: employee.subscriber_hash,
        ssn,
    };
    let number = ssn.filter(|s| !s.is_placeholder());
    for (name, column) in shown::EMPLOYEE.into_iter().zip(SHOWN) {
        match column {
            Some(Column::SubscriberId) => owner.push_id(id_text, id_as_ssn, out),
            Some(Column::OriginalHireDate) => {
                owner.push_kept(name, original_hire_date(record, first), out);
            }
            Some(column) => owner.push_kept(name, values[column], out),
            None => {
                if let Some(ssn) = number {
                    digits::push_four(out, ssn.serial());
                }
                shown::end(out);
            }
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::SHOWN;
    use crate::changeset::shown;
    use crate::domain::column::KindColumns;

    #[test]
    fn every_shown_field_comes_from_the_column_of_its_name() {
        for (name, column) in shown::EMPLOYEE.into_iter().zip(SHOWN) {
            let of = column.map(|c| c.definition().name);
            assert_eq!(of, Some(name).filter(|n| *n != "ssn_last4"));
        }
    }
}
