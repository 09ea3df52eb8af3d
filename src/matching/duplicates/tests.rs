use super::{Conflicts, Duplicates, Occurrence};
use crate::matching::file_row::{FileRow, RowKey};
use crate::matching::roster::{Employee, Roster};
use crate::matching::shared_identities::spread;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

fn row(subscriber_hash: u64, ein: u32, ssn: u32, username_hash: u64, content: u64) -> FileRow {
    FileRow {
        subscriber_hash,
        key_hash: subscriber_hash,
        content,
        username_hash,
        ssn,
        ein,
        identified: true,
        ..FileRow::default()
    }
}

#[test]
fn same_content_is_seen_again_and_other_content_conflicts() {
    let mut file = Duplicates::new(RowKey::Subscriber, true, None, None);
    assert_eq!(file.add(&row(1, 0, 11, 21, 5)), Occurrence::First);
    assert_eq!(file.add(&row(1, 0, 11, 21, 5)), Occurrence::Repeated);
    assert_eq!(file.add(&row(2, 0, 12, 22, 5)), Occurrence::First);
    assert_eq!(file.add(&row(2, 0, 12, 22, 6)), Occurrence::First);
    assert_eq!(file.employees(), 2);
    let conflicts = file.finish(u64::from);
    assert_eq!(conflicts.keys.into_iter().collect::<Vec<_>>(), [(2, 0)]);
    assert!(conflicts.ssns.is_empty() && conflicts.usernames.is_empty());
}

#[test]
fn two_subscribers_share_and_one_with_two_employers_does_not() {
    let mut file = Duplicates::new(RowKey::Subscriber, true, None, None);
    file.add(&row(1, 0, 11, 21, 5));
    file.add(&row(2, 0, 11, 22, 5));
    file.add(&row(3, 0, 13, 22, 5));
    file.add(&row(4, 7, 14, 24, 5));
    file.add(&row(4, 8, 14, 24, 5));
    let conflicts = file.finish(u64::from);
    assert_eq!(conflicts.ssns.into_iter().collect::<Vec<_>>(), [11]);
    assert_eq!(conflicts.usernames.into_iter().collect::<Vec<_>>(), [22]);
    assert_eq!(conflicts.primaries.into_iter().collect::<Vec<_>>(), [4]);
    assert!(conflicts.keys.is_empty());
}

#[test]
fn any_number_of_employers_is_told_apart() {
    let mut file = Duplicates::new(RowKey::Subscriber, true, None, None);
    let row = |n: u32, ein: u32| row(spread(u64::from(n + 1)), ein, 0, 0, 5);
    for n in 0..70_000 {
        assert_eq!(file.add(&row(n, n)), Occurrence::First);
    }
    for n in [0, 7, 65_534, 65_535, 69_999] {
        assert_eq!(file.add(&row(n, n)), Occurrence::Repeated);
        assert_eq!(file.add(&row(n, n + 1)), Occurrence::First);
    }
    assert_eq!(file.finish(u64::from).primaries.len(), 5);
}

/// Plain maps, row by row.
#[derive(Default)]
struct Plain {
    first: HashMap<(u64, u32), u64>,
    ssns: HashMap<u32, BTreeSet<u64>>,
    usernames: HashMap<u64, BTreeSet<u64>>,
    subscribers: BTreeSet<u64>,
    conflicts: Conflicts,
}

impl Plain {
    fn add(&mut self, row: &FileRow) -> Occurrence {
        self.subscribers
            .extend(Some(row.subscriber_hash).filter(|s| *s != 0));
        // Rows whose subscriber can't be read are of one unknown owner.
        let owner = if row.identified {
            row.subscriber_hash
        } else {
            0
        };
        if row.ssn != 0 {
            self.ssns.entry(row.ssn).or_default().insert(owner);
        }
        if row.username_hash != 0 {
            let owners = self.usernames.entry(row.username_hash).or_default();
            owners.insert(owner);
        }
        if row.key_hash == 0 {
            return Occurrence::First;
        }
        let key = (row.key_hash, row.ein);
        if let Some(content) = self.first.get(&key) {
            if *content == row.content {
                return Occurrence::Repeated;
            }
            self.conflicts.keys.insert(key);
            return Occurrence::First;
        }
        if self.first.keys().any(|(key, _)| *key == row.key_hash) {
            self.conflicts.primaries.insert(row.key_hash);
        }
        self.first.insert(key, row.content);
        Occurrence::First
    }

