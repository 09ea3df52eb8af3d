//! Employees who left and were hired again under another ID.

use super::job::JobSpec;
use super::kind::RecordKind;
use super::merge::Merge;
use super::run_io::{Result, RunIo};
use crate::changeset::shown::{self, KeptField};
use crate::matching::names::Names;
use crate::matching::roster::Employee;
use std::collections::{BTreeSet, HashMap};

/// The names of employees at some positions of the roster.
pub(super) fn names(
    job: &JobSpec<'_>,
    io: &dyn RunIo,
    positions: &BTreeSet<u32>,
) -> Result<HashMap<u32, Names>> {
    let Some(roster) = job.known.roster.filter(|_| !positions.is_empty()) else {
        return Ok(HashMap::new());
    };
    let ids = positions.iter().map(|p| roster.employees()[*p as usize].id);
    let all = io.employees(&ids.collect::<Vec<u32>>())?;
    let named = |fields: Vec<KeptField>| {
        let field = |name: &str| {
            let place = shown::EMPLOYEE.iter().position(|n| *n == name);
            place
                .and_then(|at| fields.get(at))
                .map_or(&b""[..], |kept| kept.shown().as_bytes())
        };
        Names::of(&job.key, field("first_name"), field("last_name"))
    };
    Ok(positions
        .iter()
        .copied()
        .zip(all.into_iter().map(named))
        .collect())
}

/// Stores of former employees without an accepted record in the file that their identities are those of another entry.
pub(super) fn store_former<K: RecordKind>(
    job: &JobSpec<'_>,
    io: &dyn RunIo,
    merge: &mut Merge<'_, K>,
) -> Result<()> {
    let Some(roster) = job
        .known
        .roster
        .filter(|_| !merge.moves_known().flags.is_empty())
    else {
        return Ok(());
    };
    let flags = &merge.moves_known().flags;
    let of = |(subscriber, flags): (&u64, &u8)| {
        let (_, employee) = roster.find(*subscriber)?;
        let open = !merge.stored_former.contains(subscriber) && !employee.is_all(*flags);
        (open && employee.is(Employee::LEFT)).then(|| Employee {
            flags: employee.flags | flags,
            ..*employee
        })
    };
    let mut former: Vec<Employee> = flags.iter().filter_map(of).collect();
    former.sort_unstable_by_key(|e| e.id);
    let ids: Vec<u32> = former.iter().map(|e| e.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for (employee, fields) in former.iter().zip(io.employees(&ids)?) {
        let mut state = Vec::new();
        employee.store(&mut state);
        for field in &fields {
            field.push(&mut state);
        }
        merge.store_state(employee.id, &state)?;
    }
    Ok(())
}
