//! Deduction records: what is taken from pay. They are matched with the roster and have keys of their own.

use super::job::{FileContext, JobSpec, Known, RunIdentity};
use super::kind::{RecordKind, ValuesOf};
use super::record::{Record, StoredState};
use super::state::{Owner, ssn_of_id};
use crate::changeset::change::Change;
use crate::changeset::shown;
use crate::compare::action;
use crate::domain::column::KindColumns;
use crate::domain::keyed_hash::{HashedType, KeyedHasher};
use crate::domain::{Action, DeductionColumn as Column, Kind, SiteKey};
use crate::format::{Fields, Layout};
use crate::matching::deductions::{DeductionState, Deductions};
use crate::matching::file_row::RowKey;
use crate::matching::identity_moves::Identity;
use crate::matching::person;
use crate::matching::roster::Version;
use crate::rules::plan_year::PlanYear;
use crate::validate::identity::IdentityChecks;
use crate::validate::{Findings, Value, Values, deduction};
use chrono::Datelike;

/// The columns of [`shown::DEDUCTION`]. The action shown is ours, not the sender's.
const SHOWN: [Option<Column>; shown::DEDUCTION.len()] = [
    Some(Column::SubscriberId),
    Some(Column::DeductionCode),
    Some(Column::EffectiveDate),
    Some(Column::EndDate),
    Some(Column::Ein),
    Some(Column::EmployeeAmount),
    Some(Column::EmployerAmount),
    None,
];

pub(super) struct Deduction;

impl RecordKind for Deduction {
    const KIND: Kind = Kind::Deduction;
    type Column = Column;
    const ROW_KEY: RowKey = RowKey::Own;
    const KEY_COLUMNS: &'static [Column] =
        &[Column::Ein, Column::DeductionCode, Column::EffectiveDate];
    const AMOUNTS: Option<[Column; 2]> = Some([Column::EmployeeAmount, Column::EmployerAmount]);

    fn version(known: &Known<'_>) -> Option<Version> {
        known.deductions.map(Deductions::version)
    }

    fn check(checks: IdentityChecks, values: &mut ValuesOf<'_, Self>, findings: &mut Findings) {
        deduction::check(checks, values, findings);
    }

    /// Subscriber, deduction code, effective date and EIN make two deductions the same.
    fn key(
        site_key: &SiteKey,
        subscriber_hash: Option<u64>,
        ein: u32,
        values: &ValuesOf<'_, Self>,
    ) -> (Option<u64>, u32) {
        let hash = |subscriber: u64| {
            let code = values[Column::DeductionCode].text()?;
            let effective = values[Column::EffectiveDate].date()?;
            let mut hasher: KeyedHasher = site_key.hasher(HashedType::Key);
            hasher.part(&subscriber.to_le_bytes());
            hasher.part(code);
            hasher.part(&effective.num_days_from_ce().to_le_bytes());
            hasher.part(&ein.to_le_bytes());
            Some(hasher.finish())
        };
        (subscriber_hash.and_then(hash), 0)
    }

    fn compared_with(stored: &StoredState<'_>) -> Option<(usize, u64)> {
        stored.deduction.map(|(position, d)| (position, d.content))
    }

    fn last_accepted(stored: &StoredState<'_>) -> Option<u32> {
        stored.deduction.map(|(_, d)| d.run)
    }

    fn check_known(
        record: &Record<'_, Self>,
        context: FileContext<'_>,
        findings: &mut Findings,
    ) -> Vec<(Identity, u32)> {
        let FileContext { job, year, .. } = context;
        if job.known.roster.is_some() && record.identity.subscriber_hash.is_some() {
            let (employee, hashes) = (record.stored.employee(), record.hashes());
            let effective = record.values[Column::EffectiveDate].date();
            person::deduction(employee, &hashes, effective, findings);
        }
        job.plan_years.check(year, &record.values, findings);
        Vec::new()
    }

    fn action(record: &Record<'_, Self>, job: &JobSpec<'_>, content: u64) -> Option<Action> {
        let known = record.stored.deduction.map(|(_, d)| d);
        action::deduction(known, content, &record.values, job.zero_stops)
    }

    fn fill_blanks(job: &JobSpec<'_>, values: &mut ValuesOf<'_, Self>) {
        values.fill(Column::Frequency, Value::Code(b"PER_PAY"));
        values.fill(Column::TestEmployee, Value::Flag(false));
        if let Some(year) = job.plan_years.of(values) {
            values.fill(Column::PlanYearStart, Value::Date(year.start));
            values.fill(Column::PlanYearEnd, Value::Date(year.end));
        }
    }

    fn plan_year(job: &JobSpec<'_>, layout: &Layout, fields: &Fields<'_>) -> Option<PlanYear> {
        let mut values = Values::blank();
        for column in [
            Column::PlanYearStart,
            Column::PlanYearEnd,
            Column::EffectiveDate,
        ] {
            let raw = layout.get(fields, column);
            let mut ignored = Findings::default();
            values[column] = job.fields.value(column.definition(), raw, &mut ignored);
        }
        job.plan_years.of(&values)
    }

    fn push_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        run: &RunIdentity,
        content: u64,
        action: Action,
        _: u8,
        out: &mut Vec<u8>,
    ) -> u32 {
        let values = &record.values;
        let id = record.stored.deduction.map_or(0, |(_, d)| d.id);
        let ends = values[Column::EndDate].date().map(|d| d.num_days_from_ce());
        let state = DeductionState {
            id,
            run: run.number,
            key: record.identity.key_hash.unwrap_or(0),
            content,
            ends: ends.unwrap_or(DeductionState::OPEN),
            filled: record.filled,
        };
        state.store(out);
        let owner = Owner {
            cipher: &job.cipher,
            subscriber_hash: record.identity.subscriber_hash.unwrap_or(0),
            ssn: values[Column::Ssn].ssn(),
        };
        for (name, column) in shown::DEDUCTION.into_iter().zip(SHOWN) {
            match column {
                Some(Column::SubscriberId) => {
                    let id = values[Column::SubscriberId].text().unwrap_or_default();
                    let known = record.stored.person.map(|(_, e)| e);
                    owner.push_id(id, ssn_of_id(job, id, owner.ssn, known), out);
                }
                Some(column) => owner.push_kept(name, values[column], out),
                None => shown::push(out, action.as_str().as_bytes()),
            }
        }
        id
    }

    fn change(id: u32, state: &[u8]) -> Change<'_> {
        Change::Deduction { id, state }
    }
}

#[cfg(test)]
mod tests {
    use super::SHOWN;
    use crate::changeset::shown;
    use crate::domain::column::KindColumns;

    #[test]
    fn every_shown_field_comes_from_the_column_of_its_name() {
        for (name, column) in shown::DEDUCTION.into_iter().zip(SHOWN) {
            let of = column.map(|c| c.definition().name);
            // The action is ours, not the sender's.
            assert_eq!(of, Some(name).filter(|n| *n != "action"));
        }
    }
}
