//! The roster in memory: one small entry per employee, found by subscriber, SSN or username hash.

use super::hash_index::LazyIndex;
use super::shared_identities::shared;
use crate::domain::SiteKey;
use crate::domain::keyed_hash::HashedType;
use std::sync::OnceLock;

/// One employee after the last accepted demographic record. Values are keyed hashes; see [`crate::domain::keyed_hash`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Employee {
    /// The ledger's row, 0 for an employee not yet stored.
    pub id: u32,
    /// Number of the run that last accepted a record of this employee.
    pub run: u32,
    /// Hash of the subscriber ID.
    pub subscriber_hash: u64,
    /// Fingerprint of the last accepted content, 0 for a test employee known by ID and flag alone.
    pub content: u64,
    /// Hash of the SSN, 0 if unknown.
    pub ssn: u64,
    /// Hash of the lower-cased username, 0 if unknown.
    pub username: u64,
    /// Termination date as days from the Common Era, [`Employee::OPEN`] if none.
    pub terminated: i32,
    /// The first known hire date as days from the Common Era, 0 if unknown.
    pub hired: i32,
    /// Number of the integration that last accepted a record of this employee.
    pub origin: u16,
    /// [`Employee::TEST`], [`Employee::LEFT`], [`Employee::SSN_PASSED_ON`], [`Employee::USERNAME_PASSED_ON`],
    /// [`Employee::ORIGINAL`], [`Employee::REHIRED`], [`Employee::NOT_SYNCING`], [`Employee::ID_IS_SSN`].
    pub flags: u8,
    /// The columns that the last accepted record filled; see [`crate::changeset::filled`].
    pub filled: u64,
    /// When the employee was last changed at the sender's, in seconds since 1970, UTC; 0 if unknown. See
    /// [`crate::rules::versions`].
    pub changed: u32,
}

impl Employee {
    pub const OPEN: i32 = i32::MAX;
    /// Flag: a test employee.
    pub const TEST: u8 = 1;
    /// Flag: no longer an employee.
    pub const LEFT: u8 = 2;
    /// Flag of an employee who left and was hired again under another ID: the SSN is now that of the other entry, and finds
    /// it alone.
    pub const SSN_PASSED_ON: u8 = 4;
    /// The same for the username, which not everybody who is hired again gets back.
    pub const USERNAME_PASSED_ON: u8 = 8;
    /// Flag: the sender called the first hire date the original one.
    pub const ORIGINAL: u8 = 16;
    /// Flag: the employee left and came back.
    pub const REHIRED: u8 = 32;
    /// Flag: known, and not yet selected to be sent. Records are judged, and nothing of them goes out.
    pub const NOT_SYNCING: u8 = 64;
    /// Flag: the subscriber ID is, or was, the employee's SSN, so the ledger keeps it encrypted.
    pub const ID_IS_SSN: u8 = 128;
    /// Bytes of the stored form.
    pub const STORED: usize = 8 * 5 + 4 * 4 + 2 + 1;

    /// Whether a flag is set.
    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The state with other content than was ever sent, so that the same record coming back is not unchanged.
    pub(crate) fn with_other_content(&self, key: &SiteKey) -> Employee {
        let content = key.hash(HashedType::Content, &self.content.to_le_bytes());
        Employee {
            content: content.max(1),
            ..*self
        }
    }

    /// Whether all of some flags are set.
    pub(crate) fn is_all(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Keeps what the state before has passed on, if this one still says that the employee has left and has the same.
    pub(crate) fn keep_passed_on(&mut self, before: &Employee) {
        if self.is(Employee::LEFT) && before.ssn == self.ssn {
            self.flags |= before.flags & Employee::SSN_PASSED_ON;
        }
        if self.is(Employee::LEFT) && before.username == self.username {
            self.flags |= before.flags & Employee::USERNAME_PASSED_ON;
        }
    }

    /// Whether the employee was selected to be synced and goes out with the next record: nothing that was sent is kept to
    /// compare it with.
    pub(crate) fn is_selected(&self) -> bool {
        self.is(Employee::NOT_SYNCING) && self.content == 0 && !self.is(Employee::TEST)
    }

    /// Whether there was an accepted record, and it doesn't say that the employee left.
    pub fn is_active(&self) -> bool {
        !self.is(Employee::LEFT) && !self.is(Employee::TEST)
    }

    /// The hash of the SSN by which this entry is found, 0 if there is none.
    fn own_ssn(&self) -> u64 {
        if self.is(Employee::SSN_PASSED_ON) {
            0
        } else {
            self.ssn
        }
    }

    /// The hash of the username by which this entry is found, 0 if there is none.
    fn own_username(&self) -> u64 {
        if self.is(Employee::USERNAME_PASSED_ON) {
            0
        } else {
            self.username
        }
    }

    /// The stored form: everything but the row number, little-endian.
    pub fn store(&self, out: &mut Vec<u8>) {
        for word in [self.subscriber_hash, self.content, self.ssn, self.username] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.run.to_le_bytes());
        out.extend_from_slice(&self.terminated.to_le_bytes());
        out.extend_from_slice(&self.hired.to_le_bytes());
        out.extend_from_slice(&self.origin.to_le_bytes());
        out.push(self.flags);
        out.extend_from_slice(&self.filled.to_le_bytes());
        out.extend_from_slice(&self.changed.to_le_bytes());
    }

