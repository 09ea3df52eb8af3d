//! Records of one file against each other: duplicates, and identities that two subscribers share.
//!
//! A conflict rejects *all* rows involved, also those before the one that shows it. So a first pass over the file
//! collects [`Conflicts`]; if there are any, the file is judged again with them known. Files without conflicts, which
//! nearly all are, are read once. Whether any key comes twice is found at the end of the first pass, from a list of the
//! keys; only then is the file judged again, and every row compared with the first one of its key.
//!
//! Most rows of most files have the stored content. Such a row takes a number and some bits at the position of the
//! stored state; only other rows are listed.

use super::accounts::LinkConflicts;
use super::bits::BitSet;
use super::conflict_rows::{ConflictRows, Shared};
use super::deductions::Deductions;
use super::file_row::{FileRow, RowKey};
use super::hash_index::HashIndex;
use super::identity_moves::{FileMoves, IdentityMoves, RehirePolicy, SharedIdentities};
use super::names::Names;
use super::preferred_rows::PreferredRows;
use super::roster::Roster;
use super::series::SettledSeries;
use super::shared_identities::{among, shared};
use std::collections::{HashMap, HashSet, hash_map::Entry};
use std::panic::resume_unwind;
use std::thread;

/// What rejects rows because of other rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Conflicts {
    /// Keys of rows with different content.
    pub keys: HashSet<(u64, u32)>,
    /// Subscribers with rows of two primary employers.
    pub primaries: HashSet<u64>,
    /// SSNs of two subscribers.
    pub ssns: HashSet<u32>,
    /// Usernames of two subscribers.
    pub usernames: HashSet<u64>,
    /// Of keys in conflict the rows that are preferred, where the integration prefers some.
    pub preferred: PreferredRows,
    /// SSNs and usernames that records of two subscribers have, those of one person included.
    pub shared: SharedIdentities,
    /// SSNs and usernames that may be taken from others.
    pub moves: IdentityMoves,
    /// Accounts that two new employees would both take.
    pub links: LinkConflicts,
    /// What becomes of records that follow each other.
    pub series: SettledSeries,
    /// The lines of records of which a line end within a field has made several; whether each is the first of them.
    pub torn: HashMap<u64, bool>,
    /// The numbers of corrected records for which no rejection was left: other rows correct those that they are near to.
    pub left_over: HashSet<u64>,
    /// Whether keys come more than once, so that every row has to be compared with the first one of its key.
    pub repeated: bool,
    /// The rows of the conflicts that the pass before had found.
    pub rows: ConflictRows,
}

impl Conflicts {
    /// Whether rows of a key are rejected because they differ.
    pub(crate) fn has_key(&self, key: (u64, u32)) -> bool {
        self.keys.contains(&key) && self.preferred.chosen(key).is_none()
    }

    /// Whether another row is chosen before one of this key and rank.
    pub(crate) fn prefer_another(&self, key: (u64, u32), rank: u8) -> bool {
        self.preferred.chosen(key).is_some_and(|best| best < rank)
    }

    /// Adds what a pass found that passed over rows: the keys they are of stay in conflict.
    pub(crate) fn add_preferred(&mut self, known: &Conflicts, found: PreferredRows) {
        self.keys.extend(known.preferred.keys());
        self.preferred = found;
    }

