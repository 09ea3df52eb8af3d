//! SSNs and usernames that pass from one employee to another: exchanged within a file, or those of an employee who left and
//! was hired again under another ID.
//!
//! Whose an identity is goes by the state after the file. A record that gives an identity up counts only if it is
//! accepted, and that may depend on what other records give up. So all records are taken for accepted first; one with a
//! claim to what is not given up falls, and with it what it would have given up, until nothing changes. What is left is
//! the largest set of records that fit together, whatever their order.

use super::accounts::{LinkClaim, LinkConflicts};
use super::bits::BitSet;
use super::file_row::FileRow;
use super::names::Names;
use super::roster::{Employee, Roster};
use crate::domain::Severity;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is done about an employee who was hired again under another ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RehirePolicy {
    #[default]
    Accept,
    /// The file is held until a person releases it.
    Hold,
    Reject,
}

impl RehirePolicy {
    /// The severity of the finding.
    pub fn severity(self) -> Severity {
        match self {
            RehirePolicy::Accept | RehirePolicy::Hold => Severity::Warning,
            RehirePolicy::Reject => Severity::Error,
        }
    }
}

/// What identifies an employee besides the subscriber ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    Ssn,
    Username,
}

/// A record with an identity that the roster has with another employee.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub subscriber: u64,
    /// Position in the roster of the record's own employee.
    pub person: Option<u32>,
    /// Position in the roster of the employee who has the identity.
    pub owner: u32,
    pub identity: Identity,
    /// Needed only where the owner has left.
    pub names: Names,
    /// See [`FileRow::sound`].
    pub sound: bool,
}

/// A record with an SSN or a username that another record of its file has too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sharer {
    /// 0 if there is none.
    pub ssn: u32,
    /// 0 if it can't be read.
    pub subscriber: u64,
    /// Whether the record says that the employee has left.
    pub left: bool,
    /// The termination date as days from the Common Era.
    pub ended: i32,
    /// Position in the roster.
    pub person: Option<u32>,
    /// 0 if there is none.
    pub username: u64,
    pub names: Names,
    /// See [`FileRow::sound`].
    pub sound: bool,
    /// Whether the roster has the SSN with this employee.
    pub holds: bool,
}

/// What is known of moved identities before a pass over the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct IdentityMoves {
    /// Positions in the roster of employees whose own records give up what others claim.
    free: HashSet<(Identity, u32)>,
    /// Subscribers with the position of an employee who is the same person, before or after.
    same_person: HashSet<(u64, u32)>,
    /// Subscribers who are told of: their records bring a second ID of a person.
    pub rehired: HashSet<u64>,
    /// Former subscribers with the flags that their states get: see [`Employee::SSN_PASSED_ON`].
    pub flags: HashMap<u64, u8>,
    /// Former and later subscriber.
    pub links: BTreeSet<(u64, u64)>,
}

impl IdentityMoves {
    /// Whether a record of this subscriber may have an identity that the roster has with the employee at `owner`.
    pub(crate) fn allows(&self, subscriber: u64, identity: Identity, owner: u32) -> bool {
        self.free.contains(&(identity, owner)) || self.same_person.contains(&(subscriber, owner))
    }

    /// The flags that the state of a former subscriber gets.
    pub(crate) fn passed_on(&self, subscriber: Option<u64>) -> u8 {
        let flags = subscriber.and_then(|s| self.flags.get(&s));
        flags.copied().unwrap_or(0)
    }
}

/// SSNs and usernames that records of two subscribers have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SharedIdentities {
    pub ssns: HashSet<u32>,
    pub usernames: HashSet<u64>,
}

/// What a pass over a file finds of identities that move.
pub(crate) struct FileMoves<'r> {
    roster: Option<&'r Roster>,
    /// Positions in the roster of employees whose records give up their SSN.
    given_ssns: BitSet,
    given_usernames: BitSet,
    claims: Vec<Claim>,
    sharers: Vec<Sharer>,
    accounts: Vec<LinkClaim>,
}

/// What the records of a chunk say of identities and accounts that others may have.
pub(crate) struct Claims<'c> {
    pub identities: &'c mut Vec<Claim>,
    pub sharers: &'c mut Vec<Sharer>,
    /// New employees with the addresses of free accounts.
    pub accounts: &'c mut Vec<LinkClaim>,
}

