//! Finding what is known of the records of a file, most of which come in the order in which it is stored.

use super::job::Known;
use super::kind::RecordKind;
use super::record::{Record, StoredState};
use crate::matching::roster::Employee;

/// Looks first behind what it found last.
pub(super) struct Lookup<'j> {
    known: &'j Known<'j>,
    next_employee: usize,
    next_deduction: usize,
}

impl<'j> Lookup<'j> {
    pub(super) fn new(known: &'j Known<'j>) -> Lookup<'j> {
        Lookup {
            known,
            next_employee: 0,
            next_deduction: 0,
        }
    }

    /// The employee whom the roster knows under a subscriber's hash, and the position there.
    pub(super) fn employee(
        &mut self,
        subscriber_hash: Option<u64>,
    ) -> Option<(usize, &'j Employee)> {
        let roster = self.known.roster?;
        roster.find_next(&mut self.next_employee, subscriber_hash?)
    }

    /// What is stored for a record of the employee who was `found`. A subscriber who is not valid has nothing stored.
    pub(super) fn stored<K: RecordKind>(
        &mut self,
        record: &Record<'_, K>,
        found: Option<(usize, &'j Employee)>,
    ) -> StoredState<'j> {
        let deductions = self.known.deductions.zip(record.identity.key_hash);
        StoredState {
            person: found.filter(|_| record.identity.subscriber_hash.is_some()),
            deduction: deductions
                .and_then(|(all, key)| all.find_next(&mut self.next_deduction, key)),
        }
    }
}