    /// Whether no row is rejected because of another.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.primaries.is_empty()
            && self.ssns.is_empty()
            && self.usernames.is_empty()
    }

    /// Adds what moves, after which some identities may not be those of two people any more. `names` are those of the
    /// [`FileMoves::leavers`].
    pub(crate) fn settle(
        &mut self,
        mut moves: FileMoves<'_>,
        policy: RehirePolicy,
        names: &HashMap<u32, Names>,
    ) {
        self.links = moves.link_conflicts();
        self.shared.ssns.clone_from(&self.ssns);
        self.shared.usernames.clone_from(&self.usernames);
        let (moves, shared) = moves.settle(policy, self.shared.clone(), names);
        self.moves = moves;
        self.ssns = shared.ssns;
        self.usernames = shared.usernames;
    }

    /// The conflicts that a row is in.
    fn with(&self, row: &FileRow) -> impl Iterator<Item = Shared> {
        let (key, ssn, username) = (row.key_hash, row.ssn, row.username_hash);
        [
            (
                self.keys.contains(&(key, row.ein)),
                Shared::Key(key, row.ein),
            ),
            (self.primaries.contains(&key), Shared::Primary(key)),
            (self.ssns.contains(&ssn), Shared::Ssn(ssn)),
            (
                self.usernames.contains(&username),
                Shared::Username(username),
            ),
        ]
        .into_iter()
        .filter_map(|(found, shared)| found.then_some(shared))
    }

    /// Adds a row on a line to what is known of these conflicts' `rows`. `columns`: hashes of its columns.
    pub(crate) fn note(&self, row: &FileRow, line: u64, columns: &[u32], rows: &mut ConflictRows) {
        if self.is_empty() {
            return;
        }
        for shared in self.with(row) {
            rows.add(shared, row, line, columns);
        }
    }
}

/// What a row is to the rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occurrence {
    /// The first of its key, or one in conflict.
    First,
    /// It has the key and the content of an earlier row.
    Repeated,
}

/// Identities that differ from the roster.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Claim {
    subscriber_hash: u64,
    username_hash: u64,
    ssn: u32,
}

/// The first row of every key without a stored state that says the same in less space. Column by column, so that no memory
/// is lost to padding.
#[derive(Default)]
struct FirstRows {
    keys: Vec<u64>,
    contents: Vec<u64>,
    employers: Vec<u32>,
    index: HashIndex,
}

impl FirstRows {
    /// Adds the first row of its key; if no row will be compared with it, the key alone.
    fn push(&mut self, row: &FileRow, compared: bool) {
        self.keys.push(row.key_hash);
        if compared {
            self.contents.push(row.content);
            self.employers.push(row.ein);
            let keys = &self.keys;
            self.index.insert(keys.len() - 1, keys.len(), |i| keys[i]);
        }
    }

    /// Employer and content of the first row of a key.
    fn find(&self, key: u64) -> Option<(u32, u64)> {
        let found = self.index.find(key, |i| self.keys[i] == key)?;
        Some((self.employers[found], self.contents[found]))
    }
}

/// The rows seen so far.
pub(crate) struct Duplicates<'r> {
    /// Whether every row is compared with the first one of its key.
    exact: bool,
    roster: Option<&'r Roster>,
    key: RowKey,
    /// By position of the stored state: one more than the employer of the first row of its key, where that row has the
    /// stored content; [`LISTED`] if that row is among the listed; 0 if there was none.
    stored: Vec<u32>,
    listed: FirstRows,
    /// Content of the first row of every further employer of a key.
    further: HashMap<(u64, u32), u64>,
    /// Of listed rows, in their order, where the key is the subscriber.
    ssns: Vec<u32>,
    usernames: Vec<u64>,
    claims: Vec<Claim>,
    own_ssns: BitSet,
    own_usernames: BitSet,
    people: BitSet,
    /// Listed subscribers that the roster does not know.
    listed_strangers: u64,
    /// Those that are not listed; one may be there several times.
    strangers: Vec<u64>,
    conflicts: Conflicts,
}

const LISTED: u32 = u32::MAX;
/// From this number of rows on, another thread is worth its start.
const MANY: usize = 100_000;

