//! Records of one file against each other: duplicates, and identities that two subscribers share.
//!
//! A conflict rejects *all* rows involved, also those that came before it was seen. So a first pass over the file
//! collects [`Conflicts`]; if there are any, the file is judged again with them known. Files without conflicts,
//! nearly all, are read once.

use hashbrown::HashTable;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// A record's identities within its file, as keyed hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
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

/// Everything that rejects rows because of other rows.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// Groups with rows of the same key and other content.
    pub keys: HashSet<(u64, u32)>,
    /// Groups with rows of two primary employers.
    pub primaries: HashSet<u64>,
    /// SSNs of two subscribers.
    pub ssns: HashSet<u32>,
    /// Usernames of two subscribers.
    pub usernames: HashSet<u64>,
}

impl Conflicts {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.primaries.is_empty()
            && self.ssns.is_empty()
            && self.usernames.is_empty()
    }
}

#[derive(Clone, Copy)]
struct Row {
    group: u64,
    content: u64,
    part: u32,
}

/// What a row is to the rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The first of its key, or one in conflict.
    New,
    /// The same key and content as an earlier row.
    Again,
}

/// The rows seen so far.
pub struct InFile {
    /// The first row of every group.
    rows: Vec<Row>,
    index: HashTable<u32>,
    /// Content of the first row of every further part: of one group there may be any number.
    further: HashMap<(u64, u32), u64>,
    ssns: Vec<(u32, [u32; 2])>,
    usernames: Vec<(u64, u64)>,
    conflicts: Conflicts,
    split_by_part: bool,
}

impl InFile {
    /// `split_by_part`: rows of one group and different parts are two primaries (demographic files).
    pub fn new(split_by_part: bool) -> InFile {
        InFile {
            rows: Vec::new(),
            index: HashTable::new(),
            further: HashMap::new(),
            ssns: Vec::new(),
            usernames: Vec::new(),
            conflicts: Conflicts::default(),
            split_by_part,
        }
    }

    /// Takes the next selected row.
    pub fn add(&mut self, identity: &Identity, content: u64) -> Seen {
        if let Some(subject) = identity.subject {
            if let Some(ssn) = identity.ssn {
                self.ssns
                    .push((ssn, [(subject >> 32) as u32, subject as u32]));
            }
            if let Some(username) = identity.username {
                self.usernames.push((username, subject));
            }
        }
        let Some(group) = identity.group else {
            return Seen::New;
        };
        let part = identity.part;
        if let Some(first) = self.first(group).copied() {
            let same = if first.part == part {
                Some(first.content)
            } else {
                match self.further.entry((group, part)) {
                    Entry::Occupied(same) => Some(*same.get()),
                    Entry::Vacant(place) => {
                        place.insert(content);
                        if self.split_by_part {
                            self.conflicts.primaries.insert(group);
                        }
                        None
                    }
                }
            };
            if same == Some(content) {
                return Seen::Again;
            }
            if same.is_some() {
                self.conflicts.keys.insert((group, part));
            }
            return Seen::New;
        }
        let place = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.rows.push(Row {
            group,
            content,
            part,
        });
        let rows = &self.rows;
        self.index
            .insert_unique(group, place, |i| rows[*i as usize].group);
        Seen::New
    }

    /// Whether a row of this group was taken.
    pub fn has(&self, group: u64) -> bool {
        self.first(group).is_some()
    }

    fn first(&self, group: u64) -> Option<&Row> {
        let row = |i: &u32| &self.rows[*i as usize];
        self.index.find(group, |i| row(i).group == group).map(row)
    }

    /// Ends the file: every conflict in it.
    pub fn finish(mut self) -> Conflicts {
        self.conflicts.ssns = shared(&mut self.ssns);
        self.conflicts.usernames = shared(&mut self.usernames);
        self.conflicts
    }
}

/// Values that stand beside two different owners.
fn shared<V, O>(pairs: &mut [(V, O)]) -> HashSet<V>
where
    V: Copy + Ord + std::hash::Hash,
    O: Copy + Ord,
{
    pairs.sort_unstable();
    let two_owners = |w: &&[(V, O)]| w[0].0 == w[1].0 && w[0].1 != w[1].1;
    pairs
        .windows(2)
        .filter(two_owners)
        .map(|w| w[0].0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Identity, InFile, Seen};

    fn row(subject: u64, part: u32, ssn: u32, username: u64) -> Identity {
        Identity {
            subject: Some(subject),
            group: Some(subject),
            part,
            ssn: Some(ssn),
            username: Some(username),
        }
    }

    #[test]
    fn same_content_is_seen_again_and_other_content_conflicts() {
        let mut file = InFile::new(true);
        assert_eq!(file.add(&row(1, 0, 11, 21), 5), Seen::New);
        assert_eq!(file.add(&row(1, 0, 11, 21), 5), Seen::Again);
        assert_eq!(file.add(&row(2, 0, 12, 22), 5), Seen::New);
        assert_eq!(file.add(&row(2, 0, 12, 22), 6), Seen::New);
        let conflicts = file.finish();
        assert_eq!(conflicts.keys.into_iter().collect::<Vec<_>>(), [(2, 0)]);
        assert!(conflicts.ssns.is_empty() && conflicts.usernames.is_empty());
    }

    #[test]
    fn two_subscribers_share_and_one_with_two_employers_does_not() {
        let mut file = InFile::new(true);
        file.add(&row(1, 0, 11, 21), 5);
        file.add(&row(2, 0, 11, 22), 5);
        file.add(&row(3, 0, 13, 22), 5);
        file.add(&row(4, 7, 14, 24), 5);
        file.add(&row(4, 8, 14, 24), 5);
        let conflicts = file.finish();
        assert_eq!(conflicts.ssns.into_iter().collect::<Vec<_>>(), [11]);
        assert_eq!(conflicts.usernames.into_iter().collect::<Vec<_>>(), [22]);
        assert_eq!(conflicts.primaries.into_iter().collect::<Vec<_>>(), [4]);
        assert!(conflicts.keys.is_empty());
    }
}