    /// Reads the stored form; what follows it is the employee's shown fields.
    pub fn load(id: u32, stored: &[u8]) -> Option<(Employee, &[u8])> {
        let (head, rest) = stored.split_at_checked(Self::STORED)?;
        let word = |at: usize| Some(u64::from_le_bytes(*head.get(at..)?.first_chunk()?));
        let half = |at: usize| head[at..at + 4].try_into().map(i32::from_le_bytes).ok();
        let employee = Employee {
            id,
            subscriber_hash: word(0)?,
            content: word(8)?,
            ssn: word(16)?,
            username: word(24)?,
            run: half(32)?.cast_unsigned(),
            terminated: half(36)?,
            hired: half(40)?,
            origin: u16::from_le_bytes([head[44], head[45]]),
            flags: head[46],
            filled: word(47)?,
            changed: half(55)?.cast_unsigned(),
        };
        Some((employee, rest))
    }
}

/// How much of a ledger a roster or its deductions in memory hold; the ledger alone knows what the numbers mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Tells one ledger from another that took its place.
    pub generation: i64,
    /// The newest block that is held.
    pub block: i64,
}

/// Every employee of one roster.
#[derive(Default)]
pub struct Roster {
    employees: Vec<Employee>,
    by_subscriber: LazyIndex,
    by_ssn: LazyIndex,
    by_username: LazyIndex,
    /// Whether no SSN and no username is that of two employees.
    distinct: OnceLock<bool>,
    /// Active employees by the integration their last record came through.
    active: Vec<u64>,
    /// Employees known by more than ID and flag.
    accepted: u64,
    version: Version,
}

impl Roster {
    /// An empty roster with room for as many as are `expected`.
    pub fn new(expected: usize) -> Roster {
        Roster {
            employees: Vec::with_capacity(expected),
            ..Roster::default()
        }
    }

    /// How much of the ledger this roster holds.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Notes how much of the ledger this roster holds.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Takes an employee's last state. Its `id` is its number in the roster, from 1, and its position is one less; what
    /// was there is replaced. Positions that were left out hold no employee.
    pub fn put(&mut self, employee: Employee) {
        let position = employee.id.saturating_sub(1) as usize;
        if self.employees.len() <= position {
            // No identity finds it, and it isn't counted.
            let none = Employee {
                flags: Employee::TEST,
                ..Employee::default()
            };
            self.employees.resize(position + 1, none);
        }
        let before = std::mem::replace(&mut self.employees[position], employee);
        self.count(&before, |n| *n -= 1);
        self.count(&employee, |n| *n += 1);
        let all = &self.employees;
        (self.by_subscriber).replaced(all, |e| e.subscriber_hash, position, &before);
        (self.by_ssn).replaced(all, Employee::own_ssn, position, &before);
        (self.by_username).replaced(all, Employee::own_username, position, &before);
        let (ssn, username) = (employee.own_ssn(), employee.own_username());
        if before.own_ssn() == ssn && before.own_username() == username {
            return;
        }
        // Two who exchange their identities share them until both are here: what is not distinct is looked at again.
        let distinct = self.distinct.take() == Some(true);
        if distinct && self.by_ssn.is_made() && self.by_username.is_made() {
            let own = employee.subscriber_hash;
            let shared = self
                .ssn_owner(ssn, own)
                .or(self.username_owner(username, own));
            if shared.is_none() {
                self.distinct = OnceLock::from(true);
            }
        }
    }