impl<'r> FileMoves<'r> {
    /// Nothing was found yet.
    pub(crate) fn new(roster: Option<&'r Roster>) -> FileMoves<'r> {
        let people = roster.map_or(0, |r| r.employees().len());
        FileMoves {
            roster,
            given_ssns: BitSet::new(people),
            given_usernames: BitSet::new(people),
            claims: Vec::new(),
            sharers: Vec::new(),
            accounts: Vec::new(),
        }
    }

    /// Takes the next row.
    pub(crate) fn add(&mut self, row: &FileRow) {
        if row.sound && row.gives_ssn {
            self.given_ssns.set(row.person as usize);
        }
        if row.sound && row.gives_username {
            self.given_usernames.set(row.person as usize);
        }
    }

    /// Takes what the records of a chunk say.
    pub(crate) fn append(&mut self, of_chunk: &mut Claims<'_>) {
        self.claims.append(of_chunk.identities);
        self.sharers.append(of_chunk.sharers);
        self.accounts.append(of_chunk.accounts);
    }

    /// The accounts that new employees would get, as far as they are in conflict.
    pub(crate) fn link_conflicts(&mut self) -> LinkConflicts {
        LinkConflicts::of(std::mem::take(&mut self.accounts))
    }

    /// Positions in the roster of employees who have left and whose SSNs others claim: their names decide.
    pub(crate) fn leavers(&self) -> BTreeSet<u32> {
        let ssns = self.claims.iter().filter(|c| c.identity == Identity::Ssn);
        let left = |owner: &u32| self.has_left(*owner);
        ssns.map(|c| c.owner).filter(left).collect()
    }

    fn employee(&self, position: u32) -> Option<&'r Employee> {
        self.roster?.employees().get(position as usize)
    }

    fn has_left(&self, position: u32) -> bool {
        let left = |e: &Employee| e.is(Employee::LEFT) && !e.is(Employee::TEST);
        self.employee(position).is_some_and(left)
    }

    /// Ends the pass: what moves, and which of the `shared` identities are still those of two people. `names` are those of
    /// the [`FileMoves::leavers`].
    pub(crate) fn settle(
        mut self,
        policy: RehirePolicy,
        mut shared: SharedIdentities,
        names: &HashMap<u32, Names>,
    ) -> (IdentityMoves, SharedIdentities) {
        let mut sharers = std::mem::take(&mut self.sharers);
        sharers.sort_unstable();
        sharers.dedup_by_key(|s| (s.ssn, s.subscriber));
        let people = People::of(&sharers);
        let again = self.hired_again(&people, names);
        let mut settlement = Settlement {
            file: self,
            people: &people,
            again,
            policy,
            fallen: HashSet::new(),
        };
        settlement.let_fall();
        let moves = settlement.result();
        shared.ssns.retain(|ssn| !people.groups.contains_key(ssn));
        shared.usernames.retain(|name| !people.is_of_one(*name));
        (moves, shared)
    }

    /// Subscribers with the position of an employee without a row of the file who has left and whose SSN and whose first
    /// or last name they have.
    fn hired_again(&self, people: &People<'_>, names: &HashMap<u32, Names>) -> HashSet<(u64, u32)> {
        let again = |c: &&Claim| {
            let agree = |n: &Names| n.agree(c.names);
            let alone = !people.rows.contains_key(&c.owner);
            c.identity == Identity::Ssn
                && alone
                && self.has_left(c.owner)
                && names.get(&c.owner).is_some_and(agree)
        };
        let all = self.claims.iter().filter(again);
        all.map(|c| (c.subscriber, c.owner)).collect()
    }
}

/// The sharers of a file who are the same people.
struct People<'s> {
    /// By SSN: records of one person under several IDs.
    groups: HashMap<u32, Group<'s>>,
    /// The SSN of each subscriber in a group.
    ssns: HashMap<u64, u32>,
    /// By position in the roster: every sharer whom the roster knows.
    rows: HashMap<u32, &'s Sharer>,
    /// The SSN of each username, if all who have the username have the same.
    usernames: HashMap<u64, Option<u32>>,
}

