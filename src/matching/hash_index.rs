//! Positions of entries by hash, in four bytes a slot: a million entries are indexed in a few milliseconds, and the index
//! stays in the caches.

use std::sync::OnceLock;

/// Positions that one table of slots can name.
const REACH: usize = (1 << POSITION_BITS) - 1;
const POSITION_BITS: u32 = 24;
const EMPTY: u32 = u32::MAX;
const FEWEST_SLOTS: usize = 16;

/// An index of entries that are kept elsewhere, in order. A slot has eight bits of the hash, and the position; the caller
/// decides whether the entry there is the wanted one. Entries are never removed: one that has changed is inserted again,
/// and no longer found under its old hash.
#[derive(Default)]
pub(crate) struct HashIndex {
    /// One table for each [`REACH`] positions.
    tables: Vec<SlotTable>,
}

/// An index by one hash of the entries of a list, made when it is first asked: files usually have the order and the
/// content of what is known, and then it never is.
#[derive(Default)]
pub(super) struct LazyIndex(OnceLock<HashIndex>);

#[derive(Default)]
struct SlotTable {
    slots: Vec<u32>,
    used: usize,
}

impl HashIndex {
    /// Indexes the entries from 0 to `count`. An entry whose hash is 0 is left out.
    pub(super) fn of(count: usize, hash: impl Fn(usize) -> u64) -> HashIndex {
        let mut index = HashIndex::default();
        index.rebuild(count, &hash);
        index
    }

    /// Adds the entry at `position` under its hash. Without room for it, all `count` entries are indexed again.
    pub(super) fn insert(&mut self, position: usize, count: usize, hash: impl Fn(usize) -> u64) {
        let number = position / REACH;
        if self.tables.len() <= number {
            self.tables.resize_with(number + 1, SlotTable::default);
        }
        let table = &mut self.tables[number];
        if table.is_full() {
            let from = number * REACH;
            table.rebuild(from, REACH.min(count - from), &hash);
        } else {
            table.push(hash(position), position % REACH);
        }
    }

    /// The position of the first entry of this hash that is the wanted one. Entries of one hash are asked about in the
    /// order they were inserted.
    pub(super) fn find(&self, hash: u64, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
        let within = |(number, table): (usize, &SlotTable)| {
            let from = number * REACH;
            table.find(hash, |at| wanted(from + at)).map(|at| from + at)
        };
        self.tables.iter().enumerate().find_map(within)
    }

    fn rebuild(&mut self, count: usize, hash: &impl Fn(usize) -> u64) {
        self.tables
            .resize_with(count.div_ceil(REACH), SlotTable::default);
        for (number, table) in self.tables.iter_mut().enumerate() {
            let from = number * REACH;
            table.rebuild(from, REACH.min(count - from), hash);
        }
    }
}

impl LazyIndex {
    /// The position of the first entry with a hash that is the wanted one; see [`HashIndex::find`].
    pub(super) fn find<E>(
        &self,
        all: &[E],
        of: impl Fn(&E) -> u64,
        hash: u64,
        wanted: impl Fn(&E) -> bool,
    ) -> Option<usize> {
        self.find_at(all, of, hash, |i| wanted(&all[i]))
    }

    /// The positions of all wanted entries with a hash.
    pub(super) fn find_all<E>(
        &self,
        all: &[E],
        of: impl Fn(&E) -> u64,
        hash: u64,
        wanted: impl Fn(&E) -> bool,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        self.find_at(all, of, hash, |i| {
            // An entry that had the hash before is there twice.
            if wanted(&all[i]) && !found.contains(&i) {
                found.push(i);
            }
            false
        });
        found
    }

