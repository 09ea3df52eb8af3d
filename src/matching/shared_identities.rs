//! Values that two different owners have, found without sorting all of them.

use super::bits::BitSet;
use std::collections::HashSet;

/// Bits of the filter for each value: enough that few values share one.
const FILTER_BITS: usize = 16;

/// The values that have two different owners, in order. `pairs` gives every value and its owner, at most `most` pairs,
/// each time it is called.
pub(super) fn shared<O, I>(most: usize, pairs: impl Fn() -> I) -> Vec<u64>
where
    O: Ord,
    I: Iterator<Item = (u64, O)>,
{
    if most < 2 {
        return Vec::new();
    }
    let bits = (most * FILTER_BITS).next_power_of_two();
    let bit = |value: u64| upper_bits(spread(value), bits.trailing_zeros());
    let (mut once, mut twice) = (BitSet::new(bits), BitSet::new(bits));
    // Inner iteration: the pairs are usually a chain of two lists.
    pairs().for_each(|(value, _)| {
        if !once.set(bit(value)) {
            twice.set(bit(value));
        }
    });
    drop(once);
    if twice.count() == 0 {
        return Vec::new();
    }
    let mut suspects: Vec<(u64, O)> = pairs()
        .filter(|(value, _)| twice.has(bit(*value)))
        .collect();
    suspects.sort_unstable();
    let two_owners = |w: &&[(u64, O)]| w[0].0 == w[1].0 && w[0].1 != w[1].1;
    let mut found: Vec<u64> = suspects
        .windows(2)
        .filter(two_owners)
        .map(|w| w[0].0)
        .collect();
    found.dedup();
    found
}

/// Which of the `wanted` hashes are among `all`.
pub(super) fn among(all: &[u64], wanted: &HashSet<u64>) -> HashSet<u64> {
    if wanted.is_empty() {
        return HashSet::new();
    }
    let bits = (wanted.len() * FILTER_BITS).next_power_of_two();
    let bit = |hash: u64| upper_bits(hash, bits.trailing_zeros());
    let mut filter = BitSet::new(bits);
    for hash in wanted {
        filter.set(bit(*hash));
    }
    let held = |hash: &&u64| filter.has(bit(**hash)) && wanted.contains(hash);
    all.iter().filter(held).copied().collect()
}

/// Spreads a small number over all bits.
pub(super) fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn upper_bits(hash: u64, count: u32) -> usize {
    usize::try_from(hash >> (u64::BITS - count)).expect("a position in a set in memory")
}

#[cfg(test)]
mod tests {
    use super::{among, shared};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet, HashSet};

    proptest! {
        #[test]
        fn says_what_a_map_of_sets_says(pairs in proptest::collection::vec((0u64..60, 0u8..4), 0..80)) {
            let mut owners: BTreeMap<u64, BTreeSet<u8>> = BTreeMap::new();
            for (value, owner) in &pairs {
                owners.entry(*value).or_default().insert(*owner);
            }
            owners.retain(|_, owners| owners.len() > 1);
            let expected: Vec<u64> = owners.into_keys().collect();
            prop_assert_eq!(shared(pairs.len(), || pairs.iter().copied()), expected);
        }

        #[test]
        fn finds_what_sets_have_in_common(all: Vec<u64>, others: Vec<u64>, taken in 0usize..20) {
            let wanted: HashSet<u64> = others.iter().chain(all.iter().take(taken)).copied().collect();
            let common = wanted.intersection(&all.iter().copied().collect()).copied().collect();
            prop_assert_eq!(among(&all, &wanted), common);
        }
    }
}