/// Records of one person under several IDs, all but one of which the person has left.
struct Group<'s> {
    /// In order of subscribers.
    members: &'s [Sharer],
    current: &'s Sharer,
}

impl<'s> People<'s> {
    /// `sharers` in order, each subscriber once for each SSN.
    fn of(sharers: &'s [Sharer]) -> People<'s> {
        let chunks = sharers.chunk_by(|a, b| a.ssn == b.ssn);
        let groups: HashMap<u32, Group<'s>> = chunks
            .filter(|members| members[0].ssn != 0)
            .filter_map(|members| Some((members[0].ssn, Group::of(members)?)))
            .collect();
        let members = groups.values().flat_map(|g| g.members);
        let persons = sharers.iter().filter_map(|s| Some((s.person?, s)));
        let mut usernames: HashMap<u64, Option<u32>> = HashMap::new();
        for sharer in sharers {
            let ssn = usernames.entry(sharer.username).or_insert(Some(sharer.ssn));
            *ssn = ssn.filter(|s| *s == sharer.ssn);
        }
        People {
            ssns: members.map(|s| (s.subscriber, s.ssn)).collect(),
            rows: persons.collect(),
            usernames,
            groups,
        }
    }

    /// The group that a subscriber belongs to.
    fn group(&self, subscriber: u64) -> Option<&Group<'s>> {
        self.groups.get(self.ssns.get(&subscriber)?)
    }

    /// Whether all who share a username are one person.
    fn is_of_one(&self, username: u64) -> bool {
        let ssn = self.usernames.get(&username).copied().flatten();
        ssn.is_some_and(|ssn| self.groups.contains_key(&ssn))
    }
}

impl<'s> Group<'s> {
    /// The records of one SSN, if they are of one person: all but one say that the person has left, or one left after all
    /// others, and first or last names agree.
    fn of(members: &'s [Sharer]) -> Option<Group<'s>> {
        let mut here = members.iter().filter(|s| !s.left);
        let current = match (here.next(), here.next()) {
            (Some(one), None) => one,
            (Some(_), Some(_)) => return None,
            (None, _) => {
                let last = members.iter().max_by_key(|s| s.ended)?;
                let at_once = members.iter().filter(|s| s.ended == last.ended);
                (at_once.count() == 1).then_some(last)?
            }
        };
        let one = |s: &Sharer| s.subscriber != 0 && s.names.agree(current.names);
        let people = members.len() > 1 && members.iter().all(one);
        people.then_some(Group { members, current })
    }

    fn others(&self) -> impl Iterator<Item = &'s Sharer> {
        let current = self.current.subscriber;
        self.members.iter().filter(move |s| s.subscriber != current)
    }

    /// Whose records bring an ID of the person that the roster doesn't know.
    fn told(&self) -> impl Iterator<Item = u64> {
        let known = self.current.holds;
        let new = self
            .members
            .iter()
            .filter(move |s| !s.holds && (known || s.subscriber == self.current.subscriber));
        new.map(|s| s.subscriber)
    }
}

/// Finds the records that fit together.
struct Settlement<'m, 'r, 's> {
    file: FileMoves<'r>,
    people: &'m People<'s>,
    /// See [`FileMoves::hired_again`].
    again: HashSet<(u64, u32)>,
    policy: RehirePolicy,
    /// Subscribers whose records claim what is not free.
    fallen: HashSet<u64>,
}

