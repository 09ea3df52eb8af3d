//! Values that two different owners have, found without sorting all of them.

use super::bits::BitSet;
use std::collections::HashSet;

/// BitSet of the sieve for each value: few values fall into a place that another one has taken.
const SIEVE: usize = 16;

/// The values that stand beside two different owners, in order. `pairs` gives every value and its owner, `most` pairs
/// at most, as often as asked; `spread` spreads a value well over the upper bits.
pub(super) fn shared<O, I>(
    most: usize,
    spread: impl Fn(u64) -> u64,
    pairs: impl Fn() -> I,
) -> Vec<u64>
where
    O: Ord,
    I: Iterator<Item = (u64, O)>,
{
    if most < 2 {
        return Vec::new();
    }
    let bits = (most * SIEVE).next_power_of_two();
    let place = |value: u64| (spread(value) >> (u64::BITS - bits.trailing_zeros())) as usize;
    let (mut once, mut twice) = (BitSet::new(bits), BitSet::new(bits));
    for (value, _) in pairs() {
        if !once.set(place(value)) {
            twice.set(place(value));
        }
    }
    drop(once);
    if twice.count() == 0 {
        return Vec::new();
    }
    let mut suspects: Vec<(u64, O)> = pairs()
        .filter(|(value, _)| twice.has(place(*value)))
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
    let bits = (wanted.len() * SIEVE).next_power_of_two();
    let place = |hash: u64| (hash >> (u64::BITS - bits.trailing_zeros())) as usize;
    let mut sieve = BitSet::new(bits);
    for hash in wanted {
        sieve.set(place(*hash));
    }
    let held = |hash: &&u64| sieve.has(place(**hash)) && wanted.contains(hash);
    all.iter().filter(held).copied().collect()
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
            prop_assert_eq!(shared(pairs.len(), |v| v << 58, || pairs.iter().copied()), expected);
        }

        #[test]
        fn finds_what_sets_have_in_common(all: Vec<u64>, others: Vec<u64>, taken in 0usize..20) {
            let wanted: HashSet<u64> = others.iter().chain(all.iter().take(taken)).copied().collect();
            let common = wanted.intersection(&all.iter().copied().collect()).copied().collect();
            prop_assert_eq!(among(&all, &wanted), common);
        }
    }
}
