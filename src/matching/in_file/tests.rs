use super::{Conflicts, InFile, Row, Seen};
use crate::matching::roster::{Employee, Roster};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

fn row(subject: u64, part: u32, ssn: u32, username: u64, content: u64) -> Row {
    Row {
        subject,
        group: subject,
        content,
        username,
        ssn,
        part,
        facts: Row::IDENTIFIED,
        ..Row::default()
    }
}

#[test]
fn same_content_is_seen_again_and_other_content_conflicts() {
    let mut file = InFile::new(true, true, None, None);
    assert_eq!(file.add(&row(1, 0, 11, 21, 5)), Seen::New);
    assert_eq!(file.add(&row(1, 0, 11, 21, 5)), Seen::Again);
    assert_eq!(file.add(&row(2, 0, 12, 22, 5)), Seen::New);
    assert_eq!(file.add(&row(2, 0, 12, 22, 6)), Seen::New);
    assert_eq!(file.employees(), 2);
    let conflicts = file.finish(u64::from);
    assert_eq!(conflicts.keys.into_iter().collect::<Vec<_>>(), [(2, 0)]);
    assert!(conflicts.ssns.is_empty() && conflicts.usernames.is_empty());
}

#[test]
fn two_subscribers_share_and_one_with_two_employers_does_not() {
    let mut file = InFile::new(true, true, None, None);
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

/// Plain maps, row by row.
#[derive(Default)]
struct Plain {
    first: HashMap<(u64, u32), u64>,
    ssns: HashMap<u32, BTreeSet<u64>>,
    usernames: HashMap<u64, BTreeSet<u64>>,
    subjects: BTreeSet<u64>,
    conflicts: Conflicts,
}

impl Plain {
    fn add(&mut self, row: &Row, demographic: bool) -> Seen {
        self.subjects.extend(Some(row.subject).filter(|s| *s != 0));
        if row.ssn != 0 {
            self.ssns.entry(row.ssn).or_default().insert(row.subject);
        }
        if row.username != 0 {
            let owners = self.usernames.entry(row.username).or_default();
            owners.insert(row.subject);
        }
        if row.group == 0 {
            return Seen::New;
        }
        let key = (row.group, row.part);
        if let Some(content) = self.first.get(&key) {
            if *content == row.content {
                return Seen::Again;
            }
            self.conflicts.keys.insert(key);
            return Seen::New;
        }
        if demographic && self.first.keys().any(|(group, _)| *group == row.group) {
            self.conflicts.primaries.insert(row.group);
        }
        self.first.insert(key, row.content);
        Seen::New
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

/// The subject, SSN, username, part, content and whether the row is taken.
type Drawn = (u64, u32, u64, u32, u64, bool);

fn drawn() -> impl Strategy<Value = Drawn> {
    (1u64..8, 0u32..8, 0u64..8, 0u32..2, 1u64..4, any::<bool>())
}

/// A row with everything that the roster says of it.
fn judged((subject, ssn, username, part, content, taken): Drawn, roster: &Roster) -> Row {
    let subject = subject << 50;
    let mut row = Row {
        subject,
        ..Row::default()
    };
    let known = roster.find(subject);
    if let Some((place, _)) = known {
        row.person = place as u32;
        row.note(Row::KNOWN, true);
    }
    // Most rows are taken; a row of a part has contents of its own.
    if taken || part == 0 {
        row.note(Row::IDENTIFIED, true);
        row.group = subject;
        row.part = part;
        row.content = content * 2 + u64::from(part);
        row.ssn = ssn;
        row.username = username << 50;
        if let Some((place, employee)) = known {
            row.note(Row::STORED, true);
            row.stored = place as u32;
            row.note(Row::SAME, employee.content == row.content);
            let distinct = roster.is_distinct();
            row.note(
                Row::OWN_SSN,
                distinct && ssn != 0 && employee.ssn == hash(ssn),
            );
            let own = row.username != 0 && employee.username == row.username;
            row.note(Row::OWN_USERNAME, distinct && own);
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
        for ((subject, ssn, username, _, content, _), own) in &stored {
            let next = ids.len() as u32 + 1;
            // Every second roster has identities of its subjects alone.
            let (ssn, username) = if *own { (*subject as u32, *subject) } else { (*ssn, *username) };
            roster.put(Employee {
                id: *ids.entry(*subject).or_insert(next),
                subject: subject << 50,
                content: content * 2,
                ssn: hash(ssn),
                username: username << 50,
                ..Employee::default()
            });
        }
        let (mut file, mut plain) = (InFile::new(true, true, Some(&roster), None), Plain::default());
        let mut glance = InFile::new(true, false, Some(&roster), None);
        let (mut alike, mut groups) = (true, HashSet::from([77]));
        for (drawn, own) in rows {
            let (subject, ssn, username, part, content, taken) = drawn;
            let drawn = match own {
                0 => (subject, subject as u32, subject, part, content, taken),
                1 => (subject, subject as u32, username, 0, 1, taken),
                _ => (subject, ssn, username, part, content, taken),
            };
            let row = judged(drawn, &roster);
            let seen = plain.add(&row, true);
            prop_assert_eq!(file.add(&row), seen);
            alike &= glance.add(&row) == seen;
            groups.extend(row.key());
        }
        let employees = plain.subjects.len() as u64;
        prop_assert_eq!(file.employees(), employees);
        let at_a_glance = (glance.employees(), glance.held(groups.clone()));
        let held = file.held(groups.clone());
        groups.remove(&77);
        prop_assert_eq!(&held, &groups);
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
