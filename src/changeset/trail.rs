//! What a run did to an employee, as the ledger keeps it for the history: the action, and a small print of each filled
//! column. Which columns changed is found when the history is shown, by comparing what two runs left; no value is kept.
//!
//! A print is 16 bits of a keyed hash ([`crate::domain::keyed_hash::PrintKey`]): of 65,536 columns that changed, about one goes
//! unnamed.

use crate::domain::{Action, Kind};
use std::collections::BTreeMap;

/// The stored number of a custom column: a hash of its name.
pub(crate) fn custom_number(name: &str) -> u32 {
    let bytes = name.bytes();
    bytes.fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// What a run left of an employee. Without prints: no record of the employee came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEntry {
    pub action: Action,
    /// Those of canonical columns that are filled, by their place.
    canonical: BTreeMap<u8, u16>,
    /// Those of custom columns that are filled, by the numbers of their names.
    custom: BTreeMap<u32, u16>,
    /// Whether it has prints at all.
    pub(crate) has_prints: bool,
}

/// The stored bytes of an entry without prints.
pub(crate) const fn without_prints(action: Action) -> [u8; 1] {
    [action as u8]
}

impl TrailEntry {
    /// Reads an entry; `None`: it is damaged.
    pub(crate) fn read(stored: &[u8]) -> Option<TrailEntry> {
        let (action, rest) = stored.split_first()?;
        let mut entry = TrailEntry {
            action: *Action::ALL.get(usize::from(*action))?,
            canonical: BTreeMap::new(),
            custom: BTreeMap::new(),
            has_prints: !rest.is_empty(),
        };
        if rest.is_empty() {
            return Some(entry);
        }
        let (filled, mut rest) = rest.split_first_chunk()?;
        let filled = u64::from_le_bytes(*filled);
        for place in 0..64u8 {
            if filled >> place & 1 == 1 {
                let (print, after) = rest.split_first_chunk()?;
                entry.canonical.insert(place, u16::from_le_bytes(*print));
                rest = after;
            }
        }
        for custom in rest.chunks(6) {
            let (number, print) = custom.split_first_chunk()?;
            let print = u16::from_le_bytes(print.try_into().ok()?);
            entry.custom.insert(u32::from_le_bytes(*number), print);
        }
        Some(entry)
    }

    /// The columns of employees that differ from an earlier entry's. `name` says what a custom column's number stands for.
    pub(crate) fn changed_since(
        &self,
        earlier: &TrailEntry,
        name: impl Fn(u32) -> Option<String>,
    ) -> Vec<String> {
        let columns = Kind::Demographic.columns();
        let own = differing(&self.canonical, &earlier.canonical);
        let own = own.filter_map(|place| columns.get(usize::from(place)));
        let own = own.map(|column| column.name.to_owned());
        let custom = differing(&self.custom, &earlier.custom).filter_map(name);
        own.chain(custom).collect()
    }
}

/// The keys, in order, whose values differ or are in one of two maps only.
fn differing<K: Copy + Ord>(
    one: &BTreeMap<K, u16>,
    other: &BTreeMap<K, u16>,
) -> impl Iterator<Item = K> {
    let mut all: Vec<K> = one.keys().chain(other.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().filter(|key| one.get(key) != other.get(key))
}

#[cfg(test)]
mod tests {
    use super::{TrailEntry, custom_number, without_prints};
    use crate::domain::column::KindColumns;
    use crate::domain::{Action, DemographicColumn, Kind};

    fn entry(canonical: &[(u8, u16)], custom: &[(&str, u16)]) -> TrailEntry {
        let mut stored = vec![Action::Update as u8];
        let filled = canonical
            .iter()
            .fold(0u64, |all, (place, _)| all | 1 << place);
        stored.extend_from_slice(&filled.to_le_bytes());
        for (_, print) in canonical {
            stored.extend_from_slice(&print.to_le_bytes());
        }
        for (name, print) in custom {
            stored.extend_from_slice(&custom_number(name).to_le_bytes());
            stored.extend_from_slice(&print.to_le_bytes());
        }
        let read = TrailEntry::read(&stored).expect("whole");
        for end in [2, 8, 10, stored.len() - 1] {
            assert_eq!(TrailEntry::read(&stored[..end]), None, "{end} bytes");
        }
        read
    }

    #[test]
    fn columns_that_changed_came_or_went_are_named() {
        let place = |column: DemographicColumn| column.definition().index.byte();
        use DemographicColumn::{City, JobTitle, State};
        let mut places = [City, State, JobTitle].map(place);
        places.sort_unstable();
        let [a, b, c] = places;
        let before = entry(&[(a, 1), (b, 2)], &[("custom.x", 5), ("custom.y", 6)]);
        let after = entry(
            &[(a, 1), (b, 3), (c, 4)],
            &[("custom.x", 5), ("custom.z", 6)],
        );
        let names = ["custom.x", "custom.y", "custom.z"];
        let name = |number| {
            let of = names.iter().find(|name| custom_number(name) == number);
            of.map(|name| (*name).to_owned())
        };
        let columns = Kind::Demographic.columns();
        let mut expected: Vec<String> = [b, c]
            .map(|place| columns[usize::from(place)].name.to_owned())
            .to_vec();
        let mut changed = after.changed_since(&before, name);
        changed.sort_unstable();
        expected.extend(["custom.y".to_owned(), "custom.z".to_owned()]);
        expected.sort_unstable();
        assert_eq!(changed, expected);
        assert!(after.changed_since(&after, name).is_empty());
    }

    #[test]
    fn an_entry_without_prints_says_the_action_alone() {
        for action in Action::ALL {
            let read = TrailEntry::read(&without_prints(action)).expect("whole");
            assert_eq!((read.action, read.has_prints), (action, false));
        }
        assert_eq!(TrailEntry::read(&[]), None);
        assert_eq!(TrailEntry::read(&[200]), None);
    }
}
