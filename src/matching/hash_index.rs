//! Where the entry of a hash stands: an index of four bytes a slot, which takes a million entries in a few
//! milliseconds and stays in the caches.

/// HashIndex that one table of slots can name.
const REACH: usize = (1 << PLACE_BITS) - 1;
const PLACE_BITS: u32 = 24;
const EMPTY: u32 = u32::MAX;
const FEWEST_SLOTS: usize = 16;

/// An index of entries that stand elsewhere, in order. A slot holds eight bits of the hash and the place; whoever looks
/// says whether the entry there is the wanted one. Entries are never taken out: one that has changed is put in once
/// more, and is no longer found under what it was.
#[derive(Default)]
pub(super) struct HashIndex {
    /// One table for each [`REACH`] places.
    tables: Vec<Table>,
}

#[derive(Default)]
struct Table {
    slots: Vec<u32>,
    used: usize,
}

impl HashIndex {
    /// Indexes the entries from 0 to `count`; the hash of one that is not to be found is 0.
    pub(super) fn of(count: usize, hash: impl Fn(usize) -> u64) -> HashIndex {
        let mut places = HashIndex::default();
        places.rebuild(count, &hash);
        places
    }

    /// Adds the entry at `place` under its hash; all of them, `count`, are indexed anew where there is no room.
    pub(super) fn insert(&mut self, place: usize, count: usize, hash: impl Fn(usize) -> u64) {
        let number = place / REACH;
        if self.tables.len() <= number {
            self.tables.resize_with(number + 1, Table::default);
        }
        let table = &mut self.tables[number];
        if table.is_full() {
            let from = number * REACH;
            table.rebuild(from, REACH.min(count - from), &hash);
        } else {
            table.push(hash(place), place % REACH);
        }
    }

    /// The place of the first entry of this hash that is the wanted one; those of one hash are asked about in the order
    /// they were put in.
    pub(super) fn find(&self, hash: u64, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
        let within = |(number, table): (usize, &Table)| {
            let from = number * REACH;
            table.find(hash, |at| wanted(from + at)).map(|at| from + at)
        };
        self.tables.iter().enumerate().find_map(within)
    }

    fn rebuild(&mut self, count: usize, hash: &impl Fn(usize) -> u64) {
        self.tables
            .resize_with(count.div_ceil(REACH), Table::default);
        for (number, table) in self.tables.iter_mut().enumerate() {
            let from = number * REACH;
            table.rebuild(from, REACH.min(count - from), hash);
        }
    }
}

impl Table {
    /// Four fifths at most are taken: beyond that looking for what is not there takes long.
    fn is_full(&self) -> bool {
        (self.used + 1) * 5 > self.slots.len() * 4
    }

    /// Makes room for half as many again. The old slots are given back first, so that both are never held.
    fn rebuild(&mut self, from: usize, count: usize, hash: &impl Fn(usize) -> u64) {
        *self = Table::default();
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
        self.slots[slot] = tag(hash) | at as u32;
        self.used += 1;
    }

    fn find(&self, hash: u64, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let (tag, place) = (tag(hash), (1u32 << PLACE_BITS) - 1);
        let mut at = self.home(hash);
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return None;
            }
            if slot & !place == tag && wanted((slot & place) as usize) {
                return Some((slot & place) as usize);
            }
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
    }

    fn home(&self, hash: u64) -> usize {
        (((hash >> 32) * self.slots.len() as u64) >> 32) as usize
    }
}

fn tag(hash: u64) -> u32 {
    (hash as u32) << PLACE_BITS
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
