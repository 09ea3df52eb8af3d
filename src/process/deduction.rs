//! Deduction records: what is taken from pay. They are matched with the roster and have keys of their own.

use super::job::{FileContext, JobSpec, Known, RunIdentity};
use super::kind::{RecordKind, ValuesOf};
use super::record::{Record, StoredState, position_of};
use super::state::{Owner, ssn_of_id};
use super::stop_rows;
use crate::changeset::change::Change;
use crate::changeset::shown;
use crate::domain::column::KindColumns;
use crate::domain::keyed_hash::{HashedType, KeyedHasher};
use crate::domain::{Action, Code, DeductionColumn as Column, Kind};
use crate::format::output::From;
use crate::format::{Fields, Layout};
use crate::matching::deductions::{self, DeductionState, Deductions};
use crate::matching::file_row::{RowKey, RowKeys};
use crate::matching::identity_moves::Identity;
use crate::matching::person;
use crate::matching::roster::Version;
use crate::matching::series::{self, FileSeries, SeriesRow, Statement};
use crate::matching::traits::Part;
use crate::rules::after_termination;
use crate::rules::plan_year::PlanYear;
use crate::validate::identity::IdentityChecks;
use crate::validate::{Findings, Value, Values, deduction};
use chrono::{Datelike, NaiveDate};

/// The columns of [`shown::DEDUCTION`]. The action shown is ours, not the sender's.
const SHOWN: [Option<Column>; shown::DEDUCTION.len()] = [
    Some(Column::SubscriberId),
    Some(Column::DeductionCode),
    Some(Column::PlanName),
    Some(Column::EffectiveDate),
    Some(Column::EndDate),
    Some(Column::Ein),
    Some(Column::EmployeeAmount),
    Some(Column::EmployerAmount),
    None,
];

/// What is said of a line that is taken once and comes twice.
const TWO_ONE_TIME_LINES: &str = "It is taken once. If both lines are meant, the file has to tell them apart: have the sender \
    add a column that differs, such as a reference, have it named in the configuration (key), and send the line again.";

pub(super) struct Deduction;