    /// Called after the last [`Roster::put`]: gives back spare room, except for a few employees.
    pub fn ready(&mut self) {
        let few = self.employees.len() / 8;
        if self.employees.capacity() - self.employees.len() > 2 * few {
            self.employees.shrink_to(self.employees.len() + few);
        }
    }

    fn count(&mut self, employee: &Employee, change: impl Fn(&mut u64)) {
        if employee.is(Employee::TEST) {
            return;
        }
        change(&mut self.accepted);
        if employee.is_active() {
            let origin = usize::from(employee.origin);
            if self.active.len() <= origin {
                self.active.resize(origin + 1, 0);
            }
            change(&mut self.active[origin]);
        }
    }

    /// The employee of this subscriber hash, with its position.
    pub fn find(&self, subscriber_hash: u64) -> Option<(usize, &Employee)> {
        let all = &self.employees;
        let of = |e: &Employee| e.subscriber_hash;
        let position = self
            .by_subscriber
            .find(all, of, subscriber_hash, |_| true)?;
        Some((position, &all[position]))
    }

    /// Like [`Roster::find`], looking first at the position after the one found last, and at that position itself.
    pub fn find_next(&self, next: &mut usize, subscriber_hash: u64) -> Option<(usize, &Employee)> {
        let is = |position: &usize| {
            let employee = self.employees.get(*position);
            employee.is_some_and(|e| e.subscriber_hash == subscriber_hash && subscriber_hash != 0)
        };
        let near = [*next, next.wrapping_sub(1)].into_iter().find(is);
        let found = match near {
            Some(position) => (position, &self.employees[position]),
            None => self.find(subscriber_hash)?,
        };
        *next = found.0 + 1;
        Some(found)
    }

    /// The subscriber hash of the employee who has this SSN hash and is not `other_than`.
    pub fn ssn_owner(&self, ssn: u64, other_than: u64) -> Option<u64> {
        let position = self.ssn_position(ssn, other_than)?;
        Some(self.employees[position].subscriber_hash)
    }

    /// The subscriber hash of the employee who has this username hash and is not `other_than`.
    pub fn username_owner(&self, username: u64, other_than: u64) -> Option<u64> {
        let position = self.username_position(username, other_than)?;
        Some(self.employees[position].subscriber_hash)
    }

    /// The position of the employee who has this SSN hash and is not `other_than`.
    pub fn ssn_position(&self, ssn: u64, other_than: u64) -> Option<usize> {
        let other = |e: &Employee| e.subscriber_hash != other_than;
        (self.by_ssn).find(&self.employees, Employee::own_ssn, ssn, other)
    }

    /// The position of the employee who has this username hash and is not `other_than`.
    pub fn username_position(&self, username: u64, other_than: u64) -> Option<usize> {
        let other = |e: &Employee| e.subscriber_hash != other_than;
        (self.by_username).find(&self.employees, Employee::own_username, username, other)
    }

    /// The positions of all employees who have this SSN hash and are not `other_than`.
    pub(crate) fn ssn_owners(&self, ssn: u64, other_than: u64) -> Vec<usize> {
        let other = |e: &Employee| e.subscriber_hash != other_than;
        (self.by_ssn).find_all(&self.employees, Employee::own_ssn, ssn, other)
    }

    /// The positions of all employees who have this username hash and are not `other_than`.
    pub(crate) fn username_owners(&self, username: u64, other_than: u64) -> Vec<usize> {
        let other = |e: &Employee| e.subscriber_hash != other_than;
        (self.by_username).find_all(&self.employees, Employee::own_username, username, other)
    }

    /// Whether no SSN and no username is that of two employees: then the employee whom the roster knows by
    /// the subscriber is the only one with them.
    pub fn is_distinct(&self) -> bool {
        *self.distinct.get_or_init(|| {
            let of = |hash: fn(&Employee) -> u64| {
                let pairs = || {
                    let all = self.employees.iter();
                    all.map(move |e| (hash(e), e.subscriber_hash))
                        .filter(|(h, _)| *h != 0)
                };
                shared(self.employees.len(), pairs).is_empty()
            };
            of(Employee::own_ssn) && of(Employee::own_username)
        })
    }

    /// Every employee, in ledger order.
    pub fn employees(&self) -> &[Employee] {
        &self.employees
    }

    /// Employees with an accepted record who have not left: what guards compare with.
    pub fn active(&self) -> u64 {
        self.active.iter().sum()
    }