impl Settlement<'_, '_, '_> {
    /// Lets records fall until the rest fit together.
    fn let_fall(&mut self) {
        let claims = std::mem::take(&mut self.file.claims);
        let sound = || {
            (0..)
                .zip(&claims)
                .filter(|(_, c): &(usize, &Claim)| c.sound)
        };
        let mut waiting: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, claim) in sound() {
            waiting.entry(claim.owner).or_default().push(place);
        }
        let mut open: Vec<usize> = sound().map(|(place, _)| place).collect();
        if self.policy == RehirePolicy::Reject {
            self.fallen = self.people.groups.values().flat_map(Group::told).collect();
            for sharer in self.people.rows.values() {
                if self.fallen.contains(&sharer.subscriber) {
                    self.keeps(sharer.person);
                }
            }
        }
        while let Some(place) = open.pop() {
            let claim = &claims[place];
            if self.is_met(claim) || !self.fallen.insert(claim.subscriber) {
                continue;
            }
            self.keeps(claim.person);
            let others = claim.person.and_then(|person| waiting.get(&person));
            open.extend(others.into_iter().flatten());
        }
        self.file.claims = claims;
    }

    /// An employee whose record falls keeps what it would have given up.
    fn keeps(&mut self, person: Option<u32>) {
        if let Some(person) = person {
            self.file.given_ssns.clear(person as usize);
            self.file.given_usernames.clear(person as usize);
        }
    }

    fn is_given(&self, claim: &Claim) -> bool {
        let given = match claim.identity {
            Identity::Ssn => &self.file.given_ssns,
            Identity::Username => &self.file.given_usernames,
        };
        given.has(claim.owner as usize)
    }

    fn is_met(&self, claim: &Claim) -> bool {
        let taken = self.policy != RehirePolicy::Reject;
        self.is_given(claim) || taken && self.is_same_person(claim)
    }

    /// Whether a claim is one on the person's own identity under another ID.
    fn is_same_person(&self, claim: &Claim) -> bool {
        let Some(owner) = self.people.rows.get(&claim.owner) else {
            return self.again.contains(&(claim.subscriber, claim.owner));
        };
        let Some(group) = self.people.group(claim.subscriber) else {
            return false;
        };
        let member = owner.ssn == group.current.ssn;
        // One who stays takes over only from one who has left after the file.
        let leaves = || self.file.has_left(claim.owner) || self.is_accepted(owner);
        member && (claim.subscriber != group.current.subscriber || leaves())
    }

    fn is_accepted(&self, sharer: &Sharer) -> bool {
        sharer.sound && !self.fallen.contains(&sharer.subscriber)
    }

    fn result(&self) -> IdentityMoves {
        let mut moves = IdentityMoves::default();
        let claims = &self.file.claims;
        let usernames = claims.iter().filter(|c| c.identity == Identity::Username);
        let usernames: HashSet<(u64, u32)> = usernames.map(|c| (c.subscriber, c.owner)).collect();
        for claim in claims {
            if self.is_given(claim) {
                moves.free.insert((claim.identity, claim.owner));
            } else if self.is_same_person(claim) {
                let pair = (claim.subscriber, claim.owner);
                moves.same_person.insert(pair);
                if claim.identity == Identity::Ssn && self.again.contains(&pair) {
                    moves.rehired.insert(claim.subscriber);
                    self.take_over(claim, usernames.contains(&pair), &mut moves);
                }
            }
        }
        for group in self.people.groups.values() {
            moves.rehired.extend(group.told());
            self.link(group, &mut moves);
        }
        moves
    }

    /// The identities of an employee without a row of the file pass to a record.
    fn take_over(&self, claim: &Claim, username: bool, moves: &mut IdentityMoves) {
        let accepted = claim.sound && !self.fallen.contains(&claim.subscriber);
        if let Some(owner) = self.file.employee(claim.owner).filter(|_| accepted) {
            let former = owner.subscriber_hash;
            moves.links.insert((former, claim.subscriber));
            moves.flags.insert(former, passed_on(username));
        }
    }

    /// The identities of the former records of a group pass to the current one.
    fn link(&self, group: &Group<'_>, moves: &mut IdentityMoves) {
        let current = group.current;
        if self.policy == RehirePolicy::Reject || !(current.holds || self.is_accepted(current)) {
            return;
        }
        let stored = |s: &&Sharer| s.holds || self.is_accepted(s);
        for other in group.others().filter(stored) {
            let username = other.username != 0 && other.username == current.username;
            moves.flags.insert(other.subscriber, passed_on(username));
            if current.holds && !other.holds {
                moves.links.insert((other.subscriber, current.subscriber));
            }
        }
        if !current.holds {
            let last = group
                .others()
                .filter(stored)
                .max_by_key(|s| (s.ended, s.subscriber));
            moves
                .links
                .extend(last.map(|l| (l.subscriber, current.subscriber)));
        }
    }
}

fn passed_on(username: bool) -> u8 {
    let also = if username {
        Employee::USERNAME_PASSED_ON
    } else {
        0
    };
    Employee::SSN_PASSED_ON | also
}