impl RecordKind for Deduction {
    const KIND: Kind = Kind::Deduction;
    type Column = Column;
    const ROW_KEY: RowKey = RowKey::Own;
    const KEY_PARTS: &'static [(Column, Part)] = &[
        (Column::Ein, Part::Ein),
        (Column::DeductionCode, Part::Code),
        (Column::EffectiveDate, Part::Effective),
        (Column::Frequency, Part::Else),
    ];
    const AMOUNTS: Option<[Column; 2]> = Some([Column::EmployeeAmount, Column::EmployerAmount]);

    fn version(known: &Known<'_>) -> Option<Version> {
        known.deductions.map(Deductions::version)
    }

    fn check(checks: IdentityChecks, values: &mut ValuesOf<'_, Self>, findings: &mut Findings) {
        deduction::check(checks, values, findings);
    }

    /// Subscriber, deduction code, EIN, whether it is taken once, and the integration's own columns make a series; with the
    /// effective date they make two deductions the same. What is taken once is in a series of its own.
    fn keys(
        context: FileContext<'_>,
        fields: &Fields<'_>,
        subscriber_hash: Option<u64>,
        ein: u32,
        values: &ValuesOf<'_, Self>,
    ) -> RowKeys {
        let job = context.job;
        let keys = |subscriber: u64| {
            let code = values[Column::DeductionCode].text()?;
            let effective = values[Column::EffectiveDate].date()?.num_days_from_ce();
            let mut hasher: KeyedHasher = job.key.hasher(HashedType::Key);
            hasher.part(&subscriber.to_le_bytes());
            hasher.part(code);
            hasher.part(&ein.to_le_bytes());
            let once = is_one_time(values);
            hasher.part(&if once { effective } else { 0 }.to_le_bytes());
            hasher.part(&[u8::from(once)]);
            for column in &job.key_columns {
                push_key_column(context, fields, values, *column, &mut hasher);
            }
            let series = hasher.finish().max(1);
            Some(RowKeys {
                key_hash: Some(deductions::key(series, effective)),
                ein: 0,
                series,
            })
        };
        subscriber_hash.and_then(keys).unwrap_or_default()
    }

    fn compared_with(stored: &StoredState<'_>) -> Option<(usize, u64)> {
        stored.deduction.map(|(position, d)| (position, d.content))
    }

    fn last_accepted(stored: &StoredState<'_>) -> Option<u32> {
        stored.deduction.map(|(_, d)| d.run)
    }

    fn version_of(stored: &StoredState<'_>) -> u32 {
        stored.deduction.map_or(0, |(_, d)| d.changed)
    }

    fn check_known(
        record: &Record<'_, Self>,
        context: FileContext<'_>,
        findings: &mut Findings,
    ) -> Vec<(Identity, u32)> {
        let FileContext { job, year, .. } = context;
        if job.known.roster.is_some() && record.identity.subscriber_hash.is_some() {
            let employee = record.stored.employee();
            person::deduction(employee, &record.hashes(), findings);
            if let Some(employee) = employee.filter(|_| !ends(record, job)) {
                let effective = record.values[Column::EffectiveDate].date();
                after_termination::check(job.after_termination, employee, effective, findings);
            }
        }
        job.plan_years.check(year, &record.values, findings);
        Vec::new()
    }

    fn content(
        record: &mut Record<'_, Self>,
        fingerprint: impl FnOnce(&ValuesOf<'_, Self>) -> u64,
    ) -> u64 {
        let end = std::mem::replace(&mut record.values[Column::EndDate], Value::Blank);
        record.body = fingerprint(&record.values);
        record.values[Column::EndDate] = end;
        deductions::content(
            record.body,
            days(&record.values, Column::EndDate).unwrap_or(DeductionState::OPEN),
        )
    }

    fn settle(
        record: &mut Record<'_, Self>,
        context: FileContext<'_>,
        content: u64,
        findings: &mut Findings,
        out: &mut FileSeries,
    ) {
        let job = context.job;
        let none = Deductions::default();
        let deductions = job.known.deductions.unwrap_or(&none);
        let values = &record.values;
        let Some(effective) = days(values, Column::EffectiveDate) else {
            return;
        };
        let known = record.stored.deduction;
        if job.omission.is_some() && known.is_none() {
            let code = values[Column::DeductionCode].text();
            let code = code.map(code_hash);
            let subscriber = record.identity.subscriber_hash.unwrap_or(0);
            out.subjects.push((subscriber, code));
        }
        let mut row = SeriesRow {
            series: record.identity.series,
            effective,
            ends: last_day(values, job.zero_stops),
            stored_at: known.map_or(0, |(position, _)| position_of(position)),
            stored: known.is_some(),
            same: known.is_some_and(|(_, d)| d.content == content),
            same_body: known
                .is_some_and(|(_, d)| deductions::content(record.body, d.said) == d.content),
            statement: statement(values, job.zero_stops),
            unsettled: false,
        };
        let as_said = |d: &DeductionState| d.ends == d.said && !d.is(DeductionState::MARK);
        if row.same && known.is_some_and(|(_, d)| as_said(d)) {
            return;
        }
        let today = job.fields.today.num_days_from_ce();
        let key = deductions::key(row.series, effective);
        let settled = context.conflicts.series.verdict(key);
        let alone = settled.map_or_else(|| series::settle_one(row, deductions, today), |_| None);
        // What an earlier pass settled with others is settled with them again.
        row.unsettled = alone.is_none();
        let (verdict, mut effects) = alone.unwrap_or_default();
        record.verdict = settled.unwrap_or(verdict);
        out.effects.append(&mut effects);
        out.rows.push(row);
        let (said, action) = (values[Column::Action].text(), record.verdict.action);
        if record.verdict.unknown {
            let told = match said {
                Some(_) => Column::Action,
                None => Column::EmployeeAmount,
            };
            findings.column(told, Code::StopUnknown);
        }
        let overruled = matches!(
            (said, action),
            (Some(b"ADD"), Some(Action::Change)) | (Some(b"CHANGE"), Some(Action::Add))
        );
        if overruled {
            findings.column(Column::Action, Code::ActionOverruled);
        }
    }

    fn action(record: &Record<'_, Self>, _: &JobSpec<'_>, _: u64) -> Option<Action> {
        record.verdict.action
    }

    fn fill_blanks(job: &JobSpec<'_>, values: &mut ValuesOf<'_, Self>) {
        values.fill(Column::Frequency, Value::Code(b"PER_PAY"));
        values.fill(Column::TestEmployee, Value::Flag(false));
        if let Some(year) = job.plan_years.of(values) {
            values.fill(Column::PlanYearStart, Value::Date(year.start));
            values.fill(Column::PlanYearEnd, Value::Date(year.end));
        }
    }

    fn code(job: &JobSpec<'_>, layout: &Layout, fields: &Fields<'_>) -> Option<u32> {
        let mut findings = Findings::default();
        let column = Column::DeductionCode;
        let raw = layout.get(fields, column);
        let value = job.fields.value(column.definition(), raw, &mut findings);
        Some(code_hash(value.text()?))
    }

    fn advice_on_copy(
        job: &JobSpec<'_>,
        layout: &Layout,
        fields: &Fields<'_>,
    ) -> Option<&'static str> {
        let column = Column::Frequency;
        let raw = layout.get(fields, column);
        let value = job
            .fields
            .value(column.definition(), raw, &mut Findings::default());
        (value.text() == Some(b"ONE_TIME")).then_some(TWO_ONE_TIME_LINES)
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
        let before = record.stored.deduction.map(|(_, d)| d);
        let id = before.map_or(0, |d| d.id);
        let code = values[Column::DeductionCode].text();
        let added = u8::from(action == Action::Add) * DeductionState::ADDED;
        let state = DeductionState {
            id,
            run: run.number,
            series: record.identity.series,
            content,
            filled: record.filled,
            subscriber: record.identity.subscriber_hash.unwrap_or(0),
            code: code_hash(code.unwrap_or_default()),
            effective: days(values, Column::EffectiveDate).unwrap_or(0),
            said: days(values, Column::EndDate).unwrap_or(DeductionState::OPEN),
            ends: record.verdict.last,
            flags: flags(record, statement(values, job.zero_stops), before) | added,
            changed: record.version(job),
        };
        state.store(out);
        push_shown(record, job, action, out);
        id
    }

    /// A deduction whose record says that it is a newer version.
    fn push_unchanged_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        _: u64,
        _: u8,
        out: &mut Vec<u8>,
    ) -> Option<u32> {
        let (_, known) = record.stored.deduction?;
        let changed = record.version(job);
        if changed <= known.changed {
            return None;
        }
        DeductionState { changed, ..*known }.store(out);
        let told = match statement(&record.values, job.zero_stops) {
            Statement::Stop => Action::Stop,
            Statement::Waive => Action::Waive,
            Statement::InForce if known.is(DeductionState::ADDED) => Action::Add,
            Statement::InForce => Action::Change,
        };
        push_shown(record, job, told, out);
        Some(known.id)
    }

    fn push_end(record: &Record<'_, Self>, context: FileContext<'_>, out: &mut Vec<u8>) -> bool {
        let verdict = record.verdict;
        let ends = verdict.superseded && verdict.action.is_some() && context.job.write_ends;
        let end = NaiveDate::from_num_days_from_ce_opt(verdict.last).filter(|_| ends);
        let Some(end) = end else {
            return false;
        };
        let mut values = Values::blank();
        for column in KEPT_AT_END {
            values[column] = record.values[column];
        }
        stop_rows::push(context.job, context.layout, values, end, out);
        true
    }

    fn change(id: u32, state: &[u8]) -> Change<'_> {
        Change::Deduction { id, state }
    }
}

