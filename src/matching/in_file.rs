//! Records of one file against each other: duplicates, and identities that two subscribers share.
//!
//! A conflict rejects *all* rows involved, also those that came before it was seen. So a first pass over the file
//! collects [`Conflicts`]; if there are any, the file is judged again with them known. Files without conflicts,
//! nearly all, are read once. Whether any key comes twice at all is found out at the end of that first pass, from a list
//! of the keys; only then is the file judged again with every row compared with the first one of its key.
//!
//! Most rows of most files say what is stored already. Such a row takes a number and some bits at the place of what is
//! stored; only the others are listed.

use super::bits::Bits;
use super::deductions::Deductions;
use super::first_rows::{FirstRows, Parts, spread};
use super::roster::Roster;
use super::sharing::{among, shared};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::panic::resume_unwind;
use std::thread;

/// A record's identities within its file, as keyed hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The subscriber.
    pub subject: Option<u64>,
    /// What rows are the same by: the subscriber, or a deduction's whole key.
    pub group: Option<u64>,
    /// The employer within the group (a person may have several).
    pub part: u32,
    /// The SSN's number, if it is valid.
    pub ssn: Option<u32>,
    /// Hash of the username, if it is valid.
    pub username: Option<u64>,
}

/// A row as its file sees it; hashes are 0 where there is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    /// The subscriber as sent, even of rows that are not taken.
    pub subject: u64,
    /// What rows are the same by, of taken rows: the subscriber, or a deduction's whole key.
    pub group: u64,
    /// Fingerprint of the content.
    pub content: u64,
    /// Hash of the username, if it and the subscriber are valid.
    pub username: u64,
    /// The SSN's number, if it and the subscriber are valid.
    pub ssn: u32,
    /// The employer within the group.
    pub part: u32,
    /// Place in the roster, if [`Row::KNOWN`].
    pub person: u32,
    /// Place of what is stored of the group, if [`Row::STORED`]: in the roster, or among the deductions.
    pub stored: u32,
    /// Any of [`Row::KNOWN`] and those that follow it.
    pub facts: u8,
}

impl Row {
    /// The roster knows the subscriber.
    pub(crate) const KNOWN: u8 = 1;
    /// Something is stored of the group.
    pub(crate) const STORED: u8 = 2;
    /// The content is that which is stored.
    pub(crate) const SAME: u8 = 4;
    /// The SSN is that of the person in the roster and of nobody else there.
    pub(crate) const OWN_SSN: u8 = 8;
    /// The username is that of the person in the roster and of nobody else there.
    pub(crate) const OWN_USERNAME: u8 = 16;
    /// The subscriber is valid.
    pub(crate) const IDENTIFIED: u8 = 32;
    /// The row is about the employee at [`Row::person`], by SSN or username if not by subscriber.
    pub(crate) const ATTRIBUTED: u8 = 64;

    /// Whether a fact holds.
    pub(crate) fn is(&self, fact: u8) -> bool {
        self.facts & fact != 0
    }

    /// Notes a fact if it holds.
    pub(crate) fn note(&mut self, fact: u8, holds: bool) {
        self.facts |= if holds { fact } else { 0 };
    }

    /// The group, if there is one.
    pub(crate) fn key(&self) -> Option<u64> {
        (self.group != 0).then_some(self.group)
    }
}

/// Everything that rejects rows because of other rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Conflicts {
    /// Groups with rows of the same key and other content.
    pub keys: HashSet<(u64, u32)>,
    /// Groups with rows of two primary employers.
    pub primaries: HashSet<u64>,
    /// SSNs of two subscribers.
    pub ssns: HashSet<u32>,
    /// Usernames of two subscribers.
    pub usernames: HashSet<u64>,
    /// Whether keys come more than once, so that every row has to be compared with the first one of its key.
    pub repeated: bool,
}

impl Conflicts {
    /// Whether no row is rejected because of another.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.primaries.is_empty()
            && self.ssns.is_empty()
            && self.usernames.is_empty()
    }
}

/// What a row is to the rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The first of its key, or one in conflict.
    New,
    /// The same key and content as an earlier row.
    Again,
}

/// Identities that the roster does not say.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Claim {
    subject: u64,
    username: u64,
    ssn: u32,
}