impl<'r> Duplicates<'r> {
    /// For rows of one kind of key, with the roster and the deductions that [`FileRow::person`] and [`FileRow::stored_at`]
    /// are positions in.
    pub(crate) fn new(
        key: RowKey,
        exact: bool,
        roster: Option<&'r Roster>,
        deductions: Option<&Deductions>,
    ) -> Duplicates<'r> {
        let people = roster.map_or(0, |r| r.employees().len());
        let stored = match key {
            RowKey::Subscriber => people,
            RowKey::Own => deductions.map_or(0, Deductions::len),
        };
        Duplicates {
            exact,
            roster,
            key,
            stored: vec![0; stored],
            listed: FirstRows::default(),
            further: HashMap::new(),
            ssns: Vec::new(),
            usernames: Vec::new(),
            claims: Vec::new(),
            own_ssns: BitSet::new(people),
            own_usernames: BitSet::new(people),
            people: BitSet::new(people),
            listed_strangers: 0,
            strangers: Vec::new(),
            conflicts: Conflicts::default(),
        }
    }

    fn per_subscriber(&self) -> bool {
        self.key == RowKey::Subscriber
    }

    /// Takes the next row.
    pub(crate) fn add(&mut self, row: &FileRow) -> Occurrence {
        if row.known {
            self.people.set(row.person as usize);
        }
        let claim = self.claim(row);
        if row.key_hash == 0 {
            self.stranger(row);
            self.push_claim(claim);
            return Occurrence::First;
        }
        if !self.per_subscriber() {
            self.stranger(row);
        }
        let stored = row.stored_at as usize;
        match row.stored.then(|| self.stored[stored]) {
            Some(0) if row.same => {
                self.stored[stored] = row.ein + 1;
                self.push_claim(claim);
                Occurrence::First
            }
            Some(0) => {
                self.stored[stored] = LISTED;
                self.list(row, claim)
            }
            None | Some(LISTED) => match self.listed.find(row.key_hash) {
                Some((employer, content)) => {
                    self.push_claim(claim);
                    self.compare(row, employer == row.ein, content == row.content)
                }
                None => self.list(row, claim),
            },
            Some(employer) => {
                self.push_claim(claim);
                self.compare(row, employer == row.ein + 1, row.same)
            }
        }
    }

    /// Compares a row with the first one of its key.
    fn compare(&mut self, row: &FileRow, same_employer: bool, same_content: bool) -> Occurrence {
        let key = (row.key_hash, row.ein);
        let same = if same_employer {
            same_content
        } else {
            match self.further.entry(key) {
                Entry::Occupied(content) => *content.get() == row.content,
                Entry::Vacant(entry) => {
                    entry.insert(row.content);
                    if self.per_subscriber() {
                        self.conflicts.primaries.insert(row.key_hash);
                    }
                    return Occurrence::First;
                }
            }
        };
        if same {
            return Occurrence::Repeated;
        }
        self.conflicts.keys.insert(key);
        Occurrence::First
    }

    fn list(&mut self, row: &FileRow, claim: Claim) -> Occurrence {
        self.listed.push(row, self.exact);
        if self.per_subscriber() {
            self.ssns.push(claim.ssn);
            self.usernames.push(claim.username_hash);
            self.listed_strangers += u64::from(!row.known);
        } else {
            self.push_claim(claim);
        }
        Occurrence::First
    }

    /// Those of a row's identities that differ from the roster.
    fn claim(&mut self, row: &FileRow) -> Claim {
        // Of a person's many deductions one may have an ID that can't be read: the others are right all the same.
        if !row.identified && !self.per_subscriber() {
            return Claim::default();
        }
        let (person, id) = (row.person as usize, row.subscriber_hash);
        let mut claim = Claim {
            // Rows whose subscriber can't be read have one owner of their own.
            subscriber_hash: if row.identified { id } else { 0 },
            username_hash: row.username_hash,
            ssn: row.ssn,
        };
        if row.own_ssn {
            self.own_ssns.set(person);
            claim.ssn = 0;
        }
        if row.own_username {
            self.own_usernames.set(person);
            claim.username_hash = 0;
        }
        claim
    }

    fn push_claim(&mut self, claim: Claim) {
        let nothing = claim.ssn == 0 && claim.username_hash == 0;
        if !nothing && self.claims.last() != Some(&claim) {
            self.claims.push(claim);
        }
    }

    fn stranger(&mut self, row: &FileRow) {
        let unknown = row.subscriber_hash != 0 && !row.known;
        if unknown && self.strangers.last() != Some(&row.subscriber_hash) {
            self.strangers.push(row.subscriber_hash);
        }
    }

    /// Whether the file has a row that is not skipped of the employee at a position in the roster.
    pub(crate) fn has_row_of(&self, person: usize) -> bool {
        self.per_subscriber() && self.stored[person] != 0
    }

    /// Those of some subscribers that the file has rows of.
    pub(crate) fn held(&self, wanted: HashSet<u64>) -> HashSet<u64> {
        let mut held = among(&self.listed.keys, &wanted);
        if let Some(roster) = self.roster.filter(|_| self.per_subscriber()) {
            let stored = |key: &u64| roster.find(*key).is_some_and(|(p, _)| self.has_row_of(p));
            held.extend(wanted.into_iter().filter(stored));
        }
        held
    }

    /// How many distinct employees have a row in the file, in any bucket.
    pub(crate) fn employees(&mut self) -> u64 {
        self.strangers.sort_unstable();
        self.strangers.dedup();
        let listed = if self.per_subscriber() {
            let strangers = self.strangers.iter().copied().collect();
            among(&self.listed.keys, &strangers).len()
        } else {
            0
        };
        self.people.count() + self.listed_strangers + (self.strangers.len() - listed) as u64
    }

    /// Ends the file: every conflict in it. `ssn_hash` gives the hash that the roster has of an SSN.
    pub(crate) fn finish(self, ssn_hash: impl Fn(u32) -> u64 + Send) -> Conflicts {
        let (ssns, usernames, repeated) = if self.listed.keys.len() < MANY {
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

    /// Whether a key is listed twice, if rows were not compared.
    fn repeated(&self) -> bool {
        let keys = &self.listed.keys;
        let places = || keys.iter().copied().zip(0usize..);
        self.exact || !shared(keys.len(), places).is_empty()
    }

    /// SSNs of two subscribers.
    fn ssns(&self, hash: impl Fn(u32) -> u64) -> HashSet<u32> {
        let number = |ssn: u64| u32::try_from(ssn).expect("it was one of 32 bits");
        let pairs = || {
            let claimed = self.claimed(&self.ssns, |c| c.ssn);
            claimed.map(|(s, o)| (u64::from(s), o))
        };
        let position = |ssn, owner| self.roster?.ssn_position(hash(number(ssn)), owner);
        let found = self.contested(self.ssns.len(), pairs, &self.own_ssns, position);
        found.into_iter().map(number).collect()
    }

    /// Usernames of two subscribers.
    fn usernames(&self) -> HashSet<u64> {
        let pairs = || self.claimed(&self.usernames, |c| c.username_hash);
        let position = |username, owner| self.roster?.username_position(username, owner);
        let most = self.usernames.len();
        let found = self.contested(most, pairs, &self.own_usernames, position);
        found.into_iter().collect()
    }

    /// The identities that two subscribers have: two that differ from the roster, or one of these and an employee whose
    /// row has the roster's. `position` is that of an employee with an identity who is not its owner.
    fn contested<I: Iterator<Item = (u64, u64)>>(
        &self,
        listed: usize,
        pairs: impl Fn() -> I,
        own: &BitSet,
        position: impl Fn(u64, u64) -> Option<usize>,
    ) -> Vec<u64> {
        let most = listed + self.claims.len();
        let mut found = shared(most, &pairs);
        if own.count() > 0 {
            let owned =
                |(id, owner): &(u64, u64)| position(*id, *owner).is_some_and(|p| own.has(p));
            found.extend(pairs().filter(owned).map(|(id, _)| id));
        }
        found
    }

    /// One type of identities that differ from the roster, each with its subscriber.
    fn claimed<V: Copy + Default + PartialEq>(
        &self,
        listed: &[V],
        of: impl Fn(&Claim) -> V,
    ) -> impl Iterator<Item = (V, u64)> {
        let owners = self.listed.keys.iter().copied();
        let listed = listed.iter().copied().zip(owners);
        let others = self.claims.iter().map(move |c| (of(c), c.subscriber_hash));
        listed.chain(others).filter(|(v, _)| *v != V::default())
    }
}

#[cfg(test)]
mod tests;