/// Appends the fields that are shown of a deduction; `action` is what its receiver was told last.
fn push_shown(
    record: &Record<'_, Deduction>,
    job: &JobSpec<'_>,
    action: Action,
    out: &mut Vec<u8>,
) {
    let values = &record.values;
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
}

/// The columns that a row has which ends a deduction because of another record of its file.
const KEPT_AT_END: [Column; 12] = [
    Column::SubscriberId,
    Column::EmployeeNumber,
    Column::Username,
    Column::Ssn,
    Column::FirstName,
    Column::LastName,
    Column::PlanYearStart,
    Column::PlanYearEnd,
    Column::DeductionCode,
    Column::PlanName,
    Column::EffectiveDate,
    Column::Ein,
];

/// The hash of a deduction code, which is no secret: FNV-1a.
pub(super) fn code_hash(code: &[u8]) -> u32 {
    code.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

fn days(values: &ValuesOf<'_, Deduction>, column: Column) -> Option<i32> {
    values[column].date().map(|date| date.num_days_from_ce())
}

/// Whether a deduction is taken once, such as a refund.
pub(super) fn is_one_time(values: &ValuesOf<'_, Deduction>) -> bool {
    values[Column::Frequency].text() == Some(b"ONE_TIME")
}

/// Adds the value of a column of the integration's key.
fn push_key_column(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    values: &ValuesOf<'_, Deduction>,
    column: From,
    hasher: &mut KeyedHasher,
) {
    let value = match column {
        From::Column(column) => values.at(column),
        From::Custom(position) => {
            let index = context.layout.custom.get(position).and_then(|(_, i)| *i);
            let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
            Value::Text(context.job.fields.blanks.custom_text(raw))
        }
        From::Action | From::AccountId => Value::Blank,
    };
    match value {
        Value::Text(text) | Value::Code(text) => hasher.part(text),
        Value::Date(date) => hasher.part(&date.num_days_from_ce().to_le_bytes()),
        Value::Cents(cents) => hasher.part(&cents.to_le_bytes()),
        _ => hasher.part(b""),
    }
}

/// What a record says. A sender's `ADD` and `CHANGE` say the same: which it is follows from what is known.
fn statement(values: &ValuesOf<'_, Deduction>, zero_stops: bool) -> Statement {
    let said = values[Column::Action].text();
    if said == Some(b"STOP") {
        Statement::Stop
    } else if said == Some(b"WAIVE") || deduction::declined(values) {
        Statement::Waive
    } else if zero_stops && deduction::nothing(values) {
        Statement::Stop
    } else {
        Statement::InForce
    }
}

/// Last day of what a record is about. A stop takes effect on its effective date, unless it has an end date.
fn last_day(values: &ValuesOf<'_, Deduction>, zero_stops: bool) -> i32 {
    let stated = days(values, Column::EndDate);
    let effective = days(values, Column::EffectiveDate);
    stated.unwrap_or_else(|| match statement(values, zero_stops) {
        Statement::InForce => DeductionState::OPEN,
        _ => effective.unwrap_or(0) - 1,
    })
}

/// The flags of a deduction after a record of it.
fn flags(
    record: &Record<'_, Deduction>,
    statement: Statement,
    before: Option<&DeductionState>,
) -> u8 {
    let mark = before.is_none_or(|d| d.is(DeductionState::MARK));
    let mut flags = 0;
    if record.verdict.stopped {
        flags |= DeductionState::STOPPED;
    }
    if statement != Statement::InForce && mark {
        flags |= DeductionState::MARK;
    }
    if is_one_time(&record.values) {
        flags |= DeductionState::ONE_TIME;
    }
    flags
}

/// Whether a record ends a deduction or takes nothing: then it is right after the termination of its employee too.
fn ends(record: &Record<'_, Deduction>, job: &JobSpec<'_>) -> bool {
    let values = &record.values;
    let known = record.stored.deduction.is_some();
    statement(values, job.zero_stops) != Statement::InForce
        || deduction::nothing(values)
        || known && values[Column::EndDate].date().is_some()
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