/// The rows seen so far.
pub(crate) struct InFile<'r> {
    /// Whether every row is compared with the first one of its key.
    exact: bool,
    roster: Option<&'r Roster>,
    demographic: bool,
    /// By place of what is stored of a group: the number of the part of its first row, whose content is the stored
    /// one; [`LISTED`] if that row is among the listed; 0 if there was none.
    stored: Vec<u16>,
    listed: FirstRows,
    parts: Parts,
    /// Content of the first row of every further part: of one group there may be any number.
    further: HashMap<(u64, u32), u64>,
    /// Of listed rows of demographic files, in their order.
    ssns: Vec<u32>,
    usernames: Vec<u64>,
    /// Of other rows.
    claims: Vec<Claim>,
    own_ssns: Bits,
    own_usernames: Bits,
    people: Bits,
    /// Listed subscribers that the roster does not know.
    listed_strangers: u64,
    /// Those that are not listed, any number of times.
    strangers: Vec<u64>,
    conflicts: Conflicts,
}

const LISTED: u16 = u16::MAX;
/// From so many rows on a thread more is worth its start.
const MANY: usize = 100_000;

impl<'r> InFile<'r> {
    /// For rows of a demographic file (there, rows of one group and different parts are two primaries) or of a deduction
    /// file, with the roster and deductions that [`Row::person`] and [`Row::stored`] are places in.
    pub(crate) fn new(
        demographic: bool,
        exact: bool,
        roster: Option<&'r Roster>,
        deductions: Option<&Deductions>,
    ) -> InFile<'r> {
        let people = roster.map_or(0, |r| r.employees().len());
        let stored = if demographic {
            people
        } else {
            deductions.map_or(0, Deductions::len)
        };
        InFile {
            exact,
            roster,
            demographic,
            stored: vec![0; stored],
            listed: FirstRows::default(),
            parts: Parts::default(),
            further: HashMap::new(),
            ssns: Vec::new(),
            usernames: Vec::new(),
            claims: Vec::new(),
            own_ssns: Bits::new(people),
            own_usernames: Bits::new(people),
            people: Bits::new(people),
            listed_strangers: 0,
            strangers: Vec::new(),
            conflicts: Conflicts::default(),
        }
    }

    /// Takes the next row.
    pub(crate) fn add(&mut self, row: &Row) -> Seen {
        if row.is(Row::KNOWN) {
            self.people.set(row.person as usize);
        }
        let claim = self.claim(row);
        if row.group == 0 {
            self.stranger(row);
            self.push_claim(claim);
            return Seen::New;
        }
        if !self.demographic {
            self.stranger(row);
        }
        let place = row.stored as usize;
        match row.is(Row::STORED).then(|| self.stored[place]) {
            Some(0) => {
                let part = self.parts.number(row.part);
                match part {
                    Some(number) if row.is(Row::SAME) => {
                        self.stored[place] = number;
                        self.push_claim(claim);
                    }
                    _ => {
                        self.stored[place] = LISTED;
                        self.list(row, part, claim);
                    }
                }
                Seen::New
            }
            None | Some(LISTED) if !self.exact => {
                self.list(row, None, claim);
                Seen::New
            }
            None | Some(LISTED) => match self.listed.find(row.group) {
                Some(first) => {
                    self.push_claim(claim);
                    let same_part = self.listed.same_part(first, row, &self.parts);
                    let same = self.listed.same_content(first, row);
                    self.compare(row, same_part, same)
                }
                None => {
                    let part = self.parts.number(row.part);
                    self.list(row, part, claim);
                    Seen::New
                }
            },
            Some(number) => {
                self.push_claim(claim);
                let same_part = self.parts.value(number) == row.part;
                self.compare(row, same_part, row.is(Row::SAME))
            }
        }
    }

    /// Compares a row with the first one of its group.
    fn compare(&mut self, row: &Row, same_part: bool, same_content: bool) -> Seen {
        let key = (row.group, row.part);
        let same = if same_part {
            same_content
        } else {
            match self.further.entry(key) {
                Entry::Occupied(content) => *content.get() == row.content,
                Entry::Vacant(place) => {
                    place.insert(row.content);
                    if self.demographic {
                        self.conflicts.primaries.insert(row.group);
                    }
                    return Seen::New;
                }
            }
        };
        if same {
            return Seen::Again;
        }
        self.conflicts.keys.insert(key);
        Seen::New
    }

    fn list(&mut self, row: &Row, part: Option<u16>, claim: Claim) {
        if self.exact {
            self.listed.push(row, part);
        } else {
            self.listed.note(row.group);
        }
        if self.demographic {
            self.ssns.push(claim.ssn);
            self.usernames.push(claim.username);
            self.listed_strangers += u64::from(!row.is(Row::KNOWN));
        } else {
            self.push_claim(claim);
        }
    }

    /// What of a row's identities is not what the roster says.
    fn claim(&mut self, row: &Row) -> Claim {
        let place = row.person as usize;
        let mut claim = Claim {
            subject: row.subject,
            username: row.username,
            ssn: row.ssn,
        };
        if row.is(Row::OWN_SSN) {
            self.own_ssns.set(place);
            claim.ssn = 0;
        }
        if row.is(Row::OWN_USERNAME) {
            self.own_usernames.set(place);
            claim.username = 0;
        }
        claim
    }

    fn push_claim(&mut self, claim: Claim) {
        let nothing = claim.ssn == 0 && claim.username == 0;
        if !nothing && self.claims.last() != Some(&claim) {
            self.claims.push(claim);
        }
    }

    fn stranger(&mut self, row: &Row) {
        let unknown = row.subject != 0 && !row.is(Row::KNOWN);
        if unknown && self.strangers.last() != Some(&row.subject) {
            self.strangers.push(row.subject);
        }
    }

    /// Those of some groups that the file holds.
    pub(crate) fn held(&self, wanted: HashSet<u64>) -> HashSet<u64> {
        let mut held = among(self.listed.groups(), &wanted);
        if let Some(roster) = self.roster.filter(|_| self.demographic) {
            let stored = |group: &u64| {
                roster
                    .find(*group)
                    .is_some_and(|(p, _)| self.stored[p] != 0)
            };
            held.extend(wanted.into_iter().filter(stored));
        }
        held
    }

    /// How many distinct employees have a row in the file, whatever became of it.
    pub(crate) fn employees(&mut self) -> u64 {
        self.strangers.sort_unstable();
        self.strangers.dedup();
        let listed = if self.demographic {
            let strangers = self.strangers.iter().copied().collect();
            among(self.listed.groups(), &strangers).len()
        } else {
            0
        };
        self.people.count() + self.listed_strangers + (self.strangers.len() - listed) as u64
    }

    /// Ends the file: every conflict in it. `ssn_hash` gives the hash that the roster has of an SSN.
    pub(crate) fn finish(self, ssn_hash: impl Fn(u32) -> u64 + Send) -> Conflicts {
        let (ssns, usernames, repeated) = if self.listed.groups().len() < MANY {
            (self.ssns(ssn_hash), self.usernames(), self.repeated())
        } else {
            thread::scope(|scope| {
                let ssns = scope.spawn(|| self.ssns(ssn_hash));
                let (usernames, repeated) = (self.usernames(), self.repeated());
                let ssns = ssns.join().unwrap_or_else(|panic| resume_unwind(panic));
                (ssns, usernames, repeated)
            })
        };
        Conflicts {
            ssns,
            usernames,
            repeated,
            ..self.conflicts
        }
    }

    /// Whether a key is listed twice, as far as rows were not compared.
    fn repeated(&self) -> bool {
        let groups = self.listed.groups();
        let places = || groups.iter().copied().zip(0usize..);
        self.exact || !shared(groups.len(), |hash| hash, places).is_empty()
    }

    /// SSNs of two subscribers.
    fn ssns(&self, hash: impl Fn(u32) -> u64) -> HashSet<u32> {
        let most = self.ssns.len() + self.claims.len();
        let pairs = || {
            let claimed = self.claimed(&self.ssns, |c| c.ssn);
            claimed.map(|(s, o)| (u64::from(s), o))
        };
        let mut found = shared(most, spread, pairs);
        if self.own_ssns.count() > 0 {
            let owned = |ssn: &u64, owner: u64| {
                let place = self.roster?.ssn_place(hash(*ssn as u32), owner)?;
                Some(self.own_ssns.has(place))
            };
            let theirs = pairs().filter(|(s, o)| owned(s, *o) == Some(true));
            found.extend(theirs.map(|(s, _)| s));
        }
        found.into_iter().map(|s| s as u32).collect()
    }

    /// Usernames of two subscribers.
    fn usernames(&self) -> HashSet<u64> {
        let most = self.usernames.len() + self.claims.len();
        let pairs = || self.claimed(&self.usernames, |c| c.username);
        let mut found = shared(most, |hash| hash, pairs);
        if self.own_usernames.count() > 0 {
            let owned = |username: &u64, owner: u64| {
                let place = self.roster?.username_place(*username, owner)?;
                Some(self.own_usernames.has(place))
            };
            let theirs = pairs().filter(|(u, o)| owned(u, *o) == Some(true));
            found.extend(theirs.map(|(u, _)| u));
        }
        found.into_iter().collect()
    }

    /// One kind of identities that the roster does not say, each with its subscriber.
    fn claimed<V: Copy + Default + PartialEq>(
        &self,
        listed: &[V],
        of: impl Fn(&Claim) -> V,
    ) -> impl Iterator<Item = (V, u64)> {
        let owners = self.listed.groups().iter().copied();
        let listed = listed.iter().copied().zip(owners);
        let others = self.claims.iter().map(move |c| (of(c), c.subject));
        listed.chain(others).filter(|(v, _)| *v != V::default())
    }
}

#[cfg(test)]
mod tests;