    /// The positions of the entries with a hash, in their order, unless there are more than `most`.
    pub(super) fn find_some<E>(
        &self,
        all: &[E],
        of: impl Fn(&E) -> u64,
        hash: u64,
        most: usize,
    ) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        let more = self.find_at(all, of, hash, |i| {
            found.push(i);
            found.len() > most
        });
        found.sort_unstable();
        // An entry that had the hash before is there twice.
        found.dedup();
        more.is_none().then_some(found)
    }

    fn find_at<E>(
        &self,
        all: &[E],
        of: impl Fn(&E) -> u64,
        hash: u64,
        mut wanted: impl FnMut(usize) -> bool,
    ) -> Option<usize> {
        let make = || HashIndex::of(all.len(), |i| of(&all[i]));
        let index = self.0.get_or_init(make);
        index.find(hash, |i| of(&all[i]) == hash && wanted(i))
    }

    /// Notes that the entry at a position has taken the place of another.
    pub(super) fn replaced<E>(
        &mut self,
        all: &[E],
        of: impl Fn(&E) -> u64,
        position: usize,
        before: &E,
    ) {
        if let Some(index) = self.0.get_mut()
            && of(before) != of(&all[position])
        {
            index.insert(position, all.len(), |i| of(&all[i]));
        }
    }

    pub(super) fn is_made(&self) -> bool {
        self.0.get().is_some()
    }
}

impl SlotTable {
    /// At most four fifths of the slots are used: beyond that, looking for an absent entry takes long.
    fn is_full(&self) -> bool {
        (self.used + 1) * 5 > self.slots.len() * 4
    }

    /// Makes room for half as many again. The old slots are freed first, so that both are never held.
    fn rebuild(&mut self, from: usize, count: usize, hash: &impl Fn(usize) -> u64) {
        *self = SlotTable::default();
        self.slots = vec![EMPTY; (count * 15 / 8).max(FEWEST_SLOTS)];
        for at in 0..count {
            self.push(hash(from + at), at);
        }
    }

    fn push(&mut self, hash: u64, at: usize) {
        if hash == 0 {
            return;
        }
        let mut slot = self.home(hash);
        while self.slots[slot] != EMPTY {
            slot += 1;
            if slot == self.slots.len() {
                slot = 0;
            }
        }
        let at = u32::try_from(at).expect("a table reaches fewer positions");
        self.slots[slot] = tag(hash) | at;
        self.used += 1;
    }

    fn find(&self, hash: u64, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let (tag, position) = (tag(hash), (1u32 << POSITION_BITS) - 1);
        let mut at = self.home(hash);
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if slot & !position == tag && wanted((slot & position) as usize) {
                return Some((slot & position) as usize);
            }
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
    }

    fn home(&self, hash: u64) -> usize {
        let slot = ((hash >> 32) * self.slots.len() as u64) >> 32;
        usize::try_from(slot).expect("a slot is below the number of slots")
    }
}

fn tag(hash: u64) -> u32 {
    let [lowest, ..] = hash.to_le_bytes();
    u32::from(lowest) << POSITION_BITS
}

#[cfg(test)]
mod tests {
    use super::{HashIndex, REACH};
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn finds_what_a_map_finds(
            hashes in proptest::collection::vec((0u64..40, 0u64..8), 0..400),
            built in 0usize..400,
        ) {
            // Few different homes and tags, so that there is a crowd everywhere.
            let hashes: Vec<u64> = hashes.iter().map(|(h, t)| (h << 58) | t).collect();
            let built = built.min(hashes.len());
            let mut places = HashIndex::of(built, |i| hashes[i]);
            for place in built..hashes.len() {
                places.insert(place, place + 1, |i| hashes[i]);
            }
            let mut first = HashMap::new();
            for (place, hash) in hashes.iter().enumerate().rev() {
                first.insert(*hash, place);
            }
            for hash in (0..64u64).flat_map(|h| (0..9).map(move |t| (h << 58) | t)) {
                let found = places.find(hash, |i| hashes[i] == hash);
                prop_assert_eq!(found, first.get(&hash).copied().filter(|_| hash != 0));
            }
        }
    }

    #[test]
    fn more_entries_than_one_table_can_name() {
        let hash = |i: usize| (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let count = REACH + 3;
        let mut places = HashIndex::of(REACH - 1, hash);
        for place in REACH - 1..count {
            places.insert(place, place + 1, hash);
        }
        for place in [0, REACH - 1, REACH, REACH + 2] {
            assert_eq!(places.find(hash(place), |i| i == place), Some(place));
        }
        assert_eq!(places.find(hash(count), |i| i == count), None);
    }
}
