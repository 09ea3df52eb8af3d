//! The roster in memory: one small entry per employee, found by subscriber, SSN or username hash.

use hashbrown::HashTable;

/// One employee after the last accepted demographic record. Values are keyed hashes; see [`crate::domain::keyed`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Employee {
    /// The ledger's row, 0 for an employee not yet stored.
    pub id: u32,
    /// Number of the run that last accepted a record of this employee.
    pub run: u32,
    /// Hash of the subscriber ID.
    pub subject: u64,
    /// Fingerprint of the last accepted content, 0 for a test employee known by ID and flag alone.
    pub content: u64,
    /// Hash of the SSN, 0 if unknown.
    pub ssn: u64,
    /// Hash of the lower-cased username, 0 if unknown.
    pub username: u64,
    /// Termination date as days from the Common Era, [`Employee::OPEN`] if none.
    pub terminated: i32,
    /// Original hire date as days from the Common Era, 0 if unknown.
    pub hired: i32,
    /// Number of the integration that last accepted a record of this employee.
    pub origin: u16,
    /// [`Employee::TEST`], [`Employee::LEFT`].
    pub flags: u8,
}

impl Employee {
    /// No termination date.
    pub const OPEN: i32 = i32::MAX;
    /// Flag: a test employee.
    pub const TEST: u8 = 1;
    /// Flag: employment status T.
    pub const LEFT: u8 = 2;
    /// Bytes of the stored form.
    pub const STORED: usize = 8 * 4 + 4 * 3 + 2 + 1;

    /// Whether a flag is set.
    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether there was an accepted record and it is not that of one who left.
    pub fn is_active(&self) -> bool {
        !self.is(Employee::LEFT) && !self.is(Employee::TEST)
    }

    /// The stored form: everything but the row number, little-endian.
    pub fn store(&self, out: &mut Vec<u8>) {
        for word in [self.subject, self.content, self.ssn, self.username] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.run.to_le_bytes());
        out.extend_from_slice(&self.terminated.to_le_bytes());
        out.extend_from_slice(&self.hired.to_le_bytes());
        out.extend_from_slice(&self.origin.to_le_bytes());
        out.push(self.flags);
    }

    /// Reads the stored form; what follows it is the employee's shown fields.
    pub fn load(id: u32, stored: &[u8]) -> Option<(Employee, &[u8])> {
        let (head, rest) = stored.split_at_checked(Self::STORED)?;
        let word = |at: usize| head[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        let half = |at: usize| head[at..at + 4].try_into().map(i32::from_le_bytes).ok();
        let employee = Employee {
            id,
            subject: word(0)?,
            content: word(8)?,
            ssn: word(16)?,
            username: word(24)?,
            run: half(32)?.cast_unsigned(),
            terminated: half(36)?,
            hired: half(40)?,
            origin: u16::from_le_bytes([head[44], head[45]]),
            flags: head[46],
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
    by_subject: HashTable<u32>,
    by_ssn: HashTable<u32>,
    by_username: HashTable<u32>,
    identity: bool,
    version: Version,
}

impl Roster {
    /// An empty roster; `identity` says whether SSN and username can be looked up too (demographic runs need it).
    pub fn new(expected: usize, identity: bool) -> Roster {
        let second = if identity { expected } else { 0 };
        Roster {
            employees: Vec::with_capacity(expected),
            by_subject: HashTable::with_capacity(expected),
            by_ssn: HashTable::with_capacity(second),
            by_username: HashTable::with_capacity(second),
            identity,
            version: Version::default(),
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

    /// Takes an employee's last state. Its `id` is its number in the roster, from 1, and its place is one less; what
    /// stood there is replaced. Places that were left out hold nobody.
    pub fn put(&mut self, employee: Employee) {
        let place = employee.id.saturating_sub(1) as usize;
        if place < self.employees.len() {
            let old = self.employees[place];
            let at = |all: &mut HashTable<u32>, hash: u64| {
                if let Ok(found) = all.find_entry(hash, |i| *i as usize == place) {
                    found.remove();
                }
            };
            at(&mut self.by_subject, old.subject);
            at(&mut self.by_ssn, old.ssn);
            at(&mut self.by_username, old.username);
            self.employees[place] = employee;
            self.index(place);
            return;
        }
        let nobody = Employee {
            flags: Employee::TEST,
            ..Employee::default()
        };
        self.employees.resize(place, nobody);
        self.employees.push(employee);
        self.index(place);
    }

    /// Called after the last [`Roster::put`].
    pub fn ready(&mut self) {}

    fn index(&mut self, place: usize) {
        let employee = self.employees[place];
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let all = &self.employees;
        self.by_subject
            .insert_unique(employee.subject, place, |i| all[*i as usize].subject);
        if self.identity && employee.ssn != 0 {
            self.by_ssn
                .insert_unique(employee.ssn, place, |i| all[*i as usize].ssn);
        }
        if self.identity && employee.username != 0 {
            self.by_username
                .insert_unique(employee.username, place, |i| all[*i as usize].username);
        }
    }

    /// The employee of this subscriber hash, with its place.
    pub fn find(&self, subject: u64) -> Option<(usize, &Employee)> {
        let place = *self
            .by_subject
            .find(subject, |i| self.employees[*i as usize].subject == subject)?;
        Some((place as usize, &self.employees[place as usize]))
    }

    /// The subscriber hash of the employee who has this SSN hash and is not `other_than`.
    pub fn ssn_owner(&self, ssn: u64, other_than: u64) -> Option<u64> {
        self.by_ssn
            .find(ssn, |i| {
                let e = &self.employees[*i as usize];
                e.ssn == ssn && e.subject != other_than
            })
            .map(|i| self.employees[*i as usize].subject)
    }

    /// The subscriber hash of the employee who has this username hash and is not `other_than`.
    pub fn username_owner(&self, username: u64, other_than: u64) -> Option<u64> {
        self.by_username
            .find(username, |i| {
                let e = &self.employees[*i as usize];
                e.username == username && e.subject != other_than
            })
            .map(|i| self.employees[*i as usize].subject)
    }

    /// Every employee, in ledger order.
    pub fn employees(&self) -> &[Employee] {
        &self.employees
    }

    /// Employees with an accepted record who have not left: what guards compare with.
    pub fn active(&self) -> u64 {
        self.employees.iter().filter(|e| e.is_active()).count() as u64
    }

    /// Those of them whose last record came through this integration.
    pub fn active_of(&self, origin: u16) -> u64 {
        let ours = |e: &&Employee| e.is_active() && e.origin == origin;
        self.employees.iter().filter(ours).count() as u64
    }

    /// Whether no demographic record was ever accepted.
    pub fn is_empty(&self) -> bool {
        self.employees.iter().all(|e| e.is(Employee::TEST))
    }
}

#[cfg(test)]
mod tests {
    use super::{Employee, Roster};

    #[test]
    fn found_by_each_identity_and_stored_whole() {
        let employee = Employee {
            id: 1,
            run: 3,
            subject: 11,
            content: 12,
            ssn: 13,
            username: 14,
            terminated: Employee::OPEN,
            hired: 730_000,
            origin: 2,
            flags: Employee::LEFT,
        };
        let mut roster = Roster::new(0, true);
        roster.put(employee);
        roster.ready();
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
}