    /// Those of them whose last record came through this integration.
    pub fn active_of(&self, origin: u16) -> u64 {
        self.active.get(usize::from(origin)).copied().unwrap_or(0)
    }

    /// Whether no demographic record was ever accepted.
    pub fn is_empty(&self) -> bool {
        self.accepted == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Employee, Roster};
    use proptest::prelude::*;

    #[test]
    fn found_by_each_identity_and_stored_whole() {
        let employee = Employee {
            id: 1,
            run: 3,
            subscriber_hash: 11,
            content: 12,
            ssn: 13,
            username: 14,
            terminated: Employee::OPEN,
            hired: 730_000,
            origin: 2,
            flags: Employee::LEFT,
            filled: 21,
            changed: 1_800_000_000,
        };
        let mut roster = Roster::new(0);
        roster.put(employee);
        assert_eq!(roster.find(11).map(|(_, e)| e.id), Some(1));
        assert_eq!(roster.ssn_owner(13, 99), Some(11));
        assert_eq!(roster.ssn_owner(13, 11), None);
        assert_eq!(roster.username_owner(14, 99), Some(11));
        assert_eq!(roster.active(), 0);
        let mut stored = Vec::new();
        employee.store(&mut stored);
        stored.extend_from_slice(b"rest");
        assert_eq!(Employee::load(1, &stored), Some((employee, &b"rest"[..])));
        assert_eq!(Employee::load(1, b"short"), None);
    }

    fn any_employee() -> impl Strategy<Value = Employee> {
        // Few identities, so that many are shared. Each subscriber has one position only.
        (1u32..30, 0u64..8, 0u64..8, 0u8..16, 0u16..3).prop_map(
            |(id, ssn, username, flags, origin)| Employee {
                id,
                subscriber_hash: u64::from(id) << 56 | 1,
                content: u64::from(flags & Employee::TEST == 0),
                ssn: ssn << 60,
                username: username << 60,
                origin,
                flags,
                ..Employee::default()
            },
        )
    }

    proptest! {
        /// Whenever the indexes were made, and whatever was put in or replaced before and after.
        #[test]
        fn says_what_a_plain_list_says(
            steps in proptest::collection::vec((any_employee(), any::<bool>()), 0..60),
        ) {
            let mut roster = Roster::new(0);
            let mut plain: Vec<Option<Employee>> = vec![None; 30];
            for (employee, ask) in steps {
                roster.put(employee);
                plain[employee.id as usize] = Some(employee);
                if !ask {
                    continue;
                }
                let there = || plain.iter().flatten();
                let active = |e: &&Employee| e.is_active();
                prop_assert_eq!(roster.active(), there().filter(active).count() as u64);
                let ours = there().filter(active).filter(|e| e.origin == 1).count();
                prop_assert_eq!(roster.active_of(1), ours as u64);
                prop_assert_eq!(roster.is_empty(), there().all(|e| e.is(Employee::TEST)));
                let twice = |hash: fn(&Employee) -> u64| {
                    there().any(|a| hash(a) != 0
                        && there().any(|b| b.id != a.id && hash(a) == hash(b)))
                };
                let distinct = !twice(Employee::own_ssn) && !twice(Employee::own_username);
                prop_assert_eq!(roster.is_distinct(), distinct);
                let mut next = 3;
                for id in 1u32..30 {
                    let subscriber_hash = u64::from(id) << 56 | 1;
                    let expected = there().find(|e| e.id == id);
                    prop_assert_eq!(roster.find(subscriber_hash).map(|(_, e)| e), expected);
                    prop_assert_eq!(roster.find_next(&mut next, subscriber_hash).map(|(_, e)| e), expected);
                    for hash in (1..8).map(|h| h << 60) {
                        let other = |e: &&Employee| e.subscriber_hash != subscriber_hash;
                        let ssn = there().filter(other).filter(|e| e.own_ssn() == hash).count();
                        prop_assert_eq!(roster.ssn_owner(hash, subscriber_hash).is_some(), ssn > 0);
                        prop_assert_eq!(roster.ssn_owners(hash, subscriber_hash).len(), ssn);
                        let username = there().filter(other).filter(|e| e.own_username() == hash).count();
                        prop_assert_eq!(roster.username_owner(hash, subscriber_hash).is_some(), username > 0);
                        prop_assert_eq!(roster.username_owners(hash, subscriber_hash).len(), username);
                    }
                }
            }
        }
    }
}
