//! Deductions that a full file lacks.

use super::job::{JobSpec, Omission};
use super::kind::RecordKind;
use super::merge::Merge;
use super::omission::has_number;
use super::run_io::{Result, RunIo};
use super::stop_rows::{self, BATCH, KnownDeduction, days};
use crate::changeset::shown;
use crate::domain::masking::value::guarded;
use crate::domain::{Code, Severity};
use crate::format::Layout;
use crate::matching::deductions::{DeductionState, Deductions};
use crate::rules::plan_year::PlanYear;
use std::collections::HashSet;

/// Reports or stops the deductions that the file lacks, in the order in which they first came.
///
/// One is lacking that is in force on the run's date and of the run's plan year, is not taken once, and of whose subscriber
/// and code no record of the file is, whatever became of that record.
pub(super) fn report<K: RecordKind>(
    job: &JobSpec<'_>,
    layout: &Layout,
    io: &dyn RunIo,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let (Some(omission), Some(deductions)) = (job.omission, job.known.deductions) else {
        return Ok(());
    };
    let expected = expected(job, deductions, merge.outcome.plan_year);
    merge.outcome.expected = expected.len() as u64;
    let missing = missing(deductions, expected, merge);
    for positions in missing.chunks(BATCH) {
        for stored in stop_rows::stored(job, deductions, io, positions)? {
            if has_number(
                job,
                &merge.numbers,
                stored.state.subscriber,
                &stored.employee,
            )? {
                continue;
            }
            merge.outcome.missing += 1;
            if let Some(held) = &mut merge.held {
                let ends = matches!(omission, Omission::Stop | Omission::Terminate);
                let (subject, amount) = (stored.subject(), stored.amount());
                held.missing(|| stored.person(), Some((&subject, amount)), ends);
            }
            match omission {
                Omission::Ignore => {}
                Omission::Report => warn(&stored, merge)?,
                Omission::Stop | Omission::Terminate => stop(job, layout, &stored, merge)?,
            }
        }
    }
    Ok(())
}

/// Lists the known deductions of which a held file has another amount.
pub(super) fn list_amounts<K: RecordKind>(
    job: &JobSpec<'_>,
    io: &dyn RunIo,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let (Some(held), Some(deductions)) = (&mut merge.held, job.known.deductions) else {
        return Ok(());
    };
    for some in held.take_amounts().chunks(BATCH) {
        let positions: Vec<u32> = some.iter().map(|(position, ..)| *position).collect();
        let stored = stop_rows::stored(job, deductions, io, &positions)?;
        for (known, (_, after, line)) in stored.iter().zip(some) {
            let amounts = [known.amount(), *after];
            held.amount(*line, amounts, || known.person(), || known.subject());
        }
    }
    Ok(())
}

/// Positions of the deductions that a full file of a plan year has to have.
fn expected(job: &JobSpec<'_>, deductions: &Deductions, year: Option<PlanYear>) -> Vec<u32> {
    let today = days(job.fields.today);
    let out = DeductionState::ONE_TIME | DeductionState::MARK;
    let in_force = |state: &DeductionState| {
        let of_year =
            year.is_none_or(|year| (days(year.start)..=days(year.end)).contains(&state.effective));
        let now = state.effective <= today && today < state.ends;
        state.series != 0 && !state.is(out) && of_year && now
    };
    (0..)
        .zip(deductions.all())
        .filter(|(_, state)| in_force(state))
        .map(|(position, _)| position)
        .collect()
}

/// Those of whose subscriber and code the file has no record.
fn missing<K: RecordKind>(
    deductions: &Deductions,
    expected: Vec<u32>,
    merge: &Merge<'_, K>,
) -> Vec<u32> {
    let seen = |position: usize| merge.seen.as_ref().is_some_and(|s| s.has(position));
    let subject = |state: &DeductionState| (state.subscriber, Some(state.code));
    // A code that none of the deductions has is probably the value of another column.
    let codes: HashSet<u32> = deductions.all().iter().map(|state| state.code).collect();
    let trusted = |code: &Option<u32>| code.filter(|code| codes.contains(code));
    let all = merge.deductions.iter();
    let said: HashSet<_> = all.map(|(who, code)| (*who, trusted(code))).collect();
    let present = |state: &DeductionState| {
        said.contains(&subject(state)) || said.contains(&(state.subscriber, None))
    };
    let mut missing = expected;
    missing.retain(|p| !seen(*p as usize) && !present(deductions.at(*p as usize)));
    // Another deduction of the same code may have a record.
    let mut wanted: HashSet<_> = missing
        .iter()
        .map(|p| subject(deductions.at(*p as usize)))
        .collect();
    if !wanted.is_empty() {
        for (position, state) in deductions.all().iter().enumerate() {
            if seen(position) {
                wanted.remove(&subject(state));
            }
        }
        missing.retain(|p| wanted.contains(&subject(deductions.at(*p as usize))));
    }
    missing
}

fn warn<K: RecordKind>(stored: &KnownDeduction<'_>, merge: &mut Merge<'_, K>) -> Result<()> {
    let person = stored.person();
    let message = format!(
        "The deduction {} goes on, but is not in the file, which should hold all of them.",
        guarded(stored.shown("deduction_code").to_owned())
    );
    let about = Some((&person, message.as_str()));
    merge.file_finding(Code::DeductionMissing, Severity::Warning, 0, about)
}

fn stop<K: RecordKind>(
    job: &JobSpec<'_>,
    layout: &Layout,
    stored: &KnownDeduction<'_>,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let today = job.fields.today;
    let mut out = Vec::new();
    stop_rows::push_stored(job, layout, stored, today, &mut out)?;
    // The run that last accepted a record of it stays: this one had none. No record has the content 0.
    let state = DeductionState {
        content: 0,
        ends: days(today),
        flags: stored.state.flags | DeductionState::STOPPED,
        ..*stored.state
    };
    let mut stored_state = Vec::new();
    state.store(&mut stored_state);
    for (name, field) in shown::DEDUCTION.iter().zip(&stored.fields) {
        match *name {
            "end_date" => shown::push(&mut stored_state, today.to_string().as_bytes()),
            "action" => shown::push(&mut stored_state, b"stop"),
            _ => field.push(&mut stored_state),
        }
    }
    merge.omission(&out, state.id, &stored_state)
}