    fn finish(mut self) -> Conflicts {
        self.ssns.retain(|_, owners| owners.len() > 1);
        self.usernames.retain(|_, owners| owners.len() > 1);
        self.conflicts.ssns = self.ssns.into_keys().collect();
        self.conflicts.usernames = self.usernames.into_keys().collect();
        self.conflicts
    }
}

fn hash(ssn: u32) -> u64 {
    u64::from(ssn) << 50
}

/// The subscriber, SSN, username, employer, content and whether the row is taken.
type Drawn = (u64, u32, u64, u32, u64, bool);

fn drawn() -> impl Strategy<Value = Drawn> {
    (1u64..8, 0u32..8, 0u64..8, 0u32..2, 1u64..4, any::<bool>())
}

/// A row with everything that the roster says of it.
fn judged(
    (subscriber_hash, ssn, username, ein, content, taken): Drawn,
    roster: &Roster,
) -> FileRow {
    let subscriber_hash = subscriber_hash << 50;
    let mut row = FileRow {
        subscriber_hash,
        ..FileRow::default()
    };
    let known = roster.find(subscriber_hash);
    if let Some((place, _)) = known {
        row.person = place as u32;
        row.known = true;
    }
    row.ssn = ssn;
    row.username_hash = username << 50;
    // Most rows are taken; a row of an employer has contents of its own.
    if taken || ein == 0 {
        row.identified = true;
        row.key_hash = subscriber_hash;
        row.ein = ein;
        row.content = content * 2 + u64::from(ein);
        if let Some((place, employee)) = known {
            row.stored = true;
            row.stored_at = place as u32;
            row.same = employee.content == row.content;
            let distinct = roster.is_distinct();
            row.own_ssn = distinct && ssn != 0 && employee.ssn == hash(ssn);
            let own = row.username_hash != 0 && employee.username == row.username_hash;
            row.own_username = distinct && own;
        }
    }
    row
}

proptest! {
    #[test]
    fn with_and_without_a_roster_as_plain_maps_say(
        stored in proptest::collection::vec((drawn(), any::<bool>()), 0..8),
        rows in proptest::collection::vec((drawn(), 0u8..3), 0..40),
    ) {
        let mut roster = Roster::new(0);
        let mut ids: HashMap<u64, u32> = HashMap::new();
        for ((subscriber_hash, ssn, username, _, content, _), own) in &stored {
            let next = ids.len() as u32 + 1;
            // Every second roster has identities of its subscribers alone.
            let (ssn, username) = if *own { (*subscriber_hash as u32, *subscriber_hash) } else { (*ssn, *username) };
            roster.put(Employee {
                id: *ids.entry(*subscriber_hash).or_insert(next),
                subscriber_hash: subscriber_hash << 50,
                content: content * 2,
                ssn: hash(ssn),
                username: username << 50,
                ..Employee::default()
            });
        }
        let (mut file, mut plain) = (Duplicates::new(RowKey::Subscriber, true, Some(&roster), None), Plain::default());
        let mut glance = Duplicates::new(RowKey::Subscriber, false, Some(&roster), None);
        let (mut alike, mut keys) = (true, HashSet::from([77]));
        for (drawn, own) in rows {
            let (subscriber_hash, ssn, username, ein, content, taken) = drawn;
            let drawn = match own {
                0 => (subscriber_hash, subscriber_hash as u32, subscriber_hash, ein, content, taken),
                1 => (subscriber_hash, subscriber_hash as u32, username, 0, 1, taken),
                _ => (subscriber_hash, ssn, username, ein, content, taken),
            };
            let row = judged(drawn, &roster);
            let seen = plain.add(&row);
            prop_assert_eq!(file.add(&row), seen);
            alike &= glance.add(&row) == seen;
            keys.extend(row.key());
        }
        let employees = plain.subscribers.len() as u64;
        prop_assert_eq!(file.employees(), employees);
        let at_a_glance = (glance.employees(), glance.held(keys.clone()));
        let held = file.held(keys.clone());
        keys.remove(&77);
        prop_assert_eq!(&held, &keys);
        let mut conflicts = plain.finish();
        let found = glance.finish(hash);
        // What a glance says holds wherever it says that no key comes twice.
        if !found.repeated {
            prop_assert!(alike);
            prop_assert_eq!(at_a_glance, (employees, held));
            prop_assert_eq!(&found, &conflicts);
        }
        conflicts.repeated = true;
        prop_assert_eq!(file.finish(hash), conflicts);
    }
}
