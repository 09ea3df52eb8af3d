//! In which state employees are. Nothing of it is stored, so that a run pays nothing for it: it follows from the last run of
//! an employee, the open rejections and the files that wait to be sent.

use super::error::Result;
use crate::domain::EmployeeState;
use crate::ledger::{Ledger, RejectedPerson, SendState};
use crate::matching::bits::BitSet;
use crate::matching::roster::Employee;
use std::collections::{BTreeSet, HashMap};

/// Places of the lowest bits of subscribers.
const LIKELY: usize = 1 << 16;

/// What states follow from, as the ledger had it at one time.
#[derive(Default)]
pub(super) struct EmployeeStates {
    /// By subscriber: in each integration the newest open rejection.
    rejected: HashMap<u64, Vec<RejectedPerson>>,
    /// The lowest bits of these subscribers: of a million employees, few are looked up.
    likely: BitSet,
    /// Runs that have not ended or whose output waits to be sent.
    under_way: BTreeSet<u32>,
    /// Runs with an output that was given up.
    given_up: BTreeSet<u32>,
}

impl EmployeeStates {
    /// Of the people with these rejections, of which only those count that are open.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub(super) fn read(
        ledger: &dyn Ledger,
        rejections: Vec<RejectedPerson>,
    ) -> Result<EmployeeStates> {
        let mut states = EmployeeStates {
            likely: BitSet::new(LIKELY),
            ..EmployeeStates::default()
        };
        // They come oldest first.
        for rejection in rejections {
            if rejection.closed_by.is_none()
                && let Some(subject) = rejection.id.owner()
            {
                states.likely.set(place(subject));
                let known = states.rejected.entry(subject).or_default();
                known.retain(|earlier| earlier.integration != rejection.integration);
                known.push(rejection);
            }
        }
        let not_ended = ledger.runs_not_ended()?;
        states.under_way = not_ended.iter().map(|run| run.number).collect();
        for (run, sending) in ledger.unsent_outputs()? {
            match sending {
                SendState::GivenUp => states.given_up.insert(run),
                SendState::Waiting | SendState::Renaming | SendState::Refused => {
                    states.under_way.insert(run)
                }
                SendState::Sent => false,
            };
        }
        Ok(states)
    }

    /// The state of an employee in the integration that last accepted a record.
    pub(super) fn of(&self, employee: &Employee) -> EmployeeState {
        let selected = employee.is_selected();
        if employee.is(Employee::NOT_SYNCING) && !selected {
            EmployeeState::NotSyncing
        } else if self.rejection(employee).is_some() || self.given_up.contains(&employee.run) {
            EmployeeState::Failed
        } else if selected || self.under_way.contains(&employee.run) {
            EmployeeState::InProgress
        } else {
            EmployeeState::Successful
        }
    }

    /// The open rejection of an employee that is newer than what was accepted last.
    pub(super) fn rejection(&self, employee: &Employee) -> Option<&RejectedPerson> {
        let newer = |r: &&RejectedPerson| r.integration == employee.origin && r.run > employee.run;
        let of = self.rejections_of(employee.subscriber_hash);
        of.iter().find(newer)
    }

    /// The newest open rejections of a person, one for each integration.
    pub(super) fn rejections_of(&self, subject: u64) -> &[RejectedPerson] {
        match self.likely.has(place(subject)) {
            true => self.rejected.get(&subject).map_or(&[], Vec::as_slice),
            false => &[],
        }
    }

    /// Everybody with an open rejection, and in each integration the newest.
    pub(super) fn rejected(&self) -> impl Iterator<Item = (u64, &RejectedPerson)> {
        let all = self.rejected.iter();
        all.flat_map(|(subject, of)| of.iter().map(|rejection| (*subject, rejection)))
    }
}

/// The place of a subscriber's hash among the likely ones.
fn place(subject: u64) -> usize {
    let [a, b, ..] = subject.to_le_bytes();
    usize::from(u16::from_le_bytes([a, b]))
}

#[cfg(test)]
mod tests {
    use super::{EmployeeStates, LIKELY, place};
    use crate::changeset::shown::KeptField;
    use crate::domain::EmployeeState;
    use crate::ledger::RejectedPerson;
    use crate::matching::bits::BitSet;
    use crate::matching::roster::Employee;
    use std::collections::{BTreeSet, HashMap};

    const ORIGIN: u16 = 2;

    fn employee(run: u32, flags: u8) -> Employee {
        Employee {
            id: 1,
            run,
            content: 5,
            subscriber_hash: 77,
            origin: ORIGIN,
            flags,
            ..Employee::default()
        }
    }

    fn states(rejected_by: &[(u32, u16)], under_way: &[u32], given_up: &[u32]) -> EmployeeStates {
        let rejection = |(run, integration): &(u32, u16)| RejectedPerson {
            run: *run,
            integration: *integration,
            record: 3,
            line: 4,
            id: KeptField::default(),
            closed_by: None,
        };
        let rejected = rejected_by.iter().map(rejection).collect();
        let mut likely = BitSet::new(LIKELY);
        likely.set(place(77));
        EmployeeStates {
            likely,
            rejected: HashMap::from([(77, rejected)]),
            under_way: BTreeSet::from_iter(under_way.iter().copied()),
            given_up: BTreeSet::from_iter(given_up.iter().copied()),
        }
    }

    #[test]
    fn each_state_has_its_cause() {
        use EmployeeState::{Failed, InProgress, NotSyncing, Successful};
        let state = |states: &EmployeeStates, flags| states.of(&employee(5, flags));
        for flags in [0, Employee::LEFT] {
            assert_eq!(state(&states(&[], &[4], &[6]), flags), Successful);
            assert_eq!(state(&states(&[], &[5], &[]), flags), InProgress);
            assert_eq!(state(&states(&[], &[], &[5]), flags), Failed);
            assert_eq!(state(&states(&[], &[5], &[5]), flags), Failed);
            assert_eq!(state(&states(&[(6, ORIGIN)], &[5], &[]), flags), Failed);
        }
        // Not newer than what was accepted, or of another integration.
        for rejected in [(5, ORIGIN), (4, ORIGIN), (6, ORIGIN + 1)] {
            assert_eq!(state(&states(&[rejected], &[], &[]), 0), Successful);
        }
        let all = states(&[(6, ORIGIN)], &[5], &[5]);
        assert_eq!(state(&all, Employee::NOT_SYNCING), NotSyncing);
        let left = Employee::NOT_SYNCING | Employee::LEFT;
        assert_eq!(state(&all, left), NotSyncing);
        let selected = Employee {
            content: 0,
            ..employee(5, Employee::NOT_SYNCING)
        };
        assert_eq!(states(&[], &[], &[]).of(&selected), InProgress);
        assert_eq!(all.of(&selected), Failed);
    }
}
